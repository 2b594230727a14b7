"""Demand is cut finer where the answer lies, until the cuts no longer show in the prices.

Each round solves the linear programme, then moves every buyer's pieces to the price that was found there:
narrow beside it (the narrower, the less it moved), wide far from it, always over the whole curve. The count of pieces stays, so that the last
basis starts the next round. It ends when willingness to pay on the true curve, at the quantities bought, agrees
with the prices at the nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ytterby.market.arrays import MONEY, Array, Arrays
from ytterby.market.demand_curve import DemandCurves, Segments, graded_prices, segments
from ytterby.market.simplex import Basis, Vertex

PIECES = 12
"""Linear pieces of each curve, beside the choke block."""

FIRST_STEP = 0.3
"""Relative width of the pieces beside the reference price in the first round."""


@dataclass(frozen=True)
class Refined:
    """The last round: arrays and optimum, how many rounds, and how far prices still are from the true curves."""

    arrays: Arrays
    vertex: Vertex
    utility: Segments
    rounds: int
    price_error: float
    """Largest relative difference between a price and willingness to pay on the true curve, among buyers who buy."""


def first_cut(curves: DemandCurves) -> Segments:
    """Pieces before anything is known: centred on the reference prices."""
    step = np.full(len(curves.reference_t), FIRST_STEP)
    return segments(curves, graded_prices(curves, curves.reference_usd_per_t, step, PIECES))


def refined(
    arrays: Arrays,
    curves: DemandCurves,
    nodes: np.ndarray,
    solve: Callable[[Arrays, Basis | None], Vertex],
    tolerance: float = 1e-3,
    start: Basis | None = None,
    most_rounds: int = 40,
) -> Refined:
    """Solve and cut again until no price differs from the true curve by more than ``tolerance``.

    ``nodes`` (J,) is the row of each buyer's node; ``solve`` takes arrays and a basis and gives an optimum.
    """
    basis, rounds = start, 0
    centre, step = curves.reference_usd_per_t, np.full(len(nodes), FIRST_STEP)
    while True:
        rounds += 1
        vertex = solve(arrays, basis)
        price, quantity = vertex.price[nodes] * MONEY, bought(arrays, vertex.x)
        error = price_error(curves, quantity, price)
        if error <= tolerance or rounds >= most_rounds:
            return Refined(arrays, vertex, segments_of(arrays), rounds, error)
        found = between(curves, quantity, price)
        moved = np.abs(np.log(found / centre))
        step = np.clip(np.maximum(step / 6.0, moved / 2.0), 0.3 * tolerance, FIRST_STEP)
        centre, basis = found, vertex.basis
        arrays = arrays.with_utility(segments(curves, graded_prices(curves, centre, step, PIECES)))


def between(curves: DemandCurves, quantity: Array, price: Array) -> Array:
    """Geometric mean of a price and willingness to pay at the quantity bought, within the curve's ends, USD/t (J,)."""
    low, high = curves.saturation_usd_per_t, curves.choke_usd_per_t
    worth = np.clip(curves.price(quantity), low, high)
    return np.asarray(np.sqrt(np.clip(price, low, high) * worth))


def segments_of(arrays: Arrays) -> Segments:
    """Return the pieces that the arrays hold."""
    shape = (arrays.n_demands, -1) if arrays.n_demands else (0, PIECES + 1)
    return Segments(
        arrays.high[arrays.pieces].reshape(shape), -MONEY * arrays.c[arrays.pieces].reshape(shape)
    )


def bought(arrays: Arrays, x: Array) -> Array:
    """Quantity of each buyer, t, shape (J,)."""
    if not arrays.n_demands:
        return np.zeros(0)
    return np.asarray(x[arrays.pieces].reshape(arrays.n_demands, -1).sum(axis=1))


def price_error(curves: DemandCurves, quantity: Array, price: Array) -> float:
    """Largest relative distance of prices from the curves' own, among buyers on the falling part of their curve.

    On the choke block and at saturation a range of prices fits; a price within that range has no error.
    """
    if not len(price):
        return 0.0
    scale = 1e-9 * np.maximum(curves.saturation_t, 1e-12)
    upper = np.where(quantity <= scale, np.inf, curves.price(np.maximum(quantity - scale, 0.0)))
    upper = np.where(np.abs(quantity - curves.choke_t) <= scale, curves.choke_usd_per_t, upper)
    lower = np.where(quantity >= curves.saturation_t - scale, -np.inf, curves.price(quantity + scale))
    off = np.maximum(np.maximum(price - upper, lower - price), 0.0)
    return float(np.max(off / np.maximum(np.abs(price), 1e-9 * curves.reference_usd_per_t)))
