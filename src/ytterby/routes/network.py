"""The transport network on one date, as arrays: what the searches run on.

A *state* is a hub together with how one got there (``origin``, ``road``, ``rail`` ... or one through
service) or how one is about to leave it. Arcs are of two kinds: a transfer inside a hub (arrived by m,
leaving by n: cost and days of the table transfers) and a carriage along a leg. So the cost of changing modes
is an arc like any other, and plain searches see it. A leg that is part of a through service may follow
another part of the same service only inside one composed leg, which is built here for every stretch of the
service: parts and whole never add up twice.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ORIGIN = "origin"


@dataclass(frozen=True)
class Carriage:
    """One directed use of one leg (or of consecutive parts of one through service)."""

    legs: tuple[str, ...]
    origin: int
    destination: int
    mode: str
    service: str
    through: str
    distance_km: float
    usd_per_teu: tuple[float, float, float]
    """Point, low, high; zero where the price is per tonne."""
    usd_per_t: tuple[float, float, float]
    days: tuple[float, float]
    risk: float
    kg_co2e_per_t: float
    capacity_t_per_year: float
    """Infinite where no limit is known."""
    countries: tuple[str, ...]
    passages: tuple[str, ...]
    class7: bool
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """Cost and days of going from one mode to the next inside a hub."""

    usd_per_t: tuple[float, float, float]
    days: tuple[float, float]


@dataclass(frozen=True)
class RouteNetwork:
    """States and arcs of one date, arc a from ``tail[a]`` to ``head[a]``; a transfer's carriage is -1."""

    on: datetime.date
    hubs: pd.DataFrame
    """Table hubs, indexed by hub."""
    hub_index: dict[str, int]
    carriages: tuple[Carriage, ...]
    blocked: dict[int, tuple[str, ...]]
    """Carriages shut on the date by the tables leg validity and leg_states, with the reasons."""
    state_hub: Ints
    state_kind: tuple[str, ...]
    tail: Ints
    head: Ints
    carriage: Ints
    transfer: tuple[Transfer | None, ...]
    start: dict[int, int]
    """Hub -> state in which a way begins."""
    arrivals: dict[int, Ints] = field(default_factory=dict)
    """Hub -> states in which a way may end."""

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.state_hub)


def read_network(world: World, on: datetime.date) -> RouteNetwork:
    """Build the network of one date from hubs, legs, transfers, leg_states and carbon_factors.

    Raises InputError with every faulty leg: a leg to itself, to nowhere, a negative cost, ends in wrong
    order.
    """
    hubs = world.table("hubs").set_index("hub", drop=False)
    index = {hub: i for i, hub in enumerate(hubs.index)}
    legs = world.table("legs")
    check_legs(legs, index)
    factors = world.table("carbon_factors").set_index("mode")["kg_co2e_per_tkm"]
    states = _states_on(world.table("leg_states"), on)
    passage_names = world.table("passages").set_index("passage")["name"].to_dict()
    carriages: list[Carriage] = []
    blocked: dict[int, tuple[str, ...]] = {}
    parts: dict[str, list[int]] = {}
    when = pd.Timestamp(on)
    for leg in rows_of(legs):
        reasons: list[str] = []
        if not pd.isna(leg.valid_from) and when < leg.valid_from:
            reasons.append(f"{leg.leg} opens on {leg.valid_from:%Y-%m-%d}")
        if not pd.isna(leg.valid_to) and when > leg.valid_to:
            reasons.append(f"{leg.leg} ended on {leg.valid_to:%Y-%m-%d}")
        passages = tuple(filter(None, leg.passages.split("|")))
        keys = [
            ("leg", leg.leg),
            ("hub", leg.origin),
            ("hub", leg.destination),
            *(("passage", p) for p in passages),
        ]
        usd = np.nan_to_num([leg.usd_per_teu, leg.usd_per_teu_low, leg.usd_per_teu_high])
        per_t = np.nan_to_num([leg.usd_per_t, leg.usd_per_t_low, leg.usd_per_t_high])
        low, high, risk = float(leg.days_low), float(leg.days_high), float(leg.risk)
        remarks: list[str] = []
        for state in (s for key in keys for s in states.get(key, ())):
            if state.state == "closed":
                reasons.append(
                    f"{passage_names.get(state.subject, state.subject)} closed ({state.cause}): {state.what}"
                )
                continue
            usd = usd + np.nan_to_num([state.usd_per_teu_add, state.usd_per_teu_add_low, state.usd_per_teu_add_high])
            per_t = per_t + np.nan_to_num([state.usd_per_t_add] * 3)
            low, high = (
                low + float(np.nan_to_num(state.days_add_low)),
                high + float(np.nan_to_num(state.days_add_high)),
            )
            risk = 1 - (1 - risk) * (1 - float(np.nan_to_num(state.risk_add)))
            remarks.append(f"{passage_names.get(state.subject, state.subject)}: {state.what}")
        capacity = float(leg.capacity_t_per_year)
        for origin, destination in ((leg.origin, leg.destination), (leg.destination, leg.origin))[
            : 1 + bool(leg.both_ways)
        ]:
            if reasons:
                blocked[len(carriages)] = tuple(reasons)
            if leg.through_leg and origin == leg.origin:
                parts.setdefault(leg.through_leg, []).append(len(carriages))
            carriages.append(
                Carriage(
                    legs=(leg.leg,),
                    origin=index[origin],
                    destination=index[destination],
                    mode=leg.mode,
                    service=leg.service,
                    through=leg.through_leg,
                    distance_km=float(leg.distance_km),
                    usd_per_teu=(float(usd[0]), float(usd[1]), float(usd[2])),
                    usd_per_t=(float(per_t[0]), float(per_t[1]), float(per_t[2])),
                    days=(low, high),
                    risk=risk,
                    kg_co2e_per_t=float(leg.distance_km) * float(factors.get(leg.mode, np.nan)),
                    capacity_t_per_year=float("inf") if np.isnan(capacity) else capacity,
                    countries=tuple(filter(None, leg.countries.split("|"))),
                    passages=passages,
                    class7=bool(leg.class7),
                    remarks=tuple(remarks),
                )
            )
    wholes = {leg.leg for leg in rows_of(legs)} & set(parts)
    carriages = [c if c.legs[0] not in wholes else _with_through(c, c.legs[0]) for c in carriages]
    _add_stretches(carriages, blocked, parts)
    return _as_states(on, hubs, index, carriages, blocked, _transfers(world))


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Iterate a table's rows as named tuples (the schema types their fields, not Python)."""
    rows: Iterator[Any] = table.itertuples(index=False)
    return rows


