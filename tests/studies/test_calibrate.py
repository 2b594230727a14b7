"""Calibration in the open: known values are found again, held-out figures are never read, ignorance is admitted."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ytterby.studies.calibrate.study as study
from ytterby.cli import app
from ytterby.studies import solve
from ytterby.studies.calibrate import Calibrated, calibrate, estimate, named
from ytterby.studies.calibrate.estimate import Array
from ytterby.studies.calibrate.forward import Market
from ytterby.studies.scores.targets import observed_prices, price_index
from ytterby.studies.solve import Base
from ytterby.world import Scenario, World
from ytterby.world.choices import number
from ytterby.world.errors import InputError, UnknownNameError

NAME = "oxide-prices"
TRUTH = {"gap-elasticity": -0.6, "stock-share": 0.14}


def scarce(share: Array) -> Array:
    """Logarithm of five prices, P = (use / supply)^(1 / e), with the elasticity and a stock as shares of a band."""
    elasticity, stock = 0.3 + 1.7 * share[0], 0.02 + 0.2 * share[1]
    use, cover = np.array([1.1, 1.3, 0.8, 0.95, 1.2]), np.array([1.0, 0.2, 0.5, 1.4, 0.1])
    return np.asarray(np.log((use + stock * cover) / (1.0 + stock)) / elasticity)


class ByHand:
    """A market on paper: every price answers to two settings, and to nothing else that is fitted."""

    def __init__(self, world: World, base: Base) -> None:
        self.world, self.base = world, base

    def answers(self, scenario: Scenario | None, seen: pd.DataFrame) -> Array:
        world = scenario.apply(self.world) if scenario is not None and scenario.changes else self.world
        at = np.arange(len(seen)) % 5
        e, s = number(world, "gap-elasticity"), number(world, "stock-share")
        use = np.array([1.2, 1.4, 0.7, 0.9, 1.3])[at] + 3.0 * s * np.array([1.0, 0.1, 0.6, 1.2, 0.2])[at]
        return np.asarray(100.0 * use ** (-1.0 / e))


def with_prices(world: World, year: int, prices: pd.Series) -> World:
    """Give the annual reference and annual means of a year these prices, USD/kg of the base year by product."""
    table = world.table("prices").copy()
    rows = table["period"].eq(str(year)) & table["place"].eq("china") & table["commodity"].isin(prices.index)
    nominal = table.loc[rows, "commodity"].map(prices).astype(float) * price_index(world, year)
    factor = nominal / table.loc[rows, "usd_per_kg_excl_vat"]
    for column in ("low", "point", "high", "usd_per_kg_excl_vat"):
        table.loc[rows, column] = table.loc[rows, column] * factor
    return world.with_tables({"prices": table})


@pytest.fixture(scope="module")
def by_hand(base: Base) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "Market", ByHand)
        patch.setattr(study, "base_case", lambda _world: base)
        yield


@pytest.fixture(scope="module")
def known(by_hand: None, shipped: World, base: Base) -> World:
    """The shipped world with the prices of 2023 that the market on paper gives at the true settings."""
    table = shipped.table("model_settings").copy()
    for setting, value in TRUTH.items():
        table.loc[table["setting"] == setting, "value"] = value
    fit = named(shipped, NAME).fit[0].seen(shipped)
    told = ByHand(shipped.with_tables({"model_settings": table}), base).answers(None, fit)
    return with_prices(shipped, 2023, pd.Series(told, index=fit["product"]))


@pytest.fixture(scope="module")
def fitted(known: World) -> Calibrated:
    return calibrate(known, NAME, seed=3)


@pytest.fixture(scope="module")
def market(shipped: World, base: Base) -> Market:
    return Market(shipped, base)


def test_known_parameters_are_found_again_from_what_they_cause() -> None:
    truth = np.array([0.65, 0.3])
    found = estimate(scarce, np.array([0.2, 0.8]), scarce(truth), np.full(5, 0.02), ["elasticity", "stock"])
    assert found.identified == (True, True)
    assert found.share == pytest.approx(truth, abs=1e-3)
    assert (found.low <= truth).all()
    assert (truth <= found.high).all()
    assert found.loss < 1e-3 < found.loss_prior


def test_a_parameter_that_moves_nothing_stays_at_its_prior() -> None:
    truth = np.array([0.65, 0.3, 0.9])
    found = estimate(scarce, np.array([0.2, 0.8, 0.5]), scarce(truth), np.full(5, 0.02), ["e", "stock", "idle"])
    assert found.identified == (True, True, False)
    assert found.share[2] == 0.5
    assert found.reason[2].startswith("flat")
    assert found.loss_ends[2] == pytest.approx(found.loss_prior)
    assert (abs(found.loss_ends[:2] / found.loss_prior - 1.0) > 0.1).all()


def test_two_parameters_that_only_act_together_are_both_left_alone() -> None:
    found = estimate(
        lambda x: np.outer(np.arange(1.0, 5.0), [1.0, 1.0]) @ x,
        np.array([0.5, 0.5]),
        np.arange(1.0, 5.0) * 0.9,
        np.full(4, 0.05),
        ["a", "b"],
    )
    assert found.identified == (False, False)
    assert "weak curvature" in found.reason[0]
    assert "not to be told apart from b" in found.reason[0]
    assert (found.share == 0.5).all()


def test_a_parameter_that_the_data_pull_out_of_its_band_is_not_identified() -> None:
    found = estimate(lambda x: x * np.ones(3), np.array([0.5]), np.full(3, 2.0), np.full(3, 0.1), ["a"])
    assert found.identified == (False,)
    assert "at its bound" in found.reason[0]
    assert found.share[0] == 0.5
    assert found.tried[0] > 0.98


def test_more_parameters_than_observations_are_not_fitted() -> None:
    found = estimate(lambda x: x[:1] + x[1:], np.array([0.5, 0.5]), np.zeros(1), np.ones(1) * 0.1, ["a", "b"])
    assert found.identified == (False, False)
    assert "too few observations" in found.reason[0]


def test_a_product_that_ceases_to_trade_counts_as_a_gross_miss() -> None:
    def model(x: Array) -> Array:
        return np.array([x[0], np.nan if x[0] > 0.7 else 0.4, x[0]])

    found = estimate(model, np.array([0.9]), np.full(3, 0.4), np.full(3, 0.05), ["a"])
    assert found.identified == (True,)
    assert found.share[0] == pytest.approx(0.4, abs=0.01)


def test_settings_of_a_world_are_found_again_and_those_that_move_nothing_are_said(fitted: Calibrated) -> None:
    table = fitted.parameters.set_index("parameter")
    assert set(table.index[table["identified"]]) == set(TRUTH)
    for name, value in TRUTH.items():
        assert table.at[name, "fitted"] == pytest.approx(value, rel=5e-3)
    rest = table[~table["identified"]]
    assert rest["reason"].str.startswith("flat").all()
    assert (rest["fitted"] == rest["prior"]).all()
    assert ((table["band_low"] <= table["fitted"]) & (table["fitted"] <= table["band_high"])).all()
    fit = fitted.summary.set_index("role").loc["fit"]
    assert fit["hits_fitted"] == fit["answers"] > fit["hits_prior"]


def test_a_held_out_figure_does_not_move_the_fit(known: World, fitted: Calibrated) -> None:
    held = named(known, NAME).held_out[0].seen(known)
    other = with_prices(known, 2025, pd.Series(7.0 * held["observed"].to_numpy(), index=held["product"]))
    assert other.hash != known.hash
    a, b = fitted, calibrate(other, NAME, seed=3)
    assert a.text == b.text
    pd.testing.assert_frame_equal(a.parameters, b.parameters)
    assert a.summary.set_index("role").loc["held-out", "mean_abs_log_error_fitted"] != pytest.approx(
        b.summary.set_index("role").loc["held-out", "mean_abs_log_error_fitted"]
    )


def test_held_out_rows_are_not_in_the_world_that_is_fitted(shipped: World) -> None:
    asked = named(shipped, NAME)
    left = asked.without_held_out(shipped).table("prices")
    hidden = asked.held_out[0]
    products = set(zip(hidden.products["product"], hidden.products["place"], strict=True))
    for product, place in products:
        rows = left[(left["commodity"] == product) & (left["place"] == place)]
        assert not rows["period"].str.startswith(str(hidden.year)).any()
    assert len(observed_prices(asked.without_held_out(shipped), 2023)) == len(observed_prices(shipped, 2023))


def test_the_same_seed_gives_the_same_bytes(known: World, fitted: Calibrated, tmp_path: Path) -> None:
    a, b = fitted, calibrate(known, NAME, seed=3)
    assert a.text == b.text
    a.save(tmp_path / "a")
    b.save(tmp_path / "b")
    hashes = [json.loads((tmp_path / n / "manifest.json").read_text())["hash"] for n in "ab"]
    assert hashes[0] == hashes[1]


def test_the_result_is_a_scenario_that_carries_value_band_and_reason(known: World, fitted: Calibrated) -> None:
    scenario = Scenario.parse(tomllib.loads(fitted.text))
    assert len(scenario.changes) == len(TRUTH)
    changed = scenario.apply(known)
    row = changed.table("model_settings").set_index("setting").loc["stock-share"]
    assert row["value"] == pytest.approx(TRUTH["stock-share"], rel=5e-3)
    assert row["low"] <= row["value"] <= row["high"]
    assert "held out: oxides-2025" in scenario.changes[0].because


def test_rows_that_move_together_keep_their_ratios(shipped: World) -> None:
    asked = named(shipped, NAME)
    j, p = next((j, p) for j, p in enumerate(asked.parameters) if p.name == "elasticity-of-use")
    assert len(p.cells) > 1
    share, blank = np.full(len(asked.parameters), np.nan), np.full(len(asked.parameters), np.nan)
    share[j] = 1.0
    put = study.changes(shipped, asked.parameters, share, blank, blank, ["A reason to read"] * len(share))
    after = Scenario.parse({"title": "t", "changes": put}).apply(shipped).table("elasticities")
    before = shipped.table("elasticities")
    moved = before["horizon"] == "year"
    assert np.allclose(after.loc[moved, "elasticity"] / before.loc[moved, "elasticity"], p.most)
    assert after.loc[~moved, "elasticity"].equals(before.loc[~moved, "elasticity"])


def test_a_calibration_answers_as_solve_does_under_the_same_scenario(shipped: World, market: Market) -> None:
    change = {"where": {"setting": "stock-share"}, "set": {"value": 0.2}, "table": "model_settings"}
    scenario = Scenario.parse({"title": "t", "changes": [{**change, "because": "A trial of the whole way"}]})
    before, after = market.prices(None, 2023), market.prices(scenario, 2023)
    told = solve(shipped, scenario, 2023)
    for product in ("dy-oxide", "ndpr-oxide", "tb-oxide"):
        assert after[(product, "china")] == pytest.approx(told.price(product, "china"), rel=1e-6)
    assert after[("dy-oxide", "china")] > 1.1 * before[("dy-oxide", "china")]


def test_the_market_gives_back_the_setting_that_made_its_prices(shipped: World, market: Market) -> None:
    asked = named(shipped, NAME)
    gap = next(p for p in asked.parameters if p.name == "gap-elasticity")
    true = (-0.6 / -1.0 - gap.least) / (gap.most - gap.least)
    blank = np.array([np.nan])
    put = study.changes(shipped, (gap,), np.array([true]), blank, blank, ["The value to be found"])
    seen = asked.fit[0].seen(shipped)
    prices = market.answers(Scenario.parse({"title": "truth", "changes": put}), seen)
    seen = seen.assign(observed=prices, low=0.9 * prices, high=1.1 * prices)
    found = study.fitted_shares(market, replace(asked, parameters=(gap,)), seen, 1, starts=1)
    assert found.identified == (True,)
    assert gap.value(float(found.share[0])) == pytest.approx(-0.6, abs=0.01)


def test_all_faults_of_a_calibration_are_told_at_once(shipped: World) -> None:
    sets, asked = shipped.table("calibrations").copy(), shipped.table("calibration_parameters").copy()
    sets.loc[sets["role"] == "held-out", "year"] = 2023
    asked.loc[0, "which"] = "horizon=yeer"
    asked.loc[1, "field"] = "choice"
    asked.loc[2, "which"] = "no sign"
    with pytest.raises(InputError) as told:
        named(shipped.with_tables({"calibrations": sets, "calibration_parameters": asked}), NAME)
    text = str(told.value)
    for piece in ("holds out", "yeer", "choice", "column=value|value"):
        assert piece in text
    with pytest.raises(UnknownNameError):
        named(shipped, "oxide-price")


def test_the_command_writes_the_scenario_and_the_run(
    known: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(World, "load", classmethod(lambda _cls, _path=None: known))
    out, run = tmp_path / "fitted.toml", tmp_path / "run"
    done = CliRunner().invoke(app, ["calibrate", NAME, "--json", "-o", str(out), "--run", str(run)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert out.read_text(encoding="utf-8") == told["scenario"]
    assert {r["parameter"] for r in told["parameters"] if not r["identified"]}
    assert (run / "manifest.json").is_file()


def test_an_interrupted_calibration_leaves_nothing(
    known: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(World, "load", classmethod(lambda _cls, _path=None: known))

    def stopped(*_args: object, **_more: object) -> Array:
        raise KeyboardInterrupt

    monkeypatch.setattr(ByHand, "answers", stopped)
    done = CliRunner().invoke(
        app, ["calibrate", NAME, "-q", "-o", str(tmp_path / "a.toml"), "--run", str(tmp_path / "r")]
    )
    assert done.exit_code != 0
    assert not list(tmp_path.iterdir())
