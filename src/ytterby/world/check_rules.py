"""What a table schema cannot say of rows: sums, bands and dates in order, reasons, units, disguised dates."""

from __future__ import annotations

import datetime
import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from ytterby.world.bands import band_columns
from ytterby.world.canonical import number_text
from ytterby.world.errors import Fault
from ytterby.world.units import known_unit

if TYPE_CHECKING:
    from ytterby.world.check_text import TextTable

DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}( \d\d:\d\d(:\d\d)?)?|\d{1,2}[- ][A-Za-z]{3}([- ]\d{2,4})?")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
EXCEL_EPOCH = datetime.date(1899, 12, 30)
EXCEL_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")


def rule_faults(table: TextTable) -> list[Fault]:
    """Return every fault of one table that its types and constraints do not show."""
    return [
        *_texts(table),
        *_numbers(table),
        *_order(table),
        *_reasons(table),
        *_sums(table),
        *_units(table),
    ]


def foreign_text(cell: str, kind: str) -> str:
    """Say what stands where a number or a date belongs; knows a spreadsheet's dates, serial numbers and
    errors.

    >>> foreign_text("45658", "date")
    "'45658', a spreadsheet's serial number of 2025-01-01"
    """
    if cell in EXCEL_ERRORS:
        return f"{cell!r}, a spreadsheet's error"
    if kind in ("number", "integer") and DATE_LIKE.fullmatch(cell.strip()):
        return f"{cell!r}, a date"
    if kind in ("number", "integer") and re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", cell.strip()):
        return f"{cell!r}, with thousands separators"
    if kind in ("number", "integer") and re.fullmatch(r"-?\d+,\d+", cell.strip()):
        return f"{cell!r}, with a decimal comma"
    if kind == "date" and re.fullmatch(r"\d{5}(\.0)?", cell.strip()):
        day = EXCEL_EPOCH + datetime.timedelta(days=int(float(cell)))
        return f"{cell!r}, a spreadsheet's serial number of {day.isoformat()}"
    return repr(cell)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _texts(table: TextTable) -> list[Fault]:
    """Blanks around texts, control characters, spreadsheet errors, texts copied as wrong bytes."""
    faults: list[Fault] = []
    for field in table.schema.fields:
        if not table.has(field.name):
            continue
        for (row, _), cell in zip(table.rows, table.column(field.name), strict=True):
            if not cell:
                continue
            found = expected = ""
            if CONTROL.search(cell):
                found, expected = f"a control character in {cell!r}", "plain text"
            elif field.type == "string" and cell in EXCEL_ERRORS:
                found, expected = f"{cell!r}, a spreadsheet's error", "a text, or a blank"
            elif cell != cell.strip():
                found, expected = f"blanks around {cell!r}", repr(cell.strip())
            elif "Ã" in cell or "â€" in cell:
                found, expected = (
                    f"{cell!r}, UTF-8 that was read as Windows text",
                    "the signs that were meant",
                )
            if found:
                faults.append(Fault.at(table.file, found, expected, row=row, column=field.name))
    return faults


def _numbers(table: TextTable) -> list[Fault]:
    faults: list[Fault] = []
    for field in table.schema.fields:
        if field.type not in ("number", "integer") or not table.has(field.name):
            continue
        for (row, _), cell in zip(table.rows, table.column(field.name), strict=True):
            if (
                cell
                and not math.isfinite(_number(cell))
                and cell.strip().lower().lstrip("+-") in ("nan", "inf", "infinity")
            ):
                faults.append(
                    Fault.at(table.file, repr(cell), "a finite number, or a blank", row=row, column=field.name)
                )
    return faults


