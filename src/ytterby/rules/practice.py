"""What licensing looks like in practice: days an answer takes, and how often none had come when it was
needed.

Which report says what a day was like:

1. A count of applications from ``since`` to the day of its report describes every day between, and no other: of the
   reports that look back over a day the earliest is taken, since it looks back the least. It is a fact about those
   days, though nobody knew it on them: whoever asks what could be known on a day names it as ``known``, and later
   reports are not there.
2. Where none looks back over a day, the newest before it goes on to hold. A day before the first is taken as the first
   says: who supposes a law on an earlier day supposes its practice too. Where nothing is reported, nothing was seen.
3. A count of applications that were picked by how they fared (``selected``: those put forward because they had not
   been answered) is kept to be read, and speaks for no others.
4. Where reports name a product they speak for it, and those that name none speak for the rest.

A reported share g of all applications counts those that still wait as not granted. Applications come evenly, and are
answered evenly within the wait L, so that of those of x days

    D(x) = x - L/2   for x >= L,     x^2 / (2 L)   before

are decided, in days' applications. A report x days after the first application counted says that g x were granted;
where the same applicants were counted up to an earlier day y, the days between brought g x - g' y. Of what was decided
in them the granted share is

    G = (g x - g' y) / (D(x) - D(y)),

above one where answers came faster than the wait says. Beyond its own days a report goes on with g x / D(x), at most
one. Where granted, refused and waiting ones were counted apart, G is the granted among the decided.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from ytterby.world import World

SPLIT = "|"
ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Practice:
    """Licensing under one clause on one day."""

    lead_days: float
    refusal_probability: float
    """Share of applications that were not granted (refused or pending) when the count was taken."""
    source: str
    granted_of_decided: float = 1.0
    """Share granted of what was decided: those that still wait are not in it; above one where answers came faster than
    ``lead_days`` says."""


class LicencePractice:
    """The table licence_practice, asked by clause group, day and product."""

    def __init__(self, world: World) -> None:
        rows = speaking(world.table("licence_practice"))
        self._rows = rows.sort_values(["practice", "from", "applicants"])

    def group(self, commodity: str | None) -> str:
        """The products, as the table names them, for which reports on a commodity speak; empty: those of all."""
        return group_of(self._rows, commodity)

    def on(
        self,
        practice: str,
        day: datetime.date,
        lead_days: float,
        *,
        commodity: str | None = None,
        known: datetime.date = datetime.date.max,
    ) -> Practice:
        """What a day was like for a product, of the reports made up to ``known``; nothing seen: the days that the
        clause names, and no refusals known."""
        rows = self._rows[self._rows["practice"] == practice]
        if known < datetime.date.max:
            rows = rows[rows["from"] <= pd.Timestamp(known)]
        lead = _report(rows, "lead_days", day, commodity)
        granted = _report(rows, "granted_share", day, commodity)
        sources = ";".join(dict.fromkeys(str(r["source"]) for r in (lead, granted) if r is not None))
        wait = float(lead["lead_days"]) if lead is not None else lead_days
        return Practice(
            lead_days=wait,
            refusal_probability=1.0 - float(granted["granted_share"]) if granted is not None else 0.0,
            source=sources,
            granted_of_decided=_of_decided(rows, granted, day, wait) if granted is not None else 1.0,
        )


def days_decided(x: float, wait: float) -> float:
    """What of ``x`` days' applications is decided, in days' applications, when an answer takes up to ``wait`` days."""
    if x <= 0.0:
        return 0.0
    return x - wait / 2.0 if x >= wait else x * x / (2.0 * wait)


def speaking(rows: pd.DataFrame) -> pd.DataFrame:
    """Reports of table licence_practice that speak for more than the applications they count."""
    return rows[~rows["selected"].astype(bool)]


def group_of(rows: pd.DataFrame, commodity: str | None) -> str:
    """The entry of the column ``commodities`` with the longest name that a commodity's id begins with; else empty."""
    if commodity is None:
        return ""
    named = {str(g): [p for p in str(g).split(SPLIT) if commodity.startswith(p)] for g in rows["commodities"].dropna()}
    return max((g for g in named if named[g]), key=lambda g: (max(map(len, named[g])), g), default="")


def days_of_reports(rows: pd.DataFrame) -> set[datetime.date]:
    """Days from which another report may speak: a report's own, or, where it looks back, its first and the one after
    its last."""
    rows = speaking(rows)
    back = rows["since"].notna()
    days = pd.concat([rows.loc[~back, "from"], rows.loc[back, "since"], rows.loc[back, "from"] + ONE_DAY])
    return {pd.Timestamp(d).date() for d in days.dropna()}


def _report(rows: pd.DataFrame, column: str, day: datetime.date, commodity: str | None) -> pd.Series | None:
    """The report of a column that says what a day was like, by the rules of this module."""
    seen = rows[rows[column].notna()]
    own = seen["commodities"].fillna("")
    seen = seen[own == group_of(seen, commodity)]
    at = pd.Timestamp(day)
    looking_back = seen[(seen["since"] <= at) & (seen["from"] >= at)]
    if len(looking_back):
        return looking_back.iloc[0]
    past = seen[seen["from"] <= at]
    if len(past):
        return past.iloc[-1]
    return seen.iloc[0] if len(seen) else None


def _of_decided(rows: pd.DataFrame, report: pd.Series, day: datetime.date, wait: float) -> float:
    """Share granted of what was decided, by a report of the granted share, on a day."""
    if pd.notna(report["pending"]) and pd.notna(report["approved"]):
        refused = float(report["rejected"]) if pd.notna(report["rejected"]) else 0.0
        return float(report["approved"]) / (float(report["approved"]) + refused)
    reported = float(report["granted_share"])
    if pd.isna(report["since"]) or wait <= 0:
        return reported
    x = _days_counted(report)
    if pd.Timestamp(day) > report["from"]:
        return min(reported * x / days_decided(x, wait), 1.0)
    earlier = rows[
        rows["granted_share"].notna()
        & rows["since"].eq(report["since"])
        & rows["applicants"].eq(report["applicants"])
        & rows["commodities"].fillna("").eq(str(report["commodities"]) if pd.notna(report["commodities"]) else "")
        & rows["from"].lt(report["from"])
    ]
    if earlier.empty:
        return reported * x / days_decided(x, wait)
    before = earlier.iloc[-1]
    y = _days_counted(before)
    brought = reported * x - float(before["granted_share"]) * y
    return max(brought, 0.0) / (days_decided(x, wait) - days_decided(y, wait))


def _days_counted(report: pd.Series) -> float:
    """Days of applications that a report counts, its own among them."""
    return float((report["from"] - report["since"]).days + 1)
