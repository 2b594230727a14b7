"""Present values and rates of return against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby import projects
from ytterby.projects import Timing
from ytterby.world.errors import InputError


@given(rate=st.floats(0.001, 1.0), years=st.integers(1, 60), payment=st.floats(0.1, 1000))
def test_npv_of_level_payments_is_the_annuity(rate: float, years: int, payment: float) -> None:
    flows = np.full(years, payment)
    assert projects.npv(rate, flows, Timing.END) == pytest.approx(payment * projects.annuity(rate, years), rel=1e-10)


@given(rate=st.floats(-0.3, 2.0), years=st.integers(1, 40))
def test_timing_moves_the_value_by_one_power_of_the_rate(rate: float, years: int) -> None:
    flows = np.linspace(-5, 9, years + 1)
    start, mid, end = (float(projects.npv(rate, flows, t)) for t in (Timing.START, Timing.MID, Timing.END))
    assert mid == pytest.approx(start / (1 + rate) ** 0.5, rel=1e-9, abs=1e-9)
    assert end == pytest.approx(start / (1 + rate), rel=1e-9, abs=1e-9)


@given(rate=st.floats(0.01, 2.0), years=st.integers(2, 40))
def test_irr_of_an_investment_that_earns_its_annuity_is_the_rate(rate: float, years: int) -> None:
    flows = np.array([-projects.annuity(rate, years), *[1.0] * years])
    assert projects.irr(flows) == pytest.approx(rate, rel=1e-6)
    assert projects.irr_many(flows[None, :])[0] == pytest.approx(rate, rel=1e-6)


def test_one_period_irr_and_payback_in_closed_form() -> None:
    assert projects.irr(np.array([-100.0, 110.0])) == pytest.approx(0.10)
    assert projects.payback(np.array([-100.0, 40.0, 40.0, 40.0]), from_index=1) == pytest.approx(2.5)
    assert np.isnan(projects.payback(np.array([-100.0, 40.0])))


def test_no_rate_where_flows_never_change_sign_and_none_below_minus_one() -> None:
    assert np.isnan(projects.irr(np.array([1.0, 1.0])))
    with pytest.raises(InputError, match="-100 %"):
        projects.npv(-1.0, np.array([1.0]))


def test_closure_does_not_hide_the_rate() -> None:
    flows = np.array([-100.0, *[30.0] * 10, -20.0])
    assert 0.2 < projects.irr(flows) < 0.3
    assert projects.irr_many(flows[None, :])[0] == pytest.approx(projects.irr(flows), abs=1e-9)


def test_value_and_rate_are_those_of_numpy_financial() -> None:
    peer = pytest.importorskip("numpy_financial")
    rng = np.random.default_rng(3)
    for _ in range(50):
        flows = np.array([-rng.uniform(50, 200), -rng.uniform(0, 100), *rng.uniform(5, 60, 20)])
        assert float(projects.npv(0.08, flows)) == pytest.approx(peer.npv(0.08, flows), rel=1e-12)
        rate = projects.irr(flows)
        if not np.isnan(rate):
            assert rate == pytest.approx(peer.irr(flows), abs=1e-9)
