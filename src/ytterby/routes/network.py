"""The transport network on one date, as arrays: what the searches run on.

A *state* is a hub together with how one got there (``origin``, ``road``, ``rail`` ... or one through
service) or how one is about to leave it. Arcs are of two kinds: a transfer inside a hub (arrived by m,
leaving by n: cost and days of the table transfers) and a carriage along a leg. So the cost of changing modes
is an arc like any other, and plain searches see it. A leg that is part of a through service may follow
another part of the same service only inside one composed leg, which carriages.py builds for every stretch of the
service: parts and whole never add up twice.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ytterby.routes.carriages import Carriage, Floats, Ints, read_carriages
from ytterby.routes.tariffs import rows_of
from ytterby.world.load import World

__all__ = ["Carriage", "Floats", "Ints", "RouteNetwork", "Transfer", "read_network"]

ORIGIN = "origin"


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
    """Build the network of one date from hubs, legs, their rates, transfers, states, delays and carbon factors.

    Raises InputError with every faulty leg: a leg to itself, to nowhere, a negative cost, ends in wrong
    order.
    """
    hubs = world.table("hubs").set_index("hub", drop=False)
    index = {hub: i for i, hub in enumerate(hubs.index)}
    carriages, blocked = read_carriages(world, on, index)
    return _as_states(on, hubs, index, carriages, blocked, _transfers(world))


def _transfers(world: World) -> dict[tuple[str, str], Transfer]:
    return {
        (row.from_mode, row.to_mode): Transfer(
            (row.usd_per_t, row.usd_per_t_low, row.usd_per_t_high), (row.days_low, row.days_high)
        )
        for row in rows_of(world.table("transfers"))
    }


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
