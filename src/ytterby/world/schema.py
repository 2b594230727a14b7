"""Table schemas: written once as JSON beside the tables, read here, used by loading, checks, docs and
tooltips."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ytterby.world.errors import Fault, InputError, UnknownNameError


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
    kind: str = ""
    """Kind of number for the pedigree (price, share, time, quantity); empty: told from the unit."""
    exact: bool = False
    """Whether the number is exact by nature (a count, a code, a rate fixed by law) and has no band."""


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must stand in another table."""

    fields: tuple[str, ...]
    table: str
    reference_fields: tuple[str, ...]


@dataclass(frozen=True)
class SumRule:
    """A field that must add up over rows that share a group: shares of one whole.

    In the schema: ``"sums": [{"field": "share_pct", "group": ["ore"], "total": 100, "tolerance": 0.5}]``.
    Groups with a blank share are left out; with ``"most": true`` the sum may also be less, never more.
    """

    field: str
    group: tuple[str, ...]
    total: float
    tolerance: float
    most: bool = False


@dataclass(frozen=True)
class TableSchema:
    """One table: its fields in order, its key, its references."""

    name: str
    title: str
    description: str
    fields: tuple[FieldSchema, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    sums: tuple[SumRule, ...] = ()

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
    """Read one ``schemas/<table>.json`` (a Frictionless Table Schema with a title, units and descriptions).

    Raises InputError where it is not one.
    """
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return _schema(path.stem, raw)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"no {error}" if isinstance(error, KeyError) else str(error)
        fault = Fault.at(f"schemas/{path.name}", found, "a Frictionless Table Schema in JSON")
        raise InputError("schema cannot be read", [fault]) from error


def _schema(name: str, raw: Mapping[str, Any]) -> TableSchema:
    return TableSchema(
        name=name,
        title=raw.get("title", name),
        description=raw.get("description", ""),
        fields=tuple(
            FieldSchema(
                name=f["name"],
                type=f["type"],
                title=f.get("title", f["name"]),
                unit=f.get("unit", ""),
                description=f.get("description", ""),
                constraints=f.get("constraints", {}),
                kind=f.get("kind", ""),
                exact=bool(f.get("exact", False)),
            )
            for f in raw["fields"]
        ),
        primary_key=_listed(raw.get("primaryKey", [])),
        foreign_keys=tuple(_foreign_key(name, fk) for fk in raw.get("foreignKeys", [])),
        sums=tuple(
            SumRule(
                field=rule["field"],
                group=_listed(rule.get("group", [])),
                total=float(rule["total"]),
                tolerance=float(rule.get("tolerance", 0.0)),
                most=bool(rule.get("most", False)),
            )
            for rule in raw.get("sums", [])
        ),
    )


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _foreign_key(table: str, raw: Mapping[str, Any]) -> ForeignKey:
    reference = raw["reference"]
    return ForeignKey(
        fields=_listed(raw["fields"]),
        table=reference.get("resource") or table,
        reference_fields=_listed(reference["fields"]),
    )
