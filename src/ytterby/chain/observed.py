"""What was observed of the year: shown beside the answer, never fed into it unless it says so."""

from __future__ import annotations

import pandas as pd

from ytterby.balance import BalancedYear
from ytterby.chain.deck import ANNUAL_REFERENCE
from ytterby.world import World


def prices(world: World, year: int) -> pd.DataFrame:
    """Return commodity, place, tax, incoterm, low, point, high (USD/kg net of VAT), status, source."""
    table = world.table("prices")
    rows = table[(table["period"] == str(year)) & (table["series"] == ANNUAL_REFERENCE)]
    return pd.DataFrame(
        {
            "commodity": rows["commodity"],
            "place": rows["place"],
            "tax": "excl VAT",
            "incoterm": rows["incoterm"],
            "low": rows["low"] * rows["usd_per_kg_excl_vat"] / rows["point"],
            "point": rows["usd_per_kg_excl_vat"],
            "high": rows["high"] * rows["usd_per_kg_excl_vat"] / rows["point"],
            "status": "tested",
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
