"""Curves of adoption: logistic, Bass, and the pull of a policy target; and what a dearer car does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import curve_fit

from ytterby.world.errors import Fault, InputError

Array = npt.NDArray[np.float64]

ALMOST = 0.98
"""Share that a curve towards a target of all sales is aimed at: the odds of one are infinite."""


@dataclass(frozen=True)
class LogisticFit:
    """Share of sales s(t) = ceiling / (1 + exp(-rate (t - midpoint)))."""

    region: str
    ceiling: float
    rate: float
    """Growth rate of the odds, 1/year."""
    midpoint: float
    """Year in which half of the ceiling is reached."""
    first_year: int
    last_year: int

    def share(self, years: Sequence[int] | Array) -> Array:
        """Share of car sales in these years, 0 to 1; shape (n,)."""
        t = np.asarray(years, dtype=float)
        return np.asarray(self.ceiling / (1.0 + np.exp(-self.rate * (t - self.midpoint))), dtype=float)


@dataclass(frozen=True)
class BassFit:
    """Share of sales s(t) = ceiling (1 - e) / (1 + (q / p) e), e = exp(-(p + q)(t - start))."""

    region: str
    ceiling: float
    innovation: float
    """p, 1/year: who buys whatever others do."""
    imitation: float
    """q, 1/year: who buys because others have."""
    start: float
    """Year before the first in which the share is taken as nothing."""
    first_year: int
    last_year: int

    def share(self, years: Sequence[int] | Array) -> Array:
        """Share of car sales in these years, 0 to 1; shape (n,)."""
        return _bass(np.asarray(years, dtype=float) - self.start, self.innovation, self.imitation) * self.ceiling


@dataclass(frozen=True)
class TargetPull:
    """From the last share to a target known by then: odds grow at one rate; a curve that is ahead is left alone."""

    region: str
    last_year: int
    last_share: float
    target_year: int
    target_share: float
    binding: bool = False
    """Whether makers must meet it."""

    def share(self, years: Sequence[int] | Array) -> Array:
        """Share of car sales in these years, 0 to 1; shape (n,)."""
        aim = min(self.target_share, ALMOST)
        rate = (_log_odds(aim) - _log_odds(self.last_share)) / (self.target_year - self.last_year)
        ahead = _log_odds(self.last_share) + max(0.0, rate) * (np.asarray(years, dtype=float) - self.last_year)
        return np.asarray(1.0 / (1.0 + np.exp(-ahead)), dtype=float)


def fit_logistic(
    years: Sequence[int] | Array,
    shares: Sequence[float] | Array,
    *,
    region: str = "",
    ceiling: float = 1.0,
    window: int = 6,
) -> LogisticFit:
    """Fit the odds of the last ``window`` years by least squares on the logarithm, with a given ceiling.

    ``years`` and ``shares`` have shape (n,), shares above 0 and below the ceiling. Needs at least three
    points. The ceiling is a premise, not fitted: a young curve does not know where it ends.
    """
    t, s = np.asarray(years, dtype=float), np.asarray(shares, dtype=float)
    keep = (s > 0) & (s < ceiling) & np.isfinite(s)
    t, s = t[keep][-window:], s[keep][-window:]
    if len(t) < 3:
        raise InputError("too few points for a curve", [Fault("shares", f"{len(t)} usable points", "at least three")])
    log_odds = np.log(s / (ceiling - s))
    weight = np.sqrt(s)
    (rate, intercept), _ = curve_fit(
        lambda x, a, b: a * (x - t[-1]) + b, t, log_odds, p0=(0.3, float(log_odds[-1])), sigma=1.0 / weight
    )
    midpoint = float(t[-1] - intercept / rate)
    return LogisticFit(region, ceiling, float(rate), midpoint, int(t[0]), int(t[-1]))


def fit_bass(
    years: Sequence[int] | Array, shares: Sequence[float] | Array, *, region: str = "", ceiling: float = 1.0
) -> BassFit:
    """Fit Bass's two rates (Management Science 15, 1969) to all points by least squares, with a given ceiling.

    The curve starts a year before the first point. Raises InputError for fewer than three points.
    """
    t, s = np.asarray(years, dtype=float), np.asarray(shares, dtype=float)
    keep = (s > 0) & (s < ceiling) & np.isfinite(s)
    t, s = t[keep], s[keep]
    if len(t) < 3:
        raise InputError("too few points for a curve", [Fault("shares", f"{len(t)} usable points", "at least three")])
    start = float(t[0]) - 1.0
    (p, q), _ = curve_fit(
        lambda x, p, q: ceiling * _bass(x - start, p, q),
        t, s, p0=(float(s[0]), 0.4), bounds=((1e-7, 0.0), (0.5, 3.0)), sigma=np.sqrt(s), max_nfev=5000,
    )  # fmt: skip
    return BassFit(region, ceiling, float(p), float(q), start, int(t[0]), int(t[-1]))


def at_cost(share: Array, extra_usd: float, price_usd: float, elasticity: float) -> Array:
    """Return shares of sales when electric cars cost ``extra_usd`` more (less, if negative) than they would have.

        s / (1 - s) -> s / (1 - s) (1 + dC / C)^(e / (1 - s))

    A logit choice between electric and other cars whose own-price elasticity at the share s is e (below 0); shape of
    ``share``. Raises InputError for a price that is not above zero or that the change eats up.
    """
    if price_usd <= 0 or extra_usd <= -price_usd:
        raise InputError(
            "no such price", [Fault("extra_usd, price_usd", f"{extra_usd}, {price_usd}", "a price above 0")]
        )
    s = np.clip(np.asarray(share, dtype=float), 0.0, 1.0)
    inside = (s > 0) & (s < 1)
    out = s.copy()
    # The odds move by e per unit of log price over (1 - s): then sales move by e at the margin.
    shift = elasticity * np.log1p(extra_usd / price_usd) / (1.0 - s[inside])
    odds = s[inside] / (1.0 - s[inside]) * np.exp(np.clip(shift, -50.0, 50.0))
    out[inside] = odds / (1.0 + odds)
    return np.asarray(out, dtype=float)


def _bass(t: Array, p: float, q: float) -> Array:
    gone = np.exp(-(p + q) * np.maximum(t, 0.0))
    return np.asarray((1.0 - gone) / (1.0 + q / p * gone), dtype=float)


def _log_odds(share: float) -> float:
    return float(np.log(share / (1.0 - share)))
