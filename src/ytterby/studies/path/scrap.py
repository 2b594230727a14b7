"""What is won from products at the end of their lives, year by year: a source of oxides beside the mines."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ytterby.chain.assemble import Assembly
from ytterby.chain.network import Network
from ytterby.chain.origin import FREE, LISTED, Node
from ytterby.demand import purchases, recoverable, retired
from ytterby.world.choices import number
from ytterby.world.terms import Stage

RECYCLING = "recycling"
"""Kind of the activities that win oxides from products after use."""
DIDYMIUM = ("Nd", "Pr")


def with_end_of_life(
    network: Network, assembly: Assembly, growth: pd.DataFrame
) -> tuple[Network, dict[str, pd.Series]]:
    """Add an activity for every oxide that can be won from old products at a place where the oxide is made.

    Returns the network and, by activity, t of oxide that can be won in every year (columns of ``growth``) beyond what
    was won in the first, which is part of what that year recorded. Magnets only: other goods have no lives in the
    world. What is bought in later years is the world's own path of use.
    """
    years = [int(y) for y in growth.columns]
    world, first = assembly.world, years[0]
    bought = purchases(world, first, years[-1])
    left = recoverable(world, retired(world, bought, first, years[-1]))
    oxide = left["element"].where(~left["element"].isin(DIDYMIUM), "ndpr").str.lower() + "-oxide"
    won = left.groupby([left["place"], oxide, left["year"]])["t_reo"].sum().unstack().fillna(0.0)
    won = won.reindex(columns=years, fill_value=0.0)
    more = won.sub(won[first], axis=0).clip(lower=0.0)
    cost = number(world, "end-of-life-usd-per-t")
    known = set(network.nodes["node"])
    rows, recipes, scrap = [], [], {}
    for (place, commodity), t in zip(more.index.to_list(), more.to_numpy(), strict=True):
        country = assembly.place_country.get(str(place), "")
        tag = LISTED if country == assembly.claiming_country else FREE
        node = Node(str(commodity), tag, str(place)).key
        if node not in known or not (t > 0).any():
            continue
        key = f"{RECYCLING}:{node}"
        rows.append(
            {
                "activity": key, "kind": RECYCLING, "site": "", "country": country,
                "place": place, "stage": Stage.SEPARATION.value, "cost_usd_per_t": cost, "capacity_t": 0.0,
                "minimum_t": 0.0, "holder": f"recyclers in {place}", "status": "free",
                "cost_source": "assumption", "capacity_source": "end_of_life",
            }
        )  # fmt: skip
        recipes.append({"activity": key, "node": node, "coefficient": 1.0})
        scrap[key] = pd.Series(t, index=years)
    return replace(
        network,
        activities=pd.concat([network.activities, pd.DataFrame(rows)], ignore_index=True),
        recipes=pd.concat([network.recipes, pd.DataFrame(recipes)], ignore_index=True),
    ), scrap
