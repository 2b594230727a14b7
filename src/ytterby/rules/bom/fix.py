"""The least costly set of re-sourcings that brings parts below a value limit: a small mixed-integer
programme.

    min  sum_i c_i n_i x_i     x_i in {0, 1}: material i is bought from its alternative source
    s.t. sum_i q_ji v_i (1 - x_i) + r_j <= (1 - margin) L (V_j + sum_i q_ji c_i x_i)   for every part j to
    be freed

with q_ji units of material i in one unit of j, v_i the value of listed inputs in it, c_i what one unit
costs more
elsewhere, V_j the value of j, r_j listed value that has no alternative, L the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ytterby.rules.bom.lines import Bom
from ytterby.rules.bom.trace import summer, trace
from ytterby.rules.products import limit_of
from ytterby.rules.value import value_limits
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import PriceDeck

if TYPE_CHECKING:
    from ytterby.rules.engine import Rules

MARGIN = 1e-6
"""Relative distance that is kept to a limit which is itself caught."""


@dataclass(frozen=True)
class Fix:
    """What to buy elsewhere."""

    possible: bool
    cost_usd: float
    """Per one unit of each part that is to be freed; a part inside another is not counted twice."""
    changes: pd.DataFrame
    """part, name, from_origin, to_origin, units, extra_usd."""
    blocked: tuple[str, ...]
    """Parts that stay caught whatever is re-sourced."""


def fix(rules: Rules, bom: Bom, deck: PriceDeck, free: Sequence[str] = (), clause: str | None = None) -> Fix:
    """Cheapest re-sourcing that puts ``free`` (default: every shipped part) below the limit of a clause.

    Materials with ``alternative_origin`` outside the clause's origin may change; unknown origins count as
    caught.
    """
    limit = limit_of(rules, clause)
    found = trace(bom, deck, value_limits(rules.regimes), rules.items)
    parts = bom.parts
    names = parts["part"].to_numpy(dtype=object)
    for name in free:
        if name not in set(names):
            raise UnknownNameError("part", name, [str(n) for n in names])
    _, high = found.shares(limit.clause)
    wanted = np.isin(names, list(free)) if free else parts["shipped"].to_numpy()
    targets = np.flatnonzero(wanted & (high >= limit.limit * (1 - 1e-12)))
    listed = found.listed_high[limit.clause]
    other = parts["alternative_origin"].to_numpy(dtype=object)
    movable = np.flatnonzero(
        ~parts["has_lines"].to_numpy()
        & (other != "")
        & ~np.isin(other.astype(str), list(limit.origin))
        & (listed > 0)
        & np.isfinite(listed)
    )
    empty = pd.DataFrame(columns=["part", "name", "from_origin", "to_origin", "units", "extra_usd"])
    if not len(targets):
        return Fix(True, 0.0, empty, ())
    units = _units(bom, targets, movable)
    extra = np.nan_to_num(parts["alternative_usd"].to_numpy(dtype=float))[movable]
    rest = listed[targets] - units @ listed[movable]
    value = found.value_low[targets]
    cap = (1 - MARGIN) * limit.limit
    hopeless = (rest > cap * (value + units @ np.maximum(extra, 0.0))) | ~np.isfinite(listed[targets])
    if hopeless.any():
        return Fix(False, float("nan"), empty, tuple(str(names[t]) for t in targets[hopeless]))
    # -(q v) x - cap q c x <= cap V - r - q v
    rows = -(units * listed[movable]) - cap * units * extra
    bound = cap * value - rest - units @ listed[movable]
    nested = _units(bom, targets, targets) - np.eye(len(targets))
    total = units[~(nested > 0).any(axis=0)].sum(axis=0)
    result = milp(
        c=extra * total + 1e-9 * total,
        constraints=LinearConstraint(sparse.csr_matrix(rows), -np.inf, bound),
        integrality=np.ones(len(movable), dtype=np.int64),
        bounds=Bounds(0, 1),
    )
    if not result.success:
        return Fix(False, float("nan"), empty, tuple(str(names[t]) for t in targets))
    chosen = np.round(result.x) > 0.5
    at = movable[chosen]
    changes = pd.DataFrame(
        {
            "part": names[at],
            "name": parts["name"].to_numpy(dtype=object)[at],
            "from_origin": found.listed_origin[at],
            "to_origin": other[at],
            "units": total[chosen],
            "extra_usd": (extra * total)[chosen],
        }
    )
    return Fix(True, float((extra * total)[chosen].sum()), changes, ())


def _units(bom: Bom, targets: npt.NDArray[np.int64], movable: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Units of each movable material in one unit of each target."""
    own = np.zeros((bom.size, len(movable)))
    own[movable, np.arange(len(movable))] = 1.0
    return np.asarray(summer(bom)(own, None)[targets])
