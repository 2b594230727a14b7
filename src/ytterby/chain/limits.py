"""Limits on trade: export quotas, embargoes, steps of decoupling: rows of table ``trade_limits`` that hold on a day."""

from __future__ import annotations

import pandas as pd

from ytterby.chain.draft import Draft
from ytterby.chain.settings import dated
from ytterby.world import World
from ytterby.world.errors import Fault, InputError

ANYWHERE, EVERYTHING = "any", "all"


def add_limits(
    draft: Draft, links: pd.DataFrame, reference_flows: pd.DataFrame | None, world: World, day: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the network's quotas and their members: capacities of sites and the limits on trade of the day.

    A limit given as a share needs the flows of the case without limits; raises InputError without them.
    """
    quotas, members = list(draft.quotas), list(draft.quota_members)
    kinds = world.table("commodities").set_index("commodity")["kind"]
    start, end = (links[c].str.split("|", expand=True) for c in ("from_node", "to_node"))
    part = pd.DataFrame({"commodity": start[0], "a": start[2], "b": end[2]})
    generic = part["commodity"].str.split(":").str[0]
    usual = None
    if reference_flows is not None:
        usual = reference_flows.groupby(["commodity", "from_place", "to_place"])["t"].sum()
    for row in dated(world.table("trade_limits"), day).to_dict("records"):
        held = part["a"] == row["from_place"]
        if row["to_place"] != ANYWHERE:
            held &= part["b"] == row["to_place"]
        if row["commodity_class"] != EVERYTHING:
            held &= generic.map(kinds).isin(str(row["commodity_class"]).split("|"))
        if row["commodities"]:
            held &= generic.isin(str(row["commodities"]).split("|"))
        chosen = pd.DataFrame({"link": links["link"], "commodity": part["commodity"], "b": part["b"]})[held]
        by_share = bool(pd.notna(row["share_of_reference"]))
        if by_share and usual is None:
            raise InputError(
                "a limit as a share needs a case to be a share of",
                [Fault(f"trade_limits {row['limit']}", "no reference flows", "a base case solved first")],
            )
        groups: list[tuple[str, pd.DataFrame]] = [("", chosen)]
        if row["separate"]:
            groups = [(f":{c}:{b}", group) for (c, b), group in chosen.groupby(["commodity", "b"])]
        for suffix, group in groups:
            limit = float(row["limit_t"])
            if by_share and usual is not None:
                pairs = sorted({(c, row["from_place"], b) for c, b in zip(group["commodity"], group["b"], strict=True)})
                limit = float(row["share_of_reference"]) * sum(float(usual.get(p, 0.0)) for p in pairs)
            key = f"limit:{row['limit']}{suffix}"
            quotas.append(
                {
                    "quota": key, "limit_t": limit, "sense": "max", "holder": row["holder"],
                    "instrument": row["instrument"], "source": row["source"],
                }
            )  # fmt: skip
            members += [{"quota": key, "kind": "link", "member": m, "weight": 1.0} for m in group["link"]]
    quota_columns = ["quota", "limit_t", "sense", "holder", "instrument", "source"]
    return pd.DataFrame(quotas, columns=quota_columns), pd.DataFrame(
        members, columns=["quota", "kind", "member", "weight"]
    )
