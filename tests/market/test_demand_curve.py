"""Demand curves: concave, exactly integrated, closed at both ends."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from ytterby.market.demand_curve import DemandCurves, graded_prices, segments

CURVE = st.builds(
    lambda d0, p0, e, k, low, floor: DemandCurves(*(np.array([v]) for v in (d0, p0, e, k * p0, low * p0, floor))),
    st.floats(1.0, 1e5), st.floats(100.0, 1e6), st.one_of(st.just(0.0), st.just(-1.0), st.floats(-3.0, -0.03)),
    st.floats(1.5, 30.0), st.floats(0.01, 0.5), st.sampled_from([0.0, 0.3, 0.9]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(CURVE, st.floats(0.0, 1.3))
def test_utility_is_the_integral_of_willingness_to_pay(curve: DemandCurves, share: float) -> None:
    q = share * float(curve.saturation_t[0])
    kinks = [float(v) for v in (curve.choke_t[0], curve.saturation_t[0]) if 0 < v < q]
    spread = [float(v) for v in np.geomspace(kinks[0], q, 12)[1:-1]] if kinks else []
    ends = sorted({0.0, *kinks, *spread, q})
    inside = [quad(lambda v: float(curve.price(np.array([v]))[0]), a, b, limit=200)[0] for a, b in pairwise(ends)]
    assert float(curve.utility(np.array([q]))[0]) == pytest.approx(sum(inside), rel=1e-5, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(CURVE)
def test_willingness_to_pay_falls(curve: DemandCurves) -> None:
    worth = [float(curve.price(np.array([q]))[0]) for q in np.linspace(0.0, 1.2 * float(curve.saturation_t[0]), 50)]
    assert all(b <= a * (1 + 1e-12) for a, b in pairwise(worth))


@settings(max_examples=60, deadline=None)
@given(CURVE, st.floats(0.06, 0.99))
def test_quantity_and_price_are_inverse_between_the_ends(curve: DemandCurves, share: float) -> None:
    low, high = curve.saturation_usd_per_t, curve.choke_usd_per_t
    price = low * (high / low) ** share
    q = curve.quantity(price)
    if curve.elasticity[0] < 0 and q[0] > curve.choke_t[0] * (1 + 1e-9):
        assert float(curve.price(q)[0]) == pytest.approx(float(price[0]), rel=1e-9)


def test_nothing_is_bought_above_the_choke_price() -> None:
    curve = DemandCurves(*(np.array([v]) for v in (10.0, 5.0, -0.5, 50.0, 0.25, 0.4)))
    assert curve.quantity(np.array([50.1]))[0] == 0.0
    assert curve.quantity(np.array([50.0]))[0] == pytest.approx(4.0)  # the floor share of ten tonnes


@settings(max_examples=60, deadline=None)
@given(CURVE, st.floats(0.1, 3.0), st.floats(1e-5, 0.3))
def test_pieces_are_concave_and_meet_the_curve_at_their_ends(curve: DemandCurves, centre: float, step: float) -> None:
    grid = graded_prices(curve, centre * curve.reference_usd_per_t, np.array([step]), 12)
    pieces = segments(curve, grid)
    assert np.all(np.diff(grid[0]) <= 0)
    assert np.all(np.diff(pieces.usd_per_t[0]) <= 0)
    ends = np.cumsum(pieces.width_t[0])
    worth = np.cumsum(pieces.width_t[0] * pieces.usd_per_t[0])
    true = np.array([float(curve.utility(np.array([q]))[0]) for q in ends])
    assert np.all(worth <= true * (1 + 1e-7))
    assert worth[-1] == pytest.approx(true[-1], rel=1e-6)
    assert ends[-1] == pytest.approx(float(curve.saturation_t[0]), rel=1e-7)
