"""Periods of the calendar: months, quarters, half-years, years; each knows its days and how long it is."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ytterby.world.errors import Fault, InputError

MONTHS_A_YEAR = 12
LETTERS = {2: "B", 3: "Q", 4: "T", 6: "H"}
"""Letter in the label of a period, by its months: 2025-Q2 is the second quarter; a month is 2025-04, a year 2025."""
LENGTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": MONTHS_A_YEAR}
"""Months of a period, by the name of its length."""
WRITTEN = re.compile(r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|(?P<letter>[A-Z])(?P<part>\d)))?")


@dataclass(frozen=True)
class Period:
    """Some months of a calendar year in a row."""

    label: str
    first: datetime.date
    last: datetime.date

    @property
    def middle(self) -> datetime.date:
        """The day on which rules, ways and taxes of a month are asked."""
        return self.first + (self.last - self.first) / 2

    @property
    def days(self) -> int:
        """Days from the first to the last."""
        return (self.last - self.first).days + 1

    @property
    def months(self) -> int:
        """How many months it has."""
        return (self.last.year - self.first.year) * MONTHS_A_YEAR + self.last.month - self.first.month + 1

    @property
    def share(self) -> float:
        """Share of a year."""
        return self.months / MONTHS_A_YEAR

    def split(self) -> tuple[Period, ...]:
        """Its months."""
        return _months(pd.Period(self.first, "M"), pd.Period(self.last, "M"))


def period_of(label: object) -> Period:
    """The period that a label names: 2025, 2025-H1, 2025-Q2, 2025-04; raises ValueError for another text."""
    found = WRITTEN.fullmatch(str(label))
    if found is None:
        raise ValueError(f"no period: {label}")
    year, length, part = int(found["year"]), MONTHS_A_YEAR, 1
    if found["month"]:
        length, part = 1, int(found["month"])
    elif found["letter"]:
        length = {letter: months for months, letter in LETTERS.items()}.get(found["letter"], 0)
        part = int(found["part"])
    if not length or not 1 <= part <= MONTHS_A_YEAR // length:
        raise ValueError(f"no period: {label}")
    first = datetime.date(year, (part - 1) * length + 1, 1)
    return Period(str(label), first, (pd.Timestamp(first) + pd.offsets.MonthEnd(length)).date())


def periods_between(first: datetime.date, last: datetime.date, step: int = 1) -> tuple[Period, ...]:
    """The periods of ``step`` months that cover two days: months, quarters, half-years, years of the calendar."""
    months = _months(pd.Period(pd.Timestamp(first), "M"), pd.Period(pd.Timestamp(last), "M"))
    return months if step == 1 else tuple({m: period_of(m) for m in (_label(month, step) for month in months)}.values())


def asked_for(first: str, last: str, length: str = "month") -> tuple[Period, ...]:
    """The periods of a ``length`` that cover a first and a last one, each written as in :func:`period_of`.

    Raises InputError with every fault.
    """
    found, faults = [], []
    for name, text in (("first", first), ("last", last)):
        try:
            found.append(period_of(text))
        except ValueError:
            faults.append(Fault(f"{name} period", text, "a month as 2026-11, a quarter as 2026-Q4 or a year"))
    if len(found) == 2 and found[1].last < found[0].first:
        faults.append(Fault("last period", last, f"{first} or later"))
    if length not in LENGTHS:
        faults.append(Fault("length of a period", length, f"one of {', '.join(LENGTHS)}"))
    if faults:
        raise InputError("these are no periods in a row", faults)
    return periods_between(found[0].first, found[1].last, LENGTHS[length])


def length_of(labels: Sequence[object]) -> int:
    """Months of the periods with these labels; 0 where they are no periods or not alike."""
    try:
        lengths = {period_of(label).months for label in labels}
    except ValueError:
        return 0
    return lengths.pop() if len(lengths) == 1 else 0


def _label(month: Period, step: int) -> str:
    if step == MONTHS_A_YEAR:
        return str(month.first.year)
    if step not in LETTERS:
        fault = Fault("months a period", str(step), f"one of 1, {', '.join(map(str, LETTERS))}, {MONTHS_A_YEAR}")
        raise InputError("no such period", [fault])
    return f"{month.first.year}-{LETTERS[step]}{(month.first.month - 1) // step + 1}"


def _months(first: pd.Period, last: pd.Period) -> tuple[Period, ...]:
    periods = pd.period_range(first, last, freq="M")
    return tuple(Period(str(p), p.start_time.date(), p.end_time.date()) for p in periods)
