"""What a contract for difference pays: below its floor to the producer, above its upside price to the state."""

from __future__ import annotations

import numpy as np

from ytterby.projects.mine import Array, Mine


def difference_usd_per_kg(
    price: Array, floor: float = 0.0, upside_share: float = 0.0, upside_above: float = np.inf
) -> Array:
    """Payment per kg at a benchmark price: max(0, floor - p) - share x max(0, p - q), USD/kg, of the price's shape.

    >>> difference_usd_per_kg(np.array([49.0, 110.0, 150.0]), 110.0, 0.3, 110.0).tolist()
    [61.0, 0.0, -12.0]
    """
    return np.asarray(np.maximum(0.0, floor - price) - upside_share * np.maximum(0.0, price - upside_above))


def paid(mine: Mine, product: str, kg: Array, price: Array) -> Array:
    """What a plan's contract pays on one product by year of output, USD; negative where the state takes a share.

    ``kg`` shape (n, life), ``price`` received shape (n, 1); nothing past ``floor_years``.
    """
    out = np.zeros_like(kg)
    if product not in mine.price_floor_usd_per_kg and product not in mine.upside_above_usd_per_kg:
        return out
    per_kg = difference_usd_per_kg(
        price * mine.floor_benchmark.get(product, 1.0),
        mine.price_floor_usd_per_kg.get(product, 0.0),
        mine.upside_share,
        mine.upside_above_usd_per_kg.get(product, np.inf),
    )
    covered = np.minimum(kg, 1000.0 * mine.floor_t_per_y.get(product, np.inf))
    out[:, : mine.floor_years] = (covered * per_kg)[:, : mine.floor_years]
    return out
