"""Circuits: trees of cuts from a feed to products, each cut's extraction amount, and what linking saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.cascade import CutTargets
from ytterby.separation.factors import Factors
from ytterby.separation.feeds import Feed, moles_vector
from ytterby.separation.underwood import root_between
from ytterby.world import World
from ytterby.world.errors import Fault, InputError

Array = NDArray[np.float64]

LACE = "lace-carbonate"
"""Commodity in which lanthanum and cerium leave together."""
UNFINISHED = ":unfinished"
"""Ending of a circuit's name that asks for it without its cut of lanthanum from cerium."""


@dataclass(frozen=True)
class Cut:
    """One counter-current cascade that splits its feed between two neighbouring elements."""

    id: str
    feed: str
    """``feed`` or ``<cut>.raffinate`` or ``<cut>.extract``."""
    split: tuple[str, str]
    """The most extractable element of the raffinate and the least extractable of the organic product."""
    organic_from: str = ""
    """Cut whose loaded organic enters this one in place of fresh saponified organic; empty: stands alone."""


@dataclass(frozen=True)
class Circuit:
    """A separation plant's tree of cuts."""

    name: str
    title: str
    cuts: tuple[Cut, ...]
    products: Mapping[str, str]
    """Commodity -> outlet."""
    route: str
    extractant: str = "p507"
    base: str = "naoh"
    precipitant: str = "nh4hco3"
    chlor_alkali: bool = False
    purity: float | None = None
    """Purity of the products that the extraction amounts are worked out for; None: pure products, the safe side."""
    labour: str = "labour-overhead-light"
    """Row of reagent_prices that pays labour and overhead."""
    source: str = "assumption"
    confidence: str = "D"

    @property
    def linked(self) -> bool:
        """Whether any cut takes its organic from another."""
        return any(c.organic_from for c in self.cuts)

    def link(self, on: bool) -> Circuit:
        """The same tree with links taken out, or put in from each cut to the first cut fed by it."""
        if not on:
            return replace(self, cuts=tuple(replace(c, organic_from="") for c in self.cuts))
        if self.linked:
            return self
        used: set[str] = set()
        cuts = []
        for c in self.cuts:
            parent = c.feed.partition(".")[0]
            if parent != "feed" and parent not in used:
                used.add(parent)
                cuts.append(replace(c, organic_from=parent))
            else:
                cuts.append(c)
        return replace(self, cuts=tuple(cuts))

    def unfinished(self) -> Circuit:
        """The same plant without its cut of lanthanum from cerium, which leave together; itself where it
        has none."""
        last = [c for c in self.cuts if c.split == ("La", "Ce")]
        ends = {f"{c.id}.{side}" for c in last for side in ("raffinate", "extract")}
        if not last or not ends <= set(self.products.values()):
            return self
        gone = {c.id for c in last}
        kept = tuple(
            replace(c, organic_from="") if c.organic_from in gone else c for c in self.cuts if c.id not in gone
        )
        products = {p: o for p, o in self.products.items() if o not in ends}
        return replace(
            self,
            name=f"{self.name}{UNFINISHED}",
            title=f"{self.title}, lanthanum and cerium together",
            cuts=kept,
            products={LACE: last[0].feed, **products},
        )


@dataclass(frozen=True)
class CutResult:
    """Flows of one cut, mol RE per mol RE fed to the whole circuit."""

    cut: Cut
    feed: float
    product: float
    """Moles to the organic product."""
    least_extraction: float
    """S_min."""
    extraction: float
    """S."""
    fresh: float
    """Organic that has to be saponified afresh, S less what the link brings."""
    beta: float
    """Separation factor of the two elements that meet at the cut; NaN where one side is empty."""
    keys: tuple[str, str] | None
    """The elements that meet; None where one side is empty and nothing has to be done."""

    @property
    def scrub(self) -> float:
        """W, aqueous feed."""
        return self.extraction - self.product


