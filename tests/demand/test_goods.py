"""Demand: goods are whole, rows have a price response, the total is the one basis that it names."""

from itertools import pairwise

import pytest

from ytterby import demand
from ytterby.demand.bottomup import finished_magnets
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


def test_goods_other_than_magnets_are_made_of_shares_that_sum_to_one(world: World) -> None:
    table = demand.goods(world)
    assert table.groupby("good")["t_per_t"].sum().sub(1).abs().max() < 1e-9


@pytest.mark.parametrize("horizon", demand.HORIZONS)
@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_every_row_of_demand_has_a_response_and_a_band_around_it(world: World, year: int, horizon: str) -> None:
    table = demand.annual_demand(world, year, horizon)
    assert table[["elasticity", "choke_usd_per_kg"]].notna().all().all()
    assert (table["elasticity"] < 0).all()
    assert (table["low"] <= table["t"] + 0.1).all()
    assert (table["t"] <= table["high"] + 0.1).all()
    assert not table.duplicated(["place", "good", "commodity"]).any()


def test_response_grows_and_choke_falls_with_the_length_of_a_shock(world: World) -> None:
    frames = [demand.annual_demand(world, 2024, h).set_index(["place", "good", "commodity"]) for h in demand.HORIZONS]
    for sooner, later in pairwise(frames):
        assert (later["elasticity"].abs() >= sooner["elasticity"].abs()).all()
        assert (later["choke_usd_per_kg"] <= sooner["choke_usd_per_kg"]).all()


def test_magnet_elements_meet_the_iea_total_gross_of_scrap(world: World) -> None:
    # IEA Critical Minerals Dataset, May 2025: 90.9 kt Nd+Pr+Dy+Tb in 2024; EV Dy 0.674 and wind Dy 0.789 kt.
    table = demand.magnet_elements(world, 2024)
    assert table["t"].sum() == pytest.approx(90_922, rel=0.05)
    by_use = table.set_index(["use", "element"])["t"]
    assert by_use["ev-traction", "Dy"] == pytest.approx(674, rel=0.15)
    assert by_use["wind", "Dy"] == pytest.approx(789, rel=0.15)
    net = demand.magnet_elements(world, 2024, gross_of_scrap=False)
    assert net["t"].sum() < table["t"].sum()


def test_finished_magnets_lie_under_published_output(world: World) -> None:
    # IEEE Spectrum: 220-240 kt NdFeB made in 2024 (blanks and finished mixed); Europe 20 kt used (Court of
    # Auditors).
    assert 180_000 < finished_magnets(world, 2024) < 240_000
    europe = demand.totals(world, 2024, "place").set_index(["place", "magnet"])["t"]["europe", True]
    assert europe == pytest.approx(20_000, rel=0.1)


def test_iea_parts_sum_to_their_total(world: World) -> None:
    table = world.table("magnet_element_demand")
    row = table[(table["year"] == 2024) & (table["elements"] == "Nd+Pr+Dy+Tb")].set_index("use")["t"]
    assert row["ev-traction"] + row["wind"] + row["other"] == pytest.approx(row["all"], abs=20)


def test_bottom_up_names_what_it_leaves_out(world: World) -> None:
    counted = demand.bottom_up(world, 2024)
    assert counted.total_t + counted.residual_t == pytest.approx(counted.iea_t)
    ev = counted.table.set_index("use").loc["ev-traction"]
    assert ev["t_element_net"] < ev["iea_t"] < ev["t_element"] * 1.02, (
        "IEA's number lies between content and gross input"
    )
    assert abs(ev["gap"]) < 0.20
    wind = counted.table.set_index("use").loc["wind"]
    assert wind["iea_parts_t"] < wind["iea_t"], "the agency's own sheets of wind differ"
    assert abs(wind["gap_parts"]) < 0.15
    # ACREI: 43 kt of magnets (blanks) in new-energy vehicles; GWEC: 27.4 kt in turbines of 2023, 35.2 kt in 2025.
    gross = counted.table.set_index("use")["t_magnet"] / 0.7
    assert gross["ev-traction"] < ev["sector_t_magnet"], "trade bodies count more than this does"
    assert gross["wind"] < wind["sector_t_magnet"]
    assert counted.residual_t < 0.5 * counted.iea_t


def test_vehicles_meet_the_iea_within_15_per_cent_as_content_over_all_modes(world: World) -> None:
    # IEA 2025: 8,359 t in all vehicles of 2024; IEA 2021: 0.5 kg of rare earths in an electric car, as content.
    counted = demand.bottom_up(world, 2024)
    row = counted.table.set_index("use").loc["ev-traction"]
    assert abs(row["gap_scope"]) < 0.15
    assert row["t_iea_content"] == pytest.approx(17.5e6 * 0.5 / 1000)
    assert abs(row["t_iea_content"] / row["iea_t"] - 1) < 0.15, "the agency's row reads as content"


def test_wind_is_missed_as_content_and_the_reason_is_the_share_of_direct_drive(world: World) -> None:
    # GWEC: 91.3 % of turbines of 2024 geared; the IEA's 10,496 t would need three times as many without a gearbox.
    counted = demand.bottom_up(world, 2024)
    assert counted.table.set_index("use").loc["wind", "gap_scope"] < -0.15
    assert counted.direct_drive_implied > 2 * (1 - 0.913)


def test_units_give_what_can_be_weighed(world: World) -> None:
    # A hub motor has 46 blocks of 24 x 13.65 x 3 mm (Horizon Magnetic Technologies); sintered magnet weighs 7.5 g/cm3.
    uses = demand.bottom_up(world, 2024).table.set_index("use")
    blocks_kg = 46 * 2.4 * 1.365 * 0.3 * 7.5 / 1000
    assert uses.loc["two-wheelers", "t_magnet"] == pytest.approx(42.28e6 * blocks_kg / 1000, rel=0.01)
    assert uses.loc["two-wheelers", "units_known"]
    assert uses.loc["hybrid-cars", "t_magnet"] < uses.loc["ev-traction", "t_magnet"] / 3
    assert (uses["t_magnet_low"] <= uses["t_magnet"]).all()
    assert (uses["t_magnet"] <= uses["t_magnet_high"]).all()


def test_unknown_year_and_horizon_say_what_would_do(world: World) -> None:
    with pytest.raises(InputError, match="2023, 2024, 2025"):
        demand.annual_demand(world, 1999)
    with pytest.raises(UnknownNameError, match="months"):
        demand.annual_demand(world, 2024, "month")


def test_sources_and_keys_exist(world: World) -> None:
    sources = set(world.table("sources")["source"])
    for name in (
        "goods",
        "good_recipes",
        "demand",
        "elasticities",
        "ev_sales",
        "intensities",
        "recycling",
        "stock_cover",
        "shortfall_events",
        "magnet_element_demand",
    ):
        table = world.table(name)
        assert set(table["source"]) <= sources, name
        assert (table.loc[table["confidence"] == "D", "note"] != "").all(), name
