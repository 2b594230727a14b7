"""Published figures: mineral processing, recoveries, scale, plants. Cases and sources: cases.csv."""

from __future__ import annotations

import numpy as np
import pytest

from ytterby.separation import stoichiometry
from ytterby.separation.downstream import downstream, oxide_per_metal
from ytterby.separation.flotation import CONCENTRATE, TAILINGS, Bank, float_circuit, two_product_recovery
from ytterby.separation.steady import Cascade, solve_cascade
from ytterby.world.elements import oxide_per_element

FEED = {"REO": 7.7, "CaO": 22.1, "BaO": 14.6, "SrO": 5.0}
ROUTING = {
    "rougher": ("cleaner1", TAILINGS),
    "cleaner1": ("cleaner2", "scavenger"),
    "scavenger": ("rougher", TAILINGS),
    "cleaner2": ("cleaners34", "cleaner1"),
    "cleaners34": (CONCENTRATE, "cleaner2"),
}
"""Counter-current cleaning with the scavenger's concentrate back to the rougher."""


def mountain_pass(cases):
    case = cases["mountain_pass_flotation_banks"]
    feed = FEED | {"inert_gangue": 100 - sum(FEED.values())}
    banks = [Bank(name, {c: float(case[f"{name} recovery {c}"]) for c in feed}, *ROUTING[name]) for name in ROUTING]
    return float_circuit(feed, banks)


def test_mountain_pass_flotation(cases):
    """Pradip & Fuerstenau 2013, tables 1 and 2, as given by PrOMMiS: 80.1 % recovery, 65.6 % REO, 9.6 % of
    mass."""
    result = mountain_pass(cases)
    table = cases["mountain_pass_flotation_table1"]
    assert 100 * result.recovery("REO") == pytest.approx(
        float(cases["mountain_pass_flotation_banks"]["circuit REO recovery with recycle"]), abs=2
    )
    assert 100 * result.grade("REO") == pytest.approx(float(table["final concentrate REO assay"]), rel=0.05)
    assert 100 * result.mass_pull() == pytest.approx(float(table["final concentrate weight split"]), rel=0.05)
    tails_grade = result.tailings["REO"] / sum(result.tailings.values())
    assert 100 * tails_grade == pytest.approx(float(table["combined tails REO assay"]), abs=0.1)


def test_mountain_pass_two_product_balance_closes_to_two_per_cent(cases):
    table = cases["mountain_pass_flotation_table1"]
    found = two_product_recovery(
        float(table["feed REO assay"]),
        float(table["final concentrate REO assay"]),
        float(table["final concentrate weight split"]) / 100,
    )
    assert 100 * found == pytest.approx(float(table["REO recovery to final concentrate"]), rel=0.025)


def test_bear_lodge_overall_recovery(cases):
    """Bear Lodge PFS 2014, table 1.1."""
    case = cases["bear_lodge_overall_recovery"]
    steps = float(case["PUG recovery years 1-9"]) / 100, float(case["hydromet recovery years 1-9"]) / 100
    assert 100 * steps[0] * steps[1] == pytest.approx(float(case["overall recovery"]), abs=0.1)


def test_lutetium_from_ytterbium_with_the_published_stages(cases):
    """P507 reflux extraction of Lu (1985): 20 + 60 stages give Lu above 99.95 % at a yield above 98 %."""
    case = cases["Lu_Yb_P507_reflux"]
    yb, lu = float(case["feed Yb"]) / 97, float(case["feed Lu"]) / 97
    feed = np.array([yb, lu]) / (yb + lu)
    n, m = int(case["depletion stages"]), int(case["enrichment stages"])
    recovery, purity = float(case["Lu yield"]) / 100, float(case["Lu purity"]) / 100
    product = feed[1] * 0.985
    reached = False
    for s in np.arange(1.4, 4.0, 0.2):
        state = solve_cascade(Cascade.of_sections(np.array([1.0, 1.8]), feed, (n, m), (s, s - product)))
        out = state.organic_product
        if out[1] / out.sum() > purity and out[1] / feed[1] > recovery:
            reached = True
            assert state.raffinate[1] / state.raffinate.sum() < float(case["Lu left in Yb raffinate"]) / 100
    assert reached


def test_oxide_to_metal(cases):
    case = cases["oxide_to_metal"]
    assert oxide_per_element("Nd") == pytest.approx(float(case["Nd2O3 per Nd"]), abs=1e-4)
    assert oxide_per_element("Pr") == pytest.approx(float(case["Pr6O11 per Pr"]), abs=1e-4)
    mixed = oxide_per_metal({"Nd": 0.75, "Pr": 0.25})
    assert mixed == pytest.approx(float(case["PrNd oxide per metal (75 Nd: 25 Pr oxide)"]), abs=1e-4)
    assert stoichiometry.faraday_ah_per_kg("Nd") == pytest.approx(float(case["charge per kg Nd"]), abs=0.05)


def test_saskatoon_metal_from_monazite(cases):
    """Green Car Congress 2021, Canadian Mining Journal 2024: 400 t of metal from 1,800 t REO, an
    optimistic claim."""
    case = cases["src_monazite"]
    reo = float(case["monazite concentrate"]) * float(case["TREO grade"]) / 100
    oxide = float(case["NdPr metal"]) * oxide_per_metal({"Nd": 0.75, "Pr": 0.25})
    assert oxide == pytest.approx(471, abs=1)
    assert oxide / reo == pytest.approx(0.26, abs=0.005)


def test_mixer_volume_scales_with_throughput(cases):
    """Mackowski 2014: a 700 t/y circuit needs 7 % of the mixers of a 10,000 t/y one at equal residence."""
    case = cases["mackowski_scale"]
    assert 100 * float(case["SEG + HREO"]) / float(case["plant REO throughput"]) == pytest.approx(
        float(case["mixer volume of SEG+HREO circuit over first circuit"])
    )


@pytest.mark.parametrize("name", ["textbook_feed_per_t", "textbook_clay_feed"])
def test_feed_per_tonne(cases, name):
    case = cases[name]
    output = next(v for k, v in case.items() if k not in ("grade", "recovery"))
    assert 1 / (float(case["grade"]) * float(case["recovery"])) == pytest.approx(float(output), rel=0.01)


def test_magnet_losses_gross_and_net(world):
    made = downstream(world).magnet("CHN")
    assert made.gross_kg_per_kg.point == pytest.approx(1 / (0.97 * 0.98 * 0.97 * 0.70), rel=1e-9)
    assert 1 < made.net_kg_per_kg.point < made.gross_kg_per_kg.point
    assert downstream(world).metal("CAN").oxide_kg_per_kg.point == pytest.approx(1.20, abs=0.01)
