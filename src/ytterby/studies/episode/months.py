"""The months of an episode, and the legal states in which they lie."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pandas as pd

from ytterby.rules import Rules
from ytterby.rules.practice import days_of_reports
from ytterby.rules.watch import calendar
from ytterby.studies.periods import Period, periods_between
from ytterby.world import World
from ytterby.world.errors import UnknownNameError

DATED = ("taxes", "trade_limits", "transit_policies", "leg_states", "origin_requirements")
"""Tables whose rows hold between two days."""


@dataclass(frozen=True)
class Episode:
    """A row of table ``episodes`` with its periods."""

    name: str
    title: str
    known_on: datetime.date
    months: tuple[Period, ...]
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


def days_of_change(world: World, rules: Rules, months: tuple[Period, ...]) -> list[datetime.date]:
    """Every day of the months on which a rule, a tax, a way or a limit begins or ends, in order."""
    first, last = months[0].first, months[-1].last
    days = {pd.Timestamp(d).date() for d in calendar(rules, first, last)["date"]}
    days |= days_of_reports(world.table("licence_practice"))
    for name in DATED:
        table = world.table(name)
        for column in ("valid_from", "valid_to"):
            if column in table:
                days |= {pd.Timestamp(d).date() for d in table[column].dropna()}
    return sorted(d for d in days if first <= d <= last)


def states(months: tuple[Period, ...], changes: list[datetime.date]) -> dict[str, datetime.date]:
    """The first month's day that stands for each month's legal state, by month: months alike share it."""
    found: dict[str, datetime.date] = {}
    previous: tuple[int, datetime.date] | None = None
    for month in months:
        past = sum(1 for d in changes if d <= month.middle)
        if previous is None or previous[0] != past:
            previous = (past, month.middle)
        found[month.label] = previous[1]
    return found
