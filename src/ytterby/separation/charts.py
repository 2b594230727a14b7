"""Pictures of separation: stage profiles as in the textbooks, and who needs how much acid and why."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from ytterby.pictures import Picture, bar_picture, range_picture
from ytterby.pictures.picture import NARROW
from ytterby.pictures.theme import SERIES, SOFT_INK
from ytterby.separation.compare import Comparison
from ytterby.separation.design import CircuitDesign
from ytterby.separation.starting import Commissioning

LEAST_SHOWN = 0.005
"""Mole fraction that an element reaches somewhere to be drawn."""
PRODUCT_NAMES = {"raffinate_impurity": "raffinate", "organic_impurity": "organic product"}
METHOD = "Computed by ytterby from separation factors and routes in its tables"


def profile_picture(design: CircuitDesign, cut: str) -> Picture:
    """Composition of both phases over the stages of one cut, from raffinate end to organic exit."""
    table = design.profile_table(cut)
    top = table.groupby("element")["fraction"].max().sort_values(ascending=False)
    shown = [e for e in design.factors.order if top.get(e, 0.0) > LEAST_SHOWN][: len(SERIES)]
    data = table[table["element"].isin(shown)]
    built = design.cuts[cut]
    stages = built.extraction_stages + built.scrub_stages
    marks = pd.DataFrame(
        {
            "stage": [
                built.extraction_stages,
                (1 + built.extraction_stages) / 2,
                (built.extraction_stages + stages) / 2,
            ],
            "label": ["feed", "extraction", "scrub"],
        }
    )

    def draw(width: int) -> alt.LayerChart:
        colour = alt.Color(
            "element:N",
            sort=shown,
            scale=alt.Scale(domain=shown, range=list(SERIES[: len(shown)])),
            legend=alt.Legend(title=None, orient="top"),
        )
        stage = alt.X(
            "stage:Q",
            title="Stage, from the raffinate end",
            scale=alt.Scale(domain=[1, stages], nice=False),
            axis=alt.Axis(tickMinStep=1, grid=False),
        )
        phases = ["aqueous", "organic"]
        dash = alt.StrokeDash(
            "phase:N",
            scale=alt.Scale(domain=phases, range=[[1, 0], [3, 3]]),
            legend=alt.Legend(title=None, orient="top"),
        )
        fraction = alt.Y("fraction:Q", title="Mole fraction", scale=alt.Scale(domain=[0, 1]))
        base = alt.Chart(data).encode(x=stage, y=fraction, color=colour, strokeDash=dash)
        aqueous = base.transform_filter("datum.phase == 'aqueous'").mark_line(strokeWidth=2.4)
        organic = base.transform_filter("datum.phase == 'organic'").mark_line(strokeWidth=1.4)
        rule = alt.Chart(marks[:1]).mark_rule(color=SOFT_INK).encode(x=stage)
        words = (
            alt.Chart(marks)
            .mark_text(dy=-7, fontSize=11, color=SOFT_INK)
            .encode(x=stage, y=alt.value(0), text="label:N")
        )
        narrow = width <= NARROW
        return alt.layer(rule, organic, aqueous, words).properties(width=width - 80, height=220 if narrow else 320)

    low, high = built.elements[0], built.elements[-1]
    return Picture(
        f"profile-{cut}",
        f"{design.circuit.title}: cut {cut}",
        METHOD,
        f"Mole fractions of {low} to {high} in both phases over the stages of cut {cut}.",
        draw,
    )


def start_up_picture(starts: Mapping[str, Commissioning]) -> Picture:
    """Impurity of both products of one cut since products are drawn; one line a way of starting, by its name."""
    frames = [
        start.table()
        .melt(["days"], ["raffinate_impurity", "organic_impurity"], "product", "impurity")
        .assign(start=name, product=lambda f: f["product"].map(PRODUCT_NAMES))
        for name, start in starts.items()
    ]
    data = pd.concat(frames)
    data = data[(data["days"] > 0) & (data["impurity"] > 0)]
    names = list(starts)
    cut = next(iter(starts.values())).cut

    def draw(width: int) -> alt.Chart:
        ticks = 4 if width <= NARROW else 8
        days = alt.X(
            "days:Q",
            title="Days since products are drawn",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(tickCount=ticks, grid=False),
        )
        impurity = alt.Y(
            "impurity:Q", title="Impurity, mole fraction", scale=alt.Scale(type="log"), axis=alt.Axis(tickCount=6)
        )
        colour = alt.Color(
            "start:N",
            sort=names,
            scale=alt.Scale(domain=names, range=list(SERIES[: len(names)])),
            legend=alt.Legend(title=None, orient="top", columns=1 if width <= NARROW else 3, labelLimit=300),
        )
        dash = alt.StrokeDash("product:N", legend=alt.Legend(title=None, orient="top"))
        line = alt.Chart(data).mark_line(strokeWidth=2, clip=True)
        return line.encode(x=days, y=impurity, color=colour, strokeDash=dash).properties(width=width - 80, height=300)

    return Picture(
        f"start-up-{cut}",
        f"Start-up of cut {cut}",
        METHOD,
        f"Impurity of raffinate and organic product of cut {cut} over the days since products are drawn.",
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
