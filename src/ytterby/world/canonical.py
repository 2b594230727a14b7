"""The canonical form: one way to write every cell, row and table, so that equal data are equal bytes.

UTF-8, LF, shortest float that reads back to the same double, ISO dates, ``true``/``false``, blank for
unknown, columns in the schema's order, rows sorted by primary key.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ytterby.world.errors import Fault, InputError, nearest
from ytterby.world.schema import TableSchema

if TYPE_CHECKING:
    import pandas as pd

KEY_SEPARATOR = "|"
"""Joins the values of a composite primary key into one text."""

csv.field_size_limit(16 * 1024 * 1024)


def number_text(value: float) -> str:
    """Shortest text that reads back to the same double; whole numbers without a point.

    >>> number_text(5.0), number_text(0.1), number_text(1e-7), number_text(1e22)
    ('5', '0.1', '1e-7', '1e22')
    """
    text = repr(float(value))
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def cell_text(value: Any) -> str:
    """Canonical text of one typed value; what is missing is blank.

    >>> cell_text(True), cell_text(None), cell_text(datetime.date(2024, 1, 5)), cell_text(2.50)
    ('true', '', '2024-01-05', '2.5')
    """
    if hasattr(value, "item") and not isinstance(value, float):
        value = value.item()
    text = str(value)
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n")
    elif value is None or text in ("<NA>", "NaT", "nan"):
        text = ""
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float):
        text = number_text(value)
    elif isinstance(value, datetime.datetime):
        text = value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    return text


def key_text(values: Iterable[Any]) -> str:
    """Text of a primary key: its values' canonical texts, joined by ``|``."""
    return KEY_SEPARATOR.join(cell_text(value) for value in values)


def canonical_cell(text: str, kind: str) -> str:
    """Canonical text of a cell as read; what does not fit the type stays as it is, for the check to report.

    >>> canonical_cell("5.00", "number"), canonical_cell("TRUE", "boolean"), canonical_cell("n/a", "number")
    ('5', 'true', 'n/a')
    """
    if kind == "string":
        return cell_text(text)
    bare = text.strip()
    try:
        if kind == "date":
            return datetime.date.fromisoformat(bare).isoformat()
        if kind in ("integer", "year") and bare.lstrip("+-").isdecimal():
            return str(int(bare))
        if kind in ("number", "integer", "year") and "_" not in bare and math.isfinite(float(bare)):
            return number_text(float(bare))
    except ValueError:
        return text
    return bare.lower() if kind == "boolean" and bare.lower() in ("true", "false", "") else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Comma-separated text: quoted only where a comma, a quote or a line break makes it necessary."""
    lone = len(header) == 1

    def quoted(cell: str) -> str:
        if any(sign in cell for sign in ',"\n\r') or (lone and not cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    lines = [",".join(quoted(cell) for cell in row) for row in (header, *rows)]
    return "\n".join(lines) + "\n"


def read_csv_text(text: str) -> list[list[str]]:
    """Rows of a CSV text, header first; an unclosed quote raises csv.Error."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def sort_key(cells: Sequence[str], schema: TableSchema) -> tuple[tuple[int, float, str], ...]:
    """Return what a row is sorted by: its primary key, numbers as numbers, blanks first."""
    positions = {name: i for i, name in enumerate(schema.field_names)}
    key = []
    for name in schema.primary_key or tuple(schema.field_names):
        cell = cells[positions[name]]
        if schema.field(name).type in ("number", "integer", "year"):
            try:
                key.append((1, float(cell), ""))
                continue
            except ValueError:
                pass
        key.append((2 if cell else 0, 0.0, cell))
    return tuple(key)


def table_rows(frame: pd.DataFrame, schema: TableSchema) -> list[list[str]]:
    """Canonical rows (texts, sorted by key) of a typed table."""
    columns = [[cell_text(value) for value in frame[name].tolist()] for name in schema.field_names]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return sorted(rows, key=lambda cells: (sort_key(cells, schema), cells))


def table_text(frame: pd.DataFrame, schema: TableSchema) -> str:
    """Canonical CSV text of a typed table."""
    return csv_text(schema.field_names, table_rows(frame, schema))


def frame_text(frame: pd.DataFrame) -> str:
    """CSV text of any frame, cells in canonical form, columns and rows in the frame's own order."""
    columns = [[cell_text(value) for value in frame[name].tolist()] for name in frame.columns]
    return csv_text([str(name) for name in frame.columns], zip(*columns, strict=True))


def canonical_text(text: str, schema: TableSchema, file: str = "") -> str:
    """Canonical CSV text of a table's CSV text; cells that do not fit their type stay as they are.

    Raises InputError where the header is not the schema's columns, or a row has too many or too few cells.
    """
    file = file or f"tables/{schema.name}.csv"
    try:
        rows = read_csv_text(text.removeprefix("\ufeff"))
    except csv.Error as error:
        raise InputError("not a CSV file", [Fault.at(file, str(error), "quotes that close")]) from error
    header = rows[0] if rows else []
    faults = [
        Fault.at(file, f"unknown column {name!r}", nearest(name, schema.field_names), row=1, column=name)
        for name in header
        if name not in schema.field_names
    ]
    faults += [
        Fault.at(file, "no such column", "every column of the schema", row=1, column=name)
        for name in schema.field_names
        if header.count(name) != 1
    ]
    body = [(number, row) for number, row in enumerate(rows[1:], start=2) if row]
    faults += [
        Fault.at(file, f"{len(row)} cells", f"{len(header)} cells", row=number)
        for number, row in body
        if len(row) != len(header)
    ]
    if faults:
        raise InputError("table cannot be put into canonical form", faults)
    order = [header.index(name) for name in schema.field_names]
    kinds = [field.type for field in schema.fields]
    tidy = [[canonical_cell(row[i], kind) for i, kind in zip(order, kinds, strict=True)] for _, row in body]
    return csv_text(schema.field_names, sorted(tidy, key=lambda cells: (sort_key(cells, schema), cells)))
