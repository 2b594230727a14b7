"""Tables as Parquet files, through DuckDB: typed by the schema, the same bytes for the same table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ytterby.world.canonical import cell_text
from ytterby.world.errors import Fault, InputError
from ytterby.world.schema import TableSchema

SQL_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
"""DuckDB type of each schema type."""


def write_parquet(frame: pd.DataFrame, path: Path, types: Mapping[str, str] | None = None) -> None:
    """Write any table as one Parquet file; ``types`` gives schema types by column, else the frame's own are
    taken.

    Blank texts become NULL. The file is written where it is told: callers write beside and rename.
    """
    kinds = dict(types) if types is not None else {str(name): _kind(frame[name]) for name in frame.columns}
    columns = {name: _values(frame[name], kind) for name, kind in kinds.items()}
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        fields = ", ".join(f"{_quoted(name)} {SQL_TYPES[kind]}" for name, kind in kinds.items())
        connection.execute(f"CREATE TABLE t ({fields})")
        if len(frame):
            held = pd.DataFrame(columns)
            connection.register("held", held)
            picks = ", ".join(f"CAST({_quoted(name)} AS {SQL_TYPES[kind]})" for name, kind in kinds.items())
            connection.execute(f"INSERT INTO t SELECT {picks} FROM held")
        connection.execute("COPY t TO ? (FORMAT parquet, COMPRESSION zstd)", [str(path)])


def read_parquet(path: Path) -> pd.DataFrame:
    """Read one Parquet file: texts with "" for NULL, whole numbers as Int64, dates as datetime64."""
    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            result = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
            names = [item[0] for item in result.description]
            kinds = [str(item[1]).upper() for item in result.description]
            rows = result.fetchall()
    except duckdb.Error as error:
        raise InputError("table cannot be read", [Fault.at(str(path), str(error).strip(), "a Parquet file")]) from error
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return pd.DataFrame(
        {name: _typed(list(values), kind) for name, values, kind in zip(names, columns, kinds, strict=True)}
    )


def _typed(values: list[Any], kind: str) -> pd.Series:
    if kind in ("VARCHAR", "STRING"):
        return pd.Series(["" if value is None else value for value in values], dtype=str)
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        return pd.Series([float("nan") if value is None else float(value) for value in values], dtype="float64")
    if "INT" in kind:
        return pd.Series(values, dtype="Int64")
    if kind.startswith("BOOL"):
        return pd.Series(values, dtype="boolean")
    if kind.startswith(("DATE", "TIMESTAMP")):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)))
    return pd.Series([str(value) for value in values], dtype=str)


def schema_types(schema: TableSchema) -> dict[str, str]:
    """Schema types by column."""
    return {field.name: "integer" if field.type == "year" else field.type for field in schema.fields}


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "integer"
    if pd.api.types.is_float_dtype(column.dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "date"
    return "string"


def _values(column: pd.Series, kind: str) -> Any:
    if kind == "number":
        return column.astype("float64").to_numpy()
    if kind == "date":
        return column.astype("datetime64[us]").to_numpy()
    if kind == "string":
        texts = [None if not cell_text(value) else str(value) for value in column.tolist()]
        return pd.Series(texts, dtype=object)
    return pd.Series([None if pd.isna(value) else value for value in column.tolist()], dtype=object)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
