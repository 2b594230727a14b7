"""What mines with a given output did not make, or did not sell: halts, stocks built up, and the tax on their ore."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd

from ytterby.chain.supply import KG_PER_T


def _none() -> pd.Series:
    return pd.Series(dtype=float)


@dataclass(frozen=True)
class Workings:
    """How ores are worked in a period, each by ore; an ore that is not named works as always."""

    pace: pd.Series = field(default_factory=_none)
    """Output over that of an even pace through the year."""
    put_aside_t: pd.Series = field(default_factory=_none)
    """What goes into a stock that is not sold, t."""
    tax_usd_per_t: pd.Series = field(default_factory=_none)
    """Tax on the ore, USD/t of oxides made of it."""

    def sold_t(self, ore: pd.Series, even_t: pd.Series) -> pd.Series:
        """What is left to sell of an output at an even pace, t."""
        made = even_t * ore.map(self.pace).fillna(1.0)
        return (made - ore.map(self.put_aside_t).fillna(0.0)).clip(lower=0.0)


def workings(terms: pd.DataFrame, first: datetime.date, last: datetime.date, without: Collection[str] = ()) -> Workings:
    """Read a period off the rows of an episode in table ``oxide_terms``, leaving out terms that are named.

    The output of a year is what was made in it: a mine that stands still makes it on the other days.
    """
    begin, end = datetime.date(first.year, 1, 1), datetime.date(first.year, 12, 31)
    days, year = _days(first, last), _days(begin, end)
    pace: dict[str, float] = {}
    for ore, own in _of(terms, "halt", without).groupby("item"):
        still, in_year = (_standing(own, a, b) for a, b in ((first, last), (begin, end)))
        pace[str(ore)] = (1.0 - still / days) / (1.0 - in_year / year) if in_year < year else 0.0
    aside: dict[str, float] = {}
    for ore, own in _of(terms, "stock-building", without).groupby("item"):
        aside[str(ore)] = _standing(own, first, last) / year
    taxes = _of(terms, "resource-tax", without)
    tax = {str(ore): _standing(own, first, last) / days * KG_PER_T for ore, own in taxes.groupby("item")}
    return Workings(*(pd.Series(of, dtype=float) for of in (pace, aside, tax)))


def _of(terms: pd.DataFrame, term: str, without: Collection[str]) -> pd.DataFrame:
    return terms[terms["term"].eq(term) & (term not in without)]


def _standing(rows: pd.DataFrame, first: datetime.date, last: datetime.date) -> float:
    """Value of rows times the days that they hold between two days."""
    starts, ends = (pd.to_datetime(rows[c]).dt.date for c in ("valid_from", "valid_to"))
    held = zip(starts, ends, rows["value"].astype(float), strict=True)
    return float(sum(value * _days(max(a, first), min(b, last)) for a, b, value in held))


def _days(first: datetime.date, last: datetime.date) -> int:
    return max((last - first).days + 1, 0)
