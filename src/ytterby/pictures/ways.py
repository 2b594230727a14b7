"""Ways: a map that can be moved, and cost against days, in one drawing whose parts answer to one another."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from ytterby.pictures.map import outlines
from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import ACCENT, INK, RULE, SERIES, SOFT_INK, config

DASHES: Mapping[str, tuple[int, int]] = {
    "sea": (1, 0), "ferry": (2, 3), "river": (8, 3), "rail": (6, 2), "road": (2, 2), "air": (1, 5),
}  # fmt: skip
"""How each mode's line is broken."""
PICKED = "picked"
"""The signal that holds the number of the way that stands out; 0: all do."""
FAINT = 0.12
WIDEST = 20.0
"""Room around the ways, degrees."""
CLOSEST = 8.0
"""Largest zoom; 1 shows the whole world."""
SOUTH, NORTH = -58.0, 88.0
"""Latitudes beyond which a map need not show anything."""
FRONTIER_MARGIN = 70
"""Pixels that axis and edge take of a narrow drawing of cost against days."""


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


def frontier_picture(ways: pd.DataFrame, *, name: str, title: str, source_line: str, alternative: str) -> Picture:
    """Cost against days, one mark a way with its bands, coloured by risk (columns as in :class:`Drawn`)."""

    def draw(width: int) -> alt.LayerChart:
        return _frontier(ways, width, 260 if width <= NARROW else 340).add_params(_picked())

    return Picture(name, title, source_line, alternative, draw)


def ways_map_picture(drawn: Drawn, *, name: str, title: str, source_line: str, alternative: str) -> Picture:
    """The ways on a map, fitted to them."""

    def draw(width: int) -> alt.LayerChart:
        return _map(drawn, width - 10, _height(width)).add_params(_picked())

    return Picture(name, title, source_line, alternative, draw)


def explorable(drawn: Drawn, width: int, *, title: str = "", source_line: str = "") -> dict[str, Any]:
    """Return a Vega specification (data included): the map above, cost against days below.

    The wheel zooms and a drag moves the map; a click on a way, in either part, makes it stand out; a double click
    shows all again. The signal ``picked`` can be set from a page as well. A page has words of its own; a picture that
    stands alone has its title and source line here.
    """
    import vl_convert

    across = width - (FRONTIER_MARGIN if width <= NARROW else 10)  # both parts begin at the axis of the lower one
    height = _height(across)
    parts = _map(drawn, across, height), _frontier(drawn.ways, width - (0 if width <= NARROW else 20), 300)
    chart = alt.vconcat(*parts, spacing=24).add_params(_picked())
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


