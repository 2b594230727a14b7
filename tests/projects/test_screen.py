"""Screening of rock: the break-even is where value meets cost, and richer rock or prices never hurt."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby import projects
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World

WORLD = World.load()
DECK = projects.observed_deck(WORLD, "china", 2025)


def test_break_even_grade_leaves_no_margin() -> None:
    table = projects.screen(WORLD, "zhana-kazakhstan", DECK).table
    for row in table[np.isfinite(table["breakeven_grade_pct"])].to_dict("records"):
        at = projects.screen(WORLD, "zhana-kazakhstan", DECK, grade_pct=row["breakeven_grade_pct"], n=10).table
        same = at[(at["ore"] == row["ore"]) & (at["route"] == row["route"])]
        assert same["margin_usd_per_t"].iloc[0] == pytest.approx(0, abs=1e-9)


def test_seven_hundred_grams_a_tonne_do_not_pay_inside_china() -> None:
    # 700 g/t of a 20 USD/kg basket is 14 USD of metal in a tonne of rock, all of it recovered and sold.
    screened = projects.screen(WORLD, "zhana-kazakhstan", DECK)
    assert not screened.pays
    assert len(set(screened.table["ore"])) >= 4
    assert "does not pay" in screened.sentence


@settings(max_examples=25, deadline=None)
@given(grade=st.floats(0.01, 5), more=st.floats(1, 3))
def test_richer_rock_needs_a_lower_price(grade: float, more: float) -> None:
    poor, rich = (projects.screen(WORLD, "carina", DECK, grade_pct=g, n=10).table for g in (grade, grade * more))
    assert (rich["price_multiple"] <= poor["price_multiple"] + 1e-12).all()


@given(cut=st.floats(0.01, 10), sigma=st.floats(0.1, 1.5))
def test_share_above_is_the_lognormal_integral(cut: float, sigma: float) -> None:
    grades = np.exp(np.random.default_rng(1).normal(-(sigma**2) / 2, sigma, 200_000))
    assert projects.share_above(cut, 1.0, sigma) == pytest.approx(grades[grades > cut].sum() / grades.sum(), abs=0.03)


def test_missing_grade_and_unknown_route() -> None:
    with pytest.raises(InputError, match="pass grade_pct"):
        projects.screen(WORLD, "kundybai", DECK)
    with pytest.raises(UnknownNameError, match="clay-leach"):
        projects.screen(WORLD, "carina", DECK, routes=["clay-leech"])


@settings(max_examples=30, deadline=None)
@given(low=st.floats(0.001, 3), more=st.floats(1.01, 5))
def test_a_higher_cut_off_leaves_less_rock_and_metal_at_a_higher_grade(low: float, more: float) -> None:
    wide, tight = (projects.above_cutoff(WORLD, "nolans-bore", c) for c in (low, low * more))
    assert tight.rock_t <= wide.rock_t
    assert tight.treo_t <= wide.treo_t
    assert tight.grade_pct >= wide.grade_pct
    assert wide.treo_t == pytest.approx(wide.rock_t * wide.grade_pct / 100.0)


def test_no_cut_off_is_the_whole_figure_and_nonsense_is_refused() -> None:
    row = WORLD.table("deposits").set_index("deposit").loc["nolans-bore"]
    whole = projects.above_cutoff(WORLD, "nolans-bore", 0.0)
    assert whole.rock_t == pytest.approx(float(row["resource_mt"]) * 1e6)
    assert whole.grade_pct == pytest.approx(float(row["resource_treo_pct"]))
    for deposit, cut in (("nolans-bore", -1.0), ("nolans-bore", 100.0), ("kundybai", 0.1)):
        with pytest.raises(InputError):
            projects.above_cutoff(WORLD, deposit, cut)
