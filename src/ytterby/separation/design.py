"""Design of cascades: stages for purity and recovery targets, one stage added and simulated again until
they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.separation.cascade import CutTargets, check_purities, fenske_stages, gilliland_stages
from ytterby.separation.circuit import Circuit, CircuitFlows, CutResult, run_circuit
from ytterby.separation.factors import Basis, Factors
from ytterby.separation.feeds import Feed, moles_vector
from ytterby.separation.inventory import Inventory, take_inventory
from ytterby.separation.parameters import CircuitParameters
from ytterby.separation.routes import CrackingRoute
from ytterby.separation.steady import Cascade, SteadyState, solve_cascade
from ytterby.world.errors import Fault, InputError, SolveError

if TYPE_CHECKING:
    from ytterby.pictures import Picture

Array = NDArray[np.float64]

MOST_STAGES = 1500
NO_GAIN = 1e-12


@dataclass(frozen=True)
class CutDesign:
    """A designed cascade; flows in mol RE per mol RE fed to this cut."""

    id: str
    elements: tuple[str, ...]
    alpha: Array
    feed: Array
    """Mole fractions of the cut's feed."""
    boundary: int
    """First element, in order, that belongs to the organic product."""
    targets: CutTargets
    least_extraction: float
    extraction_amount: float
    scrub_amount: float
    extraction_stages: int
    """n, theoretical."""
    scrub_stages: int
    """m, theoretical."""
    simulated: SteadyState | None
    """The simulation that confirmed the design; None for a shortcut design."""
    rounds: int
    """Simulations that it took."""

    @property
    def purities(self) -> tuple[float, float]:
        """Purity of raffinate and organic product as simulated; NaN without a simulation."""
        if self.simulated is None:
            return float("nan"), float("nan")
        light = self.simulated.aqueous_fractions[0, : self.boundary].sum()
        heavy = self.simulated.organic_fractions[-1, self.boundary :].sum()
        return float(light), float(heavy)

    @property
    def holdup(self) -> float:
        """Rare earth held in the cascade per residence time and per mol of feed: sum of both phases'
        flows."""
        n, m, s, w = self.extraction_stages, self.scrub_stages, self.extraction_amount, self.scrub_amount
        return n * (w + 1) + m * w + (n + m) * s


def design_cut(
    alpha: Array,
    feed: Array,
    boundary: int,
    least_extraction: float,
    *,
    elements: tuple[str, ...],
    purity: float = 0.999,
    targets: CutTargets | None = None,
    margin: float = 1.25,
    simulate: bool = True,
    name: str = "cut",
) -> CutDesign:
    """Stages of one cut of a mixture at ``margin`` times its least extraction amount.

    ``alpha`` ascending, ``feed`` mole fractions (sum one), both for the elements present; the elements from
    ``boundary`` on are wanted in the organic product. First guess by Fenske and Gilliland on the two keys,
    then one
    stage is added to the section that falls short and the cascade simulated again until both targets hold.
    Raises
    InputError, naming the cut, for targets that the feed makes impossible, SolveError where more stages do
    not help.
    """
    heavy = float(feed[boundary:].sum())
    goal = targets or CutTargets.of(heavy, purity)
    check_purities(heavy, goal.organic_purity, goal.raffinate_purity, name)
    pa, pb = goal.organic_purity, goal.raffinate_purity
    product = (heavy - (1 - pb)) / (pa + pb - 1)
    amount = margin * least_extraction
    scrub = amount - product
    if scrub <= 0:
        raise InputError(
            "no scrub left",
            [
                Fault(
                    f"{name}: margin",
                    f"{margin:g} gives S = {amount:.4g}",
                    f"more than {product / least_extraction:.3g}",
                )
            ],
        )
    beta = float(alpha[boundary] / alpha[boundary - 1])
    up, down = pa / (1 - pa) * (1 - heavy) / heavy, pb / (1 - pb) * heavy / (1 - heavy)
    stages = gilliland_stages(fenske_stages(beta, up, down), amount, least_extraction)
    share = log(down) / (log(up) + log(down))
    n, m = max(2, round(stages * share)), max(1, round(stages * (1 - share)))
    built = CutDesign(name, elements, alpha, feed, boundary, goal, least_extraction, amount, scrub, n, m, None, 0)
    return _until_targets_hold(built, beta) if simulate else built


