"""All ways that are worth comparing: multi-criteria label setting with an epsilon at the goal.

Method: a label is a vector of criteria that add up along arcs. The heap pops labels in lexicographic order
of the vector so far plus a lower bound of what is still to come (Mandow and Perez de la Cruz 2010,
"Multiobjective A* search with consistent heuristics", J. ACM 57(5):27; without bounds: Martins 1984, EJOR
16:236-245), so a label that is popped and not dominated at its state is final. The first criterion never falls
from one popped label to the next, so a label is held against earlier ones in the other criteria only (Pulido,
Mandow and Perez de la Cruz 2015, "Dimensionality reduction in multiobjective shortest path search", Computers &
Operations Research 64:60-70). With epsilon > 0 a label is also dropped when an answer is, in every criterion,
at most 1 + epsilon times what the label can still reach: then each way of the exact set is covered within
1 + epsilon, and by nothing less. Ways known beforehand (the best in each criterion) are answers from the start.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from ytterby.routes.network import Floats, Ints

WIDE = 12
"""From so many arcs on, a state's arcs are tried against the answers all at once."""
NEAR = 1e-9
"""Criteria closer than this are one: far below a cent, a second or a gram."""

MOST = 4
"""Criteria at most; fewer are filled up with zeros."""
NOTHING = (0.0, 0.0, 0.0, 0.0)

Vector = tuple[float, float, float, float]
Others = tuple[float, float, float]
"""A vector without its first criterion."""
Arc = tuple[int, int, float, float, float, float]
"""(arc, head, criteria)"""
Label = tuple[float, float, float, float, int, int, int]
"""(criteria so far, state, label before, arc)"""


@dataclass(frozen=True)
class Graph:
    """Arcs leaving each state, with their criteria: what the label setting runs on."""

    criteria: int
    leaving: tuple[tuple[Arc, ...], ...]
    """For each state, the arcs from it."""
    wide: dict[int, tuple[Ints, Floats]]
    """For states with many arcs: their heads, and all criteria but the first, in the order of ``leaving``."""

    @classmethod
    def from_arcs(cls, states: int, tail: Ints, head: Ints, weights: Floats, open_arcs: Ints) -> Graph:
        """Build from arrays; ``weights`` has shape (arcs, criteria) and is not negative."""
        order = open_arcs[np.argsort(tail[open_arcs], kind="stable")]
        heads, filled = head[order], _wide(weights[order])
        arcs: list[Arc] = list(zip(order.tolist(), heads.tolist(), *filled.T.tolist(), strict=True))
        begins = np.searchsorted(tail[order], np.arange(states + 1)).tolist()
        spans = [slice(a, b) for a, b in itertools.pairwise(begins)]
        wide = {
            state: (heads[span], filled[span, 1:]) for state, span in enumerate(spans) if span.stop - span.start >= WIDE
        }
        return cls(weights.shape[1], tuple(tuple(arcs[span]) for span in spans), wide)


