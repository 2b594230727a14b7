"""Year after year: use grows along its path, what is decided comes after its time, and no faster than was ever seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ytterby import runs
from ytterby.demand import purchases, recoverable, retired
from ytterby.market import Outcome
from ytterby.studies.path import PathOutcome, path
from ytterby.studies.path.fan import fan_picture, price_fan
from ytterby.studies.path.growth import growth_of_use
from ytterby.studies.path.idle import Mothballed
from ytterby.studies.path.scrap import RECYCLING
from ytterby.studies.path.show import compared, compared_picture, output_by_side
from ytterby.studies.solve import Base
from ytterby.world import World
from ytterby.world.choices import number
from ytterby.world.errors import InputError

LAST = 2026


@pytest.fixture(scope="module")
def myopic(shipped: World) -> PathOutcome:
    return path(shipped, last=LAST)


@pytest.fixture(scope="module")
def announced(shipped: World) -> PathOutcome:
    return path(shipped, last=LAST, expectations="announced")


def test_use_of_electric_cars_follows_the_path_of_the_agency(shipped: World) -> None:
    growth = growth_of_use(shipped, 2024, 2040)
    table = shipped.table("magnet_element_demand")
    ev = table[(table["use"] == "ev-traction") & (table["elements"] == "Nd+Pr+Dy+Tb")].set_index(["scenario", "year"])[
        "t"
    ]
    for year in (2030, 2035, 2040):
        assert growth.at["ev-traction", year] == pytest.approx(ev["steps", year] / ev["history", 2024])
    assert growth.at["ev-traction", 2027] == pytest.approx((1 + growth.at["ev-traction", 2030]) / 2)


def test_the_first_year_is_the_base_year_but_for_plants_that_no_statistic_knows(
    myopic: PathOutcome, base: Base
) -> None:
    first = myopic.prices[myopic.prices["period"] == base.assembly.year].set_index("node")["point"]
    known = base.outcome.prices.set_index("node")["point"]
    for node in ("ndpr-oxide|listed|china", "dy-oxide|listed|china", "tb-oxide|listed|china"):
        assert first[node] == pytest.approx(known[node], rel=0.03)


def test_every_year_carries_its_own_proof(myopic: PathOutcome) -> None:
    proofs = myopic.certificates.drop(columns="period")
    assert len(proofs) == LAST - 2024 + 1
    assert (proofs <= 1e-6).all().all()


def test_a_plant_runs_only_after_the_time_that_building_takes(myopic: PathOutcome, shipped: World) -> None:
    times = shipped.table("build_times").set_index("stage")["years"]
    decided = myopic.plants[myopic.plants["why"] == "pays at its full cost"]
    assert len(decided) > 0
    waited = decided["ready"] - decided["decided"]
    assert (waited >= decided["stage"].map(times).round() - 1).all()
    runs = myopic.production[myopic.production["site"].isin(decided["site"]) & myopic.production["site"].ne("")]
    ready = runs["site"].map(decided.set_index("site")["ready"])
    assert (runs.loc[runs["period"] < ready, "level_t"] == 0).all()


def test_new_supply_is_begun_no_faster_than_was_ever_seen(myopic: PathOutcome, shipped: World) -> None:
    """A site is begun whole, so that the last may reach beyond; without it the bound holds."""
    speed = number(shipped, "spare-capacity")
    mines = myopic.plants[(myopic.plants["why"] == "pays at its full cost") & (myopic.plants["stage"] == "mine")]
    made = myopic.production[myopic.production["kind"] == "mine"].groupby("period")["level_t"].sum()
    begun = mines["capacity_t"].sum() - mines["capacity_t"].max()
    assert begun <= speed * made.sum()


def test_announced_plants_come_on_their_day_with_the_chance_that_such_plants_have(announced: PathOutcome) -> None:
    plants = announced.plants
    assert set(plants["why"]) == {"announced", "in construction"}
    mines = plants[plants["stage"] == "mine"].groupby("why")["chance"].max()
    assert mines["announced"] < mines["in construction"] < 1


def test_the_same_path_twice_is_the_same(announced: PathOutcome, shipped: World) -> None:
    again = path(shipped, last=LAST, expectations="announced")
    for name, table in announced.tables().items():
        pd.testing.assert_frame_equal(table, again.tables()[name])


def test_a_path_is_kept_as_a_run(announced: PathOutcome, tmp_path: Path) -> None:
    folder = announced.save(tmp_path / "run")
    kept = runs.read(folder)
    assert kept.manifest["kind"] == "path"
    assert kept.manifest["last"] == LAST
    found = runs.query({"run": folder}, "select max(period) as last from prices")
    assert int(found.at[0, "last"]) == LAST


@pytest.mark.parametrize(("last", "expected"), [(2024, "a year after 2024"), (2999, "at most 2040")])
def test_a_year_that_the_path_cannot_reach_is_told(shipped: World, last: int, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        path(shipped, last=last)


def test_buyers_adapt_no_faster_than_was_ever_seen(shipped: World, base: Base) -> None:
    from ytterby.studies.path.run import Adapting

    habit = Adapting.of(shipped, base.outcome.network.demands, base.assembly.year)
    before = habit.share.copy()
    habit.learn(base.outcome)
    change = habit.share / before
    most = number(shipped, "thrift-per-year")
    assert np.all(change >= 1 - most - 1e-12)
    assert np.all(change <= 1 / (1 - most) + 1e-12)


def test_a_path_is_not_taken_for_one_year(announced: PathOutcome, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="kind path"):
        Outcome.load(announced.save(tmp_path / "run"))


def test_two_paths_are_compared_period_by_period(myopic: PathOutcome, announced: PathOutcome, shipped: World) -> None:
    table = compared(myopic, announced, shipped, ["dy-oxide"], ["china"])
    assert table["period"].tolist() == [2024, 2025, 2026]
    assert (table["change"] == table["after"] - table["before"]).all()
    drawn = compared_picture(table, ("myopic", "announced")).svg()
    assert "dy-oxide (announced), china" in drawn


def test_old_magnets_give_no_more_oxide_than_can_be_won(myopic: PathOutcome, shipped: World) -> None:
    first, last = 2024, LAST
    left = recoverable(shipped, retired(shipped, purchases(shipped, first, last), first, last))
    won = left.groupby("year")["t_reo"].sum()
    made = myopic.production[myopic.production["kind"] == RECYCLING].groupby("period")["level_t"].sum()
    assert made.get(first, 0.0) == 0.0
    assert 0.0 < made[last] <= won[last] - won[first] + 1e-6


def test_a_price_floor_is_paid_on_its_dates(myopic: PathOutcome) -> None:
    paid = myopic.support[myopic.support["contract"] == "us-dow-mp-price-protection"].set_index("period")
    assert list(paid.index) == [2026]
    row = paid.loc[2026]
    assert row["usd"] == pytest.approx(row["paid_usd_per_kg"] * row["t"] * 1000.0)
    assert row["paid_usd_per_kg"] == pytest.approx(110.0 - row["benchmark_usd_per_kg"])


def test_no_planned_separator_without_a_stated_size_makes_anything(myopic: PathOutcome, shipped: World) -> None:
    sites = shipped.table("sites").set_index("site")
    own = myopic.production[myopic.production["site"].ne("") & myopic.production["level_t"].gt(1e-6)]
    begun = set(myopic.plants["site"])
    planned = own["site"].map(sites["status"]).isin(("planned", "construction"))
    assert set(own.loc[planned, "site"]) <= begun


def test_a_plant_that_stands_still_is_closed_and_comes_back_when_it_would_pay(base: Base) -> None:
    idle = Mothballed("CHN", still_years=2, still_share=0.05, margin=0.2, reopening_years=1)
    solved = base.outcome
    site = "white-mesa"
    made = solved.production[solved.production["site"] == site]
    assert made["level_t"].sum() == pytest.approx(0.0, abs=1e-6)
    idle.learn(solved, 2024)
    assert idle.sites(2025) == set()
    idle.learn(solved, 2025)
    assert site in idle.sites(2026)
    dear = solved.prices.assign(point=np.where(solved.prices["stage"] == "separation", 50 * solved.prices["point"],
                                               solved.prices["point"]))  # fmt: skip
    idle.learn(replace(solved, prices=dear), 2026)
    assert site in idle.sites(2027)
    assert site not in idle.sites(2028)
    assert {"period": 2026, "site": site, "what": "closed"} in idle.history
    assert {"period": 2028, "site": site, "what": "reopened"} in idle.history


def test_a_fan_holds_every_run(myopic: PathOutcome, announced: PathOutcome, shipped: World) -> None:
    fan = price_fan([myopic, announced], shipped, ["ndpr-oxide"], ["china"])
    assert (fan["low"] <= fan["middle"]).all()
    assert (fan["middle"] <= fan["high"]).all()
    assert set(fan["period"]) == set(range(2024, LAST + 1))
    assert fan_picture(fan, 2).svg().startswith("<svg")
    with pytest.raises(InputError, match="at least 2"):
        price_fan([myopic], shipped, None, None)


def test_levels_that_the_solver_rounds_are_printed_as_nothing(myopic: PathOutcome) -> None:
    made = myopic.production
    largest = made[made["kind"] == "metal"].groupby("place")["level_t"].sum().idxmax()
    elsewhere = (made["kind"].isin(["metal", "new metal"])) & (made["place"] != largest)
    rounded = made.assign(level_t=made["level_t"].mask(elsewhere, 2e-28))
    told = output_by_side(replace(myopic, production=rounded))
    assert (told[f"metal, outside {largest}"] == 0.0).all()
    assert (told["metal, t"] > 0.0).all()
