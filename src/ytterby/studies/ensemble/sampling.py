"""One sample: its numbers put into the base and every case, gaps closed afresh, solved and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd

from ytterby.chain.stocks import use_of
from ytterby.chain.supply import KG_PER_T
from ytterby.market.arrays import Array
from ytterby.market.demand_curve import SATURATION_SHARE, DemandCurves
from ytterby.market.family import Sample
from ytterby.separation.downstream import METAL_STEP, Downstream
from ytterby.studies.ensemble.anchors import BuildUp
from ytterby.studies.ensemble.cells import Lot
from ytterby.studies.ensemble.drivers import FREIGHT, Drivers, freight
from ytterby.studies.ensemble.measure import Plan
from ytterby.studies.ensemble.template import Priced, Template, drawn_downstream
from ytterby.studies.solve import SLACK, STORE
from ytterby.uncertainty.sample import name_of
from ytterby.world.errors import SolveError
from ytterby.world.terms import Stage

MARK, FAILED = "\t", "failed"
"""Between a case and its measure in an answer's name; the measure that says that a case has no answer."""


@dataclass(frozen=True)
class Anchored:
    """What one sample's base gives its cases."""

    cost: Array
    """Cost of every base node at observed oxide prices (N,), USD/t, and the same over its point value."""
    value_ratio: Array
    held: Mapping[str, tuple[float, float]]
    """What is bought without a name and what is offered without a record, t, by oxide node."""
    usual: Mapping[Lot, float]
    stock_ratio: tuple[Array, Array] | None = None
    """What users hold, and its usual price, over their point values, by base node (N,); None: nothing was solved."""


