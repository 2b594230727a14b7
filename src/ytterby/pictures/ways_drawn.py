"""What is drawn of ways, and how one stands out: what map and chart have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from ytterby.pictures.theme import SERIES

PICKED = "picked"
"""The signal that holds the number of the way that stands out; 0: all do."""
FAINT = 0.12


@dataclass(frozen=True)
class Drawn:
    """What is drawn of some ways."""

    legs: Sequence[Mapping[str, Any]]
    """GeoJSON features, one a leg, with the properties way, leg, from, to, mode, distance_km, usd_per_t, days_low,
    days_high, passages, countries, confidence."""
    hubs: pd.DataFrame
    """Columns lat, lon, name, way (0 where several ways meet), label (blank: unnamed), end
    (where a way begins or ends)."""
    passages: pd.DataFrame
    """Columns lat, lon, name: straits and canals that the ways go through."""
    ways: pd.DataFrame
    """Columns way, words, usd_per_t, low, high, p05, p50, p90, p95 (days), risk."""


def picked() -> alt.Parameter:
    """The parameter that holds which way stands out."""
    return alt.param(name=PICKED, value=0)


def standing_out(full: float) -> alt.OpacityValue:
    """Opacity of a mark of a way: ``full`` unless another way stands out."""
    return alt.value(alt.expr(f"{PICKED} == 0 || datum.way == 0 || datum.way == {PICKED} ? {full} : {FAINT}"))


def way_colour(number: int) -> str:
    """Colour of the way with a number, counted from 1: the same on the map and in tables."""
    return SERIES[(number - 1) % len(SERIES)]
