"""Closures, cuts and yearly flows."""

import pytest

from ytterby.routes import closure_costs, smallest_country_cut, smallest_leg_cut, yearly_flow

SURFACE = ("road", "rail", "sea", "ferry")


def test_a_closure_never_saves_money(router):
    costs = closure_costs(router, "kuirektykol", "fort worth", "carbonate")
    assert (costs["extra_usd_per_t"].dropna() >= -1e-6).all()
    assert set(costs["kind"]) == {"leg", "country"} or set(costs["kind"]) == {"leg", "country", "passage"}


def test_a_country_cut_cuts_and_one_less_does_not(router):
    cut = smallest_country_cut(router, "karaganda", "houston", "concentrate", modes=SURFACE)
    assert cut.possible
    assert not router.cheapest("karaganda", "houston", "concentrate", avoid=cut.members).lawful
    for spared in cut.members:
        rest = [c for c in cut.members if c != spared]
        assert router.cheapest("karaganda", "houston", "concentrate", avoid=rest).lawful


def test_air_to_a_friend_cannot_be_cut_by_third_states(router):
    cut = smallest_country_cut(router, "karaganda", "houston", "oxide")
    assert not cut.possible
    assert "air" in cut.remarks[0]


def test_a_leg_cut_cuts_a_mine_off(router):
    cut = smallest_leg_cut(router, "kuirektykol", ["houston", "baotou"], "carbonate")
    assert 1 <= len(cut.members) <= 4
    assert not router.cheapest("kuirektykol", "houston", "carbonate", closed=cut.members).lawful


def test_the_ferry_limits_the_caspian_corridor(router):
    flow = yearly_flow(router, "aktau", "poti", "carbonate", modes=("rail", "ferry"), avoid=["RU", "TKM"])
    # 100,000 TEU a year x 21.8 t (Trend 2024); Kuryk's ferry is reached by road only
    assert flow.t_per_year == pytest.approx(2.18e6, rel=0.01)
    assert "aktau-alat-ferry" in flow.binding
