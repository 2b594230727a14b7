"""How the numbers of a network follow from the cells that are drawn: costs, demand, freight, licences and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ytterby.chain.assemble import Assembly
from ytterby.chain.habits import NEW
from ytterby.chain.network import Network
from ytterby.chain.supply import CONCENTRATE, KG_PER_T, MINE_COST
from ytterby.chain.trade import LICENSED, passing_share
from ytterby.chain.use import MAGNET, UNNAMED_USE
from ytterby.market.arrays import Array
from ytterby.separation.process import OPERATING
from ytterby.studies.ensemble.drivers import Drivers
from ytterby.studies.ensemble.measure import LIMIT
from ytterby.uncertainty.sample import name_of
from ytterby.world.terms import Stage

Lot = tuple[str, str, str, str]
"""Commodity, tag of origin, place of departure, place of arrival."""


@dataclass(frozen=True)
class Licences:
    """Links whose capacity is a granted share of the usual flow."""

    link: np.ndarray
    """Their rows (K,)."""
    lot: tuple[Lot, ...]
    granted: Array
    """Share granted at point values (K,), and the cells that it comes from: -1 where it is not drawn."""
    granted_cell: np.ndarray
    of_decided: Array
    """Share granted of what was decided over the share granted of all, at point values (K,)."""
    days: Array
    days_cell: np.ndarray

    def share(self, cells: Array) -> Array:
        """What of a year's usual flow passes (K,): more is granted of what was decided as more is granted of all."""
        granted = np.where(self.granted_cell >= 0, cells[self.granted_cell], self.granted)
        days = np.where(self.days_cell >= 0, cells[self.days_cell], self.days)
        return passing_share(granted * self.of_decided, days)


def cost_cells(assembly: Assembly, activities: pd.DataFrame, found: Drivers) -> sp.csr_matrix:
    """How the cost of mines, separators, the split of La from Ce, and storage follows from cells, USD/t per unit."""
    row, points = found.row, found.points
    entries: list[tuple[int, int, float]] = []

    def add(i: int, name: str, usd_per_t: float) -> None:
        cell = row.get(name, -1)
        if cell >= 0 and points[cell] > 0:
            entries.append((i, cell, usd_per_t / points[cell]))

    costs = assembly.world.table("site_costs")
    mine = costs[costs["item"] == MINE_COST].set_index("site")["usd_per_kg"] * KG_PER_T
    sites = assembly.facts.sites
    processes = assembly.separation
    for i, (key, kind, site, place) in enumerate(
        activities[["activity", "kind", "site", "place"]].itertuples(index=False, name=None)
    ):
        if kind == "mine" and site in mine.index:
            add(i, name_of("site_costs", f"{site}|{MINE_COST}", "usd_per_kg"), float(mine[site]))
        elif kind == "mine":
            ore = key.split(":")[-1]
            like = mine.reindex(sites.index[(sites["stage"] == Stage.MINE.value) & (sites["ore"] == ore)]).dropna()
            if len(like):
                add(i, name_of("site_costs", f"{like.idxmin()}|{MINE_COST}", "usd_per_kg"), float(like.min()))
        elif kind == "separation":
            feed = key.removeprefix(f"separate:{site}:")
            generic, ore = feed.split(":")[:2]
            country = str(processes.site_processes.at[site, "country"])
            process = processes.process(site, ore if generic == CONCENTRATE else f"{generic}:{ore}")
            for line in process.lines:
                if line.item == OPERATING:
                    add(i, name_of("site_costs", f"{site}|{line.item}", "usd_per_kg"), line.usd_per_t)
                else:
                    add(i, _quoted(assembly, line.item, country), line.usd_per_t)
        elif kind == "finishing":
            country, ore = assembly.place_country[place], key.split("|")[0].split(":")[-1]
            for line in processes.finishing(country, ore).lines:
                add(i, _quoted(assembly, line.item, country), line.usd_per_t)
        elif kind == "store":
            add(i, name_of("model_settings", "storage-usd-per-t", "value"), assembly.settings.storage_usd_per_t)
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    return sp.csr_matrix((values, (rows, columns)), (len(activities), len(points)))


def _quoted(assembly: Assembly, item: str, country: str) -> str:
    quotation = assembly.separation.prices.quotation(item, country)
    return name_of("reagent_prices", f"{quotation.reagent}|{quotation.country}|{quotation.period}", "price")


def new_capital(assembly: Assembly, activities: pd.DataFrame) -> dict[str, Array]:
    """1 where an activity pays the annual capital of its stage, by stage."""
    planned = assembly.facts.sites["capital_usd_per_t"].gt(0)
    pays = activities["site"].map(planned).fillna(False).astype(bool) | activities["kind"].str.startswith("new ")
    stages = activities["stage"].to_numpy(object)
    return {s: (pays.to_numpy() & (stages == s)).astype(float) for s in sorted(set(stages[pays]))}


