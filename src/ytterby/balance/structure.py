"""What the balance of a year is made of: ores with element vectors, places, the flows that may exist, parameters."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ytterby.world.elements import LANTHANIDES_AND_Y, LIGHT, oxide_per_element
from ytterby.world.errors import UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Band

MAGNET_MAKING: tuple[str, ...] = ("Pr", "Nd", "Gd", "Tb", "Dy", "Ho")
"""Elements that enter magnet making; cerium and lanthanum in cheap grades are not counted, no tonnage is published."""

GROUPS: dict[str, tuple[str, ...]] = {
    "all": LANTHANIDES_AND_Y,
    "light": LIGHT,
    "la-ce": ("La", "Ce"),
    "nd-pr": ("Pr", "Nd"),
    "tb-dy": ("Tb", "Dy"),
    "gd-ho": ("Gd", "Ho"),
    "heavy": tuple(e for e in LANTHANIDES_AND_Y if e not in LIGHT),
    "sm-gd": ("Sm", "Eu", "Gd"),
    "ho-lu": ("Ho", "Er", "Tm", "Yb", "Lu"),
    "y": ("Y",),
    "magnet": MAGNET_MAKING,
}
"""Groups of elements that rows of balance_structure name."""

OXIDE_PER_ELEMENT = {element: oxide_per_element(element) for element in LANTHANIDES_AND_Y}


@dataclass(frozen=True)
class Row:
    """One row of balance_structure; what is blank there is "" or NaN here."""

    structure: str
    kind: str
    origin: str
    destination: str
    item: str
    share: float
    spread: float
    spread_t: float
    product: str


@dataclass(frozen=True)
class Structure:
    """The tables of a balance, ready for use."""

    rows: tuple[Row, ...]
    """Table balance_structure."""
    vectors: dict[str, dict[str, float]]
    """Share of each element's oxide in each ore's rare-earth oxides, t/t; sums to 1."""
    parameters: dict[tuple[str, str], Band]
    """Table balance_parameters by (parameter, scope)."""
    place_of: dict[str, str]
    """Market zone of each ISO3 code."""
    wholes: frozenset[str]
    """Areas that stand for their whole zone: zones, and countries that give a zone its name."""

    def kind(self, *kinds: str) -> list[Row]:
        """Rows of balance_structure of these kinds."""
        return [row for row in self.rows if row.kind in kinds]

    def origins(self, *kinds: str) -> list[str]:
        """Origins of these kinds, sorted, each once."""
        return sorted({row.origin for row in self.kind(*kinds)})

    def band(self, name: str, scope: str) -> Band:
        """One parameter with its band; raises UnknownNameError with near matches."""
        if (name, scope) not in self.parameters:
            raise UnknownNameError("balance parameter", f"{name}/{scope}", ["/".join(k) for k in self.parameters])
        return self.parameters[(name, scope)]

    def parameter(self, name: str, scope: str) -> float:
        """One parameter; raises UnknownNameError with near matches."""
        return self.band(name, scope).point

    def content(self, ore: str, element: str) -> float:
        """Share of one element's oxide in an ore's rare-earth oxides, t/t."""
        return self.vectors[ore][element]

    def zone(self, area: str) -> str:
        """Market zone of an area."""
        return self.place_of.get(area, area)

    def whole(self, area: str) -> bool:
        """Does a figure about this area speak for its whole zone (or, for a mine country, for itself)?"""
        return area == "world" or area in self.wholes or area in self.origins("mine", "unrecorded")

    @property
    def separators(self) -> dict[str, tuple[str, ...]]:
        """Places that separate, with the elements that they split into single oxides."""
        return {row.origin: GROUPS[row.item] for row in self.kind("separation")}


ORE_KINDS = ("mine", "unrecorded", "feed", "concentrate-stock")
MAGNET_KINDS = ("magnet", "magnet-trade")


def read_structure(world: World) -> Structure:
    """Read the structure tables of a world; raises UnknownNameError where a row names an ore without element vector."""
    shares = world.table("ore_elements").pivot_table(index="ore", columns="element", values="share_pct", aggfunc="sum")
    shares = shares.reindex(columns=list(LANTHANIDES_AND_Y)).fillna(0.0)
    shares = shares.div(shares.sum(axis=1), axis=0)
    vectors = {
        str(ore): {e: float(v) for e, v in zip(LANTHANIDES_AND_Y, row, strict=True)}
        for ore, row in zip(shares.index, shares.to_numpy(), strict=True)
    }
    names = [f.name for f in fields(Row)]
    table = world.table("balance_structure")
    rows = tuple(Row(*values) for values in zip(*(table[name].tolist() for name in names), strict=True))
    for row in rows:
        if row.kind in ORE_KINDS and row.item not in vectors:
            raise UnknownNameError("ore", row.item, vectors, f"balance_structure {row.structure}")
        if row.kind not in ORE_KINDS + MAGNET_KINDS and row.item not in GROUPS:
            raise UnknownNameError("group of elements", row.item, GROUPS, f"balance_structure {row.structure}")
    countries, places = world.table("countries"), world.table("places")
    place_of = dict(zip(countries["iso3"].astype(str), countries["place"].astype(str), strict=True))
    named = countries.loc[countries["name"].isin(set(places["name"])), "iso3"]
    wholes = frozenset({*places["place"].astype(str), *named.astype(str)})
    parameters = {
        (str(r["parameter"]), str(r["scope"])): Band(r["value"], r["low"], r["high"], str(r["source"]))
        for r in world.table("balance_parameters").to_dict("records")
    }
    return Structure(rows, vectors, parameters, place_of, wholes)
