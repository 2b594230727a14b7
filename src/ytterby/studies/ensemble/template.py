"""One network, ready to be sampled: how each of its numbers follows from the cells that are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ytterby.chain.assemble import Assembly
from ytterby.chain.network import Network
from ytterby.chain.settings import Settings
from ytterby.chain.supply import CONCENTRATE, MINE_COST
from ytterby.chain.use import KG_PER_T, MAGNET, UNNAMED_USE
from ytterby.market.arrays import Array
from ytterby.market.family import Family, Solved
from ytterby.market.arrays import MONEY, Arrays
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.simplex import Vertex
from ytterby.separation.downstream import Downstream, downstream
from ytterby.studies.ensemble.drivers import Drivers
from ytterby.studies.ensemble.measure import LIMIT, Measure
from ytterby.uncertainty.sample import name_of
from ytterby.world.terms import Decision, Stage

LICENSED = (Decision.LICENCE.value, Decision.CASE_BY_CASE.value, Decision.CANNOT_TELL.value)
MAKING = (Stage.METAL.value, Stage.MAGNET.value)
DAYS_A_YEAR = 365.0
Pair = tuple[str, str, str]
"""Commodity, place of departure, place of arrival."""


@dataclass(frozen=True)
class Priced(Solved):
    """What a sample's optimum determines, with the dual of every node, of idle ones too (N,), USD/t."""

    dual_usd_per_t: Array | None = None


class PricedFamily(Family):
    """A family whose samples keep their duals, and levels and flows of the vertex where no plan is asked for."""

    def _read(self, arrays: Arrays, curves: DemandCurves, vertex: Vertex, rounds: int, plan: bool) -> Priced:
        solved = super()._read(arrays, curves, vertex, rounds, plan)
        found = dict(vars(solved))
        if not plan:
            found |= {"level_t": vertex.x[arrays.activities], "flow_t": vertex.x[arrays.links]}
        return Priced(**found, dual_usd_per_t=MONEY * vertex.price[: arrays.n_nodes])


@dataclass(frozen=True)
class Licences:
    """Links whose capacity is a granted share of the usual flow."""

    link: np.ndarray
    """Their rows (K,)."""
    pair: tuple[Pair, ...]
    granted: Array
    """Share granted at point values (K,), and the cells that it comes from: -1 where it is not drawn."""
    granted_cell: np.ndarray
    days: Array
    days_cell: np.ndarray

    def share(self, cells: Array) -> Array:
        """Granted share times the part of the year that is left after the wait (K,)."""
        granted = np.where(self.granted_cell >= 0, cells[self.granted_cell], self.granted)
        days = np.where(self.days_cell >= 0, cells[self.days_cell], self.days)
        return np.asarray(granted * np.clip(1.0 - days / DAYS_A_YEAR, 0.0, None))


@dataclass(frozen=True)
class Template:
    """A network's numbers as functions of the drawn cells; picklable."""

    name: str
    family: PricedFamily
    measure: Measure
    cost: Array
    cost_of_cell: sp.csr_matrix
    """USD/t of level per unit of each cell (A, C)."""
    new_capital: Mapping[str, Array]
    """Annual capital in an activity's cost, as a multiple of its stage's capital times the charge (A,), by stage."""
    making: Mapping[tuple[str, str], np.ndarray]
    """Activities by (stage, country) of metal and magnet makers."""
    inputs: Mapping[tuple[str, str], np.ndarray]
    """Their recipe rows that use something."""
    floor: np.ndarray
    """Activities with a state's minimum."""
    store: np.ndarray
    freight: tuple[Array, Array, Array]
    """Low, point and high of every link, USD/t."""
    use_cell: np.ndarray
    elasticity_cell: np.ndarray
    choke_cell: np.ndarray
    """Cell of each demand (J,), or -1."""
    choke: Array
    """Choke price before it was held against the anchor, USD/t (J,)."""
    use_group: np.ndarray
    """Group of each demand whose total the balanced year knows: place and product (J,)."""
    settled: np.ndarray
    """Groups whose total is that of the balanced year, whatever their goods' own numbers."""
    gap: np.ndarray
    """Demands that stand for use without a name."""
    gap_demand: Mapping[str, int]
    gap_supply: Mapping[str, int]
    """Row of the demand and of the activity that close each oxide node's gap."""
    licences: Licences
    limits: tuple[tuple[int, float, tuple[Pair, ...]], ...]
    """Row, share of the usual flow, and the flows that count, of each limit given as a share."""
    tied: np.ndarray
    """Quota rows of tied supply."""
    steps: Downstream
    """Steps of metal and magnet making at point values."""
    settings: Settings
    base_node: np.ndarray
    """Row of each node in the base network, or -1 (N,)."""

    @property
    def network(self) -> Network:
        """The checked network."""
        return self.family.network


