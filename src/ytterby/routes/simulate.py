"""Draws of cost and door-to-door time, and the comparison of two ways on the same draws.

Error model: a leg's price is lognormal with the ends of its band as 5 % and 95 %; its days are uniform over their
band, plus the delays of the month (table leg_delays): each met with its probability, its length lognormal. What is
left of a way's days (transfers, permits) is uniform too. Legs of one freight rate err together, they have one draw of
price; legs of one pace have one draw of days. A leg that two ways share has one draw of delays.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ytterby.routes.cases import CaseBook
from ytterby.routes.delays import Delay
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
class Said:
    """An assertion, such as "20 % cheaper and a week faster", and how often the draws bear it out."""

    cheaper_share: float
    """Said to be cheaper by at least this share of the second way's cost."""
    days_faster: float
    """Said to be faster by at least so many days."""
    share_cheaper: float
    """Share of draws in which it is cheaper by so much."""
    share_faster: float
    share_both: float

    @property
    def verdict(self) -> str:
        """Say whether the draws bear it out: in 95 % or more of them, in 5 % or fewer, or neither."""
        if self.share_both >= 0.95:
            return "holds"
        return "does not hold" if self.share_both <= 0.05 else "open: what decides it stands on the grades below"


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
    """Rates that decide the cost, by their part in the variance of the difference, with basis and grade."""
    deciding_days: tuple[str, ...] = ()
    """Legs that decide the time, by their part in the variance of the difference, with days, delays and grade."""
    said: Said | None = None
    """How an assertion about the first way fares, where one was put."""


def door_to_door(book: CaseBook, way: Freight, n: int = 10_000, seed: int = 1) -> DoorToDoor:
    """Draw the door-to-door time of a way ``n`` times, in the month of the book's date; a seed gives one answer."""
    days = _days(book, way, n, seed)
    p05, p50, p90, p95 = (float(q) for q in np.quantile(days, [0.05, 0.5, 0.9, 0.95]))
    return DoorToDoor(float(days.mean()), p05, p50, p90, p95, n)


def compare_ways(
    book: CaseBook,
    first: Freight,
    second: Freight,
    n: int = 20_000,
    seed: int = 1,
    deciding: int = 4,
    said: tuple[float, float] | None = None,
) -> Comparison:
    """Compare two ways on common draws; what decides is told with its basis and grade.

    ``said`` is an assertion about the first way: (cheaper by a share, faster by days).
    """
    legs = {leg.leg: leg for way in (first, second) for leg in way.legs}
    prices = {name: _price(book, leg, n, seed) for name, leg in legs.items()}
    totals = [_fixed_usd(way) + sum((prices[leg.leg] for leg in way.legs), np.zeros(n)) for way in (first, second)]
    share = totals[0] / totals[1] - 1.0
    days = _days(book, first, n, seed) - _days(book, second, n, seed)
    return Comparison(
        first=tuple(leg.leg for leg in first.legs),
        second=tuple(leg.leg for leg in second.legs),
        cost_share=_band(share),
        share_cheaper=float((share < 0).mean()),
        days=_band(days),
        share_week_faster=float((days <= -7).mean()),
        deciding=_deciding(book, first, second, prices, deciding),
        deciding_days=_deciding_days(book, first, second, n, seed, deciding),
        said=None if said is None else _borne_out(share, days, *said),
    )


def _borne_out(share: Floats, days: Floats, cheaper: float, faster: float) -> Said:
    cheap, fast = share <= -cheaper, days <= -faster
    return Said(cheaper, faster, float(cheap.mean()), float(fast.mean()), float((cheap & fast).mean()))


def _deciding_days(book: CaseBook, first: Freight, second: Freight, n: int, seed: int, most: int) -> tuple[str, ...]:
    """Legs of one way only, by the variance that their days bring into the difference; legs of one pace together."""
    legs = {leg.leg: leg for way in (first, second) for leg in way.legs}
    days = {name: _leg_days(book, leg, n, seed) for name, leg in legs.items()}
    parts = _parts(first, second, days, {name: _pace(book, name) for name in legs})
    grades = book.world.table("legs").set_index("leg")["days_confidence"]

    def told(name: str) -> str:
        leg = legs[name]
        grade = f" [{grades[name]}]" if grades[name] else ""
        return f"{name} {leg.days_low:.0f} to {leg.days_high:.0f} days{_delays(book, leg)}{grade}"

    return tuple(f"{share:.0%} of the variance: {'; '.join(map(told, names))}" for names, share in parts[:most])


