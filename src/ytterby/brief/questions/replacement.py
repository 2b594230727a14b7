"""What it takes to replace a share of the dominant producer's separation."""

from __future__ import annotations

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Circuit, Ore, Plant, ProjectStage, Share
from ytterby.brief.question import Question
from ytterby.brief.words import band_of, cell, exact, from_band, percent, text, with_span
from ytterby.world.terms import Band

MEGA, GIGA = 1e6, 1e9


class Replacement(Question):
    """Years, capital and mixer-settlers that it takes to replace a share of the dominant producer's separation."""

    share: Share
    """Share of that separation."""
    stages: tuple[ProjectStage, ...] = Field(min_length=1)
    """Stages of a project that a separator goes through."""
    announced: Plant
    """A plant of this kind as announced."""
    built: Plant
    """The same as built."""
    ore: Ore
    circuit: Circuit
    """The circuit whose stages are counted, on that ore."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return "years_to_replace", "capital_busd", "tonnes", "budget_growth", "mixer_settlers"

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        world = context.world
        producer = context.place_name(context.dominant)
        stages = world.table("project_stages").set_index("stage").loc[list(self.stages)]
        years = Band(
            float(stages["years"].sum()),
            float(stages["years_low"].sum()),
            float(stages["years_high"].sum()),
            f"stages of a project: {', '.join(self.stages)}",
        )
        costs = world.table("expansion_costs").set_index("stage")
        tonnes = self.share * context.balanced.separated(context.dominant)
        dollars = ("capital_usd_per_t", "capital_low", "capital_high")
        bill = band_of(costs, "separation", dollars, "published separator budgets").scaled(tonnes / GIGA)
        plants = world.table("plant_capital").set_index("plant")
        before, after = (cell(plants, plant, "capital") for plant in (self.announced, self.built))
        growth = 100 * (after / before - 1.0)
        design = context.separation.design(self.ore, self.circuit, simulate=False)
        settlers = int(design.stage_table()["real_stages"].sum())
        part = f"{percent(self.share)} of separation in {producer}"
        numbers = {
            "years_to_replace": from_band("Years from study to a separator at capacity", years, "years"),
            "capital_busd": from_band(f"Capital to replace {part}", bill, "bn USD"),
            "tonnes": exact(f"Feed that is {part}", tonnes, "t REO a year"),
            "budget_growth": exact(f"How far {self.built} outgrew its announced budget", growth, "%"),
            "mixer_settlers": exact(
                f"Mixer-settlers of one such circuit ({design.circuit.title.lower()}), shortcut design",
                settlers,
                "stages",
            ),
        }
        table = plants.reset_index()[["plant", "scope", "year", "usd_per_unit", "capacity_unit", "build_years"]]
        table.columns = pd.Index(["Plant", "Scope", "Year", "USD per unit", "Unit", "Years to build"])
        return Answer(
            numbers=numbers,
            because=(
                f"Replacing {part} ({tonnes:,.0f} t a year) takes {with_span(numbers['years_to_replace'])} years from "
                f"study to a plant at capacity and {with_span(numbers['capital_busd'], '.1f')} bn USD: study, permits, "
                "building and start-up."
            ),
            details=(
                f"A plant of this kind ({text(plants, self.built, 'scope')}; {self.built} in the table) cost "
                f"{after / MEGA:,.0f} M {text(plants, self.built, 'currency')} where {before / MEGA:,.0f} M had been "
                f"announced: {growth:+.0f} %.",
                f"One circuit of this kind is some {settlers:,d} mixer-settlers in a row.",
            ),
            caveats=("Mines, metal and magnet plants come on top: this is the separators alone.",),
            tables=(Table("Published separators and what they cost per yearly tonne", table),),
            sources=tuple(
                dict.fromkeys(
                    (
                        *stages["source"].astype(str),
                        text(costs, "separation", "source"),
                        *(text(plants, p, "source") for p in (self.announced, self.built)),
                        *plants["source"].astype(str).unique(),
                    )
                )
            ),
        )