@dataclass(frozen=True)
class Bounds:
    """The least of each criterion from every state to the ends: steers the search, drops what cannot get there."""

    rest: tuple[Vector, ...]
    reachable: tuple[bool, ...]
    but_first: Floats
    """``rest`` without the first criterion, shape (states, 3)."""

    @classmethod
    def of(cls, least: Floats) -> Bounds:
        """Build from an array of shape (states, criteria), infinite where there is no way.

        Bounds must be consistent (along an arc they fall by no more than its criteria), as shortest distances are.
        """
        reachable = tuple(np.isfinite(least.sum(axis=1)).tolist())
        return cls(tuple(_filled(least)), reachable, _wide(least)[:, 1:])


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
    bounds: Bounds | None = None,
    known: Sequence[ParetoWay] = (),
) -> list[ParetoWay]:
    """Return the ways from a state to any of the ends that no other way beats in all criteria.

    With epsilon 0 the set is exact: one way for each undominated vector. With more, it covers the exact set: some
    way is at most 1 + epsilon times as much in every criterion. ``known`` are ways to the ends that exist; each is
    among the answers, or one that covers it. The dominance tests are spelled out where they stand: this loop is
    where the time goes.
    """
    slack = 1.0 + epsilon
    ahead = bounds or Bounds.of(np.zeros((len(graph.leaving), graph.criteria)))
    rest, reachable = ahead.rest, ahead.reachable
    leaving, targets = graph.leaving, frozenset(ends)
    answers: list[Others] = []  # without the first criterion, in which no label still to come undercuts them
    settled: dict[int, list[Others]] = {}
    labels: list[Label] = [(*NOTHING, start, -1, -1)]
    heap = [(*rest[start], 0)] if reachable[start] else []
    vectors = _filled(np.array([way.criteria for way in known])) if known else []
    waiting = sorted(zip(vectors, known, strict=True), key=itemgetter(0), reverse=True)
    found: list[ParetoWay] = []
    push, pop = heapq.heappush, heapq.heappop
    while heap:
        least, p, q, r, number = pop(heap)
        w, x, y, z, state, _, _ = labels[number]
        if waiting and waiting[-1][0][0] <= least * slack + NEAR:
            _release(waiting, least * slack + NEAR, answers, found, slack)
        here = settled.setdefault(state, [])
        if _covered(p, q, r, answers, slack) or _covered(x, y, z, here, 1.0):
            continue
        if state in targets:
            answers.append((x, y, z))
            found.append(ParetoWay((w, x, y, z)[: graph.criteria], _arcs(labels, number)))
            continue
        here.append((x, y, z))
        hopeful = answers and state in graph.wide
        arcs = _hopeful(graph, state, (x, y, z), ahead.but_first, answers, slack) if hopeful else leaving[state]
        for arc, head, dw, dx, dy, dz in arcs:
            if not reachable[head]:
                continue
            hw, hx, hy, hz = rest[head]
            rx, ry, rz = x + dx, y + dy, z + dz
            p, q, r = rx + hx, ry + hy, rz + hz
            u, v, t = p * slack + NEAR, q * slack + NEAR, r * slack + NEAR
            for a, b, c in answers:
                if a <= u and b <= v and c <= t:
                    break
            else:
                u, v, t = rx + NEAR, ry + NEAR, rz + NEAR
                for a, b, c in settled.get(head, ()):
                    if a <= u and b <= v and c <= t:
                        break
                else:
                    rw = w + dw
                    push(heap, (rw + hw, p, q, r, len(labels)))
                    labels.append((rw, rx, ry, rz, head, number, arc))
    return [found[i] for i in undominated(np.array([way.criteria for way in found])).tolist()]


def _release(
    waiting: list[tuple[Vector, ParetoWay]],
    reached: float,
    answers: list[Others],
    found: list[ParetoWay],
    slack: float,
) -> None:
    """Make answers of the known ways whose first criterion the search has reached."""
    while waiting and waiting[-1][0][0] <= reached:
        (_, a, b, c), way = waiting.pop()
        if not _covered(a, b, c, answers, slack):
            answers.append((a, b, c))
            found.append(way)


def _covered(x: float, y: float, z: float, others: Sequence[Others], slack: float) -> bool:
    """Is one of the others, in every criterion, at most ``slack`` times the vector?"""
    x, y, z = x * slack + NEAR, y * slack + NEAR, z * slack + NEAR
    for a, b, c in others:  # noqa: SIM110 - a plain loop is three times as fast here
        if a <= x and b <= y and c <= z:
            return True
    return False


def _filled(criteria: Floats) -> list[Vector]:
    """Rows with four criteria, the missing ones zero; ``criteria`` has shape (rows, at most four)."""
    w, x, y, z = _wide(criteria).T.tolist()
    return list(zip(w, x, y, z, strict=True))


def _wide(criteria: Floats) -> Floats:
    return np.pad(criteria, ((0, 0), (0, MOST - criteria.shape[1])))


def _hopeful(
    graph: Graph, state: int, cost: Others, but_first: Floats, answers: Sequence[Others], slack: float
) -> Sequence[Arc]:
    """The arcs from a state with many that no answer covers."""
    heads, steps = graph.wide[state]
    limit = (np.array(cost) + steps + but_first[heads]) * slack + NEAR
    within: NDArray[np.bool_] = np.array(answers)[:, None, :] <= limit
    arcs = graph.leaving[state]
    return [arcs[i] for i in np.flatnonzero(~within.all(axis=2).any(axis=0)).tolist()]


def _arcs(labels: Sequence[Label], number: int) -> tuple[int, ...]:
    path: list[int] = []
    while number >= 0:
        *_, before, arc = labels[number]
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
