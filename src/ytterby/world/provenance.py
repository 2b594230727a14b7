"""Says who? The source behind any number of a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ytterby.world.bands import band_of, key_texts, uncertain_fields
from ytterby.world.canonical import cell_text
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Band

if TYPE_CHECKING:
    from ytterby.world.load import World

ROW_UNIT = "as "
"""How the unit of a column begins that stands in another column of the row."""


@dataclass(frozen=True)
class Provenance:
    """One cell of a world and who says so."""

    table: str
    key: str
    field: str
    value: str
    """The cell's canonical text; blank where it is unknown."""
    unit: str
    source: str
    """Key in the sources table."""
    confidence: str
    """A official, B secondary, C derived, D assumed: of this number, not of the source as a whole."""
    note: str
    """The derivation (C), the reason (D), or what to mind."""
    given_by: str
    """``cell`` where cells.csv names the source of this very cell, else ``row``."""
    title: str
    publisher: str
    year: str
    address: str
    licence: str
    band: Band | None
    """Low and high with their basis, for a number that is not exact."""


def source_of(world: World, table: str, key: str, field: str) -> Provenance:
    """Return who says so; raises UnknownNameError for a table, key or field that is not there."""
    schema = world.schema(table)
    column = schema.field(field)
    frame = world.table(table)
    keys = key_texts(frame, schema)
    rows = frame[keys.eq(key)]
    if rows.empty:
        raise UnknownNameError(f"key of table {table}", key, keys)
    row: dict[Any, Any] = rows.iloc[0].to_dict()
    source, confidence, note = (str(row.get(name, "")) for name in ("source", "confidence", "note"))
    given_by = "row"
    if "cells" in world.schemas:
        cells = world.table("cells")
        own = cells[cells["table"].eq(table) & cells["key"].eq(key) & cells["field"].eq(field)]
        if not own.empty and own.iloc[0]["source"]:
            cell = own.iloc[0]
            source, confidence, note = str(cell["source"]), str(cell["confidence"]), str(cell["derivation"])
            given_by = "cell"
    about: dict[Any, Any] = {}
    if "sources" in world.schemas:
        sources = world.table("sources")
        match = sources[sources["source"].eq(source)]
        about = match.iloc[0].to_dict() if len(match) else {}
    return Provenance(
        table=table,
        key=key,
        field=field,
        value=cell_text(row[field]),
        unit=_unit(column.unit, row),
        source=source,
        confidence=confidence,
        note=note,
        given_by=given_by,
        title=str(about.get("title", "")),
        publisher=str(about.get("publisher", "")),
        year=str(about.get("year", "")),
        address=str(about.get("address", "")),
        licence=str(about.get("licence", "")),
        band=band_of(world, table, key, field) if column in uncertain_fields(schema) else None,
    )


def _unit(unit: str, row: dict[Any, Any]) -> str:
    """Unit of a number; ``as COLUMN`` in a schema means the row's own text there."""
    column = unit.removeprefix(ROW_UNIT)
    return str(row.get(column, unit)) if column != unit else unit
