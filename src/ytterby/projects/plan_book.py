"""The workbook of a user's own plan: written as a template, read back cell by cell."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

from ytterby.projects.plan_fields import FIELDS, PRODUCTS
from ytterby.world.errors import Fault, InputError, nearest

PLAN, SALES, YEARS = "plan", "products", "years"
PLAN_HEAD = ("field", "value", "low", "high", "unit", "what it is")
SALES_HEAD = ("product", "t per t TREO", "USD/kg", "low", "high", "floor USD/kg", "upside above", "covered t/y")
LISTS = tuple(field.name for field in FIELDS if field.kind == "list")
YEARS_HEAD = ("year", *LISTS)
CONTRACT = (("price_floor_usd_per_kg", "floor"), ("upside_above_usd_per_kg", "upside"), ("floor_t_per_y", "covered"))
"""Tables of the columns after the price: name, and what the column is called in a message."""
LINES = 12
"""Empty lines of the template for products and for years."""


def workbook_template() -> bytes:
    """Return the template as the bytes of an .xlsx file; the same bytes every time."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "A project to appraise", "created": datetime.datetime(2024, 1, 1)})
    head = book.add_format({"bold": True, "bottom": 1})
    own = book.add_format({"bg_color": "#fff6df", "border": 1, "border_color": "#d9d5cc"})
    _plan_template(book.add_worksheet(PLAN), head, own, book.add_format({"bold": True}))
    _sales_template(book.add_worksheet(SALES), head, own)
    _years_template(book.add_worksheet(YEARS), head, own)
    book.close()
    return buffer.getvalue()


def _plan_template(sheet: Any, head: Any, own: Any, must: Any) -> None:
    _head(sheet, head, PLAN_HEAD, (24, 16, 12, 12, 9, 70))
    for row, field in enumerate((f for f in FIELDS if f.name not in LISTS), start=1):
        sheet.write_string(row, 0, field.name, *([must] if field.required else []))
        _cells(sheet, row, 1, (field.example, field.low, field.high), own)
        sheet.write_string(row, 4, field.unit)
        sheet.write_string(row, 5, field.what + (" (needed)" if field.required else ""))
    sheet.freeze_panes(1, 1)


def _sales_template(sheet: Any, head: Any, own: Any) -> None:
    _head(sheet, head, SALES_HEAD, (20, 14, 10, 10, 10, 14, 14, 14))
    for row in range(1, LINES + 1):
        _cells(sheet, row, 0, (*PRODUCTS[row - 1], *[None] * 3) if row <= len(PRODUCTS) else (None,) * 8, own)


def _years_template(sheet: Any, head: Any, own: Any) -> None:
    _head(sheet, head, YEARS_HEAD, (8, *(16 for _ in LISTS)))
    examples = {f.name: f.example for f in FIELDS if f.name in LISTS}
    for row in range(1, LINES + 1):
        sheet.write_number(row, 0, row)
        for column, name in enumerate(LISTS, start=1):
            example = examples[name]
            given = example[row - 1] if isinstance(example, tuple) and row <= len(example) else None
            _cells(sheet, row, column, (given,), own)


def _cells(sheet: Any, row: int, first: int, values: tuple[Any, ...], style: Any) -> None:
    for column, value in enumerate(values, start=first):
        if isinstance(value, str):
            sheet.write_string(row, column, value, style)
        elif value is None:
            sheet.write_blank(row, column, None, style)
        else:
            sheet.write_number(row, column, value, style)


def _head(sheet: Any, style: Any, names: tuple[str, ...], widths: tuple[int, ...]) -> None:
    for column, (name, width) in enumerate(zip(names, widths, strict=True)):
        sheet.write_string(0, column, name, style)
        sheet.set_column(column, column, width)


