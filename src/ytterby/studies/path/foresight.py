"""Perfect foresight: every year to the last in one programme; what is built is what the whole of them is best off with.

The competitive equilibrium of builders who know all prices to come is the plan that makes discounted welfare largest
(Samuelson 1952, over time as over space). Buyers still adapt, and makers and buyers still learn to know one another, no
faster than was ever seen: both follow from prices and trade, so that the programme is solved again with what they have
become until prices settle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ytterby import runs
from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium
from ytterby.studies.path.building import BUILT_BY, STAGES, Pipeline
from ytterby.studies.path.foresight_joined import BUILD, Option, joined, taken_apart, worth_of
from ytterby.studies.path.record import PathOutcome, Recorder
from ytterby.studies.path.run import NOTES, Adapting, Ground, output_of, usual_trade
from ytterby.studies.path.year import NEW, Template
from ytterby.world.choices import number
from ytterby.world.terms import Stage

if TYPE_CHECKING:
    from ytterby.world import Scenario

Progress = Callable[[float, str], None]
ROUNDS = 6
"""Most times that the whole is solved."""
SETTLED = 0.01
"""Relative change of prices, mean by what is paid, from which another round is left out."""
WHY = "pays over the years foreseen"
BEGUN_T = 1.0
"""Capacity, t, below which nothing is taken to be begun."""


@dataclass(frozen=True)
class Horizon:
    """What joins the years: solved years, what each is worth, what may be built and how fast."""

    years: list[int]
    worth: dict[int, float]
    options: list[Option]
    allowed_t: dict[str, dict[int, float]]

    @classmethod
    def of(cls, ground: Ground, pipeline: Pipeline, every: int) -> Horizon:
        """Read the options from what the base year's network knows of new plants."""
        first, last = ground.first, ground.last
        years = [*range(first, last, every), last]
        speed, grown = pipeline.speed, ground.use
        made = output_of(ground.base.outcome)
        allowed: dict[str, dict[int, float]] = {}
        for stage in STAGES if np.isfinite(speed) else ():
            per_year = {int(str(y)): speed * made.get(stage, 0.0) * float(g) for y, g in grown.items()}
            allowed[stage] = {y: sum(t for at, t in per_year.items() if at <= y) for y in years}
        worth = worth_of(years, number(ground.world, "path-discount"))
        return cls(years, worth, options_of(ground.template, pipeline), allowed)


def options_of(template: Template, pipeline: Pipeline) -> list[Option]:
    """Announced sites that are not begun, and new capacity at places that have or plan a maker of the stage."""
    network = template.network
    table = network.activities.assign(capital=template.capital.to_numpy(float))
    quotas, begun = set(network.quotas["quota"]), pipeline.begun_sites()
    found = []

    def option(site: str, stage: str, place: str, most_t: float, capital: float, limit: str) -> Option:
        years, ramp = (float(str(pipeline.times.at[stage, c])) for c in ("years", "ramp_years"))
        chance = pipeline.chance.get(BUILT_BY.get(stage, ""), 1.0)
        return Option(site, stage, place, most_t, round(years), ramp, chance, capital, limit)

    for name, row in template.standing.candidates().iterrows():
        site, stage = str(name), str(row["stage"])
        own = table[table["site"].eq(site) & table["stage"].eq(stage) & table["capital"].gt(0)]
        if site in begun or stage not in BUILT_BY or own.empty:
            continue
        limit = f"mine:{site}" if stage == Stage.MINE.value else f"capacity:{site}"
        if limit in quotas or limit in set(own["activity"]):
            most = float(row["announced_t"]) * float(template.hosts.share(site, template.hosts.last))
            capital = float(own["capital"].iloc[0])
            found.append(option(site, stage, str(row["place"]), most, capital, limit))
    fresh = table[table["kind"].str.startswith(NEW)]
    for key, group in fresh.groupby(["stage", "place"]):
        stage, place = (str(k) for k in key)
        limit = f"capacity:{stage}:{place}"
        if limit in quotas:
            found.append(option("", stage, place, float("inf"), float(group["capital"].iloc[0]), limit))
    return found


def foreseen(
    ground: Ground, scenario: Scenario | None, *, every: int, bounded: bool, progress: Progress
) -> PathOutcome:
    """Solve all years at once; see :func:`ytterby.studies.path.path`."""
    pipeline = Pipeline.of(ground.world, ground.standing, "foresight", bounded)
    horizon = Horizon.of(ground, pipeline, every)
    found = settled(ground, pipeline, horizon, progress)
    recorder = Recorder()
    for year, solved in found.by_year.items():
        recorder.add(year, solved)
    for row in begun(found.whole, horizon):
        pipeline.begun.append(row)
    meta = {
        **runs.describe(ground.told, scenario, created_by="ytterby path"),
        "first": ground.first, "last": ground.last, "expectations": "foresight", "bounded": bounded,
        "every": every, "worth": {str(y): w for y, w in horizon.worth.items()}, "rounds": found.rounds,
        "price_change": found.change, "welfare_usd": welfare(found.whole),
        "columns": found.whole.meta["columns"], "rows": found.whole.meta["rows"],
        "notes": [*ground.network.notes, *NOTES, *ground.template.hosts.notes(), *_notes(found)],
    }  # fmt: skip
    return recorder.outcome(meta, pipeline.begun)


