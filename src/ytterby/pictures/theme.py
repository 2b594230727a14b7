"""One look everywhere: fonts, inks, and one colour for each stage and each place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

INK = "#1d1d1b"
SOFT_INK = "#5c5a55"
RULE = "#d9d5cc"
PAPER = "#ffffff"
ACCENT = "#a6342b"
FONT = "Helvetica, Arial, Liberation Sans, sans-serif"

STAGE_COLOUR: Mapping[str, str] = MappingProxyType(
    {"mine": "#8a6d3b", "separation": "#3d7f8c", "metal": "#6b6f76", "magnet": "#a6342b", "use": "#4f5d95"}
)

PLACE_COLOUR: Mapping[str, str] = MappingProxyType(
    {
        "china": "#a6342b", "usa": "#2f5d8a", "japan": "#7a5a97", "korea": "#9c7db5", "europe": "#5f86b8",
        "australia": "#c48a2a", "myanmar": "#57874d", "laos": "#86a873", "vietnam": "#3f9579",
        "malaysia": "#1f8a86", "thailand": "#6aa9a4", "india": "#d1673f", "russia": "#6b6f76",
        "kazakhstan": "#10a1b5", "brazil": "#7f9b2f", "africa": "#9b7b4f", "canada": "#5aa0c8",
        "rest-of-world": "#b3aea4", "unrecorded": "#d9b8a0",
    }
)  # fmt: skip

SERIES = ("#a6342b", "#2f5d8a", "#c48a2a", "#3d7f8c", "#7a5a97", "#57874d", "#6b6f76", "#d1673f")


def place_colour(place: str) -> str:
    """Colour of a place; grey where it has none of its own."""
    return PLACE_COLOUR.get(place, PLACE_COLOUR["rest-of-world"])


def config() -> dict[str, Any]:
    """Return the Vega-Lite config that every chart carries; legends below a drawing stand under one another."""
    return {
        "background": PAPER,
        "font": FONT,
        "view": {"stroke": None},
        "padding": {"left": 2, "right": 6, "top": 2, "bottom": 2},
        "axis": {
            "labelColor": SOFT_INK,
            "titleColor": SOFT_INK,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "domainColor": RULE,
            "tickColor": RULE,
            "gridColor": "#ece9e2",
        },
        "legend": {
            "labelColor": INK,
            "titleColor": SOFT_INK,
            "labelFontSize": 12,
            "titleFontWeight": "normal",
            "layout": {"bottom": {"direction": "vertical", "anchor": "start", "margin": 10}},
        },
        "header": {"labelColor": INK, "labelFontSize": 13, "labelFontWeight": "bold", "title": None},
        "range": {"category": list(SERIES)},
        "text": {"color": INK, "fontSize": 12},
    }
