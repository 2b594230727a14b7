"""Wind: small money per megawatt, and geared machines as the way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby import demand
from ytterby.demand.wind import wind_wait
from ytterby.world.errors import InputError
from ytterby.world.load import World

WORLD = World.load()


def test_direct_drive_pays_thousands_not_hundreds_of_thousands_per_mw() -> None:
    # 211 kg Nd+Pr per MW (literature mean): +10 USD/kg NdPr oxide is 211 x 1.17 / 0.9 x 10 = 2.7 kUSD.
    assert demand.generator_cost(WORLD, {"ndpr-oxide": 10.0}) == pytest.approx(2750, rel=0.03)
    with pytest.raises(InputError, match="ndpr-oxide"):
        demand.generator_cost(WORLD, {"nd": 1.0})


@given(missing=st.floats(0, 11_000), more=st.floats(0, 1_500))
def test_fewer_magnets_never_mean_more_turbines(missing: float, more: float) -> None:
    a, b = demand.wind_shortfall(WORLD, missing), demand.wind_shortfall(WORLD, missing + more)
    assert b.waiting_mw >= a.waiting_mw - 1e-9
    assert b.waiting_mw_geared_first >= a.waiting_mw_geared_first - 1e-9
    assert a.waiting_mw_geared_first <= a.waiting_mw + 1e-9


def test_nothing_missing_nothing_waits() -> None:
    assert demand.wind_shortfall(WORLD, 0.0).waiting_mw == 0
    with pytest.raises(InputError, match="0 to"):
        demand.wind_shortfall(WORLD, 1e6)


def test_the_same_lack_holds_up_more_megawatts_in_a_year_of_more_turbines() -> None:
    # Global Wind Energy Council, third quarter of 2025: 1,060 GW from 2025 to 2030.
    gw = [demand.intensity(WORLD, "wind", "gw_added", y) for y in range(2025, 2031)]
    assert sum(gw) == pytest.approx(1060, rel=0.01)
    now, later = (wind_wait(WORLD, "europe", {"ndfeb-sh": [0.5] * 12}, start_year=y) for y in (2024, 2027))
    assert later["postponed_mw"] == pytest.approx(now["postponed_mw"] * 188.8 / 127)
    assert later["delay_months"] == pytest.approx(now["delay_months"])
