"""What an economy still makes when some of its sectors cannot: deliveries rationed with the least disturbance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linprog, lsq_linear, nnls

from ytterby.demand.economy.sectors import Sectors
from ytterby.world.errors import Fault, InputError, UnknownNameError

Array = npt.NDArray[np.float64]

RULES = ("least-disturbance", "closed", "most-value")
"""How deliveries are rationed: see :func:`ripple`."""

FLOOR = 1e-3
"""Least final use over output by which a change of it is weighed: sectors that sell to other sectors only."""


def ripple(table: Sectors, stopped: Mapping[str, float], rule: str = "least-disturbance") -> pd.DataFrame:
    """Return the output and value added that are lost in every sector when some lose part of their output.

        min over x   sum_i (y_i - y0_i)^2 / y0_i     with  y = (I - A) x,   0 <= x_i <= (1 - stopped_i) x0_i

    ``stopped`` maps sectors to the share of output that is lost for want of material, 0 to 1. Buyers and final users
    are rationed so that final use is disturbed least, relative to what it was; suppliers lose what is no longer bought.
    Nobody makes more than before: a year is too short for new plant. ``rule``:
    ``least-disturbance``: what home industry lacks it may buy abroad (y below 0); ``closed``: nothing more is imported
    than before (y >= 0), so that a part without which others stand stops them; ``most-value``: closed, and rationed as
    a planner would who saves value added, max v x with 0 <= y <= y0 (the linear programme of Manley, Alonso and
    Nassar, Resources Policy 78, 2022): no closed rationing loses less.
    Columns: sector, name, output_musd, value_added_musd (lost, 0 or more), stopped. The optimisation on an input-output
    table of USGS Open-File Report 2024-1057, whose objective is not in its summary: this one is Stone's weighted
    adjustment, solved exactly.
    Raises UnknownNameError for a sector or rule, InputError for a share outside 0 to 1.
    """
    if rule not in RULES:
        raise UnknownNameError("rule", rule, RULES)
    faults = []
    for sector, share in stopped.items():
        if sector not in table.keys:
            raise UnknownNameError("sector", sector, table.keys, "table io_sectors")
        if not 0 <= share <= 1:
            faults.append(Fault(f"stopped[{sector!r}]", str(share), "a share between 0 and 1"))
    if faults:
        raise InputError("sectors cannot be stopped like this", faults)
    lost = np.array([stopped.get(k, 0.0) for k in table.keys])
    level = np.ones(len(lost))
    if lost.any():
        level = {"least-disturbance": _open, "closed": _closed, "most-value": _most_value}[rule](table, lost)
    gone = np.maximum(0.0, 1.0 - level)
    gone[gone < 1e-12] = 0.0
    return pd.DataFrame(
        {
            "sector": table.keys,
            "name": table.names,
            "output_musd": table.output * gone,
            "value_added_musd": table.value_added * gone,
            "stopped": lost,
        }
    )


def _open(table: Sectors, lost: Array) -> Array:
    """Bounded linear least squares in the outputs."""
    base, final = table.output, table.final_use
    weight = _weight(table)
    matrix = weight[:, None] * (np.eye(len(base)) - table.coefficients) * base[None, :]
    # Sectors that stop whole get a hair of room: the method wants a lower end below the upper one.
    found = lsq_linear(matrix, weight * final, bounds=(0.0, np.maximum(1.0 - lost, 1e-12)), method="bvls")
    return np.asarray(found.x, dtype=float)


def _closed(table: Sectors, lost: Array) -> Array:
    """Solve the least-distance problem min |u| with G u >= h for u = (y - y0) / sqrt(y0), by its dual.

    Outputs follow from final use, x = L y with Leontief's inverse L. Lawson and Hanson, Solving Least Squares
    Problems (1974), chapter 23: non-negative least squares on (G' h') against (0, 1).
    """
    base, final, weight = table.output, np.maximum(table.final_use, 0.0), _weight(table)
    leontief = np.linalg.inv(np.eye(len(base)) - table.coefficients)
    before = leontief @ final
    capacity = -leontief / weight[None, :]
    rows = np.vstack([capacity / before[:, None], np.diag(1.0 / weight) / before.mean()])
    least = np.concatenate([(before - (1.0 - lost) * before) / before, -final / before.mean()])
    scale = np.linalg.norm(rows, axis=1)
    side = np.vstack([(rows / scale[:, None]).T, least / scale])
    aim = np.eye(len(base) + 1)[-1]
    dual, _ = nnls(side, aim, maxiter=10_000)
    residual = side @ dual - aim
    change = -residual[:-1] / residual[-1]
    return np.asarray(leontief @ np.maximum(0.0, final + change / weight) / before, dtype=float)


def _weight(table: Sectors) -> Array:
    return np.asarray(1.0 / np.sqrt(np.maximum(table.final_use, FLOOR * table.output)), dtype=float)


def _most_value(table: Sectors, lost: Array) -> Array:
    net = (np.eye(len(lost)) - table.coefficients) * table.output[None, :]
    final = np.maximum(table.final_use, 0.0)
    found = linprog(
        -table.value_added,
        A_ub=np.vstack([net, -net]),
        b_ub=np.concatenate([final, np.zeros(len(lost))]),
        bounds=[(0.0, float(1.0 - share)) for share in lost],
        method="highs",
    )
    return np.asarray(found.x, dtype=float)
