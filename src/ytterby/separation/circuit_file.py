"""Circuits as data: trees of cuts from a feed to products, read from small files and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ytterby.world import World
from ytterby.world.errors import Fault, InputError

LACE = "lace-carbonate"
"""Commodity in which lanthanum and cerium leave together."""
UNFINISHED = ":unfinished"
"""Ending of a circuit's name that asks for it without its cut of lanthanum from cerium."""


@dataclass(frozen=True)
class Cut:
    """One counter-current cascade that splits its feed between two neighbouring elements."""

    id: str
    feed: str
    """``feed`` or ``<cut>.raffinate`` or ``<cut>.extract`` or ``<cut>.middle``."""
    split: tuple[str, str]
    """The most extractable element of the raffinate and the least extractable of the organic product; elements that lie
    between the two go to both sides, as the least extraction amount wants it."""
    organic_from: str = ""
    """Cut whose loaded organic enters this one in place of fresh saponified organic; empty: stands alone."""
    extractant: str = ""
    """Extractant of this cut; empty: the circuit's."""
    second_feed: str = ""
    """Outlet that enters a cascade of three outlets above its middle outlet; empty: two outlets."""
    upper_split: tuple[str, str] | None = None
    """The split between the middle outlet and the organic product of a cascade of three outlets."""

    @property
    def feeds(self) -> tuple[str, ...]:
        """The outlets that enter this cascade."""
        return (self.feed, self.second_feed) if self.second_feed else (self.feed,)

    @property
    def outlets(self) -> tuple[str, ...]:
        """What leaves it, least extractable first."""
        sides = ("raffinate", "middle", "extract") if self.upper_split else ("raffinate", "extract")
        return tuple(f"{self.id}.{side}" for side in sides)


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
    def extractants(self) -> tuple[str, ...]:
        """Every extractant that the cuts use, the circuit's own first."""
        return tuple(dict.fromkeys([self.extractant, *(c.extractant or self.extractant for c in self.cuts)]))

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
        extractants = {c.id: c.extractant for c in self.cuts}
        cuts = []
        for c in self.cuts:
            parent = c.feed.partition(".")[0]
            if parent != "feed" and parent not in used and extractants[parent] == c.extractant:
                used.add(parent)
                cuts.append(replace(c, organic_from=parent))
            else:
                cuts.append(c)
        return replace(self, cuts=tuple(cuts))

    def unfinished(self) -> Circuit:
        """The same plant without its cut of lanthanum from cerium, which leave together; itself where it
        has none."""
        last = [c for c in self.cuts if c.split == ("La", "Ce") and c.upper_split is None]
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


def read_circuit(world: World, name: str) -> Circuit:
    """Read a circuit file of the world; raises UnknownNameError, or InputError with every fault in the
    tree."""
    raw = world.document("circuits", name)
    return parse_circuit(name, raw)


def parse_circuit(name: str, raw: Mapping[str, Any]) -> Circuit:
    """Check a circuit's data: known outlets, one use of each, links used once and not in a ring.

    Raises InputError with every fault of the tree.
    """
    cuts, faults = _cuts(name, raw.get("cuts", []))
    outlets = {"feed"}
    taken: dict[str, str] = {}
    for cut in cuts:
        for field, outlet in zip(("feed", "second_feed"), cut.feeds, strict=False):
            where = f"{name}: cut {cut.id}, {field}"
            if outlet not in outlets:
                faults.append(Fault(where, repr(outlet), f"one of {', '.join(sorted(outlets))}"))
            if outlet in taken:
                faults.append(Fault(where, f"{outlet!r}, taken by {taken[outlet]}", "a free outlet"))
            taken[outlet] = cut.id
        outlets |= set(cut.outlets)
    faults += _link_faults(name, cuts)
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


def _cuts(name: str, raw: Any) -> tuple[tuple[Cut, ...], list[Fault]]:
    """The cuts that can be read, and what is wrong with the others."""
    cuts: list[Cut] = []
    faults: list[Fault] = []
    for number, c in enumerate(raw, start=1):
        where = f"{name}: cut {c.get('id', f'number {number}')}"
        pairs = {k: c.get(k) for k in ("split", "upper_split") if k == "split" or k in c}
        wrong = [Fault(f"{where}, {k}", "nothing", "a text") for k in ("id", "feed") if not c.get(k)]
        wrong += [
            Fault(f"{where}, {k}", repr(v), 'two element symbols such as ["Ce", "Pr"]')
            for k, v in pairs.items()
            if not (isinstance(v, list) and len(v) == 2 and all(isinstance(e, str) for e in v))
        ]
        if ("second_feed" in c) != ("upper_split" in c):
            wrong.append(Fault(f"{where}, second_feed and upper_split", "one of them", "both, for three outlets"))
        faults += wrong
        if wrong:
            continue
        upper = c.get("upper_split")
        cuts.append(
            Cut(
                str(c["id"]), str(c["feed"]), (c["split"][0], c["split"][1]), str(c.get("organic_from", "")),
                str(c.get("extractant", "")), str(c.get("second_feed", "")), (upper[0], upper[1]) if upper else None,
            )
        )  # fmt: skip
    return tuple(cuts), faults


def _link_faults(name: str, cuts: tuple[Cut, ...]) -> list[Fault]:
    """Links to unknown cuts, to one cut twice, to another extractant, and rings of links."""
    by_id = {c.id: c for c in cuts}
    faults: list[Fault] = []
    seen: set[str] = set()
    for cut in cuts:
        where = f"{name}: cut {cut.id}, organic_from"
        source = by_id.get(cut.organic_from)
        if not cut.organic_from:
            continue
        if source is None or source is cut:
            faults.append(Fault(where, repr(cut.organic_from), "the id of another cut"))
            continue
        if cut.organic_from in seen:
            faults.append(Fault(where, f"{cut.organic_from!r}, used twice", "one use"))
        seen.add(cut.organic_from)
        if source.extractant != cut.extractant:
            faults.append(Fault(where, f"{cut.organic_from!r}, another extractant", "a cut with the same extractant"))
        chain, step = [cut.id], source
        while step.organic_from in by_id and step.id not in chain:
            chain.append(step.id)
            step = by_id[step.organic_from]
        if step.id == cut.id:
            faults.append(Fault(where, f"a ring: {' from '.join([*chain, cut.id])}", "one cut with fresh organic"))
    return faults
