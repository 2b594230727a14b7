"""Whether a split exists: the least S of purity targets, and what a cascade below it says."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby.separation import feasibility
from ytterby.separation.cascade import CutTargets
from ytterby.separation.feasibility import judge_split, least_for_targets
from ytterby.separation.steady import Cascade, Stream, solve_cascade
from ytterby.separation.underwood import least_extraction

ALPHA, FEED = np.array([1, 2.5, 6.1, 8.5]), np.array([0.27, 0.51, 0.05, 0.17])


def run(share: float, phase: str = "aqueous"):
    least = least_extraction(ALPHA, FEED, 1, phase=phase).extraction_amount
    amount = share * least
    scrub = amount - FEED[2:].sum() + (1 if phase == "organic" else 0)
    return solve_cascade(Cascade.of_sections(ALPHA, FEED, (80, 80), (amount, scrub), phase)), least


@pytest.mark.parametrize("phase", ["aqueous", "organic"])
def test_below_the_minimum_a_simulation_says_that_no_such_split_exists(phase):
    state, least = run(0.9, phase)
    found = judge_split(state, 2, "ce-pr")
    assert not found.exists
    assert found.least_extraction == pytest.approx(least)
    assert "ce-pr: no such split exists" in found.reason
    assert found.raffinate_purity < 0.998


@pytest.mark.parametrize("phase", ["aqueous", "organic"])
def test_above_the_minimum_it_does(phase):
    found = judge_split(run(1.1, phase)[0], 2)
    assert found.exists
    assert found.raffinate_purity > 0.9999


def test_several_feeds_have_no_known_minimum_and_only_purities_are_told():
    feeds = (Stream(10, "aqueous", FEED / 2), Stream(20, "aqueous", FEED / 2))
    state = solve_cascade(Cascade(ALPHA, 40, 1.0, 1.0 - FEED[2:].sum(), feeds))
    found = judge_split(state, 2)
    assert np.isnan(found.least_extraction)
    assert "not known" in found.reason


@given(st.floats(0.9, 0.99999), st.floats(0.9, 0.99999))
def test_looser_targets_never_take_more_than_pure_products(light, heavy):
    pure = least_extraction(ALPHA, FEED, 1).extraction_amount
    loose = least_for_targets(ALPHA, FEED, 2, CutTargets(light, heavy))
    assert loose <= pure + 1e-9


def test_targets_below_their_least_s_are_out_of_reach_of_a_very_long_cascade():
    goal = CutTargets(0.995, 0.99)
    least = least_for_targets(ALPHA, FEED, 2, goal)
    product = goal.product_share(float(FEED[2:].sum()))
    reached = {}
    for share in (0.97, 1.03):
        s = share * least
        state = solve_cascade(Cascade.of_sections(ALPHA, FEED, (150, 150), (s, s - product)))
        reached[share] = float(state.aqueous_fractions[0, :2].sum())
    assert reached[0.97] < goal.raffinate_purity < reached[1.03] + 1e-9


def test_examples_in_docstrings_run():
    assert doctest.testmod(feasibility).failed == 0
