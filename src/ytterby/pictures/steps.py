"""Steps: one block each, as wide as its quantity and as high as its cost."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ytterby.pictures.picture import NARROW, Picture
from ytterby.pictures.theme import INK, SERIES

PIXELS_A_LETTER = 6.0


def step_picture(
    frame: pd.DataFrame,
    *,
    name: str,
    title: str,
    width: str,
    height: str,
    label: str,
    series: str,
    x_title: str,
    unit: str,
    source_line: str,
    alternative: str,
    line: float | None = None,
    line_words: str = "",
) -> Picture:
    """Blocks side by side in the order of the rows, with a level ``line`` across.

    ``width`` and ``height`` name number columns, ``label`` what is written over blocks that are wide enough for it,
    ``series`` what gives the colour: the largest eight by width have their own, the rest share one.
    """
    rest = "others"
    largest = frame.groupby(series)[width].sum().nlargest(8).index.astype(str)
    end = frame[width].cumsum()
    data = frame.assign(
        start=end - frame[width],
        end=end,
        middle=end - frame[width] / 2,
        top=frame[height].clip(lower=0.0),
        shown=frame[series].astype(str).where(frame[series].astype(str).isin(largest), rest),
        words=frame[label].astype(str),
        share=frame[width] / max(float(frame[width].sum()), 1e-9),
    )
    groups = [g for g in [*largest, rest] if g in set(data["shown"])]

    def draw(pixels: int) -> alt.LayerChart:
        narrow = pixels <= NARROW
        colour = alt.Color(
            "shown:N",
            scale=alt.Scale(domain=groups, range=[SERIES[i % len(SERIES)] for i in range(len(groups))]),
            legend=alt.Legend(title=None, orient="top", columns=2 if narrow else 8, labelLimit=160),
        )
        base = alt.Chart(data)
        x = alt.X("start:Q", title=x_title, axis=alt.Axis(tickCount=4 if narrow else 8))
        blocks = base.mark_rect(stroke="white", strokeWidth=0.5).encode(
            x=x, x2="end:Q", y=alt.Y(f"{height}:Q", title=unit), y2=alt.datum(0), color=colour
        )
        layers: list[alt.Chart] = [blocks]
        if not narrow:
            fits = data["share"] * pixels >= PIXELS_A_LETTER * data["words"].str.len()
            words = (
                alt.Chart(data[fits])
                .mark_text(dy=-7, fontSize=10, color=INK)
                .encode(x="middle:Q", y="top:Q", text="words:N")
            )
            layers.append(words)
        if line is not None:
            level = alt.Chart(pd.DataFrame({"at": [line], "said": [f"{line_words} {line:,.3g}"]}))
            layers.append(level.mark_rule(strokeDash=[5, 4], color=INK).encode(y="at:Q"))
            said = level.mark_text(align="left", dy=-6, dx=4, color=INK).encode(x=alt.value(0), y="at:Q", text="said:N")
            layers.append(said)
        return alt.layer(*layers).properties(width=pixels - 90, height=260 if narrow else 340)

    return Picture(name, title, source_line, alternative, draw)
