"""A few solves of one programme with other costs and bounds, each from the basis at which the last one ended.

Every run holds a model of its own: filling one takes less time than changing half of another's columns.
"""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from ytterby.market.arrays import Arrays
from ytterby.market.simplex import Basis, InfeasibleError, UnboundedError, Vertex, given, loaded, run

QUICK = (
    ("presolve", "off"),
    ("simplex_scale_strategy", 0),
    ("simplex_dual_edge_weight_strategy", 0),
    ("dual_simplex_cost_perturbation_multiplier", 0.0),
)
"""Options for programmes with gifts, whose optimum is not degenerate: nothing to perturb, and well scaled."""

AMPLE = 10.0
"""Bound of a column that has none, as a multiple of all that is asked for: with an end to flip to, the dual simplex
method takes a sixth fewer steps. A bound that holds at the optimum is taken away again."""


class Session:
    """A series of runs: ``start`` is where the first begins."""

    def __init__(self, start: Basis | highspy.HighsBasis | None = None) -> None:
        self._basis = given(start) if isinstance(start, Basis) else start

    def optimum(self, arrays: Arrays) -> Vertex:
        """Solve arrays of the shape of those before; raises as ``simplex.run`` does."""
        asked = np.concatenate([arrays.high[arrays.pieces], arrays.low, arrays.row_low, arrays.row_high])
        ample = AMPLE * float(np.sum(np.abs(asked[np.isfinite(asked)])))
        try:
            vertex = self._run(replace(arrays, high=np.where(np.isinf(arrays.high), ample, arrays.high)))
        except (InfeasibleError, UnboundedError):
            return self._run(arrays)
        return vertex if np.all(vertex.x < ample) else self._run(arrays)

    def _run(self, arrays: Arrays) -> Vertex:
        highs = loaded(arrays)
        for option, value in QUICK:
            highs.setOptionValue(option, value)
        if self._basis is not None:
            highs.setBasis(self._basis)
        vertex = run(highs, arrays)
        self._basis = highs.getBasis()
        return vertex
