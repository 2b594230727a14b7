"""Supply paths: what share of normal need arrives, by period, place and magnet grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.studies.periods import MONTHS_A_YEAR, period_of
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]

ANY = "any"
PERIODS = "a year YYYY, a half-year YYYY-Hn, a quarter YYYY-Qn or a month YYYY-MM"
COLUMNS = ("period", "place", "grade", "available")


@dataclass(frozen=True)
class Supply:
    """A supply path on a grid of months; what it does not name is supplied as always."""

    first_year: int
    """Its first month is January of this year."""
    available: Mapping[tuple[str, str, str], Array]
    """By place, use and grade (use and grade may be ``any``): supply over normal need, shape (months,)."""

    @property
    def months(self) -> int:
        """Length of the grid."""
        return max((path.size for path in self.available.values()), default=0)

    @property
    def places(self) -> tuple[str, ...]:
        """Places that it names."""
        return tuple(sorted({place for place, _, _ in self.available}))

    def missing(self, place: str, use: str, grade: str) -> Array:
        """Share of a grade's need that does not arrive, shape (months,); below 0: above normal.

        The most particular row counts: by use before ``any`` use, by grade before ``any`` grade.
        """
        for key in ((place, use, grade), (place, use, ANY), (place, ANY, grade), (place, ANY, ANY)):
            if key in self.available:
                return np.asarray(1.0 - self.available[key], dtype=float)
        return np.zeros(self.months)


def supply_table(world: World, table: pd.DataFrame) -> Supply:
    """Read a tidy table: period, place, grade (a commodity or ``any``), available, and use if wanted.

    A period is YYYY, YYYY-Hn, YYYY-Qn or YYYY-MM. ``available`` is supply over normal need, 0 to 2: 1 is normal, more
    refills stocks. A longer period stands for its months, and a shorter one goes before a longer one. Months between
    a path's first and last that no row covers are faults; months outside are normal. Raises InputError with every
    fault.
    """
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        found = ", ".join(map(str, table.columns))
        raise InputError(
            "supply path cannot be read", [Fault(f"column {c}", found, ", ".join(COLUMNS)) for c in lacking]
        )
    rows = table.reset_index(drop=True).copy()
    rows["use"] = rows["use"].astype(str) if "use" in rows.columns else ANY
    faults = _row_faults(world, rows)
    if faults or rows.empty:
        raise InputError("supply path cannot be read", faults or [Fault("table", "no rows", "at least one")])
    first = min(int(str(p)[:4]) for p in rows["period"])
    last = max(int(str(p)[:4]) for p in rows["period"])
    paths: dict[tuple[str, str, str], Array] = {}
    for (place, use, grade), group in rows.groupby(["place", "use", "grade"], sort=True):
        path = np.full(12 * (last - first + 1), np.nan)
        rowwise = zip(group["period"].astype(str), group["available"], strict=True)
        for period, value in sorted(rowwise, key=lambda r: -_length(r[0])):
            path[_months(period, first)] = float(value)
        known = np.flatnonzero(np.isfinite(path))
        inner = path[known[0] : known[-1] + 1]
        if not np.isfinite(inner).all():
            gap = int(known[0] + np.flatnonzero(~np.isfinite(inner))[0])
            at = f"{place}, {use}, {grade}"
            faults.append(
                Fault(at, f"nothing for {first + gap // 12}-{gap % 12 + 1:02d}", "a row for every period between")
            )
        paths[str(place), str(use), str(grade)] = np.where(np.isfinite(path), path, 1.0)
    if faults:
        raise InputError("supply path cannot be read", faults)
    return Supply(first, paths)


def supply_named(world: World, path: str) -> Supply:
    """Return a path of the world's table ``supply_paths``; raises UnknownNameError."""
    table = world.table("supply_paths")
    if path not in set(table["path"]):
        raise UnknownNameError("supply path", path, sorted(set(table["path"])))
    return supply_table(world, table[table["path"] == path][list(COLUMNS)])


