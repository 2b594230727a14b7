"""How much of the grip is ore, processing, transit and rules."""

from __future__ import annotations

import pandas as pd

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.question import Question
from ytterby.brief.words import cell, exact
from ytterby.pictures import bar_picture
from ytterby.strategy import LEVERS

MILLION = 1e6
PULLED = (("alone_usd", "pulled alone"), ("last_usd", "pulled last"), ("shapley_usd", "Shapley value"))


class Leverage(Question):
    """How much of the grip is ore, processing, transit and rules, in the base year."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return tuple(f"{lever}_{what}" for lever in LEVERS for what in ("share", "alone", "last", "equal"))

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        found = context.leverage
        table = found.table
        index = table.set_index("lever")
        total = float(index["shapley_usd"].sum())
        producer = context.place_name(context.dominant)
        unit = "M USD a year"
        numbers: dict[str, Number] = {}
        for lever in LEVERS:
            numbers |= {
                f"{lever}_share": exact(
                    f"Share of the grip: {lever} (Shapley)", 100 * cell(index, lever, "shapley_usd") / total, "%"
                ),
                f"{lever}_alone": exact(f"Pulled alone: {lever}", cell(index, lever, "alone_usd") / MILLION, unit),
                f"{lever}_last": exact(f"Pulled last: {lever}", cell(index, lever, "last_usd") / MILLION, unit),
                f"{lever}_equal": exact(
                    f"Pulled as far as costs {producer} the same export revenue: {lever}",
                    cell(index, lever, "equal_cost_loss_usd") / MILLION,
                    unit,
                ),
            }
        order = index["shapley_usd"].sort_values(ascending=False)
        shown = pd.DataFrame(
            {
                "Lever": table["lever"],
                "Alone, M USD": table["alone_usd"] / MILLION,
                "Last, M USD": table["last_usd"] / MILLION,
                "Shapley, M USD": table["shapley_usd"] / MILLION,
                "Share, %": 100 * table["shapley_usd"] / total,
                "Revenue forgone, M USD": table["china_revenue_lost_usd"] / MILLION,
                "At equal cost, M USD": table["equal_cost_loss_usd"] / MILLION,
                "Remark": table["remark"],
            }
        )
        picture = pd.DataFrame(
            [
                (str(lever), words, cell(index, lever, column) / MILLION)
                for lever in order.index
                for column, words in PULLED
            ],
            columns=["Lever", "Measure", "M USD a year"],
        )
        shares = ", ".join(f"{lever} {max(100 * value / total, 0.0):.0f} %" for lever, value in order.items())
        return Answer(
            numbers=numbers,
            untestable=(
                f"a movement needs more than one year, and the levers are solved for {context.year} only. In that year "
                f"the grip is {shares} (Shapley shares of what is lost outside {producer})."
            ),
            because="",
            details=found.notes,
            caveats=("Point values: no band is computed for leverage yet.",),
            tables=(Table(f"Loss outside {producer} by lever", shown),),
            pictures=(
                bar_picture(
                    picture,
                    name="leverage",
                    title=f"What each lever costs buyers outside {producer}",
                    category="Lever",
                    value="M USD a year",
                    series="Measure",
                    unit="M USD a year",
                    label_format=",.0f",
                    source_line=f"{len(found.coalitions)} solved cases of this model, base year.",
                    alternative=f"Bars: loss outside {producer} by lever, pulled alone, last, and as Shapley value.",
                ),
            ),
            sources=context.scenario_sources(*(f"lever-{lever}" for lever in LEVERS)),
        )
