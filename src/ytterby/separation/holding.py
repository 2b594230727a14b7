"""Purity asked of products, not of cuts: what slips through one cut gathers in the small product of a later one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ytterby.separation.cascade import CutTargets
from ytterby.separation.cut_design import CutDesign, design_cut
from ytterby.separation.simulation import CircuitSimulation, simulate_circuit
from ytterby.world.errors import SolveError

if TYPE_CHECKING:
    from ytterby.separation.design import CircuitDesign

MOST_ROUNDS = 12
AIM = 0.97
"""Share of the allowed impurity that a tightened cut aims at."""


def hold_products(design: CircuitDesign, purity: float) -> CircuitDesign:
    """Tighten cuts until every product of the simulated circuit has ``purity``, as mole fraction of its own elements.

    An element that a product should not hold came through the cut on the product's way at which their ways part: that
    cut's outlet is allowed less of it and designed again. S stays, stages grow. Raises SolveError, naming the product,
    where that does not end.
    """
    for _ in range(MOST_ROUNDS):
        simulated = simulate_circuit(design)
        factors = _tighten(design, simulated, purity)
        if not factors:
            return design
        cuts = dict(design.cuts)
        for cut in {cut for cut, _ in factors}:
            sides = factors.get((cut, "raffinate"), 1.0), factors.get((cut, "extract"), 1.0)
            cuts[cut] = _again(cuts[cut], sides)
        design = replace(design, cuts=cuts)
    worst = simulated.products().sort_values("purity").iloc[0]
    raise SolveError(
        f"product {worst['product']}: purity {worst['purity']:.5g} after {MOST_ROUNDS} rounds, not {purity:g}; "
        f"most of the rest is {worst['impurity']}: cut it off earlier, or ask for less"
    )


def _again(d: CutDesign, sides: tuple[float, float]) -> CutDesign:
    light, heavy = d.targets.raffinate_purity, d.targets.organic_purity
    goal = CutTargets(1 - (1 - light) * sides[0], 1 - (1 - heavy) * sides[1])
    margin = d.extraction_amount / d.least_extraction
    stages = d.extraction_stages, d.scrub_stages
    return design_cut(
        d.alpha, d.feed, d.boundary, d.least_extraction, elements=d.elements, targets=goal, margin=margin,
        phase=d.phase, start=stages, name=d.id,
    )  # fmt: skip


def _tighten(design: CircuitDesign, simulated: CircuitSimulation, purity: float) -> Mapping[tuple[str, str], float]:
    """Factor on the impurity that an outlet of a cut may hold, for the outlets that spoil a product."""
    found: dict[tuple[str, str], float] = {}
    for product, outlet in simulated.ends.items():
        flow = simulated.outlets[outlet]
        total = float(flow.sum())
        if total <= 0 or not simulated.wanted.get(product):
            continue
        own = np.array([e in simulated.wanted[product] for e in simulated.elements])
        foreign = float(flow[~own].sum()) / total
        if foreign <= (1 - purity) * (1 + 1e-9):
            continue
        factor = AIM * (1 - purity) / foreign
        for element, moles in zip(simulated.elements, np.where(own, 0.0, flow), strict=True):
            side = _parting(design, outlet, element)
            if side is not None and moles > 1e-3 * foreign * total:
                found[side] = min(found.get(side, 1.0), factor)
    return found


def _parting(design: CircuitDesign, outlet: str, element: str) -> tuple[str, str] | None:
    """The outlet on the way to a product's through which an element that belongs elsewhere came."""
    cuts = {r.cut.id: r.cut for r in design.flows.cuts}
    way = []
    while outlet != "feed":
        cut, _, side = outlet.rpartition(".")
        way.append((cut, side))
        outlet = cuts[cut].feed
    for cut, side in reversed(way):
        position = design.chemistry(cuts[cut]).position
        belongs = "extract" if position[element] >= position[cuts[cut].split[1]] else "raffinate"
        if belongs != side and cut in design.cuts:
            return cut, side
    return None
