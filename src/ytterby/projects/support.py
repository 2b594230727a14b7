"""What a contract for difference pays: below its floor to the producer, above its upside price to the state."""

from __future__ import annotations

import numpy as np

from ytterby.projects.mine import Array, Mine
from ytterby.world.difference import difference_usd_per_kg

SMALL_KG = 1e-6


def paid(mine: Mine, product: str, kg: Array, price: Array) -> Array:
    """What a plan's contract pays on one product by year of output, USD; negative where the state takes a share.

    ``kg`` shape (n, life), ``price`` received shape (n, 1); nothing past ``floor_years``.
    """
    out = np.zeros_like(kg)
    if product not in mine.price_floor_usd_per_kg and product not in mine.upside_above_usd_per_kg:
        return out
    covered = np.minimum(kg, 1000.0 * mine.floor_t_per_y.get(product, np.inf))
    per_kg = difference_usd_per_kg(
        price * mine.floor_benchmark.get(product, 1.0),
        mine.price_floor_usd_per_kg.get(product, 0.0),
        mine.upside_share,
        mine.upside_above_usd_per_kg.get(product, np.inf),
        mine.upside_cap_usd_per_y.get(product, np.inf) / np.fmax(covered, SMALL_KG),
    )
    out[:, : mine.floor_years] = (covered * per_kg)[:, : mine.floor_years]
    return out