def freight_of_links(assembly: Assembly, links: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Low, point and high of what each link costs, USD/t: its freight, and what a new pair pays besides.

    Blank ends where the way has no band.
    """
    trade = assembly.trade
    key = pd.MultiIndex.from_frame(trade[["from_node", "to_node"]])
    ways = trade[["low", "usd_per_t", "high"]].set_axis(key, axis=0)
    found = ways[~ways.index.duplicated()].reindex(pd.MultiIndex.from_frame(links[["from_node", "to_node"]]))
    low, point, high = (found[c].to_numpy(float) for c in ("low", "usd_per_t", "high"))
    besides = np.where(links["link"].str.startswith(NEW), links["cost_usd_per_t"].to_numpy(float) - point, 0.0)
    return low + besides, point + besides, high + besides


def demand_cells(
    assembly: Assembly, demands: pd.DataFrame, row: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells of each demand\'s use, elasticity and choke price; -1 where none is drawn."""
    goods = assembly.world.table("goods").set_index("good")["elasticity_class"]
    horizon, year = assembly.settings.demand_horizon, assembly.year
    use: list[int] = []
    elasticity: list[int] = []
    choke: list[int] = []
    for place, good, commodity in demands[["place", "good", "commodity"]].itertuples(index=False, name=None):
        use.append(row.get(name_of("demand", f"{place}|{good}|{year}", "t"), -1))
        group = goods.get(good, "")
        keys = [f"{group}|{c}|{horizon}" for c in (commodity, "any")]
        for found, field in ((elasticity, "elasticity"), (choke, "choke_usd_per_kg")):
            cells = [row[name] for k in keys if (name := name_of("elasticities", k, field)) in row]
            found.append(cells[0] if cells else -1)
    return np.array(use), np.array(elasticity), np.array(choke)


def use_groups(demands: pd.DataFrame, factors: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Group of each demand, and the groups that the balanced year has scaled to its own total."""
    kind = demands["commodity"].where(~demands["commodity"].str.startswith(MAGNET), MAGNET)
    key = pd.MultiIndex.from_arrays([demands["place"], kind.where(demands["use"].ne(UNNAMED_USE), "")])
    codes, groups = pd.factorize(key)
    scaled = factors.reindex(pd.MultiIndex.from_tuples(list(groups))).fillna(1.0).to_numpy(float)
    return np.asarray(codes), np.flatnonzero(scaled != 1.0)


def licences(assembly: Assembly, links: pd.DataFrame, found: Drivers) -> Licences:
    """Licensed links that carry a share of the usual flow; their practice rows are found by what they say."""
    usual = ~links["link"].str.startswith(NEW)
    rows = np.flatnonzero(usual & links["decision"].isin(LICENSED) & np.isfinite(links["capacity_t"]))
    trade = assembly.trade.drop_duplicates(["from_node", "to_node"]).set_index(["from_node", "to_node"])
    asked = pd.MultiIndex.from_frame(links.iloc[rows][["from_node", "to_node"]])
    columns = ["commodity", "tag", "from_place", "to_place", "refusal_probability", "granted_of_decided", "lead_days"]
    own = trade[columns].reindex(asked)
    lots = tuple(own[columns[:4]].itertuples(index=False, name=None))
    practice = found.cells[found.cells["table"] == "licence_practice"]
    granted, days = 1.0 - own["refusal_probability"].to_numpy(float), own["lead_days"].to_numpy(float)
    return Licences(
        rows,
        lots,
        granted,
        _cell_like(practice, "granted_share", granted),
        np.divide(own["granted_of_decided"].to_numpy(float), granted, out=np.zeros_like(granted), where=granted > 0),
        days,
        _cell_like(practice, "lead_days", days),
    )


def _cell_like(cells: pd.DataFrame, field: str, values: Array) -> np.ndarray:
    known = cells[cells["field"] == field]
    found = np.full(len(values), -1)
    for i, point in zip(known.index, known["point"], strict=True):
        found[np.isclose(values, point, rtol=1e-12)] = i
    return found


def limits(assembly: Assembly, network: Network) -> tuple[tuple[int, float, tuple[Lot, ...]], ...]:
    """Row, share and the flows that count of each limit that is given as a share of the usual flow."""
    table = assembly.world.table("trade_limits").set_index("limit")["share_of_reference"]
    nodes = network.nodes.set_index("node")
    links = network.links.set_index("link")
    ends = pd.DataFrame(
        {
            "commodity": nodes["commodity"].reindex(links["from_node"]).to_numpy(object),
            "tag": nodes["origin_tag"].reindex(links["from_node"]).to_numpy(object),
            "a": nodes["place"].reindex(links["from_node"]).to_numpy(object),
            "b": nodes["place"].reindex(links["to_node"]).to_numpy(object),
        },
        index=links.index,
    )
    found = []
    for i, quota in enumerate(network.quotas["quota"]):
        if not quota.startswith(LIMIT):
            continue
        share = float(table[quota.split(":")[1]])
        if np.isfinite(share):
            members = network.quota_members.loc[network.quota_members["quota"] == quota, "member"]
            lots = dict.fromkeys(ends.loc[members].itertuples(index=False, name=None))
            found.append((i, share, tuple(lots)))
    return tuple(found)