def _order(table: TextTable) -> list[Fault]:
    """Low <= point <= high, and valid_from <= valid_to."""
    faults: list[Fault] = []
    for name, (low_name, high_name) in band_columns(table.schema).items():
        if not table.has(name, low_name, high_name):
            continue
        for (row, _), point, low, high in zip(
            table.rows, *(map(_number, table.column(n)) for n in (name, low_name, high_name)), strict=True
        ):
            slack = 1e-12 * max(abs(low), abs(high), abs(point)) if not math.isnan(low + high + point) else 0.0
            if low > high:
                found, expected = f"low {number_text(low)} above high {number_text(high)}", "low <= high"
                faults.append(Fault.at(table.file, found, expected, row=row, column=f"{low_name},{high_name}"))
            elif point < low - slack or point > high + slack:
                ends = f"[{_shown(low)}, {_shown(high)}]"
                faults.append(
                    Fault.at(
                        table.file,
                        f"{number_text(point)} outside {ends}",
                        "low <= point <= high",
                        row=row,
                        column=name,
                    )
                )
    if table.has("valid_from", "valid_to"):
        for (row, _), first, last in zip(table.rows, table.column("valid_from"), table.column("valid_to"), strict=True):
            if first and last and first > last and len(first) == len(last) == 10:
                found = f"valid_to {last} before valid_from {first}"
                faults.append(Fault.at(table.file, found, "valid_from <= valid_to", row=row, column="valid_to"))
    return faults


def _shown(value: float) -> str:
    return "" if math.isnan(value) else number_text(value)


def _reasons(table: TextTable) -> list[Fault]:
    """A derived number (C) says how, an assumed one (D) why it is plausible; D and ``assumption`` agree."""
    words = "derivation" if table.schema.name == "cells" else "note"
    if table.schema.name == "sources" or not table.has("confidence", words):
        return []
    faults: list[Fault] = []
    for (row, _), grade, note in zip(table.rows, table.column("confidence"), table.column(words), strict=True):
        if grade in ("C", "D") and not note.strip():
            expected = "how the number was derived" if grade == "C" else "why the assumption is plausible"
            faults.append(
                Fault.at(table.file, f"confidence {grade} without a {words}", expected, row=row, column=words)
            )
    if table.has("source"):
        for (row, _), grade, source in zip(table.rows, table.column("confidence"), table.column("source"), strict=True):
            if source == "assumption" and grade in ("A", "B", "C"):
                found = f"confidence {grade} of an assumption"
                faults.append(Fault.at(table.file, found, "D, or the real source", row=row, column="confidence"))
    return faults


def _sums(table: TextTable) -> list[Fault]:
    faults: list[Fault] = []
    for rule in table.schema.sums:
        if not table.has(rule.field, *rule.group):
            continue
        groups: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
        labels = (
            zip(*(table.column(name) for name in rule.group), strict=True) if rule.group else [()] * len(table.rows)
        )
        for (row, _), label, cell in zip(table.rows, labels, table.column(rule.field), strict=True):
            groups[tuple(label)].append((row, cell))
        for label, members in groups.items():
            shares = [_number(cell) for _, cell in members]
            if not rule.most and any(math.isnan(share) for share in shares):
                continue
            total = math.fsum(share for share in shares if not math.isnan(share))
            off = total - rule.total
            if off > rule.tolerance + 1e-9 or (off < -rule.tolerance - 1e-9 and not rule.most):
                said = "|".join(label) or "the table"
                most = "at most " if rule.most else ""
                faults.append(
                    Fault.at(
                        table.file,
                        f"{rule.field} of {said} adds up to {total:.6g}",
                        f"{most}{rule.total:g} (within {rule.tolerance:g})",
                        row=members[0][0],
                        column=rule.field,
                    )
                )
    return faults


def _units(table: TextTable) -> list[Fault]:
    """Unit texts in rows, where the schema does not list them itself."""
    faults: list[Fault] = []
    for field in table.schema.fields:
        if field.type != "string" or not (field.name == "unit" or field.name.endswith("_unit")):
            continue
        if "enum" in field.constraints or not table.has(field.name):
            continue
        for (row, _), cell in zip(table.rows, table.column(field.name), strict=True):
            if cell and not known_unit(cell):
                expected = "a unit that world/units.py knows, such as t, USD/t, t/yr, %"
                faults.append(Fault.at(table.file, f"unit {cell!r}", expected, row=row, column=field.name))
    return faults