@dataclass(frozen=True)
class Sampler:
    """A picklable function of one sample's quantiles: the measures of base and cases."""

    drivers: Drivers
    gap: Template
    """The network in which recorded use is fixed and gaps are measured."""
    base: Template
    cases: tuple[Template, ...]
    build_up: BuildUp
    value: Array
    """Untaxed cost of every base node at point values (N,), USD/t."""
    stocks: pd.DataFrame
    """What users hold at point values (``chain.stocks.opening_stocks``)."""

    def __call__(self, shares: pd.Series) -> dict[str, float]:
        """Answers by ``case<TAB>measure``; a case that cannot be solved answers ``case<TAB>failed`` alone."""
        cells = self.drivers.values(shares)
        share = float(shares[FREIGHT])
        names = [self.base.name, *(c.name for c in self.cases)]
        try:
            anchored, answer = self._base(cells, share)
        except (SolveError, RuntimeError):
            return {f"{name}{MARK}{FAILED}": 1.0 for name in names}
        found = {f"{self.base.name}{MARK}{key}": value for key, value in answer.items()}
        for case in self.cases:
            try:
                answer = self._measured(case, self._sample(case, cells, share, anchored))[0]
            except (SolveError, RuntimeError):
                answer = {FAILED: 1.0}
            found.update({f"{case.name}{MARK}{key}": value for key, value in answer.items()})
        return found

    def _base(self, cells: Array, share: float) -> tuple[Anchored, dict[str, float]]:
        base = self.base
        cost, coefficient = self.made_at(base, cells)
        rates = freight(*base.freight, share)
        count = len(base.network.nodes)
        value = self.build_up.cost(cost, coefficient, rates, count)
        known = np.isfinite(value) & np.isfinite(self.value) & (self.value > 0)
        ratio = np.where(known, value / np.where(known, self.value, 1.0), 1.0)
        duty = base.network.links["duty_usd_per_t"].to_numpy(float) * ratio[self.build_up.start]
        anchors = self.build_up.cost(cost, coefficient, rates + duty, count)
        anchored = Anchored(anchors, ratio, self.held(cells, share), {})
        answer, plan = self._measured(base, self._sample(base, cells, share, anchored))
        return replace(anchored, usual=_usual(base, plan.flow_t), stock_ratio=self._stock_ratio(plan)), answer

    def _stock_ratio(self, plan: Plan) -> tuple[Array, Array]:
        """Use and price of every base node in a sample's base, over those that stocks were measured at."""
        network, point = self.base.network, self.stocks.set_index("node")
        use = use_of(
            network.activities, network.recipes.assign(coefficient=plan.coefficient), network.demands,
            pd.Series(plan.level_t, network.activities["activity"]),
            pd.Series(plan.bought_t, network.demands["demand"]),
        )  # fmt: skip
        node = network.nodes["node"]
        more = (use / point["use_t"]).reindex(node).fillna(1.0)
        dearer = (pd.Series(plan.price_usd_per_t, node) / point["usd_per_t"]).reindex(node).fillna(1.0)
        return more.clip(lower=0.0).to_numpy(float), dearer.clip(lower=0.0).to_numpy(float)

    def held(self, cells: Array, share: float) -> dict[str, tuple[float, float]]:
        """What is bought without a name and offered without a record, t by node, as studies.solve and chain.use do."""
        gap = self.gap
        cost, coefficient = self.made_at(gap, cells)
        sample = Sample(
            activity_cost_usd_per_t=cost, coefficient=coefficient, link_cost_usd_per_t=freight(*gap.freight, share),
            reference_t=_reference_t(gap, self.drivers, cells), limit_t=_tied(gap, self.drivers, cells),
        )  # fmt: skip
        level = cast(Array, gap.family.solve(sample, plan=True).level_t)
        total: dict[str, float] = {}
        for key, t in zip(gap.network.activities["activity"], level, strict=True):
            kind, _, node = str(key).partition(":")
            if kind in (SLACK, STORE):
                commodity = node.split("|")[0]
                total[commodity] = total.get(commodity, 0.0) + (t if kind == STORE else -t)
        split = gap.measure.kind[gap.measure.column] == "separation"
        made = np.where(split, np.maximum(coefficient * level[gap.measure.column], 0.0), 0.0)
        supply = pd.Series(made).groupby(gap.network.nodes["commodity"].to_numpy(object)[gap.measure.row]).sum()
        stock = _cell(self.drivers.row, cells, "stock-share", gap.settings.stock_share)
        found = {}
        for node in self.base.gap_supply:
            commodity = node.split("|")[0]
            gap_t, kept = total.get(commodity, 0.0), stock * float(supply.get(commodity, 0.0))
            found[node] = (kept + max(gap_t, 0.0), kept + max(-gap_t, 0.0))
        return found

    def made_at(self, t: Template, cells: Array) -> tuple[Array, Array]:
        """Activity costs (A,) and recipe coefficients (R,) at a sample's cells."""
        points, row = self.drivers.points, self.drivers.row
        cost = t.cost + t.cost_of_cell @ (cells - points)
        charge = row.get(name_of("model_settings", "capital-charge", "value"), -1)
        for stage, pays in t.new_capital.items():
            capital = row.get(name_of("expansion_costs", stage, "capital_usd_per_t"), -1)
            if charge >= 0 and capital >= 0:
                cost = cost + pays * (cells[capital] * cells[charge] - points[capital] * points[charge])
        coefficient = t.network.recipes["coefficient"].to_numpy(float).copy()
        drawn = drawn_downstream(t.steps, self.drivers, cells)
        for key, activities in t.making.items():
            extra, factor = _conversion(t.steps, drawn, *key)
            cost[activities] += extra
            coefficient[t.inputs[key]] *= factor
        return np.maximum(cost, 0.0), coefficient

    def _sample(self, t: Template, cells: Array, share: float, anchored: Anchored) -> Sample:
        network, row = t.network, self.drivers.row
        cost, coefficient = self.made_at(t, cells)
        links, activities, demands = network.links, network.activities, network.demands
        ratio = np.where(t.base_node >= 0, anchored.value_ratio[t.base_node], 1.0)
        price = np.where(t.base_node >= 0, anchored.cost[t.base_node], np.nan)[t.measure.buyer]
        price = np.where(np.isfinite(price), price, demands["reference_usd_per_t"].to_numpy(float))
        reference = _reference_t(t, self.drivers, cells)
        elasticity = np.where(t.elasticity_cell >= 0, cells[t.elasticity_cell], demands["elasticity"].to_numpy(float))
        choke = np.where(t.choke_cell >= 0, cells[t.choke_cell] * KG_PER_T, t.choke)
        elasticity[t.gap] = _cell(row, cells, "gap-elasticity", t.settings.gap_elasticity)
        choke[t.gap] = price[t.gap] * t.settings.value_of_slack
        capacity = activities["capacity_t"].to_numpy(float).copy()
        minimum = activities["minimum_t"].to_numpy(float).copy()
        minimum[t.floor] *= self._relative("china-state-floor", cells)
        for node, (bought, offered) in anchored.held.items():
            reference[t.gap_demand[node]] = bought
            capacity[t.gap_supply[node]] = minimum[t.gap_supply[node]] = offered
        if anchored.stock_ratio is not None:
            more, dearer = anchored.stock_ratio
            capacity[t.stock] *= more[t.stock_node]
            cost[t.stock] *= dearer[t.stock_node]
        allowance = links["capacity_t"].to_numpy(float).copy()
        usual = np.array([anchored.usual.get(p, 0.0) for p in t.licences.lot])
        if len(usual):
            allowance[t.licences.link] = usual * t.licences.share(cells)
        limit = _tied(t, self.drivers, cells)
        for i, part, lots in t.limits:
            limit[i] = part * sum(anchored.usual.get(p, 0.0) for p in lots)
        return Sample(
            activity_cost_usd_per_t=cost, activity_capacity_t=capacity,
            activity_minimum_t=np.minimum(minimum, capacity),
            link_cost_usd_per_t=freight(*t.freight, share), link_capacity_t=allowance, coefficient=coefficient,
            link_duty_usd_per_t=links["duty_usd_per_t"].to_numpy(float) * ratio[t.measure.start], reference_t=reference,
            reference_usd_per_t=price, elasticity=elasticity, choke_usd_per_t=np.maximum(choke, price), limit_t=limit,
        )  # fmt: skip

    def _relative(self, setting: str, cells: Array) -> float:
        cell = self.drivers.row.get(name_of("model_settings", setting, "value"), -1)
        return float(cells[cell] / self.drivers.points[cell]) if cell >= 0 else 1.0

    def _measured(self, t: Template, sample: Sample) -> tuple[dict[str, float], Plan]:
        solved = cast(Priced, t.family.solve(sample, plan=True))
        demands = t.network.demands
        price = cast(Array, sample.reference_usd_per_t)
        plan = Plan(
            price_usd_per_t=cast(Array, solved.dual_usd_per_t),
            level_t=cast(Array, solved.level_t),
            flow_t=cast(Array, solved.flow_t),
            bought_t=solved.bought_t,
            coefficient=cast(Array, sample.coefficient),
            activity_cost_usd_per_t=cast(Array, sample.activity_cost_usd_per_t),
            link_cost_usd_per_t=cast(Array, sample.link_cost_usd_per_t),
            link_duty_usd_per_t=cast(Array, sample.link_duty_usd_per_t),
            curves=DemandCurves(
                cast(Array, sample.reference_t), price, cast(Array, sample.elasticity),
                cast(Array, sample.choke_usd_per_t),
                SATURATION_SHARE * price, demands["floor_share"].to_numpy(float),
            ),
        )  # fmt: skip
        return t.measure(plan), plan


