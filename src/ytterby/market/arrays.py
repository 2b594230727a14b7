"""The model as arrays: what a solver takes and what a family of solves changes.

``model.welfare_maximum`` is the model as it is documented, and ``exported`` takes its arrays from linopy.
``written`` writes the same arrays straight from the tables, in a twentieth of the time; a test holds the two together.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ytterby.chain.network import Network
from ytterby.market.demand_curve import Segments

if TYPE_CHECKING:
    import linopy

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

    @property
    def n_pieces(self) -> int:
        """Pieces of each buyer's demand, the choke block among them."""
        return (len(self.c) - self.pieces.start) // self.n_demands if self.n_demands else 1

    def with_utility(self, utility: Segments) -> Arrays:
        """Return the arrays with the demand pieces cut elsewhere: bounds and worth change, nothing else."""
        c, high = self.c.copy(), self.high.copy()
        c[self.pieces] = -utility.usd_per_t.ravel() / MONEY
        high[self.pieces] = utility.width_t.ravel()
        return replace(self, c=c, high=high)


def exported(network: Network, utility: Segments) -> Arrays:
    """Build the model of a checked network and export it once, in the order of the network's tables."""
    from ytterby.market.model import welfare_maximum

    model = welfare_maximum(network, utility)
    matrices = model.matrices
    columns = _order(matrices.vlabels, ("z", "f", "d"), model.variables)
    rows = _order(matrices.clabels, ("balance", "quota"), model.constraints)
    sense = np.asarray(matrices.sense)[rows]
    b = np.asarray(matrices.b, float)[rows]
    A = sp.csc_matrix(sp.csr_matrix(matrices.A)[rows][:, columns])
    A.sum_duplicates()
    A.eliminate_zeros()
    A.sort_indices()
    direction = -1.0 if model.objective.sense == "max" else 1.0
    return Arrays(
        A=A,
        c=direction * np.asarray(matrices.c, float)[columns] / MONEY,
        low=np.asarray(matrices.lb, float)[columns],
        high=np.asarray(matrices.ub, float)[columns],
        row_low=np.where(sense == "<", -np.inf, b),
        row_high=np.where(sense == ">", np.inf, b),
        **_named(network, utility, len(rows)),
    )


def written(network: Network, utility: Segments) -> Arrays:
    """Write the arrays of a checked network from its tables: equal to ``exported``, number by number."""
    node, activity, link = (
        pd.Index(table[key])
        for table, key in ((network.nodes, "node"), (network.activities, "activity"), (network.links, "link"))
    )
    recipes, links, demands, quotas = network.recipes, network.links, network.demands, network.quotas
    n_a, n_l, n_j, n_s = len(activity), len(link), len(demands), utility.width_t.shape[1]
    flow, piece = n_a + np.arange(n_l), n_a + n_l + np.arange(n_j * n_s)
    entries = [
        (node.get_indexer(recipes["node"]), activity.get_indexer(recipes["activity"]), recipes["coefficient"]),
        (node.get_indexer(links["to_node"]), flow, np.ones(n_l)),
        (node.get_indexer(links["from_node"]), flow, -np.ones(n_l)),
        (np.repeat(node.get_indexer(demands["node"]), n_s), piece, -np.ones(n_j * n_s)),
    ]
    members, free = network.quota_members, network.nodes["free_disposal"].to_numpy(bool)
    limit = quotas["limit_t"].to_numpy(float) if len(members) else np.zeros(0)
    if len(members):
        of_activity = (members["kind"] == "activity").to_numpy(bool)
        known = {name: index.get_indexer(members["member"]) for name, index in (("a", activity), ("l", link))}
        column = np.where(of_activity, known["a"], n_a + known["l"])
        entries.append((len(node) + pd.Index(quotas["quota"]).get_indexer(members["quota"]), column, members["weight"]))
    row, col, value = (np.concatenate([np.asarray(part[i], float) for part in entries]) for i in range(3))
    m, n = len(node) + len(limit), n_a + n_l + n_j * n_s
    A = sp.csc_matrix((value, (row.astype(np.int64), col.astype(np.int64))), (m, n))
    A.eliminate_zeros()
    A.sort_indices()
    most = quotas["sense"].to_numpy(object)[: len(limit)] == "max"
    toll = links["cost_usd_per_t"].to_numpy(float) + links["duty_usd_per_t"].to_numpy(float)
    activities = network.activities
    return Arrays(
        A=A,
        c=np.concatenate([activities["cost_usd_per_t"].to_numpy(float), toll, -utility.usd_per_t.ravel()]) / MONEY,
        low=np.concatenate([activities["minimum_t"].to_numpy(float), np.zeros(n_l + n_j * n_s)]),
        high=np.concatenate(
            [activities["capacity_t"].to_numpy(float), links["capacity_t"].to_numpy(float), utility.width_t.ravel()]
        ),
        row_low=np.concatenate([np.zeros(len(node)), np.where(most, -np.inf, limit)]),
        row_high=np.concatenate([np.where(free, np.inf, 0.0), np.where(most, limit, np.inf)]),
        **_named(network, utility, m),
    )


def _named(network: Network, utility: Segments, rows: int) -> Any:
    """Sizes of the parts, and the names of all rows and columns."""
    quotas = network.quotas["quota"].tolist() if rows > len(network.nodes) else []
    pieces = [str(s) for s in range(utility.width_t.shape[1])]
    return {
        "n_activities": len(network.activities),
        "n_links": len(network.links),
        "n_demands": len(network.demands),
        "n_nodes": len(network.nodes),
        "row_names": (*(f"node:{n}" for n in network.nodes["node"]), *(f"quota:{q}" for q in quotas)),
        "column_names": (
            *(f"activity:{a}" for a in network.activities["activity"]),
            *(f"link:{k}" for k in network.links["link"]),
            *(f"demand:{j}:{s}" for j in network.demands["demand"] for s in pieces),
        ),
    }


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
