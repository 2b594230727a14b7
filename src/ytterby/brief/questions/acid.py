"""Who needs how much acid, and why."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Circuit, Country, Ore, Strict
from ytterby.brief.question import Question
from ytterby.brief.words import NAN, exact, from_band
from ytterby.pictures import range_picture
from ytterby.separation.compare import Comparison, compare
from ytterby.world.terms import Band

SAMPLES = 128
CAUSES = {
    "feed": "composition of the ore",
    "route": "how the ore is opened",
    "cerium": "cerium left behind before extraction",
    "recovery": "recovery",
    "slate": "which products are split",
    "linkage": "linked cuts",
    "purity": "purity",
}
"""What can make acid use differ, in words."""


class Side(Strict):
    """One side of the comparison."""

    ore: Ore
    country: Country
    plant: str
    """What the plant is called."""
    words: str
    """What its country is called before a noun."""


class Pair(Strict):
    """Two circuits that are compared."""

    number: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Name of the ratio among the computed numbers."""
    words: str
    a: Circuit
    b: Circuit


class Acid(Question):
    """Hydrochloric acid of one side's circuits over the other's, with the causes; price apart from quantity."""

    a: Side
    b: Side
    pairs: tuple[Pair, ...] = Field(min_length=1)
    """Pairs of circuits that span what plants of either side can be; the first is as they were built."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return (
            *(pair.number for pair in self.pairs),
            "a_t_per_t",
            "b_t_per_t",
            "ratio_per_ndpr",
            "price_ratio",
            "bill_ratio",
        )

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        a, b = self.a, self.b
        found = {
            pair.number: compare(
                context.world,
                a.ore,
                pair.a,
                b.ore,
                pair.b,
                n=SAMPLES,
                seed=context.seed,
                countries=(a.country, b.country),
                separation=context.separation,
            )
            for pair in self.pairs
        }
        built = found[self.pairs[0].number]
        over = f"{a.words} over {b.words}"
        price = built.price_ratio or Band(NAN, NAN, NAN)
        numbers = {
            pair.number: from_band(f"Acid, {over}: {pair.words}", found[pair.number].ratios["net"], "ratio")
            for pair in self.pairs
        } | {
            "a_t_per_t": from_band(f"Acid at {a.plant}", built.a.net, "t HCl (100 %) per t REO fed"),
            "b_t_per_t": from_band(f"Acid at {b.plant}", built.b.net, "t HCl (100 %) per t REO fed"),
            "ratio_per_ndpr": from_band("The same ratio per kg of NdPr oxide", built.ratios["net per ndpr"], "ratio"),
            "price_ratio": Number(
                f"Price of the acid, {over}", price.point, "ratio", price.low, price.high, built.price_basis
            ),
            "bill_ratio": exact(f"Acid bill, {over}, as built", built.cost_ratio or NAN, "ratio"),
        }
        causes = pd.DataFrame(
            [(CAUSES.get(k, k), v) for k, v in built.causes.items()],
            columns=["Cause", f"Multiplies {b.words} acid use by"],
        ).sort_values(f"Multiplies {b.words} acid use by", ignore_index=True)
        rows = []
        for pair in self.pairs:
            case = found[pair.number]
            ratio = case.ratios["net"]
            rows.append((pair.words, ratio.point, ratio.low, ratio.high, case.a.net.point, case.b.net.point))
        table = pd.DataFrame(rows, columns=["Comparison", "Ratio", "Low", "High", f"{a.words}, t/t", f"{b.words}, t/t"])
        return Answer(
            numbers=numbers,
            because=self._because(built, table, causes, price),
            details=(
                f"As a measurement it {built.because}.",
                f"Per tonne of rare earths fed: {built.a.net.point:.2f} t of acid (100 %) at {a.plant}, "
                f"{built.b.net.point:.2f} t at {b.plant}.",
            ),
            caveats=(
                "Separation factors are measured medians with their spread; textbook averages would change both sides.",
                "Ratios are this model's range, not a measurement.",
            ),
            tables=(
                Table("Acid ratio by what is compared", table),
                Table("Causes, as built", causes, "The factors multiply to the ratio."),
            ),
            pictures=(
                range_picture(
                    table,
                    name="acid",
                    title=f"Acid per tonne of feed, {over}",
                    category="Comparison",
                    point="Ratio",
                    low="Low",
                    high="High",
                    unit="ratio (1: the same)",
                    marks=((1.0, "the same"),),
                    source_line="Cascade theory on sourced separation factors and inventories; 5 to 95 % of samples.",
                    alternative=f"Dots with bands: ratio of acid use, {over}, for {len(self.pairs)} pairs of circuits.",
                ),
            ),
            sources=_sources(context, built),
        )

    def _because(self, built: Comparison, table: pd.DataFrame, causes: pd.DataFrame, price: Band) -> str:
        ratio = built.ratios["net"].point
        factors = causes[f"Multiplies {self.b.words} acid use by"]
        decides = causes["Cause"].iloc[0 if ratio < 1.0 else -1]
        factor = float(factors.iloc[0 if ratio < 1.0 else -1])
        words = (
            f"As built, {self.a.plant} needs {ratio:.2f} times the acid of {self.b.plant}, mostly through "
            f"{decides} (factor {factor:.2f}); over what plants of the two can be, the ratio runs from "
            f"{table['Low'].min():.1f} to {table['High'].max():.1f}."
        )
        if price.point != price.point:
            return words
        return (
            f"{words} The price of the acid is {price.point:.1f} times as high ({price.low:.1f} to {price.high:.1f})."
        )


def _sources(context: Context, found: Comparison) -> tuple[str, ...]:
    world = context.world
    factors, prices, routes = (world.table(t) for t in ("separation_factors", "reagent_prices", "route_reagents"))
    used = [
        *factors["source"].value_counts().index[:4],
        *prices.loc[prices["reagent"] == "hcl", "source"].unique()[:6],
        *routes.loc[routes["route"].isin((found.a.route, found.b.route)), "source"].unique()[:6],
    ]
    return tuple(dict.fromkeys(str(s) for s in used))
