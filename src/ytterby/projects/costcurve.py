"""The cost curve of the register: who breaks even at which NdPr price, and where a project stands on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.projects.register import reprice
from ytterby.world.load import World
from ytterby.world.terms import PriceDeck


def cost_curve(world: World, deck: PriceDeck) -> pd.DataFrame:
    """Return the newest valued study of each project by its break-even NdPr price on one deck, cheapest first.

    Columns: study, project, country, ndpr_t_per_y, breakeven_ndpr_usd_per_kg, cumulative_t (NdPr oxide a year of
    this and all cheaper ones).
    """
    table = reprice(world, deck).dropna(subset=["breakeven_ndpr_usd_per_kg", "ndpr_t_per_y"])
    newest = table.sort_values(["year", "study"]).drop_duplicates("project", keep="last")
    curve = newest.sort_values("breakeven_ndpr_usd_per_kg", ignore_index=True)
    curve["cumulative_t"] = curve["ndpr_t_per_y"].cumsum()
    return curve[["study", "project", "country", "ndpr_t_per_y", "breakeven_ndpr_usd_per_kg", "cumulative_t"]]


def position(curve: pd.DataFrame, breakeven_ndpr_usd_per_kg: float) -> float:
    """Return the share of the curve's output that breaks even at a lower price; NaN for an empty curve."""
    if curve.empty or np.isnan(breakeven_ndpr_usd_per_kg):
        return float("nan")
    cheaper = curve["breakeven_ndpr_usd_per_kg"] < breakeven_ndpr_usd_per_kg
    return float(curve.loc[cheaper, "ndpr_t_per_y"].sum() / curve["ndpr_t_per_y"].sum())
