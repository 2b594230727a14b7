"""Stocks of users: drawn in the first year of a change, once a price has risen above what the stock is worth to keep.

The last tonne of a closing stock H is worth next year's price E, discounted at r, and the stops that it saves, the
convenience yield y(H) (Working 1949, Brennan 1958; Williams and Wright 1991, ch. 2). It is kept while the year's price
p is not above that:

    p = E / (1 + r) + y(H)
    H = S                      at the usual price P0, with S the weeks of cover times use: y(S) = P0 r / (1 + r)
    H = S (p / P0)^e           where the price is expected to last (E = p) and y(H) = y(S) (H / S)^(1/e)

So the stock has a schedule of reservation prices, in steps, narrow near the usual price and wider far above. Step i
is what the curve lets go between two prices, at the mean price over it; nothing is let go below the first step, and the
last holds what the curve keeps up to the price from which nobody buys. What is drawn has to be bought again: its cost
is what it was worth to keep, not nothing.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from ytterby.chain.draft import Draft
from ytterby.chain.network import DRAW, STOCK
from ytterby.chain.use import UNNAMED_USE
from ytterby.world import World
from ytterby.world.choices import number
from ytterby.world.terms import Stage

WEEKS_A_YEAR = 365.25 / 7.0
USERS = (Stage.SEPARATION.value, Stage.METAL.value, Stage.MAGNET.value)
"""Stages whose makers hold what they use."""
WIDEST = 1.5
"""Factor over which the dearest step of a stock reaches; those near the usual price are narrow: a fineness, no fact."""
TINY_T = 1e-6
"""Less than this is no stock: levels are that precise."""
STOCK_COLUMNS = ["node", "commodity", "place", "use_t", "t", "usd_per_t", "choke_usd_per_t", "elasticity", "source"]


def opening_stocks(
    world: World, nodes: pd.DataFrame, activities: pd.DataFrame, recipes: pd.DataFrame, demands: pd.DataFrame,
    level_t: pd.Series, bought_t: pd.Series, usd_per_t: pd.Series,
) -> pd.DataFrame:  # fmt: skip
    """Return what users hold where a year begins as the base year: one row a node.

    ``level_t``, ``bought_t`` and ``usd_per_t`` are the base year's by activity, demand and node; the other tables are
    its network's. Columns: node, commodity, place, use_t (a year), t (cover times use), usd_per_t (the usual price),
    choke_usd_per_t (nobody buys above it), elasticity, source (of the cover). Where holders of stock close a gap of the
    recorded year, their stock is counted there, and no other.
    """
    used = use_of(activities, recipes, demands, level_t, bought_t)
    cover = world.table("stock_cover").set_index("place")
    at = nodes.set_index("node")
    table = pd.DataFrame({"node": used.index, "use_t": used.to_numpy(float)})
    table["commodity"], table["place"] = table["node"].map(at["commodity"]), table["node"].map(at["place"])
    table["t"] = table["use_t"] * table["place"].map(cover["median_weeks"]) / WEEKS_A_YEAR
    table["usd_per_t"] = table["node"].map(usd_per_t)
    choke = table["node"].map(demands.groupby("node")["choke_usd_per_t"].max()).to_numpy(float)
    table["choke_usd_per_t"] = np.fmax(choke, table["usd_per_t"] * number(world, "value-of-slack"))
    table["elasticity"] = number(world, "stock-elasticity")
    table["source"] = table["place"].map(cover["source"])
    closed = activities.loc[activities["kind"] == "unrecorded", "activity"].str.partition(":")[2].map(at["commodity"])
    counted = set(zip(closed, activities.loc[closed.index, "place"], strict=True))
    apart = np.array([k not in counted for k in zip(table["commodity"], table["place"], strict=True)])
    kept = table["t"].gt(TINY_T) & table["usd_per_t"].gt(0) & apart
    return table.loc[kept, STOCK_COLUMNS].sort_values("node", ignore_index=True)


def use_of(
    activities: pd.DataFrame, recipes: pd.DataFrame, demands: pd.DataFrame, level_t: pd.Series, bought_t: pd.Series
) -> pd.Series:
    """Return t a year that makers use and buyers buy, by node; use without a name is not counted."""
    makers = activities.loc[activities["kind"].isin(USERS), "activity"]
    inputs = recipes[recipes["coefficient"].lt(0) & recipes["activity"].isin(makers)]
    taken = (-inputs["coefficient"] * inputs["activity"].map(level_t)).groupby(inputs["node"]).sum()
    named = demands[demands["good"] != UNNAMED_USE]
    bought = named["demand"].map(bought_t).groupby(named["node"]).sum()
    return taken.add(bought, fill_value=0.0)


def schedule(elasticity: float, top: float) -> list[tuple[float, float]]:
    """Return the steps of a stock: share of it, and reservation price over the usual price.

    ``elasticity`` (negative) is how what is held answers to the price; ``top`` is the price, over the usual one, from
    which nothing is held. Shares add up to one, prices rise, and between them lies what the curve

        share kept = price^elasticity

    lets go, at its mean price. Zero elasticity: all at the top.
    """
    reach = math.log(top)
    count = max(math.ceil(2.0 * reach / math.log(WIDEST)), 1)
    ends = [math.exp(reach * (i / count) ** 2) for i in range(count + 1)]
    steps = []
    for low, high in pairwise(ends):
        share = low**elasticity - high**elasticity
        if share > 0:
            power = elasticity + 1.0
            spent = math.log(high / low) if abs(power) < 1e-12 else (high**power - low**power) / power
            steps.append((share, -elasticity * spent / share))
    return [*steps, (top**elasticity, top)]


def add_stocks(draft: Draft, stocks: pd.DataFrame, cost_source: str) -> None:
    """Offer the users' stocks at the nodes that the draft has, step by step at what each is worth to keep."""
    for row in stocks[stocks["node"].isin(draft.nodes)].to_dict("records"):
        usual, t = float(row["usd_per_t"]), float(row["t"])
        steps = schedule(float(row["elasticity"]), max(float(row["choke_usd_per_t"]) / usual, 1.0))
        for i, (share, price) in enumerate(steps):
            if share * t > TINY_T:
                draft.activity(
                    f"{DRAW}{row['node']}:{i:02d}", kind=STOCK, place=str(row["place"]), stage=Stage.USE.value,
                    cost_usd_per_t=usual * price, makes={str(row["node"]): 1.0}, uses={}, capacity_t=share * t,
                    holder=f"users of {row['commodity']} in {row['place']}", cost_source=cost_source,
                    capacity_source=str(row["source"]),
                )  # fmt: skip
