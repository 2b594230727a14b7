"""Final use: demand curves through observed quantities, anchored on what each good costs at observed oxide prices."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ytterby.chain.draft import Draft
from ytterby.chain.origin import ANY
from ytterby.chain.settings import Settings, dated
from ytterby.demand import annual_demand
from ytterby.world import World
from ytterby.world.terms import Stage

UNNAMED_USE, UNRECORDED = "unnamed use or stock", "unrecorded supply"
KG_PER_T = 1000.0


def demand_rows(world: World, year: int, day: str, settings: Settings) -> pd.DataFrame:
    """Return demand by place, good and commodity with the origin tag that the buyer insists on."""
    table = annual_demand(world, year, settings.demand_horizon)
    table = table[table["t"] > 0].copy()
    wanted = dated(world.table("origin_requirements"), day).set_index(["place", "segment"])["tag"]
    key = pd.MultiIndex.from_frame(table[["place", "segment"]])
    table["tag"] = wanted.reindex(key).fillna(ANY).to_numpy()
    return table.reset_index(drop=True)


def demand_table(rows: pd.DataFrame, cost: pd.Series, draft: Draft) -> pd.DataFrame:
    """Return the network's demands: each anchored on the least cost at which its node can be supplied.

    A demand whose node cannot be supplied at observed prices is left out and named in the notes.
    """
    nodes = [draft.node(c, t, p) for c, t, p in zip(rows["commodity"], rows["tag"], rows["place"], strict=True)]
    reference = cost.reindex(nodes).to_numpy()
    table = pd.DataFrame(
        {
            "demand": rows["good"] + "|" + rows["commodity"] + "|" + rows["place"],
            "node": nodes,
            "good": rows["good"],
            "place": rows["place"],
            "segment": rows["segment"],
            "use": rows["use"],
            "commodity": rows["commodity"],
            "reference_t": rows["t"],
            "reference_usd_per_t": reference,
            "elasticity": rows["elasticity"],
            "choke_usd_per_t": rows["choke_usd_per_kg"] * KG_PER_T,
            "floor_share": 0.0,
            "status": "by construction",
            "source": rows["source"],
        }
    )
    lost = table["reference_usd_per_t"].isna()
    for commodity, group in table[lost].groupby("commodity"):
        draft.notes.append(
            f"{commodity}: {group['reference_t'].sum():,.0f} t of use left out, because no price at which it can be "
            "anchored is in the world."
        )
    table = table[~lost].copy()
    low = table["choke_usd_per_t"] < table["reference_usd_per_t"]
    if low.any():
        draft.notes.append(
            f"{int(low.sum())} demands have a choke price below what the good costs at observed prices: "
            "raised to that cost (nothing is bought above it)."
        )
    table["choke_usd_per_t"] = table[["choke_usd_per_t", "reference_usd_per_t"]].max(axis=1)
    return table.reset_index(drop=True)


def close_gaps(
    draft: Draft, demands: pd.DataFrame, gaps: pd.DataFrame, cost: pd.Series, settings: Settings, source: str
) -> pd.DataFrame:
    """Close each oxide's recorded supply against its recorded use, openly.

    ``gaps``: node, commodity, place, gap_t (supply less use in the year that was balanced). A surplus becomes a use
    that no statistic names, anchored like any other; a deficit becomes supply that no statistic records.
    """
    rows: list[dict[str, Any]] = []
    for r in gaps.to_dict("records"):
        node, gap, place = str(r["node"]), float(r["gap_t"]), str(r["place"])
        if gap > 0:
            price = float(cost[node])
            rows.append(
                {
                    "demand": f"unnamed|{node}", "node": node, "good": UNNAMED_USE, "place": place,
                    "segment": "unnamed", "use": UNNAMED_USE, "commodity": str(r["commodity"]), "reference_t": gap,
                    "reference_usd_per_t": price, "elasticity": settings.gap_elasticity,
                    "choke_usd_per_t": price * settings.value_of_slack, "floor_share": 0.0, "status": "fitted",
                    "source": source,
                }
            )  # fmt: skip
        elif gap < 0:
            draft.activity(
                f"unrecorded:{node}", kind="unrecorded", place=place, stage=Stage.SEPARATION.value,
                cost_usd_per_t=0.0, makes={node: 1.0}, uses={}, capacity_t=-gap, holder="unrecorded producers",
                status="fitted", cost_source=source, capacity_source=source,
            )  # fmt: skip
    return pd.concat([demands, pd.DataFrame(rows)], ignore_index=True) if rows else demands


def slack(draft: Draft, nodes: list[str], cost: pd.Series, settings: Settings) -> None:
    """Offer every oxide node at a prohibitive price, so that recorded use can always be met while gaps are measured."""
    for node in nodes:
        draft.activity(
            f"slack:{node}", kind="slack", place=draft.nodes[node].place, stage=Stage.SEPARATION.value,
            cost_usd_per_t=float(cost[node]) * settings.value_of_slack, makes={node: 1.0}, uses={},
            cost_source="assumption",
        )  # fmt: skip
