"""Months by which electric cars come later, through missing magnets and through cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Place, ScenarioName, Share
from ytterby.brief.question import Question
from ytterby.brief.words import exact, lower, percent
from ytterby.demand import motor_cost, shortfall
from ytterby.market import Outcome
from ytterby.pictures import bar_picture

MILLION = 1e6
MONTHS_A_YEAR = 12
DEPTHS = ("partial", "full")
MOTOR_OXIDES = ("ndpr-oxide", "dy-oxide", "tb-oxide")
"""Oxides on whose prices a motor's cost depends: keys of :func:`ytterby.demand.motor_cost`."""


class EvDelay(Question):
    """Months by which the electric share comes later at car makers' places, by depth, and for a sudden stop."""

    partial: ScenarioName
    full: ScenarioName
    against: ScenarioName
    """The case that both are held against."""
    places: tuple[Place, ...] = Field(min_length=1)
    """Places whose car makers are asked about."""
    years: int = Field(ge=1, le=10)
    """How long the shortage of a depth lasts."""
    stop: Share
    """Share of magnets that a sudden stop holds back, for a year."""
    priced_at: Place
    """Where the oxides of a motor are bought."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return "months_partial", "months_full", "usd_per_car", "share_of_car", "months_sudden"

    def scenarios(self) -> tuple[str, ...]:
        """Both depths and what they are held against."""
        return self.partial, self.full, self.against

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        base = context.case(self.against)
        used = {p: context.metric(base, f"use|{p}|ev-traction") for p in self.places}
        used = {place: t for place, t in used.items() if t > 0}
        outside = f"outside {context.place_name(context.dominant)}"
        rows, numbers = [], {}
        for depth, name in zip(DEPTHS, (self.partial, self.full), strict=True):
            found = self._depth(context, context.case(name), used)
            rows += [(depth, *row) for row in found]
            numbers[f"months_{depth}"] = _mean(
                f"Delay of the electric share {outside}, {depth}", [row[2] for row in found], list(used.values())
            )
        full = context.case(self.full)
        at = self.priced_at
        change = {c: (full.price(c, at) or 0.0) - (base.price(c, at) or 0.0) for c in MOTOR_OXIDES}
        cost = motor_cost(context.world, change)
        numbers["usd_per_car"] = exact("Dearer material in one electric car, full", cost.usd_per_vehicle, "USD")
        numbers["share_of_car"] = exact("The same, of the car's price", 100 * cost.share_of_car, "%")
        start = context.year + 1
        numbers["months_sudden"] = _mean(
            f"Delay if {percent(self.stop)} of magnets stopped for a year, unprepared",
            [
                shortfall(context.world, p, self.stop, MONTHS_A_YEAR, start_year=start, catch_up=False).delay_months
                for p in used
            ],
            list(used.values()),
        )
        table = pd.DataFrame(
            rows, columns=["Depth", "Place", "Traction magnets missing, %", "Delay, months", "Cars lost, M"]
        )
        worst = float(table.loc[table["Depth"] == "full", "Traction magnets missing, %"].max())
        return Answer(
            numbers=numbers,
            because=(
                f"It depends on depth and warning. Against \u201c{lower(context.scenario(self.against).title)}\u201d, "
                f"{self.years} years of partial decoupling delay the electric share {outside} by "
                f"{numbers['months_partial'].value:.1f} months and of full decoupling by "
                f"{numbers['months_full'].value:.1f}, with up to {worst:.0f} % of traction magnets missing; "
                f"{percent(self.stop)} of magnets stopped for a year without warning, "
                f"{numbers['months_sudden'].value:.1f}. The dearer material is {cost.usd_per_vehicle:,.0f} USD a car "
                f"({100 * cost.share_of_car:.1f} %)."
            ),
            caveats=(
                f"Stock cover across firms is drawn from the stops of {self._seen(context)}; other shortages may find "
                "other stocks.",
                "Policy changes of the same size as this delay are not counted.",
            ),
            tables=(Table("Delay by depth and region", table),),
            pictures=(
                bar_picture(
                    table,
                    name="delay",
                    title="Delay of the electric-car share, by region",
                    category="Place",
                    value="Delay, months",
                    series="Depth",
                    unit="months",
                    source_line="Solved cases of this model; line stops by stock cover across firms.",
                    alternative="Bars: months of delay by region under partial and full decoupling.",
                ),
            ),
            sources=self._sources(context),
        )

    def _depth(self, context: Context, case: Outcome, used: dict[str, float]) -> list[tuple[str, float, float, float]]:
        """Place, traction magnets missing (per cent), delay (months), cars lost (M), in one case."""
        rows = []
        for place, before in used.items():
            missing = min(max(1.0 - context.metric(case, f"use|{place}|ev-traction") / before, 0.0), 1.0)
            found = shortfall(
                context.world,
                place,
                missing,
                MONTHS_A_YEAR * self.years,
                start_year=context.year + 1,
                catch_up=False,
            )
            rows.append((context.place_name(place), 100 * missing, found.delay_months, found.lost_vehicles / MILLION))
        return rows

    def _seen(self, context: Context) -> str:
        starts = pd.to_datetime(context.world.table("shortfall_events")["from_date"]).dt.year
        first, last = int(starts.min()), int(starts.max())
        return str(first) if first == last else f"{first} to {last}"

    def _sources(self, context: Context) -> tuple[str, ...]:
        tables = [context.world.table(t) for t in ("stock_cover", "shortfall_events", "ev_sales")]
        return tuple(dict.fromkeys(str(s) for t in tables for s in t["source"].value_counts().index[:3]))


def _mean(label: str, months: list[float], weights: list[float]) -> Number:
    """Mean over places, weighted by the traction magnets that they use; the range is that over places."""
    return Number(
        label, float(np.average(months, weights=weights)), "months", min(months), max(months), "range over regions"
    )
