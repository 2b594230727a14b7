"""What a bill of materials does not say: an interval that holds every answer, units, and the way out by technology."""

import datetime
import json

import numpy as np
import pandas as pd
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ytterby.rules import Rules
from ytterby.rules.bom import bom_of_frame, check, fix, trace
from ytterby.rules.bom.readings import other_readings
from ytterby.rules.value import price_deck, value_limits
from ytterby.world.errors import InputError

LIMB = "cn-61-2025-l1"


@pytest.fixture(scope="module")
def rules(world):
    return Rules(world, datetime.date(2026, 11, 12), {"cn70": "revived"})


@pytest.fixture(scope="module")
def deck(world):
    return price_deck(world, "china", 2025)


def traced(rules, deck, lines):
    return trace(bom_of_frame(lines), deck, value_limits(rules.regimes), rules.items)


@st.composite
def bills(draw):
    """A two-level bill with materials, told in full, and which of its cells are left out.

    The whole is worth no less than what is inside it: a bill that says otherwise is told so as a fault.
    """
    size = draw(st.integers(1, 4))
    rows = [{"parent": "", "part": "p", "quantity": 1, "form": "assembly", "value": 0.0}]
    for n in range(size):
        form = draw(st.sampled_from(["magnet", "metal", "other", "assembly"]))
        dy = draw(st.sampled_from([0.0, 0.001, 0.02])) if form != "other" else 0.0
        row = {"parent": "p", "part": f"m{n}", "quantity": draw(st.integers(1, 3)), "form": form}
        row |= {"value": draw(st.floats(12, 20)), "listed_origin": draw(st.sampled_from(["CHN", "JPN"]))}
        row |= {"Dy_kg": dy, "Tb_kg": 0.0, "Nd_kg": 0.05 if form == "magnet" else 0.0}
        rows.append(row)
    rows[0]["value"] = draw(st.floats(50, 500)) + sum(row["quantity"] * row["value"] for row in rows[1:])
    full = pd.DataFrame(rows).assign(base=lambda d: np.where(d["form"] == "magnet", "NdFeB", ""))
    holes = draw(st.lists(st.sampled_from(["value", "listed_origin", "Dy_kg"]), min_size=len(rows), max_size=len(rows)))
    made = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    gappy = full.copy()
    for row, (column, hole) in enumerate(zip(holes, made, strict=True)):
        if hole and not (column == "Dy_kg" and full["form"][row] == "other"):
            gappy.loc[row, column] = np.nan if column != "listed_origin" else ""
    return full, gappy


@settings(max_examples=40, deadline=None)
@given(bill=bills())
def test_interval_of_a_bill_holds_the_answer_of_what_was_left_out(rules, deck, bill):
    full, gappy = bill
    (true_low, true_high), (low, high) = (
        [end[0] for end in traced(rules, deck, lines).shares(LIMB)] for lines in (full, gappy)
    )
    assert low <= true_low * (1 + 1e-9)
    assert high >= true_high * (1 - 1e-9)


@settings(max_examples=20, deadline=None)
@given(bill=bills())
def test_gaps_of_a_bill_never_free_a_part(rules, deck, bill):
    told, silent = (
        check(rules, bom_of_frame(lines), deck, ship_from="JPN", ship_to="DEU").parts.iloc[0] for lines in bill
    )
    possible = {"allowed": 0, "exempt with report": 1, "licence": 2, "case by case": 3, "denied in principle": 4}
    assert possible[silent["freest"]] <= possible[told["freest"]]
    assert possible[silent["strictest"]] >= possible[told["strictest"]]


@settings(max_examples=40, deadline=None)
@given(bill=bills())
def test_shares_of_the_lines_add_up_to_the_share_of_the_whole(rules, deck, bill):
    full = bill[0]
    found = traced(rules, deck, full)
    low, high = found.listed_low[LIMB], found.listed_high[LIMB]
    units = full["quantity"].to_numpy()[1:]
    assert (low[0], high[0]) == pytest.approx((units @ low[1:], units @ high[1:]))
    origins = sum(kg[0] for (element, _), kg in found.kg.items() if element == "Dy")
    assert origins == pytest.approx(units @ full["Dy_kg"].to_numpy()[1:])


