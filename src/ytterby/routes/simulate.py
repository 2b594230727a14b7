"""Draws of cost and door-to-door time, and the comparison of two ways on the same draws.

Error model: a leg's price is lognormal with the ends of its band as 5 % and 95 %; its days are uniform
over their band; what is left of a way's days (transfers, permits) is uniform too. A leg that two ways share
has one draw.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ytterby.routes.cases import CaseBook
from ytterby.routes.network import Floats
from ytterby.world.terms import Band, Freight, Leg

Z95 = 1.6448536269514722
"""95 % point of the standard normal distribution."""


@dataclass(frozen=True)
class DoorToDoor:
    """Door-to-door time of one way, days."""

    mean: float
    p05: float
    p50: float
    p90: float
    p95: float
    draws: int


@dataclass(frozen=True)
class Comparison:
    """One way against another, on the same draws. Differences are first minus second."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    cost_share: Band
    """Relative cost difference: -0.2 says the first is 20 % cheaper; median, 5 % and 95 %."""
    share_cheaper: float
    """Share of draws in which the first is cheaper."""
    days: Band
    """Difference in days."""
    share_week_faster: float
    """Share of draws in which the first is at least seven days faster."""
    deciding: tuple[str, ...]
    """Prices that decide it: legs that only one way uses, by their part in the variance, with their basis."""


def door_to_door(way: Freight, n: int = 10_000, seed: int = 1) -> DoorToDoor:
    """Draw the door-to-door time of a way ``n`` times; the same seed gives the same answer."""
    days = _days(way, n, seed)
    p05, p50, p90, p95 = (float(q) for q in np.quantile(days, [0.05, 0.5, 0.9, 0.95]))
    return DoorToDoor(float(days.mean()), p05, p50, p90, p95, n)


def compare_ways(
    book: CaseBook, first: Freight, second: Freight, n: int = 20_000, seed: int = 1, deciding: int = 4
) -> Comparison:
    """Compare two ways on common draws; the deciding prices are told with their basis and confidence."""
    legs = {leg.leg: leg for way in (first, second) for leg in way.legs}
    prices = {name: _price(book, leg, n, seed) for name, leg in legs.items()}
    totals = [_fixed_usd(way) + sum((prices[leg.leg] for leg in way.legs), np.zeros(n)) for way in (first, second)]
    share = totals[0] / totals[1] - 1.0
    days = _days(first, n, seed) - _days(second, n, seed)
    return Comparison(
        first=tuple(leg.leg for leg in first.legs),
        second=tuple(leg.leg for leg in second.legs),
        cost_share=_band(share),
        share_cheaper=float((share < 0).mean()),
        days=_band(days),
        share_week_faster=float((days <= -7).mean()),
        deciding=_deciding(book, first, second, prices, deciding),
    )


def _deciding(
    book: CaseBook, first: Freight, second: Freight, prices: Mapping[str, Floats], most: int
) -> tuple[str, ...]:
    sides = [{leg.leg for leg in way.legs} for way in (first, second)]
    apart = sides[0] ^ sides[1]
    variance = {name: float(prices[name].var()) for name in apart}
    total = sum(variance.values()) or 1.0
    basis = book.world.table("legs").set_index("leg")["cost_basis"].to_dict()
    grade = book.world.table("legs").set_index("leg")["cost_confidence"].to_dict()
    ranked = sorted(apart, key=lambda name: (-variance[name], name))[:most]
    return tuple(
        f"{name} ({variance[name] / total:.0%} of the variance): {basis[name]} [{grade[name]}]" for name in ranked
    )


def _price(book: CaseBook, leg: Leg, n: int, seed: int) -> Floats:
    carriage = book.facts.alone[leg.leg]
    point, low, high = (a + b for a, b in zip(carriage.usd_per_teu, carriage.usd_per_t, strict=True))
    sigma = math.log(high / low) / (2 * Z95) if 0 < low < high and point > 0 else 0.0
    drawn: Floats = leg.usd_per_t * np.exp(sigma * _generator(seed, "usd", leg.leg).standard_normal(n))
    return drawn


def _days(way: Freight, n: int, seed: int) -> Floats:
    days: Floats = np.zeros(n)
    for leg in way.legs:
        days = days + _generator(seed, "days", leg.leg).uniform(leg.days_low, leg.days_high, n)
    low = way.days_low - sum(leg.days_low for leg in way.legs)
    high = way.days_high - sum(leg.days_high for leg in way.legs)
    name = "|".join(leg.leg for leg in way.legs)
    return days + _generator(seed, "rest", name).uniform(min(low, high), max(low, high), n)


def _fixed_usd(way: Freight) -> float:
    return way.usd_per_t - sum(leg.usd_per_t for leg in way.legs)


def _generator(seed: int, what: str, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(f"{what} {name}".encode())])


def _band(values: Floats) -> Band:
    low, point, high = (float(q) for q in np.quantile(values, [0.05, 0.5, 0.95]))
    return Band(point, low, high, "5 %, median and 95 % of the draws")
