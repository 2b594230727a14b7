"""Ways on a map: legs by way and mode, hubs, passages; the map is fitted to what is drawn."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import altair as alt

from ytterby.pictures.map import outlines
from ytterby.pictures.picture import NARROW
from ytterby.pictures.theme import INK, SOFT_INK
from ytterby.pictures.ways_drawn import Drawn, standing_out, way_colour

DASHES: Mapping[str, tuple[int, int]] = {
    "sea": (1, 0), "ferry": (2, 3), "river": (8, 3), "rail": (6, 2), "road": (2, 2), "air": (1, 5),
}  # fmt: skip
"""How each mode's line is broken."""
WIDEST = 20.0
"""Room around the ways, degrees."""
CLOSEST = 8.0
"""Largest zoom; 1 shows the whole world."""
SOUTH, NORTH = -58.0, 88.0
"""Latitudes beyond which a map need not show anything."""


def ways_map(drawn: Drawn, width: int, height: int) -> alt.LayerChart:
    """The map fitted to its ways."""
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
                legend=_legend("Way", 6 if narrow else None),
            ),
            strokeDash=alt.StrokeDash(
                "mode:N",
                scale=alt.Scale(domain=modes, range=[list(DASHES[m]) for m in modes]),
                legend=_legend("By", 3 if narrow else None),
            ),
            opacity=standing_out(0.9),
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
        .encode(longitude="lon:Q", latitude="lat:Q", opacity=standing_out(1.0), tooltip=[alt.Tooltip("name:N")]),
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
            .encode(longitude="lon:Q", latitude="lat:Q", text="label:N", opacity=standing_out(1.0))
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


def map_height(width: int) -> int:
    """Height of a map of a width, pixels."""
    return int(width * (0.7 if width <= NARROW else 0.44))


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


def _legend(title: str, columns: int | None) -> alt.Legend:
    """A legend of strokes under the map; ``columns`` where it has to break."""
    return alt.Legend(
        title=title, orient="bottom", symbolType="stroke", direction="horizontal", symbolOpacity=1,
        columns=alt.Undefined if columns is None else columns,
    )  # fmt: skip
