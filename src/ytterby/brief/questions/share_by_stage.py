"""A country's share of the world, stage by stage and office by office."""

from __future__ import annotations

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Country, Item, Percent, Publisher, Series, Strict
from ytterby.brief.question import Question
from ytterby.brief.words import exact
from ytterby.pictures import bar_picture

PERCENT = 100.0
COLUMNS = ["Stage", "Office", "Year", "Country, t", "World, t", "Share, %", "source"]
Row = tuple[str, str, int, float, float, float, str]


class Reading(Strict):
    """One office's figures for one stage."""

    stage: str
    """What the stage is called."""
    publisher: Publisher
    series: Series
    item: Item


class ShareByStage(Question):
    """A country's share at every stage and by every statistics office, held against a claimed share."""

    country: Country
    words: str
    """What the country is called before a noun."""
    claimed: Percent
    rounding: Percent
    """How far from the claimed share a reading may lie and still be the same, points."""
    readings: tuple[Reading, ...] = Field(min_length=1)
    """The first is what the claim says as it stands."""
    over_balance: tuple[Reading, ...] = ()
    """Figures of the country alone, set over the balanced world's separation."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return "mined_share", "claimed", "lowest_reading", "highest_reading", "nearest_reading"

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        table = pd.DataFrame(self._rows(context), columns=COLUMNS)
        shares = table["Share, %"]
        first = table.iloc[0]
        names = [f"{s}, {o} {y}" for s, o, y in zip(table["Stage"], table["Office"], table["Year"], strict=True)]
        lowest, highest = int(shares.argmin()), int(shares.argmax())
        nearest = int((shares - self.claimed).abs().argmin())
        numbers = {
            "mined_share": Number(
                f"Share: {names[0]}", float(first["Share, %"]), "%", float(shares.min()), float(shares.max()),
                "readings by stage and office",
            ),
            "claimed": exact("Claimed", self.claimed, "%"),
            "lowest_reading": exact(f"Lowest reading: {names[lowest]}", float(shares.iloc[lowest]), "%"),
            "highest_reading": exact(f"Highest reading: {names[highest]}", float(shares.iloc[highest]), "%"),
            "nearest_reading": exact(f"Nearest to the claim: {names[nearest]}", float(shares.iloc[nearest]), "%"),
        }  # fmt: skip
        told = "; ".join(f"{n} {s:.1f} %" for n, s in zip(names, shares, strict=True))
        same = [n for n, s in zip(names, shares, strict=True) if abs(s - self.claimed) <= self.rounding]
        verdict = (
            f"{self.claimed:g} % is what {same[0]} gives"
            if same
            else f"no reading gives {self.claimed:g} %, the nearest is {names[nearest]}"
        )
        shown = table.drop(columns="source")
        return Answer(
            numbers=numbers,
            because=f"It depends on what is counted, and by whom: {told}; {verdict}.",
            tables=(Table(f"{self.words} share by stage and office", shown),),
            pictures=(
                bar_picture(
                    shown.assign(Reading=names),
                    name="share-by-stage",
                    title=f"{self.words} share of the world, by stage and statistics office",
                    category="Reading",
                    value="Share, %",
                    series="Stage",
                    unit="per cent of world",
                    source_line="Statistics offices as named, and the balanced year of this world.",
                    alternative=f"Bars: {self.words} share of the world; {told}.",
                ),
            ),
            sources=tuple(table["source"]),
        )

    def _rows(self, context: Context) -> list[Row]:
        rows = [row for reading in self.readings if (row := self._reading(context, reading)) is not None]
        balanced, place = context.balanced, self._place(context)
        for reading in self.over_balance:
            own = self._own(context, reading)
            if len(own):
                value, world = float(own["value"].iloc[-1]), float(balanced.separated())
                office = f"{reading.publisher} over balanced world"
                year, source = int(own["year"].iloc[-1]), str(own["source"].iloc[-1])
                rows.append((reading.stage, office, year, value, world, PERCENT * value / world, source))
        made, world = balanced.magnets(place), balanced.magnets()
        rows.append(("finished magnets", "balanced year", context.year, made, world, PERCENT * made / world, "balance"))
        return rows

    def _place(self, context: Context) -> str:
        countries = context.world.table("countries")
        return str(dict(zip(countries["iso3"], countries["place"], strict=True))[self.country])

    def _part(self, context: Context, reading: Reading) -> pd.DataFrame:
        """An office's figures as it publishes them, also those that the balance sets aside as doubtful."""
        seen = context.world.table("observations")
        named = seen["series"].isin((reading.series, f"{reading.series}-doubtful"))
        return seen[named & (seen["item"] == reading.item) & (seen["publisher"] == reading.publisher)]

    def _own(self, context: Context, reading: Reading) -> pd.DataFrame:
        part = self._part(context, reading)
        own = part[(part["area"] == self.country) & (part["year"] <= context.year)]
        return own.sort_values(["year", "vintage"])

    def _reading(self, context: Context, reading: Reading) -> Row | None:
        own = self._own(context, reading)
        if own.empty:
            return None
        part, last = self._part(context, reading), own.iloc[-1]
        same = part[(part["year"] == last["year"]) & (part["vintage"] == last["vintage"])]
        world = same.loc[same["area"] == "world", "value"]
        total = float(world.iloc[0]) if len(world) else float(same["value"].sum())
        value, year, source = float(last["value"]), int(last["year"]), str(last["source"])
        return reading.stage, reading.publisher, year, value, total, PERCENT * value / total, source
