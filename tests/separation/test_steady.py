"""Rigorous steady state: balances, symmetry, monotony, side draws, robustness. Laws, not numbers of its
own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ytterby.separation.steady import Cascade, Stream, solve_cascade
from ytterby.world.errors import InputError

P507 = np.cumprod([1, 6.83, 2.03, 1.55, 10.6, 2.36, 1.46, 5.8, 2.8, 1.9, 1.5, 1.4, 3.4, 3.1, 1.8])
MIX = np.array([0.25, 0.45, 0.05, 0.17, 0.02, 0.005, 0.01, 0.003, 0.005, 0.002, 0.02, 0.004, 0.001, 0.005, 0.001])
MIX = MIX / MIX.sum()


@st.composite
def cascades(draw: st.DrawFn) -> Cascade:
    count = draw(st.integers(2, 7))
    alpha = np.cumprod([1.0, *draw(st.lists(st.floats(1.15, 4), min_size=count - 1, max_size=count - 1))])
    feed = np.array(draw(st.lists(st.floats(0.02, 1), min_size=count, max_size=count)))
    feed /= feed.sum()
    product = draw(st.floats(0.1, 0.9))
    amount = product + draw(st.floats(0.05, 3))
    stages = draw(st.integers(2, 40)), draw(st.integers(1, 40))
    phase = draw(st.sampled_from(["aqueous", "organic"]))
    scrub = amount - product + (1.0 if phase == "organic" else 0.0)
    return Cascade.of_sections(alpha, feed, stages, (amount, scrub), phase)


@st.composite
def several_streams(draw: st.DrawFn) -> Cascade:
    """Two feeds of either phase anywhere, and a side draw of either phase."""
    count, stages = draw(st.integers(2, 6)), draw(st.integers(4, 40))
    alpha = np.cumprod([1.0, *draw(st.lists(st.floats(1.15, 4), min_size=count - 1, max_size=count - 1))])
    shares = [np.array(draw(st.lists(st.floats(0.02, 1), min_size=count, max_size=count))) for _ in range(2)]
    phases = st.sampled_from(["aqueous", "organic"])
    feeds = tuple(Stream(draw(st.integers(1, stages)), draw(phases), 0.5 * s / s.sum()) for s in shares)
    drawn = Stream(draw(st.integers(2, stages - 1)), draw(phases), np.array([draw(st.floats(0.01, 0.2))]))
    organic = sum(0.5 for s in feeds if s.phase == "organic")
    amount = draw(st.floats(1.2, 3))
    product = draw(st.floats(0.25, 0.7))
    taken = float(drawn.moles[0]) if drawn.phase == "organic" else 0.0
    return Cascade(alpha, stages, amount, amount + organic - product - taken, feeds, (drawn,))


def imbalance(c: Cascade, x: np.ndarray, y: np.ndarray) -> float:
    """Largest element imbalance of any stage, written out again from the flows, independent of the solver."""
    organic, aqueous = c.organic[:, None] * y, c.aqueous[:, None] * x
    worst = 0.0
    for k in range(c.stages):
        into = c.inflow[k].copy()
        if k > 0:
            into += organic[k - 1] - c.drawn("organic")[k - 1] * y[k - 1]
        if k + 1 < c.stages:
            into += aqueous[k + 1] - c.drawn("aqueous")[k + 1] * x[k + 1]
        worst = max(worst, float(np.abs(into - organic[k] - aqueous[k]).max()))
    return worst


@settings(max_examples=60, deadline=None)
@given(cascades())
def test_elements_balance_at_every_stage(c):
    s = solve_cascade(c)
    assert imbalance(c, s.aqueous_fractions, s.organic_fractions) < 1e-9
    assert np.allclose(s.raffinate + s.organic_product, c.inflow.sum(axis=0), atol=1e-8)
    assert np.allclose(s.aqueous_fractions.sum(axis=1), 1, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(several_streams())
def test_elements_balance_with_feeds_and_draws_anywhere(c):
    s = solve_cascade(c)
    assert imbalance(c, s.aqueous_fractions, s.organic_fractions) < 1e-9
    draw = c.draws[0]
    held = s.aqueous_fractions if draw.phase == "aqueous" else s.organic_fractions
    leaving = s.raffinate + s.organic_product + draw.moles.sum() * held[draw.stage - 1]
    assert np.allclose(leaving, c.inflow.sum(axis=0), atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(cascades(), st.randoms())
def test_permuting_elements_permutes_the_answer(c, random):
    order = list(range(len(c.alpha)))
    random.shuffle(order)
    other = Cascade(
        c.alpha[order],
        c.stages,
        c.extraction_amount,
        c.scrub_amount,
        tuple(Stream(s.stage, s.phase, s.moles[order]) for s in c.feeds),
    )
    a, b = solve_cascade(c, tolerance=1e-12), solve_cascade(other, tolerance=1e-12)
    assert np.allclose(a.organic_product[order], b.organic_product, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(
    beta=st.floats(1.3, 4),
    feed=st.floats(0.15, 0.85),
    n=st.integers(2, 25),
    m=st.integers(2, 25),
    margin=st.floats(1.05, 2),
)
def test_purity_never_falls_with_stages(beta, feed, n, m, margin):
    s = margin * (1 / (beta - 1) + feed)

    def impurity(stages):
        c = Cascade.of_sections(np.array([1, beta]), np.array([1 - feed, feed]), stages, (s, s - feed))
        return solve_cascade(c, tolerance=1e-12).organic_fractions[-1, 0]

    assert impurity((n + 1, m + 1)) <= impurity((n, m)) + 1e-9


@settings(max_examples=40, deadline=None)
@given(cascades(), st.integers(1, 6))
def test_a_stage_more_in_either_section_never_costs_purity(c, low):
    """At the same S and W, with any number of elements, above and below the minimum, for either phase of feed."""
    boundary, [fed] = min(low, len(c.alpha) - 1), c.feeds
    amount, heavy = c.extraction_amount, float(fed.moles[boundary:].sum())
    scrub = amount - heavy + (1.0 if fed.phase == "organic" else 0.0)
    assume(scrub > 0.01)

    def impurity(n, m):
        longer = Cascade.of_sections(c.alpha, fed.moles, (n, m), (amount, scrub), fed.phase)
        return solve_cascade(longer).organic_product[:boundary].sum()

    n, m = fed.stage, c.stages - fed.stage
    base = impurity(n, m)
    assert impurity(n + 1, m) <= base + 1e-8
    assert impurity(n, m + 1) <= base + 1e-8


@pytest.mark.parametrize("margin", [0.5, 0.9, 1.0, 1.25])
def test_fifteen_elements_six_hundred_stages_below_and_above_the_minimum(margin):
    s = max(margin * 0.7, MIX[2:].sum() + 0.01)
    c = Cascade.of_sections(P507, MIX, (300, 300), (s, s - MIX[2:].sum()))
    state = solve_cascade(c)
    assert imbalance(c, state.aqueous_fractions, state.organic_fractions) < 1e-9


def test_side_draw_takes_the_middle_element():
    feed = np.array([0.4, 0.2, 0.4])
    draw = Stream(14, "aqueous", np.array([0.15]))
    c = Cascade(np.array([1, 3.0, 9.0]), 40, 3.0, 2.6, (Stream(25, "aqueous", feed),), (draw,))
    s = solve_cascade(c)
    assert imbalance(c, s.aqueous_fractions, s.organic_fractions) < 1e-9
    assert s.aqueous_fractions[13, 1] > 0.5


def test_two_feeds_and_an_organic_feed():
    feeds = (Stream(10, "aqueous", np.array([0.3, 0.2])), Stream(15, "organic", np.array([0.1, 0.4])))
    c = Cascade(np.array([1, 2.5]), 25, 1.5, 1.5, feeds)
    s = solve_cascade(c)
    assert imbalance(c, s.aqueous_fractions, s.organic_fractions) < 1e-9
    assert s.organic_product.sum() == pytest.approx(0.5)


def test_impossible_flows_name_the_cut_and_the_remedy():
    c = Cascade.of_sections(np.array([1, 2.0]), np.array([0.5, 0.5]), (5, 5), (1.0, 1.2))
    with pytest.raises(InputError, match=r"la-ce: S, W.*between 0 and the 1 mol fed"):
        solve_cascade(c, where="la-ce")
    with pytest.raises(InputError, match="positive extractabilities"):
        solve_cascade(Cascade.of_sections(np.array([1, -2.0]), np.array([0.5, 0.5]), (5, 5), (1.0, 0.5)))


def test_warm_start_gives_the_same_answer():
    c = Cascade.of_sections(P507, MIX, (60, 60), (0.85, 0.85 - MIX[2:].sum()))
    near = Cascade.of_sections(P507, MIX, (60, 60), (0.86, 0.86 - MIX[2:].sum()))
    cold = solve_cascade(c, tolerance=1e-12)
    warm = solve_cascade(c, guess=solve_cascade(near).aqueous_fractions, tolerance=1e-12)
    assert warm.iterations < cold.iterations
    assert np.allclose(cold.organic_product, warm.organic_product, atol=1e-6)
