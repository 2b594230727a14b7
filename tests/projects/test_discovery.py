"""Undiscovered deposits: late, few and repeatable."""

import numpy as np
import pytest

from ytterby import projects
from ytterby.projects.discovery import mine_life
from ytterby.world.errors import InputError
from ytterby.world.load import World

WORLD = World.load()


def test_nothing_found_from_now_on_delivers_before_the_stages_allow() -> None:
    run = projects.discover(WORLD, 2026, 2055, draws=200)
    supply = run.supply.set_index("year")
    shortest = WORLD.table("project_stages").query("stage != 'target-drilling'")["years_low"].sum()
    assert (supply.loc[: 2026 + int(shortest) - 1, "mean_t"] == 0).all()
    assert supply["mean_t"].iloc[-1] > 0
    assert (supply["p05_t"] <= supply["p50_t"]).all()


def test_draws_repeat_and_more_finds_give_more() -> None:
    one, two = (projects.discover(WORLD, 2026, 2050, draws=50, seed=3).supply for _ in range(2))
    assert one.equals(two)
    few = projects.discover(WORLD, 2026, 2060, finds_per_year=1, draws=200).supply["mean_t"].sum()
    many = projects.discover(WORLD, 2026, 2060, finds_per_year=6, draws=200).supply["mean_t"].sum()
    assert many > few


def test_drawn_deposits_have_the_moments_of_the_known_ones() -> None:
    model = projects.grade_tonnage(WORLD)
    tonnes, grade = model.draw(50_000, np.random.default_rng(0))
    assert np.log(tonnes).mean() == pytest.approx(model.mean_log_t, abs=0.05)
    assert np.corrcoef(np.log(tonnes), np.log(grade))[0, 1] == pytest.approx(model.correlation, abs=0.05)
    assert model.correlation < 0, "large deposits are poor"


def test_taylor_rule_and_bad_input() -> None:
    assert mine_life(np.array([16e6]))[0] == pytest.approx(13.0)  # 6.5 x 16^0.25
    with pytest.raises(InputError, match="after 2026"):
        projects.discover(WORLD, 2026, 2026)
