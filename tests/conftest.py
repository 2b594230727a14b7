"""What many tests share: the shipped world, its base year solved once, and every shipped scenario solved once.

Scenarios are solved in two processes beside the tests, from the moment that tests are known; tests that ask for one
come last, so that nobody waits.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ytterby.world import Scenario, World

if TYPE_CHECKING:
    from ytterby.market import Outcome
    from ytterby.studies.solve import Base

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

POOL = pytest.StashKey[ProcessPoolExecutor]()
SOLVED = pytest.StashKey[dict[str, "Future[Outcome]"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the documents' slow commands too")


def _asks_for_scenarios(item: pytest.Item) -> bool:
    return "solved_scenario" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_asks_for_scenarios)


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly or not any(map(_asks_for_scenarios, session.items)):
        return
    from ytterby.studies.solve import solve

    pool = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    with pytest.MonkeyPatch.context() as patch:
        # Texts are hashed there with a fixed seed, so that a test can ask whether another seed changes anything.
        patch.setenv("PYTHONHASHSEED", "2")
        session.config.stash[SOLVED] = {name: pool.submit(solve, None, name) for name in Scenario.names()}
    session.config.stash[POOL] = pool


def pytest_unconfigure(config: pytest.Config) -> None:
    if POOL in config.stash:
        config.stash[POOL].shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def solved_scenario(pytestconfig: pytest.Config) -> Callable[[str], Outcome]:
    """A shipped scenario's outcome, by name."""
    return lambda name: pytestconfig.stash[SOLVED][name].result()


@pytest.fixture(scope="session")
def shipped() -> World:
    """The world that ships; nobody changes its tables."""
    return World.load()


@pytest.fixture(scope="session")
def base(shipped: World) -> Base:
    """The base year of the shipped world, closed and solved."""
    from ytterby.studies.solve import base_case

    return base_case(shipped)