def check_legs(legs: pd.DataFrame, hubs: dict[str, int]) -> None:
    """Raise InputError with every faulty leg: to itself, to nowhere, negative, dates in wrong order."""
    faults: list[Fault] = []
    for row, leg in enumerate(rows_of(legs), start=2):
        where = f"legs.csv, row {row}, leg {leg.leg}"
        if leg.origin == leg.destination:
            faults.append(Fault(f"{where}, column destination", leg.destination, "another hub than the origin"))
        for column in ("origin", "destination"):
            if getattr(leg, column) not in hubs:
                faults.append(Fault(f"{where}, column {column}", repr(getattr(leg, column)), "a key of the table hubs"))
        for column in ("usd_per_teu", "usd_per_t", "distance_km", "days_low", "risk"):
            if getattr(leg, column) < 0:
                faults.append(Fault(f"{where}, column {column}", repr(getattr(leg, column)), "a number not below zero"))
        if np.isnan(leg.usd_per_teu) and np.isnan(leg.usd_per_t):
            faults.append(Fault(f"{where}, column usd_per_teu", "no price", "a price per TEU or per tonne"))
        if leg.days_high < leg.days_low:
            faults.append(
                Fault(f"{where}, column days_high", repr(leg.days_high), f"at least days_low, {leg.days_low}")
            )
        if not pd.isna(leg.valid_from) and not pd.isna(leg.valid_to) and leg.valid_to < leg.valid_from:
            faults.append(
                Fault(
                    f"{where}, column valid_to",
                    f"{leg.valid_to:%Y-%m-%d}",
                    f"a day after {leg.valid_from:%Y-%m-%d}",
                )
            )
    if faults:
        raise InputError("the transport network cannot be built", faults)


def _states_on(table: pd.DataFrame, on: datetime.date) -> dict[tuple[str, str], list[Any]]:
    when = pd.Timestamp(on)
    held = table[
        (table["valid_from"].isna() | (table["valid_from"] <= when))
        & (table["valid_to"].isna() | (table["valid_to"] >= when))
    ]
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows_of(held):
        found.setdefault((row.subject_kind, row.subject), []).append(row)
    return found


def _transfers(world: World) -> dict[tuple[str, str], Transfer]:
    return {
        (row.from_mode, row.to_mode): Transfer(
            (row.usd_per_t, row.usd_per_t_low, row.usd_per_t_high), (row.days_low, row.days_high)
        )
        for row in rows_of(world.table("transfers"))
    }


def _with_through(carriage: Carriage, through: str) -> Carriage:
    return Carriage(**{**carriage.__dict__, "through": through})


