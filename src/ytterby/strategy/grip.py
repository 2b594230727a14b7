"""How much of the grip is ore, processing, transit and rules: every combination of levers solved, the loss shared out.

Loss is what everybody outside the dominant place loses together: surplus of buyers, rents of makers and holders,
taxes (``outside_welfare_usd`` of :mod:`ytterby.studies.ensemble`). What it costs the one who pulls is the same for the
dominant place.

Levers on transit and rules change which links there are and need a network of their own; those on ore and processing
are limits on links, so that their combinations are solved from one basis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from ytterby.chain.trade import LICENSED
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.family import Sample
from ytterby.strategy.levers import LEVERS, lever, shares_let_go
from ytterby.strategy.shapley import Coalition, coalitions, interactions, shapley
from ytterby.studies.ensemble import assembly_of
from ytterby.studies.ensemble.measure import Measure, Plan
from ytterby.studies.ensemble.template import Priced, PricedFamily
from ytterby.studies.solve import Base, base_case
from ytterby.world import Scenario, World

Progress = Callable[[float, str], None]
STEPS = 12
"""Most halvings in search of a depth at equal cost."""
NEAR = 0.01
"""Relative distance from the cost looked for that is near enough."""
WELFARE, REVENUE = "china_cost_usd", "china_revenue_lost_usd"
"""What pulling a lever costs: fields of :class:`Pulled`."""
NEGLIGIBLE = 1e-3
"""Share of the grand loss below which a lever is said to do nothing."""


@dataclass(frozen=True)
class Pulled:
    """What a set of levers does."""

    loss_usd: float
    """Loss outside the dominant place, USD a year."""
    china_cost_usd: float
    """Loss of the dominant place, USD a year; negative: it gains, since what does not leave is cheaper there."""
    china_revenue_lost_usd: float
    """Export revenue that it forgoes, USD a year."""


@dataclass(frozen=True)
class Leverage:
    """The grip by lever, in the world's base year."""

    table: pd.DataFrame
    """lever, alone_usd (loss outside, pulled alone), last_usd (pulled when all others are), shapley_usd, share (of the
    loss of all), china_cost_usd and china_revenue_lost_usd (of pulling it alone), loss_per_cost (blank where it costs
    nothing), equal_depth (share of its depth at which it costs as much as the cheapest), equal_cost_loss_usd (blank
    where not reachable), remark."""
    interactions: pd.DataFrame
    """a, b, usd: Shapley interaction; negative: substitutes."""
    coalitions: pd.DataFrame
    """levers, loss_usd, china_cost_usd, china_revenue_lost_usd of all sixteen."""
    notes: tuple[str, ...]
    """What was supposed, in sentences."""


