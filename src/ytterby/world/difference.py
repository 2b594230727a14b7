"""Contracts for difference: what a price floor pays beside the price, less the share taken of a high one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

PRICE_FLOOR = "price-floor"
"""Kind of row of table ``market_contracts``."""


def difference_usd_per_kg(
    price: Array,
    floor: float | Array = 0.0,
    upside_share: float | Array = 0.0,
    upside_above: float | Array = np.inf,
    most_share_usd_per_kg: float | Array = np.inf,
) -> Array:
    """Payment per kg at a benchmark price: max(0, floor - p) - min(m, share x max(0, p - q)), USD/kg, of the price's
    shape.

    m, ``most_share_usd_per_kg``: what a contract lets the payer take a year, over the kg that it covers.

    >>> difference_usd_per_kg(np.array([49.0, 110.0, 150.0]), 110.0, 0.3, 110.0).tolist()
    [61.0, 0.0, -12.0]
    >>> difference_usd_per_kg(np.array([150.0, 155.0, 250.0]), 110.0, 0.3, 150.0, 2.0).tolist()
    [0.0, -1.5, -2.0]
    """
    taken = np.minimum(most_share_usd_per_kg, upside_share * np.maximum(0.0, price - upside_above))
    return np.asarray(np.maximum(0.0, floor - price) - taken)
