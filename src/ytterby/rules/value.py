"""Value shares of products under clauses with a value threshold: at a price deck, with bands, and swept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ytterby.rules.items import ItemLists
from ytterby.rules.model import Clause, Condition, Regime
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Band, PriceDeck

if TYPE_CHECKING:
    from ytterby.world import World

PRICE = "price"


@dataclass(frozen=True)
class Composition:
    """One unit of a product: what it costs and which elements it holds."""

    product: str
    name: str
    form: str
    base: str
    price_usd: Band
    kg: Mapping[str, Band]


@dataclass(frozen=True)
class ValueLimit:
    """A clause that compares a value share with a limit."""

    clause: str
    reference: str
    numerator: str
    origin: tuple[str, ...]
    limit: float
    inclusive: bool
    """Whether the limit itself is caught."""

    def caught(self, share: float) -> bool:
        """Whether a share is caught.

        >>> ValueLimit("c", "", "list", (), 0.001, True).caught(0.001)
        True
        """
        near = abs(share - self.limit) <= 1e-12 * self.limit
        return (self.inclusive and near) or (share > self.limit and not near)


def value_limits(regimes: Mapping[str, Regime]) -> Mapping[str, ValueLimit]:
    """Clauses with a value share, by clause."""
    found = {}
    for regime in regimes.values():
        for clause in regime.clauses:
            for condition in clause.conditions:
                if condition.fact == "value_share":
                    found[clause.clause] = _limit(clause, condition)
    return found


def _limit(clause: Clause, condition: Condition) -> ValueLimit:
    inclusive = condition.at_least is not None
    limit = condition.at_least if condition.at_least is not None else condition.above
    if limit is None:
        raise InputError("a value share has no limit", [Fault(clause.clause, "no comparison", "at_least or above")])
    return ValueLimit(clause.clause, clause.reference, condition.numerator, condition.origin, limit, inclusive)


def compositions(world: World) -> Mapping[str, Composition]:
    """Products of the table product_compositions."""
    found = {}
    for product, rows in world.table("product_compositions").groupby("product", sort=True):
        bands = {
            row["component"]: Band(
                row["amount"],
                row["amount"] if pd.isna(row["low"]) else row["low"],
                row["amount"] if pd.isna(row["high"]) else row["high"],
                row["source"],
            )
            for row in rows.to_dict("records")
        }
        if PRICE not in bands:
            raise InputError(
                "a product has no price",
                [Fault(f"product_compositions, {product}", "no row", "component price")],
            )
        first = rows.iloc[0]
        price = bands.pop(PRICE)
        found[str(product)] = Composition(str(product), first["name"], first["form"], first["base"], price, bands)
    return found


def commodity_composition(world: World, commodity: str, deck: PriceDeck) -> Composition:
    """One kg of a traded commodity at a deck's price; raises UnknownNameError for one without a price."""
    if commodity not in deck.usd_per_kg:
        raise UnknownNameError("price of commodity", commodity, deck.usd_per_kg)
    rows = world.table("commodity_elements")
    rows = rows[rows["commodity"] == commodity]
    price = deck.usd_per_kg[commodity]
    kinds = world.table("commodities").set_index("commodity")
    return Composition(
        commodity,
        str(kinds.at[commodity, "name"]),
        str(kinds.at[commodity, "kind"]),
        "",
        Band(price, price, price, deck.origin),
        {r["element"]: Band(r["t_per_t"], r["low"], r["high"], r["source"]) for r in rows.to_dict("records")},
    )


def price_deck(world: World, place: str, year: int) -> PriceDeck:
    """Median of a place's annual means of one year in the table prices, USD/kg net of value-added tax.

    Raises InputError where the world has none.
    """
    prices = world.table("prices")
    rows = prices[
        prices["place"].eq(place)
        & prices["period"].astype(str).eq(str(year))
        & prices["statistic"].eq("annual mean")
        & prices["usd_per_kg_excl_vat"].notna()
    ]
    if rows.empty:
        raise InputError("no prices", [Fault("price deck", f"{place}, {year}", "a place and year of the table prices")])
    median = rows.groupby("commodity")["usd_per_kg_excl_vat"].median()
    return PriceDeck(
        place,
        year,
        {str(c): float(v) for c, v in median.items()},
        "as observed",
        "net of VAT",
        "table prices, annual means",
    )


def element_value(element: str, deck: PriceDeck) -> float:
    """USD per kg of contained element: as metal, else as oxide by its mass ratio; NaN without a price."""
    symbol = element.lower()
    if f"{symbol}-metal" in deck.usd_per_kg:
        return float(deck.usd_per_kg[f"{symbol}-metal"])
    if f"{symbol}-oxide" in deck.usd_per_kg:
        return float(deck.usd_per_kg[f"{symbol}-oxide"] * oxide_per_element(element))
    return float("nan")


def value_share(
    composition: Composition,
    deck: PriceDeck,
    limit: ValueLimit,
    lists: ItemLists,
    origin_share: float | Mapping[str, float] = 1.0,
) -> Band:
    """Value of listed inputs of the limit's origin over the product's value.

    ``origin_share``: share of each listed element that comes from that origin (default: all of it). Low:
    least
    content over highest price; high: the reverse. Listed elements without a price make the high end NaN.
    """
    point = low = high = 0.0
    for element in sorted(lists.elements_of(limit.numerator) & set(composition.kg)):
        share = origin_share if isinstance(origin_share, int | float) else origin_share.get(element, 1.0)
        usd = element_value(element, deck)
        kg = composition.kg[element]
        if share == 0 or kg.high == 0:
            continue
        point += kg.point * share * usd
        low += 0.0 if np.isnan(usd) else kg.low * share * usd
        high += kg.high * share * usd
    price = composition.price_usd
    return Band(point / price.point, low / price.high, min(high / price.low, 1.0), "content and price of the product")


def sweep(
    products: Sequence[Composition],
    decks: Mapping[float, PriceDeck],
    limits: Sequence[ValueLimit],
    lists: ItemLists,
    origin_share: float | Mapping[str, float] = 1.0,
) -> pd.DataFrame:
    """Every product at every deck (by its factor) under every limit.

    Columns: product, price_factor, limit, share_low, share, share_high, caught ('yes', 'no', 'within its
    band').
    """
    rows = []
    for product in products:
        for factor, deck in decks.items():
            band = value_share(product, deck, limits[0], lists, origin_share) if limits else None
            for limit in limits:
                assert band is not None
                low, high = limit.caught(band.low), limit.caught(band.high)
                caught = "within its band" if low != high else ("yes" if low else "no")
                rows.append((product.product, factor, limit.limit, band.low, band.point, band.high, caught))
    columns = ["product", "price_factor", "limit", "share_low", "share", "share_high", "caught"]
    return pd.DataFrame(rows, columns=columns)
