"""Against published figures: the corridor comparison of 2026, sea tables, line lengths, times, formulas."""

from pathlib import Path

import pandas as pd
import pytest

from ytterby.routes import (
    HazardClass,
    Router,
    air_break_even_usd_per_t,
    compare_ways,
    cut_off_grade,
    door_to_door,
    follow,
    hazard_class,
    specific_activity_bq_per_g,
)
from ytterby.routes.validation import against_lengths, against_observations

HEAD = ["kuirektykol-karagayly-road", "karagayly-karaganda-rail"]
CASPIAN = [*HEAD, "karaganda-aktau-rail", "aktau-alat-ferry"]
CHINA = [*HEAD, "karaganda-dostyk-rail", "dostyk-lianyungang-rail"]
WORKED = {
    # way: (legs, USD/t, days low, days high), worked by hand from the leg table in the corridor study
    "poti-houston": (
        [*CASPIAN, "alat-poti-rail", "poti-houston-sea", "houston-fort-worth-road"],
        356,
        41,
        89,
    ),
    "mersin-houston": (
        [*CASPIAN, "alat-mersin-rail", "mersin-houston-sea", "houston-fort-worth-road"],
        349,
        38,
        86,
    ),
    "china-los-angeles": (
        [*CHINA, "lianyungang-los-angeles-sea", "los-angeles-fort-worth-rail"],
        284,
        33,
        73,
    ),
    "china-houston": ([*CHINA, "lianyungang-houston-sea", "houston-fort-worth-road"], 302, 44, 83),
    "st-petersburg": (
        [*HEAD, "karaganda-st-petersburg-rail", "st-petersburg-baltimore-sea", "baltimore-fort-worth-rail"],
        240,
        32,
        63,
    ),
    "vostochny": (
        [*HEAD, "karaganda-vostochny-rail", "vostochny-los-angeles-sea", "los-angeles-fort-worth-rail"],
        314,
        39,
        77,
    ),
    "la-rochelle": ([*CASPIAN, "alat-poti-rail", "poti-la-rochelle-sea"], 215, 29, 71),
    "leshan": ([*HEAD, "karaganda-dostyk-rail", "dostyk-leshan-rail"], 93, 12, 34),
}


STUDY = Path(__file__).with_name("corridor_study_legs.csv")
"""The study's own prices and times of these legs, as worked by hand; the shipped rates are newer."""


@pytest.fixture(scope="module")
def study(world) -> Router:
    """A router whose legs cost and last what the corridor study took them to, without delays."""
    legs = world.table("legs").set_index("leg", drop=False)
    theirs = pd.read_csv(STUDY).set_index("leg")
    legs.loc[theirs.index, theirs.columns] = theirs
    legs.loc[theirs.index, ["cost_basis", "cost_confidence"]] = ["corridor study", "D"]
    delays = world.table("leg_delays").iloc[:0]
    tables = {"legs": legs.reset_index(drop=True), "leg_delays": delays}
    return Router(world.with_tables(tables), "2025-12-25")


@pytest.mark.parametrize("name", list(WORKED))
def test_the_corridor_study_is_reproduced_from_its_legs(study, name):
    legs, usd, low, high = WORKED[name]
    way = follow(study, "carbonate", legs, premiums=False)
    assert way.usd_per_t == pytest.approx(usd, abs=0.6)
    assert way.days_low == pytest.approx(low, abs=0.6)
    assert way.days_high == pytest.approx(high, abs=0.6)


def test_china_a_fifth_cheaper_and_a_week_faster_is_plausible_not_established(study):
    china, caspian = (
        follow(study, "carbonate", WORKED[n][0], premiums=False) for n in ("china-los-angeles", "poti-houston")
    )
    answer = compare_ways(study, china, caspian, n=20_000, seed=1)
    # the study's own error model: -20 % (-42 to +8), cheaper in 89 %, -12 days (-23 to 0), 76 % a week faster
    assert answer.cost_share.point == pytest.approx(-0.20, abs=0.02)
    assert answer.cost_share.low == pytest.approx(-0.42, abs=0.03)
    assert answer.cost_share.high == pytest.approx(0.08, abs=0.03)
    assert answer.share_cheaper == pytest.approx(0.89, abs=0.03)
    assert answer.days.point == pytest.approx(-12, abs=1)
    assert answer.share_week_faster == pytest.approx(0.76, abs=0.05)
    assert answer.deciding[0].startswith("poti-houston-sea")
    both_houston = compare_ways(study, follow(study, "carbonate", WORKED["china-houston"][0], premiums=False), caspian)
    assert both_houston.share_week_faster < 0.35


def test_the_same_seed_gives_the_same_draws(router, study):
    way = follow(router, "carbonate", WORKED["poti-houston"][0])
    assert door_to_door(router, way, 2000, 7) == door_to_door(router, way, 2000, 7)
    times = door_to_door(router, way)
    assert way.days_low <= times.p05 <= times.p50 <= times.p90 <= times.p95
    undelayed = follow(study, "carbonate", WORKED["poti-houston"][0])
    assert door_to_door(study, undelayed).p95 <= undelayed.days_high


