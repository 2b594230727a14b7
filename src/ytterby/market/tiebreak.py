"""One answer where many are equally good.

*Flows.* Of all plans with the greatest welfare, the one with the least sum of x^2 / scale, where scale is an
activity's or link's own capacity (or the largest there is, where it has none): among equal ways, use is spread in
proportion to capacity. The criterion is strictly convex, so the plan is unique, whatever vertex the simplex
method ended at. All optimal plans share this description: columns with a reduced cost, and rows with a price,
stay where they are; the rest may move. On that face the programme is solved by Mehrotra's predictor-corrector
method (Nocedal and Wright 2006, ch. 16.6, with diagonal W) to 1e-13 of the largest flow.

For prices the rule stands in ``gifts``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.market.arrays import Array, Arrays
from ytterby.market.simplex import BASIC, Vertex, optimum
from ytterby.world.errors import SolveError

PRICED = 1e-8
"""Reduced cost or price, thousand USD per t, from which a column or row counts as priced."""


BEYOND_T = 1e-6
"""Distance beyond a bound, t, that rounding may take a level to."""

TOWARDS_VERTEX = 1e-3
"""Largest share of the vertex that a plan may be mixed with to bring it back within its bounds."""

EDGES = (1e-3, 1e-9, 0.1)
"""Distances from the bounds, as shares of the largest flow, at which the interior point starts: one after another."""

OPEN = 1e-8
"""Room, as a share of the largest flow, from which a column counts as able to leave its bound."""


@dataclass(frozen=True)
class Face:
    """min x'Wx/2 over A x = b, low <= x <= high: the optimal plans, in the columns that may still move."""

    A: sp.csc_matrix
    b: Array
    low: Array
    high: Array
    weight: Array
    start: Array


def plan(arrays: Arrays, vertex: Vertex) -> tuple[Array, bool]:
    """Return ``spread`` and True, or the vertex's own levels and False where the tie-break does not converge.

    Either is an optimal plan; the second may depend on the solver's path, and outcomes say so.
    """
    try:
        return spread(arrays, vertex), True
    except SolveError:
        return vertex.x, False


def spread(arrays: Arrays, vertex: Vertex) -> Array:
    """Return the optimal plan with the least sum of x^2 / scale, t, in the arrays' column order.

    Raises SolveError when the quadratic programme does not converge.
    """
    moving = (np.abs(vertex.reduced_cost) <= PRICED) & (arrays.high - arrays.low > 1e-7)
    # What is bought is determined by the curves, which are strictly concave; it stays.
    moving[arrays.pieces] = False
    if not moving.any():
        return vertex.x
    x = vertex.x.copy()
    face = _face(arrays, vertex, moving)
    loose, inside = _opened(face)
    if loose.any():
        rest = face.A[:, ~loose] @ face.start[~loose]
        solution = face.start.copy()
        solution[loose] = _least(
            Face(face.A[:, loose], face.b - rest, face.low[loose], face.high[loose], face.weight[loose], inside[loose])
        )
        x[moving] = solution[: int(moving.sum())]
    return _balanced(arrays, vertex, x)


def _balanced(arrays: Arrays, vertex: Vertex, x: Array) -> Array:
    """Recompute the basic variables from all others, so that every balance holds to rounding.

    Where that takes one beyond its bound, the plan is mixed with as little of the vertex, as good a plan, as brings it
    back. Raises SolveError when no small share does.
    """
    m, n = arrays.A.shape
    whole = sp.hstack([arrays.A, -sp.eye(m, format="csc")], format="csc")
    basic = np.concatenate([vertex.basis.columns, vertex.basis.rows]) == BASIC
    low, high = np.concatenate([arrays.low, arrays.row_low]), np.concatenate([arrays.high, arrays.row_high])
    rows = np.where(np.abs(vertex.price) > PRICED, vertex.rows, np.clip(arrays.A @ x, arrays.row_low, arrays.row_high))
    full = np.concatenate([np.clip(x, arrays.low, arrays.high), rows])
    factor = splu(sp.csc_matrix(whole[:, basic]))
    for _ in range(2):
        full[basic] -= factor.solve(whole @ full)
    corner = np.concatenate([vertex.x, vertex.rows])
    beyond, room = np.maximum(low - full, full - high), np.minimum(corner - low, high - corner)
    out = beyond > 0.5 * BEYOND_T
    share = float(np.max(beyond[out] / (beyond[out] + np.maximum(room[out], 0.0)), initial=0.0))
    if share > TOWARDS_VERTEX:
        raise SolveError(f"the tie-break left a bound by {beyond.max():.1e} t")
    return np.asarray((1.0 - share) * full[:n] + share * vertex.x)


