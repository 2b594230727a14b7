"""A case against its base: prices that are anchored come out as observed, every answer is certified, twice the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ytterby.market import Outcome
from ytterby.market.report import prices_beside_observed, production_beside_observed
from ytterby.runs import read
from ytterby.studies.solve import Base, solve
from ytterby.world import Scenario, World
from ytterby.world.errors import InputError, UnknownNameError

BY_CONSTRUCTION = "by construction"
CERTIFIED = {"primal": 1e-6, "dual": 1e-6, "complementarity": 1e-6, "gap": 1e-6, "mass_balance": 1e-9}
"""Largest relative residuals that are allowed in any shipped scenario."""
TWICE = "quota-2010"


def anchored(base: Base) -> pd.Series:
    """Relative distance of each anchored price from what was observed, by product."""
    table = prices_beside_observed(base.outcome)
    forced = table[table["status"] == BY_CONSTRUCTION].set_index("product")
    return (forced["point"] / forced["observed"] - 1.0).abs()


def test_anchored_oxides_cost_what_was_observed(base: Base) -> None:
    """Their demand curves go through the observed price, so the base year must find it again, within 1 %."""
    off = anchored(base).drop("sm-oxide")
    assert {"ndpr-oxide", "dy-oxide", "tb-oxide", "y-oxide"} <= set(off.index)
    assert off.notna().all(), "an anchored oxide is not traded"
    assert off[off > 0.01].to_dict() == {}


def test_anchored_samarium_costs_nearly_what_was_observed(base: Base) -> None:
    """What Europe separates of it is less in the base year than while gaps are measured, so it stays a little dear."""
    assert anchored(base)["sm-oxide"] <= 0.04


def test_recorded_mine_output_is_mined(base: Base) -> None:
    """Capacity is the balanced output, so a *by construction* row shows it twice."""
    table = production_beside_observed(base.outcome)
    forced = table[(table["status"] == BY_CONSTRUCTION) & (table["stage"] == "mine")]
    assert len(forced)
    assert (forced["modelled"] <= forced["observed"] * (1 + 1e-9)).all()
    assert forced["modelled"].sum() > 0.9 * forced["observed"].sum()


@pytest.mark.parametrize("name", Scenario.names())
def test_every_shipped_scenario_is_answered_with_a_certificate(
    name: str, solved_scenario: Callable[[str], Outcome]
) -> None:
    certificate = solved_scenario(name).certificate
    assert {k: v for k, limit in CERTIFIED.items() if not (v := getattr(certificate, k)) <= limit} == {}
    assert certificate.holds


def test_nothing_changed_is_the_base_year_itself(
    base: Base, shipped: World, solved_scenario: Callable[[str], Outcome]
) -> None:
    unchanged = solve(shipped)
    for name, table in base.outcome.tables().items():
        assert unchanged.tables()[name] is table
    assert solved_scenario("baseline").total_welfare_usd == pytest.approx(base.outcome.total_welfare_usd, rel=1e-9)


def test_an_outcome_says_what_it_was_made_of(solved_scenario: Callable[[str], Outcome], shipped: World) -> None:
    meta = solved_scenario(TWICE).meta
    assert meta["scenario"]["name"] == TWICE
    assert meta["scenario"]["hash"] == Scenario.load(TWICE).hash
    assert meta["world"]["hash"] == shipped.hash
    assert {"python", "ytterby", "highspy"} <= set(meta["versions"]) | {"python"}


def test_a_scenario_that_is_not_there_is_an_input_error(shipped: World, base: Base) -> None:
    with pytest.raises(UnknownNameError, match="quota-2010"):
        solve(shipped, "quota-2011")


def test_a_year_without_statistics_is_an_input_error(shipped: World, base: Base) -> None:
    with pytest.raises(InputError, match="1990"):
        solve(shipped, year=1990)


@pytest.fixture(scope="session")
def twins(
    tmp_path_factory: pytest.TempPathFactory, solved_scenario: Callable[[str], Outcome]
) -> tuple[Path, Path, dict[str, Any]]:
    """One case from two fresh processes that hash texts differently: two run folders, and what the command told."""
    folder = tmp_path_factory.mktemp("twins")
    words = ["solve", "--scenario", TWICE, "--json", "--out", str(folder / "command")]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ytterby", *words], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return folder / "command", solved_scenario(TWICE).save(folder / "library"), json.loads(done.stdout)


def test_two_fresh_processes_write_the_same_bytes(twins: tuple[Path, Path, dict[str, Any]]) -> None:
    one, two, _ = twins
    tables = sorted(path.name for path in one.glob("*.parquet"))
    assert tables
    assert tables == sorted(path.name for path in two.glob("*.parquet"))
    assert [name for name in tables if (one / name).read_bytes() != (two / name).read_bytes()] == []
    assert read(one).manifest["hash"] == read(two).manifest["hash"]


def test_the_command_prints_its_answer_and_nothing_else(twins: tuple[Path, Path, dict[str, Any]]) -> None:
    folder, _, told = twins
    assert told["outputs"] == [str(folder)]
    assert told["certificate"]["primal"] <= CERTIFIED["primal"]
