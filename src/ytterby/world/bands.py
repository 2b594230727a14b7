"""Bands: how uncertain each number is, and who says so.

The row's own low and high come first, then ``cells.csv``, then ``pedigree.csv``. A *triangular* or *uniform*
band has hard ends; a *lognormal* band's low and high are its 5th and 95th percentiles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ytterby.world.canonical import key_text
from ytterby.world.errors import UnknownNameError
from ytterby.world.schema import FieldSchema, TableSchema
from ytterby.world.terms import Band

if TYPE_CHECKING:
    from ytterby.world.load import World

COLUMNS = ["table", "key", "field", "point", "low", "high", "distribution", "basis"]
P95 = 1.6448536269514722
"""95th percentile of the standard normal distribution."""


def band_columns(schema: TableSchema) -> dict[str, tuple[str, str]]:
    """Columns that hold the low and high end of a column, by that column.

    ``x_low``/``x_high`` (or ``low_x``/``high_x``) belong to ``x``, else to the nearest number before them
    whose name begins with ``x``; plain ``low``/``high`` to ``value`` or ``point``, else to the nearest number
    before them that has their unit.
    """
    pairs = end_columns(schema)
    ends = {end for pair in pairs.values() for end in pair}
    numbers = [f.name for f in schema.fields if f.type == "number" and f.name not in (*ends, *schema.primary_key)]
    order = {name: position for position, name in enumerate(schema.field_names)}
    found: dict[str, tuple[str, str]] = {}
    units = {f.name: f.unit for f in schema.fields}
    for stem, pair in pairs.items():
        end = pair[0]
        near = [name for name in reversed(numbers) if order[name] < order[end]]
        alike = [name for name in near if units[name] == units[end]]
        before = [*alike, *(name for name in near if name not in alike)]
        named = [name for name in ((stem,) if stem else ("value", "point")) if name in numbers]
        begun = [name for name in before if not stem or name.startswith(f"{stem}_")]
        first = next((name for name in (*named, *begun) if name not in found), "")
        if not first and not stem and len(numbers) == 1:
            first = numbers[0]
        if first:
            found[first] = pair
    return found


def end_columns(schema: TableSchema) -> dict[str, tuple[str, str]]:
    """Pairs of columns that are a band's two ends, by what their names share; plain low and high by ""."""
    names = schema.field_names
    pairs: dict[str, tuple[str, str]] = {}
    for name in names:
        parts = name.split("_")
        high = "_".join("high" if part == "low" else part for part in parts)
        if parts.count("low") == 1 and high in names:
            pairs["_".join(part for part in parts if part != "low")] = (name, high)
    return pairs


def banded_fields(world: World, tables: Iterable[str] | None = None) -> pd.DataFrame:
    """Every number that is not exact, with its band and where the band comes from.

    Columns: table, key, field, point, low, high, distribution (``triangular``, ``uniform``, ``lognormal``),
    basis (``row``, ``cells`` or ``pedigree: ...``). One row per cell; without ``tables``, of all tables.
    Numbers that are part of a key, that a schema marks ``"exact": true`` or that count degrees of latitude
    and longitude have none. A blank number with a low and a high end has its middle as point.
    """
    names = list(tables) if tables is not None else [name for name in world.table_names if name not in UNBANDED]
    parts = [_table_bands(world, name) for name in names]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype="float64" if c in ("point", "low", "high") else str) for c in COLUMNS})
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def band_of(world: World, table: str, key: str, field: str) -> Band:
    """Return one number's band; raises UnknownNameError for what is not there.

    An exact number, and one without a stated spread, is its own low and high.
    """
    schema = world.schema(table)
    schema.field(field)
    frame = world.table(table)
    keys = key_texts(frame, schema)
    if key not in set(keys):
        raise UnknownNameError(f"key of table {table}", key, keys)
    banded = _table_bands(world, table)
    row = banded[banded["key"].eq(key) & banded["field"].eq(field)]
    if row.empty:
        point = float(frame.loc[keys.eq(key), field].iloc[0])
        return Band(point, point, point, "exact")
    found = row.iloc[0]
    return Band(float(found["point"]), float(found["low"]), float(found["high"]), str(found["basis"]))


UNBANDED = ("sources", "cells", "pedigree")
"""Tables that say how sure the others are; their own numbers are not sampled."""


def key_texts(frame: pd.DataFrame, schema: TableSchema) -> pd.Series:
    """Key text of every row: the values of the primary key joined by ``|``."""
    columns = [frame[name].tolist() for name in schema.primary_key]
    return pd.Series([key_text(values) for values in zip(*columns, strict=True)], index=frame.index, dtype=str)


def uncertain_fields(schema: TableSchema) -> list[FieldSchema]:
    """Columns whose numbers have a band: floats outside the key that are neither exact nor a band's end.

    Two ends without a number between them (days_low, days_high) are a band already, but not one that is
    sampled.
    """
    ends = {end for pair in end_columns(schema).values() for end in pair}
    return [
        f
        for f in schema.fields
        if f.type == "number"
        and f.name not in ends
        and f.name not in schema.primary_key
        and not f.exact
        and f.unit not in ("degrees", "degree", "°")
    ]


