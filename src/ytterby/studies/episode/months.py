"""The months of an episode, and the legal states in which they lie."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

import pandas as pd

from ytterby.rules import Rules
from ytterby.rules.watch import calendar
from ytterby.world import World
from ytterby.world.errors import Fault, InputError, UnknownNameError

MONTHS_A_YEAR = 12
DATED = ("taxes", "trade_limits", "transit_policies", "leg_states", "origin_requirements")
"""Tables whose rows hold between two days."""


@dataclass(frozen=True)
class Month:
    """One month of an episode."""

    label: str
    first: datetime.date
    last: datetime.date

    @property
    def middle(self) -> datetime.date:
        """The day on which rules, ways and taxes are asked."""
        return self.first + (self.last - self.first) / 2


@dataclass(frozen=True)
class Episode:
    """A row of table ``episodes`` with its months."""

    name: str
    title: str
    known_on: datetime.date
    months: tuple[Month, ...]
    step: int = 1
    """Months a period."""

    @classmethod
    def of(cls, world: World, name: str) -> Episode:
        """Read an episode; raises UnknownNameError with near matches."""
        table = world.table("episodes").set_index("episode")
        if name not in table.index:
            raise UnknownNameError("episode", name, [str(e) for e in table.index])
        row = table.loc[name].to_dict()
        step = int(row["months_a_period"])
        months = periods_between(pd.Timestamp(row["first"]).date(), pd.Timestamp(row["last"]).date(), step)
        return cls(name, str(row["title"]), pd.Timestamp(row["known_on"]).date(), months, step)


def months_between(first: str, last: str) -> tuple[Month, ...]:
    """The months from one to another, both written YYYY-MM; raises InputError with every fault."""
    found, faults = [], []
    for name, text in (("first month", first), ("last month", last)):
        try:
            if not re.fullmatch(r"\d{4}-\d{2}", text):
                raise ValueError(text)
            found.append(pd.Period(text, "M"))
        except ValueError:
            faults.append(Fault(name, text, "a month as 2026-11"))
    if len(found) == 2 and found[1] < found[0]:
        faults.append(Fault("last month", last, f"{first} or later"))
    if faults:
        raise InputError("these are no months in a row", faults)
    return _months(found[0], found[1])


def periods_between(first: datetime.date, last: datetime.date, step: int = 1) -> tuple[Month, ...]:
    """The periods of ``step`` months that cover two days: months, quarters, half-years, years of the calendar."""
    months = _months(pd.Period(pd.Timestamp(first), "M"), pd.Period(pd.Timestamp(last), "M"))
    if step == 1:
        return months
    found: dict[str, list[Month]] = {}
    for month in _months(pd.Period(f"{first.year}-01", "M"), pd.Period(f"{last.year}-12", "M")):
        part = (month.first.month - 1) // step + 1
        letter = {3: "Q", 6: "H"}.get(step, "P")
        label = str(month.first.year) if step == MONTHS_A_YEAR else f"{month.first.year}-{letter}{part}"
        found.setdefault(label, []).append(month)
    asked = {m.label for m in months}
    covered = {label: ms for label, ms in found.items() if asked & {m.label for m in ms}}
    return tuple(Month(label, ms[0].first, ms[-1].last) for label, ms in covered.items())


def _months(first: pd.Period, last: pd.Period) -> tuple[Month, ...]:
    periods = pd.period_range(first, last, freq="M")
    return tuple(Month(str(p), p.start_time.date(), p.end_time.date()) for p in periods)


def days_of_change(world: World, rules: Rules, months: tuple[Month, ...]) -> list[datetime.date]:
    """Every day of the months on which a rule, a tax, a way or a limit begins or ends, in order."""
    first, last = months[0].first, months[-1].last
    days = {pd.Timestamp(d).date() for d in calendar(rules, first, last)["date"]}
    days |= {pd.Timestamp(d).date() for d in world.table("licence_practice")["from"].dropna()}
    for name in DATED:
        table = world.table(name)
        for column in ("valid_from", "valid_to"):
            if column in table:
                days |= {pd.Timestamp(d).date() for d in table[column].dropna()}
    return sorted(d for d in days if first <= d <= last)


def states(months: tuple[Month, ...], changes: list[datetime.date]) -> dict[str, datetime.date]:
    """The first month's day that stands for each month's legal state, by month: months alike share it."""
    found: dict[str, datetime.date] = {}
    previous: tuple[int, datetime.date] | None = None
    for month in months:
        past = sum(1 for d in changes if d <= month.middle)
        if previous is None or previous[0] != past:
            previous = (past, month.middle)
        found[month.label] = previous[1]
    return found
