"""Month after month of an episode: rules of the day, licences as they are granted, stocks, sales put off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from ytterby import runs
from ytterby.chain.assemble import Assembly
from ytterby.chain.network import Network
from ytterby.chain.trade import LICENSED
from ytterby.chain.use import UNNAMED_USE
from ytterby.market import Outcome, equilibrium
from ytterby.market.inputs import checked
from ytterby.studies.episode.months import MONTHS_A_YEAR, Episode, Month, days_of_change, states
from ytterby.studies.episode.permits import Permits
from ytterby.studies.episode.stocks import HELD, Holdings, closing
from ytterby.studies.path.record import PathOutcome, Recorder
from ytterby.studies.solve import Base, base_case
from ytterby.world import Scenario, World
from ytterby.world.choices import number

Progress = Callable[[float, str], None]
Part = Literal["licences", "stocks", "hoarding", "waiting"]
PARTS: tuple[Part, ...] = ("licences", "stocks", "hoarding", "waiting")
"""What an episode can be replayed without: permissions, users' stocks, stocks built up for fear, sales put off."""
KEPT = ("balanced", "facts", "separation", "draft", "use_factors", "places", "base_prices")
"""Steps of the base year's assembly that no day changes."""


def replay(
    world: World | None = None,
    name: str = "",
    *,
    without: Sequence[Part] = (),
    progress: Progress | None = None,
) -> PathOutcome:
    """Replay an episode of the world month by month.

    Raises UnknownNameError for an episode that the world does not have, SolveError naming what clashes.
    """
    world = world or World.load()
    tell = progress or (lambda _done, _remark: None)
    episode = Episode.of(world, name)
    base = base_case(world)
    changes = days_of_change(world, base.assembly.rules, episode.months)
    if "licences" in without:
        changes = []
    standing_for = states(episode.months, changes)
    flows = base.reference.flows
    assert flows is not None
    usual = flows.groupby(["commodity", "origin_tag", "from_place", "to_place"])["t"].sum()
    permits = Permits(usual, changes)
    holdings = Holdings.of(world, base.outcome, base.assembly.settings.saturation_share)
    held: pd.Series = holdings.opening() if "stocks" not in without else pd.Series(dtype=float)
    backlog = Backlog.of(world)
    recorder = Recorder()
    case: tuple[Assembly, Network] | None = None
    at = ""
    solved: Outcome | None = None
    for i, month in enumerate(episode.months):
        tell(i / len(episode.months), month.label)
        day = standing_for[month.label].isoformat()
        if case is None or day != at:
            case, at = _case(base, day, waiting="waiting" not in without), day
        assembly, whole = case
        network = in_month(whole, permits.allowances(whole, assembly.trade, month))
        network = backlog.joined(network)
        if "stocks" not in without:
            waited = _waited_for(network) if "hoarding" not in without else set()
            wanted = holdings.wanted(network, waited)
            network = holdings.joined(network, {str(k): float(v) for k, v in held.items()}, wanted)
        solved = equilibrium(network, intervals="none", start=solved)
        recorder.add(month.label, solved)
        if "stocks" not in without:
            held = closing(solved)
        if "waiting" not in without:
            backlog.learn(solved)
    meta = {
        **runs.describe(world, None, created_by="ytterby backtest"),
        "episode": episode.name, "title": episode.title, "known_on": episode.known_on.isoformat(),
        "without": list(without), "notes": [],
    }  # fmt: skip
    return recorder.outcome(meta, [])


def in_month(whole: Network, allowance_t: np.ndarray) -> Network:
    """A twelfth of a year's network: every quantity a month is a twelfth of its year's, allowances apart (L,)."""
    share = 1.0 / MONTHS_A_YEAR
    activities = whole.activities.assign(
        capacity_t=whole.activities["capacity_t"] * share, minimum_t=whole.activities["minimum_t"] * share
    )
    return replace(
        whole,
        activities=activities,
        links=whole.links.assign(capacity_t=allowance_t),
        demands=whole.demands.assign(reference_t=whole.demands["reference_t"] * share),
        quotas=whole.quotas.assign(limit_t=whole.quotas["limit_t"] * share),
    )


def _case(base: Base, day: str, *, waiting: bool) -> tuple[Assembly, Network]:
    """The base year under the rules of a day, with buyers who have had months to adapt.

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
    assembly = Assembly(change.apply(base.assembly.world), base.assembly.year, base_year=base.assembly.year)
    assembly.__dict__.update({step: getattr(base.assembly, step) for step in KEPT})
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

    def joined(self, network: Network) -> Network:
        """The month's network with what is made up in it added to use."""
        more = network.demands["demand"].map(self.t).fillna(0.0).to_numpy(float) / self.months
        return replace(network, demands=network.demands.assign(reference_t=network.demands["reference_t"] + more))

    def learn(self, solved: Outcome) -> None:
        """Add what was not bought for want, take off what was made up."""
        table = solved.consumption[solved.consumption["good"] != HELD]
        for row in table.itertuples(index=False):
            key, place = str(row.demand), str(row.place)
            due = self.t.get(key, 0.0)
            made_up = due / self.months
            short = max(float(str(row.reference_t)) - made_up - float(str(row.bought_t)), 0.0)
            self.t[key] = due - made_up + self.share.get(place, 0.0) * short


__all__ = ["PARTS", "Month", "replay"]
