"""The rows of table ``model_settings`` that projects read: conventions and assumptions, none of them in code."""

from __future__ import annotations

from math import isnan

from ytterby.world.errors import UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Band


def setting(world: World, name: str) -> float:
    """Return the number of a setting; raises UnknownNameError for one that the world does not have."""
    return setting_band(world, name).point


def setting_band(world: World, name: str) -> Band:
    """Return a setting with its band; a blank end is the number itself. Raises UnknownNameError."""
    table = world.table("model_settings").set_index("setting")
    if name not in table.index:
        raise UnknownNameError("setting", name, [str(s) for s in table.index], "table model_settings")
    row = table.loc[name].to_dict()
    point, low, high = (number(row[k]) for k in ("value", "low", "high"))
    return Band(point, point if isnan(low) else low, point if isnan(high) else high, "model_settings")


def number(value: object) -> float:
    """Return a cell as a number; NaN where it is blank."""
    return float("nan") if value is None or value == "" else float(str(value))
