"""Mines that run for another product: their rare earths come while the host product is mined, and go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.world import World
from ytterby.world.errors import Fault, InputError


@dataclass(frozen=True)
class Hosts:
    """What every by-product mine can still make, by year."""

    shares: pd.DataFrame
    """Share of what a site would otherwise make, from 0 to 1, by site (rows) and year (columns)."""
    products: pd.Series
    """The product that a site runs for, by site."""

    @classmethod
    def of(cls, world: World, years: Sequence[int], month_and_day: str) -> Hosts:
        """Read tables ``host_products`` and ``host_paths`` for some years.

        share = min(1, room x output); nothing where the price is under the one at which the host mine stops, or where
        it is closed on the year's day. Raises InputError for host products that have no path.
        """
        mines, paths = world.table("host_products").set_index("site"), world.table("host_paths")
        lacking = sorted(set(mines["host"]) - set(paths["host"]))
        if lacking:
            known = ", ".join(sorted(set(paths["host"])))
            raise InputError(
                "host products without a path",
                [Fault("host_products, host", h, f"a row in host_paths; {known}") for h in lacking],
            )
        output, price = (
            {h: _line(g, c, years) for h, g in paths.groupby("host")} for c in ("output", "price_usd_per_t")
        )
        days = pd.to_datetime([f"{year}-{month_and_day}" for year in years])
        rows = {}
        for site, mine in mines.iterrows():
            share = np.minimum(1.0, float(mine["room"]) * output[str(mine["host"])])
            if pd.notna(mine["stops_below_usd_per_t"]):
                share = np.where(price[str(mine["host"])] < float(mine["stops_below_usd_per_t"]), 0.0, share)
            if pd.notna(mine["closes"]):
                share = np.where(days >= pd.Timestamp(mine["closes"]), 0.0, share)
            rows[str(site)] = share
        return cls(pd.DataFrame.from_dict(rows, orient="index", columns=[int(y) for y in years]), mines["host"])

    def share(self, site: str, year: int) -> float:
        """Share of what a site would otherwise make; one where it runs for its rare earths."""
        return float(self.shares[year].to_dict().get(site, 1.0))

    @property
    def last(self) -> int:
        """The last year that is known."""
        return int(self.shares.columns[-1])

    def notes(self) -> list[str]:
        """One sentence for every site that its host takes output from, naming the worst year."""
        found = []
        for site, row in self.shares.iterrows():
            if row.min() < 1.0:
                found.append(
                    f"{site} runs for {self.products[str(site)]}: it makes at most {row.min():.0%} of what it would "
                    f"otherwise in {row.idxmin()}."
                )
        return found


def _line(path: pd.DataFrame, column: str, years: Sequence[int]) -> np.ndarray:
    """Values on straight lines between the years that are known; NaN throughout where none is."""
    known = path[path[column].notna()].sort_values("year")
    if known.empty:
        return np.full(len(years), np.nan)
    return np.asarray(np.interp(np.asarray(years, float), known["year"].to_numpy(float), known[column].to_numpy(float)))
