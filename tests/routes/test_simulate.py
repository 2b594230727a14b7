"""Draws of time and cost, seasons, and comparisons on the same draws."""

import numpy as np
import pandas as pd
import pytest

from ytterby.routes import Router, compare_ways, corridor_table, door_to_door, months_table

FERRY = "aktau-alat-ferry"


def _with_delays(world, rows):
    delays = world.table("leg_delays")
    blank = delays.iloc[:0]
    return world.with_tables({"leg_delays": pd.concat([blank, pd.DataFrame(rows)])[delays.columns]})


def _delay(**fields):
    row = {
        "delay": "storm", "title": "Storm", "subject_kind": "leg", "subject": FERRY, "months": "", "probability": 1.0,
        "days_p50": 10.0, "days_p95": 10.0, "closed_share": np.nan, "capacity_factor": np.nan, "valid_from": pd.NaT,
        "valid_to": pd.NaT, "source": "assumption", "confidence": "D", "note": "supposed",
    }  # fmt: skip
    return row | fields


def test_a_sure_delay_of_ten_days_adds_ten_days(world):
    calm = Router(_with_delays(world, []), "2025-06-15")
    late = Router(_with_delays(world, [_delay()]), "2025-06-15")
    ways = [r.cheapest_through("aktau", "poti", "carbonate", FERRY) for r in (calm, late)]
    assert [leg.leg for leg in ways[0].legs] == [leg.leg for leg in ways[1].legs]
    times = [door_to_door(r, way) for r, way in zip((calm, late), ways, strict=True)]
    assert times[1].p50 - times[0].p50 == pytest.approx(10.0)
    assert times[1].p90 - times[0].p90 == pytest.approx(10.0)
    assert ways[1].days - ways[0].days == pytest.approx(10.0)


def test_a_delay_holds_in_its_months_only(world):
    winter = _with_delays(world, [_delay(months="1|2|12", probability=0.5, days_p50=3.0, days_p95=9.0)])
    table = months_table(winter, "aktau", "poti", "carbonate", 2025, via=FERRY, months=(1, 6, 7)).set_index("month")
    assert table["p90"]["2025-07"] == table["p90"]["2025-06"]
    assert table["p90"]["2025-01"] > table["p90"]["2025-06"] + 2
    assert table["delays"].to_dict() == {"2025-01": "Storm (50%)", "2025-06": "", "2025-07": ""}


def test_a_season_that_shuts_a_leg_leaves_another_way_or_none(world):
    frozen = _with_delays(world, [_delay(months="1", probability=0.0, closed_share=1.0)])
    table = months_table(frozen, "aktau", "poti", "carbonate", 2025, via=FERRY, months=(1, 2))
    assert table["lawful"].tolist() == [False, True]
    rest = Router(frozen, "2025-01-15").cheapest("aktau", "poti", "carbonate")
    assert rest.lawful
    assert FERRY not in {leg.leg for leg in rest.legs}


def test_a_leg_ridden_both_ways_by_two_ways_has_one_draw(router):
    way = router.cheapest("karaganda", "houston", "oxide")
    same = compare_ways(router, way, way, n=500)
    assert same.cost_share.low == same.cost_share.high == 0
    assert same.days.low == same.days.high == 0
    assert same.deciding == ()
    assert same.deciding_days == ()


def test_quantiles_are_in_order_and_a_seed_gives_one_answer(router):
    way = router.cheapest("karaganda", "houston", "oxide")
    time = door_to_door(router, way, seed=5)
    assert time == door_to_door(router, way, seed=5)
    assert time.p05 < time.p50 < time.p90 < time.p95


def test_an_assertion_is_borne_out_or_not(router):
    pair = [router.cheapest_through("kuirektykol", "fort worth", "carbonate", via) for via in ("dostyk", FERRY)]
    certain = compare_ways(router, *pair, said=(-10.0, -1000.0)).said
    never = compare_ways(router, *pair, said=(0.99, 0.0)).said
    middle = compare_ways(router, *pair, said=(0.2, 7.0)).said
    assert certain is not None
    assert certain.verdict == "holds"
    assert never is not None
    assert never.verdict == "does not hold"
    assert middle is not None
    assert middle.share_both <= min(middle.share_cheaper, middle.share_faster)


def test_the_corridor_table_holds_a_row_for_each_way(router):
    ways = router.ways("karaganda", "houston", "oxide")
    table = corridor_table(router, ways)
    assert table["way"].tolist() == list(range(1, len(ways) + 1))
    assert table["extra_usd_per_t"].min() == 0
    assert (table["p50"] < table["p90"]).all()
    assert table["assumed_share"].between(0, 1).all()
