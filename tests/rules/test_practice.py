"""Reports on licences speak for the days and the products that they describe, and for no others."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from ytterby.rules import Rules
from ytterby.rules.practice import LicencePractice, days_of_reports
from ytterby.rules.shipment import Item, Shipment
from ytterby.world import Scenario, World

LAW = "cn-18-2025"


def day(month: int, number: int) -> datetime.date:
    return datetime.date(2025, month, number)


@pytest.fixture(scope="module")
def shipped() -> World:
    return World.load()


def told(world: World, on: datetime.date, **asked: object) -> float:
    """Share granted on a day."""
    return 1.0 - LicencePractice(world).on(LAW, on, 63.0, **asked).refusal_probability  # type: ignore[arg-type]


def test_a_count_since_april_describes_april_and_the_next_count_what_followed(shipped: World) -> None:
    assert told(shipped, day(4, 20)) == told(shipped, day(6, 4)) == pytest.approx(0.25)
    assert told(shipped, day(6, 5)) == told(shipped, day(6, 30)) == pytest.approx(0.6)


def test_a_count_of_all_since_april_describes_the_days_that_no_nearer_count_covers(shipped: World) -> None:
    assert told(shipped, day(7, 1)) == told(shipped, day(11, 4)) == pytest.approx(0.55)
    assert told(shipped, datetime.date(2026, 6, 1)) == pytest.approx(0.55), "the newest goes on to hold"


def test_the_newest_count_goes_on_to_hold_where_none_looks_back(shipped: World) -> None:
    assert told(shipped, day(10, 1), known=day(10, 1)) == pytest.approx(0.6)


def test_those_that_wait_are_not_counted_as_refused() -> None:
    """A quarter granted of 62 days' applications, of which 62 of 126 are decided: over half of what was decided."""
    assert of_decided({"2025-06-04": 0.25}, day(5, 1)) == pytest.approx(0.25 * 126 / 62)


def test_a_later_report_of_the_same_applicants_says_what_the_days_between_brought() -> None:
    between = of_decided({"2025-06-04": 0.25, "2025-06-30": 0.6}, day(6, 20))
    assert between == pytest.approx((0.6 * 88 - 0.25 * 62) / (88 - 31.5 - 62**2 / 126))
    assert of_decided({"2025-06-04": 0.6, "2025-06-30": 0.3}, day(6, 20)) == 0.0, "nothing is taken back"
    assert of_decided({"2025-06-04": 0.25, "2025-06-30": 0.6}, day(8, 1)) == pytest.approx(0.6 * 88 / 56.5)


def of_decided(counts: dict[str, float], on: datetime.date) -> float:
    """Granted share of what was decided, by counts of one group's applications since 4 April 2025."""
    rows = pd.DataFrame(
        {
            "practice": LAW, "from": pd.to_datetime(list(counts)), "applicants": "some",
            "since": pd.Timestamp(2025, 4, 4), "commodities": None, "selected": False,
            "granted_share": list(counts.values()), "lead_days": float("nan"),
            "approved": float("nan"), "pending": float("nan"), "rejected": float("nan"), "source": "a source",
        }
    )  # fmt: skip

    class Reports:
        def table(self, name: str) -> pd.DataFrame:
            return rows

    return LicencePractice(Reports()).on(LAW, on, 63.0).granted_of_decided  # type: ignore[arg-type]


def test_what_was_not_yet_reported_is_not_known(shipped: World) -> None:
    assert told(shipped, day(4, 20), known=day(4, 20)) == 1.0, "no refusals known"
    assert told(shipped, day(6, 20), known=day(6, 20)) == pytest.approx(0.25)
    sent = Shipment(item=Item(commodity="dy-oxide"), ship_from="CHN", ship_to="DEU")
    for known, share in ((day(6, 20), 0.75), (day(6, 30), 0.4)):
        rules = Rules(shipped, day(6, 20), known=known)
        assert rules.explain(sent, sensitivity=False).refusal_probability == pytest.approx(share)


def test_a_law_supposed_before_its_first_report_is_practised_as_that_says(shipped: World) -> None:
    assert told(shipped, datetime.date(2024, 7, 1)) == pytest.approx(0.25)
    said = LicencePractice(shipped).on("a-practice-that-nobody-reported", day(6, 1), 30.0)
    assert (said.lead_days, said.refusal_probability, said.granted_of_decided, said.source) == (30.0, 0.0, 1.0, "")


def test_a_lever_of_a_depth_and_without_a_wait_is_of_that_depth(shipped: World) -> None:
    said = LicencePractice(Scenario.load("lever-rules").apply(shipped)).on(LAW, datetime.date(2024, 7, 1), 63.0)
    assert (said.lead_days, said.granted_of_decided) == (0.0, 0.5)


def test_applications_put_forward_for_want_of_an_answer_speak_for_no_others(shipped: World) -> None:
    table = shipped.table("licence_practice")
    picked = table[table["selected"].astype(bool)]
    assert list(picked["approved"]) == [19.0]
    assert told(shipped, day(9, 17)) == pytest.approx(0.55)
    assert day(9, 17) not in days_of_reports(table)


def test_a_report_on_a_product_speaks_for_it_alone(shipped: World) -> None:
    change = {
        "table": "licence_practice", "where": {"practice": LAW, "from": datetime.date(2025, 11, 5)},
        "set": {"commodities": "y-oxide|y-metal"}, "because": "to see that a report on a product speaks for it alone",
    }  # fmt: skip
    named = Scenario.parse({"title": "Yttrium counted apart", "changes": [change]}).apply(shipped)
    assert told(named, day(7, 10), commodity="y-oxide") == pytest.approx(0.55)
    assert told(named, day(7, 10), commodity="dy-oxide") == pytest.approx(0.6)
    table = Rules(named, day(7, 10)).table(
        pd.DataFrame({"commodity": ["y-oxide", "dy-oxide", "y-metal"], "ship_from": "CHN", "ship_to": "DEU"})
    )
    assert list(table["refusal_probability"].round(6)) == [0.45, 0.4, 0.45]
