"""Present value, internal rate of return and payback of dated cash flows: pure functions on arrays.

Flows have shape (..., T): the last axis is time in whole years, the others are cases or draws. ``timing``
says where in its year a flow falls: ``start`` (t), ``mid`` (t + 1/2) or ``end`` (t + 1). It moved one
published study by 56 M USD, so it is always stated.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from ytterby.world.errors import Fault, InputError

Array = npt.NDArray[np.float64]


class Timing(StrEnum):
    """Where in its year a flow falls."""

    START = "start"
    MID = "mid"
    END = "end"

    @property
    def shift(self) -> float:
        """Years after the start of the year."""
        return {"start": 0.0, "mid": 0.5, "end": 1.0}[self.value]


def npv(rate: float | Array, flows: Array, timing: Timing = Timing.START) -> Array:
    """Net present value: sum of flow_t / (1 + rate)^(t + shift).

    ``rate`` as a fraction, scalar or of the flows' leading shape; ``flows`` shape (..., T). Returns shape
    (...). Raises InputError for a rate of -100 % or less.

    >>> float(npv(0.10, np.array([-100.0, 60.0, 60.0])).round(3))
    4.132
    """
    values = np.asarray(flows, dtype=float)
    r = np.asarray(rate, dtype=float)
    if np.any(r <= -1):
        raise InputError("no present value", [Fault("rate", str(float(r.min())), "above -100 %")])
    t = np.arange(values.shape[-1]) + timing.shift
    return np.asarray((values / (1.0 + r[..., None]) ** t).sum(axis=-1), dtype=float)


def irr(flows: Array) -> float:
    """Internal rate of return of one series, as a fraction; NaN where there is none or no single one.

    Solved by bracketing (Brent); independent of the timing convention. ``flows`` shape (T,). A closure cost
    adds a second root far below zero: where several exist, the only one at or above zero is meant.

    >>> round(irr(np.array([-100.0, 60.0, 60.0])), 6)
    0.130662
    """
    values = np.asarray(flows, dtype=float)
    if sign_changes(values) == 0:
        return float("nan")
    grid = np.concatenate([np.linspace(-0.9, 1.0, 96), np.geomspace(1.05, 100.0, 60)])
    at = npv(grid, values)
    crossing = np.nonzero(np.sign(at[1:]) * np.sign(at[:-1]) < 0)[0]
    if len(crossing) > 1:
        crossing = crossing[grid[crossing + 1] > 0]
    if len(crossing) != 1:
        zero = grid[np.abs(at) < 1e-12 * np.abs(values).max()]
        return float(zero[0]) if len(zero) == 1 and len(crossing) == 0 else float("nan")
    k = int(crossing[0])
    return float(brentq(lambda r: float(npv(r, values)), grid[k], grid[k + 1], xtol=1e-12))


def irr_many(flows: Array, low: float = -0.9, high: float = 10.0, steps: int = 60) -> Array:
    """Internal rates of many series by bisection; NaN where NPV does not change sign between the ends.

    ``flows`` shape (n, T); returns shape (n,). Where the sum of flows is positive the search starts at zero,
    so that a closure cost's second root is left out. Error below (high - low) / 2^steps.
    """
    values = np.asarray(flows, dtype=float)
    a = np.where(values.sum(axis=-1) > 0, 0.0, low)
    b = np.full(values.shape[0], high)
    fa, fb = npv(a, values), npv(b, values)
    valid = np.sign(fa) * np.sign(fb) < 0
    for _ in range(steps):
        m = 0.5 * (a + b)
        up = np.sign(npv(m, values)) == np.sign(fa)
        a, b = np.where(up, m, a), np.where(up, b, m)
    return np.asarray(np.where(valid, 0.5 * (a + b), np.nan), dtype=float)


def payback(flows: Array, from_index: int = 0) -> float:
    """Years from ``from_index`` until the undiscounted sum of flows is not negative for good; NaN if never.

    Each flow is taken as even over its year [t, t + 1]. ``flows`` shape (T,).
    """
    total = np.cumsum(np.asarray(flows, dtype=float))
    below = np.nonzero(total < 0)[0]
    if len(below) == 0:
        return 0.0
    last = int(below[-1])
    if last == len(total) - 1:
        return float("nan")
    gain = total[last + 1] - total[last]
    return float(last + 1 - total[last + 1] / gain + 1.0 - from_index) if gain > 0 else float("nan")


def sign_changes(flows: Array) -> int:
    """Number of sign changes of a series, zeros left out: more than one means that the IRR may not be
    unique."""
    signs = np.sign(np.asarray(flows, dtype=float))
    signs = signs[signs != 0]
    return int(np.count_nonzero(signs[1:] != signs[:-1]))


def sign_changes_many(flows: Array) -> npt.NDArray[np.int64]:
    """Number of sign changes of each series of shape (n, T), zeros left out; shape (n,)."""
    return np.array([sign_changes(row) for row in np.asarray(flows, dtype=float)], dtype=np.int64)


def annuity(rate: float, years: int) -> float:
    """Present value of one unit a year at the ends of ``years`` years: (1 - (1 + r)^-n) / r; n where r is
    0."""
    return float(years) if rate == 0 else float((1.0 - (1.0 + rate) ** -years) / rate)
