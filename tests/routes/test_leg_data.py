"""Rates, paces, delays and seasons, approvals and radioactivity, as the tables give them."""

import math

import pandas as pd
import pytest

from ytterby.routes import HazardClass, Router
from ytterby.routes.delays import Delay, read_delays
from ytterby.routes.forms import hazard_of_contents, hazards_at_mines
from ytterby.routes.network import read_network
from ytterby.routes.tariffs import read_tariffs
from ytterby.world.errors import InputError

WINTER, SUMMER = "2026-01-15", "2026-07-15"


@pytest.fixture(scope="module")
def tariffs(world):
    return read_tariffs(world)


def test_a_leg_costs_what_its_rate_says(world, tariffs):
    """Rail with a haul by road to the railhead, worked by hand from the two tables."""
    legs = world.table("legs").set_index("leg")
    rates = world.table("freight_rates").set_index("rate")
    leg = legs[(legs["mode"] == "rail") & legs["road_km"].gt(0) & legs["rate"].eq("rail-elsewhere")].iloc[0]
    rate = rates.loc["rail-elsewhere"]
    by_hand = (
        rate["usd_per_teu_km"] * (leg["distance_km"] - leg["road_km"]) + rate["access_usd_per_teu_km"] * leg["road_km"]
    )
    point, low, high = tariffs[leg.name].usd_per_teu
    assert point == pytest.approx(by_hand)
    assert (low, high) == pytest.approx((by_hand * rate["low_factor"], by_hand * rate["high_factor"]))


def test_every_leg_has_one_price_one_time_and_a_source_for_both(world, tariffs):
    legs = world.table("legs")
    assert set(tariffs) == set(legs["leg"])
    own = legs["usd_per_teu"].notna() | legs["usd_per_t"].notna()
    assert (own ^ legs["rate"].ne("")).all()
    assert (legs["days_low"].notna() ^ legs["pace"].ne("")).all()
    sources = set(world.table("sources")["source"])
    for name, tariff in tariffs.items():
        assert tariff.source in sources, name
        assert 0 < max(tariff.usd_per_teu[0], tariff.usd_per_t[0]) < 25_000, name
        assert 0 <= tariff.days[0] <= tariff.days[1] < 120, name


def test_at_most_a_sixth_of_the_prices_are_assumptions(tariffs):
    assumed = sum(tariff.confidence == "D" for tariff in tariffs.values())
    assert assumed / len(tariffs) <= 1 / 6


def test_one_row_of_rates_moves_every_leg_that_names_it(world):
    rates = world.table("freight_rates").copy()
    rates.loc[rates["rate"] == "rail-china", "usd_per_teu_km"] *= 2
    before, after = read_tariffs(world), read_tariffs(world.with_tables({"freight_rates": rates}))
    named = set(world.table("legs").loc[lambda t: t["rate"] == "rail-china", "leg"])
    dearer = {leg for leg in before if after[leg].usd_per_teu[0] > before[leg].usd_per_teu[0]}
    assert dearer == named
    assert len(named) > 20


def test_a_leg_without_price_or_time_is_refused_with_all_faults_at_once(world):
    legs = world.table("legs").copy()
    legs.loc[0, ["rate", "usd_per_teu", "usd_per_t"]] = ["", math.nan, math.nan]
    legs.loc[1, ["pace", "days_low", "days_high"]] = ["", math.nan, math.nan]
    with pytest.raises(InputError) as told:
        read_tariffs(world.with_tables({"legs": legs}))
    assert "freight_rates" in str(told.value)
    assert "travel_paces" in str(told.value)


def test_the_caspian_is_slower_and_riskier_in_winter(world):
    winter, summer = Router(world, WINTER), Router(world, SUMMER)
    ferries = [r.facts.alone["aktau-alat-ferry"] for r in (winter, summer)]
    assert ferries[0].delay_days > ferries[1].delay_days == 0
    assert ferries[0].risk > ferries[1].risk
    ways = [r.cheapest_through("aktau", "poti", "carbonate", "aktau-alat-ferry") for r in (winter, summer)]
    assert ways[0].days > ways[1].days
    assert any("Caspian winter storms" in reason for reason in ways[0].reasons)


def test_a_hub_delays_once_the_way_that_arrives(world):
    network = read_network(world, pd.Timestamp(WINTER).date())
    poti = network.hub_index["poti"]
    storms = [any(d.delay == "poti-storms" for d in c.delays) for c in network.carriages]
    arriving = [c.destination == poti for c in network.carriages if len(c.legs) == 1]
    assert [s for s, c in zip(storms, network.carriages, strict=True) if len(c.legs) == 1] == arriving


def test_a_season_that_shuts_a_leg_closes_it_with_its_name(world):
    delays = world.table("leg_delays").copy()
    delays.loc[delays["delay"] == "aktau-alat-ferry-winter-storms", "closed_share"] = 1.0
    router = Router(world.with_tables({"leg_delays": delays}), WINTER)
    way = router.cheapest("aktau", "alat", "carbonate")
    assert all(leg.leg != "aktau-alat-ferry" for leg in way.legs)
    blocked = [why for reasons in router.network.blocked.values() for why in reasons]
    assert any("shut in this month: Caspian winter storms" in why for why in blocked)