def _until_targets_hold(start: CutDesign, beta: float) -> CutDesign:
    d, goal = start, start.targets
    guess: Array | None = None
    best = (float("inf"), float("inf"))
    stalled = 0
    for rounds in range(1, MOST_STAGES):
        state = _simulate(d, guess)
        d = _with(d, d.extraction_stages, d.scrub_stages, state, rounds)
        light, heavy = d.purities
        miss = (1 - light) / (1 - goal.raffinate_purity), (1 - heavy) / (1 - goal.organic_purity)
        if max(miss) <= 1 + 1e-9:
            return d
        stalled = stalled + 1 if sum(miss) > sum(best) - NO_GAIN else 0
        best = min(best, miss, key=sum)
        if stalled > 8 or d.extraction_stages + d.scrub_stages > MOST_STAGES:
            raise SolveError(
                f"{d.id}: {d.extraction_stages} + {d.scrub_stages} stages reach purities of {light:.5g} and "
                f"{heavy:.5g}, not {goal.raffinate_purity:.5g} and {goal.organic_purity:.5g}; "
                "more do not help: "
                f"raise S above "
                f"{d.extraction_amount:.4g} ({d.extraction_amount / d.least_extraction:.3g} times the least)"
            )
        steps = [max(1, int(0.4 * log(v) / log(beta))) if v > 1 + 1e-9 else 0 for v in miss]
        guess = _longer(state.aqueous_fractions, d.extraction_stages, steps[0], steps[1])
        d = _with(d, d.extraction_stages + steps[0], d.scrub_stages + steps[1], None, rounds)
    raise SolveError(f"{d.id}: no design within {MOST_STAGES} rounds")


def _simulate(d: CutDesign, guess: Array | None) -> SteadyState:
    cascade = Cascade.of_sections(
        d.alpha, d.feed, (d.extraction_stages, d.scrub_stages), (d.extraction_amount, d.scrub_amount)
    )
    return solve_cascade(cascade, guess=guess, where=d.id)


def _with(d: CutDesign, n: int, m: int, state: SteadyState | None, rounds: int) -> CutDesign:
    return CutDesign(
        d.id, d.elements, d.alpha, d.feed, d.boundary, d.targets, d.least_extraction, d.extraction_amount,
        d.scrub_amount, n, m, state, rounds,
    )  # fmt: skip


def _longer(x: Array, n: int, more_extraction: int, more_scrub: int) -> Array:
    """A guess for a longer cascade: the flattest stage of each section repeated."""
    parts = []
    for block, more in ((x[:n], more_extraction), (x[n:], more_scrub)):
        repeats = np.ones(len(block), dtype=int)
        flat = int(np.argmin(np.abs(np.diff(block, axis=0)).max(axis=1))) if len(block) > 2 else len(block) - 1
        repeats[flat] += more
        parts.append(np.repeat(block, repeats, axis=0))
    return np.vstack(parts)