def template(
    name: str, assembly: Assembly, network: Network, found: Drivers, gap_nodes: list[str], factors: pd.Series,
    base: Template | None = None,
) -> Template:  # fmt: skip
    """Prepare a network of an assembly; ``gap_nodes`` are the oxide nodes whose gaps are closed in samples.

    ``factors`` scale recorded use to the balanced year, by (place, commodity); ``base`` is the base's template.
    """
    family = PricedFamily(with_both_signs(network, gap_nodes))
    network = family.network
    known = {n: i for i, n in enumerate((base.network if base else network).nodes["node"])}
    activities, recipes, demands = network.activities, network.recipes, network.demands
    makers = {key: np.asarray(rows) for key, rows in _makers(activities).items()}
    number = {a: i for i, a in enumerate(activities["activity"])}
    column = recipes["activity"].map(number).to_numpy()
    uses = np.flatnonzero(recipes["coefficient"] < 0)
    inputs = {key: uses[np.isin(column[uses], rows)] for key, rows in makers.items()}
    unnamed = demands["use"].eq(UNNAMED_USE).to_numpy()
    row = found.row
    use, elasticity, choke = _demand_cells(assembly, demands, row)
    group, settled = _groups(demands, factors)
    drawn_choke = found.points[choke] * KG_PER_T
    raw = np.where(choke >= 0, drawn_choke, demands["choke_usd_per_t"].to_numpy(float))
    return Template(
        name=name,
        family=family,
        measure=Measure(network),
        cost=activities["cost_usd_per_t"].to_numpy(float),
        cost_of_cell=_cost_cells(assembly, activities, found),
        new_capital=_new_capital(assembly, activities),
        making=makers,
        inputs=inputs,
        floor=np.flatnonzero(activities["minimum_t"] > 0),
        store=np.flatnonzero(activities["kind"] == "store"),
        freight=_freight(assembly, network.links),
        use_cell=use,
        elasticity_cell=elasticity,
        choke_cell=choke,
        choke=raw,
        use_group=group,
        settled=settled,
        gap=np.flatnonzero(unnamed),
        gap_demand={n: i for i, (n, u) in enumerate(zip(demands["node"], unnamed, strict=True)) if u},
        gap_supply={a.removeprefix("unrecorded:"): i for a, i in number.items() if a.removeprefix("unrecorded:") in set(gap_nodes)},
        licences=_licences(assembly, network.links, found),
        limits=_limits(assembly, network),
        tied=np.flatnonzero(network.quotas["quota"].str.startswith("tied:")),
        steps=downstream(assembly.world),
        settings=assembly.settings,
        base_node=np.array([known.get(n, -1) for n in network.nodes["node"]]),
    )


def with_both_signs(network: Network, gap_nodes: list[str]) -> Network:
    """Give every gap node both ways of closing it: the sign of a gap may differ between samples."""
    supply, demand = [], []
    have = set(network.activities["activity"]), set(network.demands["demand"])
    model_supply = network.activities.iloc[0]
    model_demand = network.demands.iloc[0]
    by_node = network.nodes.set_index("node")
    for node in gap_nodes:
        place = by_node.at[node, "place"]
        if f"unrecorded:{node}" not in have[0]:
            supply.append(
                model_supply.to_dict() | {
                    "activity": f"unrecorded:{node}", "kind": "unrecorded", "site": "", "country": "", "place": place,
                    "stage": Stage.SEPARATION.value, "cost_usd_per_t": 0.0, "capacity_t": 0.0, "minimum_t": 0.0,
                    "holder": "unrecorded producers", "status": "fitted",
                }
            )  # fmt: skip
        if f"unnamed|{node}" not in have[1]:
            demand.append(
                model_demand.to_dict() | {
                    "demand": f"unnamed|{node}", "node": node, "good": UNNAMED_USE, "place": place, "segment": "unnamed",
                    "use": UNNAMED_USE, "commodity": by_node.at[node, "commodity"], "reference_t": 0.0,
                    "reference_usd_per_t": 1.0, "elasticity": -1.0, "choke_usd_per_t": 10.0, "floor_share": 0.0,
                    "status": "fitted",
                }
            )  # fmt: skip
    made = pd.DataFrame([{"activity": r["activity"], "node": r["activity"].removeprefix("unrecorded:"), "coefficient": 1.0} for r in supply])
    return replace(
        network,
        activities=_more(network.activities, pd.DataFrame(supply)),
        recipes=_more(network.recipes, made),
        demands=_more(network.demands, pd.DataFrame(demand)),
    )


def _more(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, rows], ignore_index=True) if len(rows) else table


def _makers(activities: pd.DataFrame) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for i, (kind, country) in enumerate(zip(activities["kind"], activities["country"], strict=True)):
        stage = kind.removeprefix("new ")
        if stage in MAKING:
            found.setdefault((stage, str(country)), []).append(i)
    return found


def _cost_cells(assembly: Assembly, activities: pd.DataFrame, found: Drivers) -> sp.csr_matrix:
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
    for i, (key, kind, site, place) in enumerate(activities[["activity", "kind", "site", "place"]].itertuples(index=False, name=None)):
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
                if line.item == "separation-opex":
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


def _new_capital(assembly: Assembly, activities: pd.DataFrame) -> dict[str, Array]:
    """1 where an activity pays the annual capital of its stage, by stage."""
    planned = assembly.facts.sites["capital_usd_per_t"].gt(0)
    pays = activities["site"].map(planned).fillna(False).astype(bool) | activities["kind"].str.startswith("new ")
    stages = activities["stage"].to_numpy(object)
    return {s: (pays.to_numpy() & (stages == s)).astype(float) for s in sorted(set(stages[pays]))}


