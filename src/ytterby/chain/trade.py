"""Links: which product may move from where to where, at what freight, tax and under which permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.chain.draft import Draft
from ytterby.chain.origin import ANY, LISTED
from ytterby.routes import Router
from ytterby.rules import Rules
from ytterby.rules.practice import days_decided
from ytterby.rules.shipment import NOT_LISTED
from ytterby.world.terms import Decision, PriceDeck

Array = npt.NDArray[np.float64]
MADE_FROM_PARTS = ("ndfeb", "smco")
"""Goods that originate where they were made; their tag tells the origin of their controlled parts."""


LICENSED = (Decision.LICENCE.value, Decision.CASE_BY_CASE.value, Decision.CANNOT_TELL.value)
"""Decisions under which a share of the usual flow passes."""
DAYS_A_YEAR = 365.0


def passing_share(granted_of_decided: Array, lead_days: Array) -> Array:
    """Share of a first year's usual flow that passes (K,): what is granted of what is decided in it.

    Those that still wait are not in ``granted_of_decided``: the wait, over which answers come evenly, has them already.
    """
    decided = [days_decided(DAYS_A_YEAR, float(wait)) for wait in np.asarray(lead_days, float)]
    return np.asarray(np.minimum(granted_of_decided, 1.0) * np.array(decided) / DAYS_A_YEAR)


@dataclass(frozen=True)
class Places:
    """What the trade needs to know of places: their country for customs, the hubs at which goods leave and arrive."""

    country: Mapping[str, str]
    """The country whose law a place stands for in the rules."""
    hub: Mapping[str, str]
    """Consumption hub."""
    mine_hub: Mapping[tuple[str, str], str]
    """Hub of the largest producer by (commodity, place); falls back to the place's hub."""


def offers(draft: Draft) -> pd.DataFrame:
    """Pair every node that something makes with every place where the same thing is used.

    Returns commodity, tag, from_place, to_place, from_node, to_node.
    """
    recipes = draft.recipe_table()
    kinds = draft.activity_table().set_index("activity")["kind"]
    recipes["kind"] = recipes["activity"].map(kinds)
    nodes = pd.DataFrame(
        [{"node": k, "commodity": n.commodity, "tag": n.tag, "place": n.place} for k, n in draft.nodes.items()]
    ).set_index("node")
    made = set(recipes.loc[(recipes["coefficient"] > 0) & (recipes["kind"] != "accept"), "node"])
    used = set(recipes.loc[(recipes["coefficient"] < 0) & (recipes["kind"] != "store"), "node"])
    sellers = nodes.loc[sorted(n for n in made if draft.nodes[n].tag != ANY)].reset_index(names="from_node")
    buyers = nodes.loc[sorted(used)].reset_index(names="to_node")
    pairs = sellers.merge(buyers, on=["commodity", "tag"], suffixes=("_from", "_to"))
    pairs = pairs[pairs["place_from"] != pairs["place_to"]]
    return pairs.rename(columns={"place_from": "from_place", "place_to": "to_place"}).reset_index(drop=True)


def with_freight(pairs: pd.DataFrame, router: Router, places: Places, form: Mapping[str, str]) -> pd.DataFrame:
    """Add the cheapest lawful way of every pair: usd_per_t, days, risk, lawful, reason.

    ``usd_per_t`` is freight and the interest on the goods.
    """
    table = pairs.copy()
    table["form"] = table["commodity"].map(form)
    table["origin"] = [
        places.mine_hub.get((c, p), places.hub[p]) for c, p in zip(table["commodity"], table["from_place"], strict=True)
    ]
    table["destination"] = table["to_place"].map(places.hub)
    matrix = pd.concat(
        [
            router.matrix(sorted(group["origin"].unique()), sorted(group["destination"].unique()), [str(f)])
            for f, group in table.groupby("form", sort=True)
        ],
        ignore_index=True,
    )
    matrix["usd_per_t"] = matrix["usd_per_t"] + matrix["interest_usd_per_t"]
    keep = ["origin", "destination", "form", "usd_per_t", "low", "high", "days", "risk", "lawful", "reason"]
    return table.merge(matrix[keep], on=["origin", "destination", "form"], how="left")


