"""Supply paths to later cars: laws, faults, grades, the episode of 2025 and its firms."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ytterby import demand
from ytterby.demand.wind import wind_wait
from ytterby.studies import delay as study
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World

WORLD = World.load()
SOLD_2025 = 20.7e6
"""Electric cars sold in 2025 (Benchmark, Rho Motion)."""


def supply(available: float, months: int, place: str = "europe", grade: str = "any") -> study.Supply:
    periods = [f"{2027 + m // 12}-{m % 12 + 1:02d}" for m in range(months)]
    return study.supply_table(
        WORLD, pd.DataFrame({"period": periods, "place": place, "grade": grade, "available": available})
    )


def test_full_supply_delays_nothing() -> None:
    found = study.delay(WORLD, supply(1.0, 24))
    assert all(value == 0 for value in found.totals.values())
    assert (found.cars["first_stops"] == "").all()


@settings(max_examples=20, deadline=None)
@given(
    place=st.sampled_from(["china", "europe", "usa", "india", "vietnam"]),
    available=st.floats(0.1, 1),
    less=st.floats(0, 0.1),
    months=st.integers(1, 36),
    longer=st.integers(0, 12),
)
def test_delay_grows_with_depth_and_length(place: str, available: float, less: float, months: int, longer: int) -> None:
    paths = [(available, months), (available - less, months), (available - less, months + longer)]
    found = [study.delay(WORLD, supply(a, m, place), catch_up=False) for a, m in paths]
    for a, b in pairwise(found):
        for name in ("postponed", "lost", "delay_months", "extra_mtco2", "postponed_mw"):
            assert b.totals[name] >= a.totals[name] - 1e-6, name


@settings(max_examples=15, deadline=None)
@given(available=st.floats(0, 1), months=st.integers(1, 48), saving=st.floats(0, 0.3))
def test_substitution_never_lengthens(available: float, months: int, saving: float) -> None:
    path = supply(available, months)
    without = study.delay(WORLD, path, substitution_per_year=0.0, catch_up=False)
    with_it = study.delay(WORLD, path, substitution_per_year=saving, catch_up=False)
    assert with_it.totals["postponed"] <= without.totals["postponed"] + 1e-6
    assert with_it.totals["delay_months"] <= without.totals["delay_months"] + 1e-9


def test_half_a_year_of_magnets_missing_costs_what_pencil_and_paper_say() -> None:
    # Europe, half of the magnets missing from January to December, no thrift, nothing caught up. Stocks are lognormal
    # (median 7 weeks, sigma 0.7): of D = 0.5 x 52.18 = 26.09 weeks drawn, lines lose E[(D - c)+] = 17.43 weeks, a third
    # of the year; 85 % of cars need a magnet, so 28.4 % of the year's electric cars are not built.
    d, m, s = 0.5 * 365.25 / 7, 7.0, 0.7
    d1 = np.log(d / m) / s
    weeks = d * norm.cdf(d1) - m * np.exp(s * s / 2) * norm.cdf(d1 - s)
    assert weeks == pytest.approx(17.43, abs=0.01)
    part = 0.85 * weeks / (365.25 / 7)
    assert part == pytest.approx(0.284, abs=0.001)
    baseline = demand.baseline_path(WORLD, "europe", 2026, 2028).set_index("year")
    found = study.delay(WORLD, supply(0.5, 12), substitution_per_year=0.0, catch_up=False)
    cars = found.cars.iloc[0]
    assert cars["postponed"] == pytest.approx(part * baseline.loc[2027, "sales"], rel=0.005)
    assert cars["lost"] == cars["postponed"]
    # ICCT: 34.4 t over the life of each combustion car bought instead.
    assert cars["extra_mtco2"] == pytest.approx(cars["lost"] * 34.4 / 1e6)
    # The share that the baseline has in 2027 is reached within 2028, on the straight line from the best share so far.
    share = baseline["share"]
    assert share[2027] * (1 - part) < share[2026] < share[2027] < share[2028]
    late = (share[2027] - share[2026]) / (share[2028] - share[2026])
    assert cars["delay_months"] == pytest.approx(12 * late, rel=0.01)


def test_turbines_wait_as_long_as_pencil_and_paper_say() -> None:
    # All magnets missing for three months, nothing caught up. 8.7 % direct drive and 29.1 % medium speed have magnets;
    # thrift saves a tenth a year, so that 1 - 1/120, 1 - 2/120 and 1 - 3/120 of the need are missing.
    missing = np.array([1 - k / 120 for k in (1, 2, 3)])
    firms = 7.0 * np.exp(0.7 * norm.ppf((np.arange(20_000) + 0.5) / 20_000))
    drawn = missing.cumsum() * 365.25 / 12 / 7
    lost = np.diff([np.maximum(0.0, x - firms).mean() for x in (0.0, *drawn)]) / (365.25 / 12 / 7)
    mw = demand.intensity(WORLD, "wind", "gw_added", 2027) * 1000 / 12
    goods = demand.annual_goods(WORLD, 2024)
    t = goods[goods["good"].str.startswith("wind-")].groupby("place")["t"].sum()
    month = mw * t["europe"] / t.sum() * (0.087 + 0.291) * lost
    grades = demand.grade_weights(WORLD, "europe", "wind")
    found = wind_wait(WORLD, "europe", {g: [1.0] * 3 for g in grades}, start_year=2027, catch_up=False)
    assert found["postponed_mw"] == pytest.approx(month.sum(), rel=0.01)
    assert found["lost_mw"] == pytest.approx(found["postponed_mw"])
    # They stand still in the three months and in six more: 0.3 x 730.5 hours a month at 0.5 t/MWh.
    waiting = month.cumsum().sum() + 6 * month.sum()
    assert found["extra_mtco2"] == pytest.approx(waiting * 730.5 * 0.3 * 0.5 / 1e6, rel=0.01)


def test_2025_stopped_lines_within_weeks_and_cost_almost_no_cars_over_the_year() -> None:
    # 20.7 M electric cars were sold in 2025, 20 % more than the year before; the first lines stood in May.
    found = study.delay(WORLD, study.supply_named(WORLD, "controls-2025"))
    assert found.totals["lost"] / SOLD_2025 < 0.005
    assert found.totals["delay_months"] < 0.5
    assert set(found.cars["first_stops"]) <= {"2025-04", "2025-05", "2025-06"}
    assert found.totals["postponed"] > 10_000


def test_chances_of_a_stop_beat_the_base_rate_also_for_firms_that_were_left_out() -> None:
    record = study.stop_record(WORLD)
    scores = record.scores()
    assert scores["model"] < scores["base_rate"]
    assert scores["left_out"] < scores["base_rate"]
    assert 5 < record.fitted_median_weeks < 9  # about seven weeks
    assert record.table["company"].nunique() >= 8


def test_scores_have_intervals_and_so_few_firms_cannot_tell_everything() -> None:
    record = study.stop_record(WORLD)
    scores, table = record.scores(), record.intervals().set_index("score")
    assert scores["others_rate"] > scores["base_rate"], "a rate that has seen the firm flatters itself"
    for name in ("model", "left_out", "others_rate", "monthly_rate"):
        row = table.loc[name]
        assert row["low"] < row["value"] < row["high"]
        assert row["value"] == pytest.approx(scores[name])
    assert table.loc["gain on others_rate", "low"] > 0
    assert table.loc["gain on monthly_rate", "low"] < 0 < table.loc["gain on monthly_rate", "value"]
    pd.testing.assert_frame_equal(record.intervals(), record.intervals())


def test_a_grade_stops_its_own_motors_only_and_a_surplus_helps_nobody_else() -> None:
    heavy = study.delay(WORLD, supply(0.2, 12, grade="ndfeb-uh-eh")).totals["postponed"]
    both = study.delay(WORLD, supply(0.2, 12)).totals["postponed"]
    assert 0 < heavy < both
    table = pd.DataFrame(
        {
            "period": ["2027", "2027"],
            "place": ["europe", "europe"],
            "grade": ["ndfeb-uh-eh", "ndfeb-sh"],
            "available": [0.2, 2.0],
        }
    )
    assert study.delay(WORLD, study.supply_table(WORLD, table)).totals["postponed"] == pytest.approx(heavy)


def test_years_and_quarters_stand_for_their_months_and_the_shorter_goes_before() -> None:
    table = pd.DataFrame({"period": ["2027", "2027-03"], "place": "usa", "grade": "any", "available": [0.5, 1.0]})
    path = study.supply_table(WORLD, table).missing("usa", "ev-traction", "ndfeb-sh")
    assert path.tolist() == [0.5, 0.5, 0.0, *[0.5] * 9]
    half = table.assign(period=["2027", "2027-H2"])
    assert study.supply_table(WORLD, half).missing("usa", "any", "any").tolist() == [*[0.5] * 6, *[0.0] * 6]
    quarter = table.assign(period=["2027", "2027-Q2"])
    path = study.supply_table(WORLD, quarter).missing("usa", "ev-traction", "ndfeb-sh")
    assert path.tolist() == [0.5, 0.5, 0.5, 0.0, 0.0, 0.0, *[0.5] * 6]


def test_dearer_oxides_are_paid_on_every_car_while_it_lasts() -> None:
    # +10 USD/kg on NdPr oxide is about 5.6 USD on a car with 1.5 kg of magnet.
    found = study.delay(WORLD, supply(0.99, 12), price_change_usd_per_kg={"ndpr-oxide": 10.0})
    assert found.cars["usd_per_vehicle"].iloc[0] == pytest.approx(5.6, abs=0.3)
    assert found.cars["extra_musd"].iloc[0] == pytest.approx(
        found.cars["usd_per_vehicle"].iloc[0] * found.annual["sales"].iloc[0] / 1e6, rel=0.01
    )


def test_dearer_cars_lose_far_fewer_buyers_than_missing_magnets_lose_cars() -> None:
    # The cost channel beside the quantity channel: 50 USD/kg on 1.5 kg of magnet is 0.2 % of a car.
    found = study.delay(WORLD, supply(0.6, 12), premium_usd_per_kg=50.0).cars.iloc[0]
    assert 0 < found["lost_to_cost"] < 0.1 * found["postponed"]


def test_bands_enclose_the_point() -> None:
    table = study.delay_band(WORLD, supply(0.5, 6)).set_index("what")
    for what in ("postponed", "lost", "delay_months", "extra_mtco2", "postponed_mw"):
        row = table.loc[what]
        assert row["mild"] < row["point"] < row["severe"], what


def test_every_fault_of_a_table_is_told_at_once() -> None:
    table = pd.DataFrame(
        {
            "period": ["2027-13", "2027-01", "2027-04", "2027-01"],
            "place": ["europe", "atlantis", "usa", "usa"],
            "grade": ["any", "ndfeb", "any", "any"],
            "available": [0.5, 0.5, -1.0, 3.0],
        }
    )
    with pytest.raises(InputError) as caught:
        study.supply_table(WORLD, table)
    assert len(caught.value.faults) == 5
    with pytest.raises(InputError, match="2027-02"):
        study.supply_table(
            WORLD,
            pd.DataFrame({"period": ["2027-01", "2027-03"], "place": "usa", "grade": "any", "available": 0.5}),
        )
    with pytest.raises(InputError, match="available"):
        study.supply_table(WORLD, pd.DataFrame({"period": ["2027"], "place": ["usa"], "grade": ["any"]}))
    with pytest.raises(UnknownNameError, match="controls-2025"):
        study.supply_named(WORLD, "controls")


def test_a_fault_of_many_rows_is_told_once_and_a_place_without_makers_is_named() -> None:
    periods = [f"2027-{m:02d}" for m in range(1, 13)]
    table = pd.DataFrame({"period": periods, "place": "atlantis", "grade": "any", "available": 0.5})
    with pytest.raises(InputError, match="row 1 and 11 more") as caught:
        study.supply_table(WORLD, table)
    assert len(caught.value.faults) == 1
    with pytest.raises(InputError, match="europe"):
        study.delay(WORLD, study.supply_table(WORLD, table.assign(place="australia")))


def test_a_solved_market_becomes_a_supply_path() -> None:
    consumption = pd.DataFrame(
        {
            "good": ["ev-traction-uh-eh", "wind-uh-eh", "polishing"],
            "place": ["europe", "europe", "europe"],
            "reference_t": [1000.0, 500.0, 10.0],
            "bought_t": [600.0, 500.0, 1.0],
        }
    )
    both = pd.concat([consumption.assign(period=2027), consumption.assign(period=2028)])
    path = study.supply_of(WORLD, both)
    assert path.months == 24
    assert path.missing("europe", "ev-traction", "ndfeb-uh-eh") == pytest.approx([0.4] * 24)
    assert path.missing("europe", "wind", "ndfeb-uh-eh") == pytest.approx([0.0] * 24)
    assert path.missing("europe", "ev-traction", "ndfeb-sh") == pytest.approx([0.0] * 24)


def test_what_two_cases_share_is_no_shortage() -> None:
    table = pd.DataFrame(
        {"period": 2027, "good": ["ev-traction-sh"], "place": ["europe"], "reference_t": [900.0], "bought_t": [600.0]}
    )
    path = study.supply_of(WORLD, table, against=table.assign(bought_t=800.0))
    assert path.missing("europe", "ev-traction", "ndfeb-sh") == pytest.approx([0.25] * 12)
    assert study.supply_of(WORLD, table, against=table).missing("europe", "ev-traction", "ndfeb-sh").max() == 0
    with pytest.raises(InputError, match="period"):
        study.supply_of(WORLD, table.drop(columns="period"))
    with pytest.raises(InputError, match="the same periods"):
        study.supply_of(WORLD, table, against=table.assign(period=2030))
