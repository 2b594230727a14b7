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
    """Return every fault of one schema: fields without words, keys and references that lead nowhere, units."""
    file = f"schemas/{schema.name}.json"
    names = schema.field_names
    faults: list[Fault] = []

    def fault(found: str, expected: str, column: str = "") -> None:
        faults.append(Fault.at(file, found, expected, column=column))

    if not schema.description:
        fault("no description", "what a row of the table is")
    if not schema.primary_key:
        fault("no primaryKey", "the columns that tell rows apart")
    for name in schema.primary_key:
        if name not in names:
            fault(f"primary key {name!r}", nearest(name, names))
    for name in [name for name in set(names) if names.count(name) > 1]:
        fault("the field twice", "each field once", name)
    for field in schema.fields:
        if field.type not in TYPES:
            fault(f"type {field.type!r}", nearest(field.type, TYPES), field.name)
        if not field.description:
            fault("no description", "what the number or text means", field.name)
        if field.unit and not known_unit(field.unit):
            fault(f"unit {field.unit!r}", "a unit that world/units.py knows", field.name)
    for key in schema.foreign_keys:
        for name in key.fields:
            if name not in names:
                fault(f"foreign key {name!r}", nearest(name, names))
        if key.table not in schemas:
            fault(f"reference to table {key.table!r}", nearest(key.table, schemas), ",".join(key.fields))
        else:
            for name in key.reference_fields:
                if name not in schemas[key.table].field_names:
                    fault(f"reference to {key.table}.{name}", nearest(name, schemas[key.table].field_names))
    for rule in schema.sums:
        for name in (rule.field, *rule.group):
            if name not in names:
                fault(f"sum over {name!r}", nearest(name, names))
    if schema.name not in ("sources", "cells"):
        for name in SIGNED_BY:
            if name not in names:
                fault("no such field", "source, confidence and note in every table", name)
        if not any(key.fields == ("source",) and key.table == "sources" for key in schema.foreign_keys):
            fault("no foreign key from source", "a reference to sources.source", "source")
    return faults
