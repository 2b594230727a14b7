"""Designs hold their targets with no stage to spare, for aqueous and organic feeds; what cannot be is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby.separation.cascade import CutTargets, minimum_extraction
from ytterby.separation.cut_design import CutDesign, design_cut
from ytterby.separation.steady import solve_cascade
from ytterby.separation.transient import start_up
from ytterby.separation.underwood import least_extraction
from ytterby.world.errors import InputError, SolveError

LETTERS = "abcdefghijklmno"


@st.composite
def cuts(draw: st.DrawFn) -> dict[str, object]:
    count = draw(st.integers(2, 8))
    alpha = np.cumprod([1.0, *draw(st.lists(st.floats(1.3, 5), min_size=count - 1, max_size=count - 1))])
    feed = np.array(draw(st.lists(st.floats(0.01, 1), min_size=count, max_size=count)))
    feed /= feed.sum()
    boundary = draw(st.integers(1, count - 1))
    phase = draw(st.sampled_from(["aqueous", "organic"]))
    least = least_extraction(alpha, feed, boundary - 1, phase=phase).extraction_amount
    return {
        "alpha": alpha, "feed": feed, "boundary": boundary, "least_extraction": least, "phase": phase,
        "elements": tuple(LETTERS[:count]), "purity": draw(st.sampled_from([0.99, 0.999, 0.9999])),
        "margin": draw(st.floats(1.15, 1.6)),
    }  # fmt: skip


def holds(d: CutDesign, n: int, m: int) -> bool:
    other = replace(d, extraction_stages=n, scrub_stages=m)
    light, heavy = replace(other, simulated=solve_cascade(other.cascade)).purities
    goal = d.targets
    return 1 - light <= (1 - goal.raffinate_purity) * (1 + 1e-7) and 1 - heavy <= (1 - goal.organic_purity) * (1 + 1e-7)


@settings(max_examples=25, deadline=None)
@given(cuts())
def test_a_fresh_simulation_confirms_the_design_and_no_stage_can_go(cut):
    d = design_cut(**cut)
    n, m = d.extraction_stages, d.scrub_stages
    assert holds(d, n, m)
    assert n < 2 or not holds(replace(d, targets=nearer(d.targets)), n - 1, m)
    assert m < 2 or not holds(replace(d, targets=nearer(d.targets)), n, m - 1)


def nearer(goal: CutTargets) -> CutTargets:
    """Targets a hair tighter, so that a tie is no miss."""
    return CutTargets(1 - (1 - goal.raffinate_purity) * (1 - 1e-6), 1 - (1 - goal.organic_purity) * (1 - 1e-6))


@settings(max_examples=15, deadline=None)
@given(cuts())
def test_products_of_a_design_add_up_to_its_feed(cut):
    d = design_cut(**cut)
    state = d.simulate()
    assert np.allclose(state.raffinate + state.organic_product, d.feed, atol=1e-9)
    assert state.organic_product.sum() == pytest.approx(d.product)
    assert d.holdup == pytest.approx(start_up(d.cascade, d.boundary, 1.0).inventory)


def test_an_organic_feed_takes_less_organic_and_more_scrub():
    alpha, feed = np.array([1.0, 2.5]), np.array([0.6, 0.4])
    built = {}
    for phase in ("aqueous", "organic"):
        least = minimum_extraction(2.5, 0.4, phase)[0]
        built[phase] = design_cut(alpha, feed, 1, least, elements=("a", "b"), phase=phase)
    assert built["organic"].extraction_amount < built["aqueous"].extraction_amount
    assert built["organic"].scrub_amount > built["aqueous"].scrub_amount


@pytest.mark.parametrize(("low", "high"), [(0.99, 0.999), (0.999, 0.9999)])
def test_more_purity_takes_more_stages(low, high):
    alpha, feed = np.array([1, 2.0, 5.0]), np.array([0.4, 0.35, 0.25])
    least = least_extraction(alpha, feed, 0).extraction_amount
    few, many = (design_cut(alpha, feed, 1, least, elements=("a", "b", "c"), purity=p) for p in (low, high))
    assert few.extraction_stages + few.scrub_stages < many.extraction_stages + many.scrub_stages


def test_more_recovery_takes_more_stages_where_purity_is_easy():
    alpha, feed = np.array([1, 2.0]), np.array([0.95, 0.05])
    least = least_extraction(alpha, feed, 0).extraction_amount
    few, many = (design_cut(alpha, feed, 1, least, elements=("a", "b"), purity=0.9, recovery=r) for r in (0.9, 0.999))
    assert few.extraction_stages + few.scrub_stages < many.extraction_stages + many.scrub_stages


def test_below_the_minimum_no_such_split_exists_and_the_margin_that_would_do_is_named():
    alpha, feed = np.array([1, 1.5]), np.array([0.25, 0.75])
    with pytest.raises(SolveError, match=r"pr-nd: no such split exists.*raise the margin above 0\.99"):
        design_cut(alpha, feed, 1, 2.75, elements=("Pr", "Nd"), margin=0.9, name="pr-nd")


def test_a_hair_above_the_minimum_many_stages_are_found():
    alpha, feed = np.array([1, 1.5]), np.array([0.25, 0.75])
    d = design_cut(alpha, feed, 1, 2.75, elements=("Pr", "Nd"), margin=1.001)
    assert d.extraction_stages + d.scrub_stages > 60


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purity": 1.0}, "x: purity: found 1; expected a share above 0 and below 1"),
        ({"recovery": 0.0}, "x: recovery"),
        ({"margin": -1.0}, "x: margin"),
        ({"feed": np.array([0.5, 0.6])}, "x: feed: found a sum of 1.1"),
        ({"alpha": np.array([2.0, 1.0])}, "x: alpha.*ascending order"),
        ({"alpha": np.array([1.0, 1.0])}, "x: alpha"),
        ({"boundary": 2}, "x: boundary"),
    ],
)
def test_bad_input_names_the_cut_and_what_would_do(changes, words):
    sound = {"alpha": np.array([1.0, 2.0]), "feed": np.array([0.5, 0.5]), "boundary": 1, "least_extraction": 1.5}
    with pytest.raises(InputError, match=words):
        design_cut(**(sound | changes), elements=("a", "b"), name="x")


def test_an_easy_cut_ends_at_one_stage_a_section():
    d = design_cut(np.array([1, 1e4]), np.array([0.5, 0.5]), 1, 0.6, elements=("a", "b"), purity=0.95, recovery=0.95)
    assert (d.extraction_stages, d.scrub_stages) == (1, 1)
