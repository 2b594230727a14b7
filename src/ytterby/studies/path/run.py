"""Year after year: what stands produces, what pays is begun, buyers adapt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ytterby import runs
from ytterby.chain.network import Network
from ytterby.demand import annual_demand
from ytterby.market import Outcome, equilibrium
from ytterby.market.inputs import checked
from ytterby.studies.assembling import assembly_of
from ytterby.studies.path.building import Expectations, Pipeline
from ytterby.studies.path.growth import growth_of_use, magnets_used
from ytterby.studies.path.idle import Mothballed
from ytterby.studies.path.record import PathOutcome, Recorder
from ytterby.studies.path.standing import Standing
from ytterby.studies.path.year import Template
from ytterby.studies.solve import Base, base_case
from ytterby.world import Scenario, World
from ytterby.world.choices import number
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Stage

Progress = Callable[[float, str], None]
MAY_BUILD = Scenario.parse(
    {
        "title": "New plants may be built",
        "changes": [
            {
                "table": "model_settings",
                "where": {"setting": "new-plants"},
                "set": {"value": 1.0},
                "because": "a path of years lets what pays be built",
            },
            {
                "table": "expansion_costs",
                "where": {"stage": "separation"},
                "set": {"bounded": False},
                "because": "in many years separators are built where none is announced",
            },
        ],
    }
)
LONG_RUN = "three-years"


def path(
    world: World | None = None,
    scenario: Scenario | str | None = None,
    *,
    last: int,
    expectations: Expectations = "myopic",
    bounded: bool = True,
    every: int | None = None,
    progress: Progress | None = None,
) -> PathOutcome:
    """Solve every year from the world's base year to ``last``.

    Each year: running plants compete at what running them costs; then, with ``myopic`` expectations, the year in which
    a mine begun now would run is planned as if today's rules and the last year's growth of use went on, and announced
    plants that pay at their full annual cost are begun. With ``foresight`` all years are one programme, solved for
    every so many of them (``every``; setting ``foresight-every``). ``bounded``: no faster than new supply was ever seen
    to grow. Raises InputError for bad input, SolveError naming what clashes and the year.
    """
    world = world or World.load()
    if isinstance(scenario, str):
        scenario = Scenario.load(scenario)
    tell = progress or (lambda _done, _remark: None)
    ground = Ground.of(world, scenario, last)
    if expectations == "foresight":
        from ytterby.studies.path.foresight import foreseen

        step = round(number(ground.world, "foresight-every")) if every is None else every
        if step < 1:
            raise InputError("years are solved one by one or in steps", [Fault("every", str(step), "1 or more")])
        return foreseen(ground, scenario, every=step, bounded=bounded, progress=tell)
    if every is not None:
        raise InputError(
            "only years foreseen are solved in steps", [Fault("every", str(every), "expectations foresight")]
        )
    network, template, first = ground.network, ground.template, ground.first
    pipeline = Pipeline.of(ground.world, ground.standing, expectations, bounded)
    habit = Adapting.of(ground.world, network.demands, first)
    idle = Mothballed.of(ground.world, ground.standing.dominant)
    lead = round(float(str(pipeline.times["years"].max())))
    recorder = Recorder()
    usual: dict[str, float] = {}
    solved: Outcome | None = None
    planned: Outcome | None = None
    years = list(range(first, last + 1))
    for number_, year in enumerate(years):
        tell(number_ / len(years), str(year))
        use = template.use(year) * habit.share
        stands = replace(pipeline.plants(year), closed=frozenset(idle.sites(year)))
        now = template.in_year(year, stands, use, planning=False, usual=usual)
        solved = equilibrium(now, intervals="none", start=solved)
        recorder.add(year, solved)
        usual = usual_trade(solved)
        idle.learn(solved, year)
        if expectations == "myopic" and year < last:
            pace = template.use(year) / template.use(max(year - 1, first))
            ahead = use * pace**lead
            goal = min(year + lead, last)
            wish = template.in_year(goal, pipeline.plants(year + lead), ahead, planning=True, usual=usual)
            planned = equilibrium(wish, intervals="none")
            pipeline.decide(planned, year, output_of(solved))
        habit.learn(solved)
    meta = {
        **runs.describe(world, scenario, created_by="ytterby path"),
        "first": first, "last": last, "expectations": expectations, "bounded": bounded,
        "mothballed": [row for row in idle.history if int(str(row["period"])) <= last],
        "notes": [*network.notes, *NOTES, *template.hosts.notes()],
    }  # fmt: skip
    return recorder.outcome(meta, pipeline.begun)


@dataclass(frozen=True)
class Ground:
    """What every way of expecting stands on: the base year, what stands in later years, and how use grows."""

    told: World
    """The world as it was given."""
    world: World
    """The world under the scenario, where new plants may be built."""
    base: Base
    network: Network
    """The base year with every plant that may be built, checked."""
    standing: Standing
    template: Template
    use: pd.Series
    """The world's use of magnets by year, as a multiple of the base year's."""
    first: int
    last: int

    @classmethod
    def of(cls, world: World, scenario: Scenario | None, last: int) -> Ground:
        """Assemble the base year; raises InputError for a last year that is none."""
        base = base_case(world)
        first = base.assembly.year
        if last <= first:
            raise InputError("a path ends after it begins", [Fault("last year", str(last), f"a year after {first}")])
        assembly = assembly_of(base, Scenario.stack([scenario, MAY_BUILD] if scenario else [MAY_BUILD]))
        growth = growth_of_use(assembly.world, first, last)
        network = checked(assembly.network(base.reference))
        use = magnets_used(network.demands, growth)
        standing = Standing.of(assembly.world, assembly, last, use)
        template = Template.of(network, base.outcome.network, assembly, standing, growth)
        return cls(world, assembly.world, base, network, standing, template, use, first, last)


NOTES = (
    "Rules, ways and taxes of the base year (or of the scenario's day) hold in every year.",
    "Price floors, offtakes and public purchases hold on their own dates; what is won from old magnets beyond the base "
    "year's comes at a cost that is assumed.",
    "A plant counts with the chance that such plants were built; it may fail or run whole, never in part.",
)


@dataclass
class Adapting:
    """Buyers adapt: use moves from its short to its long answer to a price, no faster than was ever seen."""

    share: np.ndarray
    """What adaptation has made of the use of each demand (D,)."""
    reference: np.ndarray
    """Reference price of each demand, USD/t (D,)."""
    short: np.ndarray
    long: np.ndarray
    """Elasticity within the year and after adaptation (D,)."""
    years: float
    most: float

    @classmethod
    def of(cls, world: World, demands: pd.DataFrame, year: int) -> Adapting:
        """Read both elasticities of every demand; use that no statistic names does not adapt."""
        table = annual_demand(world, year, LONG_RUN).set_index(["place", "good", "commodity"])["elasticity"]
        key = pd.MultiIndex.from_frame(demands[["place", "good", "commodity"]])
        short = demands["elasticity"].to_numpy(float)
        long = table.reindex(key).to_numpy(float)
        return cls(
            share=np.ones(len(demands)),
            reference=demands["reference_usd_per_t"].to_numpy(float),
            short=short,
            long=np.where(np.isfinite(long), np.minimum(long, short), short),
            years=number(world, "adaptation-years"),
            most=number(world, "thrift-per-year"),
        )

    def learn(self, solved: Outcome) -> None:
        """Move on by a year at the prices of one that is over."""
        price = solved.consumption["price_usd_per_t"].to_numpy(float)
        ratio = np.clip(price / self.reference, 1e-3, 1e3)
        goal = ratio ** (self.long - self.short)
        step = (goal / self.share) ** (1.0 / self.years)
        self.share = self.share * np.clip(step, 1.0 - self.most, 1.0 / (1.0 - self.most))


def usual_trade(solved: Outcome) -> dict[str, float]:
    """Trade in goods whose makers and buyers know one another after the year, t by quota of usual trade."""
    flows = solved.flows
    members = solved.network.quota_members
    held = members[members["quota"].str.startswith("usual:")].merge(
        flows[["link", "from_place", "to_place", "commodity"]], left_on="member", right_on="link"
    )
    pairs = held.drop_duplicates("quota").set_index(["from_place", "to_place"])["quota"]
    goods = flows["commodity"].isin(held["commodity"])
    moved = flows[goods].groupby(["from_place", "to_place"])["flow_t"].sum()
    known = moved.index.intersection(pairs.index)
    return dict(zip(pairs[known].astype(str), moved[known].astype(float), strict=True))


def output_of(solved: Outcome) -> dict[str, float]:
    """World output by stage, t."""
    made = solved.production[
        solved.production["kind"].isin([s.value for s in Stage] + [f"new {s.value}" for s in Stage])
    ]
    return {str(k): float(v) for k, v in made.groupby("stage")["level_t"].sum().items()}
