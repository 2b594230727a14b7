"""Cheapest ways from many hubs at once: plain shortest paths, read back in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from ytterby.routes.network import Floats, Ints, RouteNetwork

NOWHERE = -9999
TINY = 1e-9
"""Keeps arcs of no cost in the sparse matrix; far below a cent."""


@dataclass(frozen=True)
class Trees:
    """Shortest-path trees: ``distance`` and ``before``, shape (origins, states); ``arc_of`` by ends."""

    distance: Floats
    before: NDArray[np.int32]
    arc_of: csr_matrix


def shortest_trees(
    network: RouteNetwork, weight: Floats, open_arcs: NDArray[np.bool_], origins: Sequence[int]
) -> Trees:
    """Grow a tree from each origin hub's start state over the open arcs; ``weight`` per arc, not negative."""
    use = np.flatnonzero(open_arcs)
    order = use[np.lexsort((weight[use], network.head[use], network.tail[use]))]
    tail, head = network.tail[order], network.head[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    kept, tail, head = order[first], tail[first], head[first]
    shape = (network.states, network.states)
    graph = csr_matrix((weight[kept] + TINY, (tail, head)), shape=shape)
    arc_of = csr_matrix((kept + 1, (tail, head)), shape=shape)
    distance, before = dijkstra(
        graph, directed=True, indices=[network.start[o] for o in origins], return_predecessors=True
    )
    return Trees(np.atleast_2d(distance), np.atleast_2d(before), arc_of)


def nearest_states(network: RouteNetwork, trees: Trees, destinations: Sequence[int]) -> tuple[Ints, Floats]:
    """Return the nearest arrival state of each (origin, destination) and its distance (infinite: no way)."""
    states = np.empty((trees.distance.shape[0], len(destinations)), dtype=np.int64)
    least = np.empty(states.shape)
    for column, destination in enumerate(destinations):
        ends = network.arrivals[destination]
        distances = trees.distance[:, ends]
        best = distances.argmin(axis=1)
        states[:, column] = ends[best]
        least[:, column] = distances[np.arange(len(best)), best]
    return states, least


def arcs_back(trees: Trees, states: Ints, least: Floats) -> tuple[Ints, Ints, Ints]:
    """Read all ways back at once: arrays (origin row, destination column, arc), last arcs first."""
    rows, columns = np.nonzero(np.isfinite(least))
    at = states[rows, columns]
    found: list[tuple[Ints, Ints, Ints]] = []
    while len(rows):
        before = trees.before[rows, at]
        go = before != NOWHERE
        rows, columns, at, before = rows[go], columns[go], at[go], before[go].astype(np.int64)
        if not len(rows):
            break
        arcs = np.asarray(trees.arc_of[before, at]).ravel().astype(np.int64) - 1
        found.append((rows, columns, arcs))
        at = before
    if not found:
        empty = np.array([], dtype=np.int64)
        return empty, empty, empty
    return (
        np.concatenate([f[0] for f in found]),
        np.concatenate([f[1] for f in found]),
        np.concatenate([f[2] for f in found]),
    )


@dataclass(frozen=True)
class Inward:
    """Least weight from every state to a goal, and the arc that each state takes towards it."""

    least: Floats
    """Shape (states,); infinite: out of reach. Rounded down by a hair, so that it is a bound."""
    onward: Ints
    """Shape (states,); -1 at the goal and where it is out of reach."""

    def arcs_from(self, state: int, head: Ints) -> list[int]:
        """Return the arcs of the shortest way from a state; ``head`` says where each arc leads."""
        arcs: list[int] = []
        arc = int(self.onward[state])
        while arc >= 0:
            arcs.append(arc)
            arc = int(self.onward[head[arc]])
        return arcs


@dataclass(frozen=True)
class Pairs:
    """The arcs of a network by the pair of states that they join, for trees that grow inwards; made once."""

    states: int
    order: Ints
    """Arcs sorted by head, then tail."""
    begins: Ints
    """Where each pair begins in ``order``."""
    pair_of: Ints
    """The pair of each place in ``order``."""
    keys: Ints
    """head x states + tail of each pair, rising."""

    @classmethod
    def of(cls, states: int, tail: Ints, head: Ints) -> Pairs:
        """Sort the arcs."""
        keys = head * states + tail
        order = np.argsort(keys, kind="stable")
        sorted_keys = keys[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = sorted_keys[1:] != sorted_keys[:-1]
        begins = np.flatnonzero(first)
        return cls(states, order, begins, np.cumsum(first) - 1, sorted_keys[begins])

    def shortest_to(self, ends: Ints, weight: Floats, open_arcs: NDArray[np.bool_] | None = None) -> Inward:
        """Grow one tree inwards to the nearest of the ends; ``weight`` per arc, not negative."""
        paid = weight if open_arcs is None else np.where(open_arcs, weight, np.inf)
        paid = paid[self.order]
        least = np.minimum.reduceat(paid, self.begins)
        rows, columns = np.divmod(self.keys, self.states)
        starts = np.searchsorted(rows, np.arange(self.states + 1))
        backwards = csr_matrix((least + TINY, columns, starts), shape=(self.states, self.states))
        distance, before, _ = dijkstra(backwards, directed=True, indices=ends, min_only=True, return_predecessors=True)
        cheapest = np.flatnonzero(paid == least[self.pair_of])
        pairs, first = np.unique(self.pair_of[cheapest], return_index=True)
        chosen = np.empty(len(self.begins), dtype=np.int64)
        chosen[pairs] = self.order[cheapest[first]]
        onward = np.full(self.states, -1, dtype=np.int64)
        moves = np.flatnonzero(before != NOWHERE)
        onward[moves] = chosen[np.searchsorted(self.keys, before[moves] * self.states + moves)]
        return Inward(np.maximum(distance * (1 - 1e-9) - TINY * 100, 0.0), onward)


def through(
    network: RouteNetwork, weight: Floats, use: Ints, marked: NDArray[np.bool_], origin: int, destination: int
) -> list[int] | None:
    """Return the shortest way with a marked arc, or None: two copies of the graph, joined by the marks."""
    n = network.states
    tail, head, cost = network.tail[use], network.head[use], weight[use] + TINY
    mark = marked[use]
    tails = np.concatenate([tail, tail + n, tail[mark]])
    heads = np.concatenate([head, head + n, head[mark] + n])
    costs = np.concatenate([cost, cost, cost[mark]])
    arcs = np.concatenate([use, use, use[mark]])
    order = np.lexsort((costs, heads, tails))
    tails, heads, costs, arcs = tails[order], heads[order], costs[order], arcs[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    tails, heads, costs, arcs = tails[first], heads[first], costs[first], arcs[first]
    graph = csr_matrix((costs, (tails, heads)), shape=(2 * n, 2 * n))
    lengths, befores = dijkstra(graph, directed=True, indices=np.array(network.start[origin]), return_predecessors=True)
    distance, before = np.ravel(lengths), np.ravel(befores)
    ends = network.arrivals[destination] + n
    at = int(ends[distance[ends].argmin()])
    if not np.isfinite(distance[at]):
        return None
    of_pair = dict(zip(zip(tails.tolist(), heads.tolist(), strict=True), arcs.tolist(), strict=True))
    path: list[int] = []
    while before[at] != NOWHERE:
        path.append(of_pair[(int(before[at]), at)])
        at = int(before[at])
    return path[::-1]
