"""What was observed of the year: shown beside the answer, never fed into it unless it says so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.balance import BalancedYear
from ytterby.chain.deck import ANNUAL_REFERENCE
from ytterby.world import World

DEFLATOR = ("USA", "cpi")
"""Country and series of the deflator that turns USD of a year into USD of the base year."""


def prices(world: World, year: int, anchor_place: str, anchored: set[str]) -> pd.DataFrame:
    """Return commodity, place, tax, incoterm, low, point, high, status, source; USD/kg net of VAT, of the base year.

    A price on which demand was anchored is *by construction*; every other is *tested*.
    """
    level = world.table("deflators")
    level = level[(level["country"] == DEFLATOR[0]) & (level["series"] == DEFLATOR[1]) & (level["year"] == year)]
    real = 1.0 / float(level["index"].iloc[0]) if len(level) else 1.0
    table = world.table("prices")
    rows = table[(table["period"] == str(year)) & (table["series"] == ANNUAL_REFERENCE)]
    return pd.DataFrame(
        {
            "commodity": rows["commodity"],
            "place": rows["place"],
            "tax": "excl VAT",
            "incoterm": rows["incoterm"],
            "low": rows["low"] * rows["usd_per_kg_excl_vat"] / rows["point"] * real,
            "point": rows["usd_per_kg_excl_vat"] * real,
            "high": rows["high"] * rows["usd_per_kg_excl_vat"] / rows["point"] * real,
            "status": np.where(
                (rows["place"] == anchor_place) & rows["commodity"].isin(anchored), "by construction", "tested"
            ),
            "source": rows["source"],
        }
    ).reset_index(drop=True)


def production(balanced: BalancedYear) -> pd.DataFrame:
    """Return stage, country, commodity, observed_t, low_t, high_t, status, source of the balanced year."""
    kinds = {
        "mine": "by construction",
        "unrecorded": "by construction",
        "separated": "tested",
        "magnets": "tested",
    }
    rows = balanced.flows[balanced.flows["kind"].isin(kinds)]
    name = rows["country"].where(rows["country"] != "", rows["place"])
    table = rows.assign(country=name, status=rows["kind"].map(kinds))
    grouped = table.groupby(["stage", "country", "commodity", "status"], as_index=False)[["t", "low", "high"]].sum()
    return grouped.rename(columns={"t": "observed_t", "low": "low_t", "high": "high_t"}).assign(source="balance")
