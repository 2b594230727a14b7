"""What the balance of a year is made of: ores with element vectors, places, the flows that may exist, parameters."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ytterby.world.elements import LANTHANIDES_AND_Y, LIGHT, oxide_per_element
from ytterby.world.errors import UnknownNameError
from ytterby.world.load import World

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
class Structure:
    """The tables of a balance, ready for use."""

    rows: pd.DataFrame
    """Table balance_structure."""
    vectors: pd.DataFrame
    """Element shares of each ore, index ore, one column per element, rows sum to 1 (t oxide per t REO)."""
    parameters: pd.DataFrame
    """Table balance_parameters, index (parameter, scope)."""
    place_of: dict[str, str]
    """Market zone of each ISO3 code; EU27 lies in the zone of its members."""
    wholes: frozenset[str]
    """Areas that stand for their whole zone: zones, EU27, and countries that give a zone its name."""

    def kind(self, *kinds: str) -> pd.DataFrame:
        """Rows of balance_structure of these kinds."""
        return self.rows[self.rows["kind"].isin(kinds)]

    def parameter(self, name: str, scope: str, field: str = "value") -> float:
        """One parameter; raises UnknownNameError with near matches."""
        if (name, scope) not in self.parameters.index:
            raise UnknownNameError("balance parameter", f"{name}/{scope}", ["/".join(k) for k in self.parameters.index])
        return float(self.parameters.at[(name, scope), field])

    def zone(self, area: str) -> str:
        """Market zone of an area."""
        return self.place_of.get(area, area)

    def whole(self, area: str) -> bool:
        """Does a figure about this area speak for its whole zone (or, for a mine country, for itself)?"""
        return area == "world" or area in self.wholes or area in set(self.kind("mine", "unrecorded")["origin"])

    @property
    def separators(self) -> dict[str, tuple[str, ...]]:
        """Places that separate, with the elements that they split into single oxides."""
        rows = self.kind("separation")
        return {str(o): GROUPS[str(i)] for o, i in zip(rows["origin"], rows["item"], strict=True)}


def read_structure(world: World) -> Structure:
    """Read the structure tables of a world; raises UnknownNameError where a row names an ore without element vector."""
    vectors = world.table("ore_elements").pivot_table(index="ore", columns="element", values="share_pct", aggfunc="sum")
    vectors = vectors.reindex(columns=list(LANTHANIDES_AND_Y)).fillna(0.0)
    vectors = vectors.div(vectors.sum(axis=1), axis=0)
    rows = world.table("balance_structure")
    for name in rows.loc[rows["kind"].isin(["mine", "unrecorded", "feed", "concentrate-stock"]), "item"]:
        if name not in vectors.index:
            raise UnknownNameError("ore", name, [str(o) for o in vectors.index], "balance_structure, column item")
    for name in rows.loc[
        ~rows["kind"].isin(["mine", "unrecorded", "feed", "concentrate-stock", "magnet", "magnet-trade"]), "item"
    ]:
        if name not in GROUPS:
            raise UnknownNameError("group of elements", name, GROUPS, "balance_structure, column item")
    countries = world.table("countries")
    place_of = dict(zip(countries["iso3"].astype(str), countries["place"].astype(str), strict=True))
    place_of["EU27"] = place_of.get("DEU", "europe")
    places = world.table("places")
    named = countries.loc[countries["name"].isin(set(places["name"])), "iso3"]
    wholes = frozenset({"EU27", *places["place"].astype(str), *named.astype(str)})
    parameters = world.table("balance_parameters").set_index(["parameter", "scope"])
    return Structure(rows, vectors, parameters, place_of, wholes)
