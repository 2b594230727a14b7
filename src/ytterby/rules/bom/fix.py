"""The least costly set of re-sourcings that frees parts: a small mixed-integer programme.

    min  sum_i c_i n_i x_i     x_i in {0, 1}: material i is bought from its alternative source
    s.t. sum_i q_ji v_i (1 - x_i) + r_j <= (1 - margin) L (V_j + sum_i q_ji c_i x_i)   for every part j to be freed
         x_i = 1               where the maker's technology of i is what a clause catches in some part to be freed

with q_ji units of material i in one unit of j, v_i the value of listed inputs in it, c_i what one unit costs more
elsewhere, V_j the value of j, r_j listed value that has no alternative, L the limit. With the two countries of the
shipment the parts are decided again after the change, under every regime: what the change does not free is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ytterby.rules.bom.check import BomCheck, check
from ytterby.rules.bom.inside import units_in
from ytterby.rules.bom.lines import Bom
from ytterby.rules.bom.trace import Trace, summer, trace
from ytterby.rules.products import limit_of
from ytterby.rules.value import ValueLimit, value_limits
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import PriceDeck

if TYPE_CHECKING:
    from ytterby.rules.engine import Rules

MARGIN = 1e-6
"""Relative distance that is kept to a limit which is itself caught."""
CHANGE_COLUMNS = ("part", "name", "from_origin", "to_origin", "from_technology", "to_technology", "units", "extra_usd")
DECISION_COLUMNS = ("part", "before", "after", "branches_after", "clauses_after")

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fix:
    """What to buy elsewhere."""

    possible: bool
    """Whether the alternatives named put every part below the limit, and out of reach of technology clauses."""
    cost_usd: float
    """Per one unit of each part that is to be freed; a part inside another is not counted twice."""
    changes: pd.DataFrame
    """:data:`CHANGE_COLUMNS`."""
    blocked: tuple[str, ...]
    """Parts that stay caught whatever is re-sourced."""
    decisions: pd.DataFrame
    """:data:`DECISION_COLUMNS` of the parts to be freed; empty unless the two countries were given."""


def fix(
    rules: Rules,
    bom: Bom,
    deck: PriceDeck,
    free: Sequence[str] = (),
    clause: str | None = None,
    *,
    ship_from: str | None = None,
    ship_to: str | None = None,
    user_kind: str | None = None,
    end_use: str | None = None,
    end_user: str | None = None,
) -> Fix:
    """Cheapest re-sourcing that frees ``free`` (default: every shipped part) from a clause with a value limit.

    Materials with ``alternative_origin`` outside the clause's origin, or ``alternative_technology``, may change;
    unknown origins count as caught. With ``ship_from`` and ``ship_to`` clauses on technology count too, and the parts
    are decided before and after. Raises UnknownNameError for a part that is not there.
    """
    limit = limit_of(rules, clause)
    names = bom.parts["part"].to_numpy(dtype=object)
    for name in free:
        if name not in set(names):
            raise UnknownNameError("part", name, [str(n) for n in names])
    wanted = np.isin(names, list(free)) if free else bom.parts["shipped"].to_numpy()

    def decided(of: Bom) -> BomCheck | None:
        if ship_from is None or ship_to is None:
            return None
        return check(
            rules, of, deck, ship_from=ship_from, ship_to=ship_to, end_user=end_user, user_kind=user_kind,
            end_use=end_use, clause=clause, everything=True,
        )  # fmt: skip

    before = decided(bom)
    found = trace(bom, deck, value_limits(rules.regimes), rules.items)
    solved = _solve(bom, found, limit, wanted, _by_technology(rules, before, names, wanted))
    if not solved.possible or before is None:
        return solved
    after = decided(_changed(bom, solved.changes))
    assert after is not None
    return replace(solved, decisions=_decisions(before, after, names[wanted]))


def _by_technology(
    rules: Rules, before: BomCheck | None, names: Rows, wanted: npt.NDArray[np.bool_]
) -> dict[int, set[str]]:
    """Rows of the parts that clauses on technology may catch, with the countries whose technology they name."""
    if before is None:
        return {}
    asked: dict[str, set[str]] = {}
    for regime in rules.regimes.values():
        for clause in regime.clauses:
            for condition in clause.conditions:
                if condition.fact == "technology":
                    asked.setdefault(clause.clause, set()).update(condition.contains or ())
    row_of = {name: int(n) for n, name in enumerate(names)}
    found: dict[int, set[str]] = {}
    for part, clauses in zip(before.parts["part"], before.parts["clauses"], strict=True):
        countries = {c for clause in str(clauses).split(";") for c in asked.get(clause, ())}
        if countries and wanted[row_of[part]]:
            found[row_of[part]] = countries
    return found


def _solve(
    bom: Bom, found: Trace, limit: ValueLimit, wanted: npt.NDArray[np.bool_], by_technology: dict[int, set[str]]
) -> Fix:
    parts = bom.parts
    names = parts["part"].to_numpy(dtype=object)
    high = found.shares(limit.clause)[1]
    targets = np.flatnonzero(wanted & (high >= limit.limit * (1 - 1e-12)))
    listed = found.listed_high[limit.clause]
    leaf = ~parts["has_lines"].to_numpy()
    origin, technology = (parts[f"alternative_{c}"].to_numpy(dtype=object) for c in ("origin", "technology"))
    elsewhere = (origin != "") & ~np.isin(origin.astype(str), list(limit.origin))
    movable = np.flatnonzero(leaf & (((listed > 0) & elsewhere & np.isfinite(listed)) | (technology != "")))
    saved = np.where(elsewhere & np.isfinite(listed), listed, 0.0)[movable]
    must, stuck = _must_move(bom, found, movable, by_technology)
    if not len(targets) and not must.any() and not stuck:
        return _nothing(True, 0.0, ())
    units = _units(bom, np.union1d(targets, np.array(sorted(by_technology), dtype=np.int64)), movable)
    freed = np.union1d(targets, np.array(sorted(by_technology), dtype=np.int64))
    limited = np.isin(freed, targets)
    extra = np.nan_to_num(parts["alternative_usd"].to_numpy(dtype=float))[movable]
    rest = listed[targets] - units[limited] @ saved
    value = found.value_low[targets]
    cap = (1 - MARGIN) * limit.limit
    hopeless = (rest > cap * (value + units[limited] @ np.maximum(extra, 0.0))) | ~np.isfinite(listed[targets])
    blocked = tuple(dict.fromkeys([*(str(names[t]) for t in targets[hopeless]), *(str(names[t]) for t in stuck)]))
    if blocked:
        return _nothing(False, float("nan"), blocked)
    # -(q v) x - cap q c x <= cap V - r - q v
    rows = -(units[limited] * saved) - cap * units[limited] * extra
    bound = cap * value - rest - units[limited] @ saved
    nested = _units(bom, freed, freed) - np.eye(len(freed))
    total = units[~(nested > 0).any(axis=0)].sum(axis=0)
    result = milp(
        c=extra * total + 1e-9 * total,
        constraints=LinearConstraint(sparse.csr_matrix(rows), -np.inf, bound) if len(targets) else None,
        integrality=np.ones(len(movable), dtype=np.int64),
        bounds=Bounds(must.astype(float), 1),
    )
    if not result.success:
        return _nothing(False, float("nan"), tuple(str(names[t]) for t in targets))
    chosen = np.round(result.x) > 0.5
    at = movable[chosen]
    changes = pd.DataFrame(
        {
            "part": names[at],
            "name": parts["name"].to_numpy(dtype=object)[at],
            "from_origin": found.listed_origin[at],
            "to_origin": np.where(origin[at] == "", found.listed_origin[at], origin[at]),
            "from_technology": parts["technology"].to_numpy(dtype=object)[at],
            "to_technology": np.where(
                technology[at] == "", parts["technology"].to_numpy(dtype=object)[at], technology[at]
            ),
            "units": total[chosen],
            "extra_usd": (extra * total)[chosen],
        }
    )
    return replace(_nothing(True, float((extra * total)[chosen].sum()), ()), changes=changes)


def _nothing(possible: bool, cost: float, blocked: tuple[str, ...]) -> Fix:
    changes = pd.DataFrame(columns=list(CHANGE_COLUMNS))
    return Fix(possible, cost, changes, blocked, pd.DataFrame(columns=list(DECISION_COLUMNS)))


def _must_move(
    bom: Bom, found: Trace, movable: Rows, by_technology: dict[int, set[str]]
) -> tuple[npt.NDArray[np.bool_], list[int]]:
    """Materials whose maker's technology is caught, and the parts with one that has no other maker."""
    must = np.zeros(len(movable), dtype=bool)
    stuck = []
    own = bom.parts["technology"].to_numpy(dtype=object)
    other = bom.parts["alternative_technology"].to_numpy(dtype=object)
    counted = np.flatnonzero(found.by_technology)
    for part, countries in sorted(by_technology.items()):
        inside = counted[_units(bom, np.array([part]), counted)[0] > 0]
        caught = [n for n in inside if own[n] == "" or own[n] in countries]
        free = [n for n in caught if other[n] != "" and other[n] not in countries]
        must |= np.isin(movable, free)
        if len(free) < len(caught):
            stuck.append(part)
    return must, stuck


