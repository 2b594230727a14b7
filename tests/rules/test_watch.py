"""What changes for one's own shipments, what a returning regime would change, and names that are nearly listed."""

import datetime
import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from ytterby.rules import Item, Party, Rules, Shipment
from ytterby.rules.watch import compare_facts, if_returned, product_calendar

D = datetime.date
MAGNET = Shipment(
    item=Item(form="magnet", base="NdFeB", elements=("Nd", "Dy")),
    origin_country="JPN",
    value_share=0.05,
    ship_from="JPN",
    ship_to="DEU",
    end_user=Party(name="unlisted"),
    user_kind="civil",
    end_use="civil",
    technology_countries={"any": "JPN"},
)


@pytest.fixture(scope="module")
def rules(world):
    return Rules(world, D(2026, 3, 1))


def test_calendar_of_a_shipment_holds_the_days_that_change_its_decision(rules):
    table = product_calendar(rules, rules.facts([MAGNET]), ["magnet"], D(2025, 1, 1), D(2026, 12, 31))
    # limbs 1 and 2 were due on 1 December 2025 and suspended before: only the end of the suspension matters
    assert list(table["date"]) == [D(2026, 11, 11)]
    assert table["clauses"][0] == "cn-61-2025-l1"
    exported = MAGNET.model_copy(update={"ship_from": "CHN", "origin_country": "CHN"})
    table = product_calendar(rules, rules.facts([exported]), ["magnet"], D(2025, 1, 1), D(2026, 11, 10))
    assert (list(table["date"]), list(table["after"])) == ([D(2025, 4, 4)], ["licence"])


def test_suspended_regime_that_returns_tomorrow_is_told_for_each_shipment(rules):
    table = if_returned(rules, rules.facts([MAGNET]), ["magnet"])
    changed = table[table["shipment"] == "magnet"]
    assert list(changed["regime"]) == ["cn-61-2025"]
    assert (changed["now"].iloc[0], changed["then"].iloc[0]) == ("allowed", "licence")
    assert "cn-56-2025" in set(table.loc[table["shipment"] == "", "regime"])


def test_rows_and_shipments_are_watched_alike(rules):
    frame = pd.DataFrame(
        [
            {
                "form": "magnet", "base": "NdFeB", "elements": "Nd;Dy", "origin_country": "JPN", "value_share": 0.05,
                "ship_from": "JPN", "ship_to": "DEU", "end_user": "unlisted", "user_kind": "civil", "end_use": "civil",
                "technology_country": "JPN",
            }
        ]
    )  # fmt: skip
    days = (D(2026, 1, 1), D(2026, 12, 31))
    by_row = product_calendar(rules, rules.facts(frame), ["magnet"], *days)
    by_shipment = product_calendar(rules, rules.facts([MAGNET]), ["magnet"], *days)
    pd.testing.assert_frame_equal(by_row, by_shipment)


def test_two_days_decide_a_shipment_differently(rules):
    shipment = MAGNET.model_copy(update={"date": None})
    later = rules.at(D(2026, 11, 12), {"cn70": "revived"})
    table = compare_facts(rules, later, rules.facts([shipment]), ["magnet"])
    assert list(table[["first", "second"]].iloc[0]) == ["allowed", "licence"]


def test_misspelt_listed_name_is_shown_beside_the_one_asked(rules):
    for name, near in (("MP Material Corp", "mp materials"), ("Lafert SpA", ""), ("Acme Motors", "")):
        tree = rules.at(D(2026, 8, 1)).explain(MAGNET.model_copy(update={"end_user": Party(name=name)}))
        assert any(near in note for note in tree.notes) == bool(near)


def test_misspelt_listed_names_in_a_table_are_remarked(rules):
    names = pd.Series(["MP Material Corp", "Acme Motors", None, "unlisted", "MP Materials"], index=[7, 3, 9, 1, 2])
    remarks = rules.remarks(names.to_frame("end_user"))
    assert [bool(text) for text in remarks] == [True, False, False, False, False]
    assert list(remarks.index) == [7, 3, 9, 1, 2]
    assert not rules.remarks(pd.DataFrame({"ship_to": ["USA"]})).any()


def test_commands_take_one_s_own_shipments(tmp_path):
    from ytterby.cli import rules as commands

    app = typer.Typer()
    app.add_typer(commands.app, name="rules")

    def cli(*args):
        return json.loads(CliRunner().invoke(app, [*args, "--json"], catch_exceptions=False).stdout)

    path = str(tmp_path / "s.json")
    (tmp_path / "s.json").write_text(MAGNET.model_dump_json(exclude_none=True))
    assert cli("rules", "check", path, "--on", "2026-03-01", "-q")[0]["decision"] == "allowed"
    assert len(cli("rules", "calendar", "--shipments", path)["calendar"]) == 1
    assert any(r["then"] == "licence" for r in cli("rules", "returns", path, "--on", "2026-03-01")["returns"])
    changed = cli("rules", "diff", "2026-03-01", "2026-03-02", "--force", "cn-61-2025=in force", "--shipments", path)[
        "decisions"
    ]
    assert changed[0]["second"] == "licence"