def _map(drawn: Drawn, width: int, height: int) -> alt.LayerChart:
    lon, lat, zoom = _fitted(drawn, width, height)
    numbers = drawn.ways["way"].tolist()
    land = alt.Chart(alt.InlineData(values=outlines(), format=alt.TopoDataFormat(feature="countries", type="topojson")))
    lines = alt.Chart(alt.InlineData(values=[_flat(leg) for leg in drawn.legs]))
    narrow = width <= NARROW
    modes = [m for m in DASHES if m in {leg["properties"]["mode"] for leg in drawn.legs}]
    layers = [
        land.mark_geoshape(fill="#eeebe3", stroke="#ffffff", strokeWidth=0.6, clip=True),
        lines.mark_geoshape(filled=False, strokeWidth=2.4, clip=True, cursor="pointer").encode(
            stroke=alt.Stroke(
                "way:N",
                scale=alt.Scale(domain=numbers, range=[way_colour(int(n)) for n in numbers]),
                legend=alt.Legend(
                    title="Way",
                    orient="bottom",
                    symbolType="stroke",
                    direction="horizontal",
                    symbolOpacity=1,
                    columns=4 if narrow else alt.Undefined,
                ),
            ),
            strokeDash=alt.StrokeDash(
                "mode:N",
                scale=alt.Scale(domain=modes, range=[list(DASHES[m]) for m in modes]),
                legend=alt.Legend(
                    title="By",
                    orient="bottom",
                    symbolType="stroke",
                    direction="horizontal",
                    symbolOpacity=1,
                    columns=2 if narrow else alt.Undefined,
                ),
            ),
            opacity=_standing_out(0.9),
            tooltip=[
                alt.Tooltip("way:N", title="way"),
                alt.Tooltip("leg:N", title="leg"),
                alt.Tooltip("words:N", title="from, to"),
                alt.Tooltip("mode:N", title="by"),
                alt.Tooltip("distance_km:Q", title="km", format=",.0f"),
                alt.Tooltip("usd_per_t:Q", title="USD/t", format=",.0f"),
                alt.Tooltip("days:N", title="days"),
                alt.Tooltip("passages:N", title="passages"),
                alt.Tooltip("countries:N", title="countries"),
                alt.Tooltip("confidence:N", title="grade of its price and length"),
            ],
        ),
        alt.Chart(drawn.hubs)
        .mark_circle(size=26, color=INK, stroke="white", strokeWidth=0.7, opacity=1, clip=True)
        .encode(longitude="lon:Q", latitude="lat:Q", opacity=_standing_out(1.0), tooltip=[alt.Tooltip("name:N")]),
    ]
    named = drawn.hubs[drawn.hubs["label"].ne("") & (drawn.hubs["end"] | (width > NARROW))]
    far_east = narrow & ((named["lon"] - lon + 180.0) % 360.0 > 180.0)  # a name there would run off a narrow map
    for align, hubs in (("left", named[~far_east]), ("right", named[far_east])):
        layers.append(
            alt.Chart(hubs)
            .mark_text(
                align=align,
                dx=6 if align == "left" else -6,
                dy=-5,
                fontSize=11,
                fontWeight="bold",
                color=INK,
                clip=True,
            )
            .encode(longitude="lon:Q", latitude="lat:Q", text="label:N", opacity=_standing_out(1.0))
        )
    if len(drawn.passages) and width > NARROW:
        layers.append(
            alt.Chart(drawn.passages)
            .mark_text(fontSize=11, fontStyle="italic", color=SOFT_INK, dy=12, clip=True)
            .encode(longitude="lon:Q", latitude="lat:Q", text="name:N")
        )
    where = [alt.param(name=n, value=v) for n, v in (("zoom", zoom), ("lon", lon), ("lat", lat))]
    return (
        alt.layer(*layers)
        .add_params(*where)
        .project(
            type="naturalEarth1",
            scale=alt.expr(f"zoom * {width / 6.3}"),
            rotate=alt.expr("[-lon, 0, 0]"),
            center=alt.expr("[0, lat]"),
        )
        .properties(width=width, height=height)
        .resolve_scale(color="independent", fill="independent")
    )


def _height(width: int) -> int:
    return int(width * (0.7 if width <= NARROW else 0.44))


def _frontier(ways: pd.DataFrame, width: int, height: int) -> alt.LayerChart:
    narrow = width <= NARROW
    wide = float(ways["high"].max()) > 6 * float(ways["usd_per_t"].min())
    money = alt.Scale(type="log" if wide else "linear", zero=False, nice=True)
    days = alt.X("p50:Q", scale=alt.Scale(zero=False, nice=True), title="days door to door, median (bar: 5 to 95 %)")
    usd = alt.Y("usd_per_t:Q", scale=money, title="USD per tonne (bar: low to high)", axis=alt.Axis(format=",.0f"))
    base = alt.Chart(ways).encode(opacity=_standing_out(1.0))
    tips = [
        alt.Tooltip("way:N", title="way"),
        alt.Tooltip("words:N", title="via"),
        alt.Tooltip("usd_per_t:Q", title="USD/t", format=",.0f"),
        alt.Tooltip("p50:Q", title="days, P50", format=".0f"),
        alt.Tooltip("p90:Q", title="days, P90", format=".0f"),
        alt.Tooltip("risk:Q", title="risk", format=".1%"),
    ]
    colour = alt.Fill(
        "risk:Q",
        scale=alt.Scale(range=["#f3e9d8", "#d1905a", ACCENT, "#4d120d"], zero=True),
        legend=alt.Legend(
            title="risk: failed or refused",
            format=".0%",
            orient="bottom" if narrow else "right",
            gradientLength=160 if narrow else height * 0.7,
            gradientOpacity=1,
        ),
    )
    return alt.layer(
        base.mark_rule(color=RULE, strokeWidth=2).encode(x=alt.X("p05:Q"), x2="p95:Q", y=usd),
        base.mark_rule(color=RULE, strokeWidth=2).encode(x=days, y=alt.Y("low:Q", scale=money), y2="high:Q"),
        base.mark_circle(size=230, stroke=SOFT_INK, strokeWidth=1, opacity=1, cursor="pointer").encode(
            x=days, y=usd, fill=colour, tooltip=tips
        ),
        base.mark_text(dx=15, dy=-12, fontSize=12, fontWeight="bold", color=INK).encode(x=days, y=usd, text="way:N"),
    ).properties(width=width - (FRONTIER_MARGIN if narrow else 170), height=height)