def supply_of(world: World, consumption: pd.DataFrame, against: pd.DataFrame | None = None) -> Supply:
    """Return the supply path of a solved market: bought over what buyers want as always, or over another case.

    ``consumption`` is the table of that name of one outcome or a path (good, place, reference_t, bought_t and, of a
    path, period as in :func:`supply_table`); magnets only, by place, use and grade. With ``against``, what was bought
    there is the need: growth and price that both cases share are no shortage. A price response is thrift already:
    study such a path with ``substitution_per_year=0`` where the market's horizon is longer than its months.
    Raises InputError where a table lacks a period or a column, or both have nothing in common.
    """
    case = _magnets(world, consumption)
    need = case["reference_t"] if against is None else _magnets(world, against)["bought_t"]
    need = need[need > 0]
    both = case.index.intersection(need.index)
    if both.empty:
        raise InputError("supply path cannot be read", [Fault("consumption", "no need in common", "the same periods")])
    available = (case.loc[both, "bought_t"] / need.loc[both]).clip(0.0, 2.0)
    return supply_table(world, available.rename("available").reset_index())


def _magnets(world: World, consumption: pd.DataFrame) -> pd.DataFrame:
    """Wanted and bought magnets by period, place, use and grade: reference_t, bought_t."""
    wanted = ("period", "good", "place", "reference_t", "bought_t")
    lacking = [name for name in wanted if name not in consumption.columns]
    if lacking:
        found = ", ".join(map(str, consumption.columns))
        faults = [Fault(f"consumption, column {name}", found, ", ".join(wanted)) for name in lacking]
        raise InputError("supply path cannot be read", faults)
    goods = world.table("goods").set_index("good")
    grades = world.table("good_recipes").drop_duplicates("good").set_index("good")["commodity"]
    table = consumption[consumption["good"].isin(goods.index[goods["magnet"].astype(bool)])]
    keys = {
        "period": table["period"].astype(str),
        "use": table["good"].map(goods["use"]),
        "grade": table["good"].map(grades),
    }
    return table.assign(**keys).groupby(["period", "place", "use", "grade"])[["reference_t", "bought_t"]].sum()


def _length(period: str) -> int:
    """Months of a period."""
    return period_of(period).months


def _months(period: str, first: int) -> slice:
    """Where a period lies on a grid of months that begins in January of ``first``."""
    day = period_of(period).first
    begin = MONTHS_A_YEAR * (day.year - first) + day.month - 1
    return slice(begin, begin + _length(period))


def _is_period(text: str) -> bool:
    try:
        period_of(text)
    except ValueError:
        return False
    return True


def _row_faults(world: World, rows: pd.DataFrame) -> list[Fault]:
    """What is wrong with the rows; the same fault of several rows is told once."""
    known = {
        "place": set(world.table("places")["place"]),
        "use": {*world.table("goods")["use"], ANY},
        "grade": {*world.table("commodities")["commodity"], ANY},
    }
    numbers = pd.to_numeric(rows["available"], errors="coerce")
    wrong = {
        "period": (~rows["period"].astype(str).map(_is_period), PERIODS),
        "available": (~numbers.between(0, 2), "supply over normal need, 0 to 2"),
    }
    for name, names in known.items():
        wrong[name] = (~rows[name].astype(str).isin(names), f"one of {', '.join(sorted(names)[:24])}")
    faults = []
    for name, (is_wrong, wanted) in wrong.items():
        where = pd.Series(rows.index[is_wrong] + 1).groupby(rows.loc[is_wrong, name].astype(str).to_numpy())
        for value, lines in where:
            more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
            faults.append(Fault(f"row {int(lines.iloc[0])}{more}, {name}", str(value), wanted))
    twice = rows[rows.duplicated(["period", "place", "use", "grade"])]
    faults += [
        Fault(f"row {int(str(i)) + 1}", "the same period, place and grade again", "one row each") for i in twice.index
    ]
    return faults
