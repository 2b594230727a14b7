"""The model against published reagent use: every row of ``plant_inventories`` that can be put on the same footing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ytterby.separation.factors import Basis
from ytterby.separation.inventory import Inventory, take_inventory
from ytterby.separation.process import Separation
from ytterby.separation.stoichiometry import BASE_EQUIVALENTS, MOLAR_MASS

WITHIN = 1.5
"""Factor within which a modelled figure counts as a hit."""
PRODUCTS = "products"
ENDS: tuple[Basis, Basis] = ("high", "low")
"""Separation factors that give the least and the most acid."""


@dataclass(frozen=True)
class Score:
    """How many figures are met within the factor :data:`WITHIN`."""

    hits: int
    figures: int
    plant_hits: int
    """Of those, figures of plants and pilots with a source."""
    plant_figures: int

    def __str__(self) -> str:
        return (
            f"{self.hits} of {self.figures} figures within a factor of {WITHIN:g}; "
            f"{self.plant_hits} of {self.plant_figures} of plants and pilots with a source"
        )


def against_plants(separation: Separation) -> pd.DataFrame:
    """One row a published figure: modelled, published, ratio, whether within a factor of 1.5, and what kind it is.

    All per t REO; ``modelled_low`` and ``modelled_high`` at the ends of the separation factors. Figures that the route
    tables are built from have no modelled value and say so. Nothing is tuned to these rows.
    """
    rows = []
    for r in separation.world.table("plant_inventories").to_dict("records"):
        share = float(r["reo_share"]) if r["reo_share"] == r["reo_share"] else 1.0
        published = float(r["amount"]) / share
        modelled, remark = _modelled(separation, r)
        ends = [_modelled(separation, r, basis)[0] for basis in ENDS] if modelled is not None else [None, None]
        ratio = modelled / published if modelled is not None else float("nan")
        rows.append(
            {
                "plant": r["plant"],
                "reagent": r["reagent"],
                "scope": r["scope"],
                "published": published,
                "low": float(r["low"]) / share,
                "high": float(r["high"]) / share,
                "unit": str(r["unit"]).replace("concentrate", "REO"),
                "per": r["per"],
                "modelled": _number(modelled),
                "modelled_low": _number(ends[0]),
                "modelled_high": _number(ends[1]),
                "ratio": ratio,
                "within": None if modelled is None else bool(1 / WITHIN <= ratio <= WITHIN),
                "kind": "plant" if bool(r["published_plant"]) else "rule of thumb",
                "confidence": r["confidence"],
                "remark": remark,
                "note": r["note"],
                "source": r["source"],
            }
        )
    return pd.DataFrame(rows)


def score(table: pd.DataFrame) -> Score:
    """Hits of a table of :func:`against_plants`."""
    scored = table[table["modelled"].notna()]
    plants = scored[scored["kind"] == "plant"]
    return Score(int(scored["within"].sum()), len(scored), int(plants["within"].sum()), len(plants))


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _modelled(s: Separation, row: Mapping[Hashable, Any], basis: Basis | None = None) -> tuple[float | None, str]:
    circuit, reagent = str(row["circuit"]), str(row["reagent"])
    if not circuit:
        return None, "the route table is built from this figure"
    inventory = s.inventory(str(row["ore"]), circuit, str(row["route"]), basis)
    base = sum(inventory.products.values()) if row["per"] == PRODUCTS else 1.0
    amount, remark = _amount(s, inventory, reagent)
    return None if amount is None else amount / base, remark


def _amount(s: Separation, inventory: Inventory, reagent: str) -> tuple[float | None, str]:
    """Amount of one reagent per t REO fed, and what is counted."""
    if reagent == "acid-and-base-solution":
        lye = inventory.base_gross / s.parameters["truck-lye"]
        return inventory.hcl.net / s.parameters["truck-acid"] + lye, "36 % acid and 50 % lye, without the loop"
    if reagent == "hcl":
        return inventory.hcl.gross, "charged"
    if reagent == "hcl-leach":
        return inventory.hcl.dissolution + inventory.hcl.gangue, "leach: rare earths and gangue"
    if reagent == "hcl-fresh":
        return inventory.hcl.gangue, "leach, less what oxalic acid sets free"
    if reagent in BASE_EQUIVALENTS:
        return _as_base(inventory, reagent), "all saponification with this base"
    return inventory.reagents.get(reagent), "bought"


def _as_base(inventory: Inventory, base: str) -> float:
    protons = inventory.base_gross / MOLAR_MASS[inventory.base] * BASE_EQUIVALENTS[inventory.base]
    return protons / BASE_EQUIVALENTS[base] * MOLAR_MASS[base]


def slate_table(separation: Separation, ore: str, circuits: tuple[str, ...], route: str) -> pd.DataFrame:
    """Net acid of one ore over several slates by one route, linked and not, t of 100 % HCl per t REO fed."""
    rows = []
    way = separation.route(route, ore)
    feed = separation.feed(ore)
    liquor, _, _ = way.leach(feed)
    for name in circuits:
        for linked in (False, True):
            tree = separation.circuit(name).link(linked)
            acid = take_inventory(feed, way, separation.run(tree, liquor), separation.parameters).hcl
            rows.append({"circuit": name, "linked": linked, "net": acid.net, "extraction": acid.extraction})
    return pd.DataFrame(rows)
