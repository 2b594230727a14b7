"""Table schemas: written once as JSON beside the tables, read here, used by loading, checks, docs and tooltips."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ytterby.world.errors import UnknownNameError


@dataclass(frozen=True)
class FieldSchema:
    """One column."""

    name: str
    type: str
    """Frictionless type: string, number, integer, boolean, date."""
    title: str
    unit: str
    """Unit text, empty where the field has none."""
    description: str
    constraints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must stand in another table."""

    fields: tuple[str, ...]
    table: str
    reference_fields: tuple[str, ...]


@dataclass(frozen=True)
class TableSchema:
    """One table: its fields in order, its key, its references."""

    name: str
    title: str
    description: str
    fields: tuple[FieldSchema, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def field_names(self) -> list[str]:
        """Column names in the table's order."""
        return [f.name for f in self.fields]

    def field(self, name: str) -> FieldSchema:
        """Return one column's schema; raises UnknownNameError with near matches."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise UnknownNameError(f"field of table {self.name}", name, self.field_names)


def read_schema(path: Path) -> TableSchema:
    """Read one ``schemas/<table>.json`` (a Frictionless Table Schema with a title, units and descriptions)."""
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    key = raw.get("primaryKey", [])
    return TableSchema(
        name=path.stem,
        title=raw.get("title", path.stem),
        description=raw.get("description", ""),
        fields=tuple(
            FieldSchema(
                name=f["name"],
                type=f["type"],
                title=f.get("title", f["name"]),
                unit=f.get("unit", ""),
                description=f.get("description", ""),
                constraints=f.get("constraints", {}),
            )
            for f in raw["fields"]
        ),
        primary_key=tuple([key] if isinstance(key, str) else key),
        foreign_keys=tuple(_foreign_key(path.stem, fk) for fk in raw.get("foreignKeys", [])),
    )


def _foreign_key(table: str, raw: Mapping[str, Any]) -> ForeignKey:
    def listed(value: str | list[str]) -> tuple[str, ...]:
        return (value,) if isinstance(value, str) else tuple(value)

    reference = raw["reference"]
    return ForeignKey(
        fields=listed(raw["fields"]),
        table=reference["resource"] or table,
        reference_fields=listed(reference["fields"]),
    )