def test_bought_assembly_with_untold_content_is_no_assembly_without_magnets(rules, deck):
    lines = pd.DataFrame(
        {
            "parent": ["", "pump"],
            "part": ["pump", "motor"],
            "quantity": 1,
            "form": ["assembly", "assembly"],
            "value": [50.0, 20.0],
            "origin": "JPN",
            "technology": "JPN",
            "Dy_kg": np.nan,
        }
    )
    decided = check(rules, bom_of_frame(lines), deck, ship_from="JPN", ship_to="DEU").parts.iloc[0]
    assert decided["decision"] == "cannot tell"
    closed = lines.assign(form=["assembly", "other"])
    assert (
        check(rules, bom_of_frame(closed), deck, ship_from="JPN", ship_to="DEU").parts.iloc[0]["decision"] == "allowed"
    )


def test_blank_beside_a_told_element_is_a_gap(rules, deck):
    lines = pd.DataFrame(
        {"parent": "", "part": ["m"], "quantity": 1, "form": "magnet", "Nd_kg": [0.05], "Dy_kg": [np.nan]}
    )
    assert traced(rules, deck, lines).gaps[0] == 1
    assert traced(rules, deck, lines.assign(Dy_kg=0.0)).gaps[0] == 0


def test_masses_are_read_in_grams_percent_and_ppm_and_bought_by_the_kilogram(rules, deck):
    lines = pd.DataFrame(
        {
            "parent": ["", "a", "a", "a"],
            "part": ["a", "block", "ring", "dust"],
            "quantity": [1, 2, 1, 250],
            "quantity_unit": ["", "pc", "", "g"],
            "form": ["assembly", "magnet", "magnet", "magnet"],
            "mass_g": [np.nan, 20, 5, np.nan],
            "Dy_percent": [np.nan, 1.5, np.nan, np.nan],
            "Dy_ppm": [np.nan, np.nan, 400, np.nan],
            "Dy_g": [np.nan, np.nan, np.nan, 8.0],
        }
    )
    found = traced(rules, deck, lines)
    # 2 x 20 g x 1.5 %, 5 g x 400 ppm, 0.25 kg x 8 g/kg
    assert found.held("Dy")[0] == pytest.approx(2 * 0.020 * 0.015 + 0.005 * 4e-4 + 0.25 * 0.008)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"Dy_percent": [120.0], "mass_g": [10.0]}, "share from 0 to 1"),
        ({"Dy_percent": [-2.0], "mass_g": [10.0]}, "zero or more"),
        ({"Dy_percent": [2.0]}, "mass that is not told"),
        ({"Dy_percent": [2.0], "Dy_kg": [0.1], "mass_g": [10.0]}, "told once"),
        ({"Dy_g": [2.0], "Dy_mg": [2000.0]}, "one of"),
        ({"quantity_unit": ["dozen"]}, "dozen"),
        ({"Dy_g": [20.0], "mass_g": [10.0]}, "hold more than they weigh"),
    ],
)
def test_impossible_masses_are_named_with_their_place(columns, says):
    base = {"parent": [""], "part": ["a"], "quantity": [1], "form": ["magnet"]}
    with pytest.raises(InputError, match=says):
        bom_of_frame(pd.DataFrame(base | columns))


def test_critical_content_is_told_in_ppm_where_the_mass_is(rules, deck):
    lines = pd.DataFrame(
        {
            "parent": "",
            "part": ["m"],
            "quantity": 1,
            "form": "magnet",
            "value": [6.0],
            "mass_g": [100.0],
            "Dy_percent": [1.0],
        }
    )
    found = check(rules, bom_of_frame(lines), deck, ship_from="JPN", ship_to="DEU").parts.iloc[0]
    # w* = 0.001 x price of the magnet / price of dysprosium: 60 USD/kg over the deck's metal price
    assert found["critical_ppm"] == pytest.approx(0.001 * 60 / deck.usd_per_kg["dy-metal"] * 1e6)


