"""Legal goods held for inspection: they come free over some days, and afterwards flow as before, that much later.

Goods sent on day s come free by day d with the share (d - s) / L of the longest inspection L, as answers to licences do
(:mod:`ytterby.rules.practice`). While the first lots wait, no more can pass than what came free of usual trade; once
the oldest are as old as L, any amount may be on its way, and nothing limits it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.habits import NEW
from ytterby.chain.network import Network
from ytterby.chain.trade import LICENSED
from ytterby.rules.practice import SPLIT, days_decided
from ytterby.studies.episode.permits import DAYS_A_MONTH, usual_t
from ytterby.studies.periods import MONTHS_A_YEAR, Period


def freed(holds: pd.DataFrame, network: Network, usual: pd.Series, month: Period) -> np.ndarray:
    """Capacity of every link in a month, t (L,): infinite where nothing is held.

    ``holds``: table customs_holds; ``usual``: t of the year before, by (commodity, origin_tag, from_place, to_place).
    Pairs that never traded have nothing on its way while the first lots wait.
    """
    links = network.links
    capacity = np.full(len(links), np.inf)
    legal = ~links["decision"].isin(LICENSED)
    place = links["from_node"].str.rsplit("|", n=1).str[1]
    for hold in holds.itertuples(index=False):
        share = months_freed(hold, month)
        if not np.isfinite(share):
            continue
        named = links["from_node"].str.startswith(tuple(str(hold.commodities).split(SPLIT)))
        for i in np.flatnonzero(legal & named & place.eq(str(hold.from_place))).tolist():
            row = links.iloc[i]
            new = str(row["link"]).startswith(NEW)
            monthly = 0.0 if new else usual_t(usual, str(row["from_node"]), str(row["to_node"])) / MONTHS_A_YEAR
            capacity[i] = min(capacity[i], monthly * share)
    return capacity


def months_freed(hold: object, month: Period) -> float:
    """Months of usual trade that pass in a month; infinite before a hold, after its end, and once its first lots are
    free."""
    first, days = pd.Timestamp(str(hold.valid_from)).date(), float(hold.days)  # type: ignore[attr-defined]
    last = hold.valid_to  # type: ignore[attr-defined]
    if month.last < first or (pd.notna(last) and month.first > pd.Timestamp(str(last)).date()):
        return float("inf")
    start, end = (month.first - first).days, (month.last - first).days + 1
    if start >= days:
        return float("inf")
    before = max(-start, 0)
    return (before + days_decided(end, days) - days_decided(start, days)) / DAYS_A_MONTH
