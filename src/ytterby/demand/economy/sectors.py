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


def sectors(world: World) -> Sectors:
    """Return the world's input-output table (``io_sectors``, ``io_flows``)."""
    table = world.table("io_sectors").sort_values("sector", ignore_index=True)
    keys = [str(k) for k in table["sector"]]
    wide = (
        world.table("io_flows")
        .pivot_table(index="from_sector", columns="to_sector", values="musd", fill_value=0.0)
        .reindex(index=keys, columns=keys, fill_value=0.0)
    )
    return Sectors(
        tuple(keys),
        tuple(str(n) for n in table["name"]),
        table["output_musd"].to_numpy(dtype=float),
        table["value_added_musd"].to_numpy(dtype=float),
        wide.to_numpy(dtype=float),
    )


def dependence(world: World, which: str = "share") -> pd.DataFrame:
    """Return the share of each sector's output that is not built without a use's rare earths, 0 to 1.

    Index sector (all of them), columns use; ``which`` is share, low or high. Raises UnknownNameError for another.
    """
    if which not in ("share", "low", "high"):
        raise UnknownNameError("end of the band", which, ("share", "low", "high"))
    table = world.table("sector_dependence")
    wide = table.pivot_table(index="sector", columns="use", values=which)
    return wide.reindex(sorted(str(s) for s in world.table("io_sectors")["sector"])).fillna(0.0)
