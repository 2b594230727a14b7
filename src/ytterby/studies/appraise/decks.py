"""Price decks from a solved market: what sellers get inside and outside the dominant producer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ytterby.market import Outcome
from ytterby.projects import inside_place, outside_place
from ytterby.world import World
from ytterby.world.terms import Band, PriceDeck

SOLD = ("oxide", "intermediate")
"""Kinds of commodity that a separator sells."""


@dataclass(frozen=True)
class MarketDeck:
    """Prices at one place in one outcome."""

    deck: PriceDeck
    bands: Mapping[str, Band] = field(default_factory=dict)
    """Interval of the price of each product that trades there, USD/kg."""
    taken_from_inside: tuple[str, ...] = ()
    """Products that do not trade at the place: priced as inside, where a seller can always go."""


def market_deck(world: World, outcome: Outcome, place: str, inside: MarketDeck | None = None) -> MarketDeck:
    """Return what separated products fetch at a place, net of value-added tax, as the market solved it.

    Points are means over origin tags weighted by what trades; intervals are the least low and greatest high of
    those tags. ``inside``: the deck that stands in for products that do not trade at the place.
    """
    prices = outcome.prices
    kinds = world.table("commodities").set_index("commodity")["kind"]
    own = prices[(prices["place"] == place) & prices["point"].notna() & prices["traded_t"].gt(0)]
    own = own[own["commodity"].map(kinds).isin(SOLD)]  # names with an ore in them have no kind: their content varies
    points: dict[str, float] = {}
    bands: dict[str, Band] = {}
    for commodity, rows in own.groupby("commodity"):
        point = outcome.price(str(commodity), place)
        if point is not None:
            low, high = float(rows["low"].min()), float(rows["high"].max())
            points[str(commodity)] = point
            bands[str(commodity)] = Band(point, min(low, point), max(high, point), "interval of the market's price")
    borrowed = tuple(sorted(set(inside.deck.usd_per_kg) - set(points))) if inside else ()
    if inside:
        points |= {c: inside.deck.usd_per_kg[c] for c in borrowed}
        bands |= {c: inside.bands[c] for c in borrowed if c in inside.bands}
    incoterm = str(own["incoterm"].iloc[0]) if len(own) else ""
    label = f"market solved for {outcome.meta['year']}, {outcome.meta['label']}"
    return MarketDeck(PriceDeck(place, int(outcome.meta["year"]), points, incoterm, "excl VAT", label), bands, borrowed)


def market_decks(world: World, outcome: Outcome) -> tuple[MarketDeck, MarketDeck]:
    """Return the decks inside the dominant producer and at the place that stands for outside."""
    inside = market_deck(world, outcome, inside_place(world))
    return inside, market_deck(world, outcome, outside_place(world), inside)


def compared(inside: MarketDeck, outside: MarketDeck) -> pd.DataFrame:
    """Return both decks side by side: product, inside, outside (USD/kg), ratio."""
    names = sorted(set(inside.deck.usd_per_kg) | set(outside.deck.usd_per_kg))
    table = pd.DataFrame({"product": names})
    for name, deck in (("inside", inside.deck), ("outside", outside.deck)):
        table[name] = [deck.usd_per_kg.get(c, float("nan")) for c in names]
    table["ratio"] = table["outside"] / table["inside"]
    return table
