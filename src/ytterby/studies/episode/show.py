"""Months for people: how much of what is needed is bought, and what is left in stock."""

from __future__ import annotations

import pandas as pd

from ytterby.studies.episode.stocks import HELD
from ytterby.studies.path.record import PathOutcome

MAGNETS = ("ndfeb", "smco")


def shortfalls(found: PathOutcome) -> pd.DataFrame:
    """One row a month: period, then by place the share of its need of magnets that is bought, and the share of the
    first month's stock of magnets that users still hold."""
    table = found.consumption
    commodity = table["demand"].str.split("|").str[1]
    magnets = table[commodity.str.startswith(MAGNETS)].copy()
    stock = magnets[magnets["good"] == HELD].groupby(["period", "place"])["bought_t"].sum().unstack()
    use = magnets[magnets["good"] != HELD].groupby(["period", "place"])[["reference_t", "bought_t"]].sum()
    bought = (use["bought_t"] / use["reference_t"]).unstack()
    parts = {f"bought, {p}": bought[p] for p in bought.columns}
    if len(stock):
        parts |= {f"held, {p}": stock[p] / stock[p].iloc[0] for p in stock.columns if stock[p].iloc[0] > 0}
    large = use["reference_t"].groupby("place").sum().nlargest(5).index
    shown = [c for c in parts if c.split(", ")[1] in set(large)]
    return pd.DataFrame({c: parts[c] for c in shown}).reset_index()
