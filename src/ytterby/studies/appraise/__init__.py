"""A deposit at computed costs: unit cost from separation, freight from routes, prices inside and outside from a
solved market; ``projects`` gets typed values and knows none of the rooms."""

from ytterby.studies.appraise.case import INSIDE, OUTSIDE, Appraised, Appraiser, Side
from ytterby.studies.appraise.decks import MarketDeck, market_deck, market_decks
from ytterby.studies.appraise.funding import Valued, value_of_sum

__all__ = [
    "INSIDE",
    "OUTSIDE",
    "Appraised",
    "Appraiser",
    "MarketDeck",
    "Side",
    "Valued",
    "market_deck",
    "market_decks",
    "value_of_sum",
]
