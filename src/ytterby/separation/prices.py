"""Prices that a separator pays: the quotation of its country nearest to a year, or the world's where it
has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ytterby.world import World
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Band, Confidence

ANYWHERE = "world"
MONTHS = 12


@dataclass(frozen=True)
class Quotation:
    """One price with where and when it was seen."""

    reagent: str
    country: str
    period: str
    price: Band
    unit: str
    source: str
    confidence: Confidence


class PriceBook:
    """All quotations of a world, looked up by reagent, country and year."""

    def __init__(self, world: World, year: float = 2024.0) -> None:
        self.year = year
        book: dict[tuple[str, str], list[Quotation]] = {}
        for r in world.table("reagent_prices").to_dict("records"):
            price = float(r["price"])
            low = float(r["low"]) if r["low"] == r["low"] else price
            high = float(r["high"]) if r["high"] == r["high"] else price
            quotation = Quotation(
                str(r["reagent"]),
                str(r["country"]),
                str(r["period"]),
                Band(price, low, high, str(r["source"])),
                str(r["unit"]),
                str(r["source"]),
                Confidence(str(r["confidence"])),
            )
            book.setdefault((quotation.reagent, quotation.country), []).append(quotation)
        self._book: Mapping[tuple[str, str], list[Quotation]] = book

    def quotation(self, reagent: str, country: str) -> Quotation:
        """The quotation nearest in time to the middle of the book's year; raises UnknownNameError."""
        for where in (country, ANYWHERE):
            rows = self._book.get((reagent, where))
            if rows:
                return min(rows, key=lambda q: abs(_time(q.period) - (self.year + 0.5)))
        raise UnknownNameError("price", f"{reagent} in {country}", [f"{r} in {c}" for r, c in self._book])

    def same_time(self, reagent: str, country: str, other: str) -> tuple[Quotation, Quotation] | None:
        """The two countries' quotations that lie nearest to one another in time, the better sourced first
        on a tie."""
        pairs = [
            (a, b)
            for a in self._book.get((reagent, country), [])
            for b in self._book.get((reagent, other), [])
            if a.confidence is not Confidence.ASSUMED and b.confidence is not Confidence.ASSUMED
        ]
        if not pairs:
            return None
        return min(pairs, key=lambda p: abs(_time(p[0].period) - _time(p[1].period)))


def _time(period: str) -> float:
    year, _, month = period.partition("-")
    return int(year) + (int(month) - 0.5) / MONTHS
