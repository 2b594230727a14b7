"""The answer on the true demand curves, from the optimum of their linear pieces.

The pieces tell which activities, links and limits are in use: the basis B. With that set held, what is left is a
smooth system in the prices w of the k buyers whose last piece is in part bought:

    y = y_0 + Y w                      prices at nodes: every basic activity and link earns nothing
    g(w) = Y' (q(y) - d) = 0           what buyers want at these prices is what the fixed bounds d leave them

g is the gradient of a concave function (the dual of the welfare maximum on the set), so Newton's method with a line
search finds its one root. Where levels stay within their bounds there and nothing unused would gain, it is the
optimum of the programme with the curves themselves (Kuhn and Tucker 1951), not of their pieces: two solves that end
in the same set agree to rounding, wherever they began.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.linalg import qr
from scipy.sparse.linalg import SuperLU, splu

from ytterby.market.arrays import MONEY, Array, Arrays
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.simplex import AT_LOWER, AT_UPPER, BASIC, Basis

WITHIN_T, PRICED = 1e-9, 1e-9
"""How far a level may be beyond its bound (t), and a gain from zero (thousand USD per t), by rounding."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Settled:
    """A point on the true curves at which an active set holds."""

    levels: Array
    """Levels of activities and flows of links, t."""
    rows: Array
    """Activity of each row, t."""
    price: Array
    """Dual of each row, thousand USD per t."""
    quantity: Array
    """What each buyer buys, t (J,)."""
    held: Mask
    """Buyers whose price completes the basis (J,)."""
    block: Mask
    """Buyers who buy a part of their choke block (J,)."""
    right: bool
    """Whether the point is the optimum: within bounds, and nothing unused would gain."""


class ActiveSet:
    """A basis, factorised: which columns and rows may move, and how buyers' prices follow from a few of them."""

    def __init__(self, arrays: Arrays, nodes: npt.NDArray[np.int64], basis: Basis) -> None:
        self.nodes, self.first = nodes, arrays.pieces.start
        m = arrays.A.shape[0]
        status = basis.columns[self.first :].reshape(shape := (len(nodes), arrays.n_pieces))
        self.basis = basis
        self.columns, self.row_status = basis.columns[: self.first], basis.rows
        self.block = status[:, 0] == BASIC
        self.held = (status[:, 1:] == BASIC).any(axis=1)
        # A block without any width counts as bought.
        width = arrays.high[arrays.pieces].reshape(shape)[:, 0]
        self.none = (status[:, 0] == AT_LOWER) & (width > 0.0) & ~self.held
        self.free = np.flatnonzero(self.columns == BASIC)
        self.slack = np.flatnonzero(self.row_status == BASIC)
        points = np.concatenate([nodes[self.block], nodes[self.held], self.slack])
        self.own = arrays.A[:, : self.first]
        used = self.own[:, self.free]
        columns = len(self.free) + len(points)
        entries = np.concatenate([used.data, np.full(len(points), -1.0)]), np.concatenate([used.indices, points])
        ends = np.concatenate([used.indptr, used.nnz + np.arange(1, len(points) + 1)])
        self.B = sp.csc_matrix((*entries, ends), (m, columns))
        self.BT = self.B.T
        begin = len(self.free) + int(self.block.sum())
        self.slots = np.arange(begin, begin + int(self.held.sum()))

    def factor(self) -> bool:
        """Factorise; False where the set is no basis."""
        if self.B.shape[0] != self.B.shape[1]:
            return False
        try:
            # Small supernodes: the matrix is nearly triangular, and is solved with more often than factorised.
            self.lu: SuperLU = splu(self.B, relax=1, panel_size=4)
        except RuntimeError:
            return False
        right = np.zeros((self.B.shape[0], len(self.slots)))
        right[self.slots, np.arange(len(self.slots))] = -1.0
        self.Y: Array = _transposed(self.lu, right) if len(self.slots) else right
        self.P: Array = self.Y[self.nodes]
        return True

    def completed_by(self, held: Mask) -> Basis:
        """The basis with other buyers' prices to complete it."""
        status = self.basis.columns.copy()
        pieces = status[self.first :].reshape(len(self.nodes), -1 if len(self.nodes) else 1)
        pieces[:, 1:][pieces[:, 1:] == BASIC] = AT_LOWER
        pieces[held, 1] = BASIC
        return Basis(status, self.basis.rows)

    def dual(self, cost: Array) -> Array:
        """Prices at which every basic column has this cost (m,), with refinement."""
        price = _transposed(self.lu, cost)
        for _ in range(2):
            price += _transposed(self.lu, cost - self.BT @ price)
        return np.asarray(price)

    def primal(self, right: Array) -> Array:
        """Levels of basic columns that add up to this (m,), with refinement."""
        level = self.lu.solve(right)
        for _ in range(2):
            level += self.lu.solve(right - self.B @ level)
        return np.asarray(level)


def completing(active: ActiveSet, curves: DemandCurves, point: Settled) -> Mask:
    """Whose prices complete the basis: the same buyers whatever vertex led here.

    Those on whom prices hang most: rows of P, scaled by the slopes of demand and made orthonormal, so that they do not
    show which buyers stood for the set so far, are taken one after another by what is left of them (pivoted QR).
    """
    k = len(active.slots)
    slope = _bought(curves, active, point.price[active.nodes])[1]
    weighted = np.sqrt(slope)[:, None] * active.P
    if not k or np.linalg.matrix_rank(weighted) < k:
        return np.asarray(active.held)
    across = np.linalg.qr(weighted)[0] * (1.0 - 1e-9 * np.arange(len(slope)) / len(slope))[:, None]
    chosen = np.zeros(len(slope), bool)
    chosen[qr(across.T, mode="r", pivoting=True)[1][:k]] = True
    return chosen


