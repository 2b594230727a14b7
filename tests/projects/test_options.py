"""Freedom has a value: not to build, to stop, to wait; and where a project stands on the cost curve."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby import projects
from ytterby.projects import Mine
from ytterby.projects.options import stop_value
from ytterby.world.errors import InputError
from ytterby.world.load import World
from ytterby.world.terms import Band

WORLD = World.load()


def mine(price: float = 60.0, **changes: object) -> Mine:
    plan = Mine(
        "m", 1e5, 0.05, 0.6, {"ndpr-oxide": 0.2}, {"ndpr-oxide": price}, 8.0, 6e7, 12, ramp=(0.5,), royalty=0.03,
        tax=0.25, working_capital_share=0.1, sustaining_usd_per_y=1e6, closure_usd=5e6,
    )  # fmt: skip
    return replace(plan, **changes)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(price=st.floats(5, 150), closure=st.floats(0, 3e7))
def test_the_right_to_stop_is_never_worth_less_than_going_on(price: float, closure: float) -> None:
    plan = mine(price, closure_usd=closure)
    assert stop_value(plan)[0] >= projects.appraise(plan).npv_usd - 1e-3


def test_a_mine_that_loses_money_every_year_stops_at_once() -> None:
    plan = mine(1.0, closure_usd=0.0, working_capital_share=0.0)
    capital = projects.npv(0.08, np.array([-3e7, -3e7]))
    assert stop_value(plan)[0] == pytest.approx(float(capital))


def test_waiting_without_uncertainty_is_building_or_leaving_it() -> None:
    assert projects.waiting_value(100.0, 80.0, 0.0, 0.08, 5.0) == (20.0, True)
    assert projects.waiting_value(80.0, 100.0, 0.0, 0.08, 5.0) == (0.0, False)


@settings(max_examples=25, deadline=None)
@given(worth=st.floats(20, 300), sigma=st.floats(0.05, 0.8), years=st.floats(0.5, 8))
def test_waiting_is_worth_at_least_building_now_and_more_with_time(worth: float, sigma: float, years: float) -> None:
    short, now = projects.waiting_value(worth, 100.0, sigma, 0.08, years)
    longer, _ = projects.waiting_value(worth, 100.0, sigma, 0.08, years + 2)
    assert short >= max(0.0, worth - 100.0) - 1e-9
    assert longer >= short - 0.02 * worth
    assert now == (worth - 100.0 >= short - 1e-7)


def test_one_period_lattice_in_closed_form() -> None:
    # A European call on a driftless walk, many steps: Black's formula with r = 0, discounted at (1 + r)^-T.
    from scipy.stats import norm

    value, _ = projects.waiting_value(100.0, 150.0, 0.3, 1e-12, 1.0)
    d1 = (np.log(100 / 150) + 0.045) / 0.3
    black = 100 * norm.cdf(d1) - 150 * norm.cdf(d1 - 0.3)
    assert value == pytest.approx(black, rel=0.02)


def test_options_of_draws_and_bad_input() -> None:
    bands = {"prices": Band(1.0, 0.5, 1.8)}
    plan = projects.drawn_plan(mine(), bands, 500, seed=3)
    freedom = projects.option_values(plan, 0.36)
    drawn = projects.simulate(mine(), bands, 500, seed=3)
    assert freedom.as_planned_usd == pytest.approx(drawn.npv_usd.mean())
    assert freedom.not_to_build_usd >= freedom.as_planned_usd
    assert freedom.to_stop_usd >= freedom.as_planned_usd
    with pytest.raises(InputError, match="at least 0"):
        projects.option_values(mine(), -0.1)


def test_all_prices_move_together() -> None:
    twice = projects.simulate(mine(), {"prices": Band(2.0, 2.0, 2.0)}, 10).npv_usd
    assert np.allclose(twice, projects.appraise(mine(120.0)).npv_usd)


def test_volatility_is_that_of_the_observed_annual_means() -> None:
    # Argus, Nd oxide FOB China, annual means 2014-2025.
    assert projects.price_volatility(WORLD, "nd-oxide", "china") == pytest.approx(0.36, abs=0.01)
    with pytest.raises(InputError, match="at least five"):
        projects.price_volatility(WORLD, "nd-oxide", "europe")


def test_cost_curve_rises_and_places_a_project() -> None:
    curve = projects.cost_curve(WORLD, projects.observed_deck(WORLD, "china"))
    assert curve["breakeven_ndpr_usd_per_kg"].is_monotonic_increasing
    assert curve["project"].is_unique
    assert curve["cumulative_t"].iloc[-1] == pytest.approx(curve["ndpr_t_per_y"].sum())
    assert projects.position(curve, 0.0) == 0.0
    assert projects.position(curve, 1e6) == 1.0
    assert np.isnan(projects.position(pd.DataFrame(), 50.0))
