"""What each leg of the table costs and how long it takes: its own figures, or the rate and pace it names.

A leg with its own price keeps it. A leg that names a row of freight_rates costs

    USD/TEU = fixed + per_km x rated_km + access_per_km x road_km
    USD/t   = fixed + per_km x rated_km    (by air)

with the band rate x (low_factor, high_factor); ``rated_km`` is the leg's length, less the kilometres by road
to a railhead, where the leg gives no other (all lanes of a pair of ports cost what the market's lane costs).
A leg that names a row of travel_paces takes fixed + km / pace. One source then stands in one row, however
many legs it sets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Tariff:
    """Price and time of one leg, with what they rest on."""

    usd_per_teu: Three
    """Point, low, high; zero where the price is per tonne."""
    usd_per_t: Three
    days: tuple[float, float]
    basis: str
    """How the price was found."""
    confidence: str
    """A to D, of the price."""
    source: str
    """Key of the price's source."""
    rate: str
    """Key of freight_rates that sets the price; empty where it is the leg's own."""
    pace: str
    """Key of travel_paces that sets the days; empty where they are the leg's own."""


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Iterate a table's rows as named tuples (the schema types their fields, not Python)."""
    rows: Iterator[Any] = table.itertuples(index=False)
    return rows


def read_tariffs(world: World) -> dict[str, Tariff]:
    """Return the tariff of every leg of the table legs; raises InputError with every faulty leg."""
    legs = world.table("legs")
    hubs = set(world.table("hubs")["hub"])
    rates = {row.rate: row for row in rows_of(world.table("freight_rates"))}
    paces = {row.pace: row for row in rows_of(world.table("travel_paces"))}
    check_legs(legs, hubs, rates, paces)
    return {leg.leg: _tariff(leg, rates.get(leg.rate), paces.get(leg.pace)) for leg in rows_of(legs)}


def _tariff(leg: Any, rate: Any, pace: Any) -> Tariff:
    if math.isnan(leg.usd_per_teu) and math.isnan(leg.usd_per_t):
        per_teu, per_t = _rated(leg, rate)
        basis, confidence, source = f"{rate.title}: {rate.basis}", rate.confidence, rate.source
        rated = str(leg.rate)
    else:
        per_teu = _three(leg.usd_per_teu, leg.usd_per_teu_low, leg.usd_per_teu_high)
        per_t = _three(leg.usd_per_t, leg.usd_per_t_low, leg.usd_per_t_high)
        basis, confidence, source = leg.cost_basis, leg.cost_confidence, leg.cost_source
        rated = ""
    days, named = (leg.days_low, leg.days_high), ""
    if math.isnan(leg.days_low):
        km, named = leg.distance_km, str(leg.pace)
        days = (pace.days_fixed_low + km / pace.km_per_day_fast, pace.days_fixed_high + km / pace.km_per_day_slow)
    return Tariff(per_teu, per_t, (float(days[0]), float(days[1])), basis, confidence, source, rated, named)


def _rated(leg: Any, rate: Any) -> tuple[Three, Three]:
    number = np.nan_to_num
    road_km = float(number(leg.road_km))
    rated_km = leg.distance_km - road_km if math.isnan(leg.rated_km) else leg.rated_km
    per_teu = (
        number(rate.usd_per_teu_fixed)
        + number(rate.usd_per_teu_km) * rated_km
        + number(rate.access_usd_per_teu_km) * road_km
    )
    factors = (1.0, rate.low_factor, rate.high_factor)
    per_t = number(rate.usd_per_t) + number(rate.usd_per_t_km) * rated_km
    return (
        (per_teu * factors[0], per_teu * factors[1], per_teu * factors[2]),
        (per_t * factors[0], per_t * factors[1], per_t * factors[2]),
    )


def _three(*values: float) -> Three:
    point, low, high = (float(v) for v in np.nan_to_num(values))
    return point, low, high


def check_legs(legs: pd.DataFrame, hubs: set[str], rates: dict[str, Any], paces: dict[str, Any]) -> None:
    """Raise InputError with every faulty leg: to itself, to nowhere, negative, no price, dates in wrong order."""
    faults: list[Fault] = []
    for row, leg in enumerate(rows_of(legs), start=2):
        where = f"legs.csv, row {row}, leg {leg.leg}"
        if leg.origin == leg.destination:
            faults.append(Fault(f"{where}, column destination", leg.destination, "another hub than the origin"))
        for column in ("origin", "destination"):
            if getattr(leg, column) not in hubs:
                faults.append(Fault(f"{where}, column {column}", repr(getattr(leg, column)), "a key of the table hubs"))
        for column in ("usd_per_teu", "usd_per_t", "distance_km", "days_low", "risk", "road_km", "rated_km"):
            if getattr(leg, column) < 0:
                faults.append(Fault(f"{where}, column {column}", repr(getattr(leg, column)), "a number not below zero"))
        if math.isnan(leg.usd_per_teu) and math.isnan(leg.usd_per_t) and leg.rate not in rates:
            would = "a price per TEU or per tonne, or in the column rate a key of the table freight_rates"
            faults.append(Fault(f"{where}, column usd_per_teu", "no price", would))
        if math.isnan(leg.days_low) != math.isnan(leg.days_high) or (
            math.isnan(leg.days_low) and leg.pace not in paces
        ):
            would = "both ends of the days, or in the column pace a key of the table travel_paces"
            faults.append(Fault(f"{where}, column days_low", "no time", would))
        if leg.days_high < leg.days_low:
            faults.append(
                Fault(f"{where}, column days_high", repr(leg.days_high), f"at least days_low, {leg.days_low}")
            )
        if not pd.isna(leg.valid_from) and not pd.isna(leg.valid_to) and leg.valid_to < leg.valid_from:
            faults.append(
                Fault(f"{where}, column valid_to", f"{leg.valid_to:%Y-%m-%d}", f"a day after {leg.valid_from:%Y-%m-%d}")
            )
    if faults:
        raise InputError("the transport network cannot be built", faults)
