"""What each published series measures: a linear form over the unknown flows, or a ratio of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ytterby.balance.evidence import Evidence
from ytterby.balance.structure import GROUPS, MAGNET_MAKING, OXIDE_PER_ELEMENT, Structure
from ytterby.balance.unknowns import Form, Unknowns, add, times
from ytterby.world.elements import LANTHANIDES_AND_Y, MAGNET

ITEMS: dict[str, tuple[str, ...]] = {
    "treo": LANTHANIDES_AND_Y,
    "ndpr": ("Pr", "Nd"),
    "la-ce": ("La", "Ce"),
    "magnet-elements": MAGNET,
    "tb-to-lu": ("Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"),
} | {element: (element,) for element in LANTHANIDES_AND_Y}
"""Elements that an observation's item counts."""

COMPOUNDS = ("compounds", "compounds-metals")
"""Products of trade_flows and of feeds that customs count as compounds."""


@dataclass(frozen=True)
class Measure:
    """A linear form, or a ratio to a second one."""

    form: Form
    per: Form | None = None


@dataclass(frozen=True)
class Question:
    """A figure, what it is asked of, and the areas that its publisher lists singly in the same series."""

    seen: Evidence
    u: Unknowns
    structure: Structure
    listed: frozenset[str]

    @property
    def zone(self) -> str | None:
        """Market zone of the area; None for the world."""
        return None if self.seen.area == "world" else self.structure.zone(self.seen.area)

    def zones(self, known: set[str]) -> list[str]:
        """Zones that the area covers; "other" is what is not listed singly."""
        if self.seen.area == "world":
            return sorted(known)
        if self.seen.area == "other":
            return sorted(known - {self.structure.zone(a) for a in self.listed})
        return sorted(known & {self.structure.zone(self.seen.area)})

    @property
    def elements(self) -> tuple[str, ...]:
        """Elements that the item counts."""
        return ITEMS[self.seen.item]


def measures(evidence: list[Evidence], u: Unknowns, structure: Structure) -> list[Measure | None]:
    """What each figure measures; None where no flow of the balance is meant."""
    listed: dict[tuple[str, str], set[str]] = {}
    for seen in evidence:
        listed.setdefault((seen.series, seen.publisher), set()).add(seen.area)
    return [
        _measure(Question(seen, u, structure, frozenset(listed[(seen.series, seen.publisher)] - {"world", "other"})))
        for seen in evidence
    ]


def _measure(q: Question) -> Measure | None:
    if q.seen.series.startswith("trade-"):
        return _trade(q)
    build = SERIES.get(q.seen.series)
    if build is None or (q.seen.item not in ITEMS and q.seen.item not in OTHER_ITEMS):
        return None
    found = build(q)
    return found if found is not None and found.form else None


def _mined(q: Question) -> Measure | None:
    return Measure(q.u.pick("mine", None if q.seen.area == "world" else q.seen.area))


def _world_with_scrap(q: Question) -> Measure | None:
    return Measure(q.u.pick(("mine", "unrecorded", "recycled")))


def _content(q: Question) -> Measure | None:
    form: Form = {}
    for position in q.u.pick(("mine", "unrecorded"), None if q.seen.area in ("world", "other") else q.seen.area):
        _, country, _, ore, _ = q.u.keys[position]
        if q.seen.area == "other" and country in q.listed:
            continue
        form[position] = sum(q.structure.content(ore, e) / OXIDE_PER_ELEMENT[e] for e in q.elements)
    return Measure(form)


def _refined(q: Question) -> Measure | None:
    """Scrap inside or not is not stated: half of it, with the spread of the series."""
    places = q.zones({k[1] for k in q.u.keys if k[0] in ("separated", "recycled")})
    forms = []
    for place in places:
        for element in q.elements:
            made = q.u.pick("separated", place, element=element)
            won = times(q.u.pick("recycled", place, element=element), 0.5)
            forms.append(times(add(made, won), 1.0 / OXIDE_PER_ELEMENT[element]))
    return Measure(add(*forms))


def _separated(q: Question) -> Measure | None:
    """Oxides that a place sells: what it separates less lanthanum and cerium that it leaves unsold."""
    out = q.u.pick("separated", q.zone, element=q.elements)
    unsold = q.u.pick("surplus", q.zone, element=q.elements)
    return Measure(add(out, times(unsold, -1.0)))


def _separation_quota(q: Question) -> Measure | None:
    """Separated from ore mined at home: imported ore was outside the quota until 2025."""
    zone = q.structure.zone(q.seen.area)
    return Measure(times(q.u.pick("feed", q.seen.area, zone), q.structure.parameter("recovery", zone)))


def _recycled(q: Question) -> Measure | None:
    if q.seen.item == "treo":
        return None
    return Measure(q.u.pick("recycled", q.zone, element=q.elements))


