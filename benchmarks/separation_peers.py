"""Separation: steady state of a cascade against other programs on the same equations, in the same run.

Run with ``python benchmarks/separation_peers.py`` and OMP_NUM_THREADS=1 for one core; what is not installed is named
and left out. Peers:

- SciPy's ``root`` (MINPACK hybrid method, finite differences: what open extraction scripts use);
- a sparse Newton with SuperLU on the analytic Jacobian of the same balances, damped alike;
- IDAES: its ``MSContactor`` (the core of PrOMMiS's solvent extraction) with one balance of every element in every
  stage, and the same equilibrium as constraints. Solved by ripopt through Pyomo, since IPOPT is no Python package that
  Pyomo finds: ``pip install idaes-pse pyomo-ripopt``. Time is that of ``solve`` on a built model, its file interface
  included; beside it the solver's own. PrOMMiS installs too, but its unit takes its own fits of the distribution, not
  a given separation factor;
- difflow (JAX): its distillation column at constant molar overflow is the same cascade when the components differ by a
  constant volatility and the reflux comes from a total condenser. Its bubble-point iteration runs a fixed number of
  times: the first number that closes the balances to 1e-6 is timed, compiled, warm: ``pip install difflow``;
- BioSTEAM 2.46 (the last for Python 3.11; needs NumPy below 2, so an environment of its own): its multi-stage
  equilibrium takes given partition coefficients, not given separation factors, so it is the same cascade for dilute
  traces only: ``pip install "biosteam<2.47"``.
"""

from __future__ import annotations

import importlib.util
import logging
import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import root
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu

from ytterby.separation.steady import Cascade, Stream, solve_cascade

P507 = np.cumprod([1, 6.83, 2.03, 1.55, 10.6, 2.36, 1.46, 5.8, 2.8, 1.9, 1.5, 1.4, 3.4, 3.1, 1.8])
MIX = np.array([0.25, 0.45, 0.05, 0.17, 0.02, 0.005, 0.01, 0.003, 0.005, 0.002, 0.02, 0.004, 0.001, 0.005, 0.001])
AGREED = 1e-4
HEAD = "peer        elements  stages  ytterby ms     peer ms   ratio  largest difference"


def cascade(elements: int, stages: int, margin: float = 1.1) -> Cascade:
    """The cut between the second and the third element, feed in the middle."""
    alpha, feed = P507[:elements], MIX[:elements] / MIX[:elements].sum()
    product = float(feed[2:].sum())
    amount = margin * 0.62 * (1 if elements == 15 else 1.1)
    return Cascade.of_sections(alpha, feed, (stages // 2, stages - stages // 2), (amount, amount - product))


def balances(c: Cascade, flat: np.ndarray) -> np.ndarray:
    x = flat.reshape(c.stages, -1)
    y = c.alpha * x / (x @ c.alpha)[:, None]
    r = c.inflow - c.organic[:, None] * y - c.aqueous[:, None] * x
    r[1:] += c.organic[:-1, None] * y[:-1]
    r[:-1] += c.aqueous[1:, None] * x[1:]
    return r.ravel()


def minpack(c: Cascade) -> np.ndarray:
    start = np.tile(c.inflow.sum(axis=0), (c.stages, 1)).ravel()
    found = root(lambda v: balances(c, v), start, method="hybr", tol=1e-10)
    if not found.success:
        raise RuntimeError(found.message)
    return found.x.reshape(c.stages, -1)


def sparse_newton(c: Cascade) -> np.ndarray:
    count, n = len(c.alpha), c.stages
    x = np.tile(c.inflow.sum(axis=0), (n, 1))
    each = np.arange(count)
    step = 1.0
    hold = (c.organic + c.aqueous)[:, None]
    for _ in range(3000):
        r = balances(c, x.ravel())
        if np.abs(r).max() < 1e-10:
            return x
        sigma = x @ c.alpha
        y = c.alpha * x / sigma[:, None]
        slope = -y[:, :, None] * (c.alpha / sigma[:, None])[:, None, :]
        slope[:, each, each] += c.alpha / sigma[:, None]
        rows, columns, values = [], [], []
        place = np.arange(n)[:, None, None] * count
        block = -c.organic[:, None, None] * slope
        block[:, each, each] -= c.aqueous[:, None] + hold / step
        rows.append((place + each[None, :, None] + 0 * block.astype(int)).ravel())
        columns.append((place + each[None, None, :] + 0 * block.astype(int)).ravel())
        values.append(block.ravel())
        lower = c.organic[:-1, None, None] * slope[:-1]
        rows.append((place[1:] + each[None, :, None] + 0 * lower.astype(int)).ravel())
        columns.append((place[:-1] + each[None, None, :] + 0 * lower.astype(int)).ravel())
        values.append(lower.ravel())
        flat = np.arange((n - 1) * count)
        rows.append(flat)
        columns.append(flat + count)
        values.append(np.repeat(c.aqueous[1:], count))
        matrix = csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))).tocsc()
        moved = x + splu(matrix).solve(-r).reshape(n, count)
        new = np.maximum(np.where(moved > 0.1 * x, moved, 0.1 * x), 1e-60)
        new /= new.sum(axis=1, keepdims=True)
        largest = float(np.abs(new - x).max())
        x = new
        step = (
            min(step * 9, 1e15) if largest < 0.1 else step * 3 if largest < 0.3 else step / 2 if largest > 0.6 else step
        )
    raise RuntimeError("did not settle")


