"""The map: sites by stage and ways between them, over Natural Earth outlines that ship with the package."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import INK, SERIES, STAGE_COLOUR

OUTLINES = Path(__file__).resolve().parent.parent / "shipped" / "outlines" / "countries-110m.json"
ANTARCTICA = "010"

EAST = 40.0
"""Degrees east of the centre from which names stand left of their sites on a narrow map."""


@lru_cache(maxsize=1)
def outlines() -> dict[str, Any]:
    """Return the outlines of the countries as TopoJSON, without Antarctica."""
    topology: dict[str, Any] = json.loads(OUTLINES.read_text(encoding="utf-8"))
    countries = topology["objects"]["countries"]["geometries"]
    topology["objects"]["countries"]["geometries"] = [c for c in countries if c.get("id") != ANTARCTICA]
    return topology


def map_picture(
    sites: pd.DataFrame,
    ways: pd.DataFrame,
    *,
    name: str,
    title: str,
    source_line: str,
    alternative: str,
    centre: tuple[float, float] = (60.0, 25.0),
    scale: float = 1.0,
    height_ratio: float = 0.5,
) -> Picture:
    """Sites (columns name, lat, lon, stage, size, label) and ways (way, part, order, lat, lon, dashed) on a world map.

    ``ways`` lists the points of each way in order, cut into parts where it crosses longitude 180; ``dashed`` ways are
    closed ones. ``centre`` is (longitude, latitude); ``scale`` 1 shows the whole world.
    """
    names = list(dict.fromkeys(ways["way"].astype(str))) if len(ways) else []

    def draw(width: int) -> alt.LayerChart:
        narrow = width <= NARROW
        height = int(width * height_ratio * (1.1 if narrow else 1.0))
        zoom = scale * (width / 6.3) * (1.1 if narrow else 1.0)
        land = alt.Chart(
            alt.InlineData(values=outlines(), format=alt.TopoDataFormat(feature="countries", type="topojson"))
        )
        layers: list[alt.Chart] = [land.mark_geoshape(fill="#eeebe3", stroke="#ffffff", strokeWidth=0.6)]
        if names:
            colour = alt.Color(
                "way:N",
                scale=alt.Scale(domain=names, range=[SERIES[i % len(SERIES)] for i in range(len(names))]),
                legend=alt.Legend(
                    title="Ways",
                    orient="bottom",
                    columns=1 if narrow else 3,
                    labelLimit=320,
                    symbolType="stroke",
                ),
            )
            line = alt.Chart(ways).mark_line(strokeWidth=2.2, opacity=0.9, interpolate="linear")
            dash = alt.StrokeDash(
                "dashed:N", scale=alt.Scale(domain=[False, True], range=[[1, 0], [3, 3]]), legend=None
            )
            layers.append(
                line.encode(
                    longitude="lon:Q",
                    latitude="lat:Q",
                    detail="part:N",
                    order="order:Q",
                    color=colour,
                    strokeDash=dash,
                )
            )
        if len(sites):
            stages = [s for s in STAGE_COLOUR if s in set(sites["stage"])]
            layers.append(
                alt.Chart(sites)
                .mark_circle(opacity=0.75, stroke="white", strokeWidth=0.6)
                .encode(
                    longitude="lon:Q",
                    latitude="lat:Q",
                    size=alt.Size("size:Q", scale=alt.Scale(range=[14, 160 if narrow else 420]), legend=None),
                    fill=alt.Fill(
                        "stage:N",
                        scale=alt.Scale(domain=stages, range=[STAGE_COLOUR[s] for s in stages]),
                        legend=alt.Legend(title="Sites", orient="bottom", columns=2 if narrow else 5),
                    ),
                )
            )
            labelled = sites[sites["label"].astype(str) != ""] if "label" in sites else sites.iloc[:0]
            east = (labelled["lon"] - centre[0] + 180.0) % 360.0 - 180.0 > EAST if narrow else labelled["lon"] > 180.0
            for side, align, away in ((labelled[~east], "left", 7), (labelled[east], "right", -7)):
                if len(side):
                    layers.append(
                        alt.Chart(side)
                        .mark_text(align=align, dx=away, dy=3, fontSize=11, fontWeight="bold", color=INK)
                        .encode(longitude="lon:Q", latitude="lat:Q", text="label:N")
                    )
        return (
            alt.layer(*layers)
            .project(type="naturalEarth1", scale=zoom, rotate=[-centre[0], 0, 0], center=[0, centre[1]])
            .properties(width=width - 10, height=height)
            .resolve_scale(color="independent", fill="independent")
        )

    return Picture(name, title, source_line, alternative, draw)
