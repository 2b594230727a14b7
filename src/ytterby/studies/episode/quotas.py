"""Oxides under export quotas, or without, period after period: a market solved as the chain is, with users' stocks.

Use grows as before it was known; from the announcement on it answers as far as buyers have had time to adapt, from what
they bought and paid in the period before it. The ad valorem tax is on the price inside, which the market finds: solved
again until the two agree.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from ytterby import runs
from ytterby.chain.network import HELD, Network
from ytterby.chain.oxides import OxideMarket, node
from ytterby.chain.workings import workings
from ytterby.market import Outcome, equilibrium
from ytterby.studies.episode.months import Episode
from ytterby.studies.episode.stocks import Holdings, closing
from ytterby.studies.path.record import PathOutcome, Recorder
from ytterby.studies.periods import MONTHS_A_YEAR, Period
from ytterby.world import World
from ytterby.world.choices import number

QUOTA_PARTS = (
    "quota", "tax", "leakage", "stocks", "hoarding", "growth", "crackdown", "adaptation", "swiftness", "lead", "speed",
    "halt", "stock-building", "resource-tax",
)  # fmt: skip
"""What such an episode can be replayed without: the quota and embargo, export tax and VAT, unlicensed exports, users'
stocks, stocks built up for fear, growth of use, the fall of the exporter's output, buyers' adapting as years pass (they
answer as within months), their doing so faster than the share of use a year that was seen, the years that a new mine
takes (then new mines outside come where they pay, no faster than was seen), and with them the bound on their speed
(these three are bounds from inside the episode), the days on which plants stood still, what was put into stocks that
are not sold, the tax on ore."""
ROUNDS, AGREED = 12, 0.02
DAYS_A_YEAR = 365.25
CUT, SMALL = 0.05, 1e-3
"""A quota is cut if it is less than that of the year before by more than this share."""
NOTES = (
    "Money is in US dollars of the day. What China and the mines outside made each year is given, by source and date; "
    "so are plants that stood still and stocks put aside.",
    "Hoarding: buyers outside want more while the period's quota is below that of a year before; then they let it go.",
    "In-sample: the elasticities' prior (table elasticities) was drawn from 2010 to 2012 and 2025; so were the bounds "
    "on speed (substitution, supply outside, years to a mine): a replay may leave each out.",
)


def replay_quotas(
    world: World, episode: Episode, without: Sequence[str], progress: Callable[[float, str], None]
) -> PathOutcome:
    """Replay an episode of the market of oxides; raises SolveError naming what clashes."""
    market = OxideMarket.of(world, episode.name)
    buyers = Buyers(world, market, episode, bounded="swiftness" in without)
    base = _settled(partial(_base, market), market)
    holdings = Holdings.of(world, base, number(world, "saturation-share"))
    held = {str(k): float(v) for k, v in holdings.opening().items()}
    inside = _usual(market)
    recorder = Recorder()
    solved = base
    misfit = 0.0
    for i, period in enumerate(episode.months):
        progress(i / len(episode.months), period.label)
        if buyers.learns(period):
            holdings = holdings.anchored(solved, buyers.periods_a_year)
        demands = buyers.demands(period, solved, growing="growth" not in without, adapting="adaptation" not in without)
        network_of = _period(market.taxed_as_on(world, period.middle), episode, period, demands, without)
        wanted = holdings.wanted(network_of(inside), _afraid(market, holdings, period, without))
        solved = _settled(
            partial(_joined, network_of, None if "stocks" in without else holdings, held, wanted), market, inside
        )
        inside = _inside(market, solved)
        recorder.add(period.label, solved)
        if "stocks" not in without:
            held = {str(k): float(v) for k, v in closing(solved).items()}
        misfit = max(misfit, float(solved.meta.get("tax_misfit", 0.0)))
    meta = {
        **runs.describe(world, None, created_by="ytterby backtest"),
        "episode": episode.name, "title": episode.title, "known_on": episode.known_on.isoformat(),
        "months_a_period": episode.step, "without": list(without), "tax_misfit": misfit,
        "limited": market.limited, "notes": list(NOTES),
    }  # fmt: skip
    return recorder.outcome(meta, [])


Priced = Callable[[Mapping[str, float]], Network]
"""A period's network as a function of the prices inside on which the tax is taken."""


