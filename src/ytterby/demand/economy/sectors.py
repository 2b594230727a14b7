"""The sectors of an economy, what they buy from one another, and which of them stand still without a material."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.world.errors import UnknownNameError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sectors:
    """An input-output table of n sectors, M USD of its year."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    output: Array
    """Gross output, shape (n,)."""
    value_added: Array
    """Output less all inputs, also imported ones, shape (n,)."""
    flows: Array
    """Domestic deliveries from row to column, shape (n, n)."""
    money: str = "M USD"
    """Unit of the table, with its year."""

    @property
    def coefficients(self) -> Array:
        """Domestic input per unit of output, A = Z / x, shape (n, n)."""
        return np.asarray(self.flows / self.output[None, :], dtype=float)

    @property
    def final_use(self) -> Array:
        """What is left for consumers, investment and export, y = x - Z 1, shape (n,)."""
        return np.asarray(self.output - self.flows.sum(axis=1), dtype=float)

    @property
    def product(self) -> float:
        """Gross domestic product, M USD."""
        return float(self.value_added.sum())


DETAILED = "usa"
"""Place whose table is in detail: what stands still without a material is known by its sectors."""


def economies(world: World) -> tuple[str, ...]:
    """Return the economies that have an input-output table: market zones, or countries within one."""
    return tuple(sorted((str(e) for e in world.table("economies")["economy"]), key=lambda e: (e != DETAILED, e)))


def zone(world: World, place: str) -> str:
    """Return the market zone that an economy lies in: its makers hold the stocks of that zone."""
    return str(world.table("economies").set_index("economy").loc[place, "place"])


def sectors(world: World, place: str = DETAILED) -> Sectors:
    """Return a place's input-output table: ``io_sectors`` and ``io_flows`` in detail, else ``national_sectors`` and
    ``national_flows`` in groups of industries. Raises UnknownNameError for a place without one."""
    if place not in economies(world):
        raise UnknownNameError("economy", place, economies(world), "table economies")
    if place == DETAILED:
        table, flows = world.table("io_sectors"), world.table("io_flows")
    else:
        table, flows = world.table("national_sectors"), world.table("national_flows")
        table, flows = table[table["place"] == place], flows[flows["place"] == place]
    table = table.sort_values("sector", ignore_index=True)
    keys = [str(k) for k in table["sector"]]
    wide = flows.pivot_table(index="from_sector", columns="to_sector", values="musd", fill_value=0.0)
    return Sectors(
        tuple(keys),
        tuple(str(n) for n in table["name"]),
        table["output_musd"].to_numpy(dtype=float),
        table["value_added_musd"].to_numpy(dtype=float),
        wide.reindex(index=keys, columns=keys, fill_value=0.0).to_numpy(dtype=float),
        world.schema("io_sectors" if place == DETAILED else "national_sectors").field("output_musd").unit,
    )


def standing_still(world: World, stopped: pd.Series, place: str = DETAILED, which: str = "share") -> pd.Series:
    """Return the share of each sector's output that stops, 0 to 1, when ``stopped`` of each use's output does.

    A product that lacks two materials is missing once: within a detailed sector the uses meet as a maximum. A group of
    ``national_parts`` is its parts joined by their output in the detailed table, as if other countries made the same
    mix of goods within the group.
    """
    shares = dependence(world, which)
    caps = (shares * stopped.reindex(shares.columns)).max(axis=1)
    if place == DETAILED:
        return caps
    output = world.table("io_sectors").set_index("sector")["output_musd"].reindex(caps.index)
    group = world.table("national_parts").set_index("part")["sector"].reindex(caps.index)
    return (caps * output).groupby(group).sum() / output.groupby(group).sum()


def dependence(world: World, which: str = "share") -> pd.DataFrame:
    """Return the share of each sector's output that is not built without a use's rare earths, 0 to 1.

    Index sector (all of them), columns use; ``which`` is share, low or high. Raises UnknownNameError for another.
    """
    if which not in ("share", "low", "high"):
        raise UnknownNameError("end of the band", which, ("share", "low", "high"))
    table = world.table("sector_dependence")
    wide = table.pivot_table(index="sector", columns="use", values=which)
    return wide.reindex(sorted(str(s) for s in world.table("io_sectors")["sector"])).fillna(0.0)
