"""Reference prices: observed annual means of the oxides, and what everything made from them costs at those prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.draft import Draft
from ytterby.world import World
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import PriceDeck

ANNUAL_REFERENCE = "annual reference"
"""Series of the prices table that holds one curated annual mean a commodity and place."""


def reference_deck(world: World, place: str, year: int) -> PriceDeck:
    """Return the annual mean prices at a place, net of value-added tax, USD/kg.

    Takes the curated annual means of the prices table. Raises InputError where there is none.
    """
    prices = world.table("prices")
    rows = prices[(prices["place"] == place) & (prices["period"] == str(year)) & (prices["series"] == ANNUAL_REFERENCE)]
    rows = rows.drop_duplicates("commodity", keep="last")
    if rows.empty:
        raise InputError(
            "no reference prices",
            [Fault("prices.csv", f"no annual price at {place} for {year}", "annual means")],
        )
    return PriceDeck(
        place=place,
        year=year,
        usd_per_kg=dict(zip(rows["commodity"], rows["usd_per_kg_excl_vat"].astype(float), strict=True)),
        incoterm="EXW",
        tax="excl VAT",
        origin="observed",
    )


def unsplit_value(draft: Draft, prices_usd_per_t: pd.Series, place: str) -> pd.Series:
    """What unsplit lanthanum-cerium is worth at a place: its oxides at observed prices less the cost of the split.

    The mean over the ores whose unsplit product is offered there, at least zero; empty where none is. USD/t by node.
    """
    worth: list[float] = []
    sold = ""
    for activity in draft.activities:
        if activity["kind"] == "finishing" and activity["place"] == place:
            mine = [r for r in draft.recipes if r["activity"] == activity["activity"]]
            recipe = {str(r["node"]): float(r["coefficient"]) for r in mine}
            made = {n: c for n, c in recipe.items() if c > 0}
            if set(made) <= set(prices_usd_per_t.index):
                value = sum(c * float(prices_usd_per_t[n]) for n, c in made.items())
                worth.append(value - float(activity["cost_usd_per_t"]))
                commodity, tag, _ = next(n for n, c in recipe.items() if c < 0).split("|")
                sold = draft.node(commodity.split(":")[0], tag, place)
    return pd.Series({sold: max(float(np.mean(worth)), 0.0)} if worth else {}, dtype=float)


def cost_build_up(
    base_usd_per_t: pd.Series, activities: pd.DataFrame, recipes: pd.DataFrame, links: pd.DataFrame
) -> pd.Series:
    """Least cost of every node if the nodes in ``base_usd_per_t`` cost what stands there, USD/t.

    Relaxes cost(to) = cost(from) + freight + duty over links, and cost(made) = (unit cost + inputs) / output over
    activities that make one thing, until nothing changes (Bellman-Ford; costs are positive, so it ends).
    """
    cost = dict(base_usd_per_t.items())
    fixed = set(cost)
    uses = recipes[recipes["coefficient"] < 0]
    makes = recipes[recipes["coefficient"] > 0]
    single = makes[~makes["activity"].duplicated(keep=False)]
    made_of = dict(zip(single["activity"], zip(single["node"], single["coefficient"], strict=True), strict=True))
    unit = dict(zip(activities["activity"], activities["cost_usd_per_t"], strict=True))
    steps = [
        (*made_of[a], unit[a], list(zip(g["node"], -g["coefficient"], strict=True)))
        for a, g in uses.groupby("activity", sort=True)
        if a in made_of
    ]
    ways = list(
        zip(
            links["from_node"],
            links["to_node"],
            links["cost_usd_per_t"] + links["duty_usd_per_t"],
            strict=True,
        )
    )
    for _ in range(len(steps) + 2):
        changed = False
        for origin, target, charge in ways:
            if origin in cost and target not in fixed:
                new = cost[origin] + charge
                if new < cost.get(target, np.inf) - 1e-9:
                    cost[target] = new
                    changed = True
        for target, made, charge, taken in steps:
            if target not in fixed and all(n in cost for n, _ in taken):
                new = (charge + sum(cost[n] * t for n, t in taken)) / made
                if new < cost.get(target, np.inf) - 1e-9:
                    cost[target] = new
                    changed = True
        if not changed:
            break
    return pd.Series(cost, dtype=float).sort_index()
