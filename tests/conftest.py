"""What many tests share: the shipped world, its base year solved once, and every shipped scenario solved once."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import pytest

from ytterby.market import Outcome
from ytterby.studies.solve import Base, base_case, solve
from ytterby.world import Scenario, World

Case = Callable[[str], Outcome]

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")


@pytest.fixture(scope="session")
def shipped() -> World:
    """The world that ships; nobody changes its tables."""
    return World.load()


@pytest.fixture(scope="session")
def base(shipped: World) -> Base:
    """The base year of the shipped world, closed and solved."""
    return base_case(shipped)


@pytest.fixture(scope="session")
def case() -> Iterator[Case]:
    """A shipped scenario's outcome by name; all are solved once, side by side, in processes of their own."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        solved: dict[str, Future[Outcome]] = {name: pool.submit(solve, None, name) for name in Scenario.names()}
        yield lambda name: solved[name].result()
        pool.shutdown(cancel_futures=True)