def _freight(assembly: Assembly, links: pd.DataFrame) -> tuple[Array, Array, Array]:
    trade = assembly.trade
    key = pd.MultiIndex.from_frame(trade[["from_node", "to_node"]])
    ways = trade[["low", "usd_per_t", "high"]].set_axis(key, axis=0)
    found = ways[~ways.index.duplicated()].reindex(pd.MultiIndex.from_frame(links[["from_node", "to_node"]]))
    low, point, high = (found[c].to_numpy(float) for c in ("low", "usd_per_t", "high"))
    return low, point, high


def _demand_cells(assembly: Assembly, demands: pd.DataFrame, row: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    goods = assembly.world.table("goods").set_index("good")["elasticity_class"]
    horizon, year = assembly.settings.demand_horizon, assembly.year
    use, elasticity, choke = [], [], []
    for place, good, commodity in demands[["place", "good", "commodity"]].itertuples(index=False, name=None):
        use.append(row.get(name_of("demand", f"{place}|{good}|{year}", "t"), -1))
        group = goods.get(good, "")
        keys = [f"{group}|{c}|{horizon}" for c in (commodity, "any")]
        for found, field in ((elasticity, "elasticity"), (choke, "choke_usd_per_kg")):
            cells = [row[name] for k in keys if (name := name_of("elasticities", k, field)) in row]
            found.append(cells[0] if cells else -1)
    return np.array(use), np.array(elasticity), np.array(choke)


def _groups(demands: pd.DataFrame, factors: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Group of each demand, and the groups that the balanced year has scaled to its own total."""
    kind = demands["commodity"].where(~demands["commodity"].str.startswith(MAGNET), MAGNET)
    key = pd.MultiIndex.from_arrays([demands["place"], kind.where(demands["use"].ne(UNNAMED_USE), "")])
    codes, groups = pd.factorize(key)
    scaled = factors.reindex(pd.MultiIndex.from_tuples(list(groups))).fillna(1.0).to_numpy(float)
    return np.asarray(codes), np.flatnonzero(scaled != 1.0)


def _licences(assembly: Assembly, links: pd.DataFrame, found: Drivers) -> Licences:
    """Licensed links that carry a share of the usual flow; their practice rows are found by what they say."""
    rows = np.flatnonzero(links["decision"].isin(LICENSED) & np.isfinite(links["capacity_t"]))
    trade = assembly.trade.drop_duplicates(["from_node", "to_node"]).set_index(["from_node", "to_node"])
    asked = pd.MultiIndex.from_frame(links.iloc[rows][["from_node", "to_node"]])
    columns = ["commodity", "from_place", "to_place", "refusal_probability", "lead_days"]
    own = trade[columns].reindex(asked)
    pairs = tuple(own[columns[:3]].itertuples(index=False, name=None))
    practice = found.cells[found.cells["table"] == "licence_practice"]
    granted, days = 1.0 - own["refusal_probability"].to_numpy(float), own["lead_days"].to_numpy(float)
    return Licences(rows, pairs, granted, _cell_like(practice, "granted_share", granted), days, _cell_like(practice, "lead_days", days))


def _cell_like(cells: pd.DataFrame, field: str, values: Array) -> np.ndarray:
    known = cells[cells["field"] == field]
    found = np.full(len(values), -1)
    for i, point in zip(known.index, known["point"], strict=True):
        found[np.isclose(values, point, rtol=1e-12)] = i
    return found


def _limits(assembly: Assembly, network: Network) -> tuple[tuple[int, float, tuple[Pair, ...]], ...]:
    table = assembly.world.table("trade_limits").set_index("limit")["share_of_reference"]
    nodes = network.nodes.set_index("node")
    links = network.links.set_index("link")
    ends = pd.DataFrame(
        {
            "commodity": nodes["commodity"].reindex(links["from_node"]).to_numpy(object),
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
        if share == share:
            members = network.quota_members.loc[network.quota_members["quota"] == quota, "member"]
            pairs = dict.fromkeys(ends.loc[members].itertuples(index=False, name=None))
            found.append((i, share, tuple(pairs)))
    return tuple(found)


def drawn_downstream(steps: Downstream, found: Drivers, cells: Array) -> Downstream:
    """Steps of metal and magnet making at one sample's yields and costs."""
    row = found.row

    def value(step: str, country: str, field: str, point: float) -> float:
        cell = row.get(name_of("downstream_steps", f"{step}|{country}", field), -1)
        return float(cells[cell]) if cell >= 0 else point

    drawn = {
        (s, c): replace(
            d,
            yield_share=replace(d.yield_share, point=value(s, c, "yield_share", d.yield_share.point)),
            usd_per_kg=replace(d.usd_per_kg, point=value(s, c, "usd_per_kg", d.usd_per_kg.point)),
        )
        for (s, c), d in steps.steps.items()
    }
    return replace(steps, steps=drawn)
