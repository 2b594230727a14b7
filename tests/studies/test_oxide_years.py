"""The years without a quota, from 2015 to 2023: a market to fit to, on which nothing is tested."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ytterby.studies.calibrate.replays as replays
import ytterby.studies.calibrate.study as study
import ytterby.studies.episode as episode
from ytterby.chain.oxides import OxideMarket
from ytterby.cli import app
from ytterby.studies.calibrate import calibrate, named
from ytterby.studies.calibrate.estimate import Array
from ytterby.studies.episode import replay, score
from ytterby.studies.path.record import PathOutcome
from ytterby.world import Scenario, World
from ytterby.world.errors import InputError

EPISODE = "oxides-2015-2023"


@pytest.fixture(scope="module")
def found(shipped: World) -> PathOutcome:
    return replay(shipped, EPISODE)


def test_every_year_is_certified_and_the_first_is_at_its_own_prices(shipped: World, found: PathOutcome) -> None:
    assert list(found.certificates["period"]) == [str(y) for y in range(2015, 2024)]
    assert found.certificates["mass_balance"].max() < 1e-6
    market = OxideMarket.of(shipped, EPISODE)
    first = found.prices.query("period == '2015' and place == 'china'").set_index("commodity")["point"] * 1000.0
    assert np.allclose(first, market.usual_prices()["inside"][first.index], rtol=0.02)


def test_nothing_is_limited_and_nothing_leaks(found: PathOutcome) -> None:
    gone = found.flows[found.flows["from_place"] == "china"]
    assert gone["permitted"].all()
    premium = gone["sold_usd_per_kg"] - gone["landed_usd_per_kg"]
    assert premium.abs().max() < 0.02 * gone["sold_usd_per_kg"].max()


def test_the_tax_is_that_of_the_day(shipped: World) -> None:
    """The export tax ended on 1 May 2015; value-added tax was 17 % then and is 13 % since April 2019."""
    market = OxideMarket.of(shipped, EPISODE)
    assert np.allclose(market.wedge, 0.17)
    assert np.allclose(market.taxed_as_on(shipped, datetime.date(2020, 1, 1)).wedge, 0.13)
    before = market.taxed_as_on(shipped, datetime.date(2012, 1, 1)).wedge
    assert before["dy-oxide"] == pytest.approx(1.25 * 1.17 - 1.0)


def test_prices_to_fit_to_are_scored_but_called_no_test(shipped: World, found: PathOutcome) -> None:
    scored = score(shipped, found)
    assert not scored.tests
    assert set(scored.table["role"]) == {"fit"}
    assert not scored.table["modelled"].isna().any()
    assert "eu-oxide" not in set(scored.table["commodity"])


def test_what_is_fitted_to_has_a_source(shipped: World) -> None:
    rows = shipped.table("episode_series")
    rows = rows[(rows["episode"] == EPISODE) & (rows["role"] == "fit")]
    assert set(rows["confidence"]) <= {"A", "B"}
    assert not set(shipped.table("episode_series").query("role == 'fit'")["episode"]) - {EPISODE}


def test_held_out_rows_are_out_of_the_world_before_anything_is_replayed(
    shipped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    class OnPaper:
        """Prices that answer to the growth of other oxides alone."""

        def __init__(self, opened: World) -> None:
            self.world = opened

        def answers(self, scenario: Scenario | None, seen: pd.DataFrame) -> Array:
            rows = self.world.table("episode_series")
            assert not (rows["episode"].eq("quotas-2010") & rows["role"].eq("test")).any()
            asked.append(bool(seen["role"].eq("held-out").any()))
            here = scenario.apply(self.world) if scenario is not None and scenario.changes else self.world
            terms = here.table("oxide_terms").query(f"episode == '{EPISODE}' and term == 'growth'")
            growth = float(terms.set_index("item").loc["la-oxide", "value"])
            years = np.where(seen["episode"] == EPISODE, seen["year"] - 2015, 0)
            return np.asarray(seen["observed"] * np.exp((growth - 0.06) * years), dtype=float)

    monkeypatch.setattr(study, "Replays", OnPaper)
    found = calibrate(shipped, EPISODE)
    table = found.parameters.set_index("parameter")
    assert table["identified"].to_dict() == {
        "elasticity-three-years": False,
        "elasticity-year": False,
        "growth-magnets": False,
        "growth-others": True,
    }
    assert table.loc["elasticity-year", "reason"].startswith("flat")
    assert table.loc["growth-others", "fitted"] == pytest.approx(0.06, abs=0.002)
    assert asked[-2:] == [True, True]
    assert not any(asked[:-2])
    assert set(found.observations["role"]) == {"fit", "held-out"}
    assert any(line.startswith("quotas-2009-2013: what was identified does not bear") for line in found.limits)


def test_a_replay_answers_as_its_score_says(
    shipped: World, found: PathOutcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "replay", lambda _world, _name: found)
    seen = named(shipped, EPISODE).fit[0].seen(shipped)
    told = pd.Series(replays.Replays(shipped).answers(None, seen), index=seen["series"])
    scored = score(shipped, found).table.set_index("series")["modelled"]
    assert np.allclose(told[scored.index], scored)


def test_years_and_episodes_do_not_mix_in_a_calibration(shipped: World) -> None:
    table = shipped.table("calibrations").copy()
    table.loc[table["observations"] == "oxides-2025", "calibration"] = EPISODE
    with pytest.raises(InputError, match="of one table"):
        named(shipped.with_tables({"calibrations": table}), EPISODE)


def test_a_scenario_is_scored_beside_the_world_as_it_stands(
    found: PathOutcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(episode, "replay", lambda *_args, **_more: found)
    fitted = tmp_path / "fitted.toml"
    fitted.write_text(
        'title = "Other"\n[[changes]]\ntable = "model_settings"\nwhere = {setting = "stock-elasticity"}\n'
        'set = {value = -0.8}\nbecause = "A trial of the option"\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["backtest", EPISODE, "--json", "--scenario", str(fitted)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["beside"][0]["median_log_error"] == told["beside"][0]["median_log_error_scenario"]
    assert told["scenarios"] == [str(fitted)]
