"""A whole circuit simulated: what each cascade leaves unsplit goes on into the next, to the products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.separation.feeds import moles_vector
from ytterby.separation.steady import Cascade, SteadyState, solve_cascade

if TYPE_CHECKING:
    from ytterby.separation.cut_design import CutDesign
    from ytterby.separation.design import CircuitDesign

Array = NDArray[np.float64]

LEAST_SHARE = 1e-12
"""Mole fraction of a stream below which an element skips the next cascade and leaves on its own side."""
LARGEST_DRAW = 0.9999


@dataclass(frozen=True)
class CircuitSimulation:
    """Steady state of every cut on what the cuts before it really leave; flows in mol per mol RE fed."""

    elements: tuple[str, ...]
    states: Mapping[str, SteadyState]
    """By cut, for the elements that ``carried`` names."""
    carried: Mapping[str, tuple[str, ...]]
    outlets: Mapping[str, Array]
    """Element flows of ``feed`` and of every cut's ``<cut>.raffinate`` and ``<cut>.extract``; shape (elements,)."""
    taken: frozenset[str]
    """Streams that a cut takes."""
    ends: Mapping[str, str]
    """Outlet of each product."""
    wanted: Mapping[str, frozenset[str]]
    """Elements that each product is made for."""

    @cached_property
    def imbalance(self) -> float:
        """Largest difference between an element's feed and its sum over all ends, mol per mol RE fed."""
        ends = [flow for outlet, flow in self.outlets.items() if outlet not in self.taken]
        return float(np.abs(self.outlets["feed"] - sum(ends)).max())

    def streams(self) -> pd.DataFrame:
        """One row an outlet: total and element flows, mol per mol RE fed to the circuit."""
        rows = [
            {"stream": outlet, "total": float(flow.sum())} | dict(zip(self.elements, flow.tolist(), strict=True))
            for outlet, flow in self.outlets.items()
            if outlet != "feed"
        ]
        return pd.DataFrame(rows, columns=["stream", "total", *self.elements])

    def products(self) -> pd.DataFrame:
        """One row a product that the feed has elements for: moles, purity, recovery, largest impurity."""
        rows = []
        for product, outlet in self.ends.items():
            flow = self.outlets[outlet]
            total = float(flow.sum())
            own = np.array([e in self.wanted.get(product, ()) for e in self.elements])
            if total <= 0 or not own.any():
                continue
            foreign = np.where(own, 0.0, flow)
            worst = int(np.argmax(foreign))
            fed = float(self.outlets["feed"][own].sum())
            rows.append(
                {
                    "product": product,
                    "mol": total,
                    "purity": float(flow[own].sum()) / total,
                    "recovery": float(flow[own].sum()) / fed if fed > 0 else float("nan"),
                    "impurity": self.elements[worst] if foreign[worst] > 0 else "",
                    "impurity_share": float(foreign[worst]) / total,
                }
            )
        return pd.DataFrame(rows, columns=["product", "mol", "purity", "recovery", "impurity", "impurity_share"])


def simulate_circuit(design: CircuitDesign) -> CircuitSimulation:
    """Simulate every cut of a design on what really comes out of the cuts before it.

    Stages and S per mol of feed are the design's; the draw of organic product follows the extracted group that really
    arrives, as a plant's control would have it. Raises SolveError, naming the cut, where one does not settle.
    """
    elements = tuple(e for e in design.factors.order if design.liquor.moles.get(e, 0.0) > 0)
    place = {e: i for i, e in enumerate(elements)}
    outlets: dict[str, Array] = {"feed": moles_vector(design.liquor, elements)}
    states: dict[str, SteadyState] = {}
    carried: dict[str, tuple[str, ...]] = {}
    for r in design.flows.cuts:
        factors = design.chemistry(r.cut)
        alphas = factors.alphas(factors.betas(design.basis))
        order = [e for e in factors.order if e in place]
        index = np.array([place[e] for e in order])
        entering = outlets[r.cut.feed][index]
        boundary = sum(factors.position[e] < factors.position[r.cut.split[1]] for e in order)
        raffinate, extract = entering.copy(), entering.copy()
        raffinate[boundary:], extract[:boundary] = 0.0, 0.0
        if r.cut.id in design.cuts:
            held = np.flatnonzero(entering > LEAST_SHARE * float(entering.sum()))
            first = int(np.searchsorted(held, boundary))
            names = tuple(order[i] for i in held)
            alpha = alphas[[factors.position[e] for e in names]]
            state = solve_cascade(_rescaled(design.cuts[r.cut.id], alpha, entering[held], first), where=r.cut.id)
            raffinate[held], extract[held] = state.raffinate, entering[held] - state.raffinate
            states[r.cut.id], carried[r.cut.id] = state, names
        for side, flow in (("raffinate", raffinate), ("extract", extract)):
            outlets[f"{r.cut.id}.{side}"] = np.zeros(len(elements))
            outlets[f"{r.cut.id}.{side}"][index] = flow
    wanted = {p: frozenset(e for e, mol in held.items() if mol > 0) for p, held in design.flows.outlets.items()}
    taken = frozenset(r.cut.feed for r in design.flows.cuts)
    return CircuitSimulation(elements, states, carried, outlets, taken, design.circuit.products, wanted)


def _rescaled(d: CutDesign, alpha: Array, entering: Array, boundary: int) -> Cascade:
    """The design's cascade for what really enters."""
    total = float(entering.sum())
    heavy = float(entering[boundary:].sum()) / total
    designed = float(d.feed[d.boundary :].sum())
    product = min(d.product * heavy / designed, LARGEST_DRAW * min(1.0, d.extraction_amount + (d.phase == "organic")))
    amount = d.extraction_amount * total
    scrub = amount - product * total + (total if d.phase == "organic" else 0.0)
    stages = d.extraction_stages, d.scrub_stages
    return Cascade.of_sections(alpha / alpha[0], entering, stages, (amount, scrub), d.phase)
