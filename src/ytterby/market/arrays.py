"""The model as arrays, exported once: what a solver takes and what a family of solves changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache

import linopy
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ytterby.chain.network import Network
from ytterby.market.demand_curve import Segments
from ytterby.market.model import welfare_maximum

Array = npt.NDArray[np.float64]

MONEY = 1000.0
"""USD per unit of money inside the solver: keeps costs and prices near one, whatever is traded."""


@dataclass(frozen=True)
class Arrays:
    """min c'x  s.t.  row_low <= A x <= row_high,  low <= x <= high; money in thousands of USD.

    Columns are activities, then links, then demand pieces (buyer by buyer); rows are nodes, then quotas.
    """

    A: sp.csc_matrix
    c: Array
    low: Array
    high: Array
    row_low: Array
    row_high: Array
    n_activities: int
    n_links: int
    n_demands: int
    n_nodes: int
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]

    @property
    def activities(self) -> slice:
        """Columns of activity levels z."""
        return slice(0, self.n_activities)

    @property
    def links(self) -> slice:
        """Columns of flows f."""
        return slice(self.n_activities, self.n_activities + self.n_links)

    @property
    def pieces(self) -> slice:
        """Columns of demand pieces d, reshaped by (n_demands, -1)."""
        return slice(self.n_activities + self.n_links, len(self.c))

    def with_utility(self, utility: Segments) -> Arrays:
        """Return the arrays with the demand pieces cut elsewhere: bounds and worth change, nothing else."""
        c, high = self.c.copy(), self.high.copy()
        c[self.pieces] = -utility.usd_per_t.ravel() / MONEY
        high[self.pieces] = utility.width_t.ravel()
        return replace(self, c=c, high=high)


def exported(network: Network, utility: Segments) -> Arrays:
    """Build the model of a checked network and export it once, in the order of the network's tables."""
    model = welfare_maximum(network, utility)
    matrices = model.matrices
    columns = _order(matrices.vlabels, ("z", "f", "d"), model.variables)
    rows = _order(matrices.clabels, ("balance", "quota"), model.constraints)
    sense = np.asarray(matrices.sense)[rows]
    b = np.asarray(matrices.b, float)[rows]
    A = sp.csc_matrix(sp.csr_matrix(matrices.A)[rows][:, columns])
    A.sum_duplicates()
    A.sort_indices()
    quotas = network.quotas["quota"].tolist() if len(rows) > len(network.nodes) else []
    names = [
        *("activity:" + network.activities["activity"]),
        *("link:" + network.links["link"]),
        *(f"demand:{j}:{s}" for j in network.demands["demand"] for s in range(utility.width_t.shape[1])),
    ]
    direction = -1.0 if model.objective.sense == "max" else 1.0
    return Arrays(
        A=A,
        c=direction * np.asarray(matrices.c, float)[columns] / MONEY,
        low=np.asarray(matrices.lb, float)[columns],
        high=np.asarray(matrices.ub, float)[columns],
        row_low=np.where(sense == "<", -np.inf, b),
        row_high=np.where(sense == ">", np.inf, b),
        n_activities=len(network.activities),
        n_links=len(network.links),
        n_demands=len(network.demands),
        n_nodes=len(network.nodes),
        row_names=(*("node:" + network.nodes["node"]), *(f"quota:{q}" for q in quotas)),
        column_names=tuple(names),
    )


@lru_cache(maxsize=8)
def generic(names: tuple[str, ...]) -> Array:
    """A number in [1, 2) for each name, the same on every machine and in any order: the first bytes of its BLAKE2
    digest."""
    digests = b"".join(hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.asarray(1.0 + np.frombuffer(digests, dtype=">u8").astype(float) / 2.0**64)


def _order(
    labels: npt.NDArray[np.int64], parts: tuple[str, ...], container: linopy.Variables | linopy.Constraints
) -> npt.NDArray[np.int64]:
    """Position in the exported matrix of every variable or constraint, part by part in the model's own order."""
    position = {int(label): i for i, label in enumerate(labels)}
    wanted: list[int] = []
    for part in parts:
        if part in container:
            wanted += [position[int(label)] for label in np.asarray(container[part].labels).ravel()]
    return np.asarray(wanted, dtype=np.int64)
