"""Closures, cuts and yearly flows."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby.routes import Router, closure_costs, smallest_country_cut, smallest_leg_cut, yearly_flow
from ytterby.routes.cuts import least_hitting_set, smallest_cut

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


def test_a_road_to_an_airport_is_no_way_by_land(router):
    cut = smallest_leg_cut(router, "kuirektykol", ["houston"], "carbonate", modes=SURFACE)
    assert all("kgf" not in leg for leg in cut.members)
    air = [leg for leg, c in router.facts.alone.items() if c.mode == "air"]
    assert not router.cheapest("kuirektykol", "houston", "carbonate", closed=[*cut.members, *air]).lawful
    for spared in cut.members:
        rest = [leg for leg in cut.members if leg != spared]
        assert router.cheapest("kuirektykol", "houston", "carbonate", closed=[*rest, *air]).lawful


def test_closures_of_the_question_narrow_cuts_and_flows(router):
    free = smallest_country_cut(router, "karaganda", "houston", "concentrate", modes=SURFACE)
    narrow = smallest_country_cut(router, "karaganda", "houston", "concentrate", modes=SURFACE, avoid=["CN"])
    assert set(narrow.members) == set(free.members) - {"CHN"}


def test_more_capacity_never_lets_less_pass(world):
    legs = world.table("legs")
    wider = legs.assign(capacity_t_per_year=legs["capacity_t_per_year"] * 2)
    ends = ("aktau", "poti", "carbonate")
    flows = [
        yearly_flow(Router(w, "2025-06-15"), *ends, modes=("rail", "ferry"), avoid=["RU", "TKM"]).t_per_year
        for w in (world, world.with_tables({"legs": wider}))
    ]
    assert flows[1] >= flows[0]


def test_what_holds_a_border_shut_is_the_smallest_set_that_does(router):
    told = router.ways("karaganda", "houston", "concentrate", avoid=["CN", "RU", "AZ"])[0].reasons
    cut = next(r for r in told if "smallest cut" in r)
    assert all(f"{c} avoided" in cut for c in ("CHN", "RUS", "AZE"))
    assert "does not go by air" in cut


@settings(max_examples=200, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1, max_size=4), max_size=7))
def test_a_least_hitting_set_is_the_smallest_by_enumeration(sets):
    found = least_hitting_set(sets)
    sizes = [n for n in range(7) if any(all(s & set(c) for s in sets) for c in itertools.combinations("abcdef", n))]
    assert found is not None
    assert all(s & found for s in sets)
    assert len(found) == min(sizes)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from("abcde"), max_size=3), min_size=1, max_size=6))
def test_a_smallest_cut_cuts_and_no_smaller_one_does(ways):
    def left(active):
        return next((way for way in ways if not way & active), None)

    found, _ = smallest_cut(left)
    if any(not way for way in ways):
        assert found is None
        return
    assert found is not None
    assert left(found) is None
    assert all(left(frozenset(c)) is not None for c in itertools.combinations("abcde", len(found) - 1))
