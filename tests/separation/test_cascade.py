"""Two-component theory and its limits. Worked cases: cases.csv (four derived designs), Xu (1995)."""

from __future__ import annotations

import doctest
from math import ceil, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby.separation import cascade, flotation, stoichiometry, underwood
from ytterby.separation.cascade import (
    fenske_stages,
    gilliland_stages,
    kremser_unextracted,
    mccabe_thiele_stages,
    minimum_extraction,
    optimum,
)
from ytterby.separation.steady import Cascade, Stream, solve_cascade
from ytterby.world.errors import InputError

DESIGNS = ["xu_NdPr", "xu_PrNd_from_LaCe", "xu_DyTb", "xu_SEG_from_LREE"]
betas = st.floats(1.15, 12.0)
shares = st.floats(0.03, 0.97)


def inputs(case: dict[str, str]) -> tuple[float, float, float, float]:
    return (
        float(case["separation factor beta"]),
        float(case["feed mole fraction of A (more extractable)"]),
        float(case["target purity of A in organic product"]),
        float(case["target purity of B in raffinate"]),
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_worked_designs_are_reproduced(cases, name):
    case = cases[name]
    beta, feed, pa, pb = inputs(case)
    d = optimum(beta, feed, pa, pb)
    assert d.extraction_amount == pytest.approx(float(case["extraction amount S, mol per mol feed"]), abs=1e-3)
    assert d.scrub_amount == pytest.approx(float(case["scrub amount W, mol per mol feed"]), abs=1e-3)
    assert d.product_share == pytest.approx(float(case["organic product share fA_prime"]), abs=1e-4)
    assert d.enrichment_organic == pytest.approx(float(case["enrichment factor a"]), rel=1e-3)
    assert d.enrichment_raffinate == pytest.approx(float(case["enrichment factor b"]), rel=1e-3)
    assert d.extraction_ratio == pytest.approx(float(case["extraction-section mixed ratio E_M"]), abs=1e-4)
    assert d.scrub_ratio == pytest.approx(float(case["scrub-section mixed ratio E_M_prime"]), abs=1e-4)
    assert d.extraction_stages == pytest.approx(float(case["extraction stages n (real number)"]), abs=0.01)
    assert d.scrub_stages == pytest.approx(float(case["scrub stages m (real number)"]), abs=0.01)
    assert f"{d.control} section" == case["controlling section"]
    assert ceil(d.extraction_stages) == ceil(float(case["extraction stages n (real number)"]))
    s_min, w_min = minimum_extraction(beta, feed)
    assert s_min == pytest.approx(float(case["S_min for pure products"]), abs=1e-3)
    assert w_min == pytest.approx(float(case["W_min for pure products"]), abs=1e-3)


@pytest.mark.parametrize("name", DESIGNS)
def test_simulated_purities_of_worked_designs(cases, name):
    case = cases[name]
    beta, feed, pa, pb = inputs(case)
    d = optimum(beta, feed, pa, pb)
    stages = ceil(d.extraction_stages), ceil(d.scrub_stages)
    state = solve_cascade(
        Cascade.of_sections(
            np.array([1.0, beta]), np.array([1 - feed, feed]), stages, (d.extraction_amount, d.scrub_amount)
        )
    )
    raffinate = float(case["simulated raffinate purity with n,m rounded up"])
    organic = float(case["simulated organic purity with n,m rounded up"])
    assert state.aqueous_fractions[0, 0] == pytest.approx(raffinate, abs=2e-4)
    assert state.organic_fractions[-1, 1] == pytest.approx(organic, abs=2e-4)


@given(beta=betas, feed=shares)
def test_organic_feed_optimum_takes_the_larger_of_both_sections(beta, feed):
    pa, pb = 1 - 0.01 * (1 - feed), 1 - 0.01 * feed
    d = optimum(beta, feed, pa, pb, feed="organic")
    extraction, scrub = (
        d.raffinate_share / (beta**0.5 - 1),
        (1 - beta**0.5 * d.raffinate_share) / (beta**0.5 - 1),
    )
    assert d.extraction_amount == pytest.approx(max(extraction, scrub), rel=1e-9)
    assert d.scrub_amount == pytest.approx(d.extraction_amount + d.raffinate_share)
    assert d.extraction_amount > minimum_extraction(beta, feed, "organic")[0] * 0.9


@given(beta=betas, feed=shares)
def test_optimum_lies_above_the_minimum(beta, feed):
    pa, pb = 1 - 0.001 * (1 - feed), 1 - 0.001 * feed
    d = optimum(beta, feed, pa, pb)
    assert d.extraction_amount > minimum_extraction(beta, feed)[0] - 0.01
    assert d.extraction_stages > 0
    assert beta * d.extraction_ratio > 1
    assert beta / d.scrub_ratio > 1


def test_total_reflux_gives_fenske():
    beta, n, m = 1.7, 8, 7
    state = solve_cascade(Cascade.of_sections(np.array([1, beta]), np.array([0.6, 0.4]), (n, m), (4e4, 4e4 - 0.4)))
    x, y = state.aqueous_fractions[0], state.organic_fractions[-1]
    gained = (y[1] / y[0]) / (x[1] / x[0])
    assert log(gained) / log(beta) == pytest.approx(n + m, abs=2e-3)
    a, b = y[1] / y[0] * 0.6 / 0.4, x[0] / x[1] * 0.4 / 0.6
    assert fenske_stages(beta, a, b) == pytest.approx(n + m, abs=2e-3)


def test_minimum_reflux_takes_infinite_stages():
    assert gilliland_stages(20, 2.75, 2.75) == inf
    assert gilliland_stages(20, 2.7501, 2.75) > 500
    assert gilliland_stages(20, 1e9, 2.75) == pytest.approx(20, abs=0.1)
    with pytest.raises(InputError, match="more than about"):
        mccabe_thiele_stages(1.5, 0.75, 0.9999, 0.9999, 2.6)


@given(beta=st.floats(1.3, 5.0), feed=st.floats(0.1, 0.9), margin=st.floats(1.15, 2.0))
def test_mccabe_thiele_agrees_with_the_steady_state(beta, feed, margin):
    pa, pb = 1 - 0.02 * (1 - feed), 1 - 0.02 * feed
    amount = margin * minimum_extraction(beta, feed)[0]
    n, m = mccabe_thiele_stages(beta, feed, pa, pb, amount)
    if m < 1:
        return
    product = (feed - (1 - pb)) / (pa + pb - 1)
    state = solve_cascade(
        Cascade.of_sections(np.array([1, beta]), np.array([1 - feed, feed]), (n, m), (amount, amount - product))
    )
    assert state.aqueous_fractions[0, 1] <= (1 - pb) * 1.02
    assert state.organic_fractions[-1, 0] <= (1 - pa) * 1.02


@given(factor=st.floats(0.2, 5.0), stages=st.integers(2, 12))
def test_dilute_trace_follows_kremser(factor, stages):
    """Organic loaded with the main element, a trace in the aqueous feed: constant D, the Kremser case."""
    trace = 1e-6
    state = solve_cascade(
        Cascade(
            np.array([1.0, factor]),
            stages,
            0.0,
            0.0,
            feeds=(
                Stream(1, "organic", np.array([1.0, 0.0])),
                Stream(stages, "aqueous", np.array([1.0 - trace, trace])),
            ),
        ),
        tolerance=1e-13,
    )
    left = state.raffinate[1] / trace
    assert left == pytest.approx(kremser_unextracted(factor, stages), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0.9, 0.5, 0.99, 0.99), "above 1"),
        ((2.0, 0.5, 0.4, 0.99), "above the feed's 0.5"),
        ((2.0, 1.2, 0.9, 0.9), "between 0 and 1"),
    ],
)
def test_impossible_designs_say_what_would_do(arguments, words):
    with pytest.raises(InputError, match=words):
        optimum(*arguments)


@pytest.mark.parametrize("module", [cascade, underwood, stoichiometry, flotation])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0
