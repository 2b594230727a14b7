"""Halts move a year's output to its other days, stocks take it off the market, a tax on ore is borne by the mine."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from ytterby.chain.workings import Workings, workings

YEAR = [
    (datetime.date(2011, 1, 1), datetime.date(2011, 6, 30)),
    (datetime.date(2011, 7, 1), datetime.date(2011, 12, 31)),
]
TERMS = pd.DataFrame(
    [
        ("halt", "north", "2011-10-19", "2012-01-22", 1.0),
        ("stock-building", "north", "2011-01-01", "2011-12-31", 365.0),
        ("resource-tax", "north", "2011-04-01", "2013-12-31", 2.0),
        ("halt", "south", "2013-01-01", "2013-12-31", 1.0),
    ],
    columns=["term", "item", "valid_from", "valid_to", "value"],
)


def _made(worked: Workings, days: int) -> float:
    even = pd.Series([36500.0 * days / 365.0])
    return float(worked.sold_t(pd.Series(["north"]), even).iloc[0])


def test_a_halt_keeps_the_output_of_its_year_and_moves_it_to_the_other_days() -> None:
    halves = [(workings(TERMS, a, b, {"stock-building"}), (b - a).days + 1) for a, b in YEAR]
    made = [_made(worked, days) for worked, days in halves]
    assert sum(made) == pytest.approx(36500.0)
    assert made[0] == pytest.approx(36500.0 * 181 / (365 - 74))
    still = workings(TERMS, datetime.date(2012, 1, 1), datetime.date(2012, 1, 22), {"stock-building"})
    assert _made(still, 22) == 0.0


def test_a_stock_takes_its_tonnes_day_by_day_and_never_more_than_is_made() -> None:
    worked = workings(TERMS, *YEAR[0], without={"halt"})
    assert worked.put_aside_t["north"] == pytest.approx(181.0)
    assert _made(worked, 181) == pytest.approx(18100.0 - 181.0)
    assert float(worked.sold_t(pd.Series(["north"]), pd.Series([100.0])).iloc[0]) == 0.0


def test_a_tax_counts_for_the_days_on_which_it_holds() -> None:
    assert workings(TERMS, *YEAR[1]).tax_usd_per_t["north"] == pytest.approx(2000.0)
    assert workings(TERMS, *YEAR[0]).tax_usd_per_t["north"] == pytest.approx(2000.0 * 91 / 181)


def test_what_is_left_out_or_not_named_works_as_always() -> None:
    assert workings(TERMS, *YEAR[1], without=("halt", "stock-building", "resource-tax")).pace.empty
    even = pd.Series([5.0])
    assert Workings().sold_t(pd.Series(["north"]), even).iloc[0] == 5.0
    whole_year = workings(TERMS, datetime.date(2013, 1, 1), datetime.date(2013, 12, 31))
    assert whole_year.sold_t(pd.Series(["south"]), even).iloc[0] == 0.0
