"""Published studies as tests: T1 to T11, each with its source and an honest tolerance."""

import numpy as np
import pytest

from ytterby import projects
from ytterby.projects import Mine, Timing
from ytterby.world.load import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


def bear_lodge(price: float = 24.60, opex: float = 1.0, capex: float = 1.0) -> np.ndarray:
    """Bear Lodge PFS (Roche, NI 43-101, 9 Oct 2014, table 1.1), M USD: 290 in two halves, 45 years from year
    2."""
    later_t = (45 * 6813 - 9 * 7732) / 36
    later_cost = (45 * 6813 * 15.05 - 9 * 7732 * 11.75) / (36 * later_t)
    tonnes = np.array([7732.0] * 9 + [later_t] * 36)
    cost = np.array([11.75] * 9 + [later_cost] * 36)
    margin = tonnes * (price - cost * opex) / 1000.0 - (453 - 290) / 45 * capex
    return np.array([-145.0 * capex, -145.0 * capex, *margin])


@pytest.mark.parametrize(
    ("case", "published", "tolerance"),
    [
        ({}, 426, 0.02),
        ({"price": 24.60 * 0.8}, 117, 0.15),
        ({"price": 24.60 * 1.2}, 735, 0.02),
        ({"opex": 1.2}, 264, 0.07),
        ({"capex": 1.2}, 368, 0.03),
    ],
)
def test_t1_bear_lodge_before_tax(case: dict[str, float], published: float, tolerance: float) -> None:
    # Tables 1.1 and 22.9 of the report; the opex rows have their signs swapped in print.
    assert projects.npv(0.10, bear_lodge(**case)) == pytest.approx(published, rel=tolerance)


def test_t1_bear_lodge_slope_rate_and_timing() -> None:
    slope = float(projects.npv(0.10, bear_lodge(25.60)) - projects.npv(0.10, bear_lodge(24.60)))
    assert slope == pytest.approx((735 - 117) / (2 * 0.2 * 24.60), rel=0.05)  # 62.8 printed
    assert projects.irr(bear_lodge()) == pytest.approx(0.327, abs=0.06)  # spending profile is not printed
    flows = bear_lodge()
    at_once = np.array([flows[0] + flows[1], *flows[2:]])
    moved = float(projects.npv(0.10, at_once) - projects.npv(0.10, flows))
    assert moved == pytest.approx(56, abs=2)


def test_t2_wicheeda_before_tax() -> None:
    # Defense Metals PFS 2025: 165 M USD a year at 37.42 USD/kg, price 136.60, capital 1,400, 15 years, 8 %.
    tonnes = 165e3 / 37.42
    flows = np.array([-700.0, -700.0, *[tonnes * (136.60 - 37.42) / 1000.0] * 15])
    assert projects.npv(0.08, flows) == pytest.approx(1800, rel=0.20)  # no ramp, sustaining or closure is printed
    assert projects.irr(flows) == pytest.approx(0.246, abs=0.03)


def test_t3_nolans_slope() -> None:
    # Arafura DFS 2019: +A$130 M of NPV per +5 USD/kg NdPr, 4,357 t/y, 23 years, 10 %; A$ at 0.71 USD.
    def at(price: float) -> float:
        mine = Mine(
            "nolans",
            4357.0,
            1.0,
            1.0,
            {"ndpr-oxide": 1.0},
            {"ndpr-oxide": price},
            25.94,
            714e6,
            23,
            ramp=(0.5, 0.8),
            tax=0.30,
            royalty=0.05,
            discount=0.10,
        )
        return projects.appraise(mine).npv_usd / 1e6 / 0.71

    assert 20 <= at(81.0) - at(80.0) <= 32


def test_t4_colossus_and_t8_its_slope(world: World) -> None:
    # Viridis PFS 2025: 358 M USD, 197 M a year for 20 years, 8 %: 1,410 before tax; 128 M a year at 63
    # USD/kg: 773.
    flows = np.array([-179.0, -179.0, *[197.0] * 20])
    assert projects.npv(0.08, flows) == pytest.approx(1410, rel=0.05)
    low = np.array([-179.0, -179.0, *[128.0] * 20])
    slope = float(projects.npv(0.08, flows) - projects.npv(0.08, low)) / (90 - 63)
    assert slope == pytest.approx((1410 - 773) / (90 - 63), rel=0.05)


def test_t5_white_mesa_after_tax() -> None:
    # Energy Fuels BFS Jan 2026: 410 M USD, EBITDA 311 for 15 years, then 200 for 25 (assumed), 25 % tax, 8 %.
    margin = np.array([311.0] * 15 + [200.0] * 25)
    relief = np.array([41.0] * 10 + [0.0] * 30)
    flows = np.array([-205.0, -205.0, *(margin - 0.25 * (margin - relief))])
    assert projects.npv(0.08, flows) == pytest.approx(1900, rel=0.10)


