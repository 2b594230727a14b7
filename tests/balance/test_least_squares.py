"""The solver of balances against closed forms and against a general solver."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from ytterby.balance.least_squares import balance
from ytterby.world.errors import SolveError


def chain(observed: list[float], sigma: list[float]):
    """Mine -> separator -> user: three figures for one flow, two balances."""
    exact = sp.csr_array(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]))
    return balance(sp.csr_array(np.eye(3)), np.array(observed), np.array(sigma), exact, np.zeros(2))


def test_three_nodes_in_a_row_meet_at_the_weighted_mean():
    fit = chain([10.0, 14.0, 12.0], [1.0, 2.0, 1.0])
    weights = np.array([1.0, 0.25, 1.0])
    assert fit.x == pytest.approx([float(weights @ [10, 14, 12]) / weights.sum()] * 3, rel=1e-12)
    assert fit.standard_error == pytest.approx([weights.sum() ** -0.5] * 3, rel=1e-9)


def test_a_node_that_splits_shares_the_gap_by_variance():
    # a = b + c with figures 10, 7, 5: gap -2, adjustments are +-gap * variance / sum of variances.
    exact = sp.csr_array(np.array([[1.0, -1.0, -1.0]]))
    fit = balance(sp.csr_array(np.eye(3)), np.array([10.0, 7.0, 5.0]), np.array([2.0, 1.0, 1.0]), exact, np.zeros(1))
    assert fit.x == pytest.approx([10 + 2 * 4 / 6, 7 - 2 / 6, 5 - 2 / 6], rel=1e-12)


def test_a_flow_that_would_be_negative_is_held_at_zero():
    # a = b + c, figures 5, 7, 0 with a far surer a: c would be -1; at zero a and b meet.
    exact = sp.csr_array(np.array([[1.0, -1.0, -1.0]]))
    fit = balance(sp.csr_array(np.eye(3)), np.array([5.0, 7.0, 0.0]), np.array([1.0, 1.0, 1.0]), exact, np.zeros(1))
    assert fit.x == pytest.approx([6.0, 6.0, 0.0], abs=1e-12)
    assert fit.at_zero.tolist() == [False, False, True]


def test_balances_that_cannot_be_met_are_an_error():
    exact = sp.csr_array(np.array([[1.0, 1.0]]))
    with pytest.raises(SolveError):
        balance(sp.csr_array(np.eye(2)), np.array([1.0, 1.0]), np.ones(2), exact, np.array([-1.0]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
@example(296)  # here changing all zeros at once goes round in circles
def test_it_agrees_with_a_general_solver(seed: int):
    rng = np.random.default_rng(seed)
    measure, observed, sigma = rng.normal(size=(8, 5)), rng.normal(size=8) * 3, rng.uniform(0.5, 2.0, 8)
    exact = np.array([[1.0, 1.0, -1.0, -1.0, -1.0]])
    fit = balance(sp.csr_array(measure), observed, sigma, sp.csr_array(exact), np.zeros(1))
    scaled, target = measure / sigma[:, None], observed / sigma

    def loss(x):
        return float(((scaled @ x - target) ** 2).sum())

    other = minimize(
        loss,
        np.ones(5),
        jac=lambda x: 2 * scaled.T @ (scaled @ x - target),
        bounds=[(0, None)] * 5,
        constraints={"type": "eq", "fun": lambda x: exact @ x, "jac": lambda x: exact},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert fit.x.min() >= 0
    assert abs(float((exact @ fit.x)[0])) <= 1e-9 * max(1.0, np.abs(fit.x).max())
    assert loss(fit.x) <= other.fun + 1e-6 * max(1.0, other.fun)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(1, 100), min_size=3, max_size=3),
    st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
    st.integers(0, 2),
)
def test_doubling_a_weight_never_moves_its_residual_away_from_zero(observed, sigma, which):
    before = abs(chain(observed, sigma).x[which] - observed[which])
    sigma = [s / np.sqrt(2) if i == which else s for i, s in enumerate(sigma)]
    assert abs(chain(observed, sigma).x[which] - observed[which]) <= before * (1 + 1e-9) + 1e-9
