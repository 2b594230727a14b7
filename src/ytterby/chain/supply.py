"""Sites and mines: what operates on a day, at what capacity and cost; what is dug; what goes into store."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ytterby.balance import BalancedYear
from ytterby.chain.draft import Draft
from ytterby.chain.origin import FREE
from ytterby.chain.settings import Settings
from ytterby.world import World
from ytterby.world.terms import Stage

BALANCE = "balance"
"""Source key of the reconciled base year, which this package computes from the observations."""
KG_PER_T = 1000.0
MINE_COST = "mine-concentrate"
LIMITING = {
    Stage.MINE.value: ("concentrate",),
    Stage.SEPARATION.value: ("separation-feed", "scrap-feed"),
    Stage.METAL.value: ("metal",),
    Stage.MAGNET.value: ("sintered-ndfeb", "bonded-ndfeb", "smco"),
}
"""Classes of capacity that limit a site of each stage."""
CONCENTRATE, LEFTOVER, UNSPLIT = "concentrate", "seg-heavy", "lace-carbonate"


@dataclass(frozen=True)
class SiteFacts:
    """Sites of one year with their place, capacity and published or assumed unit cost."""

    sites: pd.DataFrame
    """site (index), name, country, place, stage, operator, ore, feeds, light, heavy, capacity_t, cost_usd_per_t,
    capital_usd_per_t (a year, of a plant that is yet to be built), cost_source, capacity_source."""

    def at(self, stage: Stage) -> pd.DataFrame:
        """Sites of one stage."""
        return self.sites[self.sites["stage"] == stage.value]


def site_facts(world: World, day: str, settings: Settings) -> SiteFacts:
    """Collect what operates on a day; where new plants may be built, what is planned as well, at its annual capital.

    A mine or separator that is planned without a stated capacity is left out: it would be without limit.
    """
    sites = world.table("sites").set_index("site")
    new = sites["status"].isin(("construction", "planned"))
    sites = sites[(sites["status"] == "operating") | (new & settings.new_plants)]
    place = world.table("countries").set_index("iso3")["place"]
    held = _capacities(world, sites, day)
    costs = world.table("site_costs")
    costs = costs[costs["item"] == MINE_COST]
    capital = world.table("expansion_costs").set_index("stage")["capital_usd_per_t"]
    table = sites.assign(
        place=sites["country"].map(place),
        capacity_t=held["t"].reindex(sites.index),
        capacity_source=held["source"].reindex(sites.index).fillna(""),
        cost_usd_per_t=(costs.groupby("site")["usd_per_kg"].sum() * KG_PER_T).reindex(sites.index),
        cost_source=costs.groupby("site")["source"].first().reindex(sites.index).fillna(""),
        capital_usd_per_t=sites["stage"].map(capital).where(sites["status"] != "operating", 0.0)
        * settings.capital_charge,
    )
    sized = table["status"].eq("operating") | table["capacity_t"].gt(0)
    return SiteFacts(table[sized | ~table["stage"].isin((Stage.MINE.value, Stage.SEPARATION.value))])


def _capacities(world: World, sites: pd.DataFrame, day: str) -> pd.DataFrame:
    """Usable capacity of each site on a day, of the class that its stage is limited by: site (index), t, source.

    Of a plant that is yet to be built, the last capacity that is announced.
    """
    table = world.table("capacities").sort_values(["site", "commodity_class", "valid_from"])
    table = table[table["site"].isin(sites.index)]
    table = table[
        [c in LIMITING[s] for c, s in zip(table["commodity_class"], table["site"].map(sites["stage"]), strict=True)]
    ]
    planned = table["site"].map(sites["status"]).isin(("construction", "planned"))
    table = table[planned | (table["valid_from"] <= pd.Timestamp(day))]
    table = table.drop_duplicates(["site", "commodity_class"], keep="last")
    table = table.assign(t=table["capacity_t"] * table["available_share"].fillna(1.0))
    return table.groupby("site").agg(t=("t", "sum"), source=("source", "first"))


def add_mines(draft: Draft, facts: SiteFacts, balanced: BalancedYear, world: World, settings: Settings) -> None:
    """Add what was mined: each operating site's share of its country's balanced output of its ore.

    A site whose country and ore stand in the balance shares that total by capacity (output is *by construction*);
    a site that no statistic knows runs up to its own capacity (*free*).
    """
    mines = facts.at(Stage.MINE)
    dug = balanced.flows[balanced.flows["kind"].isin(("mine", "unrecorded"))]
    mined = dug.groupby(["country", "ore", "kind"], as_index=False)["t"].sum()
    mined = mined[mined["t"] > 0]
    place_of = world.table("countries").set_index("iso3")["place"]
    state_directed = set(world.table("state_directed")["site"])
    for row in mined.itertuples(index=False):
        country, ore, total = str(row.country), str(row.ore), float(row.t)
        at = mines[(mines["country"] == country) & (mines["ore"] == ore)]
        if at.empty or row.kind == "unrecorded":
            _mine(
                draft, f"{row.kind}:{country}:{ore}", "", country, str(place_of.get(country, "rest-of-world")), ore,
                total, float(mines.loc[mines["ore"] == ore, "cost_usd_per_t"].min()), "unrecorded or unnamed producers",
                "by construction", "", BALANCE, 0.0,
            )  # fmt: skip
            continue
        weight = at["capacity_t"].fillna(at["capacity_t"].min()).fillna(1.0)
        for site, share in (weight / weight.sum()).items():
            r = at.loc[str(site)]
            floor = settings.china_state_floor if site in state_directed else 0.0
            _mine(
                draft, f"mine:{site}", str(site), country, str(r["place"]), ore, total * float(share),
                float(at["cost_usd_per_t"].to_dict()[site]), str(r["operator"]), "by construction",
                str(r["cost_source"]), BALANCE, floor,
            )  # fmt: skip
    known = set(zip(mined["country"], mined["ore"], strict=True))
    for site, r in mines.iterrows():
        if (r["country"], r["ore"]) not in known and r["capacity_t"] > 0:
            _mine(
                draft, f"mine:{site}", str(site), str(r["country"]), str(r["place"]), str(r["ore"]),
                float(r["capacity_t"]), float(r["cost_usd_per_t"] + r["capital_usd_per_t"]), str(r["operator"]), "free",
                str(r["cost_source"]), str(r["capacity_source"]), 0.0,
            )  # fmt: skip
            if r["capital_usd_per_t"] == 0:
                draft.notes.append(
                    f"{r['name']} is in no production statistic of the year: it may run up to its capacity."
                )


def _mine(
    draft: Draft, key: str, site: str, country: str, place: str, ore: str, capacity_t: float, cost: float, holder: str,
    status: str, cost_source: str, capacity_source: str, floor: float,
) -> None:  # fmt: skip
    node = draft.node(f"{CONCENTRATE}:{ore}", FREE, place)
    draft.activity(
        key, kind="mine", site=site, country=country, place=place, stage=Stage.MINE.value, cost_usd_per_t=cost,
        makes={node: 1.0}, uses={}, capacity_t=capacity_t, minimum_t=capacity_t * floor, holder=holder, status=status,
        cost_source=cost_source, capacity_source=capacity_source,
    )  # fmt: skip


def add_stores(draft: Draft, settings: Settings) -> None:
    """Let what is made but not taken go into store, at a cost: concentrates, leftovers, oxides and metals."""
    made = {r["node"] for r in draft.recipes if float(r["coefficient"]) > 0}
    for node in list(draft.nodes.values()):
        if node.key in made and (
            node.commodity.endswith(("-oxide", "-metal"))
            or node.commodity.startswith((f"{UNSPLIT}:", LEFTOVER, CONCENTRATE))
        ):
            draft.activity(
                f"store:{node.key}", kind="store", place=node.place, stage=Stage.SEPARATION.value,
                cost_usd_per_t=settings.storage_usd_per_t, makes={}, uses={node.key: 1.0}, cost_source="assumption",
            )  # fmt: skip