def test_delays_of_other_months_and_years_are_left_out(world):
    july = read_delays(world, pd.Timestamp(SUMMER).date())
    assert not any(d.delay == "poti-storms" for found in july.values() for d in found)
    drought = [pd.Timestamp(day).date() for day in ("2023-12-01", "2025-12-01")]
    assert [("passage", "panama") in read_delays(world, day) for day in drought] == [True, False]


def test_the_mean_of_late_liners_is_the_published_one():
    """Sea-Intelligence, January 2025: late ships are 5.32 days late in the mean."""
    late = Delay("liner-late", "", 1.0, 4.2, 12.7, seasonal=False)
    assert late.expected_days == pytest.approx(5.32, rel=0.03)


def test_leaving_at_the_border_station_is_an_export_too(world):
    """Legs that begin at Dostyk name only China: the Kazakh export licence is met on each of them."""
    router = Router(world, "2025-12-25")
    case = router.case("kuirektykol", "houston", "concentrate", router.closures((), ()), None)
    hubs, licence = router.network.hub_index, "kazakhstan-ore-licence"
    leaving = [
        i for i, c in enumerate(router.network.carriages) if c.origin == hubs["dostyk"] and "KAZ" not in c.countries
    ]
    assert leaving
    assert all(licence in {p.policy for p in case.charge.approvals[i]} for i in leaving)


def test_policies_that_hold_for_each_entry_are_told_apart(world):
    counted = world.table("transit_policies").set_index("policy")["counted"]
    assert counted["kazakhstan-ore-licence"] == "shipment"
    assert counted["china-transit-others"] == "entry"


def test_radioactivity_is_told_from_the_ore_or_cannot_be_told(world):
    """Mt Weld's concentrate is stated not to be dangerous goods; Kuirektykol's Th and U are unpublished."""
    mined = hazards_at_mines(world, 10.0)
    assert mined[("mt-weld", "concentrate")] is HazardClass.ORDINARY
    assert mined[("kuirektykol", "concentrate")] is HazardClass.CANNOT_TELL
    assert hazard_of_contents(1406, math.nan, None, 10.0) is HazardClass.CANNOT_TELL
    assert hazard_of_contents(3000, math.nan, None, 10.0) is HazardClass.CLASS_7
    assert hazard_of_contents(100, 10, None, 10.0) is HazardClass.ORDINARY
    router = Router(world, "2025-12-25")
    way = router.cheapest("kuirektykol", "leshan", "concentrate")
    assert any("cannot tell - missing Th, U" in reason for reason in way.reasons)
    told = router.cheapest("mt-weld", "kuantan", "concentrate")
    assert not any("cannot tell" in reason for reason in told.reasons)


def test_poland_shut_the_northern_land_bridge_for_thirteen_days(world):
    for day in ("2025-09-11", "2025-09-25"):
        assert Router(world, day).cheapest_through("dostyk", "hamburg", "oxide", "dostyk-brest-rail").lawful
    with pytest.raises(InputError, match="no lawful way"):
        Router(world, "2025-09-18").cheapest_through("dostyk", "hamburg", "oxide", "dostyk-brest-rail")


def test_every_mine_separator_and_magnet_maker_has_a_way_to_the_sea_or_the_railway(world):
    sites = world.table("sites")
    hubs = world.table("site_hubs").set_index("site")
    assert set(sites["site"]) == set(hubs.index)
    assert hubs["snap_km"].max() <= 30
    legs = world.table("legs")
    assert set(hubs["hub"]) <= {*legs["origin"], *legs["destination"]}


def test_carbon_is_well_to_wheel_by_mode_and_ordered_as_physics_has_it(world):
    factors = world.table("carbon_factors").set_index("mode")["kg_co2e_per_tkm"]
    assert factors["sea"] < factors["rail"] < factors["road"] < factors["air"]


def test_domestic_legs_pay_the_railway_s_own_rate_and_the_through_leg_the_corridor_s(tariffs):
    """Karaganda to Aktau by the Turkmen border is no way to get the north-south corridor's rate at home."""
    detour = tariffs["karaganda-bolashak-rail"].usd_per_teu[0] + tariffs["aktau-bolashak-rail"].usd_per_teu[0]
    assert detour > tariffs["karaganda-aktau-rail"].usd_per_teu[0]
    assert tariffs["karaganda-bolashak-rail"].rate == tariffs["aktau-bolashak-rail"].rate == "rail-1520"
    assert tariffs["karaganda-etrek-rail"].rate == tariffs["aktau-etrek-rail"].rate == "rail-instc"


def test_a_part_of_the_corridor_is_not_added_to_another_part(world):
    """From Karaganda to Iran the through leg is used: its parts follow one another inside it only."""
    router = Router(world, "2025-12-25")
    way = router.ways("karaganda", "bandar-abbas", "oxide", avoid=["CN", "RU"], criteria=["cost"], epsilon=0)[0]
    assert [leg.leg for leg in way.legs] == ["karaganda-etrek-rail", "etrek-bandar-abbas-rail"]


def test_air_costs_more_the_farther_it_goes(world, tariffs):
    legs = world.table("legs").set_index("leg")
    air = legs[legs["mode"] == "air"]
    for _, lanes in air.groupby("rate"):
        ordered = lanes.sort_values("distance_km")
        prices = [tariffs[leg].usd_per_t[0] for leg in ordered.index]
        assert prices == sorted(prices)
    assert tariffs["kgf-sao-paulo-air-air"].usd_per_t[0] > tariffs["kgf-dfw-air"].usd_per_t[0]
