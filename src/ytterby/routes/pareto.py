"""All ways that are worth comparing: multi-criteria label setting with epsilon-dominance.

Method: labels are vectors of criteria that add up along arcs; the heap pops them in lexicographic order, so a
label that is popped and not dominated by one settled at the same state is final (Martins 1984, "On a
multicriteria shortest path problem", EJOR 16:236-245). With epsilon > 0 a label is also dropped when a
settled one is, in every criterion, at most (1 + epsilon) ** (1 / hops) times as much, the factor being
shared out over the arcs of a way so that the whole answer covers the exact one within 1 + epsilon (Warburton
1987, Operations Research 35:70-79).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ytterby.routes.network import Floats, Ints


@dataclass(frozen=True)
class Graph:
    """Arcs leaving each state, with their criteria: what the label setting runs on."""

    leaving: tuple[tuple[tuple[int, int, tuple[float, ...]], ...], ...]
    """For each state: (arc, head, criteria)."""

    @classmethod
    def from_arcs(cls, states: int, tail: Ints, head: Ints, weights: Floats, open_arcs: Ints) -> Graph:
        """Build from arrays; ``weights`` has shape (arcs, criteria) and is not negative."""
        leaving: list[list[tuple[int, int, tuple[float, ...]]]] = [[] for _ in range(states)]
        tails, heads, rows = tail[open_arcs].tolist(), head[open_arcs].tolist(), weights[open_arcs].tolist()
        for arc, u, v, row in zip(open_arcs.tolist(), tails, heads, rows, strict=True):
            leaving[u].append((arc, v, tuple(row)))
        return cls(tuple(tuple(arcs) for arcs in leaving))


@dataclass(frozen=True)
class ParetoWay:
    """One way of the answer: its criteria and the arcs in order."""

    criteria: tuple[float, ...]
    arcs: tuple[int, ...]


def pareto_ways(
    graph: Graph,
    start: int,
    ends: Sequence[int],
    *,
    epsilon: float = 0.0,
    longest: int = 40,
    bound: Sequence[Floats] = (),
) -> list[ParetoWay]:
    """Return the ways from a state to any of the ends that no other way beats in all criteria.

    ``bound[k]`` (one array of least criterion k from each state to the ends) lets the search drop labels that
    cannot end undominated. ``longest`` is the number of arcs over which epsilon is shared out. With epsilon
    0 the set is exact: one way for each undominated vector.
    """
    slack = (1.0 + epsilon) ** (1.0 / longest) if epsilon > 0 else 1.0
    targets = set(ends)
    criteria = len(next((a[2] for arcs in graph.leaving for a in arcs), ()))
    zero = (0.0,) * criteria
    settled: dict[int, list[tuple[float, ...]]] = {}
    answers: list[tuple[float, ...]] = []
    labels: list[tuple[tuple[float, ...], int, int, int]] = [(zero, start, -1, -1)]
    heap: list[tuple[tuple[float, ...], int]] = [(zero, 0)]
    found: list[int] = []
    lower = [b.tolist() for b in bound]
    while heap:
        cost, number = heapq.heappop(heap)
        _, state, _, _ = labels[number]
        if _covered(cost, settled.get(state, ()), slack):
            continue
        if lower:
            least = tuple(c + b[state] for c, b in zip(cost, lower, strict=True))
            if _covered(least, answers, 1.0):
                continue
        settled.setdefault(state, []).append(cost)
        if state in targets:
            if not _covered(cost, answers, slack):
                answers.append(cost)
                found.append(number)
            continue
        for arc, head, step in graph.leaving[state]:
            reached = tuple([a + b for a, b in zip(cost, step, strict=True)])
            if _covered(reached, settled.get(head, ()), slack):
                continue
            labels.append((reached, head, number, arc))
            heapq.heappush(heap, (reached, len(labels) - 1))
    return [ParetoWay(labels[number][0], _arcs(labels, number)) for number in found]


def _covered(cost: tuple[float, ...], others: Sequence[tuple[float, ...]], slack: float) -> bool:
    """Is the vector, up to the slack, at least as much in every criterion as one of the others?"""
    for other in others:
        for a, b in zip(other, cost, strict=True):
            if a > b * slack + 1e-12:
                break
        else:
            return True
    return False


def _arcs(labels: list[tuple[tuple[float, ...], int, int, int]], number: int) -> tuple[int, ...]:
    path: list[int] = []
    while number >= 0:
        _, _, before, arc = labels[number]
        if arc >= 0:
            path.append(arc)
        number = before
    return tuple(reversed(path))


def undominated(vectors: Floats) -> Ints:
    """Indices of the rows that no other row beats in all columns; of equal rows, the first."""
    keep: list[int] = []
    for i, row in enumerate(vectors):
        worse = np.all(vectors <= row, axis=1) & np.any(vectors < row, axis=1)
        same = np.flatnonzero(np.all(vectors == row, axis=1))
        if not worse.any() and same[0] == i:
            keep.append(i)
    return np.array(keep, dtype=np.int64)