def _face(arrays: Arrays, vertex: Vertex, moving: np.ndarray) -> Face:
    A = sp.csc_matrix(arrays.A[:, moving])
    touched = np.diff(sp.csr_matrix(A).indptr) > 0
    activity = arrays.A @ vertex.x
    priced = (np.abs(vertex.price) > PRICED) | (arrays.row_low == arrays.row_high)
    slack = np.flatnonzero(touched & ~priced)
    position = np.cumsum(touched) - 1
    columns = sp.csc_matrix(
        (-np.ones(len(slack)), (position[slack], np.arange(len(slack)))), (int(touched.sum()), len(slack))
    )
    A = sp.csc_matrix(sp.csr_matrix(A)[touched])
    x = vertex.x[moving]
    bounded = arrays.high[: arrays.pieces.start]
    largest = max(
        float(np.sum(arrays.high[arrays.pieces])), float(np.max(bounded[np.isfinite(bounded)], initial=0.0)), 1e-6
    )
    weight = largest / np.clip(arrays.high[moving], 1e-4 * largest, largest)
    resting = (activity - arrays.A[:, moving] @ x)[touched]
    b = activity[touched] - resting
    b[position[slack]] = -resting[position[slack]]
    return Face(
        A=sp.csc_matrix(sp.hstack([A, columns])),
        b=b,
        low=np.concatenate([np.minimum(arrays.low[moving], x), np.minimum(arrays.row_low, activity)[slack]]),
        high=np.concatenate([np.maximum(arrays.high[moving], x), np.maximum(arrays.row_high, activity)[slack]]),
        weight=np.concatenate([weight, np.full(len(slack), 1e-6)]),
        start=np.concatenate([x, activity[slack]]),
    )


def _least(face: Face) -> Array:
    """Solve the face's programme from one starting distance after another until A x = b holds to rounding.

    Raises SolveError when none does.
    """
    scale = max(float(np.max(np.abs(face.start))), 1e-6)
    best, residual = face.start, np.inf
    for edge in EDGES:
        x = _interior(face, edge)
        off = float(np.max(np.abs(face.A @ x - face.b), initial=0.0))
        if off < residual:
            best, residual = x, off
        if residual < 1e-12 * scale:
            break
    if residual > 1e-10 * scale:
        raise SolveError(f"the tie-break did not converge: balances are off by {residual:.1e} t")
    return best