def read_book(path: Path) -> tuple[dict[str, Any], dict[str, str], list[Fault]]:
    """Read a filled template: raw values as parsed TOML would give them, where each stands, and faults.

    Raises InputError for a file that is no workbook or lacks a sheet.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise InputError("plan cannot be read", [Fault(str(path), str(error), "a workbook (.xlsx)")]) from error
    try:
        lacking = [s for s in (PLAN, SALES) if s not in book.sheetnames]
        if lacking:
            gone = [Fault(f"{path}: sheet {s}", "not there", "the sheets of the template") for s in lacking]
            raise InputError("plan cannot be read", gone)
        sheets = {name: [list(row) for row in book[name].iter_rows(values_only=True)] for name in book.sheetnames}
    finally:
        book.close()
    raw: dict[str, Any] = {}
    places: dict[str, str] = {}
    faults: list[Fault] = []
    _plan_sheet(path, sheets[PLAN], raw, places, faults)
    _sales_sheet(path, sheets[SALES], raw, places, faults)
    _years_sheet(path, sheets.get(YEARS, []), raw, places)
    return raw, places, faults


def _cell(row: list[Any], column: int) -> Any:
    value = row[column] if column < len(row) else None
    return value.strip() or None if isinstance(value, str) else value


def _plan_sheet(
    path: Path, rows: list[list[Any]], raw: dict[str, Any], places: dict[str, str], faults: list[Fault]
) -> None:
    names = [f.name for f in FIELDS]
    for line, row in enumerate(rows[1:], start=2):
        name = _cell(row, 0)
        values = [_cell(row, k) for k in (1, 2, 3)]
        if name is None or all(v is None for v in values):
            continue
        where = f"{path}: sheet {PLAN}, row {line} ({name})"
        if str(name) not in names:
            faults.append(Fault(where, "an unknown field", nearest(str(name), names)))
        elif str(name) in raw:
            faults.append(Fault(where, "a field given twice", "one row a field"))
        else:
            raw[str(name)] = _banded(values)
            places[str(name)] = where


def _banded(values: list[Any]) -> Any:
    point, low, high = values
    return point if low is None and high is None else {"point": point, "low": low, "high": high}


def _sales_sheet(
    path: Path, rows: list[list[Any]], raw: dict[str, Any], places: dict[str, str], faults: list[Fault]
) -> None:
    tables: dict[str, dict[str, Any]] = {"products": {}, "prices_usd_per_kg": {}, **{name: {} for name, _ in CONTRACT}}
    for line, row in enumerate(rows[1:], start=2):
        product, amount, price, low, high, *terms = (_cell(row, k) for k in range(len(SALES_HEAD)))
        if all(v is None for v in (product, amount, price, low, high, *terms)):
            continue
        where = f"{path}: sheet {SALES}, row {line} ({product})"
        if product is None:
            faults.append(Fault(where, "no product", "the name of a product, as ndpr-oxide"))
            continue
        name = str(product)
        if name in tables["products"]:
            faults.append(Fault(where, "a product given twice", "one row a product"))
            continue
        tables["products"][name] = amount
        places[f"products[{name}]"] = f"{where}, t per t TREO"
        places[f"price:{name}"] = places[f"prices_usd_per_kg[{name}]"] = f"{where}, USD/kg"
        if price is not None or low is not None or high is not None:
            tables["prices_usd_per_kg"][name] = _banded([price, low, high])
        for (table, called), value in zip(CONTRACT, terms, strict=True):
            if value is not None:
                tables[table][name] = value
                places[f"{table}[{name}]"] = f"{where}, {called}"
    raw.update(tables)


def _years_sheet(path: Path, rows: list[list[Any]], raw: dict[str, Any], places: dict[str, str]) -> None:
    for column, name in enumerate(LISTS, start=1):
        values = [_cell(row, column) for row in rows[1:]]
        while values and values[-1] is None:
            values.pop()
        if values:
            raw[name] = values
            places[name] = f"{path}: sheet {YEARS}, column {name}"
