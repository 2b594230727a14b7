"""Ways by what they cost and how long they take: one mark a way with its bands, coloured by risk."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ytterby.pictures.picture import NARROW
from ytterby.pictures.theme import ACCENT, INK, RULE, SOFT_INK
from ytterby.pictures.ways_drawn import standing_out

FRONTIER_MARGIN = 70
"""Pixels that axis and edge take of a narrow drawing of cost against days."""


def cost_against_days(ways: pd.DataFrame, width: int, height: int) -> alt.LayerChart:
    """Draw the ways (columns as in :class:`Drawn`); axis and legend are within the width."""
    narrow = width <= NARROW
    wide = float(ways["high"].max()) > 6 * float(ways["usd_per_t"].min())
    money = alt.Scale(type="log" if wide else "linear", zero=False, nice=True)
    days = alt.X("p50:Q", scale=alt.Scale(zero=False, nice=True), title="days door to door, median (bar: 5 to 95 %)")
    usd = alt.Y("usd_per_t:Q", scale=money, title="USD per tonne (bar: low to high)", axis=alt.Axis(format=",.0f"))
    base = alt.Chart(ways).encode(opacity=standing_out(1.0))
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
