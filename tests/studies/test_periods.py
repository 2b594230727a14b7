"""Periods of the calendar, a quarter of a quiet year, and a period in which the law changes."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.market.worlds import Draft

from ytterby.chain.network import Network
from ytterby.studies.episode import months
from ytterby.studies.episode.mixed import Ruled, in_period
from ytterby.studies.periods import LENGTHS, Period, asked_for, length_of, period_of, periods_between
from ytterby.studies.solve import Base
from ytterby.world import World
from ytterby.world.errors import InputError

DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2045, 12, 31))


@given(first=DAYS, length=st.sampled_from(sorted(LENGTHS.values())), years=st.integers(0, 4))
def test_periods_cover_their_days_without_gap_and_know_their_labels(
    first: datetime.date, length: int, years: int
) -> None:
    last = datetime.date(first.year + years, 12, 31)
    found = periods_between(first, last, length)
    assert found[0].first <= first <= found[0].last
    assert found[-1].last == last
    for before, after in itertools.pairwise(found):
        assert after.first == before.last + datetime.timedelta(days=1)
    for period in found:
        assert period_of(period.label) == period
        assert period.months == length == len(period.split())
    assert length_of([p.label for p in found]) == length


@pytest.mark.parametrize("label", ["2025-13", "2025-Q5", "2025-H0", "2025-P1", "soon", "2025-1", "25-Q1"])
def test_what_is_no_period_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=label):
        period_of(label)


def test_quarters_are_asked_for_by_month_quarter_or_year() -> None:
    for first, last in (("2025-02", "2025-06"), ("2025-Q1", "2025-Q2"), ("2025-H1", "2025-04")):
        assert [p.label for p in asked_for(first, last, "quarter")] == ["2025-Q1", "2025-Q2"]
    with pytest.raises(InputError, match=r"(?s)soon.*one of month, quarter"):
        asked_for("soon", "2025", "week")


def test_quarters_of_a_quiet_year_are_a_quarter_of_it_each(shipped: World, base: Base) -> None:
    year = base.assembly.year
    found = months(shipped, first=f"{year}-Q2", last=f"{year}-Q3", by="quarter", without=["licences"])

    def sent(flows: pd.DataFrame) -> pd.Series:
        own = flows[flows["commodity"].str.startswith("ndfeb") & flows["from_place"].eq("china")]
        return own.groupby("to_place")["flow_t"].sum()

    whole = sent(base.outcome.flows)
    for period in (f"{year}-Q2", f"{year}-Q3"):
        quarter = sent(found.flows[found.flows["period"] == period])
        large = whole[whole > 100.0].index
        assert quarter[large].to_numpy() == pytest.approx(whole[large].to_numpy() / 4, rel=2e-3)
    assert found.meta["months_a_period"] == 3


MONTHS = period_of("2025-Q1").split()


def _law(duty: float, *, barred: bool = False, quota: float | None = None) -> Network:
    draft = Draft()
    ends = [draft.node("oxide", place) for place in ("here", "there")]
    draft.activity("mine", {ends[0]: 1.0}, 10.0, 1200.0)
    rows = [("way", *ends, 1.0, duty, np.inf, 10.0, "free", "", "", "s")] if not barred else []
    draft.rows["links"] += rows
    if quota is not None:
        draft.rows["quotas"].append(("cap", quota, "max", "h", "quota", "s"))
        draft.rows["members"].append(("cap", "link", "way", 1.0))
    return draft.network()


def _ruled(month: Period, network: Network, allowance: float) -> Ruled:
    return Ruled(month, network, np.full(len(network.links), allowance))


USUAL = pd.Series({"way": 1200.0})


def test_under_one_law_a_period_is_its_share_of_the_year() -> None:
    law = _law(5.0)
    found = in_period([_ruled(m, law, np.inf) for m in MONTHS], USUAL)
    assert found.activities["capacity_t"].tolist() == [300.0]
    assert found.links["duty_usd_per_t"].tolist() == [5.0]
    assert np.isinf(found.links["capacity_t"]).all()


def test_a_tax_that_comes_within_the_period_weighs_by_its_days() -> None:
    old, new = _law(0.0), _law(90.0)
    found = in_period([_ruled(m, law, np.inf) for m, law in zip(MONTHS, (old, old, new), strict=True)], USUAL)
    assert found.links["duty_usd_per_t"].tolist() == pytest.approx([90.0 * 31 / 90])


def test_a_way_that_is_shut_within_the_period_passes_what_passed_before() -> None:
    old, new = _law(0.0), _law(0.0, barred=True)
    found = in_period([_ruled(m, law, np.inf) for m, law in zip(MONTHS, (old, new, new), strict=True)], USUAL)
    assert found.links["capacity_t"].tolist() == [100.0]


def test_the_allowance_of_a_period_is_that_of_its_months() -> None:
    law = _law(0.0)
    asked = replace(law)
    ruled = [_ruled(MONTHS[0], law, np.inf), _ruled(MONTHS[1], asked, 20.0), _ruled(MONTHS[2], asked, 30.0)]
    assert in_period(ruled, USUAL).links["capacity_t"].tolist() == [150.0]


def test_a_way_that_opens_within_the_period_is_not_held_to_what_it_never_had() -> None:
    shut, opened = _law(0.0, barred=True), _law(0.0)
    found = in_period([_ruled(m, law, np.inf) for m, law in zip(MONTHS, (shut, shut, opened), strict=True)], USUAL * 0)
    assert np.isinf(found.links["capacity_t"]).all()


def test_a_quota_on_some_days_lets_pass_on_the_others_what_passed_before() -> None:
    old, new = _law(0.0), _law(0.0, quota=0.0)
    found = in_period([_ruled(m, law, np.inf) for m, law in zip(MONTHS, (old, new, new), strict=True)], USUAL)
    assert found.quotas["limit_t"].tolist() == pytest.approx([1200.0 * 31 / 90 / 4])