def with_decisions(
    table: pd.DataFrame, rules: Rules, places: Places, claiming_country: str, deck: PriceDeck
) -> pd.DataFrame:
    """Add what the rules say of every pair: decision, clauses, lead_days, refusal_probability, granted_of_decided,
    rule_reason.

    A ``listed`` lot counts as originating in ``claiming_country``; others in the country of the place they leave. The
    buyer and the use are civil, and neither side is on a list. ``deck`` prices the value shares that some rules ask.
    """
    sold_from = table["from_place"].map(places.country)
    listed = table["tag"] == LISTED
    made_from_parts = table["commodity"].str.startswith(MADE_FROM_PARTS)
    shipments = pd.DataFrame(
        {
            "commodity": table["commodity"].str.split(":").str[0],
            "origin_country": np.where(listed & ~made_from_parts, claiming_country, sold_from),
            "part_origin_country": np.where(listed, claiming_country, sold_from),
            "technology_country": sold_from,
            "ship_from": sold_from,
            "ship_to": table["to_place"].map(places.country),
            "end_user": NOT_LISTED,
            "user_kind": "civil",
            "end_use": "civil",
        }
    )
    decided = rules.table(shipments, deck)
    out = table.copy()
    for column in ("decision", "clauses", "lead_days", "refusal_probability", "granted_of_decided"):
        out[column] = decided[column].to_numpy()
    out["rule_reason"] = decided["reasons"].to_numpy()
    return out


def link_table(
    table: pd.DataFrame,
    duty_usd_per_t: pd.Series,
    reference_flows: pd.DataFrame | None,
    sources: Mapping[str, str],
) -> pd.DataFrame:
    """Return the network's links: lawful ways only; a licensed link carries its granted share of the reference flow.

    ``reference_flows``: commodity, origin_tag, from_place, to_place, t of the year before the rule; None where no rule
    bites. A licence is for what was bought before: lots of another origin between the same places have none.
    """
    refused = (table["decision"] == Decision.DENIED.value) | ~table["lawful"].astype(bool)
    open_ = table[~refused].copy()
    licensed = open_["decision"].isin(LICENSED)
    capacity = pd.Series(float("inf"), index=open_.index)
    if reference_flows is not None and licensed.any():
        usual = reference_flows.groupby(["commodity", "origin_tag", "from_place", "to_place"])["t"].sum()
        key = pd.MultiIndex.from_frame(open_[["commodity", "tag", "from_place", "to_place"]])
        granted, days = open_["granted_of_decided"].to_numpy(float), open_["lead_days"].to_numpy(float)
        allowance = usual.reindex(key).fillna(0.0).to_numpy() * passing_share(granted, days)
        capacity = capacity.where(~licensed, pd.Series(allowance, index=open_.index))
    reason = open_["reason"].fillna("").astype(str) + " " + open_["rule_reason"].fillna("").astype(str)
    return pd.DataFrame(
        {
            "link": [
                f"{c}|{t}:{a}>{b}"
                for c, t, a, b in zip(
                    open_["commodity"], open_["tag"], open_["from_place"], open_["to_place"], strict=True
                )
            ],
            "from_node": open_["from_node"],
            "to_node": open_["to_node"],
            "cost_usd_per_t": open_["usd_per_t"],
            "duty_usd_per_t": duty_usd_per_t.reindex(open_.index).fillna(0.0),
            "capacity_t": capacity,
            "days": open_["days"],
            "decision": open_["decision"],
            "holder": np.where(licensed, "licence holders in " + open_["to_place"], ""),
            "reason": reason.str.strip(),
            "source": open_["form"].map(sources),
        }
    ).reset_index(drop=True)
