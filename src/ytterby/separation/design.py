"""Design of circuits: every cut of a tree for a feed, what it takes, what it makes, and how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.separation.asking import factors_of, feed_of, known_in, needed, route_of, tree_of
from ytterby.separation.cascade import KEY_RECOVERY, CutTargets
from ytterby.separation.circuit import Circuit, CircuitFlows, Cut, CutResult, run_circuit
from ytterby.separation.cut_design import CutDesign, design_cut
from ytterby.separation.factors import Basis, Factors
from ytterby.separation.feeds import Feed
from ytterby.separation.holding import hold_products
from ytterby.separation.inventory import Inventory, take_inventory
from ytterby.separation.parameters import CircuitParameters
from ytterby.separation.routes import CrackingRoute
from ytterby.separation.simulation import CircuitSimulation, simulate_circuit
from ytterby.world import World
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.pictures import Picture
    from ytterby.separation.starting import Commissioning

Array = NDArray[np.float64]

Hold = Literal["products", "cuts"]
"""What the purity asked for is asked of."""

__all__ = ["CircuitDesign", "CutDesign", "CutTargets", "design", "design_cut"]


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
    basis: Basis = "measured"
    """Which separation factors it was designed with."""
    others: Mapping[str, Factors] = field(default_factory=dict)
    """Factors of the extractants that single cuts have of their own, by name."""

    def chemistry(self, cut: Cut) -> Factors:
        """Factors of a cut's extractant."""
        return self.others.get(cut.extractant, self.factors)

    @cached_property
    def liquor(self) -> Feed:
        """What the route brings into solution."""
        return self.route.leach(self.feed)[0]

    def inventory(self) -> Inventory:
        """Reagents, products and wastes per t REO fed."""
        return take_inventory(self.feed, self.route, self.flows, self.parameters)

    @cached_property
    def _simulated(self) -> CircuitSimulation:
        return simulate_circuit(self)

    def simulate(self) -> CircuitSimulation:
        """Steady state of the whole circuit, impurities carried from cut to cut."""
        return self._simulated

    def start_up(self, cut: str = "", *, total_reflux_days: float = 0.0, controlled: bool = True) -> Commissioning:
        """First fill to steady state of one cut, by default the longest, in days.

        ``total_reflux_days``: days that the closed cascade turns over before products are drawn; ``controlled``: draws
        follow the composition inside. Raises UnknownNameError for a cut that is not in the circuit.
        """
        from ytterby.separation.starting import commission

        return commission(self, cut or self.longest, total_reflux_days=total_reflux_days, controlled=controlled)

    @property
    def longest(self) -> str:
        """The cut with most stages."""
        return max(self.cuts, key=lambda k: self.cuts[k].extraction_stages + self.cuts[k].scrub_stages)

    def plot(self, cut: str = "") -> Picture:
        """Stage profile of one cut, by default the longest, as in the textbooks."""
        from ytterby.separation.charts import profile_picture

        return profile_picture(self, cut or self.longest)

    def stage_table(self) -> pd.DataFrame:
        """One row a cut: keys, beta, S, W, theoretical and real stages by service, purities, hold-up."""
        p = self.parameters
        rows = []
        for r in self.flows.cuts:
            d = self.cuts.get(r.cut.id)
            if d is None or r.keys is None:
                continue
            real = [ceil(k / p["stage-efficiency"]) for k in (d.extraction_stages, d.scrub_stages)]
            service = {k: int(p[f"{k}-stages"]) for k in ("strip", "wash", "saponification")}
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
                    **{f"{k}_stages": v for k, v in service.items()},
                    "real_stages": sum(real) + sum(service.values()),
                    "raffinate_purity": light,
                    "organic_purity": heavy,
                    "holdup": d.holdup,
                }
            )
        return pd.DataFrame(rows)

    def stream_table(self) -> pd.DataFrame:
        """One row an outlet, as simulated: element flows in mol per mol RE fed to the circuit."""
        return self.simulate().streams()

    def profile_table(self, cut: str) -> pd.DataFrame:
        """Stage profile of one cut, long: stage, phase, element, fraction."""
        d = self.cuts[cut]
        state = d.simulate()
        frames = [
            pd.DataFrame(x, columns=list(d.elements)).assign(stage=range(1, len(x) + 1), phase=phase)
            for phase, x in (("aqueous", state.aqueous_fractions), ("organic", state.organic_fractions))
        ]
        return pd.concat(frames).melt(["stage", "phase"], var_name="element", value_name="fraction")

    def write(self, path: Path | str, cut: str = "") -> list[Path]:
        """Write stages, streams, products and one cut's profile: one Excel book, or a CSV file each beside ``path``."""
        from ytterby.separation.sheets import write_tables

        return write_tables(self, Path(path), cut or self.longest)


