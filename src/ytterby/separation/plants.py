"""The model against published reagent use: every row of ``plant_inventories`` that can be put on the same
footing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from ytterby.separation.inventory import Inventory, take_inventory
from ytterby.separation.process import Separation
from ytterby.separation.stoichiometry import BASE_EQUIVALENTS, MOLAR_MASS

WITHIN = 1.5
"""Factor within which a modelled figure counts as a hit."""


def against_plants(separation: Separation) -> pd.DataFrame:
    """One row a published figure: modelled, published, ratio, whether within a factor of 1.5, and what
    kind it is.

    Figures whose basis cannot be turned into t per t REO, and figures that the route tables are built
    from, have no
    modelled value and are marked so. Nothing is tuned to these rows.
    """
    rows = []
    for r in separation.world.table("plant_inventories").to_dict("records"):
        modelled, remark = _modelled(separation, r)
        published = float(r["amount"])
        ratio = modelled / published if modelled is not None else float("nan")
        rows.append(
            {
                "plant": r["plant"],
                "reagent": r["reagent"],
                "published": published,
                "low": float(r["low"]),
                "high": float(r["high"]),
                "unit": r["unit"],
                "modelled": float("nan") if modelled is None else modelled,
                "ratio": ratio,
                "within": None if modelled is None else bool(1 / WITHIN <= ratio <= WITHIN),
                "kind": "plant" if bool(r["published_plant"]) else "rule of thumb",
                "remark": remark,
                "source": r["source"],
            }
        )
    return pd.DataFrame(rows)


def _modelled(s: Separation, row: Mapping[Hashable, Any]) -> tuple[float | None, str]:
    circuit, reagent, unit = str(row["circuit"]), str(row["reagent"]), str(row["unit"])
    if not circuit:
        return None, "no circuit, or the figure the route table is built from"
    if not unit.endswith("t REO"):
        return None, "basis cannot be turned into t REO"
    inventory = s.inventory(str(row["ore"]), circuit, str(row["route"]))
    if reagent == "acid-and-base-solution":
        lye = inventory.base_gross / s.parameters["truck-lye"]
        return inventory.hcl.net / s.parameters["truck-acid"] + lye, "36 % acid and 50 % lye, without the loop"
    if reagent == "hcl":
        return inventory.hcl.gross, "charged"
    if reagent in BASE_EQUIVALENTS:
        return _as_base(inventory, reagent), "all saponification with this base"
    return inventory.reagents.get(reagent), ""


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
            flows = separation.run(tree, liquor)
            acid = take_inventory(feed, way, flows, separation.parameters).hcl
            rows.append({"circuit": name, "linked": linked, "net": acid.net, "extraction": acid.extraction})
    return pd.DataFrame(rows)
