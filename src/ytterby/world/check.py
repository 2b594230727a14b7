"""Checking a world: every fault in one run, each with file, row, column, what was found, what would do.

Frictionless reads each table alone, on the text as it stands; then come the keys between the tables, and what
a table schema cannot say: sums of shares, bands in order, reasons of assumptions, units, encodings.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ytterby.world.check_rules import foreign_text, rule_faults
from ytterby.world.check_schema import schema_faults
from ytterby.world.errors import Fault, InputError, nearest
from ytterby.world.load import DOCUMENT_KINDS
from ytterby.world.schema import FieldSchema, TableSchema, read_schema

DocumentCheck = Callable[[str, Mapping[str, Any]], list[Fault]]
"""Given a file's name and its parsed content, what is wrong with it."""


@dataclass(frozen=True)
class TextTable:
    """A table as its text stands: header and numbered rows, not yet typed."""

    schema: TableSchema
    file: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    """(row number as a spreadsheet counts, cells); short and long rows are left out."""

    def column(self, name: str) -> list[str]:
        """Cells of one column."""
        at = self.header.index(name)
        return [cells[at] for _, cells in self.rows]

    def has(self, *names: str) -> bool:
        """Say whether all these columns are there."""
        return all(name in self.header for name in names)


def check_world(root: Path, documents: Mapping[str, DocumentCheck] | None = None) -> list[Fault]:
    """Return every fault of a world folder, in the order of its files; none: an empty list.

    ``documents`` gives, for ``regimes`` and ``circuits``, a function that checks one parsed data file.
    """
    faults: list[Fault] = []
    if not (root / "datapackage.json").is_file():
        faults.append(
            Fault.at("datapackage.json", "no such file", "a data package; `ytterby world fmt` writes one")
        )
    tables: dict[str, TextTable] = {}
    schemas: dict[str, TableSchema] = {}
    for path in sorted((root / "schemas").glob("*.json")):
        try:
            schema = read_schema(path)
        except InputError as error:
            faults += error.faults
            continue
        schemas[schema.name] = schema
    for schema in schemas.values():
        faults += schema_faults(schema, schemas)
        table, own = _read(root, schema)
        faults += own
        if table is not None:
            tables[schema.name] = table
            faults += _frictionless(table)
            faults += rule_faults(table)
    for path in sorted((root / "tables").glob("*")):
        if path.suffix != ".csv" or path.stem not in schemas:
            faults.append(
                Fault.at(f"tables/{path.name}", "a file without a schema", f"schemas/{path.stem}.json")
            )
    for table in tables.values():
        faults += _references(table, tables)
    if "cells" in tables:
        faults += _cells(tables["cells"], tables)
    faults += _documents(root, documents or {})
    return faults


def _read(root: Path, schema: TableSchema) -> tuple[TextTable | None, list[Fault]]:
    file = f"tables/{schema.name}.csv"
    try:
        raw = (root / file).read_bytes()
    except OSError as error:
        return None, [Fault.at(file, error.strerror or str(error), "the table that schemas/ describes")]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None, [Fault.at(file, "UTF-16", "UTF-8", row=1)]
    text, faults = _decoded(raw, file)
    lines, broken = _lines(text, file)
    faults += broken
    if not lines:
        return None, [*faults, Fault.at(file, "an empty file", ",".join(schema.field_names), row=1)]
    header = lines[0][1]
    faults += _header(file, header, schema)
    good: list[tuple[int, list[str]]] = []
    for number, cells in lines[1:]:
        if not cells:
            faults.append(Fault.at(file, "an empty line", "a row, or nothing", row=number))
        elif len(cells) != len(header):
            expected = f"{len(header)} cells, as the header has"
            faults.append(Fault.at(file, f"{len(cells)} cells", expected, row=number))
        else:
            good.append((number, cells))
    return TextTable(schema, file, header, good), faults


