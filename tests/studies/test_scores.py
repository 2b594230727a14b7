"""The card of scores is honest: what was given scores nothing, and what is tested is compared with data alone."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ytterby.studies.scores as room
from ytterby.cli.score import app
from ytterby.studies.scores.card import Scores
from ytterby.studies.scores.margins import margins
from ytterby.studies.scores.places import production_and_trade
from ytterby.studies.scores.targets import band, counted, judged, observed_prices, price_index
from ytterby.studies.scores.years import other_year_prices
from ytterby.studies.solve import base_case
from ytterby.world import World


@pytest.fixture(scope="session")
def world() -> World:
    return World.load()


@pytest.fixture(scope="session")
def card(world: World) -> Scores:
    return room.scores(world)


def all_prices(card: Scores) -> pd.DataFrame:
    return pd.concat([card.base_prices, card.years, card.withheld], ignore_index=True)


def test_everything_forced_or_fitted_is_named_with_where_it_comes_from(card: Scores) -> None:
    assert set(card.forced["status"]) == {"by construction", "fitted"}
    assert (card.forced["taken_from"] != "").all()
    assert not card.forced["what"].duplicated().any()
    fitted = card.forced[card.forced["status"] == "fitted"]
    assert fitted["count"].sum() == card.count["fitted_parameters"] > 0


def test_nothing_that_was_given_is_counted(card: Scores) -> None:
    for table in (card.base_prices, card.years, card.withheld, card.places):
        given = table["status"] != "tested"
        assert not table.loc[given, "counted"].astype(bool).any()
        assert (table.loc[given, "remark"] != "").all()


def test_prices_at_which_gaps_were_closed_are_by_construction_in_the_base_year(card: Scores) -> None:
    closed = card.base_prices[card.base_prices["status"] == "by construction"]
    assert len(closed) >= 10
    assert closed["place"].nunique() == 1
    assert set(card.withheld["product"]) <= set(closed["product"])


def test_only_published_annual_means_are_counted(card: Scores, world: World) -> None:
    prices = world.table("prices")
    seen = prices[(prices["series"] == "observation") & (prices["statistic"] == "annual mean")]
    published = set(zip(seen["commodity"], seen["place"], seen["period"], strict=True))
    rows = all_prices(card)
    rows = rows[rows["counted"].astype(bool)]
    assert len(rows) > 0
    assert all((r["product"], r["place"], str(r["year"])) in published for r in rows.to_dict("records"))


def test_no_change_is_the_observed_price_of_the_base_year(card: Scores, world: World) -> None:
    base = observed_prices(world, card.base_year).set_index(["product", "place"])["observed"]
    for row in card.years.dropna(subset="no_change").to_dict("records"):
        assert row["no_change"] == base[(row["product"], row["place"])]


def test_no_change_of_a_withheld_price_is_the_observed_price_of_the_year_before(card: Scores, world: World) -> None:
    before = observed_prices(world, card.base_year - 1).set_index(["product", "place"])["observed"]
    for row in card.withheld.to_dict("records"):
        assert row["no_change"] == before[(row["product"], row["place"])]


def test_observed_prices_are_in_dollars_of_the_base_year(world: World) -> None:
    assert price_index(world, 2024) == 1.0
    prices = world.table("prices")
    raw = prices[
        (prices["series"] == "annual reference") & (prices["commodity"] == "dy-oxide") & (prices["place"] == "china")
    ]
    raw = raw.set_index("period")["usd_per_kg_excl_vat"]
    seen = observed_prices(world, 2023).set_index(["product", "place"])["observed"]
    assert seen[("dy-oxide", "china")] == pytest.approx(raw["2023"] / price_index(world, 2023))


def test_both_years_beside_the_base_year_are_solved(card: Scores) -> None:
    assert sorted(card.years["year"].unique()) == [card.base_year - 1, card.base_year + 1]
    for _, part in card.years.groupby("year"):
        assert part["counted"].sum() >= 10


def test_fewer_numbers_set_the_answer_than_observations_test_it(card: Scores) -> None:
    count = card.count
    assert count["fitted_parameters"] < count["observations_tested"]
    assert count["fitted_parameters"] + count["anchored_prices"] < count["observations_tested"]


def test_every_operating_mine_and_separator_has_one_margin(card: Scores, world: World) -> None:
    assert not card.margins["site"].duplicated().any()
    sites = world.table("sites")
    running = sites[(sites["status"] == "operating") & sites["stage"].isin(("mine", "separation"))]
    assert len(card.margins) >= 0.9 * len(running)


def test_a_margin_that_is_not_positive_has_a_reason_and_a_positive_one_needs_none(card: Scores) -> None:
    lost = ~(card.margins["margin_usd_per_kg"] >= 0)
    assert (card.margins.loc[lost, "reason"] != "").all()
    assert (card.margins.loc[~lost, "reason"] == "").all()


def test_every_test_of_the_summary_has_an_interval_around_its_share(card: Scores) -> None:
    rows = card.summary[card.summary["answers"] > 0]
    assert ((rows["low"] <= rows["share"]) & (rows["share"] <= rows["high"])).all()


def test_the_worst_misses_are_misses_that_count(card: Scores) -> None:
    worst = card.worst(5)
    assert 0 < len(worst) <= 10
    assert (worst["test"] != "").all()
    quantities = card.places[card.places["counted"] & ~card.places["hit"]]
    assert set(worst.loc[worst["test"] == "production and trade", "what"]) <= set(quantities["what"])


def test_the_command_prints_one_page_and_json(card: Scores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "scores", lambda *_: card)
    page = CliRunner().invoke(app, ["--quiet"])
    assert page.exit_code == 0
    for heading in ("Told beforehand", "fitted parameters", "Tested", "Margins", "Worst misses"):
        assert heading in page.output
    data = json.loads(CliRunner().invoke(app, ["--json"]).output)
    assert {"forced", "years", "withheld", "margins", "places", "summary", "worst", "count"} <= set(data)
    assert len(data["years"]) == len(card.years)


def test_the_same_world_gives_the_same_card(card: Scores, world: World) -> None:
    base = base_case(world)
    again, _ = other_year_prices(world, base, card.base_year + 1)
    first = card.years[card.years["year"] == card.base_year + 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    pd.testing.assert_frame_equal(card.margins, margins(world, base), check_exact=True)
    pd.testing.assert_frame_equal(card.places, production_and_trade(world, base), check_exact=True)


def one_price(**changed: float) -> pd.DataFrame:
    row = {
        "modelled": 100.0,
        "modelled_before": 90.0,
        "no_change": 80.0,
        "observed": 105.0,
        "low": 104.0,
        "high": 106.0,
    }
    return pd.DataFrame([row | changed])


def test_a_hit_is_within_a_tenth_or_within_the_spread_of_the_sources() -> None:
    assert judged(one_price())["hit"].item()
    assert not judged(one_price(modelled=93.0))["hit"].item()
    assert judged(one_price(modelled=93.0, low=92.0))["hit"].item()
    assert not judged(one_price(modelled=float("nan")))["hit"].item()


def test_direction_is_asked_only_where_the_price_moved() -> None:
    assert judged(one_price())["right_way"].item() is True
    assert judged(one_price(modelled=85.0))["right_way"].item() is False
    assert judged(one_price(no_change=104.0))["right_way"].item() is None


def test_log_error_is_the_logarithm_of_answer_over_observation() -> None:
    assert judged(one_price(modelled=210.0))["log_error"].item() == pytest.approx(np.log(2.0))


def test_band_never_excludes_what_the_sources_say() -> None:
    low, high = band(pd.Series([10.0, 10.0]), pd.Series([9.5, 5.0]), pd.Series([10.2, 30.0]))
    assert low.tolist() == pytest.approx([9.0, 5.0])
    assert high.tolist() == pytest.approx([11.0, 30.0])


def test_wilson_interval_of_no_hit_in_ten() -> None:
    """Wilson (1927): with no success in n = 10 the upper end at 95 % is z^2/(n + z^2), z = 1.95996."""
    rows = pd.DataFrame({"counted": True, "hit": [False] * 10, "log_error": 0.0})
    row = counted("none", rows)
    assert row["low"] == pytest.approx(0.0, abs=1e-12)
    assert row["high"] == pytest.approx(1.95996**2 / (10 + 1.95996**2), rel=1e-4)