@dataclass(frozen=True)
class CircuitFlows:
    """A circuit computed for one feed, per mol RE that enters solvent extraction."""

    circuit: Circuit
    cuts: tuple[CutResult, ...]
    outlets: Mapping[str, Mapping[str, float]]
    """Product -> element -> mol."""
    notes: tuple[str, ...] = field(default=())

    @property
    def extraction(self) -> float:
        """Sum of S over the cuts."""
        return sum(c.extraction for c in self.cuts)

    @property
    def fresh(self) -> float:
        """Sum of freshly saponified organic: what costs acid and base."""
        return sum(c.fresh for c in self.cuts)


def read_circuit(world: World, name: str) -> Circuit:
    """Read a circuit file of the world; raises UnknownNameError, or InputError with every fault in the
    tree."""
    raw = world.document("circuits", name)
    return parse_circuit(name, raw)


def parse_circuit(name: str, raw: Mapping[str, Any]) -> Circuit:
    """Check a circuit's data: known outlets, one use of each, links used once and not in a ring."""
    cuts = tuple(
        Cut(
            str(c["id"]),
            str(c["feed"]),
            (str(c["split"][0]), str(c["split"][1])),
            str(c.get("organic_from", "")),
        )
        for c in raw.get("cuts", [])
    )
    faults: list[Fault] = []
    outlets = {"feed"}
    taken: dict[str, str] = {}
    for cut in cuts:
        if cut.feed not in outlets:
            faults.append(Fault(f"{name}: cut {cut.id}, feed", repr(cut.feed), f"one of {', '.join(sorted(outlets))}"))
        if cut.feed in taken:
            faults.append(
                Fault(
                    f"{name}: cut {cut.id}, feed",
                    f"{cut.feed!r}, taken by {taken[cut.feed]}",
                    "a free outlet",
                )
            )
        taken[cut.feed] = cut.id
        outlets |= {f"{cut.id}.raffinate", f"{cut.id}.extract"}
    seen: set[str] = set()
    for cut in cuts:
        if not cut.organic_from:
            continue
        if cut.organic_from not in {c.id for c in cuts} - {cut.id}:
            faults.append(Fault(f"{name}: cut {cut.id}, organic_from", repr(cut.organic_from), "the id of another cut"))
        if cut.organic_from in seen:
            faults.append(Fault(f"{name}: cut {cut.id}, organic_from", f"{cut.organic_from!r}, used twice", "one use"))
        seen.add(cut.organic_from)
    products = {str(k): str(v) for k, v in raw.get("products", {}).items()}
    for product, outlet in products.items():
        if outlet not in outlets:
            faults.append(Fault(f"{name}: product {product}", repr(outlet), f"one of {', '.join(sorted(outlets))}"))
        elif outlet in taken:
            faults.append(
                Fault(f"{name}: product {product}", f"{outlet!r}, fed to {taken[outlet]}", "an end of the tree")
            )
    if faults:
        raise InputError(f"circuit {name} cannot be built", faults)
    return Circuit(
        name=name,
        title=str(raw.get("title", name)),
        cuts=cuts,
        products=products,
        route=str(raw.get("route", "chemical-concentrate")),
        extractant=str(raw.get("extractant", "p507")),
        base=str(raw.get("base", "naoh")),
        precipitant=str(raw.get("precipitant", "nh4hco3")),
        chlor_alkali=bool(raw.get("chlor_alkali", False)),
        purity=float(raw["purity"]) if "purity" in raw else None,
        labour=str(raw.get("labour", "labour-overhead-light")),
        source=str(raw.get("source", "assumption")),
        confidence=str(raw.get("confidence", "D")),
    )


