"""HiGHS on exported arrays: one thread, simplex, a fresh model each time, started from a basis where one is given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.market.arrays import Array, Arrays
from ytterby.world.errors import SolveError

FEASIBILITY = 1e-9
"""Primal and dual feasibility tolerance given to HiGHS (t, thousand USD per t)."""


@dataclass(frozen=True)
class Basis:
    """A simplex basis: HiGHS's status code of each column and row."""

    columns: npt.NDArray[np.int8]
    rows: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Vertex:
    """An optimal vertex: levels x (t), row activity (t), duals of rows and reduced costs (thousand USD per t)."""

    x: Array
    rows: Array
    price: Array
    reduced_cost: Array
    objective: float
    basis: Basis
    iterations: int


class InfeasibleError(SolveError):
    """No plan meets every balance and bound."""


class UnboundedError(SolveError):
    """Welfare has no end: something can be had for nothing, without limit."""


def optimum(arrays: Arrays, start: Basis | None = None, threads: int = 1) -> Vertex:
    """Solve the arrays to an optimal vertex.

    Raises InfeasibleError, UnboundedError, or SolveError with HiGHS's own words when it stops for another reason.
    """
    highs = loaded(arrays, threads)
    if start is not None:
        set_basis(highs, start)
    return run(highs, arrays)


def loaded(arrays: Arrays, threads: int = 1) -> highspy.Highs:
    """Return a fresh, silent HiGHS instance that holds the arrays."""
    # The plain class: highspy.Highs registers callbacks and prints a banner on standard output.
    highs: highspy.Highs = highspy._Highs()  # type: ignore[attr-defined]
    for option, value in (
        ("output_flag", False),
        ("threads", threads),
        ("parallel", "off"),
        ("solver", "simplex"),
        ("random_seed", 0),
        ("small_matrix_value", 1e-12),
        ("primal_feasibility_tolerance", FEASIBILITY),
        ("dual_feasibility_tolerance", FEASIBILITY),
    ):
        highs.setOptionValue(option, value)
    (m, n), A = arrays.A.shape, arrays.A
    highs.passModel(
        n, m, A.nnz, int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0,
        arrays.c, arrays.low, arrays.high, arrays.row_low, arrays.row_high,
        A.indptr.astype(np.int32, copy=False), A.indices.astype(np.int32, copy=False), A.data, np.zeros(n, np.int32),
    )  # fmt: skip
    return highs


def given(basis: Basis) -> highspy.HighsBasis:
    """Return the basis as HiGHS takes it."""
    basis_in_highs = highspy.HighsBasis()
    basis_in_highs.col_status = [_STATUS[s] for s in basis.columns.tolist()]
    basis_in_highs.row_status = [_STATUS[s] for s in basis.rows.tolist()]
    basis_in_highs.valid = True
    return basis_in_highs


def set_basis(highs: highspy.Highs, basis: Basis) -> None:
    """Start the next run from a basis."""
    highs.setBasis(given(basis))


def run(highs: highspy.Highs, arrays: Arrays) -> Vertex:
    """Run HiGHS on the arrays that it holds and take its vertex.

    Raises InfeasibleError, UnboundedError, or SolveError in HiGHS's own words.
    """
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        highs.setOptionValue("presolve", "off")
        highs.run()
        status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        raise InfeasibleError("no plan meets every balance, bound and quota")
    if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        raise UnboundedError("welfare is unbounded")
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolveError(f"the solver stopped: {highs.modelStatusToString(status)}")
    solution, info = highs.getSolution(), highs.getInfo()
    x, price = np.array(solution.col_value), np.array(solution.row_dual)
    rows = arrays.A @ x
    _, basic = highs.getBasicVariables()
    return Vertex(
        x=x,
        rows=rows,
        price=price,
        reduced_cost=arrays.c - arrays.A.T @ price,
        objective=float(info.objective_function_value),
        basis=Basis(
            _status(x, arrays.low, arrays.high, basic[basic >= 0]),
            _status(rows, arrays.row_low, arrays.row_high, -1 - basic[basic < 0]),
        ),
        iterations=int(info.simplex_iteration_count),
    )


def _status(value: Array, low: Array, high: Array, basic: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
    """Status of every column or row: basic, or at the bound that it is nearer to."""
    status = np.where(np.abs(high - value) < np.abs(value - low), AT_UPPER, AT_LOWER).astype(np.int8)
    status[basic] = BASIC
    return status


def exact(arrays: Arrays, vertex: Vertex) -> Vertex:
    """Recompute a vertex from its basis, in the arrays' own scale, with refinement: residuals at rounding level."""
    m, n = arrays.A.shape
    whole = sp.hstack([arrays.A, -sp.eye(m, format="csc")], format="csc")
    status = np.concatenate([vertex.basis.columns, vertex.basis.rows])
    basic = status == BASIC
    low = np.concatenate([arrays.low, arrays.row_low])
    high = np.concatenate([arrays.high, arrays.row_high])
    x = np.where(status == AT_UPPER, high, low)
    x = np.where(np.isfinite(x), x, 0.0)
    x[basic] = np.concatenate([vertex.x, vertex.rows])[basic]
    B = whole[:, basic]
    factor = splu(B)
    for _ in range(3):
        x[basic] -= factor.solve(whole @ x)
    x = np.clip(x, np.minimum(low, high), high)
    c = np.concatenate([arrays.c, np.zeros(m)])
    price = vertex.price.copy()
    transposed = splu(sp.csc_matrix(B.T))
    for _ in range(3):
        price += transposed.solve(c[basic] - B.T @ price)
    price[np.abs(price) < 1e-12] = 0.0
    return replace(vertex, x=x[:n], rows=x[n:], price=price, reduced_cost=arrays.c - arrays.A.T @ price)


AT_LOWER, BASIC, AT_UPPER = 0, 1, 2
"""HiGHS's status codes of a variable at its lower bound, a basic one, and one at its upper bound."""

_STATUS = [highspy.HighsBasisStatus(i) for i in range(5)]
