"""Weighted least squares under exact balances and non-negativity.

    min  sum_i ((H x - y)_i / sigma_i)^2      s.t.  E x = f,   x >= 0

HiGHS solves the quadratic programme and so finds which unknowns are zero. For that set of zeros the rest is one linear
system (the Karush-Kuhn-Tucker equations of the unknowns that are free), solved by LAPACK and refined, so that the
balances hold to rounding; signs and multipliers that are still wrong are pivoted (Portugal, Judice and Vicente,
Math. Comp. 63 (1994) 625).
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve

from ytterby.world.errors import SolveError

Vector = NDArray[np.float64]

ZERO = 1e-9
"""What counts as zero, relative to the largest unknown or multiplier."""

ROUNDS = 25
"""Pivoting rounds before HiGHS is asked again."""

SINGLE = 200
"""Rounds after those, from the zeros that HiGHS finds, in which one unknown changes at a time."""

DAMPING = 1e-12
"""Damping of the multipliers in the factorised system, small against entries of order one."""


@dataclass(frozen=True)
class Estimate:
    """A solved balance of n unknowns."""

    x: Vector
    """Balanced values, shape (n,)."""
    standard_error: Vector
    """Standard error of each value given the weights, balances and zeros, shape (n,); 0 where held at zero."""
    covariance: Vector
    """Covariance of the values, shape (n, n)."""
    at_zero: NDArray[np.bool_]
    """True where non-negativity holds a value at zero."""
    rounds: int
    """Pivoting rounds that were needed."""


def balance(
    measure: sp.csr_array,
    observed: Vector,
    sigma: Vector,
    exact: sp.csr_array,
    exact_value: Vector,
    *,
    start_at_zero: NDArray[np.bool_] | None = None,
    covariance: bool = True,
) -> Estimate:
    """Balance unknowns against observations.

    ``measure`` (m, n) and ``observed`` (m,) with standard errors ``sigma`` (m,); ``exact`` (k, n) and ``exact_value``
    (k,) hold exactly. The balances must be independent and every unknown must be seen by an observation or a balance.
    Raises SolveError where the system is singular or no sign pattern settles.

    >>> import numpy as np, scipy.sparse as sp
    >>> eye, ones = sp.csr_array(np.eye(2)), sp.csr_array(np.array([[1.0, -1.0]]))
    >>> fit = balance(eye, np.array([10.0, 14.0]), np.array([1.0, 1.0]), ones, np.zeros(1))
    >>> [float(v) for v in fit.x]
    [12.0, 12.0]
    """
    n = measure.shape[1]
    scaled = sp.csr_array(sp.diags_array(1.0 / sigma) @ measure)
    normal = sp.csc_array(scaled.T @ scaled)
    right = scaled.T @ (observed / sigma)
    settled = None
    if start_at_zero is not None:
        settled = _pivot(normal, right, exact, exact_value, start_at_zero.copy())
    if settled is None:
        settled = _pivot(normal, right, exact, exact_value, _programme(normal, right, exact, exact_value), SINGLE)
    if settled is None:
        raise SolveError("the balance did not settle: which flows are zero keeps changing; look for shares that clash")
    x, zero, rounds = settled
    spread = _covariance(normal, exact, zero) if covariance else np.zeros((0, 0))
    error = np.sqrt(np.clip(np.diag(spread), 0.0, None)) if covariance else np.zeros(n)
    return Estimate(x, error, spread, zero, rounds)


def _programme(normal: sp.csc_array, right: Vector, exact: sp.csr_array, exact_value: Vector) -> NDArray[np.bool_]:
    """Solve min x'Nx/2 - r'x, Ex = f, x >= 0 by HiGHS; returns which unknowns are zero."""
    n = normal.shape[0]
    columns, lower = sp.csc_array(exact), sp.csc_array(sp.tril(normal))
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = n, exact.shape[0]
    programme.col_cost_, programme.col_lower_ = -right, np.zeros(n)
    programme.col_upper_ = np.full(n, highspy.kHighsInf)
    programme.row_lower_ = programme.row_upper_ = exact_value
    programme.a_matrix_.start_, programme.a_matrix_.index_ = columns.indptr, columns.indices
    programme.a_matrix_.value_ = columns.data
    hessian = highspy.HighsHessian()
    hessian.dim_, hessian.format_ = n, highspy.HessianFormat.kTriangular
    hessian.start_, hessian.index_, hessian.value_ = lower.indptr, lower.indices, lower.data
    # The plain class: highspy.Highs registers callbacks and prints a banner on standard output.
    solver = highspy._Highs()  # type: ignore[attr-defined]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(programme)
    solver.passHessian(hessian)
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolveError(f"the balance has no solution: the solver says {solver.modelStatusToString(status)}")
    x = np.array(solver.getSolution().col_value)
    return np.asarray(x <= ZERO * max(1.0, float(np.abs(x).max(initial=0.0))))


def _pivot(
    normal: sp.csc_array, right: Vector, exact: sp.csr_array, exact_value: Vector, zero: NDArray[np.bool_],
    single: int = 0,
) -> tuple[Vector, NDArray[np.bool_], int] | None:  # fmt: skip
    """Pivot from a set of zeros to the right one; None where it does not settle.

    All that is wrong changes at once; where that goes round in circles, only the last of it does (Portugal, Judice and
    Vicente 1994: least-index pivots end in any strictly convex programme).
    """
    size = max(1.0, float(np.abs(right).max(initial=0.0)))
    for rounds in range(ROUNDS + single):
        x, multiplier = _free_solution(normal, right, exact, exact_value, zero)
        gradient = normal @ x - right + exact.T @ multiplier
        tiny = ZERO * max(1.0, float(np.abs(x).max(initial=0.0)))
        wrong = (~zero & (x < -tiny)) | (zero & (gradient < -ZERO * size))
        if not wrong.any():
            return np.where(np.abs(x) <= tiny * 1e-3, 0.0, np.maximum(x, 0.0)), zero, rounds
        changed = wrong if rounds < ROUNDS else np.flatnonzero(wrong)[-1:]
        zero[changed] = ~zero[changed]
    return None


def _free_solution(
    normal: sp.csc_array, right: Vector, exact: sp.csr_array, exact_value: Vector, zero: NDArray[np.bool_]
) -> tuple[Vector, Vector]:
    """Solve the equations of the unknowns that are not held at zero; returns all unknowns and the multipliers."""
    n, k = normal.shape[0], exact.shape[0]
    free = np.flatnonzero(~zero)
    rows = exact[:, free]
    live = np.flatnonzero(np.diff(rows.indptr) > 0)
    if np.any(np.abs(np.delete(exact_value, live)) > 0):
        raise SolveError("a balance has no flow left that could meet it")
    system = _system(normal, rows[live], free)
    b = np.concatenate([right[free], exact_value[live]])
    damped = system.copy()
    # Balances may repeat each other once some flows are zero: damping keeps the factors, refinement removes it.
    damped[np.arange(len(free), len(b)), np.arange(len(free), len(b))] = -DAMPING
    factors = lu_factor(damped, check_finite=False)
    solution = lu_solve(factors, b, check_finite=False)
    for _ in range(3):
        solution += lu_solve(factors, b - system @ solution, check_finite=False)
    if not np.all(np.isfinite(solution)):
        raise SolveError("the balance is singular: a flow is seen by no figure, no share and no balance")
    x, multiplier = np.zeros(n), np.zeros(k)
    x[free] = solution[: len(free)]
    multiplier[live] = solution[len(free) :]
    return x, multiplier


def _system(normal: sp.csc_array, rows: sp.csr_array, free: NDArray[np.int64]) -> Vector:
    """The Karush-Kuhn-Tucker matrix of the free unknowns, dense."""
    block = sp.block_array([[normal[free][:, free], rows.T], [rows, None]], format="csr")
    return np.asarray(block.toarray(), dtype=np.float64)


def _covariance(normal: sp.csc_array, exact: sp.csr_array, zero: NDArray[np.bool_]) -> Vector:
    """Covariance of the estimate: the unknowns' block of the inverse of the free system."""
    n = normal.shape[0]
    free = np.flatnonzero(~zero)
    rows = exact[:, free]
    rows = rows[np.flatnonzero(np.diff(rows.indptr) > 0)]
    system = _system(normal, rows, free)
    at = np.arange(len(free), len(system))
    system[at, at] = -DAMPING
    block = np.linalg.inv(system)[: len(free), : len(free)]
    full = np.zeros((n, n))
    full[np.ix_(free, free)] = (block + block.T) / 2
    return full
