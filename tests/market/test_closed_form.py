"""Small worlds with an answer on paper, met to 1e-6."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import Draft

from ytterby.market import equilibrium

CLOSE = 1e-7


def test_price_is_unit_cost_where_capacity_is_open() -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("mine", {node: 1.0}, 4000.0)
    draft.demand(node, 100.0, 5000.0, -0.5)
    out = equilibrium(draft.network(), tolerance=CLOSE)
    assert out.price("oxide", "here") == pytest.approx(4.0, rel=1e-6)
    assert out.consumption["bought_t"][0] == pytest.approx(100.0 * (4.0 / 5.0) ** -0.5, rel=1e-6)


@pytest.mark.parametrize("elasticity", [-0.05, -0.5, -1.0, -2.5])
def test_scarce_capacity_earns_the_difference_to_willingness_to_pay(elasticity: float) -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("mine", {node: 1.0}, 1000.0, capacity=90.0)
    draft.demand(node, 100.0, 5000.0, elasticity)
    out = equilibrium(draft.network(), tolerance=CLOSE)
    price = 5000.0 * 0.9 ** (1.0 / elasticity)
    assert out.price("oxide", "here") == pytest.approx(price / 1000.0, rel=1e-6)
    rent = out.rents.iloc[0]
    assert (rent["kind"], rent["holder"]) == ("capacity", "holder of mine")
    assert rent["rent_usd"] == pytest.approx(90.0 * (price - 1000.0), rel=1e-6)


def test_two_places_differ_by_freight_and_duty_and_the_duty_is_revenue() -> None:
    draft = Draft()
    here, there = draft.node("oxide", "here"), draft.node("oxide", "there")
    draft.activity("mine", {here: 1.0}, 4000.0)
    draft.link(here, there, 300.0, duty=700.0)
    draft.demand(here, 100.0, 5000.0, -0.5)
    draft.demand(there, 50.0, 5000.0, -0.4)
    out = equilibrium(draft.network(), tolerance=CLOSE)
    assert out.price("oxide", "there") == pytest.approx(5.0, rel=1e-6)
    sold = 50.0
    money = out.welfare.set_index("item")["usd"]
    assert money["tax revenue"] == pytest.approx(700.0 * sold, rel=1e-6)
    assert money["resource cost: transport"] == pytest.approx(300.0 * sold, rel=1e-6)
    made = 100.0 * (4.0 / 5.0) ** -0.5 + sold
    assert money["resource cost: production"] == pytest.approx(4000.0 * made, rel=1e-6)


def test_joint_products_share_the_cost_of_the_ore() -> None:
    """With unit elasticity each product earns a fixed sum R_i, so the ore mined is sum R_i / k and p_i = R_i /
    (y_i z)."""
    draft = Draft()
    ore = draft.node("ore", "here", disposal=False)
    light, heavy = draft.node("light", "here"), draft.node("heavy", "here")
    draft.activity("mine", {ore: 1.0}, 1500.0)
    draft.activity("separate", {ore: -1.0, light: 0.9, heavy: 0.05}, 500.0)
    draft.demand(light, 1000.0, 1800.0, -1.0, choke=1e5)
    draft.demand(heavy, 40.0, 30e3, -1.0, choke=1e6)
    out = equilibrium(draft.network(), tolerance=CLOSE)
    spent = np.array([1000.0 * 1800.0, 40.0 * 30e3])
    z = spent.sum() / 2000.0
    assert out.production.set_index("activity").at["separate", "level_t"] == pytest.approx(z, rel=1e-6)
    assert out.price("light", "here") == pytest.approx(spent[0] / (0.9 * z) / 1000.0, rel=1e-6)
    assert out.price("heavy", "here") == pytest.approx(spent[1] / (0.05 * z) / 1000.0, rel=1e-6)


def test_a_surplus_that_must_be_disposed_of_has_a_negative_price() -> None:
    draft = Draft()
    ore = draft.node("ore", "here", disposal=False)
    cerium = draft.node("cerium", "here", disposal=False)
    didymium = draft.node("didymium", "here")
    draft.activity("mine", {ore: 1.0}, 2000.0)
    draft.activity("separate", {ore: -1.0, cerium: 0.5, didymium: 0.2}, 1000.0)
    draft.activity("dispose", {cerium: -1.0}, 100.0, kind="disposal")
    draft.demand(didymium, 100.0, 50e3, -0.5)
    out = equilibrium(draft.network(), tolerance=CLOSE)
    assert out.price("cerium", "here") == pytest.approx(-0.1, rel=1e-6)
    assert out.price("didymium", "here") == pytest.approx((3000.0 + 0.5 * 100.0) / 0.2 / 1000.0, rel=1e-6)


def test_a_quota_rent_is_the_price_difference_it_makes() -> None:
    draft = Draft()
    inside, outside = draft.node("oxide", "inside"), draft.node("oxide", "outside")
    draft.activity("mine", {inside: 1.0}, 4000.0)
    link = draft.link(inside, outside, 100.0)
    draft.demand(inside, 100.0, 4000.0, -0.5)
    draft.demand(outside, 80.0, 4100.0, -0.5)
    draft.quota("export quota", 40.0, {("link", link): 1.0})
    out = equilibrium(draft.network(), tolerance=CLOSE)
    price = 4100.0 * (40.0 / 80.0) ** (1 / -0.5)
    rent = out.rents.iloc[0]
    assert rent["kind"] == "quota"
    assert rent["rent_usd_per_t"] == pytest.approx(price - 4100.0, rel=1e-6)
    assert out.price("oxide", "inside") == pytest.approx(4.0, rel=1e-6)


def test_a_state_set_minimum_earns_less_than_it_costs() -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("cheap", {node: 1.0}, 1000.0)
    draft.activity("state", {node: 1.0}, 3000.0, capacity=50.0, minimum=20.0)
    draft.demand(node, 100.0, 1000.0, -0.5)
    out = equilibrium(draft.network(), tolerance=CLOSE)
    rent = out.rents.set_index("kind").loc["minimum"]
    assert rent["rent_usd"] == pytest.approx(-20.0 * 2000.0, rel=1e-6)


def test_a_link_allowance_earns_its_holder_the_wedge() -> None:
    draft = Draft()
    here, there = draft.node("oxide", "here"), draft.node("oxide", "there")
    draft.activity("mine", {here: 1.0}, 4000.0)
    draft.link(here, there, 100.0, capacity=25.0, holder="licensee", decision="licence")
    draft.demand(there, 100.0, 4100.0, -1.0)
    out = equilibrium(draft.network(), tolerance=CLOSE)
    rent = out.rents.set_index("kind").loc["allowance"]
    assert (rent["holder"], rent["instrument"]) == ("licensee", "licence")
    assert rent["rent_usd_per_t"] == pytest.approx(4100.0 * 4 - 4100.0, rel=1e-6)


def test_equal_sites_are_used_in_proportion_to_capacity() -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    for name, capacity in (("large", 300.0), ("small", 100.0)):
        draft.activity(name, {node: 1.0}, 1000.0, capacity=capacity)
    draft.demand(node, 200.0, 1000.0, 0.0)
    out = equilibrium(draft.network())
    level = out.production.set_index("activity")["level_t"]
    assert level["large"] == pytest.approx(150.0, abs=1e-5)
    assert level["small"] == pytest.approx(50.0, abs=1e-5)
