"""Pictures of separation: stage profiles as in the textbooks, and who needs how much acid and why."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ytterby.pictures import Picture, bar_picture, range_picture
from ytterby.pictures.picture import NARROW
from ytterby.pictures.theme import SERIES
from ytterby.separation.compare import Comparison
from ytterby.separation.design import CircuitDesign

METHOD = "Computed by ytterby from separation factors and routes in its tables"


def profile_picture(design: CircuitDesign, cut: str) -> Picture:
    """Composition of both phases over the stages of one cut, from raffinate end to organic exit."""
    table = design.profile_table(cut)
    top = table.groupby("element")["fraction"].max().sort_values(ascending=False)
    shown = [e for e in design.factors.order if top.get(e, 0.0) > 0.005][: len(SERIES)]
    data = table[table["element"].isin(shown)]
    feed_stage = design.cuts[cut].extraction_stages

    def draw(width: int) -> alt.LayerChart:
        colour = alt.Color(
            "element:N",
            sort=shown,
            scale=alt.Scale(domain=shown, range=list(SERIES[: len(shown)])),
            legend=alt.Legend(title=None, orient="top"),
        )
        lines = (
            alt.Chart(data)
            .mark_line(strokeWidth=2)
            .encode(
                x=alt.X("stage:Q", title="Stage, from the raffinate end"),
                y=alt.Y("fraction:Q", title="Mole fraction", scale=alt.Scale(domain=[0, 1])),
                color=colour,
                strokeDash=alt.StrokeDash("phase:N", legend=alt.Legend(title=None, orient="top")),
            )
        )
        mark = (
            alt.Chart(pd.DataFrame({"stage": [feed_stage], "label": ["feed"]}))
            .mark_rule(strokeDash=[4, 3])
            .encode(x="stage:Q")
        )
        return alt.layer(lines, mark).properties(width=width - 80, height=220 if width <= NARROW else 320)

    low, high = design.cuts[cut].elements[0], design.cuts[cut].elements[-1]
    return Picture(
        f"profile-{cut}",
        f"{design.circuit.title}: cut {cut}",
        METHOD,
        f"Mole fractions of {low} to {high} in both phases over the stages of cut {cut}.",
        draw,
    )


def acid_picture(comparison: Comparison) -> Picture:
    """Hydrochloric acid of both sides, gross, net and purchased, with bands."""
    rows = [
        {"side": f"{s.ore}, {s.circuit}", "measure": measure, "point": b.point, "low": b.low, "high": b.high}
        for s in (comparison.a, comparison.b)
        for measure, b in (("charged", s.gross), ("used up", s.net), ("bought", s.purchased))
    ]
    frame = pd.DataFrame(rows)
    frame["label"] = frame["side"] + ": " + frame["measure"]
    return range_picture(
        frame,
        name="acid",
        title="Hydrochloric acid per tonne of rare-earth oxide",
        category="label",
        point="point",
        low="low",
        high="high",
        group="side",
        unit="t of 100 % HCl per t REO fed",
        source_line=METHOD,
        alternative="Acid charged, used up and bought of both plants, with bands.",
    )


def causes_picture(comparison: Comparison) -> Picture:
    """Factors by which each cause multiplies the acid, from side b to side a."""
    frame = pd.DataFrame(
        [
            {"cause": k, "change": 100 * (v - 1), "direction": "more acid" if v > 1 else "less acid"}
            for k, v in comparison.causes.items()
        ]
    )
    return bar_picture(
        frame,
        name="causes",
        title=f"Why {comparison.a.ore} differs from {comparison.b.ore}",
        category="cause",
        value="change",
        series="direction",
        unit="change of acid used up, % (factors multiply)",
        source_line=METHOD + "; Shapley values of the logarithm",
        alternative="How far each cause raises or lowers the acid of the first plant.",
    )
