"""Foresight: free entry in closed form, no other plan is worth more, discounting, and the shipped world's own years."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.market.worlds import Draft

from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium
from ytterby.studies.path import PathOutcome, path
from ytterby.studies.path.building import Expectations, Pipeline
from ytterby.studies.path.foresight import WHY, Horizon, as_built, options_of, settled, valued, welfare
from ytterby.studies.path.foresight_joined import Option, joined, taken_apart, worth_of
from ytterby.studies.path.run import Ground
from ytterby.world import Scenario, World
from ytterby.world.choices import number
from ytterby.world.errors import InputError

COST, CAPITAL, LEAD = 100.0, 60.0, 3
YEARS = (2024, 2027, 2030)


def one_good(reference_t: float, capacity_t: float = 50.0) -> Network:
    """One ore, one buyer; the old mine and one that may be built."""
    draft = Draft()
    node = draft.node("ore", "home", disposal=False)
    draft.content("ore", {"x": 1.0})
    draft.activity("mine:old", {node: 1.0}, COST, capacity_t)
    draft.activity("mine:new", {node: 1.0}, COST, 0.0)
    draft.demand(node, reference_t, 200.0, -0.5)
    return draft.network()


def option(most_t: float = np.inf, ramp: float = 0.0, chance: float = 1.0) -> Option:
    return Option("new", "mine", "home", most_t, LEAD, ramp, chance, CAPITAL, "mine:new")


def solved(networks: dict[int, Network], options: list[Option], built: dict[str, float] | None = None) -> Outcome:
    worth = worth_of(list(networks), 0.1)
    return equilibrium(joined(networks, options, worth, {}, built), intervals="none")


def test_a_year_stands_for_those_that_are_nearest() -> None:
    worth = worth_of([2024, 2027, 2028], 0.0)
    assert worth == {2024: 2.0, 2027: 2.0, 2028: 1.0}
    assert sum(worth_of([2024, 2029, 2040], 0.1).values()) == pytest.approx(sum(1.1**-t for t in range(17)))


def test_free_entry_brings_the_price_down_to_full_cost_and_not_before_building_is_done() -> None:
    """With no limit on sites, the price of the last year is running cost and annual capital; the first year's price is
    what the old mine's output fetches."""
    networks = {2024: one_good(100.0), 2027: one_good(200.0)}
    found = solved(networks, [option()])
    prices = {
        y: taken_apart(found, y, networks[y], worth_of([2024, 2027], 0.1)[y]).consumption["price_usd_per_t"].iat[0]
        for y in networks
    }
    assert prices[2024] == pytest.approx(200.0 * (50.0 / 100.0) ** (1 / -0.5), rel=1e-6)
    assert prices[2027] == pytest.approx(COST + CAPITAL, rel=1e-6)
    made = 200.0 * ((COST + CAPITAL) / 200.0) ** -0.5
    level = found.production.set_index("activity")["level_t"]
    assert level["build:mine:new@2024"] == pytest.approx(made - 50.0, rel=1e-6)


def test_a_site_is_not_built_beyond_what_is_announced_and_yields_by_its_chance() -> None:
    networks = {y: one_good(400.0) for y in YEARS}
    found = solved(networks, [option(most_t=20.0, chance=0.5)])
    level = found.production.set_index("activity")["level_t"]
    assert level[[k for k in level.index if k.startswith("build:")]].sum() == pytest.approx(20.0)
    assert level["2030/mine:new"] == pytest.approx(10.0)


def test_speed_bounds_what_is_begun() -> None:
    networks = {y: one_good(400.0) for y in YEARS}
    program = joined(networks, [option()], worth_of(YEARS, 0.1), {"mine": {2024: 5.0, 2027: 12.0, 2030: 20.0}})
    level = equilibrium(program, intervals="none").production.set_index("activity")["level_t"]
    assert level["build:mine:new@2024"] == pytest.approx(5.0)
    assert level["build:mine:new@2024"] + level["build:mine:new@2027"] == pytest.approx(12.0)


