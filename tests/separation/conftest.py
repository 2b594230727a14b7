"""Worked cases and the shipped world, read once."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ytterby.separation import Separation
from ytterby.world import World

CASES = Path(__file__).with_name("cases.csv")


def read_cases() -> dict[str, dict[str, str]]:
    """Case -> quantity -> value as text."""
    cases: dict[str, dict[str, str]] = {}
    with CASES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cases.setdefault(row["case"], {})[row["quantity"]] = row["value"]
    return cases


@pytest.fixture(scope="session")
def cases() -> dict[str, dict[str, str]]:
    return read_cases()


@pytest.fixture(scope="session")
def world() -> World:
    return World.load()


@pytest.fixture(scope="session")
def separation(world: World) -> Separation:
    return Separation(world)
