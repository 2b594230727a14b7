"""What a closure costs, what cuts a place off, what a corridor can carry in a year."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from ytterby.routes.cases import Case, Closures
from ytterby.routes.router import Router
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Freight

UNBOUNDED = 2_000_000_000
"""Stands for "no limit known" in whole tonnes a year; above any capacity of the world's tables."""


@dataclass(frozen=True)
class Cut:
    """The smallest set of closures that leaves no lawful way."""

    origin: str
    destinations: tuple[str, ...]
    form: str
    by: str
    """``leg`` or ``country``."""
    members: tuple[str, ...]
    """Legs, or ISO3 codes of transit states; empty where the two ends are already cut off."""
    possible: bool
    """False where no set of closures can do it (a way that crosses no third state)."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class YearlyFlow:
    """The most that can pass in a year, by the capacities that are known."""

    origin: str
    destination: str
    form: str
    t_per_year: float
    """Infinite where some way has no known limit."""
    binding: tuple[str, ...]
    """Legs that bind."""


def closure_costs(
    router: Router,
    origin: str,
    destination: str,
    form: str,
    *,
    avoid: Collection[str] = (),
    kinds: Collection[str] = ("leg", "passage", "country"),
) -> pd.DataFrame:
    """Return what closing each leg, passage and transit state of the cheapest way costs.

    Closing anything else costs nothing, the cheapest way being untouched. Columns: kind, closed, lawful,
    usd_per_t (of the best way left), extra_usd_per_t (freight plus interest), extra_days, replaced_by (legs).
    Sorted by extra cost, the cut-off first.
    """
    base = router.cheapest(origin, destination, form, avoid=avoid)
    if not base.lawful:
        raise InputError(
            "there is no lawful way to begin with",
            [Fault("origin, destination", r, "a way") for r in base.reasons],
        )
    interest = router.form(form).usd_per_t * router.interest_rate / 365.0
    ends = {router.hub_country(base.origin), router.hub_country(base.destination)}
    closed: list[tuple[str, str]] = []
    if "leg" in kinds:
        closed += [("leg", leg.leg) for leg in base.legs]
    if "passage" in kinds:
        closed += [("passage", p) for p in dict.fromkeys(p for leg in base.legs for p in leg.passages)]
    if "country" in kinds:
        crossed = dict.fromkeys(c for leg in base.legs for c in leg.countries)
        closed += [("country", c) for c in crossed if c not in ends]
    rows = []
    for kind, name in closed:
        if kind == "country":
            left = router.cheapest(origin, destination, form, avoid=[*avoid, name])
        else:
            left = router.cheapest(origin, destination, form, avoid=avoid, closed=[name])
        extra = left.usd_per_t - base.usd_per_t + interest * (left.days - base.days)
        rows.append(
            {
                "kind": kind,
                "closed": name,
                "lawful": left.lawful,
                "usd_per_t": left.usd_per_t,
                "extra_usd_per_t": extra,
                "extra_days": left.days - base.days,
                "replaced_by": tuple(leg.leg for leg in left.legs),
            }
        )
    columns = ["kind", "closed", "lawful", "usd_per_t", "extra_usd_per_t", "extra_days", "replaced_by"]
    table = pd.DataFrame(rows, columns=columns)
    order = table.assign(_extra=table["extra_usd_per_t"].fillna(np.inf)).sort_values(
        ["_extra", "kind", "closed"], ascending=[False, True, True]
    )
    return order.drop(columns="_extra").reset_index(drop=True)


def smallest_leg_cut(
    router: Router, origin: str, destinations: Sequence[str], form: str, *, modes: Collection[str] = ()
) -> Cut:
    """Return the fewest legs whose closure cuts a place off from all the destinations (min cut, by max flow).

    ``modes`` restricts the network (say, to the surface); empty: all. A through service counts by its parts.
    """
    a = router.resolve(origin, "origin")
    ends = [router.resolve(d, "destinations") for d in destinations]
    case = router.case(a, ends[0], form, Closures(), None)
    flow, binding = _max_flow(router, case, a, ends, modes, by_capacity=False)
    return Cut(a, tuple(ends), form, "leg", binding, flow < UNBOUNDED)


def yearly_flow(
    router: Router,
    origin: str,
    destination: str,
    form: str,
    *,
    modes: Collection[str] = (),
    avoid: Collection[str] = (),
    closed: Collection[str] = (),
) -> YearlyFlow:
    """Return the most that can go from a place to another in a year, t gross, by the capacities of the legs.

    ``avoid`` and ``closed`` narrow the network to one corridor.
    """
    a, b = router.resolve(origin, "origin"), router.resolve(destination, "destination")
    case = router.case(a, b, form, router.closures(avoid, closed), None)
    flow, binding = _max_flow(router, case, a, [b], modes, by_capacity=True)
    unlimited = flow >= UNBOUNDED
    return YearlyFlow(a, b, form, float("inf") if unlimited else float(flow), () if unlimited else binding)


def _max_flow(
    router: Router, case: Case, a: str, ends: Sequence[str], modes: Collection[str], *, by_capacity: bool
) -> tuple[int, tuple[str, ...]]:
    """Max flow over hubs, and the legs of the min cut; unit capacities unless ``by_capacity``."""
    network = router.network
    rides = network.carriage
    open_rides = set(rides[(rides >= 0) & case.costs.open].tolist())
    divided = {c.through for c in network.carriages if c.through and c.legs != (c.through,)}
    source, sink = network.hub_index[a], len(network.hub_index)
    passing = network.hubs["passing"].to_numpy(dtype=bool)
    capacity: dict[tuple[int, int], int] = {}
    for number in open_rides:
        c = network.carriages[number]
        whole = len(c.legs) == 1 and c.legs[0] in divided
        if len(c.legs) > 1 or whole or (modes and c.mode not in modes):
            continue
        if not passing[c.origin] and c.origin != source:
            continue
        room = 1 if not by_capacity else int(min(c.capacity_t_per_year, UNBOUNDED))
        key = (c.origin, c.destination)
        capacity[key] = min(capacity.get(key, 0) + room, UNBOUNDED)
    for end in ends:
        capacity[(network.hub_index[end], sink)] = UNBOUNDED
    tails, heads = zip(*capacity, strict=True)
    graph = csr_matrix((np.array(list(capacity.values()), dtype=np.int32), (tails, heads)), shape=(sink + 1, sink + 1))
    result = maximum_flow(csr_array(graph), source, sink)
    left = csr_matrix(graph - result.flow)
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = set(breadth_first_order(left, source, return_predecessors=False).tolist())
    crossing = {(u, v) for u, v in capacity if u in reached and v not in reached}
    legs = {
        leg
        for number in open_rides
        for c in [network.carriages[number]]
        if (c.origin, c.destination) in crossing
        and len(c.legs) == 1
        and c.legs[0] not in divided
        and (not modes or c.mode in modes)
        for leg in c.legs
    }
    return int(result.flow_value), tuple(sorted(legs))


def smallest_country_cut(
    router: Router, origin: str, destination: str, form: str, *, modes: Collection[str] = (), largest: int = 6
) -> Cut:
    """Return the fewest transit states whose refusal leaves no way: a least hitting set, found exactly.

    Ways are collected until the least set of states that hits them all really cuts. ``modes`` leaves out the
    other modes. ``possible`` is False where a way crosses no third state, or over ``largest`` are needed.
    """
    a, b = router.resolve(origin, "origin"), router.resolve(destination, "destination")
    ends = {router.hub_country(a), router.hub_country(b)}
    shut = sorted({leg for leg, c in router.facts.alone.items() if modes and c.mode not in modes})
    third = {c for carriage in router.facts.alone.values() for c in carriage.countries} - ends
    free = router.cheapest(a, b, form, avoid=sorted(third), closed=shut)
    if free.lawful:
        legs = ", ".join(leg.leg for leg in free.legs)
        return Cut(a, (b,), form, "country", (), False, (f"a way crosses no third state: {legs}",))
    seen: list[frozenset[str]] = []
    while True:
        hit = _least_hitting_set(seen, largest)
        if hit is None:
            return Cut(a, (b,), form, "country", (), False, (f"more than {largest} states would have to refuse",))
        way = router.cheapest(a, b, form, avoid=sorted(hit), closed=shut)
        if not way.lawful:
            return Cut(a, (b,), form, "country", tuple(sorted(hit)), True, _holders(seen))
        crossed = frozenset(c for leg in way.legs for c in leg.countries) - ends
        seen.append(crossed)


def _least_hitting_set(sets: Sequence[frozenset[str]], largest: int) -> frozenset[str] | None:
    pool = sorted(set().union(*sets)) if sets else []
    for size in range(largest + 1):
        for chosen in itertools.combinations(pool, size):
            if all(s & set(chosen) for s in sets):
                return frozenset(chosen)
    return None


def _holders(seen: Sequence[frozenset[str]]) -> tuple[str, ...]:
    return (f"{len(seen)} ways with different transit states were cut",)


def fragile_first(router: Router, origin: str, ways: Sequence[Freight]) -> pd.DataFrame:
    """Return how many of the ways each transit state and passage lies on: a quick look at common failure.

    Columns: kind, name, ways, share.
    """
    home = router.hub_country(router.resolve(origin, "origin"))
    counts: dict[tuple[str, str], int] = {}
    for way in ways:
        names = {("country", c) for leg in way.legs for c in leg.countries if c != home}
        names |= {("passage", p) for leg in way.legs for p in leg.passages}
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    rows = [
        {"kind": kind, "name": name, "ways": n, "share": n / len(ways)}
        for (kind, name), n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return pd.DataFrame(rows, columns=["kind", "name", "ways", "share"])