@settings(max_examples=15, deadline=None)
@given(
    use=st.tuples(*(st.floats(60.0, 300.0) for _ in YEARS)),
    ramp=st.sampled_from([0.0, 2.0]),
    built=st.tuples(st.floats(0.0, 100.0), st.floats(0.0, 100.0)),
)
def test_no_other_plan_is_worth_more(use: tuple[float, ...], ramp: float, built: tuple[float, float]) -> None:
    networks = {y: one_good(t) for y, t in zip(YEARS, use, strict=True)}
    options = [option(ramp=ramp)]
    other = {f"build:mine:new@{y}": t for y, t in zip(YEARS[:2], built, strict=True)}
    best, fixed = welfare(solved(networks, options)), welfare(solved(networks, options, other))
    assert best >= fixed - 1e-9 * abs(best)


@pytest.mark.parametrize("floor", [0.0, 0.4])
def test_a_dear_mine_stands_with_its_floor_and_falls_without(floor: float) -> None:
    """Its full cost is 0.36 USD/kg. One year decides as the joined years do: with the floor it makes all it may."""
    held = pd.DataFrame(
        [("support", "mine:new", "ore", "home", 1.0, floor, np.nan, np.nan, np.nan, np.nan, "a state")],
        columns=[
            "contract", "activity", "commodity", "benchmark_place", "t_per_t", "floor_usd_per_kg", "upside_share",
            "upside_above_usd_per_kg", "upside_cap_usd_per_year", "limit_t", "holder",
        ],
    )  # fmt: skip
    networks = {y: replace(one_good(100.0, 90.0), price_floors=held) for y in YEARS}
    dear = replace(option(most_t=20.0), capital_usd_per_t=260.0)
    worth = worth_of(YEARS, 0.1)
    found = solved(networks, [dear])
    built = found.production.set_index("activity")["level_t"]["build:mine:new@2024"]
    assert built == pytest.approx(20.0 if floor else 0.0, abs=1e-6)
    assert found.certificate.holds
    year = taken_apart(found, YEARS[-1], networks[YEARS[-1]], worth[YEARS[-1]])
    price = year.consumption["price_usd_per_t"].iat[0] / 1000.0
    paid = year.meta["support"][0]
    assert paid["contract"] == "support"
    assert paid["benchmark_usd_per_kg"] == pytest.approx(price, rel=1e-9)
    assert paid["paid_usd_per_kg"] == pytest.approx(max(0.0, floor - price), rel=1e-9)
    assert paid["usd"] == pytest.approx(paid["paid_usd_per_kg"] * paid["t"] * 1000.0, rel=1e-9)
    alone = one_good(100.0, 90.0)
    may = alone.activities["activity"] == "mine:new"
    alone = replace(
        alone, price_floors=held, activities=alone.activities.assign(
            capacity_t=alone.activities["capacity_t"].mask(may, 20.0),
            cost_usd_per_t=alone.activities["cost_usd_per_t"].mask(may, COST + 260.0),
        ),
    )  # fmt: skip
    myopic = equilibrium(alone, intervals="none")
    assert myopic.production.set_index("activity")["level_t"]["mine:new"] == pytest.approx(built, abs=1e-6)
    assert myopic.meta["support"][0]["benchmark_usd_per_kg"] == pytest.approx(price, rel=1e-3)


LAST, EVERY = 2027, 3
SUPPORTED = "lynas-kuantan-heavy"
A_FLOOR = Scenario.parse(
    {
        "title": "A floor for a plant",
        "changes": [
            {
                "table": "market_contracts",
                "append": {
                    "contract": "a-floor", "kind": "price-floor", "commodity": "dy-oxide", "site": SUPPORTED,
                    "benchmark_place": "china", "usd_per_kg": 2000.0, "valid_from": "2025-01-01", "holder": "a state",
                    "source": "assumption", "confidence": "D", "note": "supposed",
                },
                "because": "a state pays what the price lacks",
            },
        ],
    }
)  # fmt: skip


def begun_at(found: PathOutcome, site: str) -> float:
    return float(found.plants.loc[found.plants["site"] == site, "capacity_t"].sum())


@pytest.fixture(scope="module")
def ground(shipped: World) -> Ground:
    return Ground.of(shipped, None, LAST)


@pytest.fixture(scope="module")
def foresight(shipped: World) -> PathOutcome:
    return path(shipped, last=LAST, expectations="foresight", every=EVERY)


