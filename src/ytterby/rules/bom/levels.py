"""How high each part stands over the materials below it, and the circle that makes a bill impossible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from ytterby.world.errors import Fault, InputError

MOST_SHOWN = 12
"""Parts of a circle that are named; of a longer one its ends."""


def heights(matrix: sparse.csr_matrix, names: pd.Series, where: str) -> npt.NDArray[np.int32]:
    """Height of each part (0: it has no lines) for ``matrix[parent, part]``; raises InputError with the path of a
    circle."""
    levels = np.zeros(matrix.shape[0], dtype=np.int32)
    waiting = np.diff(matrix.indptr).astype(np.int64)
    users = matrix.tocsc()
    ready: npt.NDArray[Any] = np.flatnonzero(waiting == 0)
    done, level = 0, 0
    while len(ready):
        if len(ready) == 1:
            ready, length = _up_a_chain(users, waiting, levels, int(ready[0]), level)
            done, level = done + length, level + length
            continue
        levels[ready] = level
        done += len(ready)
        found, counts = np.unique(users[:, ready].indices, return_counts=True)
        waiting[found] -= counts
        ready = found[waiting[found] == 0]
        level += 1
    if done < len(levels):
        circle = _circle(matrix, np.flatnonzero(waiting > 0))
        half = MOST_SHOWN // 2
        shown = circle if len(circle) <= MOST_SHOWN else [*circle[:half], *circle[-half:]]
        text = " contains ".join(str(names[n]) for n in shown)
        raise InputError("the bill of materials goes in a circle", [Fault(where, text, "no part inside itself")])
    return levels


def _up_a_chain(
    users: sparse.csc_matrix, waiting: npt.NDArray[np.int64], levels: npt.NDArray[np.int32], node: int, level: int
) -> tuple[npt.NDArray[np.int64], int]:
    """Follow single parents upward; the parts that are ready then, and how many were passed."""
    ends, parents, left, heights_ = users.indptr.data, users.indices.data, waiting.data, levels.data
    passed = 0
    while True:
        heights_[node] = level + passed
        passed += 1
        freed = []
        for at in range(ends[node], ends[node + 1]):
            parent = parents[at]
            left[parent] -= 1
            if left[parent] == 0:
                freed.append(parent)
        if len(freed) != 1:
            return np.array(freed, dtype=np.int64), passed
        node = freed[0]


def _circle(matrix: sparse.csr_matrix, stuck: npt.NDArray[np.int64]) -> Sequence[int]:
    """A shortest circle through one part that contains itself, its first part repeated at the end."""
    inner = matrix[stuck][:, stuck].tocsr()
    inner.data[:] = 1.0
    _, labels = connected_components(inner, connection="strong")
    itself = inner.diagonal() > 0
    if itself.any():
        part = int(stuck[np.flatnonzero(itself)[0]])
        return [part, part]
    start = int(np.flatnonzero(np.bincount(labels)[labels] > 1)[0])
    order, before = breadth_first_order(inner, start)
    holders = set(inner[:, [start]].nonzero()[0].tolist())
    path = [start, next(n for n in order.tolist() if n in holders)]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return [int(stuck[n]) for n in reversed(path)]