def _interior(face: Face, edge: float, rounds: int = 60, tolerance: float = 1e-13) -> Array:
    """Predictor-corrector for the face's programme, until its residuals are at rounding level or no longer fall."""
    A, W = face.A, face.weight
    scale = max(float(np.max(np.abs(face.start))), 1e-6)
    b, low, high = face.b / scale, face.low / scale, face.high / scale
    has_low, has_high = np.isfinite(low), np.isfinite(high)
    width = np.where(has_low & has_high, high - low, 2.0)
    x = face.start / scale
    x = np.where(has_low, np.maximum(x, low + np.minimum(0.1 * width, edge)), x)
    x = np.where(has_high, np.minimum(x, high - np.minimum(0.1 * width, edge)), x)
    y = np.zeros(A.shape[0])
    zl, zu = np.where(has_low, 1.0, 0.0), np.where(has_high, 1.0, 0.0)
    count = max(int(has_low.sum() + has_high.sum()), 1)
    AT, equations, last = sp.csr_matrix(A.T), _NormalEquations(A), np.inf
    for _ in range(rounds):
        gap_low = np.where(has_low, np.maximum(x - low, 1e-15), 1.0)
        gap_high = np.where(has_high, np.maximum(high - x, 1e-15), 1.0)
        dual = W * x - AT @ y - zl + zu
        primal = b - A @ x
        mu = float(gap_low @ zl + gap_high @ zu) / count
        off = max(mu, float(np.max(np.abs(primal), initial=0.0)))
        if (off < tolerance or (mu < 1e-12 and off > 0.5 * last)) and np.max(np.abs(dual), initial=0.0) < 1e-8:
            break
        last = off
        D = W + zl / gap_low + zu / gap_high + 1e-14
        newton = _Newton(A, AT, D, equations.factored(1.0 / D), primal, dual, gap_low, gap_high, zl, zu)
        dx, dy, dl, du = newton.step(-gap_low * zl, -gap_high * zu)
        ahead, back = _lengths(gap_low, gap_high, has_low, has_high, dx, zl, zu, dl, du)
        after = (
            float((gap_low + ahead * dx) @ (zl + back * dl) * 1.0 + (gap_high - ahead * dx) @ (zu + back * du)) / count
        )
        centring = min(max(after / mu, 0.0) ** 3, 1.0)
        dx, dy, dl, du = newton.step(
            np.where(has_low, centring * mu - gap_low * zl - dx * dl, 0.0),
            np.where(has_high, centring * mu - gap_high * zu + dx * du, 0.0),
        )
        ahead, back = _lengths(gap_low, gap_high, has_low, has_high, dx, zl, zu, dl, du)
        x, y, zl, zu = (
            x + 0.995 * ahead * dx,
            y + 0.995 * back * dy,
            zl + 0.995 * back * dl,
            zu + 0.995 * back * du,
        )
    at_low, at_high = has_low & (x - low < zl), has_high & (high - x < zu)
    inside = np.asarray(np.clip(x * scale, face.low, face.high))
    return _polished(face, equations, np.where(at_low, face.low, np.where(at_high, face.high, inside)),
                     ~(at_low | at_high), inside)  # fmt: skip


def _polished(face: Face, equations: _NormalEquations, x: Array, free: np.ndarray, inside: Array) -> Array:
    """The programme's solution with the bounds that the interior point found to hold, or that point itself.

    What is free has W x = A' y: one linear system, whose answer does not show the way to it.
    """
    x = np.where(free, 0.0, x)
    weight = np.where(free, 1.0 / face.weight, 0.0)
    y = equations.factored(weight)(face.b - face.A @ x)
    x = x + weight * (face.A.T @ y)
    scale = max(float(np.max(np.abs(face.start))), 1e-6)
    within = float(np.max(np.maximum(face.low - x, x - face.high), initial=0.0)) <= 1e-9 * scale
    clipped = np.clip(x, face.low, face.high)
    off, before = (float(np.max(np.abs(face.A @ v - face.b), initial=0.0)) for v in (clipped, inside))
    return clipped if within and off <= max(before, 1e-12 * scale) else inside


def _opened(face: Face) -> tuple[np.ndarray, Array]:
    """Which columns can leave their bounds on the face at all, and a point at which all of these have.

    The rest is fixed by the balances together (an idle node passes nothing on), and an interior point would not exist
    with it. One linear programme: x = low + s + r + q with s and q in [0, step], as much s and as little q as can be.
    """
    scale = max(float(np.max(np.abs(face.start))), 1e-6)
    step, n = OPEN * scale, len(face.start)
    width = face.high - face.low
    edge = np.minimum(step, 0.5 * width)
    low = np.where(np.isfinite(face.low), face.low, face.start - 1.0)
    programme = Arrays(
        A=sp.csc_matrix(sp.hstack([face.A, face.A, face.A])),
        c=np.concatenate([np.full(n, -1.0), np.zeros(n), np.ones(n)]),
        low=np.concatenate([np.zeros(n), np.where(np.isfinite(face.low), 0.0, -np.inf), np.zeros(n)]),
        high=np.concatenate([edge, np.maximum(width - 2.0 * edge, 0.0), edge]),
        row_low=face.b - face.A @ low - 1e-13 * scale,
        row_high=face.b - face.A @ low + 1e-13 * scale,
        n_activities=3 * n,
        n_links=0,
        n_demands=0,
        n_nodes=len(face.b),
        row_names=(),
        column_names=(),
    )
    parts = optimum(programme).x.reshape(3, n)
    return parts[0] - parts[2] > 0.5 * edge, low + parts.sum(axis=0)


