"""The least sum of squares on a face of optimal plans.

    min  x'Wx/2   s.t.   A x = b,   low <= x <= high

Clarabel, an interior-point solver (Goulart and Chen 2024), tells which bounds hold. With these taken as equations, one
linear system gives the answer to rounding, and does not show the way to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import clarabel
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.market.arrays import Array
from ytterby.world.errors import SolveError

FINE = 1e-12
"""Tolerance of the interior point, as a share of the largest flow."""


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
    """Solve the face's programme.

    Raises SolveError when the interior point does not converge, or balances do not hold at it.
    """
    scale = max(float(np.max(np.abs(face.start))), 1e-6)
    inside, at_low, at_high = _interior(face, scale)
    bounded = np.where(at_low, face.low, np.where(at_high, face.high, inside))
    found = [_polished(face, bounded, ~(at_low | at_high)), inside]
    off = [float(np.max(np.abs(face.A @ x - face.b), initial=0.0)) for x in found]
    x = found[0] if off[0] <= max(off[1], 1e-12 * scale) else found[1]
    if min(off) > 1e-10 * scale:
        raise SolveError(f"the tie-break did not converge: balances are off by {min(off):.1e} t")
    return x


def _interior(face: Face, scale: float) -> tuple[Array, np.ndarray, np.ndarray]:
    """A point within rounding of the least, and which lower and upper bounds hold there."""
    low, high = face.low / scale, face.high / scale
    has_low, has_high = np.flatnonzero(np.isfinite(low)), np.flatnonzero(np.isfinite(high))
    m, n = face.A.shape
    unit = sp.eye(n, format="csr")
    rows = sp.vstack([face.A, -unit[has_low], unit[has_high]], format="csc")
    right = np.concatenate([face.b / scale, -low[has_low], high[has_high]])
    cones = [clarabel.ZeroConeT(m), clarabel.NonnegativeConeT(len(has_low) + len(has_high))]
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads = False, 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = FINE
    squares = sp.diags(face.weight, format="csc")
    found = clarabel.DefaultSolver(squares, np.zeros(n), rows, right, cones, settings).solve()
    if found.status not in (clarabel.SolverStatus.Solved, clarabel.SolverStatus.AlmostSolved):
        raise SolveError(f"the tie-break did not converge: {found.status}")
    multiplier, slack = np.array(found.z)[m:], np.array(found.s)[m:]
    holds = slack < multiplier
    at_low, at_high = np.zeros(n, bool), np.zeros(n, bool)
    at_low[has_low], at_high[has_high] = holds[: len(has_low)], holds[len(has_low) :]
    return np.clip(scale * np.array(found.x), face.low, face.high), at_low, at_high


def _polished(face: Face, x: Array, free: np.ndarray) -> Array:
    """The programme's solution where all but the free columns stay: W x = A' y, so (A W^-1 A') y = b - A x."""
    x = np.where(free, 0.0, x)
    inverse = np.where(free, 1.0 / face.weight, 0.0)
    normal = sp.csc_matrix(face.A @ sp.diags(inverse) @ face.A.T)
    # Rows that depend on others, or have no free column, are left at rest.
    diagonal = normal.diagonal()
    held = 1e-13 * diagonal + 1e-25 * max(float(diagonal.max(initial=0.0)), 1.0) + 1e-300
    factor = splu(normal + sp.diags(held, format="csc"), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    right = face.b - face.A @ x
    y = factor.solve(right)
    for _ in range(2):
        y = y + factor.solve(right - normal @ y)
    return np.asarray(np.clip(x + inverse * (face.A.T @ y), face.low, face.high))