def test_price_move_that_is_told_flips_the_part(rules, deck):
    from dataclasses import replace

    lines = pd.DataFrame(
        {
            "parent": "", "part": ["m"], "quantity": 1, "form": "magnet", "base": "NdFeB", "origin": "JPN",
            "value": [300.0], "technology": "JPN", "listed_origin": "CHN",
            "Nd_kg": [0.1], "Dy_kg": [0.0005], "Tb_kg": [0.0],
        }
    )  # fmt: skip
    bom = bom_of_frame(lines)
    found = check(rules, bom, deck, ship_from="JPN", ship_to="DEU")
    factor = found.flips.set_index("element").loc["Dy", "price_factor"]
    assert factor > 1
    for move, decision in ((factor * 0.999, "allowed"), (factor * 1.001, "licence")):
        moved = replace(deck, usd_per_kg={**deck.usd_per_kg, "dy-metal": deck.usd_per_kg["dy-metal"] * move})
        assert check(rules, bom, moved, ship_from="JPN", ship_to="DEU").parts.iloc[0]["decision"] == decision


def two_magnets(**columns):
    base = {
        "parent": ["", "rotor", "rotor"],
        "part": ["rotor", "A", "B"],
        "quantity": [1, 4, 4],
        "form": ["assembly", "magnet", "magnet"],
        "base": ["", "NdFeB", "NdFeB"],
        "value": [400.0, 6.0, 6.0],
        "origin": "JPN",
        "technology": ["JPN", "CHN", "JPN"],
        "listed_origin": ["", "MYS", "CHN"],
        "alternative_origin": ["", "", "EST"],
        "alternative_technology": ["", "JPN", ""],
        "alternative_usd": [np.nan, 2.0, 1.0],
        "Nd_kg": [np.nan, 0.01, 0.01],
        "Dy_kg": [np.nan, 0.001, 0.001],
    }
    return bom_of_frame(pd.DataFrame(base | columns))


def test_cheapest_way_out_changes_makers_whose_technology_is_caught(rules, deck):
    without = fix(rules, two_magnets(), deck)
    assert list(without.changes["part"]) == ["B"]
    with_route = fix(rules, two_magnets(), deck, ship_from="JPN", ship_to="DEU")
    assert set(with_route.changes["part"]) == {"A", "B"}
    assert with_route.cost_usd == pytest.approx(4 * 2.0 + 4 * 1.0)
    assert list(with_route.decisions["before"]) == ["licence"]
    assert list(with_route.decisions["after"]) == ["allowed"]


def test_part_with_no_other_maker_stays_caught(rules, deck):
    stuck = fix(rules, two_magnets(alternative_technology=""), deck, ship_from="JPN", ship_to="DEU")
    assert not stuck.possible
    assert stuck.blocked == ("rotor",)


def test_counted_content_decides_a_clause_on_another_share(world, deck):
    lines = pd.DataFrame(
        {
            "parent": ["", "box", "box"],
            "part": ["box", "chip", "case"],
            "quantity": [1, 2, 1],
            "form": ["electronics", "electronics", "other"],
            "value": [100.0, 13.0, 20.0],
            "origin": ["DEU", "USA", "DEU"],
            "counts_for": ["", "us_controlled_share", ""],
            "Dy_kg": [0.0, 0.0, 0.0],
        }
    )
    rules = Rules(world, datetime.date(2025, 10, 15))
    for price, decision in ((100.0, "licence"), (104.0, "allowed")):
        # 26 over 100 exceeds 25 %; 26 over 104 is 25 % exactly and does not
        priced = lines.assign(value=[price, 13.0, 20.0])
        assert (
            check(rules, bom_of_frame(priced), deck, ship_from="DEU", ship_to="FRA").parts.iloc[0]["decision"]
            == decision
        )


