"""What a closure costs, what cuts a place off, what a corridor can carry in a year."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from ytterby.routes.cases import Case
from ytterby.routes.cuts import LARGEST, smallest_cut
from ytterby.routes.network import Carriage, RouteNetwork
from ytterby.routes.router import Router
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Freight

UNBOUNDED = 2_000_000_000
"""Stands for "no limit known" in whole tonnes a year; above any capacity of the world's tables."""

Node = tuple[int, str]
"""A hub and, at an airport, the side of it."""
PLAIN, LANDSIDE, AIRSIDE, DEPARTURE = "", "landside", "airside", "departure"
SOURCE, SINK = (-1, "source"), (-1, "sink")


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
    closed: Collection[str] = (),
    kinds: Collection[str] = ("leg", "passage", "country"),
) -> pd.DataFrame:
    """Return what closing each leg, passage and transit state of the cheapest way costs.

    Closing anything else costs nothing, the cheapest way being untouched. Columns: kind, closed, lawful,
    usd_per_t (of the best way left), extra_usd_per_t (freight plus interest), extra_days, replaced_by (legs).
    Sorted by extra cost, the cut-off first.
    """
    base = router.cheapest(origin, destination, form, avoid=avoid, closed=closed)
    if not base.lawful:
        raise InputError(
            "there is no lawful way to begin with",
            [Fault("origin, destination", r, "a way") for r in base.reasons],
        )
    interest = router.form(form).usd_per_t * router.interest_rate / 365.0
    ends = {router.hub_country(base.origin), router.hub_country(base.destination)}
    shut: list[tuple[str, str]] = []
    if "leg" in kinds:
        shut += [("leg", leg.leg) for leg in base.legs]
    if "passage" in kinds:
        shut += [("passage", p) for p in dict.fromkeys(p for leg in base.legs for p in leg.passages)]
    if "country" in kinds:
        crossed = dict.fromkeys(c for leg in base.legs for c in leg.countries)
        shut += [("country", c) for c in crossed if c not in ends]
    rows = []
    for kind, name in shut:
        if kind == "country":
            left = router.cheapest(origin, destination, form, avoid=[*avoid, name], closed=closed)
        else:
            left = router.cheapest(origin, destination, form, avoid=avoid, closed=[*closed, name])
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
    router: Router,
    origin: str,
    destinations: Sequence[str],
    form: str,
    *,
    modes: Collection[str] = (),
    avoid: Collection[str] = (),
    closed: Collection[str] = (),
) -> Cut:
    """Return the fewest legs whose closure cuts a place off from all the destinations (min cut, by max flow).

    ``modes`` restricts the network (say, to the surface); empty: all. A through service counts by its parts.
    """
    a = router.resolve(origin, "origin")
    ends = [router.resolve(d, "destinations") for d in destinations]
    case = router.case(a, ends[0], form, router.closures(avoid, closed), None)
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
    airport = (network.hubs["kind"] == "airport").to_numpy()
    passing = network.hubs["passing"].to_numpy(dtype=bool)
    source = network.hub_index[a]
    carriages = [
        c
        for c in _used(network, case, modes)
        if passing[c.origin] or c.origin == source  # what does not pass goods on only sends or takes them
    ]
    capacity: dict[tuple[Node, Node], int] = {}

    def add(tail: Node, head: Node, room: float) -> None:
        capacity[(tail, head)] = int(min(capacity.get((tail, head), 0) + room, UNBOUNDED))

    for c in carriages:
        add(*_nodes(c, airport), 1 if not by_capacity else min(c.capacity_t_per_year, UNBOUNDED))
    for hub in np.flatnonzero(airport).tolist():  # who comes by land goes on by air; who comes by air goes anywhere
        add((hub, LANDSIDE), (hub, DEPARTURE), UNBOUNDED)
        add((hub, AIRSIDE), (hub, DEPARTURE), UNBOUNDED)
    for side in (PLAIN, AIRSIDE, DEPARTURE):
        add(SOURCE, (source, side), UNBOUNDED)
    for end in ends:
        for side in (PLAIN, AIRSIDE, LANDSIDE):
            add((network.hub_index[end], side), SINK, UNBOUNDED)
    number = {node: i for i, node in enumerate(dict.fromkeys(node for pair in capacity for node in pair))}
    tails, heads = ([number[pair[side]] for pair in capacity] for side in (0, 1))
    room = np.array(list(capacity.values()), dtype=np.int32)
    graph = csr_matrix((room, (tails, heads)), shape=(len(number), len(number)))
    result = maximum_flow(csr_array(graph), number[SOURCE], number[SINK])
    left = csr_matrix(graph - result.flow)
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = set(breadth_first_order(left, number[SOURCE], return_predecessors=False).tolist())
    crossing = {(u, v) for u, v in capacity if number[u] in reached and number[v] not in reached}
    legs = {leg for c in carriages if _nodes(c, airport) in crossing for leg in c.legs}
    return int(result.flow_value), tuple(sorted(legs))


