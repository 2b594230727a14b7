"""The carriages of one date: every directed use of a leg, with what its states and delays add, shut ones with reasons.

Parts of a through service are joined here to every stretch of it that can be ridden.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.routes.delays import Delay, read_delays
from ytterby.routes.tariffs import Tariff, read_tariffs, rows_of
from ytterby.world.load import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    delays: tuple[Delay, ...] = ()
    """What may befall a journey in the month of the date, beyond ``days``."""
    tariff: Tariff | None = None
    """What price and time rest on; None for a joined stretch."""

    @property
    def delay_days(self) -> float:
        """Expected days of delay, beyond the middle of ``days``."""
        return sum(delay.expected_days for delay in self.delays)


def read_carriages(
    world: World, on: datetime.date, index: Mapping[str, int]
) -> tuple[list[Carriage], dict[int, tuple[str, ...]]]:
    """Return the carriages of a date between hubs (``index``: hub -> number), and why some are shut, by number.

    Raises InputError with every faulty leg.
    """
    tariffs = read_tariffs(world)
    legs = world.table("legs")
    factors = world.table("carbon_factors").set_index("mode")["kg_co2e_per_tkm"]
    states = _states_on(world.table("leg_states"), on)
    delays = read_delays(world, on)
    passage_names = {row.passage: str(row.name) for row in rows_of(world.table("passages"))}
    carriages: list[Carriage] = []
    blocked: dict[int, tuple[str, ...]] = {}
    parts: dict[str, list[int]] = {}
    for leg in rows_of(legs):
        tariff = tariffs[leg.leg]
        passages = tuple(filter(None, leg.passages.split("|")))
        keys = [("leg", leg.leg), *(("passage", p) for p in passages)]
        ends = [("hub", leg.origin), ("hub", leg.destination)]
        told = [s for key in (*keys, *ends) for s in states.get(key, ())]
        usd, per_t, days, risk, remarks = _disrupted(leg, tariff, told, passage_names)
        held = [d for key in (*keys, ("service", leg.service), ("mode", leg.mode)) for d in delays.get(key, ())]
        for origin, destination in ((leg.origin, leg.destination), (leg.destination, leg.origin))[
            : 1 + bool(leg.both_ways)
        ]:
            met = (*held, *delays.get(("hub", destination), ()))
            capacity = float(leg.capacity_t_per_year) * float(np.prod([d.capacity_factor for d in met]))
            reasons = _reasons(leg, on, told, met, passage_names)
            if reasons:
                blocked[len(carriages)] = reasons
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
                    usd_per_teu=usd,
                    usd_per_t=per_t,
                    days=days,
                    risk=1 - (1 - risk) * float(np.prod([1 - d.closed_share for d in met])),
                    kg_co2e_per_t=float(leg.distance_km) * float(factors.get(leg.mode, np.nan)),
                    capacity_t_per_year=float("inf") if np.isnan(capacity) else capacity,
                    countries=tuple(filter(None, leg.countries.split("|"))),
                    passages=passages,
                    class7=bool(leg.class7),
                    remarks=(*remarks, *(f"season: {d.title}" for d in met if d.seasonal)),
                    delays=met,
                    tariff=tariff,
                )
            )
    wholes = {leg.leg for leg in rows_of(legs)} & set(parts)
    carriages = [c if c.legs[0] not in wholes else replace(c, through=c.legs[0]) for c in carriages]
    _add_stretches(carriages, blocked, parts)
    return carriages, blocked


def _disrupted(
    leg: Any, tariff: Tariff, states: list[Any], names: dict[str, str]
) -> tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float], float, list[str]]:
    """Prices, days and risk of a leg with what its disrupted states add, and their remarks."""
    number = np.nan_to_num
    usd, per_t, days = np.array(tariff.usd_per_teu), np.array(tariff.usd_per_t), np.array(tariff.days)
    risk, remarks = float(leg.risk), []
    for state in states:
        if state.state == "closed":
            continue
        usd = usd + number([state.usd_per_teu_add, state.usd_per_teu_add_low, state.usd_per_teu_add_high])
        per_t = per_t + number([state.usd_per_t_add] * 3)
        days = days + number([state.days_add_low, state.days_add_high])
        risk = 1 - (1 - risk) * (1 - float(number(state.risk_add)))
        remarks.append(f"{names.get(state.subject, state.subject)}: {state.what}")
    return (
        (float(usd[0]), float(usd[1]), float(usd[2])),
        (float(per_t[0]), float(per_t[1]), float(per_t[2])),
        (float(days[0]), float(days[1])),
        risk,
        remarks,
    )


def _reasons(
    leg: Any, on: datetime.date, states: list[Any], delays: tuple[Delay, ...], names: dict[str, str]
) -> tuple[str, ...]:
    """Why a leg is shut on the date: not yet, no more, a closed state, the season."""
    when, reasons = pd.Timestamp(on), []
    if not pd.isna(leg.valid_from) and when < leg.valid_from:
        reasons.append(f"{leg.leg} opens on {leg.valid_from:%Y-%m-%d}")
    if not pd.isna(leg.valid_to) and when > leg.valid_to:
        reasons.append(f"{leg.leg} ended on {leg.valid_to:%Y-%m-%d}")
    reasons += [
        f"{names.get(s.subject, s.subject)} closed ({s.cause}): {s.what}" for s in states if s.state == "closed"
    ]
    reasons += [f"{leg.leg} shut in this month: {d.title}" for d in delays if d.closed_share >= 1]
    return tuple(reasons)


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
        delays=tuple(d for c in run for d in c.delays),
    )
