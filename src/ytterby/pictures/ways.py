"""Ways: a map that can be moved, and cost against days, in one drawing whose parts answer to one another."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pandas as pd

from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import config
from ytterby.pictures.ways_costs import FRONTIER_MARGIN, cost_against_days
from ytterby.pictures.ways_drawn import PICKED, Drawn, picked, way_colour
from ytterby.pictures.ways_map import CLOSEST, map_height, ways_map

__all__ = ["PICKED", "Drawn", "explorable", "frontier_picture", "way_colour", "ways_map_picture"]


def frontier_picture(ways: pd.DataFrame, *, name: str, title: str, source_line: str, alternative: str) -> Picture:
    """Cost against days, one mark a way with its bands, coloured by risk (columns as in :class:`Drawn`)."""

    def draw(width: int) -> alt.LayerChart:
        return cost_against_days(ways, width, 260 if width <= NARROW else 340).add_params(picked())

    return Picture(name, title, source_line, alternative, draw)


def ways_map_picture(drawn: Drawn, *, name: str, title: str, source_line: str, alternative: str) -> Picture:
    """The ways on a map, fitted to them."""

    def draw(width: int) -> alt.LayerChart:
        return ways_map(drawn, width - 10, map_height(width)).add_params(picked())

    return Picture(name, title, source_line, alternative, draw)


def explorable(drawn: Drawn, width: int, *, title: str = "", source_line: str = "") -> dict[str, Any]:
    """Return a Vega specification (data included): the map above, cost against days below.

    The wheel zooms and a drag moves the map; a click on a way, in either part, makes it stand out; a double click
    shows all again. The signal ``picked`` can be set from a page as well. A page has words of its own; a picture that
    stands alone has its title and source line here.
    """
    import vl_convert

    across = width - (FRONTIER_MARGIN if width <= NARROW else 10)  # both parts begin at the axis of the lower one
    height = map_height(across)
    parts = ways_map(drawn, across, height), cost_against_days(drawn.ways, width - (0 if width <= NARROW else 20), 300)
    chart = alt.vconcat(*parts, spacing=24).add_params(picked())
    chart = chart.resolve_scale(fill="independent", stroke="independent", strokeDash="independent")
    if title:
        chart = chart.properties(title=alt.Title(title, subtitle=source_line, anchor="start", fontSize=18, offset=16))
    with alt.data_transformers.enable("default", max_rows=None):
        spec = chart.to_dict(validate=False)
    spec["config"] = config()
    vega: dict[str, Any] = vl_convert.vegalite_to_vega(json.dumps(spec))
    for projection in vega["projections"]:  # compiled for a drawing that stands alone
        projection["translate"] = [across / 2.0, height / 2.0]
    _answer_to_the_mouse(vega, width, height)
    return vega


def _answer_to_the_mouse(vega: dict[str, Any], width: int, height: int) -> None:
    """Give the drawing's signals the events that move them."""
    signals = {signal["name"]: signal for signal in vega["signals"]}
    inside = f"y() < {height} && x() < {width}"
    wheel = {"type": "wheel", "consume": True, "filter": inside}
    per_pixel = f"{360.0 / width} / zoom"
    moved = {"signal": "hand"}
    signals["zoom"]["on"] = [
        {"events": wheel, "update": f"clamp(zoom * pow(1.001, -event.deltaY), 1, {3 * CLOSEST})"},
    ]
    signals["lon"]["on"] = [
        {"events": moved, "update": f"hand && held ? held.lon - (hand.x - held.x) * {per_pixel} : lon"}
    ]
    signals["lat"]["on"] = [
        {"events": moved, "update": f"hand && held ? clamp(held.lat + (hand.y - held.y) * {per_pixel}, -80, 80) : lat"}
    ]
    signals[PICKED]["on"] = [
        {"events": "click", "update": f"datum && datum.way ? (datum.way == {PICKED} ? 0 : datum.way) : {PICKED}"},
        {"events": "dblclick", "update": "0"},
    ]
    at = "{x: event.clientX, y: event.clientY"
    vega["signals"] += [
        {
            "name": "held",
            "value": None,
            "on": [
                {"events": "pointerdown", "update": f"{inside} ? {at}, lon: lon, lat: lat}} : null"},
                {"events": "window:pointerup", "update": "null"},
            ],
        },
        {
            "name": "hand",
            "value": None,
            "on": [{"events": "window:pointermove", "update": f"held ? {at}}} : null"}],
        },
    ]
