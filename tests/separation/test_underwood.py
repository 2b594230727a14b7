"""Multi-component minimum extraction amount. Worked case: cases.csv underwood_LaCe_PrNd (derived)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby.separation.cascade import minimum_extraction
from ytterby.separation.steady import Cascade, solve_cascade
from ytterby.separation.underwood import least_extraction, root_between, roots
from ytterby.world.errors import InputError


def numbers(text: str) -> np.ndarray:
    return np.array([float(v) for v in text.split(";")])


def test_worked_case(cases):
    case = cases["underwood_LaCe_PrNd"]
    alpha, feed = numbers(case["alpha La,Ce,Pr,Nd"]), numbers(case["feed mole fractions La,Ce,Pr,Nd"])
    for key, name in enumerate(["La|CePrNd", "LaCe|PrNd", "LaCePr|Nd"]):
        found = least_extraction(alpha, feed, key).extraction_amount
        assert found == pytest.approx(float(case[f"S_min for cut {name}"]), abs=1e-3)
    assert roots(alpha, feed)[1] == pytest.approx(float(case["theta between Ce and Pr"]), abs=1e-3)


@given(beta=st.floats(1.05, 30), feed=st.floats(0.01, 0.99), phase=st.sampled_from(["aqueous", "organic"]))
def test_binary_equals_the_cascade_theory(beta, feed, phase):
    found = least_extraction(np.array([1.0, beta]), np.array([1 - feed, feed]), 0, phase=phase)
    assert found.extraction_amount == pytest.approx(minimum_extraction(beta, feed, phase)[0], rel=1e-9)


@given(st.data())
def test_one_root_agrees_with_all_roots(data):
    count = data.draw(st.integers(2, 15))
    alpha = np.cumprod([1.0, *data.draw(st.lists(st.floats(1.05, 8), min_size=count - 1, max_size=count - 1))])
    feed = np.array(data.draw(st.lists(st.floats(1e-4, 1), min_size=count, max_size=count)))
    feed /= feed.sum()
    each = [root_between(alpha, feed, k) for k in range(count - 1)]
    assert np.allclose(each, roots(alpha, feed), rtol=1e-7)


@given(st.data())
def test_better_separation_never_takes_more_acid(data):
    count = data.draw(st.integers(2, 6))
    steps = np.array(data.draw(st.lists(st.floats(1.1, 5), min_size=count - 1, max_size=count - 1)))
    feed = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=count, max_size=count)))
    feed /= feed.sum()
    key = data.draw(st.integers(0, count - 2))
    better = steps.copy()
    better[key] *= data.draw(st.floats(1.05, 2))
    worse_amount = least_extraction(np.cumprod([1.0, *steps]), feed, key).extraction_amount
    assert least_extraction(np.cumprod([1.0, *better]), feed, key).extraction_amount <= worse_amount + 1e-9


@pytest.mark.parametrize("key", [0, 1, 2])
def test_simulation_finds_the_same_minimum(key):
    """Above S_min a long cascade makes the sharp split, below none does."""
    alpha, feed = np.array([1, 2.5, 6.1, 8.5]), np.array([0.27, 0.51, 0.05, 0.17])
    least = least_extraction(alpha, feed, key).extraction_amount
    product = feed[key + 1 :].sum()
    impurity = {}
    for share in (0.95, 1.05):
        s = share * least
        state = solve_cascade(Cascade.of_sections(alpha, feed, (150, 150), (s, s - product)))
        impurity[share] = state.organic_fractions[-1, : key + 1].sum() + state.aqueous_fractions[0, key + 1 :].sum()
    assert impurity[0.95] > 3e-3
    assert impurity[1.05] < 1e-5


def test_elements_between_the_keys_distribute():
    alpha, feed = np.array([1.0, 2.0, 4.0]), np.array([0.4, 0.2, 0.4])
    loose = least_extraction(alpha, feed, 0, 2)
    assert 0 < loose.organic_product[1] < 0.2
    sharp = [least_extraction(alpha, feed, k).extraction_amount for k in (0, 1)]
    assert loose.extraction_amount < min(sharp)
    s = 1.1 * loose.extraction_amount
    state = solve_cascade(Cascade.of_sections(alpha, feed, (60, 60), (s, s - loose.organic_product.sum())))
    assert state.organic_fractions[-1, 0] < 1e-3
    assert state.aqueous_fractions[0, 2] < 1e-3


def test_unordered_alphas_and_missing_keys_are_named():
    with pytest.raises(InputError, match="each above the one before"):
        least_extraction(np.array([1.0, 3.0, 2.0]), np.array([0.3, 0.3, 0.4]), 0, where="cut la-ce")
    with pytest.raises(InputError, match="cut la-ce: keys"):
        least_extraction(np.array([1.0, 3.0]), np.array([1.0, 0.0]), 0, where="cut la-ce")
