"""A bill of materials as tables: parts (nodes) and lines (how many of a part go into one of its parent).

One row a line; what describes the part may stand in any one of its rows. The columns are :data:`COLUMNS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ytterby.rules.bom.levels import heights
from ytterby.rules.bom.units import OTHER_COLUMNS, in_kg, unit_columns
from ytterby.world.elements import ATOMIC_MASS
from ytterby.world.errors import Fault, InputError

TEXTS = (
    "name", "form", "base", "currency", "origin", "listed_origin", "technology", "alternative_origin",
    "alternative_technology", "evidence", "counts_for",
)  # fmt: skip
MONEY = ("value", "value_ex_works", "value_fob", "alternative_usd")
NUMBERS = (*MONEY, "mass_kg")
ELEMENT_COLUMNS: Mapping[str, str] = {f"{e}_kg": e for e in ATOMIC_MASS}
MATERIAL_FORMS = frozenset(
    {"magnet", "metal", "oxide", "alloy", "target", "compound", "scrap", "phosphor", "assembly", "end product", ""}
)
"""Forms of a part without lines whose blank composition is a gap; a bought part of another form, such as ``other``, is
declared to hold what it tells."""
MOST_FAULTS = 50
COLUMNS: Mapping[str, str] = {
    "parent": "part number of what this line goes into; blank: the part is shipped as such (a product)",
    "part": "part number",
    "quantity": "quantity of the part in one unit of the parent",
    "quantity_unit": "blank: pieces; a unit of mass (kg, g, mg, t, lb): one unit of the part is one kilogram",
    "name": "what the part is called",
    "form": (
        "as lists of items call it: magnet, metal, oxide, alloy, target, compound, assembly, end product, electronics; "
        "other: declared to hold no rare earths but those it tells"
    ),
    "base": "family of a magnet or alloy: NdFeB, SmCo, or partner metals",
    "value": "price of one unit of the part; blank is unknown",
    "value_ex_works": "the same ex works, where it differs: the reading of the value basis decides which counts",
    "value_fob": "the same free on board",
    "currency": "of value and alternative_usd; blank is USD; others at the newest annual mean of the table fx",
    "Nd_kg, Dy_kg ...": (
        "kg of an element in one unit beyond what its own lines say; also _g, _mg, _percent, _ppm of the mass; blank "
        "is unknown for a part that has no lines and a form that may hold some"
    ),
    "mass_kg": "mass of one unit; also mass_g, mass_mg",
    "origin": "country where the part was made (ISO 3166-1 alpha-3); blank is unknown",
    "listed_origin": "origin of the listed metals, alloys or oxides in a material without lines",
    "technology": "origin of the technology of its maker's steps",
    "alternative_origin": "another source of the listed inputs",
    "alternative_technology": "origin of the technology of another maker",
    "alternative_usd": "what one unit costs more there",
    "counts_for": "a measure that clauses ask, such as us_controlled_share, for which the part's whole value counts",
    "evidence": "the document that shows what the row says: invoice, certificate, declaration",
    "shipped": "true: this part is shipped by itself too",
}
"""What each column means."""


@dataclass(frozen=True)
class Bom:
    """Parts and the sparse matrix of lines."""

    parts: pd.DataFrame
    """One row a part, in the order of the matrix: part, name, form, base, value (USD), origin, listed_origin,
    technology, alternative_origin, alternative_usd, shipped, has_lines, and ``<element>_kg`` columns."""
    quantity: sparse.csr_matrix
    """quantity[parent, part]: units of the part in one unit of the parent."""
    levels: npt.NDArray[np.int32]
    """Height of each part over the materials below it: 0 for a part without lines."""
    elements: tuple[str, ...]
    """Elements that some column names."""

    @property
    def size(self) -> int:
        """Number of parts."""
        return len(self.parts)


def bom_of_frame(lines: pd.DataFrame, usd_per_unit: Mapping[str, float] | None = None, where: str = "lines") -> Bom:
    """Build a bill of materials from its lines.

    ``usd_per_unit``: USD per unit of other currencies. Raises InputError with every fault found (at most
    50): columns,
    numbers, currencies, two descriptions of a part that differ, a circle with its path.
    """
    faults = _column_faults(lines, where)
    if faults:
        raise InputError("the bill of materials cannot be read", faults)
    lines = in_kg(lines.reset_index(drop=True), where, faults)
    child = lines["part"].astype(str).str.strip()
    parent = lines["parent"].fillna("").astype(str).str.strip()
    numbers = {c: _numbers(lines, c, where, faults) for c in ("quantity", *NUMBERS, *_element_columns(lines))}
    quantity = numbers.pop("quantity")
    inner = parent.ne("").to_numpy()
    for row in np.flatnonzero(inner & (np.isnan(quantity) | (quantity < 0)))[:MOST_FAULTS]:
        faults.append(Fault(_at(where, row, "quantity"), repr(lines["quantity"][row]), "a number, zero or more"))
    for row in np.flatnonzero(child.eq("").to_numpy())[:MOST_FAULTS]:
        faults.append(Fault(_at(where, row, "part"), "nothing", "a part number"))
    if faults:
        raise InputError("the bill of materials cannot be read", faults[:MOST_FAULTS])
    codes, names = pd.factorize(pd.concat([child, parent[inner]], ignore_index=True))
    child_codes, parent_codes = codes[: len(child)], codes[len(child) :]
    size = len(names)
    matrix = sparse.csr_matrix((quantity[inner], (parent_codes, child_codes[inner])), shape=(size, size))
    parts = _parts(lines, child_codes, size, numbers, usd_per_unit or {}, where)
    parts.insert(0, "part", names)
    parts["has_lines"] = np.diff(matrix.indptr) > 0
    parts["shipped"] |= np.bincount(child_codes[~inner], minlength=size) > 0
    elements = tuple(ELEMENT_COLUMNS[c] for c in _element_columns(lines))
    _check_mass(parts, elements, where)
    return Bom(parts, matrix, heights(matrix, parts["part"], where), elements)


def _at(where: str, row: int, column: str) -> str:
    return f"{where}, row {row + 2}, column {column}"


def _element_columns(lines: pd.DataFrame) -> list[str]:
    return [c for c in ELEMENT_COLUMNS if c in lines.columns]


def _column_faults(lines: pd.DataFrame, where: str) -> list[Fault]:
    known = {"parent", "part", "quantity", "shipped", *TEXTS, *NUMBERS, *ELEMENT_COLUMNS, *unit_columns()}
    faults = [
        Fault(f"{where}, header", f"no column {c}", "parent, part, quantity")
        for c in ("parent", "part", "quantity")
        if c not in lines.columns
    ]
    faults += [
        Fault(
            f"{where}, header",
            repr(c),
            ", ".join(sorted(known - set(ELEMENT_COLUMNS) - set(OTHER_COLUMNS))) + ", Nd_kg ...",
        )
        for c in lines.columns
        if c not in known
    ]
    return faults


def _numbers(lines: pd.DataFrame, column: str, where: str, faults: list[Fault]) -> npt.NDArray[np.float64]:
    if column not in lines.columns:
        return np.full(len(lines), np.nan)
    raw = lines[column]
    if raw.dtype.kind in "fiu":
        values = raw.to_numpy(dtype=float)
    else:
        text = raw.where(raw.notna() & raw.astype(str).str.strip().ne(""))
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
        for row in np.flatnonzero(np.isnan(values) & text.notna().to_numpy())[:MOST_FAULTS]:
            faults.append(Fault(_at(where, row, column), repr(raw[row]), "a number"))
    if column not in ("quantity", "alternative_usd"):
        for row in np.flatnonzero((values < 0) | np.isinf(values))[:MOST_FAULTS]:
            faults.append(Fault(_at(where, row, column), repr(raw[row]), "zero or more"))
    return values


def _parts(
    lines: pd.DataFrame,
    codes: npt.NDArray[np.int64],
    size: int,
    numbers: Mapping[str, npt.NDArray[np.float64]],
    usd_per_unit: Mapping[str, float],
    where: str,
) -> pd.DataFrame:
    faults: list[Fault] = []
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for name in TEXTS:
        found = np.full(size, "", dtype=object)
        if name in lines.columns:
            text = lines[name].fillna("").astype(str).str.strip().to_numpy(dtype=object)
            told = np.flatnonzero(text != "")
            found[codes[told][::-1]] = text[told][::-1]
            for row in () if name == "evidence" else told[found[codes[told]] != text[told]][:MOST_FAULTS]:
                faults.append(Fault(_at(where, row, name), repr(text[row]), f"as elsewhere: {found[codes[row]]!r}"))
        columns[name] = found
    for name, values in numbers.items():
        found = np.full(size, np.nan)
        told = np.flatnonzero(~np.isnan(values))
        found[codes[told][::-1]] = values[told][::-1]
        differs = np.abs(found[codes[told]] - values[told]) > 1e-9 * np.abs(values[told])
        for row in told[differs][:MOST_FAULTS]:
            faults.append(Fault(_at(where, row, name), repr(values[row]), f"as elsewhere: {found[codes[row]]!r}"))
        columns[name] = found
    currencies = columns.pop("currency")
    rates = {"": 1.0, "USD": 1.0, **usd_per_unit}
    for currency in sorted(set(currencies) - set(rates)):
        row = int(np.flatnonzero(currencies[codes] == currency)[0])
        faults.append(Fault(_at(where, row, "currency"), repr(currency), ", ".join(sorted(c for c in rates if c))))
    if faults:
        raise InputError("the bill of materials contradicts itself", faults[:MOST_FAULTS])
    rate = np.array([rates[str(c)] for c in currencies], dtype=float)
    for name in MONEY:
        columns[name] = columns[name].astype(float) * rate
    shipped = np.zeros(size, dtype=bool)
    if "shipped" in lines.columns:
        said = lines["shipped"].fillna("").astype(str).str.strip().str.lower().isin(["true", "yes", "1", "1.0"])
        shipped[codes[said.to_numpy()]] = True
    return pd.DataFrame({**columns, "shipped": shipped})


def _check_mass(parts: pd.DataFrame, elements: tuple[str, ...], where: str) -> None:
    """No part holds more of the rare earths than its mass."""
    held = np.zeros(len(parts))
    for element in elements:
        held += np.nan_to_num(parts[f"{element}_kg"].to_numpy(dtype=float))
    mass = parts["mass_kg"].to_numpy(dtype=float)
    over = np.flatnonzero(held > mass * (1 + 1e-9))[:MOST_FAULTS]
    faults = [
        Fault(f"{where}, part {parts['part'].iat[n]}", f"{held[n]:.6g} kg of rare earths", f"at most {mass[n]:.6g} kg")
        for n in over
    ]
    if faults:
        raise InputError("parts hold more than they weigh", faults)