def design(
    feed: Feed | Mapping[str, float] | str,
    cuts: Circuit | Sequence[str] | str,
    route: CrackingRoute | None = None,
    factors: Factors | Mapping[str, Factors] | None = None,
    parameters: CircuitParameters | None = None,
    *,
    basis: Basis = "measured",
    simulate: bool = True,
    purity: float | None = None,
    recovery: float = KEY_RECOVERY,
    margin: float | None = None,
    extractant: str = "p507",
    linked: bool = False,
    hold: Hold = "products",
    world: World | None = None,
) -> CircuitDesign:
    """Design every cut of a circuit for a feed: stages, flows, and from there inventory, simulation, pictures.

    ``feed``: an ore of the world, or shares of oxide by element, or a :class:`Feed`. ``cuts``: a circuit of the
    world, or cuts such as ``["Nd|Sm", "Ce|Pr"]`` in the order in which they are made, or a :class:`Circuit`;
    ``extractant`` and ``linked`` hold for the second. ``purity`` is asked of every product of the simulated circuit,
    with ``hold`` ``cuts`` only of both outlets of every cut on its own; ``recovery`` of both sides of every cut;
    ``margin`` is S over its minimum. Purity and margin default to the world's ``circuit_parameters``. ``simulate``
    False gives the shortcut stages only. ``route``, ``factors``, ``parameters``: default those of ``world``, by default
    the shipped one.

    Raises InputError or SolveError that name the cut and what would make it feasible.

    >>> circuit = design({"La": 0.26, "Ce": 0.51, "Pr": 0.05, "Nd": 0.18}, ["Ce|Pr", "La|Ce"], purity=0.995)
    >>> sorted(circuit.simulate().products()["product"])
    ['ce-oxide', 'la-oxide', 'ndpr-oxide']
    """
    known = None if route and factors and parameters else known_in(world)
    ore = feed_of(feed, known)
    tree = tree_of(cuts, ore, known, extractant, linked)
    way = route or route_of(known, tree, ore, mined=isinstance(feed, str))
    book = factors_of(tree, factors, known)
    numbers = parameters or needed(known).parameters
    asked = {"purity": purity, "reflux-margin": margin}
    if margin is not None and margin <= 1:
        below = "above 1: at or below the least S no such split exists at any number of stages"
        raise InputError("cuts cannot be made", [Fault("margin", f"{margin:g}", below)])
    numbers = numbers.having({k: v for k, v in asked.items() if v is not None})
    liquor, _, _ = way.leach(ore)
    betas = {name: own.betas(basis) for name, own in book.items()}
    if purity is not None:
        tree = replace(tree, purity=purity)
    check_two_outlets(tree)
    flows = run_circuit(tree, liquor, book, betas, margin=numbers["reflux-margin"], link_share=numbers["link-share"])
    main = book[tree.extractant]
    blank = CircuitDesign(ore, tree, way, main, numbers, flows, {}, (), basis, book)
    made, skipped = {}, []
    outlets: dict[str, Mapping[str, float]] = {"feed": liquor.moles}
    for r in flows.cuts:
        entering, own = outlets[r.cut.feed], blank.chemistry(r.cut)
        k = own.position[r.cut.split[1]]
        outlets[f"{r.cut.id}.raffinate"] = {e: n for e, n in entering.items() if own.position[e] < k}
        outlets[f"{r.cut.id}.extract"] = {e: n for e, n in entering.items() if own.position[e] >= k}
        if r.keys is None:
            skipped.append(r.cut.id)
        else:
            made[r.cut.id] = _design_result(r, entering, own, betas[own.extractant], numbers, recovery, simulate)
    built = replace(blank, cuts=made, skipped=tuple(skipped))
    return hold_products(built, numbers["purity"]) if simulate and hold == "products" else built


def check_two_outlets(tree: Circuit) -> None:
    """Raise InputError for cascades of three outlets: their stages are not designed."""
    found = [c.id for c in tree.cuts if c.upper_split is not None or c.second_feed]
    faults = [
        Fault(f"cut {cut}", "a cascade of three outlets", "two outlets, or its stages by Cascade and solve_cascade")
        for cut in found
    ]
    if faults:
        raise InputError("stages cannot be designed", faults)


def _design_result(
    r: CutResult,
    entering: Mapping[str, float],
    factors: Factors,
    betas: Array,
    parameters: CircuitParameters,
    recovery: float,
    simulate: bool,
) -> CutDesign:
    moles = np.array([entering.get(e, 0.0) for e in factors.order])
    present = np.flatnonzero(moles > 0)
    alphas = factors.alphas(betas)
    low, high = (factors.position[e] for e in r.cut.split)
    if np.any((present > low) & (present < high)):
        shared = ", ".join(factors.order[i] for i in present if low < i < high)
        wanted = "elements that meet, or the stages by Cascade and solve_cascade"
        raise InputError("stages cannot be designed", [Fault(f"cut {r.cut.id}", f"{shared} in both outlets", wanted)])
    return design_cut(
        alphas[present] / alphas[present[0]],
        moles[present] / r.feed,
        int(np.searchsorted(present, high)),
        r.least_extraction / r.feed,
        elements=tuple(factors.order[i] for i in present),
        purity=parameters["purity"],
        recovery=recovery,
        margin=parameters["reflux-margin"],
        simulate=simulate,
        name=r.cut.id,
    )
