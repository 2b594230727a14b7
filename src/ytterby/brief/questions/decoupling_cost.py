"""What users outside lose when ties are cut."""

from __future__ import annotations

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Commodity, Good, Place, ScenarioName
from ytterby.brief.question import Question
from ytterby.brief.words import NAN, exact, lower, short_name, with_span
from ytterby.demand.goods import parameter
from ytterby.pictures import bar_picture

MILLION, KILO = 1e6, 1e3
METRICS = ("outside_welfare_usd", "magnets_outside_t", "magnets_bought_outside_t")
DEPTHS = ("partial", "full")


class DecouplingCost(Question):
    """What users outside the dominant producer lose when ties are cut, in part and in full."""

    partial: ScenarioName
    full: ScenarioName
    against: ScenarioName
    """The case that both are held against."""
    priced_at: Place
    """Where the prices that are shown are paid."""
    products: tuple[Commodity, ...] = Field(min_length=1)
    good: Good
    """The good that the cost is told for, by the magnets in it."""
    good_words: str

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return (
            "resource_cost_musd",
            "resource_cost_full_musd",
            *(f"magnets_lost_{depth}_t" for depth in DEPTHS),
            *(f"{product}_{depth}" for depth in DEPTHS for product in self.products),
            "usd_per_kg_magnet",
            "usd_per_good",
        )

    def scenarios(self) -> tuple[str, ...]:
        """Both depths and what they are held against."""
        return self.partial, self.full, self.against

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        base = context.case(self.against)
        place, outside = context.place_name(self.priced_at), f"outside {context.place_name(context.dominant)}"
        found: dict[str, Number] = {}
        rows = []
        for depth, name in zip(DEPTHS, (self.partial, self.full), strict=True):
            case = context.case(name)
            change = {m: context.metric(case, m) - context.metric(base, m) for m in METRICS}
            welfare = change["outside_welfare_usd"]
            band = context.ensemble_band("outside_welfare_usd", name, "difference", welfare, self.against)
            loss, low, high = -welfare / MILLION, -band.high / MILLION, -band.low / MILLION
            rows.append((depth, loss, low, high, *(change[m] for m in METRICS[1:])))
            key = "resource_cost_musd" if depth == "partial" else "resource_cost_full_musd"
            found[key] = Number(f"Cost to users {outside}, {depth}", loss, "M USD a year", low, high, band.basis)
            found[f"magnets_lost_{depth}_t"] = exact(
                f"Magnets bought {outside}, {depth}, change", change["magnets_bought_outside_t"], "t a year"
            )
            for product in self.products:
                before, after = base.price(product, self.priced_at), case.price(product, self.priced_at)
                words = f"{short_name(context.commodity_name(product))} in {place}, {depth}, change"
                moved = 100 * (after / before - 1) if before and after else NAN
                found[f"{product}_{depth}"] = exact(words, moved, "%")
        partial, full = found["resource_cost_musd"], found["resource_cost_full_musd"]
        per_kg = full.value * MILLION / (context.metric(base, "magnets_bought_outside_t") * KILO)
        per_good = per_kg * parameter(context.world, self.good, "ndfeb_kg")
        found["usd_per_kg_magnet"] = exact(f"Cost, full, per kg of magnet bought {outside}", per_kg, "USD/kg")
        found["usd_per_good"] = exact(f"The same per {self.good_words}", per_good, "USD")
        table = pd.DataFrame(
            rows,
            columns=[
                "Depth",
                "Cost, M USD a year",
                "Low",
                "High",
                "Magnets made outside, change t",
                "Magnets bought outside, change t",
            ],
        )
        return Answer(
            numbers={name: found[name] for name in self.numbers()},
            because=(
                f"Against \u201c{lower(context.scenario(self.against).title)}\u201d, partial decoupling costs users "
                f"{outside} {with_span(partial)} M USD a year, full decoupling {with_span(full)} M: "
                f"{per_kg:,.0f} USD per kg of magnet, {per_good:,.0f} USD for an {self.good_words}."
            ),
            details=(
                *(context.scenario(name).description for name in self.scenarios()),
                f"The cost is what buyers and makers {outside} lose together: dearer plants and energy, and goods not "
                "made. Rents that only change hands among them are not in it.",
            ),
            caveats=("Learning, and deposits beyond the planned ones, are not in it.",),
            tables=(Table("Cost by depth", table),),
            pictures=(
                bar_picture(
                    table,
                    name="decoupling",
                    title=f"Yearly cost of decoupling to users {outside}",
                    category="Depth",
                    value="Cost, M USD a year",
                    series="Depth",
                    unit="M USD a year",
                    low="Low",
                    high="High",
                    label_format=",.0f",
                    source_line="Solved cases of this model; bands from common samples.",
                    alternative="Bars: yearly cost of partial and of full decoupling with bands.",
                ),
            ),
            sources=self._sources(context),
        )

    def _sources(self, context: Context) -> tuple[str, ...]:
        plants = context.world.table("expansion_costs")["source"].astype(str)
        return tuple(dict.fromkeys((*context.scenario_sources(*self.scenarios()), *plants)))
