"""Random small networks, and every path of one: the brute force that the search is held against."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st


@st.composite
def networks(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """(states, tail, head, weights of shape (arcs, 3)); integer weights, so that ties happen."""
    states = draw(st.integers(3, 7))
    arcs = draw(
        st.lists(
            st.tuples(
                st.integers(0, states - 1), st.integers(0, states - 1), *[st.integers(0, 6) for _ in range(3)]
            ).filter(lambda a: a[0] != a[1]),
            min_size=2,
            max_size=16,
        )
    )
    table = np.array(arcs)
    return states, table[:, 0], table[:, 1], table[:, 2:].astype(float)


def every_path_vector(states: int, tail: np.ndarray, head: np.ndarray, weights: np.ndarray, end: int) -> np.ndarray:
    """Criteria of every simple path from state 0 to ``end``, shape (paths, 3)."""
    leaving: dict[int, list[int]] = {s: [] for s in range(states)}
    for arc, u in enumerate(tail.tolist()):
        leaving[u].append(arc)
    found: list[np.ndarray] = []

    def walk(state: int, seen: frozenset[int], total: np.ndarray) -> None:
        if state == end:
            found.append(total)
            return
        for arc in leaving[state]:
            if int(head[arc]) not in seen:
                walk(int(head[arc]), seen | {int(head[arc])}, total + weights[arc])

    walk(0, frozenset({0}), np.zeros(3))
    return np.array(found).reshape(-1, 3)