def _changed(bom: Bom, changes: pd.DataFrame) -> Bom:
    """The bill after the changes: origins, technologies, and what is paid passed on to every part above."""
    parts = bom.parts.copy()
    at = parts["part"].isin(changes["part"]).to_numpy()
    by_part = changes.set_index("part")
    parts.loc[at, "listed_origin"] = by_part["to_origin"].reindex(parts["part"][at]).to_numpy()
    parts.loc[at, "technology"] = by_part["to_technology"].reindex(parts["part"][at]).to_numpy()
    extra = np.where(at, np.nan_to_num(parts["alternative_usd"].to_numpy(dtype=float)), 0.0)
    parts["value"] = parts["value"].to_numpy(dtype=float) + summer(bom)(extra[:, None], None)[:, 0]
    return replace(bom, parts=parts)


def _decisions(before: BomCheck, after: BomCheck, names: Rows) -> pd.DataFrame:
    one, two = (c.parts.set_index("part").reindex(names) for c in (before, after))
    return pd.DataFrame(
        {
            "part": names,
            "before": one["decision"].to_numpy(),
            "after": two["decision"].to_numpy(),
            "branches_after": two["branches"].to_numpy(),
            "clauses_after": two["clauses"].to_numpy(),
        }
    )


def _units(bom: Bom, targets: Rows, movable: Rows) -> npt.NDArray[np.float64]:
    """Units of each movable material in one unit of each target."""
    rows = [units_in(bom, int(target))[movable] for target in targets]
    return np.array(rows, dtype=float).reshape(len(targets), len(movable))
