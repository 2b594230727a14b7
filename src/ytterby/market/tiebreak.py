"""One answer where many are equally good.

*Flows.* Of all plans with the greatest welfare, the one with the least sum of x^2 / scale, where scale is an
activity's or link's own capacity (or all demand, where it has none): among equal ways, use is spread in
proportion to capacity. The criterion is strictly convex, so the plan is unique, whatever vertex the simplex
method ended at. All optimal plans share this description: columns with a reduced cost, and rows with a price,
stay where they are; the rest may move. On that face the programme is solved by Mehrotra's predictor-corrector
method (Nocedal and Wright 2006, ch. 16.6, with diagonal W) to 1e-13 of the largest flow.

*Prices.* Of all optimal price systems, the one that is left after each node has been given an infinitesimal amount
of its commodity (``simplex.nudged``): no scarcity rent is shown that the optimum does not force.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.market.arrays import Array, Arrays
from ytterby.market.simplex import Vertex
from ytterby.world.errors import SolveError

PRICED = 1e-8
"""Reduced cost or price, thousand USD per t, from which a column or row counts as priced."""


@dataclass(frozen=True)
class Face:
    """min x'Wx/2 over A x = b, low <= x <= high: the optimal plans, in the columns that may still move."""

    A: sp.csc_matrix
    b: Array
    low: Array
    high: Array
    weight: Array
    start: Array


def spread(arrays: Arrays, vertex: Vertex) -> Array:
    """Return the optimal plan with the least sum of x^2 / scale, t, in the arrays' column order.

    Raises SolveError when the quadratic programme does not converge.
    """
    moving = (np.abs(vertex.reduced_cost) <= PRICED) & (arrays.high - arrays.low > 1e-7)
    if not moving.any():
        return vertex.x
    x = vertex.x.copy()
    face = _face(arrays, vertex, moving)
    x[moving] = _interior(face)[: int(moving.sum())]
    return np.asarray(np.clip(x, arrays.low, arrays.high))


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
    largest = max(float(np.sum(arrays.high[arrays.pieces])), 1e-6)
    weight = largest / np.clip(arrays.high[moving], 1e-4 * largest, largest)
    resting = (activity - arrays.A[:, moving] @ x)[touched]
    b = activity[touched] - resting
    b[position[slack]] = -resting[position[slack]]
    return Face(
        A=sp.csc_matrix(sp.hstack([A, columns])),
        b=b,
        low=np.concatenate([np.minimum(arrays.low[moving], x), np.minimum(arrays.row_low, activity)[slack]]),
        high=np.concatenate(
            [np.maximum(arrays.high[moving], x), np.maximum(arrays.row_high, activity)[slack]]
        ),
        weight=np.concatenate([weight, np.full(len(slack), 1e-6)]),
        start=np.concatenate([x, activity[slack]]),
    )


def _interior(face: Face, rounds: int = 60, tolerance: float = 1e-15) -> Array:
    """Predictor-corrector for the face's programme."""
    A, W = face.A, face.weight
    scale = max(float(np.max(np.abs(face.start))), 1e-6)
    b, low, high = face.b / scale, face.low / scale, face.high / scale
    has_low, has_high = np.isfinite(low), np.isfinite(high)
    width = np.where(has_low & has_high, high - low, 2.0)
    x = face.start / scale
    x = np.where(has_low, np.maximum(x, low + np.minimum(0.1 * width, 0.1)), x)
    x = np.where(has_high, np.minimum(x, high - np.minimum(0.1 * width, 0.1)), x)
    y = np.zeros(A.shape[0])
    zl, zu = np.where(has_low, 1.0, 0.0), np.where(has_high, 1.0, 0.0)
    count = max(int(has_low.sum() + has_high.sum()), 1)
    AT = sp.csr_matrix(A.T)
    for _ in range(rounds):
        gap_low = np.where(has_low, np.maximum(x - low, 1e-15), 1.0)
        gap_high = np.where(has_high, np.maximum(high - x, 1e-15), 1.0)
        dual = W * x - AT @ y - zl + zu
        primal = b - A @ x
        mu = float(gap_low @ zl + gap_high @ zu) / count
        if mu < tolerance and np.max(np.abs(primal)) < 1e-13 and np.max(np.abs(dual)) < 1e-8:
            break
        D = W + zl / gap_low + zu / gap_high + 1e-14
        solve = _normal_equations(A, 1.0 / D)

        def step(target_low: Array, target_high: Array) -> tuple[Array, Array, Array, Array]:
            right = -dual + target_low / gap_low - target_high / gap_high
            dy = solve(primal - A @ (right / D))
            dx = (AT @ dy + right) / D
            return dx, dy, (target_low - zl * dx) / gap_low, (target_high + zu * dx) / gap_high

        dx, dy, dl, du = step(-gap_low * zl, -gap_high * zu)
        ahead, back = _lengths(gap_low, gap_high, has_low, has_high, dx, zl, zu, dl, du)
        after = (
            float(
                (gap_low + ahead * dx) @ (zl + back * dl) * 1.0 + (gap_high - ahead * dx) @ (zu + back * du)
            )
            / count
        )
        centring = min(max(after / mu, 0.0) ** 3, 1.0)
        dx, dy, dl, du = step(
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
    else:
        if mu > 1e-6 or np.max(np.abs(primal)) > 1e-7:
            raise SolveError(
                f"the tie-break did not converge (gap {mu:.1e}, residual {np.max(np.abs(primal)):.1e})"
            )
    return np.asarray(np.clip(x * scale, face.low, face.high))


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


def _normal_equations(A: sp.csc_matrix, inverse: Array) -> Callable[[Array], Array]:
    """Solver of (A diag(inverse) A') y = r, with rows that depend on others left at rest; two steps of refinement."""
    normal = sp.csc_matrix(A @ sp.diags(inverse) @ A.T)
    diagonal = normal.diagonal()
    ridge = 1e-13 * diagonal + 1e-25 * max(float(diagonal.max()), 1.0) + 1e-300
    factor = splu(
        sp.csc_matrix(normal + sp.diags(ridge)), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
    )

    def solve(right: Array) -> Array:
        y = factor.solve(right)
        for _ in range(2):
            y = y + factor.solve(right - normal @ y)
        return np.asarray(y)

    return solve
