"""The smallest set of closures that keeps two places apart, and who holds it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from ytterby.routes.network import Ints, RouteNetwork

LARGEST = 6
"""Largest cut that is looked for."""


def least_hitting_set(sets: Sequence[frozenset[str]], largest: int = LARGEST) -> frozenset[str] | None:
    """Return a smallest set that meets every one of the sets, first in the alphabet; None beyond ``largest``.

    >>> sorted(least_hitting_set([frozenset("ab"), frozenset("bc"), frozenset("d")]))
    ['b', 'd']
    """
    pool = sorted(set().union(*sets)) if sets else []
    for size in range(largest + 1):
        for chosen in itertools.combinations(pool, size):
            if all(s & set(chosen) for s in sets):
                return frozenset(chosen)
    return None


def smallest_cut(
    way: Callable[[frozenset[str]], frozenset[str] | None], largest: int = LARGEST
) -> tuple[frozenset[str] | None, int]:
    """Return the smallest set of holders that cuts all ways, and how many ways it took to find it.

    ``way`` takes the holders that shut their part and returns the holders that some way left depends on (those that
    could shut it), or None where no way is left. Ways are collected until the least set that hits them all cuts:
    then no smaller set can. None where more than ``largest`` would be needed, or where a way depends on nobody.
    """
    seen: list[frozenset[str]] = []
    while True:
        hit = least_hitting_set(seen, largest)
        if hit is None:
            return None, len(seen)
        left = way(hit)
        if left is None:
            return hit, len(seen)
        if not left:
            return None, len(seen)
        seen.append(left)


def holders_of_closure(
    network: RouteNetwork,
    blockers: Mapping[int, Sequence[str]],
    open_arcs: NDArray[np.bool_],
    start: int,
    ends: Sequence[int],
) -> tuple[str, ...]:
    """Return the smallest set of standing closures, by their reasons, that leaves no way; empty: not found.

    ``blockers`` gives the reasons by carriage. With only these in force, and all others lifted, there would still
    be no way.
    """
    reasons = {ride: frozenset(why) for ride, why in blockers.items()}
    shut_arcs = np.flatnonzero(~open_arcs)

    def way(active: frozenset[str]) -> frozenset[str] | None:
        free = open_arcs.copy()
        for arc in shut_arcs.tolist():
            free[arc] = not reasons.get(int(network.carriage[arc]), frozenset()) & active
        arcs = _any_way(network, np.flatnonzero(free), start, ends)
        if arcs is None:
            return None
        return frozenset().union(*(reasons.get(int(network.carriage[a]), frozenset()) for a in arcs))

    found, _ = smallest_cut(way)
    return tuple(sorted(found or ()))


def _any_way(network: RouteNetwork, use: Ints, start: int, ends: Sequence[int]) -> list[int] | None:
    """A way with the fewest arcs over the arcs given, or None."""
    tail, head = network.tail[use], network.head[use]
    arc_of = dict(zip(zip(tail.tolist(), head.tolist(), strict=True), use.tolist(), strict=True))
    graph = csr_matrix((np.ones(len(use), dtype=np.int8), (tail, head)), shape=(network.states, network.states))
    order, before = breadth_first_order(graph, start)
    targets = set(ends)
    at = next((int(state) for state in order if int(state) in targets), None)
    if at is None:
        return None
    arcs: list[int] = []
    while at != start:
        arcs.append(arc_of[(int(before[at]), at)])
        at = int(before[at])
    return arcs[::-1]
