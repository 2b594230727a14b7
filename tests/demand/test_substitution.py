"""Substitutes: never faster than was seen, never beyond the ceiling, never for nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytterby import demand
from ytterby.world.errors import UnknownNameError
from ytterby.world.load import World

WORLD = World.load()


@given(pace=st.floats(0, 0.3), ceiling=st.floats(0, 1), grade=st.sampled_from(["ndfeb-sh", "ndfeb-uh-eh", "any"]))
def test_saving_grows_with_time_up_to_pace_and_ceiling(pace: float, ceiling: float, grade: str) -> None:
    months = np.arange(0.0, 121.0)
    found = demand.relief(WORLD, "ev-traction", grade, months, per_year=pace, ceiling=ceiling)
    assert (np.diff(found.saved) >= -1e-12).all()
    assert (found.saved <= np.minimum(ceiling, pace * months / 12) + 1e-12).all()
    assert found.saved[0] == found.penalty_usd[0] == 0


def test_before_any_machine_is_ready_saving_is_thrift_and_free_then_motors_cost() -> None:
    months = np.array([6.0, 60.0])
    found = demand.relief(WORLD, "ev-traction", "ndfeb-sh", months, per_year=0.1, ceiling=0.6)
    assert found.penalty_usd[0] == 0
    # Adamas and IDTechEx: 200-300 USD a motor without magnets; at most half of the cars have changed.
    assert 0 < found.penalty_usd[1] < 0.5 * 300


def test_each_use_has_its_own_and_an_unknown_use_is_told() -> None:
    assert {s.technology for s in demand.substitutes(WORLD, use="wind")} == {"doubly-fed", "geared-with-magnet"}
    with pytest.raises(UnknownNameError, match="ev-traction"):
        demand.substitutes(WORLD, use="cars")
