"""The years without a quota, from 2015 to 2023: a market to fit to, on which nothing is tested."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from ytterby.chain.oxides import OxideMarket
from ytterby.studies.episode import replay, score
from ytterby.studies.path.record import PathOutcome
from ytterby.world import World

EPISODE = "oxides-2015-2023"


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


@pytest.fixture(scope="module")
def found(world: World) -> PathOutcome:
    return replay(world, EPISODE)


def test_every_year_is_certified_and_the_first_is_at_its_own_prices(world: World, found: PathOutcome) -> None:
    assert list(found.certificates["period"]) == [str(y) for y in range(2015, 2024)]
    assert found.certificates["mass_balance"].max() < 1e-6
    market = OxideMarket.of(world, EPISODE)
    first = found.prices.query("period == '2015' and place == 'china'").set_index("commodity")["point"] * 1000.0
    assert np.allclose(first, market.usual_prices()["inside"][first.index], rtol=0.02)


def test_nothing_is_limited_and_nothing_leaks(found: PathOutcome) -> None:
    gone = found.flows[found.flows["from_place"] == "china"]
    assert gone["permitted"].all()
    premium = gone["sold_usd_per_kg"] - gone["landed_usd_per_kg"]
    assert premium.abs().max() < 0.02 * gone["sold_usd_per_kg"].max()


def test_the_tax_is_that_of_the_day(world: World) -> None:
    """The export tax ended on 1 May 2015; value-added tax was 17 % then and is 13 % since April 2019."""
    market = OxideMarket.of(world, EPISODE)
    assert np.allclose(market.wedge, 0.17)
    assert np.allclose(market.taxed_as_on(world, datetime.date(2020, 1, 1)).wedge, 0.13)
    before = market.taxed_as_on(world, datetime.date(2012, 1, 1)).wedge
    assert before["dy-oxide"] == pytest.approx(1.25 * 1.17 - 1.0)


def test_prices_to_fit_to_are_scored_but_called_no_test(world: World, found: PathOutcome) -> None:
    scored = score(world, found)
    assert not scored.tests
    assert set(scored.table["role"]) == {"fit"}
    assert not scored.table["modelled"].isna().any()
    assert "eu-oxide" not in set(scored.table["commodity"])


def test_what_is_fitted_to_has_a_source(world: World) -> None:
    rows = world.table("episode_series")
    rows = rows[(rows["episode"] == EPISODE) & (rows["role"] == "fit")]
    assert set(rows["confidence"]) <= {"A", "B"}
    assert not set(world.table("episode_series").query("role == 'fit'")["episode"]) - {EPISODE}