def _add_stretches(carriages: list[Carriage], blocked: dict[int, tuple[str, ...]], parts: dict[str, list[int]]) -> None:
    """Add, for each through service, every stretch of two or more parts that is not the whole, both ways."""
    for through, members in parts.items():
        by_origin = {carriages[i].origin: i for i in members}
        first = next(
            (i for i in members if carriages[i].origin not in {carriages[j].destination for j in members}),
            None,
        )
        chain: list[int] = []
        while first is not None and first not in chain:
            chain.append(first)
            first = by_origin.get(carriages[first].destination)
        for begin in range(len(chain)):
            for end in range(begin + 2, len(chain) + 1):
                if (begin, end) == (0, len(chain)):
                    continue
                run = [carriages[i] for i in chain[begin:end]]
                reasons = tuple(r for i in chain[begin:end] for r in blocked.get(i, ()))
                for forward in (True, False):
                    if reasons:
                        blocked[len(carriages)] = reasons
                    carriages.append(_joined(run if forward else run[::-1], through, forward))


def _joined(run: list[Carriage], through: str, forward: bool) -> Carriage:
    ends = (run[0].origin, run[-1].destination) if forward else (run[0].destination, run[-1].origin)

    def summed(name: str) -> tuple[float, ...]:
        return tuple(float(v) for v in np.sum([getattr(c, name) for c in run], axis=0))

    usd, per_t, days = summed("usd_per_teu"), summed("usd_per_t"), summed("days")
    return Carriage(
        legs=tuple(leg for c in run for leg in c.legs),
        origin=ends[0],
        destination=ends[1],
        mode=run[0].mode,
        service=run[0].service,
        through=through,
        distance_km=sum(c.distance_km for c in run),
        usd_per_teu=(usd[0], usd[1], usd[2]),
        usd_per_t=(per_t[0], per_t[1], per_t[2]),
        days=(days[0], days[1]),
        risk=1 - float(np.prod([1 - c.risk for c in run])),
        kg_co2e_per_t=sum(c.kg_co2e_per_t for c in run),
        capacity_t_per_year=min(c.capacity_t_per_year for c in run),
        countries=tuple(dict.fromkeys(country for c in run for country in c.countries)),
        passages=tuple(dict.fromkeys(p for c in run for p in c.passages)),
        class7=all(c.class7 for c in run),
        remarks=tuple(r for c in run for r in c.remarks),
    )


def _as_states(
    on: datetime.date,
    hubs: pd.DataFrame,
    index: dict[str, int],
    carriages: list[Carriage],
    blocked: dict[int, tuple[str, ...]],
    transfers: dict[tuple[str, str], Transfer],
) -> RouteNetwork:
    """Lay out states and arcs. Kinds: ``origin``, ``in mode[#service]``, ``out mode[#service]``."""
    kinds: dict[tuple[int, str], int] = {}

    def state(hub: int, kind: str) -> int:
        return kinds.setdefault((hub, kind), len(kinds))

    start = {i: state(i, ORIGIN) for i in index.values()}
    tails, heads, ridden = [], [], []
    moves: list[Transfer | None] = []
    for number, c in enumerate(carriages):
        label = c.mode + (f"#{c.through}" if c.through else "")
        tails.append(state(c.origin, f"out {label}"))
        heads.append(state(c.destination, f"in {label}"))
        ridden.append(number)
        moves.append(None)
    by_hub: dict[int, tuple[list[str], list[str]]] = {}
    for hub, kind in kinds:
        ins, outs = by_hub.setdefault(hub, ([], []))
        if kind.startswith("in "):
            ins.append(kind[3:])
        elif kind.startswith("out "):
            outs.append(kind[4:])
    free = Transfer((0.0, 0.0, 0.0), (0.0, 0.0))
    passing, airport = hubs["passing"].to_numpy(dtype=bool), (hubs["kind"] == "airport").to_numpy()
    for hub, (ins, outs) in by_hub.items():
        for out in outs:
            arcs = [(start[hub], free)]
            for arrived in ins if passing[hub] else ():
                if airport[hub] and "air" not in (arrived, out):
                    continue
                service, onward = arrived.partition("#")[2], out.partition("#")[2]
                move = transfers.get((arrived.partition("#")[0], out.partition("#")[0]))
                if move is not None and not (service and service == onward):
                    arcs.append((kinds[(hub, f"in {arrived}")], move))
            for tail, move in arcs:
                tails.append(tail)
                heads.append(kinds[(hub, f"out {out}")])
                ridden.append(-1)
                moves.append(move)
    arrivals: dict[int, list[int]] = {hub: [start[hub]] for hub in start}
    for (hub, kind), number in kinds.items():
        if kind.startswith("in "):
            arrivals[hub].append(number)
    return RouteNetwork(
        on=on,
        hubs=hubs,
        hub_index=index,
        carriages=tuple(carriages),
        blocked=blocked,
        state_hub=np.array([hub for hub, _ in kinds], dtype=np.int64),
        state_kind=tuple(kind for _, kind in kinds),
        tail=np.array(tails, dtype=np.int64),
        head=np.array(heads, dtype=np.int64),
        carriage=np.array(ridden, dtype=np.int64),
        transfer=tuple(moves),
        start=start,
        arrivals={hub: np.array(v, dtype=np.int64) for hub, v in arrivals.items()},
    )
