"""How long magnet users last: stocks differ between firms, so a shortage stops a few at once and most never, if it
is short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]

WEEKS_PER_MONTH = 365.25 / 12.0 / 7.0


@dataclass(frozen=True)
class StockCover:
    """Stock across firms: lognormal, in weeks of normal use."""

    median_weeks: float
    sigma_log: float
    catch_up_share: float = 0.0
    """Share of lost output that is made up once supply returns."""

    @classmethod
    def of(cls, world: World, place: str) -> StockCover:
        """Read a place's cover; raises UnknownNameError."""
        table = world.table("stock_cover").set_index("place")
        if place not in table.index:
            raise UnknownNameError("place", place, list(table.index), "table stock_cover")
        row = table.loc[place].to_dict()
        return cls(float(row["median_weeks"]), float(row["sigma_log"]), float(row["catch_up_share"]))

    def quantiles(self, n: int = 400) -> Array:
        """Cover at n equally likely firms, weeks; shape (n,)."""
        p = (np.arange(n) + 0.5) / n
        return np.asarray(self.median_weeks * np.exp(self.sigma_log * norm.ppf(p)), dtype=float)


def expected_lost_weeks(shortage_weeks: float | Array, cover: StockCover) -> Array:
    """Expected weeks of output lost over firms whose stock is lognormal, after a cumulated draw of
    ``shortage_weeks``.

        E[(D - c)+] = D N(d1) - m exp(sigma^2 / 2) N(d1 - sigma),   d1 = ln(D / m) / sigma

    D = shortage share x duration in weeks, m the median cover. It is the value of a put on the stock
    (Black and Scholes' integral). Shape follows ``shortage_weeks``; zero shortage gives zero.
    """
    d = np.atleast_1d(np.asarray(shortage_weeks, dtype=float))
    if np.any(d < 0):
        raise InputError("shortage below zero", [Fault("shortage_weeks", str(d.min()), "0 or more")])
    out = np.zeros_like(d)
    positive = d > 0
    if cover.sigma_log == 0:
        return np.asarray(np.maximum(0.0, d - cover.median_weeks), dtype=float)
    d1 = (np.log(d[positive]) - np.log(cover.median_weeks)) / cover.sigma_log
    mean = cover.median_weeks * np.exp(cover.sigma_log**2 / 2.0)
    out[positive] = d[positive] * norm.cdf(d1) - mean * norm.cdf(d1 - cover.sigma_log)
    return np.asarray(np.maximum(0.0, out), dtype=float)


def stop_probability(shortage_share: float, weeks: float | Array, cover: StockCover) -> Array:
    """Chance that a firm has stopped ``weeks`` after a shortage began: P(cover < share x weeks); shape of
    weeks."""
    d = np.atleast_1d(np.asarray(weeks, dtype=float)) * shortage_share
    out = np.zeros_like(d)
    out[d > 0] = norm.cdf((np.log(d[d > 0]) - np.log(cover.median_weeks)) / cover.sigma_log)
    return out


def line_stops(shortage: Sequence[float] | Array, cover: StockCover, n: int = 400) -> Array:
    """Share of output lost in each month of a path of shortages; shape (months,).

    ``shortage`` is the share of normal magnet supply that is missing, by month (negative: supply above
    normal, which refills stocks up to their normal level). Each firm uses its stock first and then stops in
    proportion.
    """
    missing = np.asarray(shortage, dtype=float) * WEEKS_PER_MONTH
    full = cover.quantiles(n)
    stock = full.copy()
    lost = np.zeros(len(missing))
    for month, draw in enumerate(missing):
        stock = np.minimum(full, stock - draw)
        short = np.maximum(0.0, -stock)
        stock = np.maximum(0.0, stock)
        lost[month] = float(short.mean()) / WEEKS_PER_MONTH
    return np.minimum(1.0, lost)


def brier(world: World, monthly_shortage: Sequence[float], outcomes: pd.DataFrame) -> pd.DataFrame:
    """Score the chance of having stopped against what firms did.

    ``monthly_shortage``: share missing by month from the start of the shock. ``outcomes``: place, weeks
    (since the start), stopped (bool), one row per firm and date. Returns the rows with ``chance`` and the
    squared errors ``model`` and ``base_rate`` (of predicting the mean of the rows): the Brier scores are
    their means.
    """
    draws = np.concatenate([[0.0], np.cumsum(np.asarray(monthly_shortage, float))]) * WEEKS_PER_MONTH
    edges = np.arange(draws.size) * WEEKS_PER_MONTH
    out = outcomes.copy()
    chance = []
    for row in out.to_dict("records"):
        drawn = float(np.interp(float(row["weeks"]), edges, draws))
        chance.append(float(stop_probability(1.0, drawn, StockCover.of(world, str(row["place"])))[0]))
    out["chance"] = chance
    truth = out["stopped"].astype(float)
    out["model"] = (out["chance"] - truth) ** 2
    out["base_rate"] = (float(truth.mean()) - truth) ** 2
    return out