def test_years_foreseen_are_proved_together_and_told_apart(foresight: PathOutcome) -> None:
    assert foresight.certificates["period"].tolist() == [2024, 2027]
    assert (foresight.certificates.drop(columns="period") <= 1e-6).all().all()
    assert set(foresight.prices["period"]) == {2024, 2027}
    assert foresight.prices["node"].str.startswith("2").sum() == 0
    begun = foresight.plants[foresight.plants["why"] == WHY]
    assert (begun["ready"] <= LAST).all()


@pytest.mark.parametrize("expectations", ["myopic", "foresight"])
def test_a_plant_is_begun_for_its_floor_whatever_is_expected(
    expectations: Expectations, shipped: World, foresight: PathOutcome, ground: Ground
) -> None:
    """The same row of the same table, with one switch: with the floor the announced plant is begun whole."""
    step = {"every": EVERY} if expectations == "foresight" else {}
    supported = path(shipped, A_FLOOR, last=LAST if step else 2025, expectations=expectations, **step)
    without = foresight if step else path(shipped, last=2025)
    announced = float(ground.standing.sites["announced_t"][SUPPORTED])
    assert begun_at(supported, SUPPORTED) == pytest.approx(announced)
    assert begun_at(without, SUPPORTED) < 0.5 * announced
    assert (supported.certificates.drop(columns="period") <= 1e-6).all().all()
    paid = supported.support[supported.support["contract"] == "a-floor"].iloc[-1]
    assert paid["paid_usd_per_kg"] == pytest.approx(2000.0 - paid["benchmark_usd_per_kg"])


def test_published_floors_and_offtakes_hold_in_the_years_foreseen(foresight: PathOutcome, shipped: World) -> None:
    paid = foresight.support.set_index("contract")
    assert set(paid["period"]) == {2027}
    row = paid.loc["us-dow-mp-price-protection"]
    assert row["paid_usd_per_kg"] == pytest.approx(110.0 - row["benchmark_usd_per_kg"])
    contract = shipped.table("market_contracts").set_index("contract").loc["jare-lynas-ndpr"]
    flows = foresight.flows.query("period == 2027 and commodity == 'ndpr-oxide' and from_place == 'malaysia'")
    kept = paid.loc["jare-lynas-floor", "t"]
    assert flows.loc[flows["to_place"] == contract["place"], "flow_t"].sum() >= contract["share"] * kept * (1 - 1e-6)


def test_new_supply_is_foreseen_no_faster_than_was_ever_seen(foresight: PathOutcome, ground: Ground) -> None:
    pipeline = Pipeline.of(ground.world, ground.standing, "foresight", True)
    horizon = Horizon.of(ground, pipeline, EVERY)
    begun = foresight.plants[foresight.plants["why"] == WHY]
    for stage, allowed in horizon.allowed_t.items():
        for year, t in allowed.items():
            own = begun[begun["stage"].eq(stage) & begun["decided"].le(year)]
            assert own["capacity_t"].sum() <= t * (1 + 1e-6)


def test_foresight_is_worth_at_least_what_myopic_decisions_are(shipped: World, ground: Ground) -> None:
    """Same buyers, same years: the decisions of the myopic path against those of foresight, without bound on speed."""
    pipeline = Pipeline.of(ground.world, ground.standing, "foresight", False)
    horizon = Horizon.of(ground, pipeline, EVERY)
    found = settled(ground, pipeline, horizon, lambda _done, _remark: None)
    decided = as_built(path(shipped, last=LAST, bounded=False).plants, horizon)
    assert decided
    best, other = welfare(found.whole), welfare(valued(found, horizon, decided))
    assert best >= other * (1 - 1e-9)


def test_every_option_may_be_built_in_the_world(ground: Ground) -> None:
    options = options_of(ground.template, Pipeline.of(ground.world, ground.standing, "foresight", True))
    assert {o.stage for o in options} == {"mine", "separation", "metal", "magnet"}
    assert all(o.capital_usd_per_t > 0 and 0 < o.chance <= 1 for o in options)
    assert number(ground.world, "path-discount") > 0


def test_steps_belong_to_foresight_only(shipped: World) -> None:
    with pytest.raises(InputError, match="expectations foresight"):
        path(shipped, last=LAST, every=2)
    with pytest.raises(InputError, match="1 or more"):
        path(shipped, last=LAST, expectations="foresight", every=0)
