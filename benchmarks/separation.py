"""Separation: steady state of a cascade against peers on the same equations, in the same run.

Run with ``python benchmarks/separation.py``; set OMP_NUM_THREADS=1 for one core. Peers:

- SciPy's ``root`` (MINPACK hybrid method, finite differences: what open extraction scripts use);
- a sparse Newton with SuperLU on the analytic Jacobian of the same balances, damped alike;
- difflow (JAX), where it is installed: its distillation column at constant molar overflow is the same cascade when the
  components differ by a constant volatility and the reflux comes from a total condenser. Its bubble-point iteration
  runs a fixed number of times: the first number that closes the balances to 1e-6 is timed, compiled, warm.

Tried and not solved here: BioSTEAM 2.46.1 installs on Python 3.11, but its multi-stage equilibrium closes an energy
balance that divides by zero for components of constant volatility (2.52 needs Python 3.12); IDAES and PrOMMiS need
solver binaries that are no Python package.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import root
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu

from ytterby.separation import Separation, compare
from ytterby.separation.steady import Cascade, Stream, solve_cascade
from ytterby.world import World

P507 = np.cumprod([1, 6.83, 2.03, 1.55, 10.6, 2.36, 1.46, 5.8, 2.8, 1.9, 1.5, 1.4, 3.4, 3.1, 1.8])
MIX = np.array([0.25, 0.45, 0.05, 0.17, 0.02, 0.005, 0.01, 0.003, 0.005, 0.002, 0.02, 0.004, 0.001, 0.005, 0.001])


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


def against_difflow() -> None:
    """Ratio to difflow on columns that its iteration can close."""
    try:
        import difflow  # noqa: F401
    except ImportError:
        print("\ndifflow is not installed: pip install difflow")
        return
    print("\nelements  stages  ytterby ms  difflow ms  its iterations  ratio  largest difference")
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
        own, mine = timed(lambda c=c, top=top: solve_cascade(total_condenser(c, top)).aqueous_fractions)
        gap = float(np.abs(mine - x).max()) if mine is not None else float("nan")
        closed = "" if imbalance < 1e-6 else f"  (not closed: {imbalance:.1e})"
        print(
            f"{elements:8d}{stages:8d}{1e3 * own:12.2f}{1e3 * seconds:12.2f}{iterations:16d}"
            f"{seconds / own:7.0f}{gap:12.1e}{closed}"
        )


def timed(run: Callable[[], np.ndarray], repeats: int = 3) -> tuple[float, np.ndarray | None]:
    best, answer = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        try:
            answer = run()
        except (RuntimeError, ValueError) as error:
            print(f"      ({error})")
            return float("nan"), None
        best = min(best, time.perf_counter() - start)
        if best > 2:
            break
    return best, answer


def report() -> None:
    """Print ratios, agreement and scaling."""
    print("elements  stages  ytterby ms  peer          peer ms  ratio  largest difference")
    for elements, stages, peers in (
        (4, 20, ("minpack", "sparse")),
        (4, 60, ("minpack", "sparse")),
        (15, 40, ("minpack", "sparse")),
        (15, 100, ("sparse",)),
        (15, 200, ("sparse",)),
    ):
        c = cascade(elements, stages)
        own, x = timed(lambda c=c: solve_cascade(c).aqueous_fractions)
        for peer in peers:
            solver = minpack if peer == "minpack" else sparse_newton
            other, theirs = timed(lambda c=c, solver=solver: solver(c), 1)
            gap = float(np.abs(theirs - x).max()) if theirs is not None and x is not None else float("nan")
            speeds = f"{1e3 * own:12.2f}  {peer:12s}{1e3 * other:9.1f}{other / own:7.0f}"
            print(f"{elements:8d}{stages:8d}{speeds}{gap:12.1e}")
    against_difflow()
    print("\nscaling, 15 elements: stages, cold ms, warm ms (S changed by 1 %)")
    for stages in (10, 30, 100, 300, 600, 1000):
        c, near = cascade(15, stages), cascade(15, stages, 1.111)
        cold, x = timed(lambda c=c: solve_cascade(c).aqueous_fractions)
        warm, _ = timed(lambda near=near, x=x: solve_cascade(near, guess=x).aqueous_fractions)
        print(f"{stages:8d}{1e3 * cold:10.1f}{1e3 * warm:10.1f}")
    world = World.load()
    separation = Separation(world)
    ores = list(world.table("ores")["ore"])
    start = time.perf_counter()
    for k in range(1000):
        separation.design(ores[k % len(ores)], "cn-full", simulate=False)
    print(f"\n1,000 shortcut designs of a 13-cut circuit: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    for ore in ores[:40]:
        separation.design(ore, "cn-full")
    print(f"40 designs of it, every cut simulated until it holds: {time.perf_counter() - start:.2f} s")
    fresh = Separation(world)
    start = time.perf_counter()
    sites = list(fresh.site_processes.index)
    for site in sites:
        for ore in ores:
            fresh.process(site, ore)
    print(f"{len(sites)} sites x {len(ores)} ores priced: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    compare(world, "mountain-pass", "us-chlor-alkali", "bayan-obo", "cn-p507", 512, 0, separation=separation)
    print(f"comparison with 512 samples and Shapley causes: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    report()
