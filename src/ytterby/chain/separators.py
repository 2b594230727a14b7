"""Separators: what each splits of which feed, at what cost, and what is left over or left undone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ytterby.chain.draft import Draft
from ytterby.chain.origin import FREE, LISTED, Node
from ytterby.chain.supply import CONCENTRATE, LEFTOVER, UNSPLIT, SiteFacts
from ytterby.separation import Separation
from ytterby.world.terms import ProcessCost, Stage

OVERHEAD = "labour-overhead"


def add_separators(
    draft: Draft, facts: SiteFacts, separation: Separation, ores_mined: set[str], claims_origin: Mapping[str, bool]
) -> None:
    """Add every separator with every feed that it takes; all feeds of a site share its capacity.

    Lanthanum and cerium leave unsplit where the circuit allows; their split is an activity of its own, so that it can
    be left undone.
    """
    separators = facts.at(Stage.SEPARATION)
    leftovers: dict[str, str] = {}
    members: dict[str, list[tuple[str, str, float]]] = {}
    rows = [(str(site), r) for site, r in separators.iterrows()]
    for site, r in rows:
        for ore in _split(str(r["feeds"])):
            if ore in ores_mined:
                process = separation.process(site, ore, finished=False)
                key = _separation(draft, site, r, f"{CONCENTRATE}:{ore}", ore, process, claims_origin)
                members.setdefault(site, []).append(("activity", key, 1.0))
                _finishing(draft, separation, site, r, ore, process, claims_origin)
                if process.yields.get(LEFTOVER, 0.0) > 0:
                    leftovers[f"{LEFTOVER}:{ore}"] = ore
    for site, r in rows:
        if bool(r["heavy"]):
            for feed in sorted(leftovers):
                process = separation.process(site, feed)
                if process.yields.get(LEFTOVER, 0.0) > 0 or not process.yields:
                    continue
                for tag in (LISTED, FREE):
                    key = _separation(draft, site, r, feed, leftovers[feed], process, claims_origin, feed_tag=tag)
                    members.setdefault(site, []).append(("activity", key, 1.0))
    for site, r in rows:
        if r["capacity_t"] > 0 and site in members:
            draft.quota(
                f"capacity:{site}", limit_t=float(r["capacity_t"]), members=members[site], holder=str(r["operator"]),
                instrument="capacity", source=str(r["capacity_source"]),
            )  # fmt: skip


def add_new_separators(
    draft: Draft, facts: SiteFacts, separation: Separation, ores_mined: set[str], claims_origin: Mapping[str, bool],
    annual_usd_per_t: float,
) -> None:  # fmt: skip
    """Let new separators be built outside the dominant producer, of the kind that a place has or plans.

    A new plant takes every concentrate, and what plants for light elements leave. On capacity yet to be built it earns
    ``annual_usd_per_t`` (capital a year, per t of feed); capacity once built is a limit of its place.
    """
    separators = facts.at(Stage.SEPARATION)
    feeds = [(f"{CONCENTRATE}:{ore}", ore) for ore in sorted(ores_mined)]
    feeds += sorted((n.commodity, n.commodity.split(":", 1)[1]) for n in _leftovers(draft))
    for place, at in separators.groupby("place"):
        model = at.sort_values(["heavy", "capacity_t"], ascending=False).iloc[0]
        country, site = str(model["country"]), str(model.name)
        if claims_origin.get(country, False):
            continue
        members: list[tuple[str, str, float]] = []
        for feed, ore in dict.fromkeys(feeds):
            process = separation.process(site, ore if feed.startswith(CONCENTRATE) else feed)
            makes = {
                draft.node(f"{LEFTOVER}:{ore}" if c == LEFTOVER else c, FREE, str(place)): t
                for c, t in process.yields.items()
            }
            splits_nothing = feed == f"{LEFTOVER}:{ore}" and process.yields.get(LEFTOVER, 0.0) > 0
            if splits_nothing or not process.yields:
                continue
            sources = "; ".join(dict.fromkeys(line.source for line in process.lines))
            for prefix, kind, capital in (("", "", 0.0), ("new-", "new ", annual_usd_per_t)):
                draft.activity(
                    f"{prefix}separate:{place}:{feed}", kind=f"{kind}{Stage.SEPARATION.value}", country=country,
                    place=str(place), stage=Stage.SEPARATION.value, cost_usd_per_t=process.usd_per_t + capital,
                    makes=makes, uses={draft.node(feed, FREE, str(place)): 1.0}, cost_source=sources,
                    holder=f"new separators in {place}",
                )  # fmt: skip
            members.append(("activity", f"separate:{place}:{feed}", 1.0))
        draft.quota(
            f"capacity:{Stage.SEPARATION.value}:{place}", limit_t=0.0, members=members, instrument="capacity",
            holder=f"new separators in {place}", source="assumption",
        )  # fmt: skip


def _leftovers(draft: Draft) -> list[Node]:
    """What separators of light elements leave outside the dominant producer."""
    return [n for n in draft.nodes.values() if n.commodity.startswith(f"{LEFTOVER}:") and n.tag == FREE]


def _finishing(
    draft: Draft, separation: Separation, site: str, r: pd.Series, ore: str, unsplit: ProcessCost,
    claims_origin: Mapping[str, bool],
) -> None:  # fmt: skip
    """Add the split of a site's lanthanum-cerium into its oxides, and its sale unsplit.

    The split costs what the site's whole circuit costs more than the circuit without that cut; where the circuit has
    no such cut, what a split of its own takes at the country's prices, overheads apart, which stay either way. Sold
    unsplit it leaves the element account, since a buyer takes it as it comes.
    """
    amount = unsplit.yields.get(UNSPLIT, 0.0)
    if amount <= 0:
        return
    place, country = str(r["place"]), str(r["country"])
    tag = LISTED if claims_origin.get(country, False) else FREE
    node = draft.node(f"{UNSPLIT}:{ore}@{site}", tag, place)
    whole = separation.process(site, ore)
    own_cut = UNSPLIT not in whole.yields
    if own_cut:
        cost = (whole.usd_per_t - unsplit.usd_per_t) / amount
        yields = {c: t / amount for c, t in whole.yields.items() if c not in unsplit.yields}
        lines = whole.lines
    else:
        split = separation.finishing(country, ore)
        lines = tuple(line for line in split.lines if not line.item.startswith(OVERHEAD))
        cost, yields = sum(line.usd_per_t for line in lines), dict(split.yields)
    total = sum(yields.values())
    draft.held[f"{UNSPLIT}:{ore}@{site}"] = {c.removesuffix("-oxide").title(): t / total for c, t in yields.items()}
    draft.activity(
        f"finish:{site}:{ore}", kind="finishing", site=site, country=country, place=place, stage=Stage.SEPARATION.value,
        cost_usd_per_t=cost, makes={draft.node(c, tag, place): t for c, t in yields.items()}, uses={node: 1.0},
        holder=str(r["operator"]), cost_source="; ".join(dict.fromkeys(line.source for line in lines)),
    )  # fmt: skip
    draft.activity(
        f"sell-unsplit:{site}:{ore}", kind="accept", place=place, stage=Stage.SEPARATION.value, cost_usd_per_t=0.0,
        makes={draft.node(UNSPLIT, tag, place): 1.0}, uses={node: 1.0},
    )  # fmt: skip


def _separation(
    draft: Draft, site: str, r: pd.Series, feed: str, ore: str, process: ProcessCost, claims_origin: Mapping[str, bool],
    feed_tag: str = FREE,
) -> str:  # fmt: skip
    place, country = str(r["place"]), str(r["country"])
    tag = LISTED if claims_origin.get(country, False) else FREE
    makes: dict[str, float] = {}
    for commodity, amount in process.yields.items():
        name = {LEFTOVER: f"{LEFTOVER}:{ore}", UNSPLIT: f"{UNSPLIT}:{ore}@{site}"}.get(commodity, commodity)
        makes[draft.node(name, tag, place)] = amount
    uses = {draft.node(feed, feed_tag, place): 1.0}
    suffix = "" if feed_tag == FREE else f":{feed_tag}"
    return draft.activity(
        f"separate:{site}:{feed}{suffix}", kind="separation", site=site, country=country, place=place,
        stage=Stage.SEPARATION.value, cost_usd_per_t=process.usd_per_t + float(r["capital_usd_per_t"]), makes=makes,
        uses=uses, holder=str(r["operator"]),
        cost_source="; ".join(dict.fromkeys(line.source for line in process.lines)),
        capacity_source=str(r["capacity_source"]),
    )  # fmt: skip


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
