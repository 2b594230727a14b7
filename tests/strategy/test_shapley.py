"""Shares of a joint loss: sums, null players, symmetry, worked games."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby.strategy import coalitions, interactions, shapley

PLAYERS = ("resource", "processing", "transit", "rules")


def game(values: list[float]) -> dict[frozenset[str], float]:
    worth = dict(zip(coalitions(PLAYERS), values, strict=True))
    worth[frozenset()] = 0.0
    return worth


WORTHS = st.lists(st.floats(-1e9, 1e9), min_size=16, max_size=16).map(game)


@given(WORTHS)
def test_values_add_up_to_the_loss_of_all_levers(worth: dict[frozenset[str], float]) -> None:
    values = shapley(PLAYERS, worth.__getitem__)
    assert sum(values.values()) == pytest.approx(worth[frozenset(PLAYERS)], abs=1e-3)


@given(WORTHS)
def test_a_lever_that_adds_nothing_to_anything_gets_nothing(worth: dict[frozenset[str], float]) -> None:
    def without_transit(pulled: frozenset[str]) -> float:
        return worth[pulled - {"transit"}]

    assert shapley(PLAYERS, without_transit)["transit"] == 0.0
    joint = interactions(PLAYERS, without_transit)
    assert all(usd == pytest.approx(0.0, abs=1e-3) for pair, usd in joint.items() if "transit" in pair)


def test_the_glove_game() -> None:
    """One left glove, two right ones: 2/3, 1/6, 1/6 (a textbook case; Shapley, 1953)."""
    values = shapley(["left", "right-1", "right-2"], lambda s: float("left" in s and len(s) > 1))
    assert values == pytest.approx({"left": 2 / 3, "right-1": 1 / 6, "right-2": 1 / 6})


def test_substitutes_interact_negatively_and_complements_positively() -> None:
    assert interactions(["a", "b"], lambda s: float(len(s) > 0)) == {("a", "b"): -1.0}
    assert interactions(["a", "b"], lambda s: float(len(s) == 2)) == {("a", "b"): 1.0}


def test_separate_effects_do_not_interact() -> None:
    worth = {"a": 1.0, "b": 2.0, "c": 4.0}
    joint = interactions(list(worth), lambda s: sum(worth[p] for p in s))
    assert all(v == pytest.approx(0.0) for v in joint.values())
