"""A world as one Excel workbook, out and in: typed cells by schema, and the canonical bytes back.

Texts that begin with = + - @ are written as texts, never as formulas. Dates and metadata of the file are
fixed, so that the same world gives the same bytes.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytterby.world.canonical import canonical_cell, cell_text, csv_text, number_text, sort_key
from ytterby.world.errors import Fault, InputError, nearest
from ytterby.world.schema import FieldSchema, TableSchema

if TYPE_CHECKING:
    from ytterby.world.load import World

CONTENTS = "contents"
"""First sheet: which sheet holds which table."""
LONGEST = 32767
"""Most characters that an Excel cell holds."""
FIRST_DAY = datetime.date(1900, 3, 1)
"""First day on which Excel's calendar is right; earlier dates are written as texts."""
BARRED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|x005F_|_x[0-9A-Fa-f]{4}_")
"""What a workbook's XML cannot hold, or does not give back."""


class ExactFloat(float):
    """A number that prints all its digits: the writer's format keeps sixteen, a double may need seventeen."""

    def __format__(self, spec: str) -> str:
        return number_text(self)


def workbook_bytes(world: World, tables: list[str] | None = None) -> bytes:
    """Return the world's tables as the bytes of an .xlsx file.

    Raises InputError for a text that a workbook cannot hold.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties(
        {"title": world.title, "author": "ytterby", "created": datetime.datetime(2024, 1, 1), "comments": ""}
    )
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": False}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "text": book.add_format({"num_format": "@"}),
    }
    names = tables if tables is not None else world.table_names
    sheets = sheet_names(names)
    front = book.add_worksheet(CONTENTS)
    for column, (title, width) in enumerate((("table", 28), ("sheet", 32), ("rows", 8), ("title", 60))):
        front.write_string(0, column, title, formats["head"])
        front.set_column(column, column, width)
    faults: list[Fault] = []
    for line, name in enumerate(names, start=1):
        schema, frame = world.schema(name), world.table(name)
        for column, value in enumerate((name, sheets[name])):
            front.write_string(line, column, value)
        front.write_number(line, 2, len(frame))
        front.write_string(line, 3, schema.title)
        sheet = book.add_worksheet(sheets[name])
        sheet.freeze_panes(1, 0)
        rows = sorted(
            frame[schema.field_names].itertuples(index=False, name=None),
            key=lambda row: sort_key([cell_text(value) for value in row], schema),
        )
        for column, field in enumerate(schema.fields):
            sheet.write_string(0, column, field.name, formats["head"])
            hint = ". ".join(
                part for part in (field.title, field.unit and f"Unit: {field.unit}", field.description) if part
            )
            if hint:
                sheet.write_comment(0, column, hint[:2000], {"author": "ytterby", "visible": False})
            sheet.set_column(column, column, 14 if field.type != "string" else 22)
            for number, row in enumerate(rows, start=1):
                found = _write(sheet, (number, column), row[column], field, formats)
                if found:
                    faults.append(
                        Fault.at(
                            f"tables/{name}.csv",
                            found,
                            "a text that Excel can hold",
                            row=number + 1,
                            column=field.name,
                        )
                    )
        if rows:
            sheet.autofilter(0, 0, len(rows), len(schema.fields) - 1)
    book.close()
    if faults:
        raise InputError("the world cannot be written to Excel", faults)
    return buffer.getvalue()


def sheet_names(tables: list[str]) -> dict[str, str]:
    """Sheet name of each table: the table's own, cut to Excel's 31 characters and kept apart."""
    names: dict[str, str] = {}
    for table in tables:
        name, number = table[:31], 1
        while name in names.values() or name == CONTENTS:
            number += 1
            name = f"{table[: 30 - len(str(number))]}~{number}"
        names[table] = name
    return names


def _write(sheet: Any, at: tuple[int, int], value: Any, field: FieldSchema, formats: Mapping[str, Any]) -> str:
    """Write one cell by its type; returns what is wrong with it, or ""."""
    text = cell_text(value)
    if not text:
        return ""
    if field.type == "boolean":
        sheet.write_boolean(*at, bool(value))
    elif field.type == "date" and value.date() >= FIRST_DAY:
        sheet.write_datetime(*at, value.to_pydatetime(), formats["date"])
    elif field.type == "number" or (field.type == "integer" and abs(int(value)) < 2**53):
        sheet.write_number(*at, ExactFloat(value))
    else:
        if len(text) > LONGEST:
            return f"a text of {len(text)} characters"
        if BARRED.search(text):
            return f"{text!r}"
        sheet.write_string(*at, text, formats["text"])
    return ""


def read_workbook(path: Path, schemas: Mapping[str, TableSchema]) -> dict[str, str]:
    """Read the tables of an .xlsx file as canonical CSV texts, by table name.

    Sheets are found by the contents sheet, else by their own names; raises InputError with every sheet and
    column that no schema knows and every cell of a foreign type.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError) as error:
        raise InputError("workbook cannot be read", [Fault.at(str(path), str(error), "an .xlsx file")]) from error
    except Exception as error:  # openpyxl lets through what zipfile and its parser raise
        raise InputError("workbook cannot be read", [Fault.at(str(path), str(error), "an .xlsx file")]) from error
    tables: dict[str, str] = {}
    faults: list[Fault] = []
    try:
        known = {sheet: table for table, sheet in sheet_names(list(schemas)).items()}
        if CONTENTS in book.sheetnames:
            for row in book[CONTENTS].iter_rows(min_row=2, max_col=2, values_only=True):
                if row[0] in schemas:
                    known[str(row[1])] = str(row[0])
        for name in book.sheetnames:
            if name == CONTENTS:
                continue
            if name not in known:
                faults.append(Fault.at(path.name, f"sheet {name!r}", f"a table's name: {nearest(name, known)}"))
                continue
            table = known[name]
            text, own = _sheet_text(
                book[name].iter_rows(values_only=True), schemas[table], f"{path.name}, sheet {name}"
            )
            faults += own
            tables[table] = text
    finally:
        book.close()
    if faults:
        raise InputError("workbook does not fit the world's tables", faults)
    return tables