@dataclass(frozen=True)
class _Newton:
    """One linearisation of the optimality conditions: factorised once, solved for two targets of complementarity."""

    A: sp.csc_matrix
    AT: sp.csr_matrix
    D: Array
    solve: Callable[[Array], Array]
    primal: Array
    dual: Array
    gap_low: Array
    gap_high: Array
    zl: Array
    zu: Array

    def step(self, low: Array, high: Array) -> tuple[Array, Array, Array, Array]:
        """Change of x, y and both multipliers, for changes ``low`` and ``high`` of gap times multiplier."""
        right = -self.dual + low / self.gap_low - high / self.gap_high
        dy = self.solve(self.primal - self.A @ (right / self.D))
        dx = (self.AT @ dy + right) / self.D
        return dx, dy, (low - self.zl * dx) / self.gap_low, (high + self.zu * dx) / self.gap_high


def _lengths(
    gl: Array,
    gh: Array,
    has_low: Array,
    has_high: Array,
    dx: Array,
    zl: Array,
    zu: Array,
    dl: Array,
    du: Array,
) -> tuple[float, float]:
    """Longest steps in x and in the multipliers that stay inside the bounds."""
    ahead = min(_longest(gl, np.where(has_low, dx, 0.0)), _longest(gh, np.where(has_high, -dx, 0.0)))
    return ahead, min(_longest(zl, np.where(has_low, dl, 0.0)), _longest(zu, np.where(has_high, du, 0.0)))


def _longest(value: Array, change: Array) -> float:
    falling = change < 0
    return min(1.0, float(np.min(-value[falling] / change[falling]))) if falling.any() else 1.0


class _NormalEquations:
    """(A diag(d) A') y = r for one A and many d: where each product of two entries goes is found once."""

    def __init__(self, A: sp.csc_matrix) -> None:
        count, m = np.diff(A.indptr), A.shape[0]
        column = np.repeat(np.arange(A.shape[1]), count**2)
        entry = np.arange(len(column)) - np.repeat(np.cumsum(count**2) - count**2, count**2)
        begin, size = A.indptr[:-1][column], count[column]
        left, right = begin + entry // np.maximum(size, 1), begin + entry % np.maximum(size, 1)
        product = A.indices[right].astype(np.int64) * m + A.indices[left]
        own = np.arange(m, dtype=np.int64) * (m + 1)
        place, at = np.unique(np.concatenate([product, own]), return_inverse=True)
        products = (A.data[left] * A.data[right], (at.ravel()[: len(product)], column))
        self._entries = sp.csr_matrix(products, (len(place), A.shape[1]))
        self._indices = (place % m).astype(np.int32)
        self._indptr = np.searchsorted(place, m * np.arange(m + 1, dtype=np.int64)).astype(np.int32)
        self._diagonal = np.searchsorted(place, own)
        self._size = m

    def factored(self, inverse: Array) -> Callable[[Array], Array]:
        """Solver for d = ``inverse``; rows that depend on others are left at rest; two steps of refinement."""
        data, shape = self._entries @ inverse, (self._size, self._size)
        normal = sp.csc_matrix((data, self._indices, self._indptr), shape)
        diagonal, held = data[self._diagonal], data.copy()
        held[self._diagonal] += 1e-13 * diagonal + 1e-25 * max(float(diagonal.max(initial=0.0)), 1.0) + 1e-300
        factor = splu(
            sp.csc_matrix((held, self._indices, self._indptr), shape),
            permc_spec="MMD_AT_PLUS_A",
            options={"SymmetricMode": True},
        )

        def solve(right: Array) -> Array:
            y = factor.solve(right)
            for _ in range(2):
                y = y + factor.solve(right - normal @ y)
            return np.asarray(y)

        return solve