def _used(network: RouteNetwork, case: Case, modes: Collection[str]) -> list[Carriage]:
    """Open carriages of single legs; of a through service its parts, not the whole."""
    open_rides = set(case.network.carriage[(case.network.carriage >= 0) & case.costs.open].tolist())
    divided = {c.through for c in network.carriages if c.through and c.legs != (c.through,)}
    return [
        c
        for number, c in enumerate(network.carriages)
        if number in open_rides and len(c.legs) == 1 and c.legs[0] not in divided and (not modes or c.mode in modes)
    ]


def _nodes(c: Carriage, airport: NDArray[np.bool_]) -> tuple[Node, Node]:
    """Where a carriage leaves from and arrives, as nodes of the flow: an airport has several."""
    by_air = c.mode == "air"
    leaves = PLAIN if not airport[c.origin] else (DEPARTURE if by_air else AIRSIDE)
    arrives = PLAIN if not airport[c.destination] else (AIRSIDE if by_air else LANDSIDE)
    return (c.origin, leaves), (c.destination, arrives)


def smallest_country_cut(
    router: Router,
    origin: str,
    destination: str,
    form: str,
    *,
    modes: Collection[str] = (),
    avoid: Collection[str] = (),
    closed: Collection[str] = (),
    largest: int = LARGEST,
) -> Cut:
    """Return the fewest transit states whose refusal leaves no way: a least hitting set, found exactly.

    Ways are collected until the least set of states that hits them all really cuts. ``modes`` leaves out the
    other modes. ``possible`` is False where a way crosses no third state, or over ``largest`` are needed.
    """
    a, b = router.resolve(origin, "origin"), router.resolve(destination, "destination")
    ends = {router.hub_country(a), router.hub_country(b)}
    shut = sorted({leg for leg, c in router.facts.alone.items() if modes and c.mode not in modes})
    third = {c for carriage in router.facts.alone.values() for c in carriage.countries} - ends
    shut = [*shut, *closed]
    free = router.cheapest(a, b, form, avoid=sorted({*third, *avoid}), closed=shut)
    if free.lawful:
        legs = ", ".join(leg.leg for leg in free.legs)
        return Cut(a, (b,), form, "country", (), False, (f"a way crosses no third state: {legs}",))

    def crossed(avoided: frozenset[str]) -> frozenset[str] | None:
        way = router.cheapest(a, b, form, avoid=sorted({*avoided, *avoid}), closed=shut)
        return frozenset(c for leg in way.legs for c in leg.countries) - ends if way.lawful else None

    found, ways = smallest_cut(crossed, largest)
    if found is None:
        return Cut(a, (b,), form, "country", (), False, (f"more than {largest} states would have to refuse",))
    remark = f"{ways} ways with different transit states were cut"
    return Cut(a, (b,), form, "country", tuple(sorted(found)), True, (remark,))


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
