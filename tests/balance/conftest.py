from __future__ import annotations

import pytest

from ytterby.balance import BalancedYear, reconcile
from ytterby.world.load import World


@pytest.fixture(scope="session")
def world() -> World:
    return World.load()


@pytest.fixture(scope="session")
def balanced(world: World) -> BalancedYear:
    return reconcile(world, 2024)
