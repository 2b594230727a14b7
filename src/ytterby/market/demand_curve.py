"""Willingness to pay: iso-elastic between two ends, closed by a choke price; concave; integrated exactly.

The inverse demand of one buyer, with reference quantity d0 (t) at reference price P0 (USD/t) and elasticity e < 0:

    P(q) = P_choke                    0   <= q <= q_c    (above the choke price nothing is bought)
    P(q) = P0 (q / d0)^(1/e)          q_c <  q <= q_m    (iso-elastic)
    P(q) = 0                          q_m <  q           (saturated)

    q_c = max(d0 (P_choke / P0)^e, floor_share d0),   q_m = d0 (P_low / P0)^e

P falls, so U(q) = integral of P is concave. With e = 0, q_c = q_m = d0: one block.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

SATURATION_SHARE = 0.05
"""Price below which nothing more is bought, as a share of the reference price, where the table has no
``saturation_usd_per_t``: the iso-elastic curve has no end of its own, and no market was seen at lower prices."""


NEWTON_STEPS = 6
"""Steps in which the ratio of neighbouring gaps in a grid is found to rounding, up to ratios of a hundred."""


@dataclass(frozen=True)
class DemandCurves:
    """The curves of all buyers of a network; every field has shape (J,), in the order of the demands table."""

    reference_t: Array
    reference_usd_per_t: Array
    elasticity: Array
    choke_usd_per_t: Array
    saturation_usd_per_t: Array
    floor_share: Array

    @classmethod
    def of(cls, demands: pd.DataFrame) -> DemandCurves:
        """Take the curves from a checked demands table (chain.network.Network, and saturation_usd_per_t)."""
        choke = demands["choke_usd_per_t"].to_numpy(float)
        return cls(
            demands["reference_t"].to_numpy(float),
            demands["reference_usd_per_t"].to_numpy(float),
            demands["elasticity"].to_numpy(float),
            choke,
            np.minimum(demands["saturation_usd_per_t"].to_numpy(float), choke),
            demands["floor_share"].to_numpy(float),
        )

    @cached_property
    def choke_t(self) -> Array:
        """Quantity that is still bought at the choke price, t, shape (J,)."""
        elastic = self.reference_t * (self.choke_usd_per_t / self.reference_usd_per_t) ** self.elasticity
        return np.maximum(elastic, self.floor_share * self.reference_t)

    @cached_property
    def saturation_t(self) -> Array:
        """Quantity beyond which nothing more is bought at any price, t, shape (J,)."""
        elastic = self.reference_t * (self.saturation_usd_per_t / self.reference_usd_per_t) ** self.elasticity
        return np.maximum(elastic, self.choke_t)

    def quantity(self, price: Array) -> Array:
        """Quantity bought at a price (USD/t, shape (J,) or (J, S)), t; at the choke price the upper end of the
        block."""
        d0, p0, e, choke, low, choke_t = (
            _like(v, price)
            for v in (
                self.reference_t,
                self.reference_usd_per_t,
                self.elasticity,
                self.choke_usd_per_t,
                self.saturation_usd_per_t,
                self.choke_t,
            )
        )
        within = np.clip(price, low, choke)
        bought = np.maximum(d0 * (within / p0) ** e, choke_t)
        return np.where(price > choke, 0.0, bought)

    def price(self, quantity: Array) -> Array:
        """Willingness to pay for the last tonne, USD/t, shape (J,); at the end of the choke block its value from
        below."""
        positive = np.maximum(quantity, np.finfo(float).tiny)
        ratio = positive / np.maximum(self.reference_t, np.finfo(float).tiny)
        exponent = 1.0 / np.where(self.elasticity == 0.0, -1.0, self.elasticity)
        with np.errstate(over="ignore"):
            elastic = np.minimum(self.reference_usd_per_t * ratio**exponent, self.choke_usd_per_t)
        on_block = quantity <= self.choke_t
        return np.where(on_block, self.choke_usd_per_t, np.where(quantity > self.saturation_t, 0.0, elastic))

    def utility(self, quantity: Array) -> Array:
        """U(q), USD: the exact integral of willingness to pay from 0 to q (shape (J,) or (J, S)).

        >>> one = DemandCurves(*(np.array([v]) for v in (10.0, 5.0, -0.5, 50.0, 0.25, 0.0)))
        >>> bool(one.utility(one.choke_t)[0] == 50.0 * one.choke_t[0])
        True
        """
        d0, p0, e, choke, choke_t, top = (
            _like(v, quantity)
            for v in (
                self.reference_t,
                self.reference_usd_per_t,
                self.elasticity,
                self.choke_usd_per_t,
                self.choke_t,
                self.saturation_t,
            )
        )
        q = np.clip(quantity, 0.0, top)
        beyond = np.maximum(q, choke_t)
        safe = np.where(d0 > 0.0, d0, 1.0)
        e = np.where(e == 0.0, -2.0, e)
        power = 1.0 + 1.0 / e
        one = np.isclose(power, 0.0, atol=1e-12)
        start, stop = np.where(d0 > 0, choke_t / safe, 1.0), np.where(d0 > 0, beyond / safe, 1.0)
        exponent = np.where(one, 1.0, power)
        integral = np.where(one, np.log(stop / start), (stop**exponent - start**exponent) / exponent)
        return np.asarray(choke * np.minimum(q, choke_t) + p0 * d0 * integral)


@dataclass(frozen=True)
class Segments:
    """Piecewise-linear U: segment s of buyer j has a width (t) and one willingness to pay (USD/t); both (J, S)."""

    width_t: Array
    usd_per_t: Array


def graded_prices(curves: DemandCurves, centre: Array, step: Array, count: int) -> Array:
    """Price grid of shape (J, count + 1), falling from the choke to the saturation price.

    Relative steps are about ``step`` (J,) beside the centre price (J,) and grow geometrically towards the two ends.
    """
    high, low = curves.choke_usd_per_t, curves.saturation_usd_per_t
    centre = np.clip(centre, low, high)
    half = count // 2
    above = _graded(np.log(high / centre), step, half)
    below = _graded(np.log(centre / low), step, count - half)
    grid = np.concatenate([centre[:, None] * np.exp(above[:, ::-1]), centre[:, None] * np.exp(-below[:, 1:])], axis=1)
    grid[:, 0], grid[:, -1] = high, low
    return grid


def segments(curves: DemandCurves, prices: Array) -> Segments:
    """Cut the curves at falling price grids (J, S + 1): the choke block and S chords, each with its exact mean
    worth."""
    quantity = curves.quantity(prices)
    quantity[:, 0] = curves.choke_t
    ends = np.concatenate([np.zeros((len(quantity), 1)), np.maximum.accumulate(quantity, axis=1)], axis=1)
    width = np.diff(ends, axis=1)
    worth = np.diff(curves.utility(ends), axis=1)
    # On a narrow piece the difference of two integrals is rounding; the mean of its two end prices is exact enough.
    block = curves.choke_usd_per_t[:, None]
    middle = np.concatenate([block, 0.5 * (prices[:, :-1] + prices[:, 1:])], axis=1)
    narrow = width <= 1e-6 * ends[:, 1:]
    mean = np.where(narrow, middle, worth / np.where(narrow, 1.0, width))
    return Segments(width, np.minimum.accumulate(mean, axis=1))


def _graded(length: Array, step: Array, count: int) -> Array:
    """Points 0 .. length (J, count + 1): the first gap is ``step`` where the length allows, then growing by a ratio."""
    index = np.arange(count + 1)
    length = np.maximum(length, 0.0)
    # The last gap alone is no longer than the whole: that bounds the ratio. The logarithm of all gaps together is
    # convex in it: from above, Newton's method falls towards the root.
    ratio = np.log(np.maximum(length / step, 1.0)) / max(count - 1, 1) + 1e-9
    whole = np.log(np.maximum(length / step, count))
    for _ in range(NEWTON_STEPS):
        all_gaps, one_gap = -np.expm1(-ratio * count), -np.expm1(-ratio)
        over = ratio * (count - 1) + np.log(all_gaps / one_gap) - whole
        ratio = np.maximum(ratio - over / (count / all_gaps - 1.0 / one_gap), 1e-9)
    points = np.expm1(ratio[:, None] * index)
    return np.asarray(length[:, None] * points / points[:, -1:])


def _like(values: Array, shape: Array) -> Array:
    return values[:, None] if shape.ndim == 2 else values
