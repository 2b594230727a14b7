"""Habits of trade: buyers who know their maker pay nothing extra, a new pair of maker and buyer pays to be qualified.

Makers of one quality are alike to a cost minimiser, and a duty of two per cent would turn the whole trade of a pair
around. What was traded in the balanced year between two places, up to the end of its band, goes on without extra cost;
what goes beyond it bears the cost of qualifying a new supplier, a share of the good's value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.balance import BalancedYear
from ytterby.chain.supply import BALANCE

KIND, STEM = "magnet-trade", "ndfeb"
"""Trade that the balanced year knows by pair of places, all grades together, and how those grades' names begin."""
HABIT = "usual trade"
"""Instrument of the limits that hold usual trade to what was seen."""
NEW = "new|"
"""Key of a link of a new pair: this, then the link's own key; it shares the way, the duty and the permission."""


@dataclass(frozen=True)
class Habits:
    """Links with their new pairs, and the totals that hold usual trade to what was seen."""

    links: pd.DataFrame
    quotas: list[dict[str, object]]
    members: list[dict[str, object]]


def with_habits(links: pd.DataFrame, balanced: BalancedYear, cost: pd.Series, qualifying_share: float) -> Habits:
    """Split the links of goods whose trade by pair is known into usual and new ones.

    ``cost`` is what a node costs at observed prices (USD/t); a new pair pays ``qualifying_share`` of its median over
    the good's nodes. A pair that never traded has new links only. Permissions given by what was bought before (a finite
    capacity) are for usual links: its new ones carry nothing.
    """
    place_from, place_to = (links[c].str.rsplit("|", n=1).str[1] for c in ("from_node", "to_node"))
    known = links["from_node"].str.startswith(STEM)
    traded = balanced.flows[balanced.flows["kind"] == KIND].groupby(["place", "destination"])["high"].sum()
    pair = pd.MultiIndex.from_arrays([place_from, place_to])
    seen = pd.Series(traded.reindex(pair).fillna(0.0).to_numpy(), index=links.index)
    commodity = links["from_node"].str.split("|", n=1).str[0]
    worth = cost.groupby(cost.index.str.split("|", n=1).str[0]).median()
    extra = commodity.map(worth).fillna(0.0) * qualifying_share
    new = links[known].assign(
        link=NEW + links["link"],
        cost_usd_per_t=links["cost_usd_per_t"] + extra,
        capacity_t=links["capacity_t"].where(~np.isfinite(links["capacity_t"]), 0.0),
    )
    usual = known & seen.gt(0)
    quotas, members = [], []
    for (a, b), group in links[usual].groupby([place_from[usual], place_to[usual]]):
        limit = float(seen[group.index[0]])
        key = f"usual:{STEM}:{a}>{b}"
        quotas.append(
            {
                "quota": key, "limit_t": limit, "sense": "max", "instrument": HABIT,
                "holder": f"magnet makers in {a} whom buyers in {b} know", "source": BALANCE,
            }
        )  # fmt: skip
        members += [{"quota": key, "kind": "link", "member": m, "weight": 1.0} for m in group["link"]]
    kept = links[~known | usual]
    return Habits(pd.concat([kept, new], ignore_index=True), quotas, members)
