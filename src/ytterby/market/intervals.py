"""A price is an interval: its low and high end over all optimal price systems.

The low end is what welfare gains from one more unit at the node, the high end what it loses from one unit less: the
two one-sided derivatives of the optimum. At the optimal basis B a unit moves the basic variables by B^-1 e. Where
that direction leaves every bound alone the derivative is the basis's own price, for all nodes in one factorisation;
where it does not (a degenerate vertex), a linear programme over the directions that remain is solved, from the same
basis each time, so that no answer depends on the one before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.market.arrays import Array, Arrays
from ytterby.market.simplex import BASIC, Vertex, loaded, set_basis

AT_BOUND_T = 1e-6
"""Distance from a bound, t, below which a variable counts as being on it."""


@dataclass(frozen=True)
class Directions:
    """Which way each column and row may still move from an optimum: bounds of a cone, 0 or infinite."""

    low: Array
    high: Array
    row_low: Array
    row_high: Array


def price_intervals(arrays: Arrays, vertex: Vertex, nodes: np.ndarray) -> tuple[Array, Array]:
    """Low and high end of the price at each of ``nodes`` (row numbers), in the solver's money, shapes (len(nodes),).

    Infinite where a unit less, or a unit more, cannot be had or placed at any price.
    """
    cone = _directions(arrays, vertex)
    ends = [_kept(arrays, vertex, cone, nodes, unit) for unit in (1.0, -1.0)]
    open_questions = [(i, unit) for unit, kept in zip((1.0, -1.0), ends, strict=True) for i in np.flatnonzero(~kept)]
    low, high = vertex.price[nodes].copy(), vertex.price[nodes].copy()
    if open_questions:
        cone_arrays = replace(arrays, low=cone.low, high=cone.high, row_low=cone.row_low, row_high=cone.row_high)
        highs = loaded(cone_arrays)
        highs.setOptionValue("presolve", "off")
        for i, unit in open_questions:
            end = _derivative(highs, cone, vertex, int(nodes[i]), unit)
            if unit > 0:
                low[i] = min(end, low[i])
            else:
                high[i] = max(end, high[i])
    return low, high


def _directions(arrays: Arrays, vertex: Vertex) -> Directions:
    def cone(value: Array, low: Array, high: Array) -> tuple[Array, Array]:
        return np.where(value - low <= AT_BOUND_T, 0.0, -np.inf), np.where(high - value <= AT_BOUND_T, 0.0, np.inf)

    return Directions(*cone(vertex.x, arrays.low, arrays.high), *cone(vertex.rows, arrays.row_low, arrays.row_high))


def _kept(arrays: Arrays, vertex: Vertex, cone: Directions, nodes: np.ndarray, unit: float) -> np.ndarray:
    """Whether a unit more (+1) or less (-1) at each node moves no basic variable off its bound."""
    m = arrays.A.shape[0]
    whole = sp.hstack([arrays.A, -sp.eye(m, format="csc")], format="csc")
    basic = np.concatenate([vertex.basis.columns, vertex.basis.rows]) == BASIC
    low = np.concatenate([cone.low, cone.row_low])[basic]
    high = np.concatenate([cone.high, cone.row_high])[basic]
    held = np.isfinite(low) | np.isfinite(high)
    factor = splu(whole[:, basic])
    kept = np.ones(len(nodes), bool)
    for begin in range(0, len(nodes), 256):
        block = nodes[begin : begin + 256]
        right = np.zeros((m, len(block)))
        right[block, np.arange(len(block))] = -unit
        moved = factor.solve(right)[held]
        off = np.maximum(low[held, None] - moved, moved - high[held, None])
        kept[begin : begin + 256] = np.max(off, axis=0, initial=0.0) <= 1e-9
    return kept


def _derivative(highs: highspy.Highs, cone: Directions, vertex: Vertex, node: int, unit: float) -> float:
    """One-sided derivative of the least cost in the supply at a node, as a price."""
    highs.changeRowBounds(node, cone.row_low[node] - unit, cone.row_high[node] - unit)
    set_basis(highs, vertex.basis)
    highs.run()
    status, value = highs.getModelStatus(), highs.getInfo().objective_function_value
    highs.changeRowBounds(node, cone.row_low[node], cone.row_high[node])
    if status == highspy.HighsModelStatus.kOptimal:
        return -unit * float(value)
    return -unit * np.inf