def test_t6_makuutu_recovery() -> None:
    # Ionic DFS: 40,090 t of product over the life from 172.9 Mt at 848 ppm.
    claim = projects.Claim("Makuutu", ore_t_per_y=172.9e6, grade_pct=0.0848, product_t_per_y=40_090, recovery_pct=27.3)
    assert projects.check_claim(claim).verdict is projects.Finding.CONSISTENT
    assert pytest.approx(0.273, abs=0.001) == 40_090 / (172.9e6 * 0.000848)


def test_t7_a_lower_deck_takes_more_off_the_value_than_off_the_price() -> None:
    # Peak BFS update 2017: NPV 579 -> 444 M USD (-23 %) by deck alone; printed: NdPr 77.50, SEG-H 8.00, Ce
    # 2.20,
    # La 3.70 USD/kg, cost 91 M a year, capital 365. The older deck, tax and ramp are not printed.
    others = (530 * 8.00 + 3005 * 2.20 + 6940 * 3.70) / 1e3

    def at(price: float) -> float:
        margin = 2.420 * price + others - 91
        return float(projects.npv(0.10, np.array([-182.5, -182.5, *[margin] * 30])))

    assert at(77.5) > 444, "before tax and at full output from the start it must lie above"
    lost = 1 - at(77.5 * 0.9) / at(77.5)
    assert lost > 0.15, "a tenth off NdPr takes more than a tenth off the value"


def test_t9_t10_what_forms_are_paid(world: World) -> None:
    payable = world.table("payabilities").set_index("form")["payable"]
    assert payable["concentrate"] / payable["carbonate"] == pytest.approx(5.76 / 14.04, abs=0.01)  # Wicheeda PEA 2021
    # Steenkampskraal 2019: carbonate 3.50 and oxide 10.00 USD/kg: separation takes 6.50 of a 10 USD basket.
    assert payable["carbonate"] * 10.0 > 3.50


def test_t11_price_floor() -> None:
    # MP Materials and the US government, July 2025: 110 USD/kg NdPr; at 49 USD/kg and 6,000 t/y: 366 M USD a
    # year.
    assert projects.price_floor_payment(110, 49, 6000) == pytest.approx(366e6)
    assert projects.price_floor_payment(110, 120, 6000) == 0
    base = Mine("f", 6000.0, 1.0, 1.0, {"ndpr-oxide": 1.0}, {"ndpr-oxide": 49.0}, 40.0, 500e6, 20)
    held = Mine(**{**base.__dict__, "price_floor_usd_per_kg": {"ndpr-oxide": 110.0}, "floor_years": 10})
    gain = projects.appraise(held).statement["support"]
    assert gain.max() == pytest.approx(366e6)
    assert (gain > 0).sum() == 10


def test_register_is_repriced_quickly_and_says_what_is_missing(world: World) -> None:
    inside, outside = (projects.reprice(world, projects.observed_deck(world, p, 2025)) for p in ("china", "europe"))
    assert len(inside) == len(world.table("project_studies"))
    valued = inside["why_not"] == ""
    assert valued.sum() >= 10
    assert inside.loc[~valued, "why_not"].str.len().gt(10).all()
    assert (outside.loc[valued, "npv_musd"] > inside.loc[valued, "npv_musd"]).all()


def test_the_lower_the_deck_the_fewer_pay(world: World) -> None:
    # O'Brien and Alonso 2025 (USGS): 9 of 12 projects pay at 2011 peak prices, 0 of 12 at the 2016 trough.
    from ytterby.world.terms import PriceDeck

    def paying(scale: float) -> int:
        deck = {
            "ndpr-oxide": 55,
            "dy-oxide": 257,
            "tb-oxide": 812,
            "la-oxide": 1,
            "ce-oxide": 1.2,
            "y-oxide": 6,
        }
        table = projects.reprice(world, PriceDeck("x", 2024, {k: v * scale for k, v in deck.items()}, "", "", ""))
        return int((table["npv_musd"] > 0).sum())

    assert paying(4.0) > paying(1.0) > paying(0.6)
    assert paying(0.6) <= 1


def test_timing_is_stored() -> None:
    mine = Mine("t", 1e6, 0.02, 0.5, {"ndpr-oxide": 0.2}, {"ndpr-oxide": 80.0}, 5.0, 3e8, 20, timing=Timing.MID)
    assert projects.appraise(mine).timing == "mid"


def test_nolans_grew_dearer_at_equal_output(world: World) -> None:
    # Arafura: A$1,006 M (2019) to A$1,586 M (2022) at 4,357-4,440 t/y NdPr: 13 % a year in A$.
    row = projects.overruns(world).set_index("deposit").loc["nolans-bore"]
    assert row["same_output"]
    assert row["per_year"] == pytest.approx(0.15, abs=0.03)
