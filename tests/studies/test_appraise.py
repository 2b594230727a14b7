"""Deposits at computed costs: every number comes from its room, both sides of the market are told apart."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ytterby import projects
from ytterby.cli.project import app
from ytterby.studies import base_case
from ytterby.studies.appraise import INSIDE, OUTSIDE, Appraiser, market_decks, value_of_sum
from ytterby.studies.appraise.decks import compared
from ytterby.studies.appraise.outline import known
from ytterby.world import World
from ytterby.world.errors import InputError, UnknownNameError

WORLD = World.load()


@pytest.fixture(scope="module")
def appraiser() -> Appraiser:
    return Appraiser(WORLD, base_case(WORLD).outcome)


def test_decks_are_the_market_s_own_prices(appraiser: Appraiser) -> None:
    inside, outside = market_decks(WORLD, appraiser.outcome)
    for side in (inside, outside):
        for product in ("ndpr-oxide", "dy-oxide"):
            assert side.deck.usd_per_kg[product] == pytest.approx(appraiser.outcome.price(product, side.deck.place))
            band = side.bands[product]
            assert band.low <= side.deck.usd_per_kg[product] <= band.high
    assert outside.deck.usd_per_kg["ndpr-oxide"] > inside.deck.usd_per_kg["ndpr-oxide"], "the wall has two sides"
    assert all(outside.deck.usd_per_kg[c] == inside.deck.usd_per_kg[c] for c in outside.taken_from_inside)
    assert (compared(inside, outside)["inside"].notna()).all()


def test_costs_come_from_separation_and_freight_from_routes(appraiser: Appraiser) -> None:
    found = appraiser.appraise("nolans-bore")
    process = appraiser.separation.cost("nolans", appraiser.circuit, None, "AUS")
    assert found.process == process
    for side in found.sides.values():
        way = appraiser.router.cheapest(found.hub, appraiser.markets[side.side], "oxide")
        assert side.freight.usd_per_t == pytest.approx(way.usd_per_t)
        assert side.mine.products == process.yields
        assert side.mine.opex_usd_per_kg_treo == pytest.approx(
            found.outline.mine_usd_per_kg.point + process.usd_per_t / 1000.0
        )
        shipped = sum(process.yields.values())
        assert side.mine.freight_usd_per_kg == pytest.approx(way.usd_per_t * shipped / 1000.0)
        assert side.appraisal.basket_usd_per_kg == pytest.approx(
            sum(t * side.deck.usd_per_kg.get(p, 0.0) for p, t in process.yields.items())
        )
    paid = found.costs["usd_per_kg"].sum() - found.better.mine.freight_usd_per_kg
    assert paid == pytest.approx(found.better.mine.opex_usd_per_kg_treo)


def test_at_the_break_even_price_the_plan_is_worth_nothing(appraiser: Appraiser) -> None:
    side = appraiser.appraise("nolans-bore").better
    need = side.breakeven_ndpr_usd_per_kg
    at = appraiser.appraise("nolans-bore", fixed_usd_per_kg={"ndpr-oxide": need}).sides[side.side]
    assert at.appraisal.npv_usd == pytest.approx(0, abs=1e-3 * side.appraisal.capex_usd)


def test_support_never_lowers_the_value(appraiser: Appraiser) -> None:
    plain = appraiser.appraise("carina").sides
    floor = appraiser.appraise("carina", contract=projects.own_contract(WORLD, "ndpr-oxide", 110.0)).sides
    grant = appraiser.appraise("carina", grant_usd=5e7).sides
    for side in plain:
        assert floor[side].appraisal.npv_usd > plain[side].appraisal.npv_usd
        assert 4e7 < grant[side].appraisal.npv_usd - plain[side].appraisal.npv_usd <= 5e7


def test_a_published_contract_pays_by_its_benchmark_and_for_its_years(appraiser: Appraiser) -> None:
    contract = projects.published_contract(WORLD, "us-dow-mp-price-protection")
    # 110 USD/kg for ten years from the fourth quarter of 2025, 30 % of what exceeds 110 (Reuters, 21 Feb 2026)
    assert (contract.floor_usd_per_kg, contract.years, contract.upside_share) == (110.0, 10, 0.3)
    assert (contract.upside_above_usd_per_kg, contract.benchmark_place) == (110.0, "china")
    benchmark = appraiser.outcome.price("ndpr-oxide", "china")
    assert benchmark is not None
    found = appraiser.appraise("nolans-bore", contract=contract)
    for side in found.sides.values():
        lines = side.appraisal.statement
        kg = 1000.0 * lines["output_t"] * side.mine.products["ndpr-oxide"]
        first = len(side.mine.build_shares)
        expected = kg * (max(0.0, 110.0 - benchmark) - 0.3 * max(0.0, benchmark - 110.0))
        expected[(lines["year"] < first) | (lines["year"] >= first + 10)] = 0.0
        assert lines["support"].to_numpy() == pytest.approx(expected.to_numpy())
        assert lines["support"].abs().max() > 0
    assert any(contract.name in remark for remark in found.remarks)
    assert contract.source in found.sources


def test_a_tonnage_limits_what_a_contract_covers() -> None:
    contract = projects.published_contract(WORLD, "jare-lynas-floor")
    assert (contract.floor_usd_per_kg, contract.t_per_y) == (110.0, 5000.0)  # middle-news-lynas-jare-10-mar-2026
    plan = projects.Mine("m", 1e6, 0.01, 1.0, {"ndpr-oxide": 1.0}, {"ndpr-oxide": 60.0}, 40.0, 1e8, 20)
    paid = projects.appraise(contract.on(plan)).statement["support"]
    assert paid.max() == pytest.approx(5000 * 1000 * 50.0)
    assert (paid > 0).sum() == contract.years


def test_every_deposit_is_valued_or_says_why_not(appraiser: Appraiser) -> None:
    table = appraiser.all()
    assert list(table["deposit"]) == list(WORLD.table("deposits")["deposit"])
    valued = table[table["why_not"] == ""]
    assert len(valued) >= 30
    assert valued["npv_outside_musd"].notna().all()
    assert (table.loc[table["why_not"] != "", "why_not"].str.len() > 10).all()
    assert (valued["npv_outside_musd"] >= valued["npv_inside_musd"]).mean() > 0.9


def test_a_plan_never_mines_more_than_is_known() -> None:
    for deposit in ("nolans-bore", "browns-range", "zhana-kazakhstan", "carina"):
        outline = known(WORLD, deposit).outline
        assert outline.resource_ore_t is not None
        mined = outline.ore_t_per_y * (outline.life_y - len(outline.ramp) + sum(outline.ramp))
        assert mined <= outline.resource_ore_t * (1 + 1e-9), deposit
        assert 0 < outline.recovery <= 1


def test_a_forecast_is_named_as_one() -> None:
    told = " ".join(known(WORLD, "zhana-kazakhstan").remarks)
    assert "does not show" in told
    assert told.startswith("forecast of")


def test_draws_repeat_and_hold_the_point(appraiser: Appraiser) -> None:
    side = appraiser.appraise("nolans-bore").better
    one, two = (projects.simulate(side.mine, side.bands, 400, seed=5) for _ in range(2))
    assert np.array_equal(one.npv_usd, two.npv_usd)
    assert one.npv_usd.min() < side.appraisal.npv_usd < one.npv_usd.max()


def test_what_a_sum_is_worth_with_and_without_support(appraiser: Appraiser) -> None:
    found = value_of_sum(
        appraiser,
        "nolans-bore",
        110.0,
        contract=projects.own_contract(WORLD, "ndpr-oxide", 110.0),
        offtake_usd_per_kg=90.0,
        grant_musd=100.0,
    )
    table = found.table.set_index(["support", "side"])
    assert len(table) == 8
    for side in (INSIDE, OUTSIDE):
        own = table.xs(side, level="side")
        assert (own["npv_at_build_musd"] >= own.loc["none", "npv_at_build_musd"]).all()
        assert (own["expected_musd"] >= own["expected_forced_musd"] - 1e-9).all()
    assert found.funding.sum_musd == 110.0


def test_what_is_sold_beside_rare_earths_is_said_to_be_left_out(appraiser: Appraiser) -> None:
    told = {name: " ".join(known(appraiser.world, name).remarks) for name in ("donald", "songwe-hill")}
    assert "are left out" in told["donald"]
    assert "are left out" not in told["songwe-hill"]


def test_bad_input(appraiser: Appraiser) -> None:
    with pytest.raises(UnknownNameError, match="nolans-bore"):
        appraiser.appraise("nolans-boar")
    with pytest.raises(InputError, match="one of those"):
        appraiser.appraise("nolans-bore", ore="bayan-obo")
    with pytest.raises(InputError, match="no grade with a tonnage"):
        appraiser.appraise("toliara")


@pytest.mark.parametrize(
    "arguments",
    [
        ["appraise", "nolans-bore", "--draws", "200", "--options", "--floor", "110"],
        ["compare", "--deck", "market"],
        ["compare", "--deck", "market", "--curve"],
        ["fund", "110", "--deposit", "nolans-bore", "--floor", "110", "--upside", "0.3", "--floor-years", "5"],
        ["fund", "110", "--deposit", "nolans-bore", "--contract", "us-dow-mp-price-protection"],
    ],
)
def test_commands_on_a_solved_market_print_json(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)


def test_the_sheet_names_every_option_that_made_it(tmp_path: Path) -> None:
    page = tmp_path / "s.html"
    given = ["--contract", "us-dow-mp-price-protection", "--grant", "50", "--draws", "200", "--options"]
    result = CliRunner().invoke(app, ["appraise", "nolans-bore", *given, "--sheet", str(page), "--quiet"])
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    shown = "--contract us-dow-mp-price-protection --grant 50.0 --draws 200 --options --sheet s.html"
    assert f"ytterby project appraise nolans-bore {shown}" in text
    assert "Paid by the contract for difference" in text


def test_every_deposit_as_a_table() -> None:
    result = CliRunner().invoke(app, ["appraise", "--all", "--quiet"])
    assert result.exit_code == 0, result.output
    assert "nolans-bore" in result.output


def test_the_sheet_of_a_deposit_names_its_sources(tmp_path: Path) -> None:
    page = tmp_path / "sheet.html"
    result = CliRunner().invoke(app, ["appraise", "nolans-bore", "--draws", "200", "--sheet", str(page), "--json"])
    assert result.exit_code == 0, result.output
    html = page.read_text(encoding="utf-8")
    for part in ("Nolans Bore", "sold inside", "sold outside", "Sources", "ytterby project appraise nolans-bore"):
        assert part in html
