"""The flow diagram: laid out here, drawn as Vega-Lite areas in the one theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import INK, place_colour

CURVE_POINTS = 24
BREAK = "\n"


@dataclass(frozen=True)
class _Layout:
    ribbons: pd.DataFrame
    boxes: pd.DataFrame


def sankey_picture(
    flows: pd.DataFrame,
    *,
    stages: Sequence[str],
    stage_titles: Mapping[str, str],
    names: Mapping[str, str],
    name: str,
    title: str,
    unit: str,
    source_line: str,
    alternative: str,
) -> Picture:
    """Flows between places from stage to stage.

    ``flows``: from_stage, from_place, to_stage, to_place, value (same unit everywhere), between neighbouring
    ``stages``. ``names`` maps places to what is written. Ribbons take the colour of the place they leave.
    """
    layout = _lay_out(flows, stages, names)

    def draw(width: int) -> alt.LayerChart:
        narrow = width <= NARROW
        height = 430 if narrow else 520
        x = alt.X("x:Q", scale=alt.Scale(domain=[-0.02, len(stages) - 1 + (0.62 if narrow else 0.34)]), axis=None)
        domain = alt.Scale(domain=[1.0, -0.08 if narrow else -0.06])
        ribbons = (
            alt.Chart(layout.ribbons)
            .mark_area(opacity=0.42)
            .encode(
                x=x,
                y=alt.Y("top:Q", scale=domain, axis=None),
                y2="bottom:Q",
                detail="ribbon:N",
                color=alt.Color("colour:N", scale=None),
            )
        )
        boxes = (
            alt.Chart(layout.boxes)
            .mark_rect()
            .encode(
                x=x,
                x2="x2:Q",
                y=alt.Y("top:Q", scale=domain),
                y2="bottom:Q",
                color=alt.Color("colour:N", scale=None),
            )
        )
        shown = layout.boxes[layout.boxes["share"] > (0.03 if narrow else 0.012)]
        labels = (
            alt.Chart(shown)
            .mark_text(align="left", dx=3, fontSize=10 if narrow else 12, color=INK)
            .encode(x="x2:Q", y=alt.Y("middle:Q", scale=domain), text="short:N" if narrow else "label:N")
        )
        heads = pd.DataFrame(
            {
                "x": list(range(len(stages))),
                "y": [-0.02] * len(stages),
                "title": [_broken(stage_titles[s]) if narrow else stage_titles[s] for s in stages],
            }
        )
        line = 12 if narrow else 16
        lines = max(title.count(BREAK) for title in heads["title"])
        titles = (
            alt.Chart(heads)
            .mark_text(
                align="left", baseline="bottom", lineBreak=BREAK, fontWeight="bold", fontSize=10 if narrow else 13,
                lineHeight=line, dy=-line * lines, color=INK,
            )
            .encode(x="x:Q", y=alt.Y("y:Q", scale=domain), text="title:N")
        )  # fmt: skip
        return alt.layer(ribbons, boxes, labels, titles).properties(width=width - 10, height=height)

    return Picture(name, f"{title} ({unit})", source_line, alternative, draw)


def _broken(title: str) -> str:
    """A head of several words on lines of one word each: columns of a narrow drawing stand close."""
    return BREAK.join(title.split())


def _lay_out(flows: pd.DataFrame, stages: Sequence[str], names: Mapping[str, str]) -> _Layout:
    """Place boxes and ribbons: one scale for all stages, gaps of 1 %, the largest place on top."""
    sizes: dict[tuple[str, str], float] = {}
    for stage in stages:
        out = flows[flows["from_stage"] == stage].groupby("from_place")["value"].sum()
        into = flows[flows["to_stage"] == stage].groupby("to_place")["value"].sum()
        for place in sorted(set(out.index) | set(into.index)):
            sizes[(stage, str(place))] = float(max(out.get(place, 0.0), into.get(place, 0.0)))
    gap = 0.012
    totals = {s: sum(v for (stage, _), v in sizes.items() if stage == s) for s in stages}
    counts = {s: sum(1 for stage, _ in sizes if stage == s) for s in stages}
    unit_height = min((1.0 - gap * counts[s]) / totals[s] for s in stages if totals[s] > 0)
    tops: dict[tuple[str, str], float] = {}
    boxes: list[dict[str, object]] = []
    for column, stage in enumerate(stages):
        at = 0.0
        ordered = sorted((k for k in sizes if k[0] == stage), key=lambda k: (-sizes[k], k[1]))
        for key in ordered:
            tall = sizes[key] * unit_height
            tops[key] = at
            share = sizes[key] / totals[stage]
            text = names.get(key[1], key[1])
            boxes.append(
                {
                    "x": float(column), "x2": column + 0.035, "top": at, "bottom": at + tall, "middle": at + tall / 2,
                    "colour": place_colour(key[1]), "share": share, "short": text, "label": f"{text} {share:.0%}",
                }
            )  # fmt: skip
            at += tall + gap
    leave = dict(tops)
    enter = dict(tops)
    column_of = {s: i for i, s in enumerate(stages)}
    ribbons: list[pd.DataFrame] = []
    order = flows.assign(
        a=[tops.get((s, p), 0.0) for s, p in zip(flows["from_stage"], flows["from_place"], strict=True)],
        b=[tops.get((s, p), 0.0) for s, p in zip(flows["to_stage"], flows["to_place"], strict=True)],
    ).sort_values(["a", "b"])
    spread = np.linspace(0.0, 1.0, CURVE_POINTS)
    ease = spread * spread * (3.0 - 2.0 * spread)
    for number, row in enumerate(order.to_dict("records")):
        source = (str(row["from_stage"]), str(row["from_place"]))
        target = (str(row["to_stage"]), str(row["to_place"]))
        tall = float(row["value"]) * unit_height
        y0, y1 = leave[source], enter[target]
        leave[source] += tall
        enter[target] += tall
        top = y0 + (y1 - y0) * ease
        x0, x1 = column_of[source[0]] + 0.035, float(column_of[target[0]])
        ribbons.append(
            pd.DataFrame(
                {"ribbon": number, "x": x0 + (x1 - x0) * spread, "top": top, "bottom": top + tall,
                 "colour": place_colour(source[1])}
            )
        )  # fmt: skip
    return _Layout(pd.concat(ribbons, ignore_index=True) if ribbons else pd.DataFrame(), pd.DataFrame(boxes))
