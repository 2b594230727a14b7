"""What leaves use is what was bought, later; what is won back is less than what left."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby import demand
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World

WORLD = World.load()


def _bought(tonnes: list[float], place: str = "japan", use: str = "wind", good: str = "wind-sh") -> pd.DataFrame:
    years = [2000 + i for i in range(len(tonnes))]
    return pd.DataFrame({"place": place, "use": use, "good": good, "year": years, "t": tonnes})


def _content(commodity: str) -> pd.Series:
    return WORLD.table("commodity_elements").set_index(["commodity", "element"])["t_per_t"][commodity]


@settings(max_examples=15, deadline=None)
@given(tonnes=st.lists(st.floats(0, 1e5), min_size=1, max_size=20))
def test_all_that_is_bought_leaves_use_in_the_end_and_nothing_else(tonnes: list[float]) -> None:
    left = demand.retired(WORLD, _bought(tonnes), 2000, 2200)
    by_element = left.groupby("element")["t"].sum()
    for element, share in _content("ndfeb-sh").items():
        assert by_element[element] == pytest.approx(sum(tonnes) * share, rel=1e-9, abs=1e-6)
    assert (left["t"] >= 0).all()


def test_purchases_of_one_year_leave_about_their_mean_life_later() -> None:
    left = demand.retired(WORLD, _bought([100.0]), 2000, 2100)
    nd = left[left["element"] == "Nd"]
    assert np.average(nd["year"], weights=nd["t"]) == pytest.approx(2000 + 25, abs=0.6)


def test_years_before_the_first_shown_still_count() -> None:
    whole = demand.retired(WORLD, _bought([5.0, 7.0, 11.0]), 2000, 2030)
    part = demand.retired(WORLD, _bought([5.0, 7.0, 11.0]), 2025, 2030)
    late = whole[whole["year"] >= 2025].reset_index(drop=True)
    pd.testing.assert_frame_equal(late, part)


def test_retirement_of_the_shipped_world_is_that_of_the_stock_in_use() -> None:
    left = demand.retired(WORLD, demand.purchases(WORLD, 2024, 2036), 2024, 2036)
    scrapped = demand.in_use(WORLD, 2024, 2036).set_index(["use", "year"])["outflow_t"]
    sm = left[(left["use"] == "smco") & (left["element"] == "Sm")].groupby("year")["t"].sum()
    assert sm[2036] == pytest.approx(scrapped["smco", 2036] * _content("smco")["Sm"])
    assert (left["low"] <= left["t"]).all()
    assert (left["t"] <= left["high"]).all()


def test_less_is_won_back_than_left_and_today_less_than_a_hundredth() -> None:
    # DERA and Fraunhofer IWKS 2024, European Commission: less than 1 % of magnets are recycled after use.
    left = demand.retired(WORLD, demand.purchases(WORLD, 2024, 2045), 2024, 2045)
    won = demand.recoverable(WORLD, left)
    assert ((won["low"] <= won["t"]) & (won["t"] <= won["high"]) & (won["t"] <= won["retired_t"])).all()
    assert won["retired_t"].sum() == pytest.approx(left["t"].sum())
    year = won[won["year"] == 2024]
    assert year["t"].sum() < 0.01 * year["retired_t"].sum()


def test_oxide_is_what_the_element_makes() -> None:
    won = demand.recoverable(WORLD, demand.retired(WORLD, _bought([100.0]), 2020, 2030))
    nd = won[won["element"] == "Nd"].iloc[0]
    assert nd["t_reo"] / nd["t"] == pytest.approx(1.1664, abs=1e-4)


def test_place_of_its_own_goes_before_any() -> None:
    europe, _, _ = demand.recovery(WORLD, "ev-traction", "europe", [2024])
    elsewhere, _, _ = demand.recovery(WORLD, "ev-traction", "usa", [2024])
    assert europe[0] > elsewhere[0]


def test_faults_in_purchases_are_told_together() -> None:
    with pytest.raises(InputError, match="no good, t"):
        demand.retired(WORLD, pd.DataFrame({"place": [], "use": [], "year": []}), 2024, 2025)
    with pytest.raises(InputError, match=r"(?s)2000: t.*2001: t"):
        demand.retired(WORLD, _bought([-1.0, float("nan")]), 2024, 2025)
    with pytest.raises(UnknownNameError, match="wind"):
        demand.retired(WORLD, _bought([1.0], use="winds"), 2024, 2025)
    with pytest.raises(InputError, match="last at or after first"):
        demand.purchases(WORLD, 2025, 2024)
