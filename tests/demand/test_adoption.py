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
