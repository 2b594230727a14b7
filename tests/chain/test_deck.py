"""Costs built up from observed prices, against arithmetic on paper."""

from __future__ import annotations

import pandas as pd
import pytest

from ytterby.chain.deck import cost_build_up, reference_deck
from ytterby.world import World
from ytterby.world.errors import InputError


def tables(
    activities: dict[str, tuple[float, dict[str, float]]], links: list[tuple[str, str, float, float]]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Activities (cost, recipe), and links (from, to, freight, duty), as a network's tables."""
    return (
        pd.DataFrame([(a, cost) for a, (cost, _) in activities.items()], columns=["activity", "cost_usd_per_t"]),
        pd.DataFrame(
            [(a, n, c) for a, (_, recipe) in activities.items() for n, c in recipe.items()],
            columns=["activity", "node", "coefficient"],
        ),
        pd.DataFrame(links, columns=["from_node", "to_node", "cost_usd_per_t", "duty_usd_per_t"]),
    )


CHAIN = tables(
    {
        "reduce": (9_000.0, {"oxide|here": -1.2, "metal|here": 1.0}),
        "sinter": (20_000.0, {"metal|there": -0.3, "iron|there": -0.7, "magnet|there": 1.0}),
        "sinter two at once": (1.0, {"metal|there": -2.0, "magnet|there": 2.0, "scrap|there": 1.0}),
        "from nowhere": (1.0, {"unknown": -1.0, "magnet|there": 1.0}),
        "take any": (0.0, {"magnet|there": -1.0, "any magnet|there": 1.0}),
        "half": (100.0, {"any magnet|there": -1.0, "half magnet|there": 0.5}),
    },
    [
        ("metal|here", "metal|between", 150.0, 0.0),
        ("metal|between", "metal|there", 100.0, 0.0),
        ("metal|here", "metal|there", 200.0, 3_000.0),
        ("any magnet|there", "oxide|here", 1.0, 0.0),
    ],
)
OBSERVED = pd.Series({"oxide|here": 50_000.0, "iron|there": 1_000.0})


def test_cost_is_inputs_over_yield_plus_the_cheapest_way() -> None:
    cost = cost_build_up(OBSERVED, *CHAIN)
    assert cost["metal|here"] == pytest.approx(1.2 * 50_000 + 9_000)
    assert cost["metal|there"] == pytest.approx(69_000 + 150 + 100), "the direct way pays 3,000 of duty"
    assert cost["magnet|there"] == pytest.approx(20_000 + 0.3 * 69_250 + 0.7 * 1_000)
    assert cost["any magnet|there"] == cost["magnet|there"]
    assert cost["half magnet|there"] == pytest.approx((100 + 41_475) / 0.5)


def test_an_observed_price_stays_and_what_cannot_be_made_has_no_cost() -> None:
    cost = cost_build_up(OBSERVED, *CHAIN)
    assert cost["oxide|here"] == 50_000.0
    assert set(cost.index).isdisjoint({"unknown", "scrap|there"})


def test_costs_grow_with_every_price_and_charge() -> None:
    activities, recipes, links = CHAIN
    before = cost_build_up(OBSERVED, *CHAIN)
    dearer = cost_build_up(
        OBSERVED * 1.1, activities, recipes, links.assign(duty_usd_per_t=links["duty_usd_per_t"] + 10)
    )
    assert (dearer > before).all()


def test_a_year_without_annual_means_is_an_input_error(shipped: World) -> None:
    assert reference_deck(shipped, "china", 2024).usd_per_kg
    with pytest.raises(InputError, match="1990"):
        reference_deck(shipped, "china", 1990)
