"""Bars, and dots with bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import INK, RULE, SERIES, SOFT_INK


def bar_picture(
    frame: pd.DataFrame,
    *,
    name: str,
    title: str,
    category: str,
    value: str,
    series: str,
    unit: str,
    source_line: str,
    alternative: str,
    low: str = "",
    high: str = "",
    colours: Mapping[str, str] | None = None,
    log: bool = False,
    label_format: str = ",.3~g",
    label_from: float = 0.0,
) -> Picture:
    """Horizontal grouped bars with value labels: one group a ``category``, one bar a ``series``.

    ``low`` and ``high`` name columns of a band, drawn as a thin line over the bar; values smaller than ``label_from``
    (in size) get no label.
    """
    groups = list(dict.fromkeys(frame[series].astype(str)))
    palette = dict(zip(groups, SERIES, strict=False)) | dict(colours or {})
    data = frame.copy()

    def draw(width: int) -> alt.LayerChart:
        narrow = width <= NARROW
        scale = alt.Scale(type="symlog", constant=1) if log else alt.Scale(zero=True)
        colour = alt.Color(
            f"{series}:N",
            scale=alt.Scale(domain=groups, range=[palette[g] for g in groups]),
            legend=alt.Legend(title=None, orient="top", columns=1 if narrow else 4, labelLimit=300)
            if len(groups) > 1
            else None,
        )
        y = alt.Y(
            f"{category}:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=150 if narrow else 280, ticks=False),
        )
        base = alt.Chart(data).encode(y=y)
        if data.groupby(category, sort=False).size().max() > 1:
            base = base.encode(yOffset=alt.YOffset(f"{series}:N", sort=groups))
        x = alt.X(f"{value}:Q", scale=scale, title=unit, axis=alt.Axis(tickCount=3 if narrow else 6, format="~s"))
        layers: list[alt.Chart] = [base.mark_bar(height={"band": 0.82}).encode(x=x, color=colour)]
        if low and high:
            band = base.mark_rule(color=INK, strokeWidth=1.2).encode(x=alt.X(f"{low}:Q"), x2=f"{high}:Q")
            layers.append(band)
        end = high or value
        for align, shift, part in (
            ("left", 5, f"datum['{value}'] >= {label_from}"),
            ("right", -5, f"datum['{value}'] < 0 && datum['{value}'] <= -{label_from}"),
        ):
            text = base.transform_filter(part).mark_text(align=align, dx=shift, fontSize=11, color=SOFT_INK)
            layers.append(text.encode(x=alt.X(f"{end}:Q"), text=alt.Text(f"{value}:Q", format=label_format)))
        step = 17 if len(groups) > 1 else 22
        plot_width = width - (170 if narrow else 300)
        return alt.layer(*layers).properties(width=plot_width, height={"step": step})

    return Picture(name, title, source_line, alternative, draw)


def range_picture(
    frame: pd.DataFrame,
    *,
    name: str,
    title: str,
    category: str,
    point: str,
    low: str,
    high: str,
    unit: str,
    source_line: str,
    alternative: str,
    group: str = "",
    marks: Sequence[tuple[float, str]] = (),
    log: bool = False,
) -> Picture:
    """Dots with bands, one line a ``category``; ``marks`` are labelled vertical lines (a claimed value, say)."""
    groups = list(dict.fromkeys(frame[group].astype(str))) if group else []

    def draw(width: int) -> alt.LayerChart:
        narrow = width <= NARROW
        scale = alt.Scale(type="log") if log else alt.Scale(zero=False)
        y = alt.Y(
            f"{category}:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=150 if narrow else 300, ticks=False),
        )
        colour = (
            alt.Color(
                f"{group}:N",
                scale=alt.Scale(domain=groups, range=list(SERIES[: len(groups)])),
                legend=alt.Legend(title=None, orient="top"),
            )
            if group
            else alt.value(SERIES[0])
        )
        axis = alt.Axis(tickCount=3 if narrow else 6)
        base = alt.Chart(frame).encode(y=y, color=colour)
        layers: list[alt.Chart] = [
            base.mark_rule(strokeWidth=5, opacity=0.35).encode(
                x=alt.X(f"{low}:Q", scale=scale, title=unit, axis=axis), x2=f"{high}:Q"
            ),
            base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X(f"{point}:Q", scale=scale)),
            base.mark_text(align="left", dx=6, dy=-8, fontSize=11).encode(
                x=alt.X(f"{point}:Q", scale=scale),
                text=alt.Text(f"{point}:Q", format=",.3~g"),
                color=alt.value(SOFT_INK),
            ),
        ]
        for at, label in marks:
            spot = pd.DataFrame({"at": [at], "label": [label]})
            layers.append(alt.Chart(spot).mark_rule(color=INK, strokeDash=[4, 3]).encode(x=alt.X("at:Q", scale=scale)))
            layers.append(
                alt.Chart(spot)
                .mark_text(align="left", dx=4, dy=2, baseline="top", fontSize=11, color=INK)
                .encode(x=alt.X("at:Q", scale=scale), y=alt.value(0), text="label:N")
            )
        return (
            alt.layer(*layers)
            .properties(width=width - (170 if narrow else 320), height={"step": 30})
            .resolve_scale(x="shared")
            .configure_axisY(gridColor=RULE)
        )

    return Picture(name, title, source_line, alternative, draw)
