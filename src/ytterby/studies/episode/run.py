"""Period after period of an episode: rules of the day, licences as they are granted, stocks, sales put off."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from ytterby import runs
from ytterby.chain.assemble import Assembly
from ytterby.chain.network import HELD, Network
from ytterby.chain.trade import LICENSED
from ytterby.chain.use import UNNAMED_USE
from ytterby.market import Outcome, equilibrium
from ytterby.market.inputs import checked
from ytterby.studies.assembling import WAYS, changed_tables, keep, steps_kept
from ytterby.studies.episode.holds import freed
from ytterby.studies.episode.mixed import Ruled, in_period
from ytterby.studies.episode.months import Episode, days_of_change, states
from ytterby.studies.episode.permits import Permits
from ytterby.studies.episode.quotas import QUOTA_PARTS, replay_quotas
from ytterby.studies.episode.stocks import Holdings, closing
from ytterby.studies.path.record import PathOutcome, Recorder
from ytterby.studies.periods import Period, asked_for, period_of
from ytterby.studies.solve import Base, base_case
from ytterby.world import Scenario, World
from ytterby.world.choices import number
from ytterby.world.errors import Fault, InputError, UnknownNameError

Progress = Callable[[float, str], None]
Part = Literal["licences", "inspections", "stocks", "hoarding", "waiting"]
PARTS: tuple[Part, ...] = ("licences", "inspections", "stocks", "hoarding", "waiting")
"""What an episode can be replayed without: permissions, legal goods held at customs, users' stocks, stocks built up for
fear, sales put off."""
BUYERS = "demand_rows"
"""Step of an assembly that follows from how long buyers have had to adapt: months here, a year in the base."""


def parts(names: Sequence[str], allowed: Sequence[str] = PARTS) -> list[str]:
    """The parts of an episode that are named, in their order; raises UnknownNameError with near matches."""
    for name in names:
        if name not in allowed:
            raise UnknownNameError("part of an episode", name, allowed)
    return [p for p in allowed if p in names]


def parts_of(world: World, episode: str) -> tuple[str, ...]:
    """What an episode can be replayed without; raises UnknownNameError for one that the world does not have."""
    Episode.of(world, episode)
    return QUOTA_PARTS if _has_market(world, episode) else PARTS


def _has_market(world: World, episode: str) -> bool:
    """Does the episode bring its own market of oxides, for years that no balanced chain covers?"""
    return bool(world.table("oxide_terms")["episode"].eq(episode).any())


def replay(
    world: World | None = None,
    name: str = "",
    *,
    without: Sequence[str] = (),
    progress: Progress | None = None,
) -> PathOutcome:
    """Replay an episode of the world period by period.

    Raises UnknownNameError for an episode that the world does not have, SolveError naming what clashes.
    """
    world = world or World.load()
    episode = Episode.of(world, name)
    if _has_market(world, name):
        return replay_quotas(world, episode, without, progress or (lambda _done, _remark: None))
    recorder = _follow(world, episode.months, None, episode.months[0].first, without, progress)
    meta = {
        **runs.describe(world, None, created_by="ytterby backtest"),
        "episode": episode.name, "title": episode.title, "known_on": episode.known_on.isoformat(),
        "months_a_period": episode.step, "without": list(without), "notes": list(NOTES),
    }  # fmt: skip
    return recorder.outcome(meta, [])


def months(
    world: World | None = None,
    scenario: Scenario | str | None = None,
    *,
    first: str,
    last: str,
    by: str = "month",
    begins: str | None = None,
    without: Sequence[str] = (),
    progress: Progress | None = None,
) -> PathOutcome:
    """Solve month after month, or quarter after quarter, from ``first`` to ``last`` under a scenario that ``begins``.

    ``by``: month, quarter, half-year; ``first``, ``last`` and ``begins`` are written 2026-11, 2026-Q4, 2026-H2 or 2026.
    Law is read month by month in any case. Before the scenario begins, the world's own rules of the day hold. Raises
    InputError for periods that do not make sense, SolveError naming what clashes.
    """
    world = world or World.load()
    if isinstance(scenario, str):
        scenario = Scenario.load(scenario)
    asked = asked_for(first, last, by)
    start = _start(asked, begins)
    recorder = _follow(world, asked, scenario, start.first, without, progress)
    meta = {
        **runs.describe(world, scenario, created_by="ytterby months"),
        "first": first, "last": last, "begins": start.label, "months_a_period": asked[0].months,
        "without": list(without), "notes": list(NOTES),
    }  # fmt: skip
    return recorder.outcome(meta, [])


def _start(asked: tuple[Period, ...], begins: str | None) -> Period:
    """The period in which the scenario begins; raises InputError for one outside those that are asked for."""
    expected = f"a period from {asked[0].label} to {asked[-1].label}"
    try:
        start = period_of(begins or asked[0].label)
    except ValueError:
        start = None
    if start is None or not asked[0].first <= start.first <= asked[-1].last:
        raise InputError("the scenario begins outside the periods", [Fault("begins", str(begins), expected)])
    return start


NOTES = (
    "Use, mines and plants stay at their share of the base year's; what moves is rules, ways, taxes and licences.",
    "Stocks of users, weeks of cover and what of a lost sale is made up later are rows of table stock_cover.",
)


def _follow(
    world: World,
    asked: tuple[Period, ...],
    scenario: Scenario | None,
    start: datetime.date,
    without: Sequence[str],
    progress: Progress | None,
) -> Recorder:
    """Solve period after period, each from what the one before it left; the law is that of its months."""
    tell = progress or (lambda _done, _remark: None)
    base = base_case(world)
    changes = days_of_change(world, base.assembly.rules, asked) if "licences" not in without else []
    standing_for = states(tuple(m for period in asked for m in period.split()), changes)
    flows = base.reference.flows
    assert flows is not None
    usual = flows.groupby(["commodity", "origin_tag", "from_place", "to_place"])["t"].sum()
    permits = Permits(usual, sorted({*changes, start}) if scenario else changes, asked[0].split()[0].label)
    permits.clearance_days = number(world, "clearance-days")
    holdings = Holdings.of(world, base.outcome, base.assembly.settings.saturation_share)
    held: pd.Series = holdings.opening() if "stocks" not in without else pd.Series(dtype=float)
    backlog = Backlog.of(world)
    recorder = Recorder()
    cases: dict[tuple[str, bool], tuple[Assembly, Network]] = {}
    solved: Outcome | None = None
    for i, period in enumerate(asked):
        tell(i / len(asked), period.label)
        ruled: list[Ruled] = []
        seen = dict(cases)
        cases = {}
        for month in period.split():
            begun = scenario is not None and month.first >= start
            key = (standing_for[month.label].isoformat(), begun)
            if key not in cases:
                cases[key] = seen.get(key) or _case(
                    base, key[0], scenario if begun else None, waiting="waiting" not in without
                )
            assembly, whole = cases[key]
            allowed = permits.allowances(whole, assembly.trade, month)
            if "inspections" not in without:
                allowed = np.minimum(allowed, freed(assembly.world.table("customs_holds"), whole, usual, month))
            ruled.append(Ruled(month, whole, allowed))
        network = in_period(ruled, permits.by_link([r.network.links for r in ruled]))
        network = backlog.joined(network, period.months)
        if "stocks" not in without:
            waited = _waited_for(ruled[-1].network) if "hoarding" not in without else set()
            wanted = holdings.wanted(network, waited)
            network = holdings.joined(network, {str(k): float(v) for k, v in held.items()}, wanted)
        solved = equilibrium(network, intervals="none", start=solved)
        recorder.add(period.label, solved)
        if "stocks" not in without:
            held = closing(solved)
        if "waiting" not in without:
            backlog.learn(solved, period.months)
    return recorder


def _case(base: Base, day: str, scenario: Scenario | None, *, waiting: bool) -> tuple[Assembly, Network]:
    """The base year under the rules of a day and a scenario, with buyers who have had months to adapt.

    Their curves pass through what the base year's solution sells at its prices, so that without a change nothing moves.
    With ``waiting`` nobody pays more for a part now than what waiting for it costs: of a sale put off, the share that
    is made up later is not lost, so that of what a part is worth above its usual price only the rest is bid.
    """
    change = Scenario.parse(
        {
            "title": f"Rules of {day}",
            "changes": [
                {
                    "table": "model_settings",
                    "where": {"setting": setting},
                    "set": {"choice": value},
                    "because": "an episode is solved month by month under the rules of its days",
                }
                for setting, value in (("rules-on", day), ("demand-horizon", "months"))
            ],
        }
    )
    case = Scenario.stack([scenario, change]) if scenario else change
    changed = WAYS | (changed_tables(scenario) if scenario else set())
    assembly = Assembly(case.apply(base.assembly.world), base.assembly.year, base_year=base.assembly.year)
    keep(assembly, base.assembly, steps_kept(changed) - {BUYERS})
    network = checked(assembly.network(base.reference))
    sold = base.outcome.consumption.set_index("demand")
    demands = network.demands
    bought = demands["demand"].map(sold["bought_t"]).fillna(demands["reference_t"])
    price = demands["demand"].map(sold["price_usd_per_t"])
    usual = price.where(price.gt(0) & bought.gt(0), demands["reference_usd_per_t"])
    choke = pd.Series(np.fmax(demands["choke_usd_per_t"], usual), index=demands.index)
    if waiting:
        made_up = demands["place"].map(Backlog.of(base.assembly.world).share).fillna(0.0)
        named = demands["use"].ne(UNNAMED_USE)
        choke = choke.where(~named, usual + (1.0 - made_up) * (choke - usual))
    demands = demands.assign(reference_t=bought, reference_usd_per_t=usual, choke_usd_per_t=choke)
    return assembly, replace(network, demands=demands)


def _waited_for(network: Network) -> set[str]:
    """Nodes to which something comes only with a permission, and those that draw on them without asking for origin."""
    links = network.links[network.links["decision"].isin(LICENSED)]
    ends = set(links["to_node"])
    accept = network.activities.loc[network.activities["kind"] == "accept", "activity"]
    recipes = network.recipes[network.recipes["activity"].isin(accept)]
    fed = set(recipes.loc[recipes["node"].isin(ends) & recipes["coefficient"].lt(0), "activity"])
    return ends | set(recipes.loc[recipes["activity"].isin(fed) & recipes["coefficient"].gt(0), "node"])


class Backlog:
    """Sales put off for want of parts: a share of them is made up over the months that follow."""

    def __init__(self, share: dict[str, float], months: float) -> None:
        self.share, self.months = share, months
        self.t: dict[str, float] = {}

    @classmethod
    def of(cls, world: World) -> Backlog:
        """Read what each place's makers catch up, and over how long."""
        cover = world.table("stock_cover").set_index("place")["catch_up_share"]
        return cls({str(k): float(v) for k, v in cover.items()}, number(world, "catch-up-months"))

    def joined(self, network: Network, months: int = 1) -> Network:
        """The network of a period of some months with what is made up in it added to use."""
        more = network.demands["demand"].map(self.t).fillna(0.0).to_numpy(float) * self._made_up(months)
        return replace(network, demands=network.demands.assign(reference_t=network.demands["reference_t"] + more))

    def learn(self, solved: Outcome, months: int = 1) -> None:
        """Add what was not bought for want, take off what was made up."""
        table = solved.consumption[solved.consumption["good"] != HELD]
        for row in table.itertuples(index=False):
            key, place = str(row.demand), str(row.place)
            due = self.t.get(key, 0.0)
            made_up = due * self._made_up(months)
            short = max(float(str(row.reference_t)) - made_up - float(str(row.bought_t)), 0.0)
            self.t[key] = due - made_up + self.share.get(place, 0.0) * short

    def _made_up(self, months: int) -> float:
        """Share of what is due that is made up in some months, one part in ``self.months`` of what is left in each."""
        return float(1.0 - (1.0 - 1.0 / self.months) ** months)


__all__ = ["PARTS", "months", "parts", "parts_of", "replay"]