@dataclass(frozen=True)
class Foreseen:
    """All years solved at once, after buyers have adapted to it."""

    networks: dict[int, Network]
    """Each year with what stands, and with what use and usual trade have become."""
    whole: Outcome
    by_year: dict[int, Outcome]
    rounds: int
    change: float
    """Relative change of prices in the last round, mean by what is paid."""


def settled(ground: Ground, pipeline: Pipeline, horizon: Horizon, progress: Progress) -> Foreseen:
    """Solve the whole, let buyers adapt to its prices, and again until prices settle."""
    shares = {y: np.ones(len(ground.network.demands)) for y in horizon.years}
    usual: dict[int, dict[str, float]] = {y: {} for y in horizon.years}
    whole: Outcome | None = None
    before: pd.Series | None = None
    change = float("inf")
    for number_ in range(ROUNDS):
        progress(number_ / ROUNDS, f"round {number_ + 1}")
        networks = {
            year: standing_only(
                ground.template.in_year(
                    year, pipeline.plants(year), ground.template.use(year) * shares[year], planning=False,
                    usual=usual[year],
                )
            )
            for year in horizon.years
        }  # fmt: skip
        program = joined(networks, horizon.options, horizon.worth, horizon.allowed_t)
        whole = equilibrium(program, intervals="none", start=whole)
        by_year = {y: taken_apart(whole, y, networks[y], horizon.worth[y]) for y in horizon.years}
        paid = whole.consumption.set_index("demand")
        if before is not None:
            off = (paid["price_usd_per_t"] / before - 1.0).abs()
            change = float((off * paid["paid_usd"]).sum() / paid["paid_usd"].sum())
        before = paid["price_usd_per_t"]
        if change <= SETTLED:
            break
        habit = Adapting.of(ground.world, ground.network.demands, ground.first)
        for year, after in zip(horizon.years, horizon.years[1:], strict=False):
            for _ in range(after - year):
                habit.learn(by_year[year])
            shares[after] = habit.share
            usual[after] = usual_trade(by_year[year])
    assert whole is not None
    return Foreseen(networks, whole, by_year, number_ + 1, change)


def welfare(whole: Outcome) -> float:
    """Discounted welfare of all years, USD: what buyers have of it less all costs; taxes and rents stay inside."""
    table = whole.welfare.set_index(["account", "item"])["usd"]
    cost = table["memo", "resource cost: production"] + table["memo", "resource cost: transport"]
    return float(table["memo", "worth of what is bought"] - cost)


def valued(found: Foreseen, horizon: Horizon, built: Mapping[str, float]) -> Outcome:
    """The same years with the same buyers where exactly this is built, t by build key: what other plans are worth."""
    program = joined(found.networks, horizon.options, horizon.worth, horizon.allowed_t, built)
    return equilibrium(program, intervals="none")


def as_built(plants: pd.DataFrame, horizon: Horizon) -> dict[str, float]:
    """Decisions of another path as build keys, each in the solved year nearest to it that can still yield, t."""
    by_limit = {(o.site, o.stage, o.place): o for o in horizon.options}
    built: dict[str, float] = {}
    for row in plants.itertuples(index=False):
        option = by_limit.get((str(row.site), str(row.stage), str(row.place)))
        year = min(horizon.years, key=lambda y: (abs(y - int(str(row.decided))), y))
        if option is not None and any(option.share(year, y) for y in horizon.years):
            built[option.key(year)] = built.get(option.key(year), 0.0) + float(str(row.capacity_t))
    return built


def begun(whole: Outcome, horizon: Horizon) -> list[dict[str, object]]:
    """Plants that the whole begins, as the rows of a pipeline."""
    levels = whole.production[whole.production["kind"] == BUILD].set_index("activity")["level_t"]
    rows: list[dict[str, object]] = []
    for option in horizon.options:
        for year in horizon.years:
            t = float(levels.get(option.key(year), 0.0))
            if t > BEGUN_T:
                rows.append(
                    {
                        "site": option.site, "stage": option.stage, "place": option.place, "capacity_t": t,
                        "decided": year, "ready": year + option.years, "chance": option.chance, "why": WHY,
                    }
                )  # fmt: skip
    return rows


def standing_only(network: Network) -> Network:
    """The network without activities on capacity yet to be built: building is a decision of its own here."""
    fresh = set(network.activities.loc[network.activities["kind"].str.startswith(NEW), "activity"])
    return replace(
        network,
        activities=network.activities[~network.activities["activity"].isin(fresh)],
        recipes=network.recipes[~network.recipes["activity"].isin(fresh)],
        quota_members=network.quota_members[~network.quota_members["member"].isin(fresh)],
    )


def _notes(found: Foreseen) -> list[str]:
    notes = [
        "Capital is charged as an annuity in every modelled year from first output on; years are discounted at the "
        "rate behind that charge; what plants earn and cost after the last year is left out.",
        "What may be begun by a year is the speed that was seen times the base year's output, grown with use.",
        "A price floor pays what its own year's price lacks; a solved year's contracts hold in all the years that it "
        "stands for. Payments and prices are solved again until both agree.",
        "Parts of a site may be begun: one programme knows no whole numbers.",
    ]
    if found.change > SETTLED:
        notes.append(
            f"Buyers' adaptation was still moving prices by {found.change:.1%} after {found.rounds} rounds; "
            f"{SETTLED:.0%} was asked for."
        )
    return notes
