"""One broad instrument against a precise one, in the same world."""

from __future__ import annotations

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Commodity, Place, ScenarioName
from ytterby.brief.question import Question
from ytterby.brief.words import NAN, exact, lower, short_name
from ytterby.pictures import bar_picture
from ytterby.studies.ensemble import BASE, Ensemble

MILLION, KILO = 1e6, 1e3


class Precision(Question):
    """One instrument on everything against another by element, in the same world: harm per tonne held back."""

    broad: ScenarioName
    precise: ScenarioName
    priced_at: Place
    """Where the prices that are shown are paid."""
    products: tuple[Commodity, ...] = Field(min_length=1)

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        kinds = ("harm", "musd"), ("withheld", "t"), ("revenue", "musd")
        return (
            "leverage_ratio",
            "tonnes_ratio",
            *(f"{what}_{which}_{unit}" for what, unit in kinds for which in ("broad", "precise")),
        )

    def scenarios(self) -> tuple[str, ...]:
        """Both instruments."""
        return self.broad, self.precise

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        names = {"broad": self.broad, "precise": self.precise}
        titles = {key: context.scenario(name).title for key, name in names.items()}
        base = context.base.outcome
        numbers: dict[str, Number] = {}
        harm, withheld = {}, {}
        for key, name in names.items():
            case = context.case(name)
            change = {
                m: context.metric(case, m) - context.metric(base, m)
                for m in ("outside_welfare_usd", "china_exports_t", "china_revenue_usd")
            }
            harm[key], withheld[key] = -change["outside_welfare_usd"], -change["china_exports_t"]
            words = lower(titles[key])
            numbers |= {
                f"harm_{key}_musd": exact(f"Harm outside, {words}", harm[key] / MILLION, "M USD a year"),
                f"withheld_{key}_t": exact(f"Held back, {words}", withheld[key], "t a year"),
                f"revenue_{key}_musd": exact(
                    f"Change of export revenue, {words}", change["china_revenue_usd"] / MILLION, "M USD a year"
                ),
            }
        leverage = {k: harm[k] / withheld[k] if withheld[k] > 0 else NAN for k in names}
        ratio, tonnes = leverage["precise"] / leverage["broad"], withheld["precise"] / withheld["broad"]
        band = context.band_of(self._by_sample, ratio)
        numbers = {
            "leverage_ratio": Number(
                "Harm outside per tonne held back, precise over broad", ratio, "ratio", band.low, band.high, band.basis
            ),
            "tonnes_ratio": exact("Tonnes held back, precise over broad", tonnes, "ratio"),
            **{name: numbers[name] for name in self.numbers()[2:]},
        }
        prices = self._prices(context, names, titles)
        place = context.place_name(self.priced_at)
        return Answer(
            numbers=numbers,
            because=(
                f"In the same world \u201c{titles['precise']}\u201d does {ratio:.1f} times the harm per tonne held "
                f"back that \u201c{titles['broad']}\u201d does ({leverage['precise'] / KILO:,.0f} against "
                f"{leverage['broad'] / KILO:,.0f} thousand USD per t), while it holds back {tonnes:.2f} times the "
                "tonnes."
            ),
            details=tuple(context.scenario(name).description for name in names.values()),
            caveats=(
                f"Both instruments are set on the flows of {context.year}.",
                "Buyers have no stock and no other element to take instead, so a shortage runs to the price at which "
                "they give up: what was asked outside under licences rose less than it does here.",
            ),
            tables=(Table(f"Prices in {place} under either instrument", prices),),
            pictures=(
                bar_picture(
                    prices,
                    name="precision",
                    title=f"Price in {place} under either instrument",
                    category="Product",
                    value="Change, %",
                    series="Instrument",
                    unit=f"per cent change, delivered {place}",
                    label_format="+.0f",
                    label_from=0.5,
                    source_line="Solved cases of this model, base year.",
                    alternative=f"Bars: price change by product; {titles['broad']}, {titles['precise']}.",
                ),
            ),
            sources=context.scenario_sources(*names.values()),
        )  # fmt: skip

    def _prices(self, context: Context, names: dict[str, str], titles: dict[str, str]) -> pd.DataFrame:
        rows = [
            (
                short_name(context.commodity_name(commodity)),
                titles[key],
                context.base.outcome.price(commodity, self.priced_at),
                context.case(name).price(commodity, self.priced_at),
            )
            for key, name in names.items()
            for commodity in self.products
        ]
        prices = pd.DataFrame(rows, columns=["Product", "Instrument", "Before, USD/kg", "After, USD/kg"])
        prices["Change, %"] = 100 * (prices["After, USD/kg"] / prices["Before, USD/kg"] - 1)
        return prices

    def _by_sample(self, ensemble: Ensemble) -> pd.Series:
        broad, precise = (
            ensemble.values("outside_welfare_usd", name, BASE) / ensemble.values("china_exports_t", name, BASE)
            for name in (self.broad, self.precise)
        )
        return precise / broad
