"""Uncertainty, laid out as the work goes: sample the world's bands, run any function over them, analyse."""

from ytterby.uncertainty.analyse import bands, drivers
from ytterby.uncertainty.run import run
from ytterby.uncertainty.sample import apply, draw

__all__ = ["apply", "bands", "draw", "drivers", "run"]
