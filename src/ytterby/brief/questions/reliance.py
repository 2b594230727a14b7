"""Who becomes less dependent when a new chain runs."""

from __future__ import annotations

from typing import Literal

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Place, ScenarioName
from ytterby.brief.question import Question
from ytterby.brief.words import exact, listed, lower, percent
from ytterby.pictures import range_picture
from ytterby.projects import fund

SHOWN_DIGITS = 9
"""Digits of shares in table and picture, per cent: what is smaller is the solver's rounding."""


class Reliance(Question):
    """How much of a place's use comes from the dominant producer, with and without a new chain."""

    scenario: ScenarioName
    """The case in which the chain runs."""
    place: Place
    words: str
    """What the place is called before a noun."""
    elements: tuple[Literal["NdPr", "Dy", "Tb"], ...] = Field(min_length=1)
    """Groups of elements whose origin is traced; the first is told."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return (
            *(f"reliance_{e.lower()}" for e in self.elements),
            "reliance_change",
            *(f"reliance_change_{e.lower()}" for e in self.elements[1:]),
            "expected_change",
        )

    def scenarios(self) -> tuple[str, ...]:
        """The case."""
        return (self.scenario,)

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        base, case = context.base.outcome, context.case(self.scenario)
        producer = context.place_name(context.dominant)
        rows, numbers = [], {}
        for element in self.elements:
            metric = f"reliance|{self.place}|{element}"
            before, after = context.metric(base, metric), context.metric(case, metric)
            band = context.ensemble_band(metric, self.scenario, "difference", after - before)
            shown = (before, after, after - before, band.low, band.high)
            rows.append((element, *(round(100 * share, SHOWN_DIGITS) for share in shown)))
            numbers[f"reliance_{element.lower()}"] = exact(
                f"Share of {self.words} use that has passed {producer}, {element}, now", 100 * before, "%"
            )
            key = "reliance_change" if element == self.elements[0] else f"reliance_change_{element.lower()}"
            numbers[key] = Number(
                f"Change of that share, {element}, chain running",
                100 * (after - before),
                "points",
                100 * band.low,
                100 * band.high,
                band.basis,
            )
        odds = fund(context.world, 0.0, seed=context.seed)
        change = numbers["reliance_change"].value
        low, high = sorted((change * odds.chance_to_oxide.low, change * odds.chance_to_oxide.high))
        numbers["expected_change"] = Number(
            "The same, times the base rate that such a chain comes",
            change * odds.chance_to_oxide.point,
            "points",
            low,
            high,
            "base rates of projects by stage",
        )
        table = pd.DataFrame(rows, columns=["Element", "Now, %", "With the chain, %", "Change, points", "Low", "High"])
        return Answer(
            numbers={name: numbers[name] for name in self.numbers()},
            because=(
                f"Supposing {lower(context.scenario(self.scenario).title)}, the share of {producer} in {self.words} "
                f"use of {self.elements[0]} would move by {change:+.2f} points; weighed with the base rate of getting "
                f"there ({percent(odds.chance_to_oxide.point)}), at the earliest in "
                f"{odds.years_to_oxide.low:.0f} years, that is {numbers['expected_change'].value:+.4f} points."
            ),
            details=(context.scenario(self.scenario).description,),
            caveats=(
                f"The case supposes the chain in {context.year}; it is no forecast of the year in which it might run.",
            ),
            tables=(Table(f"Share of {producer} in the magnet elements in {self.words} use", table),),
            pictures=(
                range_picture(
                    table,
                    name="reliance",
                    title=f"Change of the share of {producer} in {self.words} use, if the chain ran",
                    category="Element",
                    point="Change, points",
                    low="Low",
                    high="High",
                    unit="percentage points",
                    source_line="Solved cases of this model; bands from common samples.",
                    alternative=f"Dots with bands: change of the share of {producer} for {listed(self.elements)}.",
                ),
            ),
            sources=context.scenario_sources(self.scenario),
        )