def _joined(
    network_of: Priced, holdings: Holdings | None, held: Mapping[str, float], wanted: pd.Series,
    inside: Mapping[str, float],
) -> Network:  # fmt: skip
    network = network_of(inside)
    return network if holdings is None else holdings.joined(network, held, wanted)


def _base(market: OxideMarket, inside: Mapping[str, float]) -> Network:
    return market.network(str(market.first), market.first, 1.0, market.demands(), inside)


def _settled(case: Priced, market: OxideMarket, start: Mapping[str, float] | None = None) -> Outcome:
    """Solve until the price on which the tax was taken is the price that is found, to AGREED."""
    inside = dict(start or _usual(market))
    solved: Outcome | None = None
    misfit = np.inf
    for turn in range(ROUNDS):
        solved = equilibrium(case(inside), intervals="none", start=solved)
        found = _inside(market, solved)
        misfit = max(abs(np.log(max(found[g], 1e-6) / max(inside[g], 1e-6))) for g in market.goods)
        if misfit <= AGREED:
            break
        weight = 1.0 if turn < 2 else 0.5
        inside = {g: inside[g] ** (1 - weight) * max(found[g], 1e-3) ** weight for g in market.goods}
    assert solved is not None
    return replace(solved, meta={**solved.meta, "tax_misfit": float(misfit)})


def _usual(market: OxideMarket) -> dict[str, float]:
    return {str(g): float(p) for g, p in market.usual_prices()["inside"].items()}


def _inside(market: OxideMarket, solved: Outcome) -> dict[str, float]:
    price = solved.balances.set_index("node")["price_usd_per_t"]
    return {g: float(price[node(g, market.home)]) for g in market.goods}


def _quota(market: OxideMarket, day: datetime.date) -> float:
    found = market.one("quota", day)
    return found if np.isfinite(found) else float("inf")


def _period(
    market: OxideMarket, episode: Episode, period: Period, demands: pd.DataFrame, without: Sequence[str]
) -> Priced:
    days = (period.last - period.first).days + 1
    barred = {}
    for row in market.terms[market.terms["term"] == "embargo"].itertuples():
        first, last = (
            max(pd.Timestamp(str(row.valid_from)).date(), period.first),
            min(pd.Timestamp(str(row.valid_to)).date(), period.last),
        )
        barred[str(row.item)] = max((last - first).days + 1, 0) / days
    limited = "quota" not in without
    worked = workings(market.terms, period.first, period.last, without)
    year = period.first.year
    return lambda inside: market.network(
        period.label, year, days / DAYS_A_YEAR, demands, inside,
        supply_year=market.first if "crackdown" in without else year,
        quota_t=_quota(market, period.middle) if limited else float("inf"),
        barred={p: s for p, s in barred.items() if s > 0} if limited else {},
        taxed="tax" not in without, leaking="leakage" not in without,
        entrants_t=_entrants(market, episode, period, without),
        worked=worked,
    )  # fmt: skip


def _entrants(market: OxideMarket, episode: Episode, period: Period, without: Sequence[str]) -> float:
    """What mines outside that are begun at the announcement may make by a period, t a year: nothing before the years
    that a mine takes, then a share of the world's output more each year."""
    lead = 0.0 if {"lead", "speed"} & set(without) else market.one("entry-years")
    years = (period.middle - episode.known_on).days / DAYS_A_YEAR - lead
    if market.values("entry-cost").empty or not years > 0:
        return 0.0
    world_t = float(market.made(market.first).sum().sum())
    return float("inf") if "speed" in without else market.one("entry-speed") * world_t * years