def _cell(row: Mapping[str, int], cells: Array, setting: str, otherwise: float) -> float:
    cell = row.get(name_of("model_settings", setting, "value"), -1)
    return float(cells[cell]) if cell >= 0 else otherwise


def _reference_t(t: Template, drivers: Drivers, cells: Array) -> Array:
    central = t.network.demands["reference_t"].to_numpy(float)
    factor = np.where(t.use_cell >= 0, cells[t.use_cell] / drivers.points[t.use_cell], 1.0)
    drawn = central * factor
    if not len(t.settled):
        return np.asarray(drawn)
    count = int(t.use_group.max()) + 1
    whole = [np.bincount(t.use_group, v, count)[t.use_group] for v in (central, drawn)]
    kept = np.isin(t.use_group, t.settled) & (whole[1] > 0)
    return np.asarray(drawn * np.where(kept, whole[0] / np.where(kept, whole[1], 1.0), 1.0))


def _tied(t: Template, drivers: Drivers, cells: Array) -> Array:
    limit = t.network.quotas["limit_t"].to_numpy(float).copy()
    cell = drivers.row.get(name_of("model_settings", "tied-supply-share", "value"), -1)
    if cell >= 0:
        limit[t.tied] *= cells[cell] / drivers.points[cell]
    return limit


def _conversion(point: Downstream, drawn: Downstream, stage: str, country: str) -> tuple[float, float]:
    """Change of the conversion cost, USD/t, and factor of the inputs of one stage in one country."""
    if stage == Stage.METAL.value:
        before, after = point.step(METAL_STEP, country), drawn.step(METAL_STEP, country)
        usd = after.usd_per_kg.point - before.usd_per_kg.point
        return usd * KG_PER_T, before.yield_share.point / after.yield_share.point
    was, now = point.magnet(country), drawn.magnet(country)
    return (now.usd_per_kg.point - was.usd_per_kg.point) * KG_PER_T, now.net_kg_per_kg.point / was.net_kg_per_kg.point


def _usual(base: Template, flow: Array) -> dict[Lot, float]:
    found: dict[Lot, float] = {}
    measure = base.measure
    names, tags = (base.network.nodes[c].to_numpy(object) for c in ("commodity", "origin_tag"))
    for i in np.flatnonzero(flow > 0):
        a, b = measure.start[i], measure.end[i]
        key = (str(names[a]), str(tags[a]), str(measure.place[a]), str(measure.place[b]))
        found[key] = found.get(key, 0.0) + float(flow[i])
    return found
