"""Fitted values as a scenario: one change a distinct number, with the band that the fit leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ytterby.studies.calibrate.estimate import Array
from ytterby.studies.calibrate.named import Parameter
from ytterby.world import World
from ytterby.world.bands import band_columns

FIGURES = 6
"""Figures that a fitted value is written with."""


def rounded(value: float) -> float:
    """A number to as many figures as are written."""
    return float(f"{value:.{FIGURES}g}")


def ends(parameter: Parameter, low: float, high: float) -> tuple[float, float]:
    """Interval of the first number, in its own unit, from an interval of shares of the band."""
    a, b = sorted((rounded(parameter.value(low)), rounded(parameter.value(high))))
    return a, b


def changes(
    world: World, parameters: Sequence[Parameter], share: Array, low: Array, high: Array, because: Sequence[str]
) -> list[dict[str, Any]]:
    """Changes that put the parameters at shares of their bands; a parameter whose share is NaN stays as it is.

    ``low`` and ``high`` are the interval that is left; where they are NaN the number is its own band.
    """
    found: list[dict[str, Any]] = []
    for p, at, a, b, why in zip(parameters, share, low, high, because, strict=True):
        if not np.isfinite(at):
            continue
        columns = band_columns(world.schema(p.table)).get(p.field)
        for cell in p.cells.to_dict("records"):
            point = float(cell["point"])
            where: dict[str, Any] = {}
            for part in str(cell["which"]).split(";"):
                name, _, values = part.partition("=")
                listed = [v.strip() for v in values.split("|")]
                where[name.strip()] = listed if len(listed) > 1 else listed[0]
            put = {p.field: rounded(point * p.factor(float(at)))}
            if columns:
                if len(p.cells) > 1:
                    where |= {p.field: point, columns[0]: float(cell["low"]), columns[1]: float(cell["high"])}
                if np.isfinite(a):
                    two = sorted((rounded(point * p.factor(float(a))), rounded(point * p.factor(float(b)))))
                    put |= {columns[0]: two[0], columns[1]: two[1]}
            elif len(p.cells) > 1:
                where[p.field] = point
            found.append({"table": p.table, "where": where, "set": put, "because": why})
    return found