@dataclass(frozen=True)
class CircuitDesign:
    """A designed circuit: flows, stages, inventory and pictures for one feed."""

    feed: Feed
    circuit: Circuit
    route: CrackingRoute
    factors: Factors
    parameters: CircuitParameters
    flows: CircuitFlows
    cuts: Mapping[str, CutDesign]
    """Designs of the cuts that have something to split."""
    skipped: tuple[str, ...] = field(default=())
    """Cuts whose feed lacks one side."""

    def inventory(self) -> Inventory:
        """Reagents, products and wastes per t REO fed."""
        return take_inventory(self.feed, self.route, self.flows, self.parameters)

    def simulate(self) -> Mapping[str, SteadyState]:
        """Steady state of every cut; simulates those that were designed by shortcut."""
        return {k: d.simulated or _simulate(d, None) for k, d in self.cuts.items()}

    def plot(self, cut: str = "") -> Picture:
        """Stage profile of one cut, by default the longest, as in the textbooks."""
        from ytterby.separation.charts import profile_picture

        longest = max(self.cuts, key=lambda k: self.cuts[k].extraction_stages + self.cuts[k].scrub_stages)
        return profile_picture(self, cut or longest)

    def stage_table(self) -> pd.DataFrame:
        """One row a cut: keys, beta, S, W, theoretical and real stages, purities, hold-up."""
        p = self.parameters
        rows = []
        for r in self.flows.cuts:
            d = self.cuts.get(r.cut.id)
            if d is None or r.keys is None:
                continue
            real = [ceil(k / p["stage-efficiency"]) for k in (d.extraction_stages, d.scrub_stages)]
            service = int(p["strip-stages"] + p["wash-stages"] + p["saponification-stages"])
            light, heavy = d.purities
            rows.append(
                {
                    "cut": d.id,
                    "split": f"{r.keys[0]} | {r.keys[1]}",
                    "beta": r.beta,
                    "feed_mol": r.feed,
                    "S": d.extraction_amount,
                    "S_min": d.least_extraction,
                    "W": d.scrub_amount,
                    "fresh_S_mol": r.fresh,
                    "extraction_stages": d.extraction_stages,
                    "scrub_stages": d.scrub_stages,
                    "real_stages": sum(real) + service,
                    "raffinate_purity": light,
                    "organic_purity": heavy,
                    "holdup": d.holdup,
                }
            )
        return pd.DataFrame(rows)

    def stream_table(self) -> pd.DataFrame:
        """One row an outlet of a simulated cut: element flows in mol per mol RE fed to the circuit."""
        rows = []
        for r in self.flows.cuts:
            d = self.cuts.get(r.cut.id)
            if d is None:
                continue
            state = d.simulated or _simulate(d, None)
            for outlet, flow in (("raffinate", state.raffinate), ("extract", state.organic_product)):
                row: dict[str, object] = {"stream": f"{d.id}.{outlet}", "total": r.feed * float(flow.sum())}
                row |= {e: r.feed * float(v) for e, v in zip(d.elements, flow, strict=True)}
                rows.append(row)
        order = [e for e in self.factors.order if any(e in r for r in rows)]
        return pd.DataFrame(rows, columns=["stream", "total", *order]).fillna(0.0)

    def profile_table(self, cut: str) -> pd.DataFrame:
        """Stage profile of one cut, long: stage, phase, element, fraction."""
        d = self.cuts[cut]
        state = d.simulated or _simulate(d, None)
        frames = [
            pd.DataFrame(x, columns=list(d.elements)).assign(stage=range(1, len(x) + 1), phase=phase)
            for phase, x in (("aqueous", state.aqueous_fractions), ("organic", state.organic_fractions))
        ]
        return pd.concat(frames).melt(["stage", "phase"], var_name="element", value_name="fraction")


def design(
    feed: Feed,
    circuit: Circuit,
    route: CrackingRoute,
    factors: Factors,
    parameters: CircuitParameters,
    *,
    basis: Basis = "measured",
    simulate: bool = True,
) -> CircuitDesign:
    """Design every cut of a circuit for a feed; ``simulate`` False gives the shortcut stages only.

    Raises InputError or SolveError that name the cut and what would make it feasible.
    """
    liquor, _, _ = route.leach(feed)
    flows = run_circuit(
        circuit,
        liquor,
        factors,
        factors.betas(basis),
        margin=parameters["reflux-margin"],
        link_share=parameters["link-share"],
    )
    alphas = factors.alphas(factors.betas(basis))
    whole = moles_vector(liquor, factors.order)
    entering = _entering(flows, whole, factors)
    cuts, skipped = {}, []
    for r in flows.cuts:
        if r.keys is None:
            skipped.append(r.cut.id)
            continue
        cuts[r.cut.id] = _design_result(
            r, entering[r.cut.id], alphas, factors=factors, parameters=parameters, simulate=simulate
        )
    return CircuitDesign(feed, circuit, route, factors, parameters, flows, cuts, tuple(skipped))


def _entering(flows: CircuitFlows, whole: Array, factors: Factors) -> Mapping[str, Array]:
    outlets = {"feed": whole}
    found = {}
    for r in flows.cuts:
        x = outlets[r.cut.feed]
        found[r.cut.id] = x
        k = factors.position[r.cut.split[1]]
        outlets[f"{r.cut.id}.raffinate"] = np.where(np.arange(len(x)) < k, x, 0.0)
        outlets[f"{r.cut.id}.extract"] = np.where(np.arange(len(x)) >= k, x, 0.0)
    return found


def _design_result(
    r: CutResult,
    entering: Array,
    alphas: Array,
    *,
    factors: Factors,
    parameters: CircuitParameters,
    simulate: bool,
) -> CutDesign:
    present = np.flatnonzero(entering > 0)
    boundary = int(np.searchsorted(present, factors.position[r.cut.split[1]]))
    return design_cut(
        alphas[present] / alphas[present[0]],
        entering[present] / r.feed,
        boundary,
        r.least_extraction / r.feed,
        elements=tuple(factors.order[i] for i in present),
        purity=parameters["purity"],
        margin=parameters["reflux-margin"],
        simulate=simulate,
        name=r.cut.id,
    )
