"""Final use: demand curves through observed quantities, anchored on what each good costs at observed oxide prices."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ytterby.balance import BalancedYear
from ytterby.chain.draft import Draft
from ytterby.chain.origin import ANY
from ytterby.chain.settings import Settings, dated
from ytterby.chain.supply import KG_PER_T
from ytterby.demand import annual_demand
from ytterby.world import World
from ytterby.world.terms import Stage

UNNAMED_USE = "unnamed use or stock"
MAGNET = "ndfeb"


def demand_rows(world: World, year: int, day: str, settings: Settings) -> pd.DataFrame:
    """Return demand by place, good and commodity with the origin tag that the buyer insists on."""
    table = annual_demand(world, year, settings.demand_horizon)
    table = table[table["t"] > 0].copy()
    wanted = dated(world.table("origin_requirements"), day).set_index(["place", "segment"])["tag"]
    key = pd.MultiIndex.from_frame(table[["place", "segment"]])
    table["tag"] = wanted.reindex(key).fillna(ANY).to_numpy()
    return table.reset_index(drop=True)


def use_factors(rows: pd.DataFrame, balanced: BalancedYear) -> pd.Series:
    """How far each place's recorded use of a commodity must be scaled to meet the balanced year, by (place, commodity).

    Magnets of all grades share one factor a place, since the balance does not tell grades apart. Where the balance
    knows no use at a place the factor is one.
    """
    kind = rows["commodity"].where(~rows["commodity"].str.startswith(MAGNET), MAGNET)
    named = rows.groupby([rows["place"], kind])["t"].sum()
    known = [balanced.use(str(place), str(commodity)) for place, commodity in named.index.to_list()]
    use = pd.Series(known, index=named.index, dtype=float)
    return (use / named).where((use > 0) & (named > 0), 1.0)


def scaled(rows: pd.DataFrame, factors: pd.Series) -> pd.DataFrame:
    """Scale use by the factors of a base year."""
    kind = rows["commodity"].where(~rows["commodity"].str.startswith(MAGNET), MAGNET)
    key = pd.MultiIndex.from_arrays([rows["place"], kind])
    return rows.assign(t=rows["t"] * factors.reindex(key).fillna(1.0).to_numpy())


def demand_table(rows: pd.DataFrame, cost: pd.Series, draft: Draft, saturation_share: float) -> pd.DataFrame:
    """Return the network's demands: each anchored on the least cost at which its node can be supplied.

    Below ``saturation_share`` of that cost nothing more is bought. A demand whose node cannot be supplied at observed
    prices is left out and named in the notes.
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
            "saturation_usd_per_t": reference * saturation_share,
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

    ``gaps``: node, commodity, place, gap_t (supply less use in the year that was balanced), supply_t. Holders of stock
    offer a share of the year's supply and buy it back at the observed price, more when it falls and less when it rises.
    A surplus joins what they buy, as use that no statistic names; a deficit joins what is offered, as supply that none
    records.
    """
    rows: list[dict[str, Any]] = []
    for r in gaps.to_dict("records"):
        node, place = str(r["node"]), str(r["place"])
        held = settings.stock_share * float(r["supply_t"])
        bought, offered = held + max(float(r["gap_t"]), 0.0), held + max(-float(r["gap_t"]), 0.0)
        if bought > 0:
            price = float(cost[node])
            rows.append(
                {
                    "demand": f"unnamed|{node}", "node": node, "good": UNNAMED_USE, "place": place,
                    "segment": "unnamed", "use": UNNAMED_USE, "commodity": str(r["commodity"]), "reference_t": bought,
                    "reference_usd_per_t": price, "elasticity": settings.gap_elasticity,
                    "choke_usd_per_t": price * settings.value_of_slack, "floor_share": 0.0, "status": "fitted",
                    "saturation_usd_per_t": price * settings.saturation_share,
                    "source": source,
                }
            )  # fmt: skip
        if offered > 0:
            draft.activity(
                f"unrecorded:{node}", kind="unrecorded", place=place, stage=Stage.SEPARATION.value,
                cost_usd_per_t=0.0, makes={node: 1.0}, uses={}, capacity_t=offered, minimum_t=offered,
                holder="holders of stock and unrecorded producers", status="fitted", cost_source=source,
                capacity_source=source,
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