@pytest.fixture(scope="module")
def cli():
    from ytterby.cli import bom

    app = typer.Typer()
    app.add_typer(bom.app, name="bom")
    return lambda *args: CliRunner().invoke(app, list(args), catch_exceptions=False)


def test_commands_watch_fix_and_trace_the_example(cli, tmp_path):
    path = str(tmp_path / "du.csv")
    cli("bom", "example", path)
    route = ("--from", "DEU", "--to", "USA", "--json", "-q")
    watched = json.loads(cli("bom", "watch", path, *route, "--on", "2026-11-24").stdout)
    assert {row["date"] for row in watched["calendar"]} == {"2026-11-11"}
    assert {r["then"] for r in watched["returns"] if r["shipment"] == "EDU-100"} == {"licence"}
    freed = json.loads(cli("bom", "fix", path, *route, "--switch", "cn70=revived", "--on", "2026-11-24").stdout)
    assert {row["after"] for row in freed["decisions"]} == {"allowed"}
    values = json.loads(cli("bom", "trace", path, "--json", "-q").stdout)["values"]
    assert next(v for v in values if v["part"] == "EDU-100")["usd_low"] == 2400
    forced = json.loads(
        cli("bom", "check", path, *route, "--on", "2026-03-01", "--force", "cn-61-2025=in force").stdout
    )
    assert next(p for p in forced["parts"] if p["part"] == "EDU-100")["decision"] == "licence"
    assert forced["price_moves"]


def test_evidence_pack_of_a_bill_says_what_is_inside_and_what_shows_it(cli, tmp_path):
    path = str(tmp_path / "du.csv")
    cli("bom", "example", path)
    cli("bom", "check", path, "--from", "DEU", "--to", "USA", "-q", "--evidence", str(tmp_path / "pack.html"))
    page = (tmp_path / "pack.html").read_text(encoding="utf-8")
    for text in (
        "What is inside",
        "MAG-A",
        "mean of the literature",
        "Price moves that flip it",
        "as asked",
        "Sources",
    ):
        assert text in page


def test_part_that_another_reading_decides_otherwise_is_told(world, deck):
    nan = np.nan
    lines = pd.DataFrame(
        {
            "parent": ["", "rotor", "", "car"],
            "part": ["rotor", "small", "car", "large"],
            "quantity": 1,
            "form": ["assembly", "magnet", "end product", "magnet"],
            "base": ["", "NdFeB", "", "NdFeB"],
            "origin": "JPN",
            "technology": "JPN",
            "listed_origin": ["", "CHN", "", "CHN"],
            "value": [300.0, 9.0, 400.0, 9.0],
            "value_ex_works": [200.0, nan, nan, nan],
            "Dy_kg": [nan, 0.0009 * 300 / deck.usd_per_kg["dy-metal"], nan, 0.01],
            "Tb_kg": [nan, 0.0, nan, 0.0],
            "Nd_kg": [nan, 0.1, nan, 0.1],
        }
    )
    rules = Rules(world, datetime.date(2026, 11, 12), {"cn70": "revived"})
    found = check(rules, bom_of_frame(lines), deck, ship_from="JPN", ship_to="DEU")
    assert set(found.parts["decision"]) == {"allowed"}
    other = other_readings(found).set_index(["part", "switch"])
    # 0.09 % of the invoice, 0.135 % ex works; an end product is a Part II item only if it counts as an assembly
    assert other.loc[("rotor", "value-basis"), "option"] == "ex-works"
    assert other.loc[("rotor", "value-basis"), "decision"] == "licence"
    assert other.loc[("car", "assembly"), "decision"] == "licence"
    assert len(other) == 2


def test_every_column_that_is_read_is_explained():
    from ytterby.rules.bom.lines import COLUMNS, NUMBERS, TEXTS

    assert {"parent", "part", "quantity", "quantity_unit", "shipped", *TEXTS, *NUMBERS} <= set(COLUMNS)
