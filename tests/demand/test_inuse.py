"""Magnets in use: nothing appears or vanishes, and the fleet is the one that was counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import weibull_min

from ytterby import demand
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World

WORLD = World.load()


@given(
    sales=st.lists(st.floats(0, 1e6), min_size=1, max_size=40),
    mean=st.floats(1, 30),
    shape=st.floats(0.8, 6),
)
def test_what_is_sold_is_in_use_or_scrapped(sales: list[float], mean: float, shape: float) -> None:
    stock, outflow = demand.stock_and_flow(sales, mean, shape)
    assert stock[-1] + outflow.sum() == pytest.approx(sum(sales), rel=1e-9, abs=1e-6)
    assert (outflow >= -1e-6 * max(1.0, *sales)).all()


def test_life_is_weibulls_with_the_given_mean() -> None:
    scale = 15 / weibull_min(3).mean()
    ages = np.arange(0, 40, 3.0)
    assert demand.surviving(ages, 15, 3) == pytest.approx(weibull_min(3, scale=scale).sf(ages))
    with pytest.raises(InputError, match="above 0"):
        demand.surviving([1.0], 0, 3)


def test_fleet_from_sales_is_the_fleet_that_the_iea_counts() -> None:
    # IEA Global EV Outlook 2025: 39 M battery and 19 M plug-in hybrid cars at the end of 2024; sales before 2015 are
    # not in the table.
    assert demand.fleet(WORLD, "world", 2024) == pytest.approx(58e6, rel=0.05)


def test_magnets_in_use_start_from_the_base_years_demand() -> None:
    table = demand.in_use(WORLD, 2022, 2030)
    base = demand.totals(WORLD, 2024).set_index(["use", "magnet"])["t"]
    for use, t in table[table["year"] == 2024].set_index("use")["inflow_t"].items():
        assert t == pytest.approx(base[use, True])
    assert (table[["inflow_t", "stock_t", "outflow_t"]] >= 0).all().all()


def test_content_follows_its_path_between_the_published_points() -> None:
    assert demand.intensity(WORLD, "ev-car", "pm_share", 2021) == pytest.approx(0.89)  # between 93 and 85 %
    assert demand.intensity(WORLD, "ev-car", "pm_share", 2050) == pytest.approx(0.70)
    assert demand.intensity(WORLD, "ev-car", "ndfeb_kg", 2030) == 1.5
    with pytest.raises(UnknownNameError, match="pm_share"):
        demand.intensity(WORLD, "ev-car", "pm_shares", 2030)


def test_years_backwards_are_refused() -> None:
    with pytest.raises(InputError, match="last at or after first"):
        demand.in_use(WORLD, 2030, 2020)
