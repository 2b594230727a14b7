"""What was seen beside what a model says and what plain forecasts say, one line a figure, one panel a family."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import ACCENT, INK, RULE, SOFT_INK

SEEN, MODELLED, MISSED = "seen", "modelled", "modelled, missed"
SHAPES = {SEEN: "diamond", MODELLED: "circle", MISSED: "cross"}
INKS = {SEEN: INK, MODELLED: "#2f5d8a", MISSED: ACCENT}
PLAIN_INKS = ("#9a948a", "#c48a2a")
PLAIN_SHAPES = ("triangle-right", "triangle-down")
STEP = {True: 15, False: 17}
"""Pixels a line, in a narrow and a wide drawing."""


@dataclass(frozen=True)
class Family:
    """Figures of one kind, in one unit."""

    title: str
    unit: str
    table: pd.DataFrame
    """words, short (for a narrow drawing), seen, low, high (band of what was seen, may be blank), modelled, missed
    (bool), then one column a plain forecast (blank where there is none)."""


def beside_picture(
    families: Sequence[Family], *, forecasts: Sequence[str], name: str, title: str, source_line: str, alternative: str
) -> Picture:
    """Panels of dots under one another; ``forecasts`` names the columns of plain forecasts.

    A family whose figures are all above zero is drawn on a scale of ratios.
    """
    names = [SEEN, MODELLED, MISSED, *forecasts]

    def draw(width: int) -> alt.VConcatChart:
        narrow = width <= NARROW
        panels = [_panel(f, forecasts, names, width, narrow) for f in families]
        shared = alt.vconcat(*panels, spacing=14)
        return shared.resolve_scale(x="independent", y="independent", color="shared", shape="shared")

    return Picture(name, title, source_line, alternative, draw)


def _panel(family: Family, forecasts: Sequence[str], names: Sequence[str], width: int, narrow: bool) -> alt.LayerChart:
    table = family.table.assign(said=family.table["short" if narrow else "words"])
    points = _points(table, forecasts)
    positive = bool((points["value"] > 0).all())
    small = bool(points["value"].abs().max() < 1000.0)
    scale = alt.Scale(type="log", nice=True, padding=6) if positive else alt.Scale(zero=False, nice=True, padding=6)
    missed = json.dumps(table.loc[table["missed"], "said"].tolist())
    y = alt.Y(
        "said:N",
        sort=None,
        title=None,
        axis=alt.Axis(
            labelLimit=134 if narrow else 290,
            labelFontSize=11 if narrow else 12,
            labelColor=alt.expr(f"indexof({missed}, datum.value) >= 0 ? '{ACCENT}' : '{SOFT_INK}'"),
            ticks=False,
            grid=True,
        ),
    )
    axis = alt.Axis(tickCount=3 if narrow else 6, format=".0%" if family.unit == "share" else "~g" if small else "~s")
    x = alt.X("value:Q", scale=scale, title=family.unit, axis=axis)
    inks = [*INKS.values(), *PLAIN_INKS[: len(forecasts)]]
    shapes = [*SHAPES.values(), *PLAIN_SHAPES[: len(forecasts)]]
    legend = alt.Legend(title=None, orient="top", columns=2 if narrow else 5, symbolOpacity=1, symbolStrokeWidth=2)
    dots = (
        alt.Chart(points)
        .mark_point(filled=True, size=62, opacity=1, strokeWidth=2)
        .encode(
            y=y,
            x=x,
            color=alt.Color("what:N", scale=alt.Scale(domain=list(names), range=inks), legend=legend),
            shape=alt.Shape("what:N", scale=alt.Scale(domain=list(names), range=shapes), legend=legend),
            tooltip=[alt.Tooltip("words:N"), alt.Tooltip("what:N"), alt.Tooltip("value:Q", format=",.4~g")],
        )
    )
    off = (
        alt.Chart(table)
        .mark_rule(color=RULE, strokeWidth=3)
        .encode(y=y, x=alt.X("seen:Q", scale=scale), x2="modelled:Q")
    )
    band = alt.Chart(table.dropna(subset=["low", "high"])).mark_rule(color=SOFT_INK, strokeWidth=1.5)
    layers = [off, band.encode(y=y, x=alt.X("low:Q", scale=scale), x2="high:Q"), dots]
    gone = table[table["missed"]].assign(factor=_factors(table[table["missed"]]))
    told = alt.Chart(gone).mark_text(dy=-7, fontSize=10, color=ACCENT).encode(y=y, x=alt.X("modelled:Q", scale=scale))
    layers.append(told.encode(text="factor:N"))
    head = alt.TitleParams(family.title, anchor="start", fontSize=13, frame="group", color=INK)
    return alt.layer(*layers).properties(
        width=width - (150 if narrow else 330), height={"step": STEP[narrow]}, title=head
    )


def _factors(table: pd.DataFrame) -> list[str]:
    """By what a model is off, in words; blank where there is no factor."""
    pairs = zip(table["modelled"].astype(float), table["seen"].astype(float), strict=True)
    return [f"x {m / s:.1f}" if m > s > 0 else f"/ {s / m:.1f}" if s > m > 0 else "" for m, s in pairs]


def _points(table: pd.DataFrame, forecasts: Sequence[str]) -> pd.DataFrame:
    """One row a dot: words, said, what, value; forecasts first, so that they lie under what was seen."""
    keys = ["words", "said"]
    parts = [table[[*keys, f]].rename(columns={f: "value"}).assign(what=f) for f in forecasts]
    parts.append(table[[*keys, "seen"]].rename(columns={"seen": "value"}).assign(what=SEEN))
    model = table[[*keys, "modelled"]].rename(columns={"modelled": "value"})
    parts.append(model.assign(what=table["missed"].map({True: MISSED, False: MODELLED})))
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"])
