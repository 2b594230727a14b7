"""The chance that a firm has stopped, held against what firms did: Brier score, base rate, calibration."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import bootstrap, norm

from ytterby.demand.stops import WEEKS_PER_MONTH, StockCover
from ytterby.studies.delay.supply import ANY, supply_named
from ytterby.world.choices import choice
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]

RESAMPLES = 2000
"""Draws of firms with replacement for the interval of a score."""
LEVEL = 0.9
LONGEST = 520.0
"""Weeks of cover beyond which no firm is looked for: ten years."""
DAYS_PER_WEEK = 7.0


SCORED = {"model": "chance", "left_out": "left_out", "others_rate": "others_rate", "monthly_rate": "monthly_rate"}
"""Scores and the column of chances that each is of."""


@dataclass(frozen=True)
class StopRecord:
    """Firms of an episode, seen month by month."""

    table: pd.DataFrame
    """company, place, weeks (since the episode began), stopped (by then), chance (by the place's stock cover), left_out
    (chance by a cover fitted to the other firms), monthly_rate (share of the other firms that had stopped by then),
    others_rate (share of the other firms' rows, any month)."""
    fitted_median_weeks: float
    """Median cover that makes the record likeliest, weeks of normal use drawn; spread as in table ``stock_cover``."""

    def scores(self) -> dict[str, float]:
        """Brier scores (0 best, 0.25 a coin): model, left_out, base_rate (one share for all, which has seen each firm),
        others_rate (one share of the other firms), monthly_rate (the share of the other firms by month)."""
        truth = self.table["stopped"].to_numpy(dtype=float)
        found = {name: float(self._errors(column).mean()) for name, column in SCORED.items()}
        return {**found, "base_rate": float(((truth.mean() - truth) ** 2).mean())}

    def intervals(self) -> pd.DataFrame:
        """Intervals of the scores and of what the fitted model gains, firms drawn anew as wholes.

        Columns: score, value, low, high (5 and 95 %). Rows: ``scores`` without base_rate, and ``gain`` of left_out on
        others_rate and on monthly_rate: above 0 where the model is better. A firm's months stand or fall together, so
        that firms are the sample, not rows.
        """
        names = list(SCORED)
        errors = {n: self._errors(SCORED[n]) for n in names}
        errors["gain on others_rate"] = errors["others_rate"] - errors["left_out"]
        errors["gain on monthly_rate"] = errors["monthly_rate"] - errors["left_out"]
        firm = self.table["company"].to_numpy()
        sums = {name: pd.Series(e).groupby(firm).sum().to_numpy(dtype=float) for name, e in errors.items()}
        rows = pd.Series(firm).groupby(firm).size().to_numpy(dtype=float)
        out = []
        for name, total in sums.items():
            drawn = bootstrap(
                (total, rows), _ratio, paired=True, vectorized=True, confidence_level=LEVEL, method="percentile",
                n_resamples=RESAMPLES, rng=np.random.default_rng(0),
            ).confidence_interval  # fmt: skip
            out.append((name, float(total.sum() / rows.sum()), float(drawn.low), float(drawn.high)))
        return pd.DataFrame(out, columns=["score", "value", "low", "high"])

    def _errors(self, column: str) -> Array:
        truth = self.table["stopped"].to_numpy(dtype=float)
        return np.asarray((self.table[column].to_numpy(dtype=float) - truth) ** 2, dtype=float)

    def calibration(self, bins: int = 4) -> pd.DataFrame:
        """Chances in equal groups against what happened: expected, observed, n."""
        ordered = self.table.sort_values("left_out", ignore_index=True)
        group = np.minimum(bins - 1, np.arange(len(ordered)) * bins // len(ordered))
        return (
            ordered.groupby(group)
            .agg(expected=("left_out", "mean"), observed=("stopped", "mean"), n=("stopped", "size"))
            .reset_index(drop=True)
        )


def stop_record(world: World, path: str | None = None) -> StopRecord:
    """Score the chance of having stopped on the firms of table ``shortfall_events``.

    The supply path (setting ``stop-record-path``) counts from the day ``stop-record-start``. A firm is seen at the end
    of every month in which supply is short and of the one after, in which the last late goods arrive; firms that did
    not stop until their row ends. Counts of several
    stoppages and firms without a date are left out; a company counts once, with its first stop. Firms come from the
    press, so that stops are over-reported: the score tests their timing, not how common they were.
    Raises InputError where no firm is left.
    """
    supply = supply_named(world, path or choice(world, "stop-record-path"))
    start = pd.Timestamp(choice(world, "stop-record-start"))
    firms = _firms(world, start)
    skip = 12 * (start.year - supply.first_year) + start.month - 1
    rows = []
    for firm in firms.to_dict("records"):
        missing = supply.missing(str(firm["place"]), ANY, ANY)[skip:]
        # The first month has already begun: only what is left of it is missing.
        weeks = np.concatenate([[0.0], np.arange(1, missing.size + 1) * WEEKS_PER_MONTH - start.day / DAYS_PER_WEEK])
        drawn = np.concatenate([[0.0], np.maximum.accumulate(np.cumsum(missing * np.diff(weeks)))])
        short = np.flatnonzero(missing > 0)
        seen = slice(1, int(short[-1]) + 3 if short.size else 1)
        for when, amount in zip(weeks[seen], drawn[seen], strict=True):
            if not firm["ever"] and when > firm["weeks"] + DAYS_PER_WEEK:
                continue
            stopped = bool(firm["ever"] and firm["weeks"] <= when)
            at = float(np.interp(firm["weeks"], weeks, drawn))
            rows.append((firm["company"], firm["place"], float(when), stopped, float(amount), bool(firm["ever"]), at))
    if not rows:
        raise InputError("no record to score", [Fault("shortfall_events", "no dated firm", "at least one")])
    columns = ["company", "place", "weeks", "stopped", "drawn", "ever", "drawn_then"]
    table = pd.DataFrame(rows, columns=columns)
    covers = {p: StockCover.of(world, p) for p in set(table["place"])}
    sigma = float(np.mean([c.sigma_log for c in covers.values()]))
    table["chance"] = [_chance(d, covers[p]) for d, p in zip(table["drawn"], table["place"], strict=True)]
    once = table.drop_duplicates("company")
    fitted = {
        c: replace(covers[p], median_weeks=_fit(once[once["company"] != c], sigma), sigma_log=sigma)
        for c, p in zip(once["company"], once["place"], strict=True)
    }
    table["left_out"] = [_chance(d, fitted[c]) for d, c in zip(table["drawn"], table["company"], strict=True)]
    table["monthly_rate"] = [
        float(table.loc[(table["weeks"] == w) & (table["company"] != c), "stopped"].mean())
        for w, c in zip(table["weeks"], table["company"], strict=True)
    ]
    table["monthly_rate"] = table["monthly_rate"].fillna(float(table["stopped"].mean()))
    table["others_rate"] = [float(table.loc[table["company"] != c, "stopped"].mean()) for c in table["company"]]
    table["others_rate"] = table["others_rate"].fillna(0.5)  # one firm alone: a coin
    shown = ["company", "place", "weeks", "stopped", "chance", "left_out", "monthly_rate", "others_rate"]
    return StopRecord(table[shown], _fit(once, sigma))


def _ratio(total: Array, rows: Array, axis: int = -1) -> Array:
    """Mean error of rows from sums and numbers of rows by firm, along ``axis``."""
    return np.asarray(total.sum(axis=axis) / rows.sum(axis=axis), dtype=float)


def _firms(world: World, start: pd.Timestamp) -> pd.DataFrame:
    """company, place, ever (stopped), weeks (to its first stop, or seen running)."""
    table = world.table("shortfall_events")
    table = table[table["stopped"].notna() & (table["lost_unit"] != "stoppages")].copy()
    table["ever"] = table["stopped"].astype(bool)
    begin = (table["from_date"] - start).dt.days / DAYS_PER_WEEK
    end = (table["to_date"] - start).dt.days / DAYS_PER_WEEK
    table["weeks"] = table["weeks_to_stop"].fillna(begin).where(table["ever"], end)
    table = table[table["weeks"] > 0].sort_values("weeks")
    return table.drop_duplicates("company")[["company", "place", "ever", "weeks"]]


def _chance(drawn: float, cover: StockCover) -> float:
    return float(norm.cdf(np.log(drawn / cover.median_weeks) / cover.sigma_log)) if drawn > 0 else 0.0


def _fit(firms: pd.DataFrame, sigma: float) -> float:
    """Median cover of greatest likelihood: a density where a firm stopped, a chance of lasting where it did not."""
    ever = firms["ever"].to_numpy(dtype=bool)
    log_drawn = np.log(np.maximum(firms["drawn_then"].to_numpy(dtype=float), 1e-9))

    def unlikely(log_median: float) -> float:
        z = (log_drawn - log_median) / sigma
        return float(-norm.logpdf(z[ever]).sum() - norm.logsf(z[~ever]).sum())

    found = minimize_scalar(unlikely, bounds=(np.log(1 / DAYS_PER_WEEK), np.log(LONGEST)), method="bounded")
    return float(np.exp(found.x))
