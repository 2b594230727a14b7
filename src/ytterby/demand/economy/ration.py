"""What an economy still makes when some of its sectors cannot: deliveries rationed with the least disturbance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.optimize import lsq_linear

from ytterby.demand.economy.sectors import Sectors
from ytterby.world.errors import Fault, InputError, UnknownNameError

FLOOR = 1e-3
"""Least final use over output by which a change of it is weighed: sectors that sell to other sectors only."""


def ripple(table: Sectors, stopped: Mapping[str, float]) -> pd.DataFrame:
    """Return the output and value added that are lost in every sector when some lose part of their output.

        min over x   sum_i (y_i - y0_i)^2 / y0_i     with  y = (I - A) x,   0 <= x_i <= (1 - stopped_i) x0_i

    ``stopped`` maps sectors to the share of output that is lost for want of material, 0 to 1. The capped sectors'
    buyers and everybody's final users are rationed so that final use is disturbed least, relative to what it was;
    suppliers lose what is no longer bought. Nobody makes more than before: a year is too short for new plant.
    Columns: sector, name, output_musd, value_added_musd (lost, 0 or more), stopped. A bounded linear least squares,
    solved exactly; the optimisation on an input-output table of USGS Open-File Report 2024-1057, whose objective is
    not in its summary: this one is Stone's weighted adjustment.
    Raises UnknownNameError for a sector, InputError for a share outside 0 to 1.
    """
    faults = []
    for sector, share in stopped.items():
        if sector not in table.keys:
            raise UnknownNameError("sector", sector, table.keys, "table io_sectors")
        if not 0 <= share <= 1:
            faults.append(Fault(f"stopped[{sector!r}]", str(share), "a share between 0 and 1"))
    if faults:
        raise InputError("sectors cannot be stopped like this", faults)
    lost = np.array([stopped.get(k, 0.0) for k in table.keys])
    base, final = table.output, table.final_use
    level = np.ones(len(base))
    if lost.any():
        weight = 1.0 / np.sqrt(np.maximum(final, FLOOR * base))
        matrix = weight[:, None] * (np.eye(len(base)) - table.coefficients) * base[None, :]
        # Sectors that stop whole get a hair of room: the method wants a lower end below the upper one.
        found = lsq_linear(matrix, weight * final, bounds=(0.0, np.maximum(1.0 - lost, 1e-12)), method="bvls")
        level = np.asarray(found.x, dtype=float)
    gone = np.maximum(0.0, 1.0 - level)
    gone[gone < 1e-12] = 0.0
    return pd.DataFrame(
        {
            "sector": table.keys,
            "name": table.names,
            "output_musd": base * gone,
            "value_added_musd": table.value_added * gone,
            "stopped": lost,
        }
    )
