"""Demand is cut finer where the answer lies, until the cuts tell what is in use; then the curves themselves decide.

Each round solves the linear programme of the pieces. Its basis says which activities, links and limits are in use;
``settle`` finds the point of the true curves with that set. Where the point is the optimum (with the gifts of
``gifts``, and then without them), it is the answer. Where it is not, every buyer's pieces move to the price that was
found: narrow beside it (the narrower, the less it moved), wide far from it, always over the whole curve. The count of
pieces stays, so that the last basis starts the next round. Where no set settles (nobody's demand falls with its
price), rounds end when willingness to pay agrees with the prices at the nodes, and prices no longer move.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ytterby.market.arrays import MONEY, Array, Arrays
from ytterby.market.demand_curve import DemandCurves, Segments, graded_prices, segments
from ytterby.market.gifts import Gifts, nudged
from ytterby.market.session import Session
from ytterby.market.settle import ActiveSet, Settled, completing, settled
from ytterby.market.simplex import AT_LOWER, AT_UPPER, BASIC, Basis, Vertex, exact

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
    return 2 * max(2, math.ceil(math.log(6.0 / (0.3 * tolerance)) / math.log(GROWTH)))


SHRINK, MOVED = 10.0, 4.0
"""Each round the pieces at the answer become ten times narrower, but not below a quarter of
the last move of the price, nor below its distance from the curve."""

FINEST = 0.3
"""Width of the pieces at the answer, as a share of the tolerance."""

TRUSTED = 3
"""Rounds in which pieces are cut at the point of the set in use, though it is not the optimum; after them, between
willingness to pay and the pieces' own price."""

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
    gift: Gifts,
    session: Session,
    tolerance: float = 1e-3,
    centre: Array | None = None,
    step: float = FIRST_STEP,
    whole: bool = True,
    most_rounds: int = 40,
) -> Refined:
    """Solve and cut again until the answer stands on the true curves.

    ``nodes`` (J,) is the row of each buyer's node; ``session`` says where the first round begins. ``centre`` (J,) and
    ``step`` say where, and how finely, the arrays' pieces are cut already; by default as ``first_cut`` does. Where no
    set settles, no price differs from the true curve, or from the last round, by more than ``tolerance``. Without
    ``whole`` the answer is no vertex of its arrays: its levels, prices and quantities alone are right.
    """
    rounds, iterations = 0, 0
    last = np.full(len(nodes), np.inf)
    centre = curves.reference_usd_per_t if centre is None else centre
    steps = np.full(len(nodes), step)
    while True:
        rounds += 1
        given = nudged(arrays, gift)
        vertex = session.optimum(given)
        iterations += vertex.iterations
        price, quantity = np.asarray(vertex.price[nodes] * MONEY), bought(arrays, vertex.x)
        active = _factored(arrays, nodes, vertex.basis)
        point = settled(given, curves, active, price / MONEY) if active else None
        if active and point and point.right and not whole:
            true = settled(arrays, curves, active, point.price[nodes])
            if true is not None and true.right:
                return Refined(arrays, _filled(arrays, active, true, iterations), rounds, 0.0)
        if active and point and point.right:
            answer = _without_gifts(arrays, curves, nodes, active, point, session, tolerance)
            if answer is not None:
                found, at = answer
                return Refined(found, replace(at, iterations=iterations), rounds, 0.0)
        off = np.inf
        if point is None or rounds > PATIENCE:
            off = max(price_error(curves, quantity, price), _drift(curves, price, last))
        if off <= tolerance or rounds >= most_rounds or not len(nodes):
            vertex = exact(arrays, session.optimum(arrays))
            price, quantity = np.asarray(vertex.price[nodes] * MONEY), bought(arrays, vertex.x)
            off = max(price_error(curves, quantity, price), _drift(curves, price, last))
            if off <= tolerance or rounds >= most_rounds or not len(nodes):
                return Refined(arrays, vertex, rounds, off)
        last = price
        if point is not None and rounds <= TRUSTED:
            steps = np.maximum(steps / SHRINK, FINEST * tolerance)
            grid, centre = _grid_for(curves, active, point, steps, arrays.n_pieces - 1)  # type: ignore[arg-type]
            arrays = arrays.with_utility(segments(curves, grid))
            continue
        found_price = between(curves, quantity, price)
        moved = np.abs(np.log(found_price / centre)) / MOVED
        apart = np.abs(np.log(np.clip(price, curves.saturation_usd_per_t, curves.choke_usd_per_t) / found_price))
        # A price that is the small rest of a joint product's cost shows the cuts of all the others: so the
        # longer it takes, the finer.
        calm = 0.5 ** max(0, rounds - PATIENCE)
        steps = np.clip(
            np.maximum(np.maximum(steps / SHRINK, calm * moved), calm * apart), FINEST * calm * tolerance, FIRST_STEP
        )
        centre = found_price
        arrays = arrays.with_utility(segments(curves, graded_prices(curves, centre, steps, arrays.n_pieces - 1)))