def _sheet_text(lines: Any, schema: TableSchema, file: str) -> tuple[str, list[Fault]]:
    rows = [list(line) for line in lines]
    header = [str(name) for name in rows[0] if name is not None] if rows else []
    faults = [
        Fault.at(file, f"unknown column {name!r}", nearest(name, schema.field_names), row=1, column=name)
        for name in header
        if name not in schema.field_names
    ]
    faults += [
        Fault.at(file, "no such column", "every column of the schema", row=1, column=name)
        for name in schema.field_names
        if name not in header
    ]
    if faults:
        return "", faults
    at = [header.index(name) for name in schema.field_names]
    texts: list[list[str]] = []
    for number, line in enumerate(rows[1:], start=2):
        cells = [line[i] if i < len(line) else None for i in at]
        if all(cell is None for cell in cells):
            continue
        text_row: list[str] = []
        for field, cell in zip(schema.fields, cells, strict=True):
            text, expected = _read_cell(cell, field.type)
            if expected:
                faults.append(Fault.at(file, repr(cell), expected, row=number, column=field.name))
            text_row.append(text)
        texts.append(text_row)
    return csv_text(schema.field_names, sorted(texts, key=lambda cells: (sort_key(cells, schema), cells))), faults


def _read_cell(cell: Any, kind: str) -> tuple[str, str]:
    """Canonical text of a workbook's cell, and what was expected where its type is foreign."""
    if cell is None:
        return "", ""
    if isinstance(cell, str):
        return canonical_cell(cell, kind), ""
    if isinstance(cell, datetime.datetime) and cell.time() != datetime.time():
        return cell.isoformat(), "a date without a time" if kind != "string" else ""
    held = "boolean" if isinstance(cell, bool) else "number" if isinstance(cell, int | float) else "date"
    fits = {"string": True, "integer": held == "number"}.get(kind, held == kind)
    return cell_text(cell), "" if fits else f"a {kind}, not a {held}"
