"""Putting a world folder into canonical form: every table, and ``datapackage.json`` from the schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ytterby.world.canonical import canonical_text
from ytterby.world.errors import Fault, InputError
from ytterby.world.folder import write_text
from ytterby.world.schema import TableSchema, read_schema

PACKAGE_FILE = "datapackage.json"


def format_world(root: Path, *, write: bool = True) -> tuple[list[str], list[Fault]]:
    """Put a world's files into canonical form; returns the files that were (or would be) changed, and what
    could not be.

    Cells that do not fit their type are left alone: the check reports them. Running it twice changes nothing.
    """
    changed: list[str] = []
    faults: list[Fault] = []
    schemas: list[TableSchema] = []
    for schema_path in sorted((root / "schemas").glob("*.json")):
        try:
            schema = read_schema(schema_path)
        except InputError as error:
            faults += error.faults
            continue
        schemas.append(schema)
        file = f"tables/{schema.name}.csv"
        path = root / file
        if not path.is_file():
            faults.append(Fault.at(file, "no such file", "the table that schemas/ describes"))
            continue
        raw = path.read_bytes()
        try:
            tidy = canonical_text(raw.decode("utf-8"), schema, file).encode("utf-8")
        except UnicodeDecodeError as error:
            faults.append(Fault.at(file, f"byte {raw[error.start : error.start + 1]!r} at {error.start}", "UTF-8"))
            continue
        except InputError as error:
            faults += error.faults
            continue
        if tidy != raw:
            changed.append(file)
            if write:
                write_text(path, tidy.decode("utf-8"))
    package = package_text(root, schemas)
    package_path = root / PACKAGE_FILE
    if not package_path.is_file() or package_path.read_bytes() != package.encode("utf-8"):
        changed.append(PACKAGE_FILE)
        if write:
            write_text(package_path, package)
    return changed, faults


def package_text(root: Path, schemas: list[TableSchema]) -> str:
    """Text of ``datapackage.json``: its own heading kept, one resource for each schema."""
    heading: dict[str, Any] = {"name": "ytterby-world", "title": root.name}
    path = root / PACKAGE_FILE
    if path.is_file():
        try:
            heading = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError("datapackage.json cannot be read", [Fault(str(path), str(error), "JSON")]) from error
    heading.pop("resources", None)
    resources = [
        {
            "name": schema.name,
            "type": "table",
            "title": schema.title,
            "description": schema.description,
            "path": f"tables/{schema.name}.csv",
            "scheme": "file",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": f"schemas/{schema.name}.json",
        }
        for schema in sorted(schemas, key=lambda s: s.name)
    ]
    return json.dumps({**heading, "resources": resources}, ensure_ascii=False, indent=2) + "\n"