class Grip:
    """Solves levers in one world; every set of levers once."""

    def __init__(self, world: World, levers: Mapping[str, Scenario] | None = None) -> None:
        self.base: Base = base_case(world)
        self.levers = dict(levers) if levers is not None else {name: lever(name) for name in LEVERS}
        self._families: dict[Coalition, tuple[PricedFamily, Measure]] = {}
        self._solved: dict[tuple[Coalition, tuple[tuple[str, float], ...]], dict[str, float]] = {}

    def on_links(self, name: str) -> bool:
        """Is the lever nothing but limits on links?"""
        return all(change.table == "trade_limits" for change in self.levers[name].changes)

    def effect(self, pulled: Coalition, depth: Mapping[str, float] | None = None) -> Pulled:
        """What a set of levers does; ``depth`` eases some of them (1: as in the file)."""
        first, now = self._answer(frozenset(), {}), self._answer(pulled, depth or {})
        return Pulled(
            first["outside_welfare_usd"] - now["outside_welfare_usd"],
            first["china_welfare_usd"] - now["china_welfare_usd"],
            first["china_revenue_usd"] - now["china_revenue_usd"],
        )

    def _answer(self, pulled: Coalition, depth: Mapping[str, float]) -> dict[str, float]:
        eased_ones = tuple(sorted((k, v) for k, v in depth.items() if k in pulled and v != 1.0))
        key = (pulled, eased_ones)
        if key not in self._solved:
            structure = frozenset(n for n in pulled if not self.on_links(n))
            family, measure = self._family(structure)
            self._solved[key] = _measured(family, measure, self._sample(family, pulled, dict(eased_ones)))
        return self._solved[key]

    def _family(self, structure: Coalition) -> tuple[PricedFamily, Measure]:
        """The network with these levers on ways and rules, and room for every lever on links."""
        if structure not in self._families:
            parts = [s for n, s in self.levers.items() if n in structure or self.on_links(n)]
            scenario = Scenario.stack(parts) if parts else Scenario.baseline()
            case = assembly_of(self.base, scenario)
            family = PricedFamily(case.network(self.base.reference))
            self._families[structure] = (family, Measure(family.network))
        return self._families[structure]

    def _sample(self, family: PricedFamily, pulled: Coalition, depth: Mapping[str, float]) -> Sample:
        """Limits of the levers that are pulled, eased; those of others out of reach; eased licences carry more.

        What licences carry is proportional to the share that is granted, so that easing them needs no new network.
        """
        quotas, links = family.network.quotas, family.network.links
        limit = quotas["limit_t"].to_numpy(float).copy()
        capacity = links["capacity_t"].to_numpy(float).copy()
        licensed = links["decision"].isin(LICENSED).to_numpy() & np.isfinite(capacity)
        beyond = 10.0 * float(family.network.demands["reference_t"].sum())
        for name, scenario in self.levers.items():
            factor = depth.get(name, 1.0)
            for key, share in shares_let_go(scenario):
                more = (1.0 - (1.0 - share) * factor) / share if share > 0 else 1.0
                own = quotas["quota"].eq(f"limit:{key}") | quotas["quota"].str.startswith(f"limit:{key}:")
                if key and name not in pulled:
                    limit[own] = beyond
                elif key:
                    limit[own] *= more
                elif name in pulled:
                    capacity[licensed] *= more
        return Sample(limit_t=limit if len(limit) else None, link_capacity_t=capacity)


def _measured(family: PricedFamily, measure: Measure, sample: Sample) -> dict[str, float]:
    network = family.network
    solved = cast(Priced, family.solve(sample))
    assert solved.dual_usd_per_t is not None
    assert solved.level_t is not None
    assert solved.flow_t is not None
    return measure(
        Plan(
            price_usd_per_t=solved.dual_usd_per_t,
            level_t=solved.level_t,
            flow_t=solved.flow_t,
            bought_t=solved.bought_t,
            coefficient=network.recipes["coefficient"].to_numpy(float),
            activity_cost_usd_per_t=network.activities["cost_usd_per_t"].to_numpy(float),
            link_cost_usd_per_t=network.links["cost_usd_per_t"].to_numpy(float),
            link_duty_usd_per_t=network.links["duty_usd_per_t"].to_numpy(float),
            curves=DemandCurves.of(network.demands),
        )
    )


def leverage(world: World, progress: Progress | None = None) -> Leverage:
    """Solve the sixteen combinations of the four levers in the base year and share the loss out.

    Raises SolveError where a combination leaves no market that clears.
    """
    return leverage_of(Grip(world), progress)


