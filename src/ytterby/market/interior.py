"""The least sum of squares on a face of optimal plans: Mehrotra's predictor-corrector method with diagonal W.

    min  x'Wx/2   s.t.   A x = b,   low <= x <= high

Nocedal and Wright 2006, ch. 16.6; each step solves (A D^-1 A') dy = r by sparse factors of one pattern.
At the end the bounds that hold are taken as equations, and one linear system gives the answer to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.market.arrays import Array
from ytterby.world.errors import SolveError

EDGES = (1e-3, 1e-9, 0.1)
"""Distances from the bounds, as shares of the largest flow, at which the interior point starts: one after another."""


@dataclass(frozen=True)
class Face:
    """min x'Wx/2 over A x = b, low <= x <= high: the optimal plans, in the columns that may still move."""

    A: sp.csc_matrix
    b: Array
    low: Array
    high: Array
    weight: Array
    start: Array


def least(face: Face) -> Array:
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
