"""By-product mines: their rare earths follow the product that they run for, and end with it."""

from __future__ import annotations

import pytest

from ytterby.studies.path import PathOutcome, path
from ytterby.studies.path.hosts import Hosts
from ytterby.world import Scenario, World
from ytterby.world.errors import InputError

DAY = "07-01"
YEARS = range(2024, 2031)


def changed(shipped: World, **change: object) -> Hosts:
    scenario = Scenario.parse({"title": "Hosts", "changes": [{"because": "a host product changes", **change}]})
    return Hosts.of(scenario.apply(shipped), list(YEARS), DAY)


def told(**row: object) -> dict[str, object]:
    return {"source": "assumption", "confidence": "D", "note": "supposed", **row}


def test_level_hosts_take_nothing_away(shipped: World) -> None:
    hosts = Hosts.of(shipped, list(YEARS), DAY)
    assert (hosts.shares == 1.0).all().all()
    assert hosts.notes() == []
    assert hosts.share("mountain-pass-mine", 2030) == 1.0


def test_a_host_may_fall_as_far_as_it_brings_more_than_is_won(shipped: World) -> None:
    """Output falls on a straight line to a half in 2028; where half as much again is mined as is won, a third of it is
    lost before rare earths are."""
    row = told(host="iron-ore", year=2028, output=0.5)
    hosts = changed(shipped, table="host_paths", append=row)
    room = float(shipped.table("host_products").set_index("site").at["bayan-obo-mine", "room"])
    for year in YEARS:
        output = max(0.5, 1.0 - 0.125 * (year - 2024))
        assert hosts.share("bayan-obo-mine", year) == pytest.approx(min(1.0, room * output))
    assert hosts.share("lovozero-mine", 2030) == 1.0
    assert any(note.startswith("bayan-obo-mine runs for iron-ore") for note in hosts.notes())


def test_a_host_mine_stops_below_its_price(shipped: World) -> None:
    case = Scenario.parse(
        {
            "title": "A price falls",
            "changes": [
                {
                    "table": "host_products", "where": {"site": "lovozero-mine"},
                    "set": {"stops_below_usd_per_t": 30_000.0}, "because": "a threshold is supposed",
                },
                {
                    "table": "host_paths",
                    "append": [
                        told(host="niobium-tantalum", year=2025, output=1.0, price_usd_per_t=40_000.0),
                        told(host="niobium-tantalum", year=2029, output=1.0, price_usd_per_t=20_000.0),
                    ],
                    "because": "a price is supposed",
                },
            ],
        }
    )  # fmt: skip
    hosts = Hosts.of(case.apply(shipped), list(YEARS), DAY)
    assert [hosts.share("lovozero-mine", y) for y in YEARS] == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]


def test_an_announced_closure_takes_all_of_it(shipped: World) -> None:
    where = {"site": "chemours-sands"}
    hosts = changed(shipped, table="host_products", where=where, set={"closes": "2026-03-01"})
    assert [hosts.share("chemours-sands", y) for y in (2025, 2026, 2030)] == [1.0, 0.0, 0.0]


def test_a_host_without_a_path_is_told(shipped: World) -> None:
    row = told(site="fen", host="apatite", room=1.0)
    with pytest.raises(InputError, match="apatite"):
        changed(shipped, table="host_products", append=row)


def test_the_path_makes_less_where_the_host_falls(shipped: World) -> None:
    """Iron ore at a third of the base year's from 2025 on: Bayan Obo makes at most half."""
    row = told(host="iron-ore", year=2025, output=1.0 / 3.0)
    change = {"table": "host_paths", "append": row, "because": "iron ore falls"}
    case = Scenario.parse({"title": "Iron ore falls", "changes": [change]})
    found: list[PathOutcome] = [path(shipped, scenario, last=2025) for scenario in (None, case)]
    made = [f.production.query("site == 'bayan-obo-mine'").groupby("period")["level_t"].sum() for f in found]
    room = float(shipped.table("host_products").set_index("site").at["bayan-obo-mine", "room"])
    assert made[1][2024] == pytest.approx(made[0][2024])
    capacity = found[0].production.query("activity == 'mine:bayan-obo-mine' and period == 2025")["capacity_t"].iloc[0]
    assert made[1][2025] <= room / 3.0 * capacity * (1 + 1e-9)
    assert made[1][2025] < made[0][2025]
    assert (found[1].certificates.drop(columns="period") <= 1e-6).all().all()
    nd = [f.prices.query("period == 2025 and node == 'ndpr-oxide|listed|china'")["point"].iloc[0] for f in found]
    assert nd[1] > nd[0]