def _table_bands(world: World, table: str) -> pd.DataFrame:
    schema = world.schema(table)
    fields = uncertain_fields(schema)
    if not fields or not schema.primary_key:
        return pd.DataFrame(columns=COLUMNS)
    frame = world.table(table)
    keys = key_texts(frame, schema)
    cells = _cells(world, table)
    pedigree = _pedigree(world)
    ends = band_columns(schema)
    parts: list[pd.DataFrame] = []
    for column in fields:
        point = frame[column.name].astype("float64")
        part = pd.DataFrame({"table": table, "key": keys, "field": column.name, "point": point})
        blank = pd.Series(np.nan, index=frame.index)
        low, high = (
            frame[end].astype("float64") if ends.get(column.name) else blank for end in ends.get(column.name, ("", ""))
        )
        part["low"], part["high"] = low, high
        part["basis"] = np.where(low.notna() & high.notna(), "row", "")
        part["distribution"] = np.where(point.isna(), "uniform", "triangular")
        part["confidence"] = frame.get("confidence", "D")
        part["age"] = _ages(world, frame)
        if len(cells):
            _take_cells(part, cells[cells["field"] == column.name])
        middle = part["point"].isna() & part["low"].notna() & part["high"].notna()
        part.loc[middle, "point"] = (part["low"] + part["high"])[middle] / 2
        _take_pedigree(part, column, pedigree)
        parts.append(part[part["point"].notna() & part["basis"].ne("")])
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _cells(world: World, table: str) -> pd.DataFrame:
    if "cells" not in world.schemas or table in UNBANDED:
        return pd.DataFrame()
    cells = world.table("cells")
    return cells[cells["table"] == table]


def _take_cells(part: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Let the cells' own confidence, and their band where they have one, stand above the row's."""
    own = cells.drop_duplicates("key").set_index("key").reindex(part["key"]).set_index(part.index)
    part["confidence"] = own["confidence"].where(own["confidence"].fillna("").ne(""), part["confidence"])
    banded = own["low"].notna() & own["high"].notna()
    for name in ("low", "high"):
        part[name] = part[name].where(~banded, own[name])
    part["basis"] = part["basis"].where(~banded, "cells")
    shaped = banded & own["distribution"].fillna("").ne("")
    part["distribution"] = part["distribution"].where(~shaped, own["distribution"])


def kind_of(column: FieldSchema) -> str:
    """Kind of number for the pedigree: stated in the schema (``"kind"``), else told from the unit."""
    if column.kind:
        return column.kind
    unit = column.unit
    if re.search(r"USD|CNY|EUR|JPY|RUB|KZT", unit):
        return "price"
    if "%" in unit or unit in ("1", "share", "t/t", "kg/kg", "probability"):
        return "share"
    if re.fullmatch(r"(days?|h|hours?|months?|years?|a)", unit):
        return "time"
    return "quantity"


def _pedigree(world: World) -> dict[tuple[str, str], float]:
    if "pedigree" not in world.schemas:
        return {}
    table = world.table("pedigree")
    return {
        (str(f), str(v)): float(x)
        for f, v, x in zip(table["factor"], table["level"], table["variance_ln"], strict=True)
    }


def _ages(world: World, frame: pd.DataFrame) -> pd.Series:
    """Age class of each row: from its source to the base year; a row about a year of its own is current."""
    if "year" in frame or "date" in frame or "month" in frame or "sources" not in world.schemas or not world.base_year:
        return pd.Series("current", index=frame.index)
    if "source" not in frame:
        return pd.Series("unknown", index=frame.index)
    sources = world.table("sources")
    years = sources.set_index("source")["year"].str.extract(r"(\d{4})\D*$")[0].astype("float64")
    age = world.base_year - frame["source"].map(years)
    labels = np.select([age.isna(), age < 3, age < 6, age < 10, age < 15], ["unknown", *AGES[:4]], AGES[4])
    return pd.Series(labels, index=frame.index)


AGES = ("current", "under-6-years", "under-10-years", "under-15-years", "older")


def _take_pedigree(part: pd.DataFrame, column: FieldSchema, pedigree: dict[tuple[str, str], float]) -> None:
    """Fill what is still open from the pedigree: variances of the logarithm add up; bounds hold."""
    open_ = part["basis"].eq("") & part["point"].notna()
    if not pedigree or not open_.any():
        return
    kind = kind_of(column)
    labels = list(zip(part["confidence"].tolist(), part["age"].tolist(), strict=True))
    variance = np.array(
        [
            pedigree.get(("kind", kind), 0.0)
            + pedigree.get(("confidence", str(confidence)), 0.0)
            + pedigree.get(("age", str(age)), 0.0)
            for confidence, age in labels
        ]
    )
    open_ &= variance > 0
    point = part["point"].to_numpy(dtype=float)
    factor = np.exp(P95 * np.sqrt(variance))
    bottom, top = (float(column.constraints.get(name, end)) for name, end in BOUNDS)
    part["low"] = part["low"].where(~open_, np.maximum(np.minimum(point / factor, point * factor), bottom))
    part["high"] = part["high"].where(~open_, np.minimum(np.maximum(point / factor, point * factor), top))
    part["distribution"] = part["distribution"].where(~open_, "lognormal")
    words = pd.Series([f"pedigree: {kind}, {grade}, {age}" for grade, age in labels], index=part.index)
    part["basis"] = part["basis"].where(~open_, words)


BOUNDS = (("minimum", -math.inf), ("maximum", math.inf))
