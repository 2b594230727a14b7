"""Product by product: the value share, its distance to the limit, and the decision on any day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.shipment import NOT_LISTED, Item, Party, Shipment
from ytterby.rules.value import (
    Composition,
    ValueLimit,
    commodity_composition,
    compositions,
    element_value,
    sweep,
    value_limits,
    value_share,
)
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Band, PriceDeck

if TYPE_CHECKING:
    from ytterby.rules.engine import Rules

PRODUCT_COLUMNS = (
    "product",
    "name",
    "form",
    "clause",
    "share_low",
    "share",
    "share_high",
    "limit",
    "times_limit",
    "decision",
    "freest",
    "strictest",
    "branches",
    "missing",
    "critical_mg_per_unit",
)


def find(rules: Rules, product: str, deck: PriceDeck) -> Composition:
    """A product of the table product_compositions, or a commodity of the world; else UnknownNameError."""
    known = compositions(rules.world)
    if product in known:
        return known[product]
    if product in rules.commodities:
        return commodity_composition(rules.world, product, deck)
    raise UnknownNameError("product", product, [*known, *rules.commodities])


def limit_of(rules: Rules, clause: str | None = None) -> ValueLimit:
    """The clause with a value limit of that name; without a name, the first."""
    limits = value_limits(rules.regimes)
    if clause is None:
        return next(iter(limits.values()))
    if clause not in limits:
        raise UnknownNameError("clause with a value limit", clause, limits)
    return limits[clause]


def product_share(
    rules: Rules,
    product: str,
    deck: PriceDeck,
    clause: str | None = None,
    origin_share: float | Mapping[str, float] = 1.0,
) -> Band:
    """Value share of listed inputs of the clause's origin in one product, with its band."""
    return value_share(find(rules, product, deck), deck, limit_of(rules, clause), rules.items, origin_share)


def product_table(
    rules: Rules,
    deck: PriceDeck,
    *,
    ship_from: str,
    ship_to: str,
    products: Sequence[str] | None = None,
    clause: str | None = None,
    origin_share: float | Mapping[str, float] = 1.0,
    technology_country: str | None = None,
) -> pd.DataFrame:
    """Decide every product on the rules' day, shipped by a civil seller to an unlisted civil buyer.

    The item is made in ``ship_from``, its listed inputs come from the clause's origin by ``origin_share``;
    the
    technology of every step is of ``technology_country`` (None: not known). One row a product, columns
    :data:`PRODUCT_COLUMNS`; ``times_limit`` is share over limit.
    """
    limit = limit_of(rules, clause)
    names = products or [*compositions(rules.world), *_magnets(rules, deck)]
    rows = []
    for name in names:
        product = find(rules, name, deck)
        band = value_share(product, deck, limit, rules.items, origin_share)
        tree = rules.explain(
            Shipment(
                item=Item(
                    form=product.form,
                    elements=tuple(sorted(e for e, kg in product.kg.items() if kg.low > 0)),
                    base=product.base or None,
                ),
                origin_country=ship_from,
                technology_countries={} if technology_country is None else {"any": technology_country},
                value_share_low=band.low,
                value_share_high=band.high,
                ship_from=ship_from,
                ship_to=ship_to,
                end_user=Party(name=NOT_LISTED),
                user_kind="civil",
                end_use="civil",
                label=product.name,
            ),
            sensitivity=False,
        )
        rows.append(
            (
                name,
                product.name,
                product.form,
                limit.clause,
                band.low,
                band.point,
                band.high,
                limit.limit,
                band.point / limit.limit,
                tree.decision.value,
                tree.possible[0].value,
                tree.possible[-1].value,
                "; ".join(f"{k}: {v.value}" for k, v in tree.branches.items()),
                ";".join(tree.missing),
                critical_mass_mg(product, deck, limit, rules),
            )
        )
    return pd.DataFrame(rows, columns=list(PRODUCT_COLUMNS))


def critical_mass_mg(product: Composition, deck: PriceDeck, limit: ValueLimit, rules: Rules) -> float:
    """Mass of the dearest listed element from which a unit is caught, mg (for goods sold by the kg: ppm).

    w* = limit x price of the unit / price of the element; NaN where the product holds no listed element.
    """
    values = [element_value(e, deck) for e in rules.items.elements_of(limit.numerator) & set(product.kg)]
    known = [v for v in values if not math.isnan(v)]
    return limit.limit * product.price_usd.point / max(known) * 1e6 if known else float("nan")


def threshold_sweep(
    rules: Rules,
    deck: PriceDeck,
    limits: Sequence[float],
    *,
    products: Sequence[str] | None = None,
    price_factors: Mapping[str, Sequence[float]] | None = None,
    clause: str | None = None,
    origin_share: float | Mapping[str, float] = 1.0,
) -> pd.DataFrame:
    """Which products are caught at other limits, and when the price of one commodity moves.

    ``price_factors``: one commodity and the factors on its price. Columns: see
    :func:`ytterby.rules.value.sweep`.
    """
    base = limit_of(rules, clause)
    decks: dict[float, PriceDeck] = {1.0: deck}
    for commodity, factors in (price_factors or {}).items():
        if commodity not in deck.usd_per_kg:
            raise UnknownNameError("price of commodity", commodity, deck.usd_per_kg)
        for factor in factors:
            moved = {**deck.usd_per_kg, commodity: deck.usd_per_kg[commodity] * factor}
            decks[float(factor)] = replace(deck, usd_per_kg=moved)
    names = products or [*compositions(rules.world), *_magnets(rules, deck)]
    found = [find(rules, name, deck) for name in names]
    return sweep(found, decks, [replace(base, limit=x) for x in limits], rules.items, origin_share)


def with_value_shares(rules: Rules, shipments: pd.DataFrame, deck: PriceDeck) -> pd.DataFrame:
    """Fill in the value share of traded commodities that hold listed inputs of the limit's origin.

    Rows with a commodity that the deck prices and without a share: low and high end at the deck's prices
    where
    ``part_origin_country`` is of that origin, zero to the high end where it is not known.
    """
    if "commodity" not in shipments.columns:
        return shipments
    limit = limit_of(rules)
    blank = pd.Series("", index=shipments.index)
    commodity = shipments["commodity"].fillna("").astype(str)
    origin = shipments.get("part_origin_country", blank).fillna("").astype(str)
    share = shipments.get("value_share", pd.Series(float("nan"), index=shipments.index))
    low = shipments.get("value_share_low", share).fillna(share)
    high = shipments.get("value_share_high", share).fillna(share)
    bands = {
        name: value_share(commodity_composition(rules.world, name, deck), deck, limit, rules.items)
        for name in sorted(set(commodity))
        if name in deck.usd_per_kg and name in rules.commodities
    }
    listed = origin.isin(limit.origin)
    computed_low = commodity.map({n: b.low for n, b in bands.items()}).where(listed)
    computed_high = commodity.map({n: b.high for n, b in bands.items()}).where(listed | origin.eq(""))
    return shipments.assign(value_share_low=low.fillna(computed_low), value_share_high=high.fillna(computed_high))


def _magnets(rules: Rules, deck: PriceDeck) -> list[str]:
    return [n for n, item in rules.commodities.items() if item.form == "magnet" and n in deck.usd_per_kg]
