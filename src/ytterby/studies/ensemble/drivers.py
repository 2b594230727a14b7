"""What is drawn: the world's banded numbers that drive a counterfactual, and which of them move together.

Numbers that rest on one judgement share one quantile: elasticities (one prior for all goods), choke prices of one class
of goods, the use of one good in all places (its sector's total is what is uncertain), and all freight. Every other
number has a quantile of its own. Moving together widens the answers' bands; it never narrows them by averaging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.market.arrays import Array
from ytterby.uncertainty import draw
from ytterby.uncertainty.sample import name_of, quantiles
from ytterby.world import World, banded_fields

SETTINGS = (
    "capital-charge",
    "china-state-floor",
    "gap-elasticity",
    "stock-share",
    "storage-usd-per-t",
    "tied-supply-share",
)
FIELDS = {
    "demand": ("t",),
    "elasticities": ("elasticity", "choke_usd_per_kg"),
    "model_settings": ("value",),
    "site_costs": ("usd_per_kg",),
    "reagent_prices": ("price",),
    "downstream_steps": ("yield_share", "usd_per_kg"),
    "expansion_costs": ("capital_usd_per_t",),
    "licence_practice": ("granted_share", "lead_days"),
}
"""Tables and fields that are drawn."""
FREIGHT = "freight"
"""Driver of every freight rate: between the low and high of each way."""


@dataclass(frozen=True)
class Drivers:
    """Banded cells (C rows of :func:`ytterby.world.banded_fields`) and the driver (column of quantiles) of each."""

    cells: pd.DataFrame
    """table, key, field, point, low, high, distribution, basis, driver."""

    @property
    def names(self) -> list[str]:
        """Drivers, sorted; freight is always one."""
        return sorted({*self.cells["driver"], FREIGHT})

    @property
    def row(self) -> Mapping[str, int]:
        """Row of each cell by ``table/key/field``."""
        keys = self.cells[["table", "key", "field"]].itertuples(index=False, name=None)
        return {name_of(*key): i for i, key in enumerate(keys)}

    @property
    def points(self) -> Array:
        """The cells' point values (C,)."""
        return self.cells["point"].to_numpy(float)

    def shares(self, samples: int, seed: int) -> pd.DataFrame:
        """Quantiles from 0 to 1: a row a sample, a column a driver; scrambled Sobol points."""
        even = pd.DataFrame(
            {
                "table": "driver",
                "key": self.names,
                "field": "",
                "point": 0.5,
                "low": 0.0,
                "high": 1.0,
                "distribution": "uniform",
            }
        )
        found = draw(even, samples, seed)
        found.columns = pd.Index(self.names)
        return found

    def values(self, shares: pd.Series | Mapping[str, float]) -> Array:
        """Value of every cell (C,) at one sample's quantiles."""
        given = np.array([[float(shares[d]) for d in self.cells["driver"]]])
        return np.asarray(quantiles(self.cells, given)[0])


def drivers(world: World, year: int) -> Drivers:
    """Collect what is drawn of a world for one year."""
    found = banded_fields(world, FIELDS)
    wanted = pd.Series([f in FIELDS[t] for t, f in zip(found["table"], found["field"], strict=True)], index=found.index)
    settings = found["table"].ne("model_settings") | found["key"].isin(SETTINGS)
    timed = found["table"].ne("demand") | found["key"].str.endswith(f"|{year}")
    found = found[wanted & settings & timed & (found["high"] > found["low"])].reset_index(drop=True)
    names = [_driver(t, k, f) for t, k, f in zip(found["table"], found["key"], found["field"], strict=True)]
    return Drivers(found.assign(driver=names))


def _driver(table: str, key: str, field: str) -> str:
    if table == "elasticities":
        return field if field == "elasticity" else f"choke|{key.split('|', maxsplit=1)[0]}"
    if table == "demand":
        return f"use|{key.split('|')[1]}"
    return name_of(table, key, field)


def freight(low: Array, point: Array, high: Array, share: float) -> Array:
    """Freight at a quantile of its band, triangular with hard ends; shapes alike."""
    low, high = (
        np.fmin(np.where(np.isnan(low), point, low), point),
        np.fmax(np.where(np.isnan(high), point, high), point),
    )
    rows = pd.DataFrame({"low": low, "point": point, "high": high, "distribution": "triangular"})
    return np.asarray(quantiles(rows, np.full((1, len(rows)), share))[0])
