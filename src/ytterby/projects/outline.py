"""From what other rooms know to a plan: unit cost, freight and prices come in as typed values, never from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot

from ytterby.projects.finance import Timing
from ytterby.projects.mine import Mine
from ytterby.world.terms import Band, Freight, PriceDeck, ProcessCost

NARROW = 0.005
"""Intervals of a price narrower than this share of it are points."""


@dataclass(frozen=True)
class Outline:
    """What is known of a project before anyone has priced it. Money in USD of the base year."""

    name: str
    treo_t_per_y: float
    """TREO in concentrate at full output, t/y: what is fed to separation."""
    ore_t_per_y: float
    grade: float
    recovery: float
    """TREO in concentrate over TREO in ore."""
    mine_usd_per_kg: Band
    """Mining and concentrating, per kg of TREO in concentrate."""
    capital_usd: Band
    life_y: int
    build_shares: tuple[float, ...]
    ramp: tuple[float, ...]
    sustaining_share: float
    """Of the capital a year."""
    working_capital_share: float
    royalty: float
    tax: float
    depreciation_y: int
    discount: float
    timing: Timing
    resource_ore_t: float | None = None


def price_of(deck: PriceDeck, product: str) -> float:
    """Return a product's price on a deck, USD/kg; what the deck does not name is worth nothing there."""
    return float(deck.usd_per_kg.get(product, 0.0))


def plan_at(
    outline: Outline,
    process: ProcessCost,
    freight: Freight,
    deck: PriceDeck,
    price_bands: Mapping[str, Band] | None = None,
    price_spread: Band | None = None,
    grant_usd: float = 0.0,
) -> tuple[Mine, dict[str, Band]]:
    """Return the plan and its bands at a separator's computed cost, a way's freight and a deck's prices.

    Products are what ``process`` yields per t REO fed; unit cost = mining and concentrating + the process, per kg
    TREO fed; freight per kg of product shipped. ``price_bands`` by product take the place of the deck's points in
    draws, ``price_spread`` is a multiple of all prices.
    """
    shipped = sum(process.yields.values())
    unit = process.usd_per_t / 1000.0
    below = hypot(outline.mine_usd_per_kg.point - outline.mine_usd_per_kg.low, unit - process.low_usd_per_t / 1000.0)
    above = hypot(outline.mine_usd_per_kg.high - outline.mine_usd_per_kg.point, process.high_usd_per_t / 1000.0 - unit)
    cost = outline.mine_usd_per_kg.point + unit
    per_kg = shipped / 1000.0
    mine = Mine(
        name=outline.name,
        ore_t_per_y=outline.ore_t_per_y,
        grade=outline.grade,
        recovery=outline.recovery,
        products=dict(process.yields),
        prices_usd_per_kg={p: price_of(deck, p) for p in process.yields},
        opex_usd_per_kg_treo=cost,
        capex_usd=outline.capital_usd.point,
        life_y=outline.life_y,
        build_shares=outline.build_shares,
        ramp=outline.ramp,
        freight_usd_per_kg=freight.usd_per_t * per_kg,
        sustaining_usd_per_y=outline.sustaining_share * outline.capital_usd.point,
        royalty=outline.royalty,
        tax=outline.tax,
        depreciation_y=outline.depreciation_y,
        working_capital_share=outline.working_capital_share,
        discount=outline.discount,
        timing=outline.timing,
        grant_usd=grant_usd,
        resource_ore_t=outline.resource_ore_t,
    )
    bands = {
        "opex_usd_per_kg_treo": Band(cost, max(0.0, cost - below), cost + above, "site costs and process"),
        "capex_usd": outline.capital_usd,
        "freight_usd_per_kg": Band(
            freight.usd_per_t * per_kg, freight.low_usd_per_t * per_kg, freight.high_usd_per_t * per_kg, "legs"
        ),
    }
    for product, band in (price_bands or {}).items():
        if product in mine.prices_usd_per_kg and band.high - band.low > NARROW * abs(band.point):
            bands[f"price:{product}"] = band
    if price_spread is not None:
        bands["prices"] = price_spread
    return mine, {k: b for k, b in bands.items() if b.low < b.high}


def cost_lines(outline: Outline, process: ProcessCost, freight: Freight) -> list[tuple[str, float, str]]:
    """Return what one kg of TREO in concentrate costs: item, USD/kg, source key; largest first within a room."""
    lines = sorted(((c.item, c.usd_per_t / 1000.0, c.source) for c in process.lines), key=lambda line: -line[1])
    shipped = sum(process.yields.values())
    return [
        ("mining and concentrate", outline.mine_usd_per_kg.point, outline.mine_usd_per_kg.basis),
        *lines,
        ("freight", freight.usd_per_t * shipped / 1000.0, freight.legs[0].source if freight.legs else ""),
    ]
