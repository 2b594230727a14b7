import pytest

from ytterby.world import World


@pytest.fixture(scope="session")
def world():
    return World.load()