def _filled(arrays: Arrays, active: ActiveSet, point: Settled, iterations: int) -> Vertex:
    """A settled point in the pieces that the arrays hold."""
    width = arrays.high[arrays.pieces].reshape(arrays.n_demands, arrays.n_pieces)
    ends = np.cumsum(width, axis=1)
    drawn = np.clip(point.quantity[:, None] - (ends - width), 0.0, width)
    levels = np.clip(point.levels, arrays.low[: active.first], arrays.high[: active.first])
    x = np.concatenate([levels, drawn.ravel()])
    none = np.zeros(0)
    return Vertex(x, none, point.price, none, float(arrays.c @ x), active.basis, iterations)


def _factored(arrays: Arrays, nodes: np.ndarray, basis: Basis) -> ActiveSet | None:
    active = ActiveSet(arrays, nodes, basis)
    return active if active.factor() else None


def _without_gifts(
    arrays: Arrays,
    curves: DemandCurves,
    nodes: np.ndarray,
    active: ActiveSet,
    point: Settled,
    session: Session,
    tolerance: float,
) -> tuple[Arrays, Vertex] | None:
    """The settled point of the programme itself, as a vertex of pieces that are cut for it; None where it has none."""
    for basis in (active.basis, None):
        if basis is None:
            # The gifts hid a limit that binds: from their basis it is a few steps of the simplex method.
            near, _ = _placed(arrays, curves, active, point, tolerance)
            again = _factored(near, nodes, session.optimum(near).basis)
            if again is None:
                return None
            active = again
        chosen = completing(active, curves, point)
        whole = _factored(arrays, nodes, active.completed_by(chosen))
        if whole is None:
            return None
        # From rounded prices, so that the last digit does not tell where the solve began.
        start = np.array([float(f"{p:.6e}") for p in point.price[nodes]])
        true = settled(arrays, curves, whole, start)
        if true is not None and true.right:
            return _placed(arrays, curves, whole, true, tolerance)
    return None


def _placed(
    arrays: Arrays, curves: DemandCurves, active: ActiveSet, point: Settled, tolerance: float
) -> tuple[Arrays, Vertex]:
    """Cut the curves for a settled point, which is then a vertex of the pieces too.

    Buyers whose price completes the basis stand in the middle of a piece that is worth that price; all others stand
    between two pieces.
    """
    count = arrays.n_pieces - 1
    grid, price = _grid_for(curves, active, point, np.full(len(active.nodes), FINEST * tolerance), count)
    utility = segments(curves, grid)
    status = np.full(utility.width_t.shape, AT_LOWER, np.int8)
    ends = np.cumsum(utility.width_t, axis=1)
    drawn = np.clip(point.quantity[:, None] - (ends - utility.width_t), 0.0, utility.width_t)
    status[(drawn >= utility.width_t * (1 - 1e-9)) & (utility.width_t > 0.0)] = AT_UPPER
    worth = utility.usd_per_t.copy()
    for j in np.flatnonzero(point.held):
        s = 1 + int(np.clip(np.searchsorted(-grid[j], -price[j]) - 1, 0, count - 1))
        worth[j, s], status[j, s] = price[j], BASIC
        drawn[j, s] += point.quantity[j] - drawn[j].sum()
    status[point.block, 0] = BASIC
    cut = arrays.with_utility(Segments(utility.width_t, worth))
    x = np.concatenate([np.clip(point.levels, arrays.low[: active.first], arrays.high[: active.first]), drawn.ravel()])
    dual = np.where(np.abs(point.price) < 1e-12, 0.0, point.price)
    vertex = Vertex(
        x=x,
        rows=np.asarray(cut.A @ x),
        price=dual,
        reduced_cost=cut.c - cut.A.T @ dual,
        objective=float(cut.c @ x),
        basis=Basis(np.concatenate([active.columns, status.ravel()]), active.row_status),
        iterations=0,
    )
    return cut, vertex


def _grid_for(curves: DemandCurves, active: ActiveSet, point: Settled, step: Array, count: int) -> tuple[Array, Array]:
    """Price grid around a point (J, count + 1), and the prices there, USD/t (J,).

    A buyer whose price completes the basis stands in the middle of a piece, all others between two pieces.
    """
    price = np.clip(MONEY * point.price[active.nodes], curves.saturation_usd_per_t, curves.choke_usd_per_t)
    # Narrow enough that the price lies in the middle of its piece, beside either end of the curve too.
    room = [2.0 * np.log(curves.choke_usd_per_t / price), np.log(price / curves.saturation_usd_per_t) / count]
    step = np.where(point.held, np.maximum(np.minimum(np.minimum(*room), step), 1e-12), step)
    centre = np.where(point.held, price * np.exp(0.5 * step), price)
    return graded_prices(curves, centre, step, count), price


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
