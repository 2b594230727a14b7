"""The shipped world and a router on the day of the published comparison."""

import pytest

from ytterby.routes import Router
from ytterby.world.load import World


@pytest.fixture(scope="session")
def world() -> World:
    return World.load()


@pytest.fixture(scope="session")
def router(world: World) -> Router:
    return Router(world, "2025-12-25")