def run_circuit(
    circuit: Circuit,
    feed: Feed,
    factors: Factors,
    betas: Array | None = None,
    *,
    margin: float = 1.25,
    link_share: float = 0.8,
) -> CircuitFlows:
    """Split a feed through a circuit with sharp cuts at ``margin`` times the least extraction amount.

    ``betas``: neighbouring factors in the extractant's order, default the measured medians. A link saves
    ``link_share`` times the smaller extraction amount of the two cuts it joins: every mole of organic that is
    saponified has to be stripped in the end, so base and acid fall together. Raises InputError that names
    the cut
    where a factor is missing or not above one.
    """
    if margin <= 1 or not 0 <= link_share <= 1:
        raise InputError(
            "circuit parameters",
            [
                Fault(
                    "margin, link_share",
                    f"{margin:g}, {link_share:g}",
                    "a margin above 1 and a share from 0 to 1",
                )
            ],
        )
    order = factors.order
    beta = factors.betas() if betas is None else betas
    outlets: dict[str, Array] = {"feed": moles_vector(feed, order)}
    flows: dict[str, tuple[float, float, float, float, tuple[str, str] | None]] = {}
    for cut in circuit.cuts:
        entering = outlets[cut.feed]
        boundary = _boundary(cut, factors)
        raffinate, extract = entering.copy(), entering.copy()
        raffinate[boundary:] = 0
        extract[:boundary] = 0
        outlets[f"{cut.id}.raffinate"], outlets[f"{cut.id}.extract"] = raffinate, extract
        flows[cut.id] = _cut(cut, entering, boundary, beta, factors=factors, purity=circuit.purity)
    amounts = {k: margin * v[2] for k, v in flows.items()}
    results = []
    for cut in circuit.cuts:
        total, product, least, between, keys = flows[cut.id]
        saved = link_share * min(amounts[cut.id], amounts[cut.organic_from]) if cut.organic_from else 0.0
        results.append(CutResult(cut, total, product, least, amounts[cut.id], amounts[cut.id] - saved, between, keys))
    products = {
        p: {e: float(n) for e, n in zip(order, outlets[o], strict=True) if n > 0} for p, o in circuit.products.items()
    }
    return CircuitFlows(circuit, tuple(results), products)


def _boundary(cut: Cut, factors: Factors) -> int:
    low, high = cut.split
    for e in cut.split:
        if e not in factors.position:
            raise InputError("circuit", [Fault(f"cut {cut.id}, split", repr(e), ", ".join(factors.order))])
    if factors.position[high] <= factors.position[low]:
        raise InputError(
            "circuit",
            [
                Fault(
                    f"cut {cut.id}, split",
                    f"{low} | {high}",
                    f"the order of {factors.extractant}: the less extractable first",
                )
            ],
        )
    return factors.position[high]


def _cut(
    cut: Cut, entering: Array, boundary: int, beta: Array, *, factors: Factors, purity: float | None
) -> tuple[float, float, float, float, tuple[str, str] | None]:
    order = factors.order
    total, product = float(entering.sum()), float(entering[boundary:].sum())
    present = np.flatnonzero(entering > 0)
    below, above = present[present < boundary], present[present >= boundary]
    if not len(below) or not len(above):
        return total, product, 0.0, float("nan"), None
    first = int(present[0])
    steps = beta[first : int(present[-1])]
    low, high = int(below[-1]), int(above[0])
    if np.isnan(steps).any() or np.any(steps <= 1):
        bad = first + int(np.flatnonzero(np.isnan(steps) | (steps <= 1))[0])
        found = "no separation factor" if np.isnan(beta[bad]) else f"a separation factor of {beta[bad]:.3g}"
        raise InputError(
            "cut cannot be made",
            [
                Fault(
                    f"cut {cut.id}, {order[bad + 1]} over {order[bad]}",
                    found,
                    "a factor above 1: another extractant or a measurement",
                )
            ],
        )
    alpha = np.concatenate([[1.0], np.cumprod(steps)])[present - first]
    z = entering[present] / total
    key = int(np.searchsorted(present, low))
    theta = root_between(alpha, z, key)
    taken = np.where(np.arange(len(z)) > key, z, 0.0)
    if purity is not None:
        goal = CutTargets.of(product / total, purity)
        share = (product / total - (1 - goal.raffinate_purity)) / (goal.organic_purity + goal.raffinate_purity - 1)
        # Impurities are the elements that meet at the cut; of a trace no more than half can be one.
        taken[key] += min(share * (1 - goal.organic_purity), 0.5 * z[key])
        taken[key + 1] -= min((1 - share) * (1 - goal.raffinate_purity), 0.5 * z[key + 1])
    least = total * float(np.sum(alpha * taken / (alpha - theta)))
    return total, product, least, float(np.prod(beta[low:high])), (order[low], order[high])