def delays_of(book: CaseBook, leg: Leg) -> Sequence[Delay]:
    """The delays of a leg as it is ridden, in the month of the book's date."""
    return book.facts.ridden[(leg.leg, leg.origin)].delays


def _delays(book: CaseBook, leg: Leg) -> str:
    delays = delays_of(book, leg)
    return "".join(f", {d.title} ({d.probability:.0%}: {d.days_p50:g} more, 95 % {d.days_p95:g})" for d in delays)


def _deciding(
    book: CaseBook, first: Freight, second: Freight, prices: Mapping[str, Floats], most: int
) -> tuple[str, ...]:
    """Rates by the variance that each brings into the difference of cost."""
    told = []
    for names, share in _parts(first, second, prices, {name: _rate(book, name) for name in prices})[:most]:
        tariff = book.facts.alone[names[0]].tariff
        basis = f"{tariff.basis} [{tariff.confidence}]" if tariff is not None else "no price of its own"
        told.append(f"{', '.join(names)} ({share:.0%} of the variance): {basis}")
    return tuple(told)


def _parts(
    first: Freight, second: Freight, values: Mapping[str, Floats], errs_with: Mapping[str, str]
) -> list[tuple[list[str], float]]:
    """Split the variance of first minus second over what the legs err with: (legs, share), the largest first.

    ``values`` holds draws by leg. A leg that both ways use cancels; what no draw moves is left out.
    """
    sides = [{leg.leg for leg in way.legs} for way in (first, second)]
    legs: dict[str, list[str]] = {}
    for name in sorted(sides[0] ^ sides[1]):
        legs.setdefault(errs_with[name], []).append(name)
    signed = {
        key: np.sum([values[n] if n in sides[0] else -values[n] for n in names], axis=0) for key, names in legs.items()
    }
    variance = {key: float(np.var(difference)) for key, difference in signed.items()}
    total = sum(variance.values()) or 1.0
    ranked = sorted((key for key in variance if variance[key] > 0), key=lambda key: (-variance[key], key))
    return [(legs[key], variance[key] / total) for key in ranked]


def _pace(book: CaseBook, leg: str) -> str:
    """What a leg's days err with: its pace, or itself where it has days of its own."""
    tariff = book.facts.alone[leg].tariff
    return tariff.pace if tariff is not None and tariff.pace else leg


def _rate(book: CaseBook, leg: str) -> str:
    """What a leg's price errs with: its rate, or itself where it has a price of its own."""
    return book.facts.rate[leg] or leg


def _price(book: CaseBook, leg: Leg, n: int, seed: int) -> Floats:
    carriage = book.facts.alone[leg.leg]
    point, low, high = (a + b for a, b in zip(carriage.usd_per_teu, carriage.usd_per_t, strict=True))
    sigma = math.log(high / low) / (2 * Z95) if 0 < low < high and point > 0 else 0.0
    drawn: Floats = leg.usd_per_t * np.exp(sigma * _generator(seed, "usd", _rate(book, leg.leg)).standard_normal(n))
    return drawn


def _leg_days(book: CaseBook, leg: Leg, n: int, seed: int) -> Floats:
    days: Floats = _generator(seed, "days", _pace(book, leg.leg)).uniform(leg.days_low, leg.days_high, n)
    for delay in delays_of(book, leg):
        random = _generator(seed, "delay", f"{leg.leg} {delay.delay}")
        met = random.uniform(size=n) < delay.probability
        days = days + met * delay.days_p50 * np.exp(delay.sigma * random.standard_normal(n))
    return days


def _days(book: CaseBook, way: Freight, n: int, seed: int) -> Floats:
    days = sum((_leg_days(book, leg, n, seed) for leg in way.legs), np.zeros(n))
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
