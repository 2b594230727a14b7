"""The four levers: scenarios that fit the world, eased by depth, solved in combinations."""

from __future__ import annotations

import pytest

from ytterby.chain.supply import CONCENTRATE
from ytterby.strategy import LEVERS, Grip, eased, lever, leverage_of
from ytterby.strategy.levers import shares_let_go
from ytterby.studies import base_case, solve
from ytterby.studies.ensemble import metrics_of
from ytterby.world import Scenario, World


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


@pytest.fixture(scope="module")
def grip(world: World) -> Grip:
    chosen = {name: lever(name) for name in ("resource", "processing", "rules")}
    return Grip(world, {**chosen, "nothing": Scenario.baseline()})


@pytest.mark.parametrize("name", LEVERS)
def test_every_lever_fits_the_shipped_world(world: World, name: str) -> None:
    lever(name).apply(world)


def test_a_lever_eased_to_nothing_lets_everything_go() -> None:
    for name in LEVERS:
        assert all(share == 1.0 for _, share in shares_let_go(eased(lever(name), 0.0)))


def test_easing_by_half_halves_what_is_held_back() -> None:
    (_, whole), (_, half) = shares_let_go(lever("processing"))[0], shares_let_go(lever("processing", 0.5))[0]
    assert 1.0 - half == pytest.approx(0.5 * (1.0 - whole))


def test_the_ore_that_china_commands_is_as_the_lever_says(world: World) -> None:
    outcome = base_case(world).outcome
    flows = outcome.flows[
        outcome.flows["to_place"].eq("china") & outcome.flows["commodity"].str.startswith(CONCENTRATE)
    ]
    own = outcome.production[(outcome.production["kind"] == "mine") & (outcome.production["place"] == "china")][
        "level_t"
    ].sum()
    sent = flows[flows["from_place"].isin(("myanmar", "laos"))]["flow_t"].sum()
    share = (own + sent) / (own + flows["flow_t"].sum())
    held_back = 1.0 - shares_let_go(lever("resource"))[0][1]
    assert held_back == pytest.approx(0.5 * share, abs=0.025)


def test_one_basis_for_all_combinations_gives_what_each_solve_gives(world: World, grip: Grip) -> None:
    base = metrics_of(base_case(world).outcome)
    for pulled in (("processing",), ("resource", "rules")):
        apart = metrics_of(solve(world, Scenario.stack([grip.levers[p] for p in pulled])))
        together = grip.effect(frozenset(pulled))
        assert together.loss_usd == pytest.approx(base["outside_welfare_usd"] - apart["outside_welfare_usd"], rel=1e-3)


def test_easing_licences_in_place_is_the_same_as_a_scenario_eased(world: World, grip: Grip) -> None:
    base = metrics_of(base_case(world).outcome)
    apart = metrics_of(solve(world, lever("rules", 0.5)))
    eased_in_place = grip.effect(frozenset({"rules"}), {"rules": 0.5})
    assert eased_in_place.loss_usd == pytest.approx(
        base["outside_welfare_usd"] - apart["outside_welfare_usd"], rel=1e-2
    )


def test_the_grip_adds_up_and_a_null_lever_has_none(grip: Grip) -> None:
    found = leverage_of(grip)
    table = found.table.set_index("lever")
    whole = found.coalitions.set_index("levers").at["resource+processing+rules+nothing", "loss_usd"]
    assert table["shapley_usd"].sum() == pytest.approx(whole, rel=1e-9)
    for column in ("alone_usd", "last_usd", "shapley_usd"):
        assert table.at["nothing", column] == pytest.approx(0.0, abs=1e-6 * whole)
    assert table.at["nothing", "remark"] == "does nothing in the base year"
    assert (found.coalitions["loss_usd"] >= -1e-4 * whole).all()
