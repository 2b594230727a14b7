"""Shortage to delay: what must hold whatever the numbers, and what was seen in 2025."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby import demand
from ytterby.demand import StockCover
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World

WORLD = World.load()
PLACES = ("china", "europe", "usa", "japan", "korea", "india", "vietnam")
EXPORTS_2025 = {4: 2628, 5: 1238, 6: 3188, 7: 5577, 8: 6146}
"""Chinese magnet exports by month, t (customs)."""
NORMAL = 58_152 / 12
"""Mean month of 2024, t (customs)."""
MISSING_2025 = [max(0.0, 1 - EXPORTS_2025[m] / NORMAL) for m in range(4, 9)]


@pytest.mark.parametrize("place", PLACES)
def test_no_shortage_no_delay(place: str) -> None:
    result = demand.shortfall(WORLD, place, 0.0, 24)
    assert result.postponed_vehicles == 0
    assert result.delay_months == 0
    assert result.fleet_delay_months == 0
    assert result.extra_tco2 == 0


@settings(max_examples=40, deadline=None)
@given(
    place=st.sampled_from(PLACES),
    share=st.floats(0, 0.9),
    more=st.floats(0, 0.1),
    months=st.integers(1, 48),
    longer=st.integers(0, 12),
)
def test_delay_grows_with_depth_and_length(place: str, share: float, more: float, months: int, longer: int) -> None:
    small = demand.shortfall(WORLD, place, share, months, catch_up=False)
    deeper = demand.shortfall(WORLD, place, share + more, months, catch_up=False)
    longest = demand.shortfall(WORLD, place, share + more, months + longer, catch_up=False)
    for a, b in ((small, deeper), (deeper, longest)):
        assert b.postponed_vehicles >= a.postponed_vehicles - 1e-6
        assert b.delay_months >= a.delay_months - 1e-9


@settings(max_examples=30, deadline=None)
@given(place=st.sampled_from(PLACES), share=st.floats(0, 1), months=st.integers(1, 60), saving=st.floats(0, 0.3))
def test_substitution_never_lengthens(place: str, share: float, months: int, saving: float) -> None:
    without = demand.shortfall(WORLD, place, share, months, substitution_per_year=0.0, catch_up=False)
    with_it = demand.shortfall(WORLD, place, share, months, substitution_per_year=saving, catch_up=False)
    assert with_it.postponed_vehicles <= without.postponed_vehicles + 1e-6
    assert with_it.delay_months <= without.delay_months + 1e-9


@settings(max_examples=50, deadline=None)
@given(weeks=st.floats(0, 200), median=st.floats(1, 20), sigma=st.floats(0.05, 1.2))
def test_closed_form_is_the_mean_over_firms(weeks: float, median: float, sigma: float) -> None:
    cover = StockCover(median, sigma)
    firms = cover.quantiles(4000)
    assert demand.expected_lost_weeks(weeks, cover)[0] == pytest.approx(
        np.maximum(0, weeks - firms).mean(), abs=0.02 * max(1, median * np.exp(sigma**2))
    )


def test_lost_output_is_never_more_than_what_is_missing() -> None:
    cover = StockCover.of(WORLD, "europe")
    path = np.array([0.2, 0.9, 1.0, 0.5, 0.0, 0.3])
    assert (demand.line_stops(path, cover).cumsum() <= path.cumsum() + 1e-9).all()


def test_2025_cost_almost_no_electric_cars_over_the_year_but_stopped_lines_within_weeks() -> None:
    # IEA and Benchmark: 20.7 M cars in 2025, +20 %: no loss to be seen. First stops 5 to 9 weeks after 4
    # April.
    path = [0.0, 0.0, 0.0, *MISSING_2025]
    lost = sum(demand.shortfall(WORLD, p, path).lost_vehicles for p in ("europe", "usa", "japan", "korea", "india"))
    assert lost / 20.7e6 < 0.005
    drawn = MISSING_2025[0] * 26 / 7 + MISSING_2025[1] * 26 / 7
    chance = demand.stop_probability(1.0, drawn, StockCover.of(WORLD, "europe"))[0]
    assert 0.05 < chance < 0.5


def test_stop_chances_beat_the_base_rate_on_the_firms_of_2025() -> None:
    # Dated stops and controls of table shortfall_events at four dates: 4, 8, 13 and 17 weeks after the order.
    stops = {
        "ford-chicago": ("usa", 5.5),
        "suzuki-swift": ("japan", 7.4),
        "clepa-plants": ("europe", 8.7),
        "bajaj-chetak": ("india", 12.1),
    }
    never = {"volkswagen": "europe", "tvs": "india", "ather": "india"}
    rows = [(p, w, week <= w) for p, week in stops.values() for w in (4.0, 8.0, 13.0, 17.0)]
    rows += [(p, w, False) for p in never.values() for w in (4.0, 8.0, 13.0, 17.0)]
    scored = demand.brier(WORLD, MISSING_2025, pd.DataFrame(rows, columns=["place", "weeks", "stopped"]))
    assert scored["model"].mean() < scored["base_rate"].mean()


def test_a_missing_grade_stops_its_own_motors_only() -> None:
    table = demand.annual_goods(WORLD, 2024)
    europe = table[(table["place"] == "europe") & table["good"].str.startswith("ev-traction")].set_index("good")["t"]
    share = demand.shortage_share(WORLD, "europe", 2024, {"ndfeb-uh-eh": 0.0})
    assert share == pytest.approx(europe["ev-traction-uh-eh"] / europe.sum())
    assert demand.shortage_share(WORLD, "europe", 2024, {"ndfeb-sh": 1e9}) == 0
    with pytest.raises(UnknownNameError, match="ndfeb-sh"):
        demand.shortage_share(WORLD, "europe", 2024, {"ndfeb-hs": 1.0})


def test_bad_shortages_are_refused() -> None:
    for bad in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="between 0 and 1"):
            demand.shortfall(WORLD, "europe", bad)
    with pytest.raises(UnknownNameError, match="europe"):
        demand.shortfall(WORLD, "eurpe", 0.1)
