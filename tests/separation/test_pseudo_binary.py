"""Hengstebeck's pseudo-binary shortcut: McCabe and Thiele's answer for two elements, near the designed one for more."""

from __future__ import annotations

import doctest

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ytterby.separation import pseudo_binary
from ytterby.separation.cascade import mccabe_thiele_stages, minimum_extraction
from ytterby.separation.cut_design import design_cut
from ytterby.separation.pseudo_binary import pseudo_binary_stages
from ytterby.separation.underwood import least_extraction


@given(beta=st.floats(1.3, 5.0), feed=st.floats(0.1, 0.9), margin=st.floats(1.15, 2.0))
def test_two_elements_give_mccabe_and_thieles_stages(beta, feed, margin):
    pa, pb = 1 - 0.02 * (1 - feed), 1 - 0.02 * feed
    amount = margin * minimum_extraction(beta, feed)[0]
    product = (feed - (1 - pb)) / (pa + pb - 1)
    wanted = np.array([product * (1 - pa), product * pa])
    flows = (amount, amount - product + 1), (amount, amount - product)
    z = np.array([1 - feed, feed])
    found = pseudo_binary_stages(np.array([1, beta]), z, 1, wanted, flows)
    n, m = mccabe_thiele_stages(beta, feed, pa, pb, amount)
    assert found in {(n, m), (n + 1, m), (n, m + 1), (n - 1, m), (n, m - 1)}


def test_shortcut_designs_lie_near_the_simulated_ones():
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(40):
        count = int(rng.integers(3, 10))
        alpha, feed = np.cumprod([1.0, *rng.uniform(1.4, 4, count - 1)]), rng.dirichlet(np.ones(count))
        boundary = int(rng.integers(1, count))
        least = least_extraction(alpha, feed, boundary - 1).extraction_amount
        both = [
            design_cut(alpha, feed, boundary, least, elements=tuple("abcdefghi"[:count]), simulate=on)
            for on in (False, True)
        ]
        short, full = (d.extraction_stages + d.scrub_stages for d in both)
        ratios.append(short / full)
    assert 0.95 < np.median(ratios) < 1.2
    assert min(ratios) > 0.7
    assert max(ratios) < 2


def test_keys_without_a_flow_of_their_own_have_no_answer():
    alpha, feed = np.array([1.0, 1.3, 1.35]), np.array([0.2, 0.2, 0.6])
    assert pseudo_binary_stages(alpha, feed, 1, np.array([0.001, 0.199, 0.6]), ((1.0, 1.2), (1.0, 0.2))) is None


def test_examples_in_docstrings_run():
    assert doctest.testmod(pseudo_binary).failed == 0
