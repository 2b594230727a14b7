"""World: sourced tables, scenarios, terms, units and errors: the ground that every other room stands on.

Names are imported on first use, so that a command that needs no scenario loads no validation library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ytterby.world.load import SHIPPED, World

_HOMES = {
    "Scenario": "ytterby.world.scenario",
    "Provenance": "ytterby.world.provenance",
    "banded_fields": "ytterby.world.bands",
    "check_world": "ytterby.world.check",
    "format_world": "ytterby.world.format",
    "on_day": "ytterby.world.selection",
}

__all__ = [
    "SHIPPED",
    "Provenance",
    "Scenario",
    "World",
    "banded_fields",
    "check_world",
    "format_world",
    "on_day",
]

if TYPE_CHECKING:
    from ytterby.world.bands import banded_fields
    from ytterby.world.check import check_world
    from ytterby.world.format import format_world
    from ytterby.world.provenance import Provenance
    from ytterby.world.scenario import Scenario
    from ytterby.world.selection import on_day


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ytterby.world' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
