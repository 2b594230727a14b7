"""One network, ready to be sampled: how each of its numbers follows from the cells that are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ytterby.chain.assemble import Assembly
from ytterby.chain.network import STOCK, Network
from ytterby.chain.settings import Settings
from ytterby.chain.supply import KG_PER_T
from ytterby.chain.use import UNNAMED_USE
from ytterby.market.arrays import MONEY, Array, Arrays
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.family import Family, Solved
from ytterby.market.simplex import Vertex
from ytterby.separation.downstream import Downstream, downstream
from ytterby.studies.ensemble.cells import (
    Licences,
    Lot,
    cost_cells,
    demand_cells,
    freight_of_links,
    licences,
    limits,
    new_capital,
    use_groups,
)
from ytterby.studies.ensemble.drivers import Drivers
from ytterby.studies.ensemble.measure import Measure
from ytterby.uncertainty.sample import name_of
from ytterby.world.terms import Stage

MAKING = (Stage.METAL.value, Stage.MAGNET.value)


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
    stock: np.ndarray
    """Activities that draw on stocks of users, and (K,) the row in the base network of the node that each fills."""
    stock_node: np.ndarray
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
    limits: tuple[tuple[int, float, tuple[Lot, ...]], ...]
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
    stock = np.flatnonzero(activities["kind"] == STOCK)
    drawn = recipes.drop_duplicates("activity").set_index("activity")["node"]
    use, elasticity, choke = demand_cells(assembly, demands, row)
    group, settled = use_groups(demands, factors)
    drawn_choke = found.points[choke] * KG_PER_T
    raw = np.where(choke >= 0, drawn_choke, demands["choke_usd_per_t"].to_numpy(float))
    return Template(
        name=name,
        family=family,
        measure=Measure(network),
        cost=activities["cost_usd_per_t"].to_numpy(float),
        cost_of_cell=cost_cells(assembly, activities, found),
        new_capital=new_capital(assembly, activities),
        making=makers,
        inputs=inputs,
        floor=np.flatnonzero(activities["minimum_t"] > 0),
        store=np.flatnonzero(activities["kind"] == "store"),
        stock=stock,
        stock_node=np.array([known[n] for n in drawn.reindex(activities["activity"].iloc[stock])], dtype=int),
        freight=freight_of_links(assembly, network.links),
        use_cell=use,
        elasticity_cell=elasticity,
        choke_cell=choke,
        choke=raw,
        use_group=group,
        settled=settled,
        gap=np.flatnonzero(unnamed),
        gap_demand={n: i for i, (n, u) in enumerate(zip(demands["node"], unnamed, strict=True)) if u},
        gap_supply={
            a.removeprefix("unrecorded:"): i
            for a, i in number.items()
            if a.removeprefix("unrecorded:") in set(gap_nodes)
        },
        licences=licences(assembly, network.links, found),
        limits=limits(assembly, network),
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
                    "demand": f"unnamed|{node}", "node": node, "good": UNNAMED_USE, "place": place,
                    "segment": "unnamed",
                    "use": UNNAMED_USE, "commodity": by_node.at[node, "commodity"], "reference_t": 0.0,
                    "reference_usd_per_t": 1.0, "elasticity": -1.0, "choke_usd_per_t": 10.0, "floor_share": 0.0,
                    "status": "fitted",
                }
            )  # fmt: skip
    made = pd.DataFrame(
        [
            {"activity": r["activity"], "node": r["activity"].removeprefix("unrecorded:"), "coefficient": 1.0}
            for r in supply
        ]
    )
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
