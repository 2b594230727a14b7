"""Where a plan breaks even: the multiple of all prices, or the price of one product, at which its value is zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from ytterby.projects.cashflow import flows
from ytterby.projects.finance import npv
from ytterby.projects.mine import Mine


def breakeven_multiple(mine: Mine, highest: float = 50.0) -> float:
    """Multiple of all prices at which NPV is zero; NaN where none up to ``highest`` does it."""

    def at(multiple: float) -> float:
        scaled = replace(mine, prices_usd_per_kg={k: v * multiple for k, v in mine.prices_usd_per_kg.items()})
        return float(npv(np.asarray(mine.discount, dtype=float), flows(scaled)["net"][0], mine.timing))

    if at(0.0) > 0 or at(highest) < 0:
        return float("nan")
    return float(brentq(at, 0.0, highest, xtol=1e-9))


def breakeven_price(mine: Mine, product: str, highest_usd_per_kg: float = 10_000.0) -> float:
    """Price of one product at which NPV is zero, the others as given, USD/kg; NaN where none does it."""

    def at(price: float) -> float:
        changed = replace(mine, prices_usd_per_kg={**mine.prices_usd_per_kg, product: price})
        return float(npv(np.asarray(mine.discount, dtype=float), flows(changed)["net"][0], mine.timing))

    if at(0.0) > 0 or at(highest_usd_per_kg) < 0:
        return float("nan")
    return float(brentq(at, 0.0, highest_usd_per_kg, xtol=1e-9))


def price_floor_payment(floor_usd_per_kg: float, price_usd_per_kg: float, t_per_y: float) -> float:
    """What a contract for difference pays a year: max(0, floor - price) x volume, USD.

    >>> price_floor_payment(110.0, 49.0, 6000.0) / 1e6
    366.0
    """
    return max(0.0, floor_usd_per_kg - price_usd_per_kg) * t_per_y * 1000.0
