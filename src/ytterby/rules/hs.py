"""Customs codes that an item may fall under. Indicative: a ruling or the tariff's notes decide, not this
table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.shipment import Item
from ytterby.world.errors import UnknownNameError

if TYPE_CHECKING:
    from ytterby.world import World


@dataclass(frozen=True)
class CustomsCode:
    """One code that fits, the more specific first."""

    code: str
    description: str
    scope: str
    duty_percent: float
    export_licence: str
    source: str
    confidence: str


def classify(world: World, jurisdiction: str, item: Item) -> list[CustomsCode]:
    """Codes of one tariff whose form fits and whose elements the item holds; named elements before the rest.

    Raises UnknownNameError for a jurisdiction without codes.
    """
    codes = world.table("hs_codes")
    if jurisdiction not in set(codes["jurisdiction"]):
        raise UnknownNameError("tariff", jurisdiction, codes["jurisdiction"])
    found: list[tuple[int, int, CustomsCode]] = []
    contained = set(item.elements or ())
    for row in codes[codes["jurisdiction"] == jurisdiction].to_dict("records"):
        if item.form not in row["forms"].split(";"):
            continue
        named = {e for e in row["elements"].split(";") if e}
        if named and not named & contained:
            continue
        if row["scope"] == "mixture" and len(contained) < 2:
            continue
        duty = row["mfn_duty_percent"]
        rank = {"named": 0, "mixture": 1, "residual": 2}[row["scope"]]
        found.append(
            (
                rank,
                -len(row["code"].replace(".", "")),
                CustomsCode(
                    row["code"],
                    row["description"],
                    row["scope"],
                    float("nan") if pd.isna(duty) else float(duty),
                    row["export_licence"],
                    row["source"],
                    row["confidence"],
                ),
            )
        )
    return [code for _, _, code in sorted(found, key=lambda f: (f[0], f[1], f[2].code))]
