"""The appraisal on one page: self-contained, complete, the same bytes."""

import re
from dataclasses import replace

import pandas as pd

from ytterby import projects
from ytterby.projects.sheet import Sheet, SheetCase, figure_rows, listed, own_costs, sheet_html
from ytterby.projects.sheet_pictures import driver_picture
from ytterby.world.load import World


def sheet() -> Sheet:
    mine, bands = projects.plan_from(__import__("tomllib").loads(projects.TEMPLATE))
    case = SheetCase(
        "plan", mine, projects.appraise(mine), projects.simulate(mine, bands, 200), projects.tornado(mine, bands),
        projects.option_values(mine, 0.3), projects.breakeven_price(mine, "ndpr-oxide"),
    )  # fmt: skip
    sources = listed(["amc-gkz-crirsco-2017", "no-such-source"], World.load().table("sources"))
    return Sheet(
        "<Deposit & sons>", "Worth it?", (case,), (), ("as <given>",), sources, "ytterby project appraise p.toml"
    )


def test_the_page_fetches_nothing_and_escapes_what_it_is_given() -> None:
    html = sheet_html(sheet())
    assert "<Deposit" not in html
    assert "&lt;Deposit &amp; sons&gt;" in html
    assert not re.search(r"<(script|link|img|iframe)\b", html)
    assert not re.search(r'(src|url)\s*[=(]\s*["\']?https?:', html)
    assert html.count("<figure>") == 4
    assert "@media print" in html


def test_ids_are_unique_and_the_page_is_the_same_every_time() -> None:
    one, two = sheet_html(sheet()), sheet_html(sheet())
    assert one == two
    ids = re.findall(r'\bid="([^"]+)"', one)
    assert len(ids) == len(set(ids))


def test_figures_are_those_of_the_appraisal() -> None:
    case = sheet().cases[0]
    rows = {label: values[0] for label, _, values in figure_rows([case])}
    assert rows["Net present value"].replace("−", "-").replace(",", "") == f"{case.appraisal.npv_usd / 1e6:.0f}"
    assert rows["Capital to first output"] == "400"
    assert "Published projects that break even lower" not in rows, "no register for a plan of one's own"


def test_inputs_that_move_nothing_are_not_drawn_and_a_contract_is_a_line() -> None:
    case = sheet().cases[0]
    moved = case.tornado
    assert moved is not None
    still = moved.iloc[[0]].assign(input="nothing", swing=0.0)
    drawn = driver_picture(pd.concat([moved, still]), case.appraisal.npv_usd, {})
    assert "nothing" not in drawn.inline(400)
    assert str(moved["input"].iloc[0]) in drawn.inline(400)
    label = "Paid by the contract for difference, in all"
    assert label not in [line[0] for line in figure_rows([case])]
    held = replace(case.mine, price_floor_usd_per_kg={"ndpr-oxide": 110.0})
    supported = replace(case, mine=held, appraisal=projects.appraise(held))
    paid = supported.appraisal.statement["support"].sum() / 1e6
    assert (label, "M USD", [f"{paid:,.0f}"]) in figure_rows([supported])


def test_costs_per_kilogram_add_up_to_the_statement() -> None:
    result = sheet().cases[0].appraisal
    lines = result.statement
    spent = lines[["opex", "freight", "royalty", "sustaining", "capital", "closure", "tax"]].to_numpy().sum()
    kg = lines["output_t"].sum() * 1000.0
    assert abs(sum(v for _, v in own_costs(result)) - spent / kg) < 1e-9
