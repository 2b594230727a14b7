"""Units of a bill of materials: masses of elements and parts in kg, quantities by piece or by mass.

Columns that are read beside ``Dy_kg``: ``Dy_g``, ``Dy_mg``, ``Dy_percent`` and ``Dy_ppm`` (by mass, of the part's own
``mass_kg``, ``mass_g`` or ``mass_mg``); ``quantity_unit``: blank or ``pc`` counts pieces, a unit of mass means that one
unit of the part is one kilogram.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.world.elements import ATOMIC_MASS
from ytterby.world.errors import Fault

KG: Mapping[str, float] = {"kg": 1.0, "g": 1e-3, "mg": 1e-6, "ug": 1e-9, "t": 1e3, "lb": 0.45359237}
"""kg in one unit; the pound by its definition."""
SHARES: Mapping[str, float] = {"percent": 1e-2, "ppm": 1e-6}
"""Mass fraction in one unit."""
PIECES = frozenset({"", "pc", "pcs", "each", "piece", "pieces"})
MASS_COLUMNS: Mapping[str, float] = {"mass_kg": 1.0, "mass_g": 1e-3, "mass_mg": 1e-6}
OTHER_COLUMNS: Mapping[str, str] = {f"{e}_{u}": e for e in ATOMIC_MASS for u in ("g", "mg", *SHARES)}
"""Columns of element content in other units than kg."""
MOST_FAULTS = 50


def unit_columns() -> frozenset[str]:
    """Every column that this module reads."""
    return frozenset({"quantity_unit", *MASS_COLUMNS, *OTHER_COLUMNS})


def in_kg(lines: pd.DataFrame, where: str, faults: list[Fault]) -> pd.DataFrame:
    """Lines with masses in ``mass_kg`` and ``<element>_kg`` and quantities in pieces or kg; faults are added to the
    list.

    A content that is told in two units at once, and a share without a mass, are faults.
    """
    if not unit_columns() & set(lines.columns):
        return lines
    result = lines.copy()
    mass = _told(lines, MASS_COLUMNS, where, faults)
    if mass is not None:
        result["mass_kg"] = mass
    for element in ATOMIC_MASS:
        factors = {f"{element}_kg": 1.0, f"{element}_g": 1e-3, f"{element}_mg": 1e-6}
        kg = _told(lines, factors, where, faults)
        shares = _told(lines, {f"{element}_{u}": f for u, f in SHARES.items()}, where, faults)
        if shares is not None:
            kg = _with_shares(element, kg, shares, mass, where, faults)
        if kg is not None:
            result[f"{element}_kg"] = kg
    if "quantity_unit" in lines.columns:
        result["quantity"] = _quantities(lines, where, faults)
    spent = [c for c in (*OTHER_COLUMNS, "mass_g", "mass_mg", "quantity_unit") if c in result.columns]
    return result.drop(columns=spent)


def _told(
    lines: pd.DataFrame, factors: Mapping[str, float], where: str, faults: list[Fault]
) -> npt.NDArray[np.float64] | None:
    """One number a row from the columns that tell it, in their common unit; None where no such column is there."""
    columns = [c for c in factors if c in lines.columns]
    if not columns:
        return None
    found = np.full(len(lines), np.nan)
    for column in columns:
        values = _numbers(lines, column, where, faults) * factors[column]
        for row in np.flatnonzero(~np.isnan(values) & ~np.isnan(found))[:MOST_FAULTS]:
            faults.append(Fault(_at(where, row, column), repr(lines[column].iloc[row]), f"one of {', '.join(columns)}"))
        found = np.where(np.isnan(values), found, values)
    return found


def _with_shares(
    element: str,
    kg: npt.NDArray[np.float64] | None,
    shares: npt.NDArray[np.float64],
    mass: npt.NDArray[np.float64] | None,
    where: str,
    faults: list[Fault],
) -> npt.NDArray[np.float64]:
    told = ~np.isnan(shares)
    known = np.full(len(shares), np.nan) if mass is None else mass
    column = f"{element}_percent or _ppm"
    for row in np.flatnonzero(told & ((shares < 0) | (shares > 1)))[:MOST_FAULTS]:
        faults.append(Fault(_at(where, row, column), f"{shares[row]:.6g} of the mass", "a share from 0 to 1 of it"))
    for row in np.flatnonzero(told & np.isnan(known) & (shares != 0))[:MOST_FAULTS]:
        faults.append(
            Fault(_at(where, row, column), "a share of a mass that is not told", "mass_kg, mass_g or mass_mg")
        )
    if kg is not None:
        for row in np.flatnonzero(told & ~np.isnan(kg))[:MOST_FAULTS]:
            faults.append(Fault(_at(where, row, column), "a share and a mass", f"{element} told once"))
    of_mass = np.where(shares == 0, 0.0, shares * known)
    return of_mass if kg is None else np.where(told, of_mass, kg)


def _quantities(lines: pd.DataFrame, where: str, faults: list[Fault]) -> npt.NDArray[np.float64]:
    units = lines["quantity_unit"].fillna("").astype(str).str.strip().to_numpy(dtype=object)
    quantity = _numbers(lines, "quantity", where, faults)
    factors = np.ones(len(lines))
    by_mass: dict[str, tuple[int, bool]] = {}
    parts = lines["part"].astype(str).str.strip().to_numpy(dtype=object)
    for unit in sorted(set(units)):
        rows = np.flatnonzero(units == unit)
        if unit not in PIECES and unit not in KG:
            for row in rows[:MOST_FAULTS]:
                faults.append(Fault(_at(where, row, "quantity_unit"), repr(unit), ", ".join(("pc", *KG))))
            continue
        factors[rows] = KG.get(unit, 1.0)
        for row in map(int, rows):
            first, mass = by_mass.setdefault(parts[row], (row, unit in KG))
            if mass != (unit in KG) and len(faults) < MOST_FAULTS:
                faults.append(
                    Fault(_at(where, row, "quantity_unit"), repr(unit), f"as in row {first + 2}: by piece or by mass")
                )
    return quantity * factors


def _numbers(lines: pd.DataFrame, column: str, where: str, faults: list[Fault]) -> npt.NDArray[np.float64]:
    raw = lines[column]
    text = raw.where(raw.notna() & raw.astype(str).str.strip().ne(""))
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
    for row in np.flatnonzero((np.isnan(values) & text.notna().to_numpy()) | (values < 0))[:MOST_FAULTS]:
        faults.append(Fault(_at(where, row, column), repr(raw.iloc[row]), "a number, zero or more"))
    return values


def _at(where: str, row: int, column: str) -> str:
    return f"{where}, row {row + 2}, column {column}"
