"""Year after year: use grows along its path, what is decided comes after its time, and no faster than was ever seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ytterby import runs
from ytterby.market import Outcome
from ytterby.studies.path import PathOutcome, path
from ytterby.studies.path.growth import growth_of_use
from ytterby.studies.path.show import compared, compared_picture
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
