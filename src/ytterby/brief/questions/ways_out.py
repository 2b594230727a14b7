"""Which lawful ways lead out of a place as states close, and at what share of the product's value."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Country, Form, Hub, Strict
from ytterby.brief.question import Question
from ytterby.brief.words import exact, listed, plural
from ytterby.pictures import Picture, bar_picture
from ytterby.routes import product_form
from ytterby.routes.resilience import smallest_country_cut
from ytterby.routes.simulate import compare_ways
from ytterby.world.terms import Freight

SURFACE = ("rail", "road", "sea", "ferry")
Ways = Mapping[tuple[str, tuple[str, ...]], Freight]


class SaidOfWay(Strict):
    """What is said of one way against the last that is left."""

    form: Form
    """The product that goes."""
    avoid: tuple[Country, ...]
    """Closed on the way that is said to be better."""
    words: str
    """What that way is called."""
    cheaper_pct: float
    """Said to be cheaper by, per cent."""
    days_faster: float
    """Said to be faster by, days."""


class WaysOut(Question):
    """Which lawful ways lead out, at what share of the product's value, with states closed one after another."""

    origin: Hub
    destination: Hub
    destination_words: str
    """What the destination is called in titles."""
    closed: tuple[Country, ...] = Field(min_length=1)
    forms: tuple[Form, ...] = Field(min_length=1)
    """Products, from raw to fine; the first is what is said not to get out."""
    counted: Form
    """The product whose ways are counted."""
    said: SaidOfWay

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return "ways_left", *(f"freight_share_{form}" for form in self.forms), "extra_usd_per_t"

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        names = {c: context.country_name(c) for c in context.world.table("countries")["iso3"]}
        ways = self._ways(context)
        table = self._table(context, ways, names)
        shut = listed([names[c] for c in self.closed])
        lawful = [w for w in context.router.ways(*self._ends, self.counted, avoid=self.closed) if w.lawful]
        numbers = {
            "ways_left": exact(f"Different ways left for {self.counted} with {shut} closed", len(lawful), "ways")
        }
        for form in self.forms:
            value, way = product_form(context.world, form).usd_per_t, ways[(form, self.closed)]
            numbers[f"freight_share_{form}"] = Number(
                f"Freight over value, {form}, {shut} closed",
                100 * way.usd_per_t / value,
                "%",
                100 * way.low_usd_per_t / value,
                100 * way.high_usd_per_t / value,
                "bands of the legs",
            )
        free, last = ways[(self.counted, ())], ways[(self.counted, self.closed)]
        numbers["extra_usd_per_t"] = exact(
            f"What closing {shut} adds, {self.counted}", last.usd_per_t - free.usd_per_t, "USD/t"
        )
        return Answer(
            numbers=numbers,
            because=self._because(numbers, last, names, shut, len(lawful)),
            details=self._details(context, ways, names),
            caveats=(
                "Most leg prices are assumptions with their basis in the row; bands are wide.",
                "Thorium and uranium of the find are unpublished: whether its concentrate is Class 7 cannot be told.",
            ),
            tables=(Table("Cheapest lawful way by product and closure", table),),
            pictures=(self._picture(table),),
            sources=tuple(dict.fromkeys(leg.source for way in (free, last) for leg in way.legs)),
        )

    @property
    def _ends(self) -> tuple[str, str]:
        return self.origin, self.destination

    def _ways(self, context: Context) -> Ways:
        cases: list[tuple[str, ...]] = [(), *((c,) for c in self.closed), self.closed]
        if self.said.avoid not in cases:
            cases.append(self.said.avoid)
        wanted = [(form, avoid) for form in dict.fromkeys((*self.forms, self.counted)) for avoid in cases]
        wanted += [(self.said.form, self.said.avoid), (self.said.form, self.closed)]
        return {(f, a): context.router.cheapest(*self._ends, f, avoid=a) for f, a in dict.fromkeys(wanted)}

    def _table(self, context: Context, ways: Ways, names: Mapping[str, str]) -> pd.DataFrame:
        rows = []
        for form in self.forms:
            value = product_form(context.world, form).usd_per_t
            for avoid in dict.fromkeys([(), *((c,) for c in self.closed), self.closed]):
                way = ways[(form, avoid)]
                rows.append(
                    {
                        "Product": form,
                        "Closed": listed([names[c] for c in avoid]) or "none",
                        "Cheapest way": _through(way, names),
                        "USD/t": way.usd_per_t,
                        "Low": way.low_usd_per_t,
                        "High": way.high_usd_per_t,
                        "Days": way.days,
                        "Risk, %": 100 * way.risk,
                        "Share of value, %": 100 * way.usd_per_t / value,
                    }
                )
        return pd.DataFrame(rows)

    def _because(
        self, numbers: Mapping[str, Number], last: Freight, names: Mapping[str, str], shut: str, count: int
    ) -> str:
        raw, fine = numbers[f"freight_share_{self.forms[0]}"], numbers[f"freight_share_{self.counted}"]
        first = (
            f"Raw {self.forms[0]} cannot bear the way: its freight is {raw.value / 100:,.0f} times its worth."
            if raw.value > 100.0
            else f"Raw {self.forms[0]} can bear the way: its freight is {raw.value:.0f} % of its worth."
        )
        if not count:
            return f"{first} With {shut} closed no lawful way is left for {self.counted}."
        return (
            f"{first} {self.counted.capitalize()} can: with {shut} closed {plural(count, 'lawful way')} "
            f"{'is' if count == 1 else 'are'} left, the cheapest through {_countries(last, names)}, at "
            f"{last.usd_per_t:,.0f} USD/t or {fine.value:.0f} % of its value."
        )

    def _details(self, context: Context, ways: Ways, names: Mapping[str, str]) -> tuple[str, ...]:
        details = []
        cut = smallest_country_cut(context.router, *self._ends, self.counted, modes=SURFACE)
        if cut.possible and cut.members:
            together = " together" if len(cut.members) > 1 else ""
            details.append(
                f"By {listed(SURFACE, 'or')} it takes the refusal of {listed([names.get(c, c) for c in cut.members])}"
                f"{together} to close the last way."
            )
        said = self.said
        first, second = ways[(said.form, said.avoid)], ways[(said.form, self.closed)]
        if first.lawful and second.lawful:
            found = compare_ways(context.router, first, second, seed=context.seed)
            details.append(
                f"{said.words} is said to be {said.cheaper_pct:g} % cheaper and {said.days_faster:g} days faster than "
                f"the one that is left when {listed([names[c] for c in self.closed])} are closed. On the same draws "
                f"it is {-100 * found.cost_share.point:.0f} % cheaper here ({-100 * found.cost_share.high:.0f} to "
                f"{-100 * found.cost_share.low:.0f}) and {-found.days.point:.0f} days faster "
                f"({-found.days.high:.0f} to {-found.days.low:.0f}), on rates most of which are assumptions. "
                f"What decides it: {listed(found.deciding)}."
            )
        return tuple(details)

    def _picture(self, table: pd.DataFrame) -> Picture:
        return bar_picture(
            table.assign(Closed=table["Closed"].replace("none", "all open")),
            name="freight",
            title=f"Freight to {self.destination_words} by product, as borders close",
            category="Product",
            value="USD/t",
            series="Closed",
            unit="USD per tonne",
            low="Low",
            high="High",
            label_format=",.0f",
            source_line="Legs and prices: corridor tables of this world; bands from the legs' own.",
            alternative=f"Bars: freight in USD per tonne of {listed(self.forms)} with borders open and closed.",
        )


def _through(way: Freight, names: Mapping[str, str]) -> str:
    if not way.lawful:
        return "no lawful way: " + "; ".join(way.reasons)
    modes = list(dict.fromkeys(leg.mode for leg in way.legs))
    return f"{_countries(way, names)} by {listed(modes)}"


def _countries(way: Freight, names: Mapping[str, str]) -> str:
    return listed(list(dict.fromkeys(names.get(c, c) for leg in way.legs for c in leg.countries)))
