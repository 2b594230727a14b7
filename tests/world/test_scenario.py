"""Scenarios: dated changes, signed, stacked, and all faults at once."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ytterby.world import Scenario, World, on_day
from ytterby.world.errors import InputError, UnknownNameError

BECAUSE = "A border is closed in this test."


def scenario(*changes: dict[str, Any], **more: Any) -> Scenario:
    return Scenario.parse(
        {"title": "Test", "changes": [{"because": BECAUSE, **change} for change in changes], **more},
        name="test",
    )


def faults(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [str(fault) for fault in error.value.faults]


def test_the_baseline_changes_nothing(world: World) -> None:
    assert Scenario.load("baseline").apply(world).hash == world.hash


def test_set_scale_and_add_change_the_rows_that_are_meant_and_no_others(world: World) -> None:
    changed = scenario(
        {"table": "sites", "where": {"stage": "mine", "site": ["alpha", "beta"]}, "scale": {"capacity": 0.5}},
        {"table": "legs", "where": {"usd_per_t": {"min": 35}}, "add": {"usd_per_t": 10}},
        {"table": "prices", "where": {"year": 2024}, "set": {"value": 100}},
    ).apply(world)
    assert changed.table("sites")["capacity"].tolist()[:2] == [500, 500]
    assert changed.table("sites")["capacity_low"][0] == 400
    assert changed.table("legs")["usd_per_t"].tolist() == [30, 50, 12.5]
    assert changed.table("prices")["value"].tolist()[:2] == [80, 100]
    assert world.table("legs")["usd_per_t"].tolist() == [30, 40, 12.5]
    assert changed.hash != world.hash


def test_changed_rows_say_that_the_scenario_says_so(world: World) -> None:
    changed = scenario(
        {"table": "sites", "where": {"site": "alpha"}, "set": {"capacity": 1}},
        {"table": "sites", "where": {"site": "beta"}, "set": {"capacity": 1}, "source": "gazette"},
    ).apply(world)
    alpha, beta = changed.table("sites").iloc[0], changed.table("sites").iloc[1]
    assert (alpha["source"], alpha["confidence"]) == ("assumption", "D")
    assert BECAUSE in alpha["note"]
    assert "gazette" in alpha["note"]
    assert (beta["source"], beta["confidence"]) == ("gazette", "A")


def test_a_set_number_has_no_spread_and_a_scaled_one_keeps_its_own(world: World) -> None:
    before = world.band("legs", "bg|", "usd_per_t")
    assert before.basis.startswith("pedigree")
    scaled = scenario({"table": "legs", "where": {"leg": "bg"}, "scale": {"usd_per_t": 2}}).apply(world)
    after = scaled.band("legs", "bg|", "usd_per_t")
    assert (after.low, after.high) == (pytest.approx(2 * before.low), pytest.approx(2 * before.high))
    fixed = scenario({"table": "legs", "where": {"leg": "bg"}, "set": {"usd_per_t": 7}}).apply(world)
    assert fixed.band("legs", "bg|", "usd_per_t").low == fixed.band("legs", "bg|", "usd_per_t").high == 7
    replaced = scenario({"table": "sites", "where": {"site": "beta"}, "set": {"cost": 5}}).apply(world)
    assert replaced.band("sites", "beta", "cost").high == 5


def test_a_dated_change_splits_the_rows_that_it_cuts(world: World) -> None:
    changed = scenario(
        {
            "table": "legs",
            "where": {"leg": "ab"},
            "set": {"usd_per_t": 99},
            "from": "2023-07-01",
            "until": "2024-06-30",
        }
    ).apply(world)
    legs = changed.table("legs")

    def price(day: str) -> list[float]:
        return on_day(legs[legs["leg"] == "ab"], day)["usd_per_t"].tolist()

    assert price("2023-06-30") == [30]
    assert price("2023-07-01") == [99]
    assert price("2023-12-31") == [99]
    assert price("2024-06-30") == [99]
    assert price("2024-07-01") == [40]
    before = world.table("legs")
    assert on_day(before[before["leg"] == "ab"], "2024-06-30")["usd_per_t"].tolist() == [40]


def test_a_dated_change_of_yearly_rows_takes_the_years_in_it(world: World) -> None:
    changed = scenario({"table": "prices", "scale": {"value": 2}, "from": "2024-05-01", "until": "2024-12-31"}).apply(
        world
    )
    assert changed.table("prices")["value"].tolist()[:2] == [80, 120]


def test_rows_are_appended_and_removed(world: World) -> None:
    row = {"leg": "ga", "origin": "gamma", "destination": "alpha", "usd_per_t": 3}
    changed = scenario(
        {"table": "legs", "append": row, "from": "2026-01-01"},
        {"table": "legs", "where": {"leg": "bg"}, "remove": True, "from": "2025-01-01"},
    ).apply(world)
    legs = changed.table("legs")
    assert legs[legs["leg"] == "ga"]["valid_from"].tolist() == [pd.Timestamp("2026-01-01")]
    assert legs[legs["leg"] == "ga"]["confidence"].tolist() == ["D"]
    assert len(on_day(legs[legs["leg"] == "bg"], "2024-12-31")) == 1
    assert len(on_day(legs[legs["leg"] == "bg"], "2025-01-01")) == 0


def test_data_files_are_changed_by_path(world: World) -> None:
    place = {"document": "regimes/rule", "path": "clauses[clause=first]"}
    changed = scenario(
        {**place, "set": {"summary": "Nothing is."}},
        {"document": "regimes/rule", "path": "clauses[clause=first].states", "append": {"state": "suspended"}},
    ).apply(world)
    clause = changed.document("regimes", "rule")["clauses"][0]
    assert clause["summary"] == "Nothing is."
    assert [state["state"] for state in clause["states"]] == ["in force", "suspended"]
    assert world.document("regimes", "rule")["clauses"][0]["summary"] == "All is allowed."
    with pytest.raises(InputError, match="first"):
        scenario({"document": "regimes/rule", "path": "clauses[clause=frist]", "set": {"summary": "x"}}).apply(world)
    with pytest.raises(InputError, match="rule"):
        scenario({"document": "regimes/ruel", "path": "", "set": {"title": "x"}}).apply(world)


def test_every_fault_of_a_scenario_is_reported_at_once_with_the_nearest_names(world: World) -> None:
    with pytest.raises(InputError) as error:
        scenario(
            {"table": "stes", "set": {"capacity": 1}},
            {"table": "sites", "where": {"site": "alpa"}, "set": {"capacity": 1}},
            {"table": "sites", "where": {"sight": "alpha"}, "set": {"capacty": 1}},
            {
                "table": "sites",
                "where": {"site": "alpha"},
                "set": {"capacity": -1, "stage": "mill", "opened": "soon"},
            },
            {"table": "sites", "where": {"site": "alpha", "stage": "separation"}, "set": {"capacity": 1}},
            {"table": "sites", "where": {"site": "alpha"}, "set": {"capacity": 1}, "source": "gazete"},
            {"table": "sites", "where": {"site": "alpha"}, "scale": {"name": 2}},
            {"table": "shares", "where": {"ore": "red"}, "set": {"share_pct": 50}, "from": "2025-01-01"},
            {"table": "legs", "append": {"leg": "x"}},
            {"table": "sites", "where": {"site": "alpha"}, "scale": {"capacity": -1}},
        ).apply(world)
    said = faults(error)
    for number, words in [
        (1, "sites"),
        (2, "alpha"),
        (3, "site"),
        (3, "capacity"),
        (4, "not less than 0 (t/year)"),
        (4, "mine"),
        (4, "a date like"),
        (5, "no row of table sites"),
        (6, "gazette"),
        (7, "a column of numbers"),
        (8, "has no dates"),
        (9, "the column is required"),
        (10, "not less than 0"),
    ]:
        assert any(f"change {number}" in text and words in text for text in said), (number, words, said)


def test_keys_that_lead_nowhere_after_the_scenario_are_faults(world: World) -> None:
    with pytest.raises(InputError, match="'gamma', which table sites has not"):
        scenario({"table": "sites", "where": {"site": "gamma"}, "remove": True}).apply(world)
    scenario(
        {"table": "sites", "where": {"site": "gamma"}, "remove": True},
        {"table": "legs", "where": {"destination": "gamma"}, "remove": True},
    ).apply(world)
    with pytest.raises(InputError, match="already"):
        scenario({"table": "shares", "append": {"ore": "red", "element": "La"}}).apply(world)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"changes": []}, "no title"),
        ({"title": "T", "chnges": []}, "one of changes"),
        ({"title": "T", "changes": [{"table": "sites", "set": {"a": 1}}]}, "because"),
        ({"title": "T", "changes": [{"table": "sites", "because": BECAUSE}]}, "exactly one of set"),
        ({"title": "T", "changes": [{"set": {"a": 1}, "because": BECAUSE}]}, "one of table and document"),
        (
            {
                "title": "T",
                "changes": [{"table": "s", "set": {"a": 1}, "scale": {"a": 2}, "because": BECAUSE}],
            },
            "has set, scale",
        ),
        (
            {
                "title": "T",
                "changes": [{"table": "s", "set": {}, "because": BECAUSE, "from": "2025-01-01", "until": "2024-01-01"}],
            },
            "until lies before from",
        ),
    ],
)
def test_a_scenario_that_does_not_read_says_why(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        Scenario.parse(raw)
    assert words in str(error.value)


def test_scenarios_load_from_files_and_suggest_near_names(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'title = "Own"\nyears = [2024]\n[[changes]]\ntable = "sites"\nset = {capacity = 1}\n'
        f'from = 2025-01-01\nbecause = "{BECAUSE}"\n',
        encoding="utf-8",
    )
    loaded = Scenario.load(path)
    assert (loaded.name, loaded.years) == ("own", (2024,))
    assert loaded.changes[0].from_ == datetime.date(2025, 1, 1)
    with pytest.raises(UnknownNameError, match="baseline"):
        Scenario.load("basline")
    with pytest.raises(InputError):
        Scenario.load(tmp_path / "absent.toml")
    path.write_text("title = ", encoding="utf-8")
    with pytest.raises(InputError, match="TOML"):
        Scenario.load(path)


def test_stacked_scenarios_apply_in_order_and_remember_where_each_change_came_from(world: World) -> None:
    first = scenario({"table": "prices", "where": {"year": 2024}, "set": {"value": 10}}, years=[2024, 2025])
    second = scenario({"table": "prices", "where": {"year": 2024}, "scale": {"value": 3}}, years=[2025])
    both = Scenario.stack([first, second, "baseline"])
    assert both.years == (2025,)
    assert both.apply(world).table("prices")["value"][1] == 30
    assert Scenario.stack([second, first]).apply(world).table("prices")["value"][1] == 10
    assert both.hash != Scenario.stack([second, first]).hash
    assert Scenario.stack([first]).hash == first.hash
    assert Scenario.stack([]).hash == Scenario.baseline().hash
