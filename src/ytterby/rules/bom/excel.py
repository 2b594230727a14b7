"""Lines from an Excel workbook: the first sheet, one header, values only; what would not be taken as it stands is told.

Refused before a cell is read: a workbook that unpacks to too much, one whose parts declare entities, and a sheet whose
used range is far larger than its content.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_CELLS = 5_000_000
"""Cells of a used range: larger bills are for CSV or Parquet."""
MOST_FAULTS = 20
_INSTEAD = "use CSV or Parquet"


def read_excel(path: Path) -> pd.DataFrame:
    """Lines of the first sheet; raises InputError with the place of every formula and every merged range."""
    import openpyxl

    if path.stat().st_size > MOST_BYTES:
        found = f"{path.stat().st_size} bytes"
        raise InputError("workbook is too large", [Fault(path.name, found, f"at most {MOST_BYTES}; {_INSTEAD}")])
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(path, archive)
        sheet = openpyxl.load_workbook(path).worksheets[0]
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, IndexError, OSError) as error:
        raise InputError("workbook cannot be read", [Fault(path.name, str(error), "an .xlsx workbook")]) from error
    cells = sheet.max_row * sheet.max_column
    if cells > MOST_CELLS:
        found = f"used range {sheet.calculate_dimension()}, {cells:,} cells"
        expected = f"at most {MOST_CELLS:,}: delete what stands far out, or {_INSTEAD}"
        raise InputError("sheet is too large", [Fault(f"{path.name}, {sheet.title}", found, expected)])
    return _lines(path, sheet)


def _check_archive(path: Path, archive: zipfile.ZipFile) -> None:
    size = sum(entry.file_size for entry in archive.infolist())
    if size > MOST_UNPACKED:
        raise InputError(
            "workbook unpacks to too much", [Fault(path.name, f"{size} bytes", f"at most {MOST_UNPACKED}; {_INSTEAD}")]
        )
    for entry in archive.infolist():
        if entry.filename.lower().endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                head = part.read(4096)
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise InputError(
                    "workbook declares entities", [Fault(f"{path.name}, {entry.filename}", "a DOCTYPE", "none")]
                )


def _lines(path: Path, sheet: Worksheet) -> pd.DataFrame:
    faults = [
        Fault(f"{path.name}, {sheet.title}!{merged}", "merged cells", "one value in each cell")
        for merged in list(sheet.merged_cells.ranges)[:MOST_FAULTS]
    ]
    rows = []
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f" and len(faults) < MOST_FAULTS:
                where = f"{path.name}, {sheet.title}!{cell.coordinate}"
                faults.append(Fault(where, str(cell.value)[:60], "a value, not a formula"))
            if cell.data_type == "e" and len(faults) < MOST_FAULTS:
                faults.append(Fault(f"{path.name}, {sheet.title}!{cell.coordinate}", str(cell.value), "a value"))
        rows.append(["" if cell.value is None else cell.value for cell in row])
    if faults:
        raise InputError("workbook has cells that cannot be taken as they are", faults)
    if not rows:
        raise InputError("workbook is empty", [Fault(path.name, "no rows", "a header and lines")])
    names = [str(c).strip() for c in rows[0]]
    twice = sorted({n for n in names if names.count(n) > 1 and n})
    if twice:
        raise InputError(
            "header names a column twice", [Fault(f"{path.name}, {sheet.title}!1", n, "once") for n in twice]
        )
    return pd.DataFrame(rows[1:], columns=names, dtype=object).drop(columns=[""] if "" in names else [])
