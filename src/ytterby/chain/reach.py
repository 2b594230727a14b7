"""What can be had at all: nodes that some chain of activities and ways leads to from a mine or unrecorded supply."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ytterby.chain.network import Network


def reached(network: Network) -> set[str]:
    """Nodes that something can fill: every input of what makes it can be had, here or by a way that is open."""
    inputs = network.recipes[network.recipes["coefficient"] < 0].groupby("activity")["node"].agg(set).to_dict()
    outputs = network.recipes[network.recipes["coefficient"] > 0].groupby("activity")["node"].agg(set).to_dict()
    ways = network.links.groupby("from_node")["to_node"].agg(set).to_dict()
    have: set[str] = set()
    waiting = list(network.activities["activity"])
    while True:
        ready = [a for a in waiting if inputs.get(a, set()) <= have]
        found: set[str] = set().union(*(outputs.get(a, set()) for a in ready)) - have
        while found:
            have |= found
            found = set().union(*(ways.get(n, set()) for n in found)) - have
        if not ready:
            return have
        done = set(ready)
        waiting = [a for a in waiting if a not in done]


def within_reach(network: Network) -> Network:
    """Leave out what nothing can fill, and what would need it; buyers stay, and find nothing to buy."""
    have = reached(network)
    lacking = set(network.recipes.loc[(network.recipes["coefficient"] < 0) & ~network.recipes["node"].isin(have),
                                      "activity"])  # fmt: skip
    activities = _kept(network.activities, ~network.activities["activity"].isin(lacking))
    recipes = _kept(network.recipes, ~network.recipes["activity"].isin(lacking))
    links = _kept(network.links, network.links["from_node"].isin(have))
    members = network.quota_members
    left = {"activity": set(activities["activity"]), "link": set(links["link"])}
    held = [m in left.get(k, set()) for k, m in zip(members["kind"], members["member"], strict=True)]
    named = have | set(network.demands["node"])
    return replace(
        network, nodes=_kept(network.nodes, network.nodes["node"].isin(named)), activities=activities,
        recipes=recipes, links=links, price_floors=_floors(network, activities),
        quota_members=_kept(members, pd.Series(held, index=members.index, dtype=bool)),
    )  # fmt: skip


def _floors(network: Network, activities: pd.DataFrame) -> pd.DataFrame:
    floors = network.price_floors
    return _kept(floors, floors["activity"].isin(activities["activity"])) if len(floors) else floors


def _kept(table: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    return table[rows].reset_index(drop=True)
