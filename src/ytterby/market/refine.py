"""Demand is cut finer where the answer lies, until the cuts no longer show in the prices.

Each round solves the linear programme, then moves every buyer's pieces to the price that was found there:
narrow beside it (the narrower, the less it moved), wide far from it, always over the whole curve. The count of
pieces stays, so that the last basis starts the next round. It ends when willingness to pay on the true curve, at
the quantities bought, agrees
with the prices at the nodes, and prices no longer move from round to round.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ytterby.market.arrays import MONEY, Array, Arrays
from ytterby.market.demand_curve import DemandCurves, Segments, graded_prices, segments
from ytterby.market.simplex import Basis, Vertex

NEGLIGIBLE = 0.01
"""Share of its reference price below which a price's moves are measured against that share: what is nearly
worthless."""

PATIENCE = 8
"""Rounds after which steps are held ever smaller."""

GROWTH = 6.0
"""Largest ratio between the widths of neighbouring pieces."""


def pieces(tolerance: float) -> int:
    """Linear pieces of each curve, beside the choke block: enough to span it from ``tolerance`` with gaps that
    grow sixfold.

    >>> pieces(1e-3), pieces(1e-7)
    (12, 22)
    """
    return 2 * math.ceil(math.log(6.0 / (0.3 * tolerance)) / math.log(GROWTH))


SHRINK, MOVED = 10.0, 4.0
"""Each round the pieces at the answer become ten times narrower, but not below a quarter of
the last move of the price, nor below its distance from the curve."""

FIRST_STEP = 0.3
"""Relative width of the pieces beside the reference price in the first round."""


@dataclass(frozen=True)
class Refined:
    """The last round: arrays and optimum, how many rounds, and how far prices still are from the true curves."""

    arrays: Arrays
    vertex: Vertex
    rounds: int
    price_error: float
    """Largest relative difference between a price and willingness to pay on the true curve, or from the price one round
    earlier, among buyers who buy."""


def first_cut(curves: DemandCurves, tolerance: float = 1e-3) -> Segments:
    """Pieces before anything is known: centred on the reference prices."""
    step = np.full(len(curves.reference_t), FIRST_STEP)
    return segments(curves, graded_prices(curves, curves.reference_usd_per_t, step, pieces(tolerance)))


def refined(
    arrays: Arrays,
    curves: DemandCurves,
    nodes: np.ndarray,
    solve: Callable[[Arrays, Basis | None], Vertex],
    confirm: Callable[[Arrays, Vertex], Vertex],
    tolerance: float = 1e-3,
    start: Basis | None = None,
    centre: Array | None = None,
    step: float = FIRST_STEP,
    most_rounds: int = 40,
) -> Refined:
    """Solve and cut again until no price differs from the true curve, or from the last round, by more than
    ``tolerance``.

    ``nodes`` (J,) is the row of each buyer's node; ``solve`` takes arrays and a basis and gives
    an optimum that has the point prices; ``confirm`` turns it into the programme's own optimal vertex. ``centre``
    (J,) and ``step`` say where, and how finely, the arrays' pieces are cut already; by default as ``first_cut`` does.
    """
    basis, rounds = start, 0
    last = np.full(len(nodes), np.inf)

    def seen(arrays: Arrays, vertex: Vertex) -> tuple[Array, float]:
        price = np.asarray(vertex.price[nodes] * MONEY)
        return price, price_error(curves, bought(arrays, vertex.x), price)

    centre = curves.reference_usd_per_t if centre is None else centre
    steps = np.full(len(nodes), step)
    while True:
        rounds += 1
        vertex = solve(arrays, basis)
        price, error = seen(arrays, vertex)
        drift = _drift(curves, price, last)
        if max(error, drift) <= tolerance or rounds >= most_rounds or not len(nodes):
            vertex = confirm(arrays, vertex)
            price, error = seen(arrays, vertex)
            drift = _drift(curves, price, last)
            if max(error, drift) <= tolerance or rounds >= most_rounds or not len(nodes):
                return Refined(arrays, vertex, rounds, max(error, drift))
        last, quantity = price, bought(arrays, vertex.x)
        found = between(curves, quantity, price)
        moved = np.abs(np.log(found / centre)) / MOVED
        apart = np.abs(np.log(np.clip(price, curves.saturation_usd_per_t, curves.choke_usd_per_t) / found))
        # A price that is the small rest of a joint product's cost shows the cuts of all the others: so the
        # longer it takes, the finer.
        calm = 0.5 ** max(0, rounds - PATIENCE)
        steps = np.clip(
            np.maximum(np.maximum(steps / SHRINK, calm * moved), calm * apart), 0.3 * calm * tolerance, FIRST_STEP
        )
        centre, basis = found, vertex.basis
        arrays = arrays.with_utility(segments(curves, graded_prices(curves, centre, steps, pieces(tolerance))))


def _drift(curves: DemandCurves, price: Array, last: Array) -> float:
    """Largest relative move of a price since the last round."""
    size = np.maximum(np.abs(price), NEGLIGIBLE * curves.reference_usd_per_t)
    return float(np.max(np.abs(price - last) / size, initial=0.0))


def between(curves: DemandCurves, quantity: Array, price: Array) -> Array:
    """Geometric mean of a price and willingness to pay at the quantity bought, within the curve's ends, USD/t (J,)."""
    low, high = curves.saturation_usd_per_t, curves.choke_usd_per_t
    worth = np.clip(curves.price(quantity), low, high)
    return np.asarray(np.sqrt(np.clip(price, low, high) * worth))


def segments_of(arrays: Arrays) -> Segments:
    """Return the pieces that the arrays hold."""
    shape = (arrays.n_demands, -1) if arrays.n_demands else (0, 1)
    return Segments(arrays.high[arrays.pieces].reshape(shape), -MONEY * arrays.c[arrays.pieces].reshape(shape))


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