def leverage_of(grip: Grip, progress: Progress | None = None) -> Leverage:
    """The same for levers of one's own."""
    tell = progress or (lambda _done, _remark: None)
    names = list(grip.levers)
    sets = coalitions(names)
    effects: dict[Coalition, Pulled] = {}
    for number, pulled in enumerate(sets):
        tell(0.8 * number / len(sets), " + ".join(n for n in names if n in pulled) or "none")
        effects[pulled] = grip.effect(pulled)
    whole = frozenset(names)

    def loss(pulled: Coalition) -> float:
        return effects[pulled].loss_usd

    values, joint = shapley(names, loss), interactions(names, loss)
    tell(0.85, "at equal cost")
    equal, basis, target = _equal_cost(grip, names, effects)
    small = NEGLIGIBLE * abs(loss(whole))
    rows = []
    for name in names:
        alone = effects[frozenset({name})]
        depth, same, remark = equal[name]
        paid = getattr(alone, basis)
        rows.append(
            {
                "lever": name, "alone_usd": alone.loss_usd, "last_usd": loss(whole) - loss(whole - {name}),
                "shapley_usd": values[name], "share": values[name] / loss(whole) if loss(whole) else float("nan"),
                "china_cost_usd": alone.china_cost_usd, "china_revenue_lost_usd": alone.china_revenue_lost_usd,
                "loss_per_cost": alone.loss_usd / paid if paid > small else float("nan"),
                "equal_depth": depth, "equal_cost_loss_usd": same, "remark": remark,
            }
        )  # fmt: skip
    tables = (
        pd.DataFrame(rows),
        pd.DataFrame([(a, b, usd) for (a, b), usd in joint.items()], columns=["a", "b", "usd"]),
        pd.DataFrame(
            [
                (
                    "+".join(n for n in names if n in s),
                    effects[s].loss_usd,
                    effects[s].china_cost_usd,
                    effects[s].china_revenue_lost_usd,
                )
                for s in sets
            ],
            columns=["levers", "loss_usd", "china_cost_usd", "china_revenue_lost_usd"],
        ),
    )
    return Leverage(*tables, _notes(grip, basis, target))


def _equal_cost(
    grip: Grip, names: list[str], effects: Mapping[Coalition, Pulled]
) -> tuple[dict[str, tuple[float, float, str]], str, float]:
    """Ease every lever until it costs the one who pulls it as much as the cheapest does.

    Cost is welfare; where no lever costs any, the export revenue that is forgone. Returns depth, loss and remark by
    lever, the measure of cost, and the cost (USD a year).
    """
    whole = effects[frozenset(names)]
    small, nan = NEGLIGIBLE * abs(whole.loss_usd), float("nan")

    def paying(measure: str) -> dict[str, float]:
        cost = {n: float(getattr(effects[frozenset({n})], measure)) for n in names}
        return {n: c for n, c in cost.items() if c > small}

    basis = WELFARE if paying(WELFARE) else REVENUE
    cost = paying(basis)
    target = min(cost.values(), default=nan)
    found = {}
    for name in names:
        alone = effects[frozenset({name})]
        if abs(alone.loss_usd) <= small and name not in cost:
            found[name] = (nan, nan, "does nothing in the base year")
        elif name not in cost:
            found[name] = (nan, nan, "costs the one who pulls it nothing: no cost can be matched")
        elif cost[name] <= target * (1.0 + NEAR):
            found[name] = (1.0, alone.loss_usd, "")
        elif not shares_let_go(grip.levers[name]):
            found[name] = (nan, nan, "has one depth only")
        else:
            found[name] = _bisected(grip, name, basis, target)
    return found, basis, target


def _bisected(grip: Grip, name: str, basis: str, target: float) -> tuple[float, float, str]:
    low, high = 0.0, 1.0
    only = frozenset({name})
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        there = grip.effect(only, {name: middle})
        cost = float(getattr(there, basis))
        if abs(cost / target - 1.0) <= NEAR:
            return middle, there.loss_usd, ""
        low, high = (middle, high) if cost < target else (low, middle)
    return middle, there.loss_usd, f"nearest cost found: {cost / 1e6:,.1f} M USD"


def _notes(grip: Grip, basis: str, target: float) -> tuple[str, ...]:
    same = "No lever costs the one who pulls it anything."
    if target > 0:
        how = "."
        if basis == REVENUE:
            how = (
                ", counted as export revenue forgone: in welfare no lever costs China anything, since what does not "
                "leave is cheaper for its own buyers."
            )
        same = (
            f"At equal cost means {target / 1e6:,.0f} M USD a year to the one who pulls it, that of the cheapest "
            f"lever that costs anything{how}"
        )
    return (
        *(f"{s.title}: {s.description}" for s in grip.levers.values()),
        "Loss is that of everybody outside China together: buyers' surplus, rents and taxes. Shares are Shapley "
        "values over the sixteen combinations; a negative interaction means that each of two levers does what the "
        "other would have done: they hold back the same tonnes.",
        same,
        f"All for the base year {grip.base.assembly.year} with buyers who have had a year to adapt and no new "
        "plants. Other years cannot be tested: earlier markets are not in this world, later ones would be supposed.",
    )