def timed(run: Callable[[], np.ndarray], repeats: int = 3) -> tuple[float, np.ndarray]:
    """Best seconds and the answer."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        answer = run()
        best = min(best, time.perf_counter() - start)
    return best, answer


def line(peer: str, c: Cascade, seconds: float, theirs: np.ndarray, extra: str = "") -> None:
    """Print one comparison of aqueous fractions."""
    own, mine = timed(lambda: solve_cascade(c).aqueous_fractions)
    compare(peer, c, (own, seconds), float(np.abs(mine - theirs).max()), extra)


def compare(peer: str, c: Cascade, seconds: tuple[float, float], gap: float, extra: str = "") -> None:
    own, other = seconds
    sizes = f"{peer:12s}{len(c.alpha):8d}{c.stages:8d}"
    verdict = "" if gap < AGREED else "  another root, or none"
    print(f"{sizes}{1e3 * own:12.2f}{1e3 * other:12.1f}{other / own:8.0f}{gap:14.1e}{verdict}{extra}")


def general_solvers() -> None:
    for elements, stages, peers in (
        (4, 20, (minpack, sparse_newton)),
        (4, 60, (minpack, sparse_newton)),
        (15, 40, (minpack, sparse_newton)),
        (15, 100, (sparse_newton,)),
        (15, 200, (sparse_newton,)),
    ):
        c = cascade(elements, stages)
        for peer in peers:
            try:
                seconds, theirs = timed(lambda c=c, peer=peer: peer(c), 1)
            except RuntimeError as error:
                print(f"{peer.__name__:12s}{elements:8d}{stages:8d}  not solved: {error}")
                continue
            line(peer.__name__.replace("sparse_newton", "SuperLU").replace("minpack", "MINPACK"), c, seconds, theirs)


def idaes() -> None:
    if not installed("idaes", "pyomo_ripopt"):
        return
    for elements, stages in ((2, 20), (4, 20), (4, 60), (8, 40), (15, 40)):
        c = cascade(elements, stages) if elements > 2 else two_elements(stages)
        try:
            wall, inside, theirs = idaes_contactor(c)
        except (RuntimeError, ValueError):
            print(f"{'IDAES':12s}{elements:8d}{stages:8d}  not solved: ripopt's restoration failed")
            continue
        line("IDAES", c, wall, theirs, f"  (solver alone {1e3 * inside:.0f} ms)")


def two_elements(stages: int) -> Cascade:
    half = stages // 2
    return Cascade.of_sections(np.array([1.0, 2.0]), np.array([0.6, 0.4]), (half, stages - half), (1.6, 1.2))


def idaes_contactor(c: Cascade) -> tuple[float, float, np.ndarray]:
    """Seconds of solve and of the solver alone, and aqueous fractions by IDAES; start: the feed on every stage."""
    import pyomo.environ as pyo
    import pyomo_ripopt  # noqa: F401
    from idaes.core import FlowDirection, FlowsheetBlock
    from idaes.models.unit_models.mscontactor import MSContactor

    logging.getLogger("idaes").setLevel(logging.ERROR)
    logging.getLogger("pyomo").setLevel(logging.ERROR)
    names = [f"e{k}" for k in range(len(c.alpha))]
    model = pyo.ConcreteModel()
    model.fs = FlowsheetBlock(dynamic=False)
    model.fs.elements = property_package()(names=tuple(names))
    plain = {"property_package": model.fs.elements, "has_energy_balance": False, "has_pressure_balance": False}
    at = c.feeds[0].stage
    aqueous = plain | {"flow_direction": FlowDirection.backward, "side_streams": [at]}
    model.fs.unit = unit = MSContactor(
        number_of_finite_elements=c.stages, streams={"organic": plain, "aqueous": aqueous}
    )
    fed = c.feeds[0].moles
    for k, name in enumerate(names):
        unit.organic_inlet_state[0].flow[name].fix(0.0)
        unit.aqueous_inlet_state[0].flow[name].fix(0.0)
        unit.aqueous_side_stream_state[0, at].flow[name].fix(float(fed[k]))
    alpha = dict(zip(names, c.alpha.tolist(), strict=True))

    def rule(block: object, stage: int, name: str) -> object:
        water, loaded = block.aqueous[0, stage].flow, block.organic[0, stage].flow
        share = alpha[name] * water[name] * float(c.organic[stage - 1])
        return loaded[name] * sum(alpha[n] * water[n] for n in names) == share

    unit.equilibrium = pyo.Constraint(unit.elements, names, rule=rule)
    for stage in range(1, c.stages + 1):
        for name, share in zip(names, fed / fed.sum(), strict=True):
            unit.aqueous[0, stage].flow[name].set_value(float(c.aqueous[stage - 1] * share))
            unit.organic[0, stage].flow[name].set_value(float(c.organic[stage - 1] * share))
    solver = pyo.SolverFactory("ripopt")
    start = time.perf_counter()
    result = solver.solve(model)
    wall = time.perf_counter() - start
    flows = np.array([[pyo.value(unit.aqueous[0, s].flow[n]) for n in names] for s in range(1, c.stages + 1)])
    return wall, float(result.solver.time), flows / flows.sum(axis=1, keepdims=True)


def property_package() -> type:
    """IDAES's physical parameter block for flows of elements and nothing else."""
    import pyomo.environ as pyo
    from idaes.core import (
        Component,
        LiquidPhase,
        MaterialFlowBasis,
        PhysicalParameterBlock,
        StateBlock,
        StateBlockData,
        declare_process_block_class,
    )
    from pyomo.common.config import ConfigValue

    class NothingToInitialise(StateBlock):
        def fix_initialization_states(self) -> None: ...

    @declare_process_block_class("ElementFlows", block_class=NothingToInitialise)
    class ElementFlowsData(StateBlockData):
        def build(self) -> None:
            super().build()
            self.flow = pyo.Var(self.params.component_list, initialize=0.1, units=pyo.units.mol / pyo.units.s)

        def get_material_flow_terms(self, _phase: str, name: str) -> object:
            return self.flow[name]

        def get_material_flow_basis(self) -> object:
            return MaterialFlowBasis.molar

        def define_state_vars(self) -> dict[str, object]:
            return {"flow": self.flow}

    @declare_process_block_class("Elements")
    class ElementsData(PhysicalParameterBlock):
        CONFIG = PhysicalParameterBlock.CONFIG()
        CONFIG.declare("names", ConfigValue(default=()))

        def build(self) -> None:
            super().build()
            self.liquid = LiquidPhase()
            for name in self.config.names:
                self.add_component(name, Component())
            self._state_block_class = globals()["ElementFlows"]

        @classmethod
        def define_metadata(cls, thing: object) -> None:
            u = pyo.units
            base = {"time": u.s, "length": u.m, "mass": u.kg, "amount": u.mol, "temperature": u.K}
            thing.add_default_units(base)

    return globals()["Elements"]