def settled(arrays: Arrays, curves: DemandCurves, active: ActiveSet, price: Array) -> Settled | None:
    """Return the point of the arrays on the true curves, from buyers' prices nearby (thousand USD per t, (J,)).

    None where the system has no single root: the set is singular, or nobody's demand falls with its price.
    """
    first, m = active.first, len(arrays.row_low)
    x = np.where(active.columns == AT_UPPER, arrays.high[:first], arrays.low[:first])
    rows = np.where(active.row_status == AT_UPPER, arrays.row_high, arrays.row_low)
    x[active.free], rows[active.slack] = 0.0, 0.0
    fixed = active.own @ x - rows
    cost = np.zeros(m)
    cost[: len(active.free)] = arrays.c[active.free]
    cost[len(active.free) : len(active.free) + int(active.block.sum())] = -curves.choke_usd_per_t[active.block] / MONEY
    w = _root(curves, active, active.dual(cost)[active.nodes], -(active.Y.T @ fixed), price[active.held])
    if w is None:
        return None
    cost[active.slots] = -w
    dual = active.dual(cost)
    quantity = _bought(curves, active, dual[active.nodes])[0]
    level = active.primal(np.bincount(active.nodes, quantity, m) - fixed)
    quantity[active.block] = level[len(active.free) : len(active.free) + int(active.block.sum())]
    quantity[active.held] += level[active.slots]
    x[active.free], rows[active.slack] = level[: len(active.free)], level[m - len(active.slack) :]
    return Settled(
        x, rows, dual, quantity, active.held, active.block, _is_right(arrays, curves, active, x, rows, dual, quantity)
    )


def _root(curves: DemandCurves, active: ActiveSet, p0: Array, fixed: Array, w: Array) -> Array | None:
    """Prices of the buyers that complete the basis, at which all buyers want what there is."""
    if not len(w):
        return w
    P = active.P

    def excess(w: Array) -> tuple[Array, Array]:
        quantity, slope = _bought(curves, active, p0 + P @ w)
        return P.T @ quantity + fixed, slope

    g, slope = excess(w)
    for _ in range(40):
        falling = slope > 0.0
        hessian = (P[falling].T * slope[falling]) @ P[falling]
        scale = np.sqrt(np.diagonal(hessian))
        if np.any(scale == 0.0):
            return None
        try:
            move = np.linalg.solve(hessian / np.outer(scale, scale), g / scale) / scale
        except np.linalg.LinAlgError:
            return None
        along, length = float(g @ move), 1.0
        while True:
            after, slope = excess(w + length * move)
            # Concave along the way: further on, the gradient falls; where it has turned far, the step was too long.
            if float(after @ move) >= -0.9 * along or length < 1e-6:
                break
            length *= 0.5
        w, g = w + length * move, after
        if float(np.max(np.abs(move) / np.maximum(np.abs(w), 1e-6))) < 1e-13:
            return w
    return w if float(np.max(np.abs(move) / np.maximum(np.abs(w), 1e-6))) < 1e-9 else None


def _bought(curves: DemandCurves, active: ActiveSet, price: Array) -> tuple[Array, Array]:
    """What buyers buy (t) at prices (thousand USD per t), and how fast it falls; the choke block as the set has it."""
    usd = MONEY * price
    counted = ~(active.none | active.block)
    quantity = np.where(counted, curves.quantity(np.minimum(usd, curves.choke_usd_per_t)), 0.0)
    elastic = counted & (usd > curves.saturation_usd_per_t) & (usd < curves.choke_usd_per_t)
    elastic &= quantity > curves.choke_t
    slope = np.where(elastic, -curves.elasticity * quantity / np.where(elastic, price, 1.0), 0.0)
    return quantity, slope


def _transposed(factor: SuperLU, right: Array) -> Array:
    """Solve B' y = right."""
    return np.asarray(factor.solve(right, "T"))  # type: ignore[call-overload]


def _is_right(
    arrays: Arrays, curves: DemandCurves, active: ActiveSet, x: Array, rows: Array, dual: Array, quantity: Array
) -> bool:
    first = active.first
    within = WITHIN_T + 1e-13 * float(np.max(np.abs(x), initial=0.0))
    beyond = max(
        float(np.max(np.maximum(arrays.low[:first] - x, x - arrays.high[:first]), initial=0.0)),
        float(np.max(np.maximum(arrays.row_low - rows, rows - arrays.row_high), initial=0.0)),
        float(np.max(np.maximum(-quantity, quantity - curves.choke_t)[active.block], initial=0.0)),
    )
    loss = arrays.c[:first] - active.own.T @ dual
    may_fall, may_rise = active.columns == AT_UPPER, active.columns == AT_LOWER
    fixed = arrays.low[:first] == arrays.high[:first]
    equal = arrays.row_low == arrays.row_high
    price = MONEY * dual[active.nodes]
    above = (price - curves.choke_usd_per_t) / MONEY
    gain = max(
        float(np.max(np.where(may_rise & ~fixed, -loss, 0.0), initial=0.0)),
        float(np.max(np.where(may_fall & ~fixed, loss, 0.0), initial=0.0)),
        float(np.max(np.where((active.row_status == AT_LOWER) & ~equal, -dual, 0.0), initial=0.0)),
        float(np.max(np.where((active.row_status == AT_UPPER) & ~equal, dual, 0.0), initial=0.0)),
        float(np.max(np.where(active.none, -above, 0.0), initial=0.0)),
        float(np.max(np.where(active.none | active.block, 0.0, above), initial=0.0)),
    )
    return beyond <= within and gain <= PRICED
