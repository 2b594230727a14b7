"""Stocks of users: drawn step by step where a price has risen above what they are worth to keep, never else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from ytterby.chain.network import DRAW, HELD, STOCK
from ytterby.chain.stocks import schedule
from ytterby.market import Outcome, equilibrium
from ytterby.studies.assembling import assembly_of
from ytterby.studies.solve import Base
from ytterby.world import Scenario

ELASTICITIES = st.floats(-3.0, -0.2)
TOPS = st.floats(1.5, 50.0)
RULES_OF_A_DAY = {
    "title": "Licences of a day",
    "changes": [
        {
            "table": "model_settings", "where": {"setting": "rules-on"}, "set": {"choice": "2025-07-01"},
            "because": "a day on which licences are needed",
        }
    ],
}  # fmt: skip


@given(ELASTICITIES, TOPS)
def test_a_schedule_gives_the_whole_stock_at_rising_prices(elasticity: float, top: float) -> None:
    share, price = (np.array(c) for c in zip(*schedule(elasticity, top), strict=True))
    assert share.sum() == pytest.approx(1.0)
    assert (np.diff(price) > 0).all()
    assert price[0] > 1.0
    assert price[-1] == pytest.approx(top)


@given(ELASTICITIES, TOPS)
def test_what_is_let_go_costs_what_the_holding_curve_says(elasticity: float, top: float) -> None:
    """The area under the holding curve, by numerical integration."""
    steps = schedule(elasticity, top)[:-1]
    area = quad(lambda r: r * -elasticity * r ** (elasticity - 1.0), 1.0, top, epsabs=1e-10)[0]
    assert sum(s * p for s, p in steps) == pytest.approx(area, rel=1e-6)


def test_half_is_kept_at_twice_the_price_with_an_elasticity_of_minus_one() -> None:
    drawn = sum(s for s, p in schedule(-1.0, 10.0) if p <= 2.0)
    assert drawn == pytest.approx(0.5, abs=0.06)


def test_a_holder_who_does_not_answer_lets_go_at_the_top_alone() -> None:
    assert schedule(0.0, 10.0) == [(1.0, 10.0)]


@pytest.fixture(scope="module")
def unchanged(base: Base) -> Outcome:
    """The base year with stocks on offer and nothing changed."""
    return equilibrium(base.assembly.network(base.reference), intervals="none")


@pytest.fixture(scope="module")
def licensed(base: Base) -> Outcome:
    """The base year under licences, with stocks on offer."""
    case = assembly_of(base, Scenario.parse(RULES_OF_A_DAY))
    return equilibrium(case.network(base.reference), intervals="none")


def drawn(outcome: Outcome) -> pd.DataFrame:
    """Steps of stock: node, level_t, capacity_t, cost_usd_per_t, price_usd_per_t."""
    table = outcome.production[outcome.production["kind"] == STOCK]
    node = table["activity"].str.removeprefix(DRAW).str.rpartition(":")[0]
    price = node.map(outcome.balances.set_index("node")["price_usd_per_t"])
    return table.assign(node=node, price_usd_per_t=price)


def test_nothing_is_drawn_where_nothing_has_changed(base: Base, unchanged: Outcome) -> None:
    stock = drawn(unchanged)
    assert len(stock)
    assert stock["level_t"].max() == 0.0
    before, after = (o.balances.set_index("node")["price_usd_per_t"] for o in (base.outcome, unchanged))
    traded = base.outcome.prices.set_index("node")["traded_t"].gt(0)
    nodes = traded.index[traded]
    assert np.allclose(after[nodes], before[nodes], rtol=1e-7, atol=1e-6)


def test_a_stock_is_drawn_down_to_what_it_is_worth_at_the_price_and_no_further(licensed: Outcome) -> None:
    stock = drawn(licensed)
    assert stock["level_t"].sum() > 0
    margin = 1e-6 * stock["price_usd_per_t"].abs() + 1e-3
    worth_more = stock["cost_usd_per_t"] > stock["price_usd_per_t"] + margin
    worth_less = stock["cost_usd_per_t"] < stock["price_usd_per_t"] - margin
    assert stock.loc[worth_more, "level_t"].max() <= 1e-6
    left = stock["capacity_t"] - stock["level_t"]
    assert left[worth_less].max() <= 1e-6


def test_nobody_draws_more_than_the_weeks_of_cover(base: Base, licensed: Outcome) -> None:
    assert base.reference.stocks is not None
    held = base.reference.stocks.set_index("node")["t"]
    taken = drawn(licensed).groupby("node")["level_t"].sum()
    assert (taken <= held.reindex(taken.index) * (1 + 1e-9)).all()
    cover = base.assembly.world.table("stock_cover").set_index("place")["median_weeks"]
    weeks = base.reference.stocks["t"] / base.reference.stocks["use_t"] * 365.25 / 7.0
    assert np.allclose(weeks, base.reference.stocks["place"].map(cover))


def test_stocks_ease_a_shortage_in_its_first_year_alone(base: Base, licensed: Outcome) -> None:
    alone = assembly_of(base, Scenario.parse(RULES_OF_A_DAY))
    assert alone.settings.first_year
    dry = equilibrium(alone.network(replace(base.reference, stocks=None)), intervals="none")
    assert licensed.price("ndfeb-sh", "europe") < dry.price("ndfeb-sh", "europe")
    for setting, change in (("demand-horizon", {"choice": "three-years"}), ("new-plants", {"value": 1.0})):
        later = {
            "table": "model_settings", "where": {"setting": setting}, "set": change, "because": "a later year",
        }  # fmt: skip
        case = assembly_of(base, Scenario.parse({"title": "Later", "changes": [later]}))
        kinds = set(case.network(base.reference).activities["kind"])
        assert STOCK not in kinds


def test_what_rises_above_the_worth_of_a_stock_is_its_holders_rent(licensed: Outcome) -> None:
    rents = licensed.rents[licensed.rents["instrument"] == HELD].set_index("key")
    stock = drawn(licensed).set_index("activity")
    earned = (stock["price_usd_per_t"] - stock["cost_usd_per_t"]).reindex(rents.index)
    assert np.allclose(rents["rent_usd_per_t"], earned, rtol=1e-6, atol=1e-3)
    assert rents["holder"].str.startswith("users of ").all()
    assert licensed.certificate.holds


def test_why_names_the_stock_that_is_drawn_at_the_margin(licensed: Outcome) -> None:
    stock = drawn(licensed)
    level, size = stock["level_t"], stock["capacity_t"]
    between = stock[(level > 1e-6 * size) & (level < size * (1 - 1e-6))].iloc[0]
    commodity, tag, place = str(between["node"]).split("|")
    answer = licensed.why("price", product=commodity, place=place, origin_tag=tag)
    assert "Stock of users is drawn at the margin" in answer.sentence
    assert answer.by_cause().sum() == pytest.approx(answer.price_usd_per_kg, rel=1e-6)