def _decoded(raw: bytes, file: str) -> tuple[str, list[Fault]]:
    """Text of a file, bytes that are not UTF-8 replaced and reported line by line; line ends made LF."""
    faults: list[Fault] = []
    if raw.startswith(b"\xef\xbb\xbf"):
        faults.append(Fault.at(file, "a byte order mark", "UTF-8 without one", row=1))
        raw = raw[3:]
    text = raw.decode("utf-8", errors="replace")
    if "\ufffd" in text:
        for number, line in enumerate(raw.split(b"\n"), start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                column = _column_at(raw, line, error.start)
                found = f"byte 0x{line[error.start]:02x}, which is not UTF-8"
                faults.append(Fault.at(file, found, "a file saved as UTF-8", row=number, column=column))
    if "\r" in text:
        number = text[: text.index("\r")].count("\n") + 1
        faults.append(Fault.at(file, "line ends of Windows (CR LF)", "LF alone", row=number))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, faults


def _lines(text: str, file: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Numbered rows of a CSV text, header first; a quote out of place is reported, the rest read as it can be."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(enumerate(reader, start=1)), []
    except csv.Error as error:
        expected = "every quote closed, and doubled inside a quoted cell"
        fault = Fault.at(file, str(error), expected, row=reader.line_num)
        return list(enumerate(csv.reader(io.StringIO(text, newline="")), start=1)), [fault]


def _column_at(raw: bytes, line: bytes, at: int) -> str:
    names = raw.split(b"\n", 1)[0].decode("utf-8", errors="replace").strip().split(",")
    before = next(csv.reader([line[:at].decode("utf-8", errors="replace")]), [""])
    return names[len(before) - 1] if len(before) <= len(names) else ""


def _header(file: str, header: list[str], schema: TableSchema) -> list[Fault]:
    faults = [
        Fault.at(file, f"unknown column {name!r}", nearest(name, schema.field_names), row=1, column=name)
        for name in header
        if name not in schema.field_names
    ]
    faults += [
        Fault.at(file, f"column {name!r} twice", "each column once", row=1, column=name)
        for name in schema.field_names
        if header.count(name) > 1
    ]
    faults += [
        Fault.at(file, "no such column", "every column of the schema", row=1, column=name)
        for name in schema.field_names
        if name not in header
    ]
    return faults


def _frictionless(table: TextTable) -> list[Fault]:
    """What frictionless says of the text: types, constraints, duplicate keys.

    The rows are handed over as read above, so that one bad byte or quote does not hide the faults behind it.
    """
    from frictionless import Resource, Schema

    columns = [name for name in table.schema.field_names if name in table.header]
    if not columns or not table.rows:
        return []
    at = [table.header.index(name) for name in columns]
    fields = {field.name: field for field in table.schema.fields}
    key = list(table.schema.primary_key) if table.has(*table.schema.primary_key) else []
    descriptor: dict[str, Any] = {
        "fields": [
            {"name": name, "type": fields[name].type, "constraints": dict(fields[name].constraints)}
            for name in columns
        ],
        "missingValues": [""],
        "primaryKey": key,
    }
    data = [columns, *([cells[i] for i in at] for _, cells in table.rows)]
    try:
        resource = Resource(data=data, schema=Schema.from_descriptor(descriptor))
        report = resource.validate(limit_errors=1_000_000)
    except Exception as error:  # frictionless wraps whatever a schema makes it fail on
        return [Fault.at(f"schemas/{table.schema.name}.json", str(error), "a schema that frictionless reads")]
    faults: list[Fault] = []
    for kind, row, name, cell, note, cells in report.flatten(
        ["type", "rowNumber", "fieldName", "cell", "note", "cells"]
    ):
        number = table.rows[row - 2][0] if row else None
        if kind == "primary-key":
            found = f"key {'|'.join(str(cells[columns.index(part)]) for part in key)!r} again"
            faults.append(Fault.at(table.file, found, "each key once", row=number, column=",".join(key)))
        elif name:
            faults.append(_cell_fault(table.file, fields[name], number, str(cell), note=f"{kind}: {note}"))
        else:
            faults.append(Fault.at(table.file, str(note), str(kind), row=number))
    return faults


def _cell_fault(file: str, field: FieldSchema, row: int | None, cell: str, *, note: str) -> Fault:
    """Put frictionless's note on one cell into found and expected."""
    if cell in ("", "None"):
        return Fault.at(file, "a blank", "a value: the column is required", row=row, column=field.name)
    if note.startswith("type-error"):
        unit = f" ({field.unit})" if field.unit else ""
        wanted = {
            "number": f"a number{unit}",
            "integer": f"a whole number{unit}",
            "date": "a date like 2025-01-31",
            "boolean": "true or false",
        }.get(field.type, field.type)
        return Fault.at(file, foreign_text(cell, field.type), wanted, row=row, column=field.name)
    rules = field.constraints
    if '"enum"' in note:
        wanted = nearest(cell, [str(value) for value in rules["enum"]])
    elif '"minimum"' in note or '"maximum"' in note:
        words = {"minimum": "not less than", "maximum": "not more than"}
        wanted = " and ".join(f"{said} {rules[name]}" for name, said in words.items() if name in rules)
    elif '"pattern"' in note:
        wanted = f"a text of the pattern {rules['pattern']}"
    else:
        wanted = note
    return Fault.at(file, repr(cell), wanted, row=row, column=field.name)


def _references(table: TextTable, tables: Mapping[str, TextTable]) -> list[Fault]:
    """Values that another table should have and has not."""
    faults: list[Fault] = []
    for key in table.schema.foreign_keys:
        parent = tables.get(key.table)
        if parent is None or not table.has(*key.fields) or not parent.has(*key.reference_fields):
            continue
        have = set(zip(*(parent.column(name) for name in key.reference_fields), strict=True))
        known = ["|".join(values) for values in have]
        values = zip(*(table.column(name) for name in key.fields), strict=True)
        for (number, _), value in zip(table.rows, values, strict=True):
            if value not in have and any(value):
                text = "|".join(value)
                expected = f"a key of table {key.table}: {nearest(text, known)}"
                faults.append(
                    Fault.at(table.file, repr(text), expected, row=number, column=",".join(key.fields))
                )
    return faults


def _cells(cells: TextTable, tables: Mapping[str, TextTable]) -> list[Fault]:
    """Rows of cells.csv that point at nothing."""
    if not cells.has("table", "key", "field"):
        return []
    faults: list[Fault] = []
    keys: dict[str, set[str]] = {}
    named = zip(cells.column("table"), cells.column("key"), cells.column("field"), strict=True)
    for (number, _), (name, key, field) in zip(cells.rows, named, strict=True):
        if name not in tables:
            faults.append(
                Fault.at(
                    cells.file, repr(name), f"a table: {nearest(name, tables)}", row=number, column="table"
                )
            )
            continue
        target = tables[name]
        if field not in target.header:
            faults.append(
                Fault.at(
                    cells.file,
                    repr(field),
                    f"a column of {name}: {nearest(field, target.header)}",
                    row=number,
                    column="field",
                )
            )
        primary = [part for part in target.schema.primary_key if part in target.header]
        if name not in keys:
            keys[name] = {
                "|".join(values) for values in zip(*(target.column(p) for p in primary), strict=True)
            }
        if key not in keys[name]:
            faults.append(
                Fault.at(
                    cells.file,
                    repr(key),
                    f"a key of {name}: {nearest(key, keys[name])}",
                    row=number,
                    column="key",
                )
            )
    return faults


def _documents(root: Path, checks: Mapping[str, DocumentCheck]) -> list[Fault]:
    faults: list[Fault] = []
    for kind in DOCUMENT_KINDS:
        for path in sorted((root / kind).glob("*.toml")):
            file = f"{kind}/{path.name}"
            try:
                content = tomllib.loads(path.read_bytes().decode("utf-8"))
            except UnicodeDecodeError as error:
                faults.append(
                    Fault.at(file, f"byte 0x{error.object[error.start]:02x}", "a file saved as UTF-8")
                )
                continue
            except tomllib.TOMLDecodeError as error:
                faults.append(Fault.at(file, str(error), "TOML"))
                continue
            if kind in checks:
                faults += checks[kind](file, content)
    return faults
