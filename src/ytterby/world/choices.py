"""Choices and conventions: rows of table ``model_settings``, words and dates in ``choice``, numbers in ``value``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ytterby.world.errors import UnknownNameError

if TYPE_CHECKING:
    from ytterby.world.load import World


def choice(world: World, setting: str) -> str:
    """Return what a world chooses; raises UnknownNameError for a setting that it does not have."""
    table = world.table("model_settings").set_index("setting")["choice"]
    if setting not in table.index:
        raise UnknownNameError("setting", setting, [str(s) for s in table.index])
    return str(table[setting])


def number(world: World, setting: str) -> float:
    """Return a setting's number; raises UnknownNameError for a setting that the world does not have."""
    table = world.table("model_settings").set_index("setting")["value"]
    if setting not in table.index:
        raise UnknownNameError("setting", setting, [str(s) for s in table.index])
    return float(table[setting])
