"""Lines over time, with bands."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date

import altair as alt
import pandas as pd

from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import SERIES


def line_picture(
    frame: pd.DataFrame,
    *,
    name: str,
    title: str,
    x: str,
    value: str,
    series: str,
    unit: str,
    source_line: str,
    alternative: str,
    low: str = "",
    high: str = "",
    log: bool = False,
    months: bool = False,
    label: str = "",
) -> Picture:
    """Lines of ``value`` over ``x`` (a year or another number; with ``months`` a date as text), one a ``series``, each
    with its band where given.

    ``label`` names a column of what the axis says at a date (2010-H2, say); without it, month and year.
    """
    groups = list(dict.fromkeys(frame[series].astype(str)))
    words = dict(sorted(zip(frame[x], frame[label].astype(str), strict=True))) if label else {}

    def draw(width: int) -> alt.LayerChart:
        narrow = width <= NARROW
        colour = alt.Color(
            f"{series}:N",
            scale=alt.Scale(domain=groups, range=[SERIES[i % len(SERIES)] for i in range(len(groups))]),
            legend=alt.Legend(
                title=None,
                orient="top",
                columns=1 if narrow else 4,
                labelLimit=300,
                symbolType="stroke",
                symbolOpacity=1,
                symbolStrokeWidth=2.2,
            ),
        )
        scale = alt.Scale(type="log") if log else alt.Scale(zero=True)
        base = alt.Chart(frame).encode(
            x=alt.X(f"{x}:T", title=None, axis=_days(words, 4 if narrow else 9))
            if months
            else alt.X(f"{x}:Q", title=None, axis=_numbers(frame[x], 4 if narrow else 9)),
            color=colour,
        )
        layers: list[alt.Chart] = []
        if low and high:
            layers.append(
                base.mark_area(opacity=0.18).encode(y=alt.Y(f"{low}:Q", scale=scale, title=unit), y2=f"{high}:Q")
            )
        layers.append(base.mark_line(strokeWidth=2.2).encode(y=alt.Y(f"{value}:Q", scale=scale, title=unit)))
        return alt.layer(*layers).properties(width=width - 80, height=240 if narrow else 320)

    return Picture(name, title, source_line, alternative, draw)


def _days(words: Mapping[str, str], most: int) -> alt.Axis:
    """Axis of days: month and year, or the words that belong to some days, as many as can be read."""
    if not words:
        return alt.Axis(format="%b %Y", tickCount=most)
    days = list(words)[:: math.ceil(len(words) / most)]
    said = json.dumps({day: words[day] for day in days})
    return alt.Axis(
        values=[alt.DateTime(year=d.year, month=d.month, date=d.day, utc=True) for d in map(date.fromisoformat, days)],
        labelExpr=f"({said})[utcFormat(datum.value, '%Y-%m-%d')]",
    )


def _numbers(values: pd.Series[float], most: int) -> alt.Axis:
    """Axis of whole numbers; where few are drawn each gets its tick, for between two the step could be a half."""
    drawn = sorted(set(values))
    return alt.Axis(format="d", values=drawn) if len(drawn) <= most else alt.Axis(format="d", tickCount=most)
