"""What is wrong with a table's schema, before any row is read."""

from __future__ import annotations

from collections.abc import Mapping

from ytterby.world.errors import Fault, nearest
from ytterby.world.schema import TableSchema
from ytterby.world.units import known_unit

TYPES = ("string", "number", "integer", "boolean", "date")
SIGNED_BY = ("source", "confidence", "note")
"""Columns in which each row says who says so; ``sources`` says it of itself, ``cells`` has a derivation."""


def schema_faults(schema: TableSchema, schemas: Mapping[str, TableSchema]) -> list[Fault]:
    """Return every fault of one schema: fields without words, keys that lead nowhere, unknown units."""
    faults: list[Fault] = []
    if not schema.description:
        faults.append(_fault(schema, "no description", "what a row of the table is"))
    if not schema.primary_key:
        faults.append(_fault(schema, "no primaryKey", "the columns that tell rows apart"))
    used = [("primary key", name) for name in schema.primary_key]
    used += [("foreign key", name) for key in schema.foreign_keys for name in key.fields]
    used += [("sum over", name) for rule in schema.sums for name in (rule.field, *rule.group)]
    faults += [
        _fault(schema, f"{what} {name!r}", nearest(name, schema.field_names))
        for what, name in used
        if name not in schema.field_names
    ]
    return [*faults, *_fields(schema), *_references(schema, schemas), *_signature(schema)]


def _fault(schema: TableSchema, found: str, expected: str, column: str = "") -> Fault:
    return Fault.at(f"schemas/{schema.name}.json", found, expected, column=column)


def _fields(schema: TableSchema) -> list[Fault]:
    names = schema.field_names
    faults = [
        _fault(schema, "the field twice", "each field once", name)
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    for field in schema.fields:
        if field.type not in TYPES:
            faults.append(_fault(schema, f"type {field.type!r}", nearest(field.type, TYPES), field.name))
        if not field.description:
            faults.append(_fault(schema, "no description", "what the number or text means", field.name))
        if field.unit and not known_unit(field.unit):
            faults.append(_fault(schema, f"unit {field.unit!r}", "a unit such as t, USD/t, t/year, %", field.name))
    return faults


def _references(schema: TableSchema, schemas: Mapping[str, TableSchema]) -> list[Fault]:
    faults: list[Fault] = []
    for key in schema.foreign_keys:
        if key.table not in schemas:
            column = ",".join(key.fields)
            faults.append(_fault(schema, f"reference to table {key.table!r}", nearest(key.table, schemas), column))
            continue
        known = schemas[key.table].field_names
        faults += [
            _fault(schema, f"reference to {key.table}.{name}", nearest(name, known))
            for name in key.reference_fields
            if name not in known
        ]
    return faults


def _signature(schema: TableSchema) -> list[Fault]:
    """Each table says who says so, row by row."""
    if schema.name in ("sources", "cells"):
        return []
    expected = "source, confidence and note in every table"
    faults = [_fault(schema, "no such field", expected, name) for name in SIGNED_BY if name not in schema.field_names]
    if not any(key.fields == ("source",) and key.table == "sources" for key in schema.foreign_keys):
        faults.append(_fault(schema, "no foreign key from source", "a reference to sources.source", "source"))
    return faults
