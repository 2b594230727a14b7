"""Checking a world: every fault in one run, each with file, row, column, what was found, what would do.

Frictionless reads each table alone, on the text as it stands; then come the keys between the tables, and what
a table schema cannot say: sums of shares, bands in order, reasons of assumptions, units, encodings.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ytterby.world.check_rules import foreign_text, rule_faults
from ytterby.world.check_schema import schema_faults
from ytterby.world.check_text import TextTable, read_text_table
from ytterby.world.errors import Fault, InputError, nearest
from ytterby.world.load import DOCUMENT_KINDS
from ytterby.world.schema import FieldSchema, TableSchema, read_schema

DocumentCheck = Callable[[str, Mapping[str, Any]], list[Fault]]
"""Given a file's name and its parsed content, what is wrong with it."""


def check_world(root: Path, documents: Mapping[str, DocumentCheck] | None = None) -> list[Fault]:
    """Return every fault of a world folder, in the order of its files; none: an empty list.

    ``documents`` gives, for ``regimes`` and ``circuits``, a function that checks one parsed data file.
    """
    faults: list[Fault] = []
    if not (root / "datapackage.json").is_file():
        faults.append(Fault.at("datapackage.json", "no such file", "a data package; `ytterby world fmt` writes one"))
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
        table, own = read_text_table(root, schema)
        faults += own
        if table is not None:
            tables[schema.name] = table
            faults += _frictionless(table)
            faults += rule_faults(table)
    for path in sorted((root / "tables").glob("*")):
        if path.suffix != ".csv" or path.stem not in schemas:
            faults.append(Fault.at(f"tables/{path.name}", "a file without a schema", f"schemas/{path.stem}.json"))
    for table in tables.values():
        faults += _references(table, tables)
    if "cells" in tables:
        faults += _cells(tables["cells"], tables)
    faults += _documents(root, documents or {})
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
            {"name": name, "type": fields[name].type, "constraints": dict(fields[name].constraints)} for name in columns
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
                faults.append(Fault.at(table.file, repr(text), expected, row=number, column=",".join(key.fields)))
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
                Fault.at(cells.file, repr(name), f"a table: {nearest(name, tables)}", row=number, column="table")
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
            keys[name] = {"|".join(values) for values in zip(*(target.column(p) for p in primary), strict=True)}
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
                faults.append(Fault.at(file, f"byte 0x{error.object[error.start]:02x}", "a file saved as UTF-8"))
                continue
            except tomllib.TOMLDecodeError as error:
                faults.append(Fault.at(file, str(error), "TOML"))
                continue
            if kind in checks:
                faults += checks[kind](file, content)
    return faults
