"""Electric-car curves: fitted to 2021, tested on what came after."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby import demand
from ytterby.world.errors import InputError
from ytterby.world.load import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


def test_curve_beats_the_straight_line_in_two_of_three_regions(world: World) -> None:
    wins = [demand.adoption_test(world, region, 2021).logistic_wins for region in ("china", "europe", "usa")]
    assert sum(wins) >= 2


@pytest.mark.parametrize("region", ["china", "europe", "usa"])
def test_the_models_method_beats_the_straight_line(world: World, region: str) -> None:
    # Where a rule binds makers (Europe) its target is followed, elsewhere the curve; both known by 2021.
    test = demand.adoption_test(world, region, 2021)
    assert test.wins, test.errors


def test_a_target_counts_from_the_day_it_was_known_until_it_fell(world: World) -> None:
    assert demand.target_pull(world, "europe", 2020) is None
    pull = demand.target_pull(world, "usa", 2021)
    assert pull is not None
    assert pull.share([pull.last_year, pull.target_year]) == pytest.approx([pull.last_share, pull.target_share])
    assert demand.target_pull(world, "usa", 2025) is None


@given(p=st.floats(0.001, 0.02), q=st.floats(0.2, 0.8))
def test_bass_fit_returns_the_curve_that_made_the_points(p: float, q: float) -> None:
    years = np.arange(2015, 2026)
    made = demand.BassFit("", 1.0, p, q, 2014, 2015, 2025)
    fit = demand.fit_bass(years, made.share(years))
    assert fit.share(years) == pytest.approx(made.share(years), rel=1e-3)


@given(share=st.floats(0.01, 0.95), extra=st.floats(1, 2000), more=st.floats(1, 2000))
def test_dearer_cars_sell_less_by_the_elasticity_at_the_margin(share: float, extra: float, more: float) -> None:
    before = np.array([share])
    after = demand.at_cost(before, extra, 40_000, -2.3)
    assert demand.at_cost(before, extra + more, 40_000, -2.3)[0] < after[0] < share
    assert demand.at_cost(before, 4.0, 40_000, -2.3)[0] / share - 1 == pytest.approx(-2.3e-4, rel=0.01)


def test_a_tripled_magnet_price_moves_the_share_by_about_a_hundredth_of_itself(world: World) -> None:
    # Half a per cent of a car's price: cost is not the channel, missing units are.
    after = demand.at_cost(np.array([0.2]), 197.0, 40_000, -2.3)[0]
    assert 0.985 < after / 0.2 < 0.992


@given(rate=st.floats(0.1, 0.8), midpoint=st.floats(2020, 2035))
def test_fit_returns_the_curve_that_made_the_points(rate: float, midpoint: float) -> None:
    years = np.arange(2014, 2022)
    shares = 1 / (1 + np.exp(-rate * (years - midpoint)))
    fit = demand.fit_logistic(years, shares)
    assert fit.rate == pytest.approx(rate, rel=1e-4)
    assert fit.midpoint == pytest.approx(midpoint, abs=1e-2)


def test_path_joins_history_and_scenario(world: World) -> None:
    path = demand.baseline_path(world, "world", 2020, 2035).set_index("year")
    assert path.loc[2024, "sales"] == pytest.approx(17.5e6, rel=0.01)  # IEA Global EV Outlook 2025
    assert path.loc[2030, "sales"] == pytest.approx(40e6, rel=0.03)  # the same, stated policies
    assert path["share"].between(0, 1).all()


@pytest.mark.parametrize("region", ["china", "europe", "usa", "india", "japan", "korea", "rest-of-world"])
def test_every_region_has_a_path(world: World, region: str) -> None:
    path = demand.baseline_path(world, region, 2022, 2036)
    assert path.notna().all().all()
    assert (path["sales"] > 0).all()


def test_too_few_points_and_unknown_region(world: World) -> None:
    with pytest.raises(InputError, match="at least three"):
        demand.fit_logistic([2020, 2021], [0.1, 0.2])
    with pytest.raises(InputError, match="china"):
        demand.ev_history(world, "atlantis")
