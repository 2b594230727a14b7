"""Networks that several files of tests solve once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from worlds import chain

from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium


@pytest.fixture(scope="session")
def network() -> Network:
    return chain()


@pytest.fixture(scope="session")
def outcome(network: Network) -> Outcome:
    return equilibrium(network)


@pytest.fixture(scope="session")
def lesser(network: Network) -> Outcome:
    """The same chain with one mine cut to a fifth and a dearer wall."""
    activities, links = network.activities.copy(), network.links.copy()
    activities.loc[activities["activity"] == "mine 02", "capacity_t"] *= 0.2
    links.loc[links["duty_usd_per_t"] > 0, "duty_usd_per_t"] = 5000.0
    from dataclasses import replace

    return equilibrium(replace(network, activities=activities, links=links, label="less"))
