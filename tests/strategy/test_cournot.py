"""Rivals who know that they move the price: closed forms, first-order conditions, and the shipped market linearised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby.strategy.cournot import Rivalry, certify, rivalry_of, rivals
from ytterby.studies.solve import base_case
from ytterby.world import World
from ytterby.world.errors import InputError, UnknownNameError

FREE = float("inf")


def case(
    cost: list[float], theta: float | list[float] = 1.0, a: float = 90.0, b: float = 1.0, **more: list[float]
) -> Rivalry:
    n = len(cost)
    return Rivalry(
        tuple(f"exporter {i}" for i in range(n)),
        np.array(cost),
        np.array(more.get("rise", [0.0] * n)),
        np.array(more.get("most", [FREE] * n)),
        np.full(n, theta),
        a,
        b,
    )


@settings(max_examples=50, deadline=None)
@given(st.floats(0.0, 40.0), st.floats(0.0, 40.0), st.floats(1e-3, 1e3))
def test_the_duopoly_of_the_textbook(c1: float, c2: float, b: float) -> None:
    """q_i = (a - 2 c_i + c_j) / 3b and P = (a + c_1 + c_2) / 3 (Cournot 1838; Tirole 1988, section 5.4)."""
    found = rivals(case([c1, c2], a=90.0, b=b))
    sold = found.exporters["sold_t"].to_numpy()
    assert sold[0] == pytest.approx((90.0 - 2 * c1 + c2) / (3 * b), rel=1e-6)
    assert sold[1] == pytest.approx((90.0 - 2 * c2 + c1) / (3 * b), rel=1e-6)
    assert found.price_usd_per_t == pytest.approx((90.0 + c1 + c2) / 3, rel=1e-6)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_more_equal_rivals_bring_the_price_to_cost(n: int) -> None:
    found = rivals(case([10.0] * n))
    assert found.price_usd_per_t == pytest.approx(10.0 + 80.0 / (n + 1), rel=1e-6)


def test_price_takers_sell_at_cost_and_a_shared_belief_of_all_is_the_cartel() -> None:
    taking = rivals(case([10.0, 10.0], theta=0.0, rise=[1.0, 1.0]))
    assert taking.exporters["cost_usd_per_t"].tolist() == pytest.approx([taking.price_usd_per_t] * 2, rel=1e-6)
    cartel = rivals(case([10.0, 10.0], theta=2.0))
    assert cartel.price_usd_per_t == pytest.approx(50.0, rel=1e-6)


def test_a_rival_at_its_capacity_leaves_the_rest_to_the_other() -> None:
    found = rivals(case([0.0, 0.0], most=[5.0, FREE]))
    assert found.exporters["sold_t"].tolist() == pytest.approx([5.0, (90.0 - 5.0) / 2], rel=1e-6)


def test_one_who_costs_more_than_the_price_sells_nothing() -> None:
    found = rivals(case([0.0, 80.0]))
    assert found.exporters["sold_t"].tolist() == pytest.approx([45.0, 0.0], abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 25), st.integers(0, 2**31 - 1))
def test_no_exporter_would_move(n: int, seed: int) -> None:
    """A small move up or down earns nobody more, others' sales given: computed from profits, not from the programme."""
    rng = np.random.default_rng(seed)
    most = np.where(rng.random(n) < 0.5, FREE, rng.uniform(1.0, 60.0, n))
    one = case(rng.uniform(0.0, 90.0, n).tolist(), rise=rng.uniform(0.0, 2.0, n).tolist(), most=most.tolist())
    sold = rivals(one).exporters["sold_t"].to_numpy()

    def profit(i: int, q: float) -> float:
        others = float(sold.sum() - sold[i])
        price = 90.0 - (others + q)
        return price * q - one.cost_usd_per_t[i] * q - 0.5 * one.steepness_usd_per_t2[i] * q**2

    for i in range(n):
        for other in (max(sold[i] - 0.01, 0.0), min(sold[i] + 0.01, one.capacity_t[i])):
            assert profit(i, other) <= profit(i, float(sold[i])) + 1e-6


def test_a_wrong_answer_is_not_certified() -> None:
    one = case([10.0, 20.0])
    assert certify(one, np.array([30.0, 20.0])).holds
    assert not certify(one, np.array([30.0, 21.0])).holds


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InputError) as told:
        rivals(case([0.0, 0.0], b=-1.0, rise=[-1.0, 0.0], most=[1.0, -2.0]))
    assert len(told.value.faults) == 3


def test_price_takers_are_the_market_and_rivals_sell_less(shipped: World) -> None:
    network = base_case(shipped).outcome.network
    one, taking = rivalry_of(network, "ndfeb-sh", supply_elasticity=0.5)
    flows = base_case(shipped).outcome.flows
    sold = flows.loc[flows["commodity"] == "ndfeb-sh"].groupby("from_place")["flow_t"].sum()
    assert taking.total_t == pytest.approx(float(sold.sum()), rel=1e-6)
    found = rivals(one)
    assert found.total_t < taking.total_t
    assert found.price_usd_per_t > taking.price_usd_per_t
    with pytest.raises(UnknownNameError):
        rivalry_of(network, "unobtainium", supply_elasticity=0.5)
