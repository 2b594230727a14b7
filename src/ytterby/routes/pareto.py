"""All ways that are worth comparing: multi-criteria label setting with an epsilon at the goal.

Method: a label is a vector of criteria that add up along arcs. The heap pops labels in lexicographic order
of the vector so far plus a lower bound of what is still to come (Mandow and Perez de la Cruz 2010,
"Multiobjective A* search with consistent heuristics", J. ACM 57(5):27; without bounds: Martins 1984, EJOR
16:236-245), so a label that is popped and not dominated at its state is final. With epsilon > 0 a label is
also dropped when an answer is, in every criterion, at most 1 + epsilon times what the label can still
reach: then each way of the exact set is covered within 1 + epsilon, and by nothing less.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ytterby.routes.network import Floats, Ints

WIDE = 12
"""From so many arcs on, a state's arcs are tried against the answers all at once."""


@dataclass(frozen=True)
class Graph:
    """Arcs leaving each state, with their criteria: what the label setting runs on."""

    leaving: tuple[tuple[tuple[int, int, tuple[float, ...]], ...], ...]
    """For each state: (arc, head, criteria)."""
    wide: dict[int, tuple[Ints, Floats]]
    """For states with many arcs: their heads and criteria as arrays, in the order of ``leaving``."""

    @classmethod
    def from_arcs(cls, states: int, tail: Ints, head: Ints, weights: Floats, open_arcs: Ints) -> Graph:
        """Build from arrays; ``weights`` has shape (arcs, criteria) and is not negative."""
        leaving: list[list[tuple[int, int, tuple[float, ...]]]] = [[] for _ in range(states)]
        tails, heads, rows = tail[open_arcs].tolist(), head[open_arcs].tolist(), weights[open_arcs].tolist()
        for arc, u, v, row in zip(open_arcs.tolist(), tails, heads, rows, strict=True):
            leaving[u].append((arc, v, tuple(row)))
        wide = {
            state: (np.array([a[1] for a in arcs]), np.array([a[2] for a in arcs]))
            for state, arcs in enumerate(leaving)
            if len(arcs) >= WIDE
        }
        return cls(tuple(tuple(arcs) for arcs in leaving), wide)


@dataclass(frozen=True)
class ParetoWay:
    """One way of the answer: its criteria and the arcs in order."""

    criteria: tuple[float, ...]
    arcs: tuple[int, ...]


def pareto_ways(
    graph: Graph, start: int, ends: Sequence[int], *, epsilon: float = 0.0, bound: Sequence[Floats] = ()
) -> list[ParetoWay]:
    """Return the ways from a state to any of the ends that no other way beats in all criteria.

    ``bound[k]`` (one array of least criterion k from each state to the ends, infinite where there is no
    way) steers the search and lets it drop what cannot end undominated; it must be consistent, as shortest
    distances are. With epsilon 0 the set is exact: one way for each undominated vector. With more, it
    covers the exact set: some way is at most 1 + epsilon times as much in every criterion.
    """
    targets = set(ends)
    criteria = len(next((a[2] for arcs in graph.leaving for a in arcs), ()))
    zero = (0.0,) * criteria
    ahead: list[tuple[float, ...]] = list(zip(*(b.tolist() for b in bound), strict=True)) if len(bound) else []
    rests = np.stack(bound, axis=1) if len(bound) else np.zeros((0, 0))
    unbounded = float("inf")
    if ahead and ahead[start] and ahead[start][0] == unbounded:
        return []
    settled: dict[int, list[tuple[float, ...]]] = {}
    answers: list[tuple[float, ...]] = []
    labels: list[tuple[tuple[float, ...], int, int, int]] = [(zero, start, -1, -1)]
    heap: list[tuple[tuple[float, ...], int]] = [(ahead[start] if ahead else zero, 0)]
    found: list[int] = []
    slack = 1.0 + epsilon
    leaving = graph.leaving
    push, pop = heapq.heappush, heapq.heappop
    while heap:
        least, number = pop(heap)
        cost, state, _, _ = labels[number]
        if _covered(least, answers, slack) or _covered(cost, settled.get(state, ()), 1.0):
            continue
        if state in targets:
            answers.append(cost)
            found.append(number)
            continue
        settled.setdefault(state, []).append(cost)
        arcs = leaving[state]
        if state in graph.wide and answers and ahead:
            heads, steps = graph.wide[state]
            arcs = tuple(arcs[i] for i in _hopeful(np.array(cost) + steps + rests[heads], answers, slack))
        for arc, head, step in arcs:
            reached = tuple([a + b for a, b in zip(cost, step, strict=True)])
            if ahead:
                rest = ahead[head]
                if rest[0] == unbounded:
                    continue
                least = tuple([a + b for a, b in zip(reached, rest, strict=True)])
            else:
                least = reached
            if _covered(least, answers, slack) or _covered(reached, settled.get(head, ()), 1.0):
                continue
            labels.append((reached, head, number, arc))
            push(heap, (least, len(labels) - 1))
    return [ParetoWay(labels[number][0], _arcs(labels, number)) for number in found]


def _covered(cost: tuple[float, ...], others: Sequence[tuple[float, ...]], slack: float) -> bool:
    """Is one of the others, in every criterion, at most ``slack`` times the vector?"""
    if not others:
        return False
    if len(cost) == 3:  # the usual case, spelled out: this line is where the time goes
        x, y, z = cost[0] * slack + 1e-9, cost[1] * slack + 1e-9, cost[2] * slack + 1e-9
        for a, b, c in others:  # noqa: SIM110
            if a <= x and b <= y and c <= z:
                return True
        return False
    limit = [c * slack + 1e-9 for c in cost]
    return any(all(a <= b for a, b in zip(other, limit, strict=True)) for other in others)


def _hopeful(least: Floats, answers: Sequence[tuple[float, ...]], slack: float) -> list[int]:
    """Rows of ``least`` that no answer covers."""
    limit = least * slack + 1e-9
    covered = np.zeros(len(limit), dtype=bool)
    for answer in answers:
        covered |= np.all(np.array(answer) <= limit, axis=1)
    return np.flatnonzero(~covered).tolist()


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
