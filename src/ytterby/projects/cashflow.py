"""A mine plan and its cash flow: from ore in the ground to money, or not.

Prices, unit costs and freight come in as numbers; where they come from (separation, routes, a market) is not
known here. Every amount may be a number or an array over draws of shape (n,): the same lines run one case or
ten thousand.
"""

from __future__ import annotations

import numpy as np

from ytterby.projects.mine import Amount, Array, Mine, check, path
from ytterby.projects.support import paid


def flows(mine: Mine) -> dict[str, Array]:
    """Return the statement's lines, each of shape (n, T) in USD, n = 1 for a plan of numbers.

    T = building years + years of output + one for closure. Tax in a year = rate x max(0, revenue - royalty -
    opex - freight - depreciation - losses brought forward - depletion), at least the minimum rate on the same before
    depletion. ``support`` is negative where a contract takes a share of a high price.
    """
    check(mine)
    build, life = len(mine.build_shares), mine.life_y
    periods = build + life + 1
    n = max(1, *(np.asarray(v).size for v in _amounts(mine)))

    def column(value: Amount) -> Array:
        return np.broadcast_to(np.atleast_1d(np.asarray(value, dtype=float))[:, None], (n, 1)).astype(float)

    def over_life(value: Array) -> Array:
        out = np.zeros((n, periods))
        out[:, build : build + life] = value
        return out

    ramp = np.asarray(path(mine.ramp, life))[None, :]
    profile = ramp * np.asarray(path(mine.grade_profile or (1.0,), life))[None, :]
    treo = column(mine.treo_t_per_y) * profile
    revenue = np.zeros((n, life))
    support = np.zeros((n, life))
    for product, amount in mine.products.items():
        kg = treo * column(amount) * 1000.0
        price = column(mine.prices_usd_per_kg[product])
        revenue += kg * price
        support += paid(mine, product, kg, price)
    revenue = revenue + support + column(mine.byproduct_usd_per_y) * ramp
    fixed = mine.opex_fixed_share
    opex = column(mine.opex_usd_per_kg_treo) * 1000.0 * (treo * (1 - fixed) + column(mine.treo_t_per_y) * fixed)
    freight = column(mine.freight_usd_per_kg) * 1000.0 * treo
    royalty = mine.royalty * revenue
    capital = np.zeros((n, periods))
    capital[:, :build] = column(mine.capex_usd) * np.asarray(mine.build_shares)[None, :]
    sustaining = np.broadcast_to(column(mine.sustaining_usd_per_y), (n, life))
    years = min(mine.depreciation_y, life)
    depreciation = np.zeros((n, life))
    depreciation[:, :years] = column(mine.capex_usd) / years
    for year, amount in enumerate(mine.expansion_usd):
        capital[:, build + year] = amount
        left = min(years, life - year)
        depreciation[:, year : year + left] += amount / left
    depreciation = depreciation + sustaining
    tax = _tax(mine, revenue, revenue - royalty - opex - freight - depreciation)
    held = np.zeros((n, periods))
    held[:, build - 1 : build + life - 1] = mine.working_capital_share * revenue + column(mine.working_capital_usd)
    working = np.diff(np.concatenate([np.zeros((n, 1)), held], axis=1), axis=1)
    closure = np.zeros((n, periods))
    closure[:, -1] = column(mine.closure_usd)[:, 0]
    grant = np.zeros((n, periods))
    grant[:, :build] = column(mine.grant_usd) * np.asarray(mine.build_shares)[None, :]
    lines = {
        "output_t": over_life(treo),
        "revenue": over_life(revenue),
        "support": over_life(support),
        "royalty": over_life(royalty),
        "opex": over_life(opex),
        "freight": over_life(freight),
        "capital": capital,
        "grant": grant,
        "sustaining": over_life(sustaining),
        "closure": closure,
        "working_capital": working,
        "depreciation": over_life(depreciation),
        "tax": over_life(tax),
    }
    spent = ("royalty", "opex", "freight", "capital", "sustaining", "closure", "working_capital", "tax")
    lines["net"] = lines["revenue"] + grant - sum((lines[name] for name in spent), np.zeros((n, periods)))
    return lines


def _tax(mine: Mine, revenue: Array, profit: Array) -> Array:
    """Tax by year of output, USD; ``revenue`` and ``profit`` (before depletion and losses) of shape (n, life).

    Depletion = its share of revenue, at most its limit of the year's profit; it makes no loss to carry forward.
    """
    shares = [mine.depletion[min(k, len(mine.depletion) - 1)] if mine.depletion else 0.0 for k in range(mine.life_y)]
    depletion = np.clip(np.asarray(shares) * revenue, 0.0, mine.depletion_limit * np.maximum(0.0, profit))
    tax = np.zeros_like(profit)
    loss = np.zeros(profit.shape[0])
    for year in range(mine.life_y):
        before = profit[:, year] - loss
        after = before - depletion[:, year]
        owed = mine.tax * np.maximum(0.0, after)
        tax[:, year] = np.maximum(owed, mine.minimum_tax * np.maximum(0.0, before))
        loss = np.maximum(0.0, -before)
    return tax


def _amounts(mine: Mine) -> list[Amount]:
    own = [
        mine.ore_t_per_y, mine.grade, mine.recovery, mine.opex_usd_per_kg_treo, mine.capex_usd,
        mine.freight_usd_per_kg,
        mine.byproduct_usd_per_y, mine.sustaining_usd_per_y, mine.closure_usd, mine.working_capital_usd,
        mine.grant_usd, mine.discount,
    ]  # fmt: skip
    return [*own, *mine.products.values(), *mine.prices_usd_per_kg.values()]
