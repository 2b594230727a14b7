"""One answer where many are equally good.

*Flows.* Of all plans with the greatest welfare, the one with the least sum of x^2 / scale, where scale is an
activity's or link's own capacity (or the largest there is, where it has none): among equal ways, use is spread in
proportion to capacity. The criterion is strictly convex, so the plan is unique, whatever vertex the simplex
method ended at. All optimal plans share this description: columns with a reduced cost, and rows with a price,
stay where they are; the rest may move. On that face the programme is solved by ``interior``.

For prices the rule stands in ``gifts``.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.market.arrays import Array, Arrays
from ytterby.market.interior import Face, least
from ytterby.market.simplex import BASIC, Vertex, optimum
from ytterby.world.errors import SolveError

PRICED = 1e-8
"""Reduced cost or price, thousand USD per t, from which a column or row counts as priced."""


BEYOND_T = 1e-6
"""Distance beyond a bound, t, that rounding may take a level to."""

TOWARDS_VERTEX = 1e-3
"""Largest share of the vertex that a plan may be mixed with to bring it back within its bounds."""

OPEN = 1e-8
"""Room, as a share of the largest flow, from which a column counts as able to leave its bound."""


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
        solution[loose] = least(
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