def difflow() -> None:
    """Ratio to difflow on columns that its iteration can close."""
    if not installed("difflow"):
        return
    for elements, stages in ((2, 20), (4, 20), (4, 40), (8, 40), (8, 100)):
        alpha, feed = P507[:elements], MIX[:elements] / MIX[:elements].sum()
        cut = min(2, elements - 1)
        product = 0.93 * float(feed[cut:].sum())
        c = Cascade.of_sections(alpha, feed, (stages // 2, stages - stages // 2), (0.8, 0.8 - product))
        for iterations in (30, 100, 300, 1000, 3000, 10000):
            seconds, x, imbalance = difflow_column(c, iterations)
            if imbalance < 1e-6:
                break
        top = c.alpha * x[-1] / (x[-1] @ c.alpha)
        closed = "" if imbalance < 1e-6 else f"  (not closed: {imbalance:.1e})"
        line("difflow", total_condenser(c, top), seconds, x, f"  {iterations} iterations{closed}")


def difflow_column(c: Cascade, iterations: int) -> tuple[float, np.ndarray, float]:
    """Warm seconds, aqueous fractions and largest imbalance of difflow's column; the cascade's feed at its stage."""
    import jax
    import jax.numpy as jnp
    from difflow.thermo import IdealThermo, SpeciesData
    from difflow.units.distillation import DistillationColumn, DistillationColumnParams

    jax.config.update("jax_enable_x64", True)
    names = [f"e{k}" for k in range(len(c.alpha))]
    data = {
        n: SpeciesData(n, 100.0, (1e-3, 0, 0, 0), (4e4, 0.0, 1000.0), (17.5 + float(np.log10(a)), 5000.0, 0.0))
        for n, a in zip(names, c.alpha, strict=True)
    }
    feed, stage = c.feeds[0].moles, c.feeds[0].stage
    column = DistillationColumn(DistillationColumnParams(names, c.stages, stage - 1), IdealThermo(data))
    flows = {n: jnp.asarray(v) for n, v in zip(names, feed, strict=True)}
    product = c.extraction_amount - c.scrub_amount
    reflux, drawn = jnp.asarray(c.scrub_amount / product), jnp.asarray(product)
    solve = jax.jit(
        lambda r, d: column._solve_constant_molar_overflow(
            flows, jnp.asarray(1.0), r, d, jnp.asarray(400.0), n_iter=iterations
        )
    )
    jax.block_until_ready(solve(reflux, drawn))
    start = time.perf_counter()
    found = jax.block_until_ready(solve(reflux, drawn))
    seconds = time.perf_counter() - start
    x = np.asarray(found[0])
    top = np.asarray(c.alpha * x[-1] / (x[-1] @ c.alpha))
    same = total_condenser(c, top)
    return seconds, x, float(np.abs(balances(same, x.ravel())).max())


def total_condenser(c: Cascade, top: np.ndarray) -> Cascade:
    """The cascade whose reflux has the product's composition instead of being in equilibrium with it."""
    reflux = Stream(c.stages, "aqueous", c.scrub_amount * top)
    return Cascade(c.alpha, c.stages, c.extraction_amount, 0.0, (*c.feeds, reflux))


def biosteam() -> None:
    """Dilute traces between a loaded organic and an aqueous feed: unextracted shares, relative difference."""
    if not installed("biosteam"):
        return
    import biosteam as bst

    bst.settings.set_thermo(["Water", "Octane", "Methanol", "Ethanol"], cache=True)
    factors, trace = (1.4, 0.9), 1e-8
    for stages in (10, 20, 40):
        c = Cascade(
            np.array([1.0, *factors]), stages, 0.0, 0.0,
            (Stream(1, "organic", np.array([1.0, 0, 0])), Stream(stages, "aqueous", np.array([1.0, trace, trace]))),
        )  # fmt: skip
        unit = bst.MultiStageEquilibrium(
            None,
            ins=[
                bst.Stream(None, Water=1.0, Methanol=trace, Ethanol=trace, units="kmol/hr"),
                bst.Stream(None, Octane=1.0, units="kmol/hr"),
            ],
            N_stages=stages,
            feed_stages=[0, -1],
            phases=("L", "l"),
            top_chemical="Octane",
            partition_data={
                "K": np.array([1e-12, 1e12, *factors]),
                "IDs": ("Water", "Octane", "Methanol", "Ethanol"),
            },
        )
        unit.simulate()
        start = time.perf_counter()
        unit.simulate()
        seconds = time.perf_counter() - start
        theirs = np.array([unit.outs[1].imol[n] for n in ("Methanol", "Ethanol")]) / trace
        own, mine = timed(lambda c=c: solve_cascade(c, tolerance=1e-14).raffinate[1:] / trace)
        compare("BioSTEAM", c, (own, seconds), float(np.abs(mine / theirs - 1).max()), "  (relative, dilute traces)")


def installed(*packages: str) -> bool:
    missing = [p for p in packages if importlib.util.find_spec(p) is None]
    if missing:
        print(f"{', '.join(missing)}: not installed here, left out")
    return not missing


def report() -> None:
    """Print ratios and agreement."""
    print(HEAD)
    general_solvers()
    idaes()
    difflow()
    biosteam()


if __name__ == "__main__":
    report()