def _picked() -> alt.Parameter:
    return alt.param(name=PICKED, value=0)


def _standing_out(full: float) -> alt.OpacityValue:
    return alt.value(alt.expr(f"{PICKED} == 0 || datum.way == 0 || datum.way == {PICKED} ? {full} : {FAINT}"))


def way_colour(number: int) -> str:
    """Colour of the way with a number, counted from 1: the same on the map and in tables."""
    return SERIES[(number - 1) % len(SERIES)]


def _flat(leg: Mapping[str, Any]) -> dict[str, Any]:
    """Give a feature its properties as columns: what tooltips and scales read."""
    told = dict(leg["properties"])
    told["words"] = f"{told['from']} - {told['to']}"
    told["days"] = f"{told['days_low']:.0f} to {told['days_high']:.0f}"
    told["passages"] = ", ".join(told["passages"]) or "none"
    told["countries"] = ", ".join(told["countries"])
    return {"type": "Feature", "geometry": leg["geometry"], **told}


def _lines(geometry: Mapping[str, Any]) -> list[list[tuple[float, float]]]:
    lines = geometry["coordinates"] if geometry["type"] == "MultiLineString" else [geometry["coordinates"]]
    return [[(float(lon), float(lat)) for lon, lat in line] for line in lines]


def _fitted(drawn: Drawn, width: int, height: int) -> tuple[float, float, float]:
    """Return longitude and latitude of the centre and the zoom that show all ways.

    The map is cut where few ways cross, and rather near the date line; of places without a way, in the middle of the
    widest empty span.
    """
    lines = [(leg["properties"]["way"], line) for leg in drawn.legs for line in _lines(leg["geometry"])]
    points = [point for _, line in lines for point in line]
    if not points:
        return 0.0, 0.0, 1.0
    lons = sorted({lon % 360.0 for lon, _ in points})
    gap, before = max((b - a, a) for a, b in zip(lons, [*lons[1:], lons[0] + 360.0], strict=True))
    empty = (before + gap / 2.0) % 360.0

    def cost(cut: float) -> float:
        crossing = {
            way
            for way, line in lines
            for (a, _), (b, _) in itertools.pairwise(line)
            if abs((a - cut) % 360.0 - (b - cut) % 360.0) > 180.0
        }
        return 3.0 * len(crossing) / len(drawn.ways) + abs(cut - 180.0) / 60.0

    cut = empty if gap > 90.0 else min(map(float, range(0, 360, 10)), key=cost)
    low, high = min(lat for _, lat in points), max(lat for _, lat in points)
    shape = 360.0 * height / width
    room = min(360.0 / (360.0 - gap + WIDEST), shape / (high - low + WIDEST))
    zoom = round(min(max(1.0, room), CLOSEST), 2)
    seen = shape / zoom / 2.0  # degrees above and below the centre
    lat = min(max((low + high) / 2.0, SOUTH + seen), max(NORTH - seen, 0.0))
    return round(cut - 180.0, 1), round(lat, 1), zoom


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
