"""Contracts for difference: what a price floor pays beside the price, less the share taken of a high one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

PRICE_FLOOR = "price-floor"
"""Kind of row of table ``market_contracts``."""


def difference_usd_per_kg(
    price: Array, floor: float | Array = 0.0, upside_share: float | Array = 0.0, upside_above: float | Array = np.inf
) -> Array:
    """Payment per kg at a benchmark price: max(0, floor - p) - share x max(0, p - q), USD/kg, of the price's shape.

    >>> difference_usd_per_kg(np.array([49.0, 110.0, 150.0]), 110.0, 0.3, 110.0).tolist()
    [61.0, 0.0, -12.0]
    """
    return np.asarray(np.maximum(0.0, floor - price) - upside_share * np.maximum(0.0, price - upside_above))
