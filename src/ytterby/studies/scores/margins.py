"""Does every plant that runs pay at the prices that were observed? Margins of mines and separators, with reasons."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ytterby.chain.supply import CONCENTRATE, KG_PER_T, LEFTOVER, MINE_COST
from ytterby.studies.scores.targets import ASSUMED
from ytterby.studies.solve import Base
from ytterby.world import World

SETTLED = 1e-9
FLOOR = "price-floor"
BACKWARD = ("separation", "finishing", "accept", "store")
"""Kinds of activity through which the value of a product is carried back to what it is made of."""
MARGINS = [
    "site", "name", "stage", "country", "place", "feed", "runs", "output_t", "value_usd_per_kg", "own_cost_usd_per_kg",
    "upstream_usd_per_kg", "margin_usd_per_kg", "margin_low", "margin_high", "unpriced_share", "reason",
]  # fmt: skip


def margins(world: World, base: Base) -> pd.DataFrame:
    """Margin of every mine and separator that operated in the base year, at the prices of that year, USD/kg REO.

    Products are valued at the observed price of the place of reference, elsewhere at the least cost of having them from
    there (freight, duties, unrefunded tax), or at what they fetch abroad less the way there, whichever is more. A
    separator is charged its own cost and the mining and freight of its feed; what another separator leaves over is
    charged its freight. A mine is credited with what its best lawful separator could pay. Both are margins of the
    chain up to there: the same rent shows at the mine and at the separator. The band is that of the mining cost.
    """
    value, cost = _values(base), _supply_cost(base)
    table = pd.DataFrame([*_mines(base, value), *_separators(base, value, cost)])
    sites = base.assembly.facts.sites
    table.insert(1, "name", table["site"].map(sites["name"]))
    table["margin_usd_per_kg"] = table["value_usd_per_kg"] - table["own_cost_usd_per_kg"] - table["upstream_usd_per_kg"]
    costs = world.table("site_costs")
    costs = costs[costs["item"] == MINE_COST].set_index("site")
    spread = (
        table["site"].map(costs["high"] - costs["usd_per_kg"]),
        table["site"].map(costs["usd_per_kg"] - costs["low"]),
    )
    table["margin_low"], table["margin_high"] = (
        table["margin_usd_per_kg"] - spread[0],
        table["margin_usd_per_kg"] + spread[1],
    )
    table["reason"] = [_reason(world, base, r) for r in table.to_dict("records")]
    return table.sort_values(["stage", "margin_usd_per_kg", "site"], ignore_index=True)[MARGINS]


def _values(base: Base) -> dict[str, float]:
    """What a t of each node is worth at observed oxide prices, USD/t; absent where no way leads to a priced product."""
    network = base.outcome.network
    anchors = base.reference.anchors if base.reference.anchors is not None else pd.Series(dtype=float)
    nodes = network.nodes.set_index("node")
    priced = {str(c) for c in nodes.loc[nodes.index.intersection(base.assembly.base_prices.index), "commodity"]}
    at = nodes[nodes["commodity"].isin(priced)].assign(anchor=lambda t: anchors.reindex(t.index))
    market = at.groupby(["commodity", "place"])["anchor"].min().dropna()
    value = {
        str(n): float(market[(r["commodity"], r["place"])])
        for n, r in at.iterrows()
        if (r["commodity"], r["place"]) in market.index
    }
    back = network.activities[network.activities["kind"].isin(BACKWARD)].set_index("activity")
    steps = []
    for activity, recipe in network.recipes[network.recipes["activity"].isin(back.index)].groupby(
        "activity", sort=True
    ):
        used, made = recipe[recipe["coefficient"] < 0], recipe[recipe["coefficient"] > 0]
        if len(used) == 1 and used["node"].iloc[0] not in market.index:
            made_of = list(zip(made["node"], made["coefficient"], strict=True))
            steps.append(
                (
                    str(used["node"].iloc[0]),
                    -float(used["coefficient"].iloc[0]),
                    float(back["cost_usd_per_t"][str(activity)]),
                    made_of,
                )
            )
    ways = _ways(network.links)
    for _ in range(len(nodes)):
        changed = False
        offers = [(a, value[b] - charge) for a, b, charge in ways if b in value]
        offers += [
            (node, (sum(value.get(n, 0.0) * c for n, c in made) - charge) / need)
            for node, need, charge, made in steps
            if not made or any(n in value for n, _ in made)
        ]
        for node, worth in offers:
            if worth > value.get(node, -np.inf) + SETTLED:
                value[node], changed = worth, True
        if not changed:
            break
    return value


def _supply_cost(base: Base) -> dict[str, float]:
    """Least cost of having each concentrate at each place, USD/t: mining and the way; leftovers cost their way only."""
    network = base.outcome.network
    node_of = network.recipes[network.recipes["coefficient"] > 0].set_index("activity")["node"]
    cost: dict[str, float] = {}
    for r in network.activities[network.activities["kind"].isin(("mine", "unrecorded"))].to_dict("records"):
        node = node_of[r["activity"]]
        cost[node] = min(float(r["cost_usd_per_t"]), cost.get(node, np.inf))
    for node, commodity in zip(network.nodes["node"], network.nodes["commodity"], strict=True):
        if str(commodity).startswith(LEFTOVER) and node in set(node_of):
            cost.setdefault(node, 0.0)
    ways = _ways(network.links)
    for _ in range(len(ways)):
        changed = False
        for a, b, charge in ways:
            if a in cost and cost[a] + charge < cost.get(b, np.inf) - SETTLED:
                cost[b], changed = cost[a] + charge, True
        if not changed:
            break
    return cost


def _ways(links: pd.DataFrame) -> list[tuple[str, str, float]]:
    return list(
        zip(links["from_node"], links["to_node"], links["cost_usd_per_t"] + links["duty_usd_per_t"], strict=True)
    )


def _mines(base: Base, value: dict[str, float]) -> list[dict[str, object]]:
    production = base.outcome.production
    node_of = base.outcome.network.recipes.set_index("activity")["node"]
    rows: list[dict[str, object]] = []
    for r in production[(production["kind"] == "mine") & (production["site"] != "")].to_dict("records"):
        node = node_of[r["activity"]]
        rows.append(
            {
                "site": r["site"], "stage": r["stage"], "country": r["country"], "place": r["place"],
                "feed": node.partition("|")[0], "node": node,
                "runs": r["level_t"] > 0, "output_t": r["level_t"],
                "value_usd_per_kg": value.get(node, np.nan) / KG_PER_T,
                "own_cost_usd_per_kg": r["cost_usd_per_t"] / KG_PER_T, "upstream_usd_per_kg": 0.0,
                "unpriced_share": 0.0,
            }
        )  # fmt: skip
    return rows


def _separators(base: Base, value: dict[str, float], cost: dict[str, float]) -> list[dict[str, object]]:
    """One row a site: the feed that it takes most of in the answer, or that would pay best where it takes none."""
    production = base.outcome.production
    recipes = dict(list(base.outcome.network.recipes.groupby("activity")))
    kinds = production[(production["kind"] == "separation") & (production["site"] != "")]
    rows: list[dict[str, object]] = []
    for r in kinds.to_dict("records"):
        recipe = recipes[r["activity"]]
        feed = str(recipe.loc[recipe["coefficient"] < 0, "node"].iloc[0])
        made = recipe[recipe["coefficient"] > 0]
        worth = float(sum(value.get(n, 0.0) * c for n, c in zip(made["node"], made["coefficient"], strict=True)))
        unpriced = float(made.loc[~made["node"].isin(value), "coefficient"].sum() / made["coefficient"].sum())
        rows.append(
            {
                "site": r["site"], "stage": r["stage"], "country": r["country"], "place": r["place"],
                "feed": feed.partition("|")[0], "node": feed,
                "runs": r["level_t"] > 0, "output_t": r["level_t"],
                "value_usd_per_kg": worth / KG_PER_T,
                "own_cost_usd_per_kg": r["cost_usd_per_t"] / KG_PER_T,
                "upstream_usd_per_kg": cost.get(feed, np.nan) / KG_PER_T,
                "unpriced_share": unpriced,
            }
        )  # fmt: skip
    table = pd.DataFrame(rows)
    if table.empty:
        return []
    table["margin"] = table["value_usd_per_kg"] - table["own_cost_usd_per_kg"] - table["upstream_usd_per_kg"]
    table["ore"] = table["feed"].str.startswith(CONCENTRATE)
    picked = table.sort_values(
        ["output_t", "ore", "margin", "feed"], ascending=[False, False, False, True], kind="stable"
    )
    total = table.groupby("site")["output_t"].sum()
    first = picked.drop_duplicates("site").drop(columns=["margin", "ore"])
    return first.assign(output_t=first["site"].map(total)).to_dict("records")  # type: ignore[return-value]


def _reason(world: World, base: Base, row: dict[Any, Any]) -> str:
    """Why a margin is negative or unknown, from the tables; blank where it is not negative."""
    margin, site = float(row["margin_usd_per_kg"]), row["site"]
    if margin >= 0:
        return ""
    reasons = []
    if math.isnan(margin) or float(row["value_usd_per_kg"]) <= 0:
        reasons.append(_closed(base, str(row["node"])))
    directed = world.table("state_directed")
    reasons += [f"state-directed: {note}" for note in directed.loc[directed["site"] == site, "note"]]
    costs = world.table("site_costs")
    for r in costs[costs["site"] == site].to_dict("records"):
        if r["item"] == FLOOR:
            reasons.append(f"floor price of {r['usd_per_kg']:g} USD/kg in a contract ({r['note']})")
        elif r["confidence"] == ASSUMED:
            what = str(r["item"]).replace("-", " ")
            reasons.append(f"{what} is an assumption ({r['low']:g} to {r['high']:g} USD/kg): {r['note']}")
    if float(row["margin_high"]) >= 0:
        reasons.insert(0, "within the band of its cost")
    if row["unpriced_share"]:
        reasons.append(f"{row['unpriced_share']:.0%} of what it makes has no observed price")
    return "; ".join(reasons) if reasons else "unexplained"


def _closed(base: Base, node: str) -> str:
    """Why what a site makes or takes meets no priced product: nobody takes it, or the way there is not open."""
    ore = node.partition("|")[0]
    recipes = base.outcome.network.recipes
    takers = recipes[recipes["node"].str.startswith(f"{ore}|") & recipes["activity"].str.startswith("separate:")]
    if takers.empty:
        return f"no operating separator takes {ore}"
    trade = base.assembly.trade
    shut = trade[(trade["from_node"] == node) & ~trade["from_node"].isin(base.outcome.network.links["from_node"])]
    said = [str(t) for column in ("rule_reason", "reason") for t in shut[column].dropna().unique() if str(t).strip()]
    return "closed market: " + ("; ".join(said[:1]) if said else f"no way to a separator that takes {ore}")