def _afraid(market: OxideMarket, holdings: Holdings, period: Period, without: Sequence[str]) -> set[str]:
    """Nodes whose holders want more: those outside, while the quota is below that of a year before."""
    if {"quota", "hoarding"} & set(without):
        return set()
    before = market.one("quota", period.middle - datetime.timedelta(days=round(DAYS_A_YEAR)))
    if not np.isfinite(before) or _quota(market, period.middle) >= (1.0 - CUT) * before:
        return set()
    table = holdings.table
    return set(table.loc[table["place"] != market.home, "node"])


class Buyers:
    """Use, period after period: its growth, and how far it answers to the price."""

    def __init__(self, world: World, market: OxideMarket, episode: Episode, *, bounded: bool) -> None:
        horizon = world.table("elasticities").groupby("horizon")["elasticity"].median()
        self.times = [0.0, 1.0, number(world, "adaptation-years")]
        self.elasticities = [float(horizon[h]) for h in ("months", "year", "three-years")]
        self.growth = market.values("growth")
        self.curves, self.anchored = market.demands(), datetime.date(market.first, 7, 1)
        self.known_on, self.periods_a_year = episode.known_on, MONTHS_A_YEAR / episode.step
        self.previous: Period | None = None
        self.told, self.bounded = False, bounded
        self.limit = market.one("adaptation-limit")

    def learns(self, period: Period) -> bool:
        """Is this the first period in which the episode is known, after one in which it was not?"""
        return period.last >= self.known_on and not self.told and self.previous is not None

    def demands(self, period: Period, before: Outcome, *, growing: bool, adapting: bool) -> pd.DataFrame:
        """Curves of a period, t a year: through the first year until the announcement, then through the period before
        it."""
        known = period.last >= self.known_on
        if self.learns(period) and self.previous is not None:
            self.curves, self.anchored, self.told = self._through(before), self.previous.middle, True
        self.previous = period
        years = (period.middle - self.anchored).days / DAYS_A_YEAR
        own, by_place = (self.curves[c].map(self.growth) for c in ("commodity", "place"))
        rate = own.fillna(by_place).fillna(0.0) if growing else 0.0
        since = max((period.middle - self.known_on).days / DAYS_A_YEAR, 0.0)
        since = since if adapting else 0.0
        elasticity = self.elasticity(since) if known else self.elasticities[-1]
        reference = self.curves["reference_t"] * (1.0 + rate) ** years
        if known and self.bounded:
            return self.curves.assign(reference_t=reference, elasticity=self._slow(before, since, elasticity))
        return self.curves.assign(reference_t=reference, elasticity=elasticity)

    def elasticity(self, since: float) -> float:
        """Own-price elasticity of use so many years after the announcement."""
        return float(np.interp(since, self.times, self.elasticities))

    def _slow(self, before: Outcome, since: float, elasticity: float) -> pd.Series:
        """Elasticities at which use falls by no more than the limit a year at the price last paid, and by no less than
        within months."""
        paid = before.consumption.set_index("demand")["price_usd_per_t"]
        rise = np.log(np.fmax(self.curves["demand"].map(paid) / self.curves["reference_usd_per_t"], 1.0 + SMALL))
        most = -np.log(1.0 - min(self.limit * since, 1.0 - SMALL)) / rise
        slow: pd.Series = most.clip(lower=-self.elasticities[0], upper=-elasticity)
        return -slow

    def _through(self, solved: Outcome) -> pd.DataFrame:
        """Curves through what was bought in a period and paid for it."""
        found = solved.consumption[solved.consumption["good"] != HELD].set_index("demand")
        price = self.curves["demand"].map(found["price_usd_per_t"])
        bought = self.curves["demand"].map(found["bought_t"]) * self.periods_a_year
        paid = price.where(price > 0, self.curves["reference_usd_per_t"])
        return self.curves.assign(reference_t=bought, reference_usd_per_t=paid)