def _magnet_element_use(q: Question) -> Measure | None:
    """Gross of process scrap: all oxides of the element that go to metal or to other uses."""
    forms = [times(q.u.pick(("metal", "use"), q.zone, element=e), 1.0 / OXIDE_PER_ELEMENT[e]) for e in q.elements]
    return Measure(add(*forms))


def _blanks(u: Unknowns, structure: Structure, place: str | None) -> Form:
    scale = structure.parameter("blank-yield", "all") / structure.parameter("rare-earth-fraction", "all")
    return add(*(times(u.pick("magnet-feed", place, element=e), scale / OXIDE_PER_ELEMENT[e]) for e in MAGNET_MAKING))


def _magnets(q: Question) -> Measure | None:
    """Blanks or finished is not stated: the mean of both, with the spread of the series."""
    return Measure(add(times(q.u.pick("magnets", q.zone), 0.5), times(_blanks(q.u, q.structure, q.zone), 0.5)))


def _magnet_blanks(q: Question) -> Measure | None:
    return Measure(_blanks(q.u, q.structure, q.zone))


def _magnet_share(q: Question) -> Measure | None:
    return Measure(q.u.pick("magnets", q.zone), q.u.pick("magnets"))


def _magnet_use(q: Question) -> Measure | None:
    return Measure(q.u.pick("magnet-use", q.zone))


def _import_share(q: Question) -> Measure | None:
    feeds = _feeds(q.u, q.structure, None, (q.seen.item,), None)
    return Measure({i: c for i, c in feeds.items() if q.u.keys[i][1] == q.seen.area}, feeds)


def _use_share(q: Question) -> Measure | None:
    if q.seen.item not in ("magnets", "permanent-magnets") or q.seen.area != "world":
        return None
    return Measure(q.u.pick("metal"), q.u.pick(("metal", "use")))


def _consumption(q: Question) -> Measure | None:
    return Measure(q.u.pick(("use", "metal"), q.zone))


def _imports(q: Question) -> Measure | None:
    return Measure(q.u.pick(("oxide-trade", "metal-trade"), destination=q.zone, element=q.elements))


def _metal_imports(q: Question) -> Measure | None:
    return Measure(q.u.pick("metal-trade", destination=q.zone))


def _exports(q: Question) -> Measure | None:
    zone = q.structure.zone(q.seen.area)
    abroad = {i: c for i, c in q.u.pick("feed", q.seen.area).items() if q.u.keys[i][2] != zone}
    return Measure(add(abroad, q.u.pick("oxide-trade", zone)))


SERIES: dict[str, Callable[[Question], Measure | None]] = {
    "mine-production": _mined,
    "mining-quota": _mined,
    "mine-content": _content,
    "world-output-with-scrap": _world_with_scrap,
    "separation-quota": _separation_quota,
    "separated-production": _separated,
    "compounds-metals-production": _separated,
    "refined-content": _refined,
    "recycled-output": _recycled,
    "magnet-element-use": _magnet_element_use,
    "magnet-production": _magnets,
    "magnet-blank-production": _magnet_blanks,
    "magnet-share": _magnet_share,
    "magnet-use": _magnet_use,
    "use-share": _use_share,
    "import-share": _import_share,
    "apparent-consumption": _consumption,
    "imports-compounds": _imports,
    "imports-metals": _metal_imports,
    "exports-ores-compounds": _exports,
}
"""How each series is read; a series that is not here is kept beside the balance."""

OTHER_ITEMS = frozenset({"ndfeb", "repm", "magnets", "permanent-magnets", "monazite"})


def _feeds(
    u: Unknowns, structure: Structure, destination: str | None, products: tuple[str, ...], origin: str | None
) -> Form:
    rows = [r for r in structure.kind("feed") if r.product in products]
    rows = [r for r in rows if origin in (None, r.origin) and destination in (None, r.destination)]
    return add(*(u.pick("feed", r.origin, r.destination, r.item) for r in rows))


def _trade(q: Question) -> Measure | None:
    seen, u, structure = q.seen, q.u, q.structure
    if not (structure.whole(seen.area) and structure.whole(seen.destination)):
        return None
    destination = None if seen.destination == "world" else structure.zone(seen.destination)
    miner = None if seen.area == "world" else seen.area
    if seen.item == "magnets":
        form = u.pick("magnet-trade", q.zone, destination)
    elif seen.item in ("bastnaesite", "monazite"):
        form = _feeds(u, structure, destination, (seen.item,), miner)
    elif seen.item == "ndpr-oxide":
        form = u.pick("oxide-trade", q.zone, destination, element=GROUPS["nd-pr"])
    elif seen.item in (*COMPOUNDS, "ores-compounds-metals"):
        traded = u.pick(("oxide-trade", "metal-trade"), q.zone, destination)
        form = add(_feeds(u, structure, destination, COMPOUNDS, miner), traded)
    else:
        return None
    return Measure(form) if form else None
