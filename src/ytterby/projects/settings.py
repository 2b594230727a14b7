"""The rows of table ``model_settings`` that projects read: conventions and assumptions, none of them in code."""

from __future__ import annotations

from math import isnan

from ytterby.world.choices import choice
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


def ramp_levels(world: World) -> tuple[float, ...]:
    """Return output of the first years over full output where a ramp is known but not its levels."""
    return tuple(float(v) for v in choice(world, "project-ramp").split("|"))


def build_shares(world: World) -> tuple[float, ...]:
    """Return how capital falls over the building years where that is not printed: in equal parts."""
    years = round(setting(world, "project-build-years"))
    return (1.0 / years,) * years


def inside_place(world: World) -> str:
    """Return the market zone whose law is that of the dominant producer."""
    law = world.table("place_law")
    return str(law.loc[law["country"] == choice(world, "claiming-country"), "place"].iloc[0])


def outside_place(world: World) -> str:
    """Return the market zone that stands for prices outside the dominant producer."""
    return choice(world, "project-deck-outside")
