"""The way of a product upstream: along the largest supply of each step, with its cost, duty and rent.

Each step splits the price of a node into what the way there costs, pays in duty and earns in rent, what its inputs are
worth, and what its other products bring in. Limits met on the way stand in a table of their own, with their holders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ytterby.market.outcome import Outcome


def ladder_of(outcome: Outcome, node: str) -> pd.DataFrame:
    """Steps from a node upstream (columns: see ``Why.ladder``), until there is no supply or it comes round again."""
    network = outcome.network
    price = outcome.balances.set_index("node")["price_usd_per_t"]
    rent = outcome.rents.set_index(["kind", "key"])["rent_usd_per_t"] if len(outcome.rents) else pd.Series(dtype=float)
    charges = _quota_charges(outcome)
    level = outcome.production.set_index("activity")["level_t"]
    rows: list[tuple[object, ...]] = []
    seen: set[str] = set()
    while node and node not in seen:
        seen.add(node)
        inward = outcome.flows[(outcome.flows["to_node"] == node) & (outcome.flows["flow_t"] > 1e-5)]
        makers = network.recipes[(network.recipes["node"] == node) & (network.recipes["coefficient"] > 0)]
        supply = [(float(f), "link", str(key)) for f, key in zip(inward["flow_t"], inward["link"], strict=True)]
        made = makers["coefficient"] * makers["activity"].map(level)
        supply += [
            (float(v), "activity", str(key)) for v, key in zip(made, makers["activity"], strict=True) if v > 1e-5
        ]
        if not supply:
            break
        total = sum(s[0] for s in supply)
        amount, kind, key = max(supply, key=lambda s: (s[0], s[2]))
        here, scarce = float(price[node]) / 1000.0, float(charges.get((kind, key), 0.0))
        if kind == "link":
            link = network.links[network.links["link"] == key].iloc[0]
            scarce += float(rent.get(("allowance", key), 0.0))
            origin = str(link["from_node"])
            cost, duty = link["cost_usd_per_t"] / 1000.0, link["duty_usd_per_t"] / 1000.0
            rows.append(
                (
                    node,
                    here,
                    amount / total,
                    key,
                    "link",
                    cost,
                    duty,
                    scarce / 1000.0,
                    float(price[origin]) / 1000.0,
                    0.0,
                    link["source"],
                )
            )
            node = origin
        else:
            activity = network.activities[network.activities["activity"] == key].iloc[0]
            recipe = network.recipes[network.recipes["activity"] == key]
            value = recipe["coefficient"] * recipe["node"].map(price) / 1000.0
            per = float(recipe.loc[recipe["node"] == node, "coefficient"].iloc[0])
            scarce += float(rent.get(("capacity", key), 0.0)) + float(rent.get(("minimum", key), 0.0))
            used, others = recipe["coefficient"] < 0, (recipe["coefficient"] > 0) & (recipe["node"] != node)
            rows.append(
                (
                    node,
                    here,
                    amount / total,
                    key,
                    activity["kind"],
                    activity["cost_usd_per_t"] / 1000.0 / per,
                    0.0,
                    scarce / 1000.0 / per,
                    -float(value[used].sum()) / per,
                    -float(value[others].sum()) / per,
                    activity["cost_source"],
                )
            )
            node = str(recipe["node"].to_numpy(object)[int(np.argmin(value.to_numpy(float)))]) if used.any() else ""
    columns = [
        "node",
        "price_usd_per_kg",
        "share",
        "way",
        "kind",
        "cost",
        "duty",
        "rent",
        "inputs",
        "coproducts",
        "source",
    ]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(0, "step", np.arange(1, len(table) + 1))
    return table


def _quota_charges(outcome: Outcome) -> dict[tuple[str, str], float]:
    """USD per t that quotas charge each activity and link."""
    members = outcome.network.quota_members
    rent = members["quota"].map(outcome.limits.set_index("quota")["rent_usd_per_t"]) * members["weight"]
    rows = zip(members["kind"], members["member"], rent, strict=True)
    charges: dict[tuple[str, str], float] = {}
    for kind, member, usd in rows:
        charges[str(kind), str(member)] = charges.get((str(kind), str(member)), 0.0) + float(usd)
    return charges


def binding_on(outcome: Outcome, ladder: pd.DataFrame) -> pd.DataFrame:
    """Limits on a ladder that earn a rent (columns: see ``Why.binding``)."""
    on_the_way = set(ladder["way"])
    members = outcome.network.quota_members
    quotas = set(members.loc[members["member"].isin(on_the_way), "quota"])
    rents = outcome.rents
    mine = rents["key"].isin(on_the_way) & (rents["kind"] != "quota") | rents["key"].isin(quotas) & (
        rents["kind"] == "quota"
    )
    return rents.loc[mine, ["kind", "key", "holder", "instrument", "rent_usd_per_t", "source"]].reset_index(drop=True)