def test_sea_distances_are_within_3_percent_of_the_published_tables(world):
    """NGA Pub. 151, Distances Between Ports (2001): at least 25 pairs; the misses are short coastal legs."""
    seen = world.table("corridor_observations")
    tables = seen[(seen["kind"] == "sea_distance") & ~seen["feeds_prior"].astype(bool)]
    legs = world.table("legs").set_index("leg")
    error = (legs.loc[tables["via"], "distance_km"].to_numpy() / tables["distance_km"].to_numpy()) - 1
    assert len(error) >= 95
    assert (abs(error) <= 0.03).sum() >= 25
    assert (abs(error) <= 0.03).mean() >= 0.65
    far = tables["distance_km"].to_numpy() > 5000
    assert abs(error[far]).max() <= 0.07


def test_the_suez_and_cape_lanes_are_as_published(world):
    """Port Economics, Management and Policy: Shanghai-Rotterdam 10,600 nm by Suez, 13,800 nm by the Cape."""
    legs = world.table("legs").set_index("leg")
    assert legs.at["shanghai-rotterdam-sea", "distance_km"] == pytest.approx(10_600 * 1.852, rel=0.03)
    assert legs.at["shanghai-rotterdam-sea-cape", "distance_km"] == pytest.approx(13_800 * 1.852, rel=0.03)
    assert "cape" in legs.at["shanghai-rotterdam-sea-cape", "passages"]


def test_rail_and_road_are_within_5_percent_of_published_line_lengths(world):
    """Lengths from railway and road pages that set no leg: at least 15; the misses are told, not tuned away."""
    lengths = against_lengths(world)
    land = lengths[lengths["mode"].isin(["rail", "road"])]
    assert (land["error"].abs() <= 0.05).sum() >= 15
    assert land["error"].abs().max() <= 0.08
    legs = world.table("legs").set_index("leg")
    for row in land.itertuples():
        sources = set(legs.loc[row.legs.split("|"), "source"])
        assert row.source not in sources or row.error != 0, row.observation


def test_every_published_time_and_price_is_told_inside_or_outside(world, router):
    """The 81 rows of the corridor study and later ones: none is dropped, what sets a leg is told as such."""
    told = against_observations(router)
    assert set(told["verdict"]) <= {"inside", "outside", "no way", "sets a leg", "not ours"}
    seen = world.table("corridor_observations")
    asked = seen[seen["kind"].isin(["door_to_door", "leg", "index", "air_rate"])]
    dated = asked[asked["days_low"].notna() | asked["value"].notna()]
    assert set(told["observation"]) == set(dated["observation"])
    held = told[told["verdict"] == "sets a leg"]["observation"]
    assert set(held) == set(dated.loc[dated["feeds_prior"].astype(bool), "observation"])
    assert told["verdict"].isin(["inside", "outside"]).sum() >= 35
    assert (told.loc[told["verdict"] == "outside", "why"] != "").all()


def test_grade_that_can_bear_the_freight():
    assert cut_off_grade(356, 20, 0.1) == pytest.approx(0.178, abs=0.001)


def test_air_beats_the_sea_for_terbium_not_for_dysprosium():
    at_ten = air_break_even_usd_per_t(4546, 356, 55, 0.10)
    assert at_ten == pytest.approx(278_000, rel=0.005)
    assert 168_000 < at_ten < 758_000
    assert air_break_even_usd_per_t(4546, 356, 55, 0.25) == pytest.approx(111_000, rel=0.005)


def test_mount_weld_is_ordinary_and_monazite_is_class_7():
    """0.16 % ThO2 is 1,406 ppm Th; 6 % ThO2 with 0.3 % U is 251 Bq/g (corridor study, section 5)."""
    mount_weld = specific_activity_bq_per_g(1406, 0)
    monazite = specific_activity_bq_per_g(0.06 * 232.04 / 264.04 * 1e6, 3000)
    assert mount_weld == pytest.approx(5.7, abs=0.05)
    assert monazite == pytest.approx(251, abs=1)
    assert hazard_class(mount_weld, 10) is HazardClass.ORDINARY
    assert hazard_class(monazite, 10) is HazardClass.CLASS_7
    assert hazard_class(None, 10) is HazardClass.CANNOT_TELL


def test_activity_constants_follow_from_half_lives():
    """Th-232 1.405e10 years, U-238 4.468e9 years (nuclear data): ln 2 N_A / (M T)."""
    from math import log

    year, avogadro = 365.25 * 86400, 6.02214076e23
    thorium = log(2) * avogadro / (232.038 * 1.405e10 * year) * 1e-6
    uranium = log(2) * avogadro / (238.051 * 4.468e9 * year) * 1e-6
    assert specific_activity_bq_per_g(1, 0) == pytest.approx(thorium, rel=0.005)
    assert specific_activity_bq_per_g(0, 1) == pytest.approx(uranium, rel=0.01)
