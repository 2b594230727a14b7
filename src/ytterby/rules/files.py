"""Shipments from files: one or several with their lot graphs in TOML or JSON, many as rows in CSV or Parquet."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ytterby.rules.frames import is_number_column
from ytterby.rules.shipment import Shipment, read_shipment
from ytterby.world.errors import Fault, InputError

ROWS = frozenset({".csv", ".parquet"})
"""Endings of files that hold one shipment a row."""
MOST_ROWS = 20_000_000
MOST_BYTES = 200_000_000


def read_shipments(path: Path) -> list[Shipment]:
    """Shipments of a TOML or JSON file: the file is one shipment, or has several under ``shipments`` (JSON: or is a
    list).

    Raises InputError for a file that is not there, cannot be parsed, or does not fit the model.
    """
    readers: Mapping[str, Callable[[str], Any]] = {".toml": tomllib.loads, ".json": json.loads}
    read = readers.get(path.suffix.lower())
    if read is None:
        kinds = ", ".join((*readers, *sorted(ROWS)))
        raise InputError("file type is not known", [Fault(str(path), path.suffix or "no ending", kinds)])
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                "file is too large", [Fault(path.name, f"over {MOST_BYTES} bytes", "rows in CSV or Parquet")]
            )
        raw = read(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError("file cannot be read", [Fault(str(path), str(error), "a TOML or JSON file")]) from error
    except RecursionError as error:
        raise InputError("file is nested too deep", [Fault(path.name, "a deep nest", "a shipment")]) from error
    except ValueError as error:
        raise InputError(
            "file cannot be parsed", [Fault(str(path), str(error), f"UTF-8 {path.suffix[1:].upper()}")]
        ) from error
    several = raw if isinstance(raw, list) else raw.get("shipments") if isinstance(raw, dict) else None
    if several is None:
        return [read_shipment(raw, path.name)]
    if not isinstance(several, list) or not several:
        raise InputError("file holds no shipments", [Fault(path.name, type(several).__name__, "a list of shipments")])
    return [read_shipment(one, f"{path.name}, shipment {n}") for n, one in enumerate(several, 1)]


def read_frame(path: Path) -> pd.DataFrame:
    """Shipments of a CSV or Parquet file, columns as :mod:`ytterby.rules.frames` says; numbers are read as such."""
    frame = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    faults = []
    for column in frame.columns:
        if not is_number_column(str(column)) or frame[column].dtype.kind in "fiu":
            continue
        text = frame[column].where(frame[column].fillna("").astype(str).str.strip().ne(""))
        values = pd.to_numeric(text, errors="coerce")
        faults += [
            Fault(f"{path.name}, row {row + 2}, column {column}", repr(frame[column].iloc[row]), "a number")
            for row in range(len(frame))
            if pd.isna(values.iloc[row]) and pd.notna(text.iloc[row])
        ][:20]
        frame[column] = values
    if faults:
        raise InputError("shipments have bad numbers", faults)
    return frame


def _csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return pd.read_csv(file, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError("file cannot be read", [Fault(str(path), str(error), "a UTF-8 CSV file")]) from error


def _parquet(path: Path) -> pd.DataFrame:
    import duckdb

    if not path.is_file():
        raise InputError("file is not there", [Fault(str(path), "no file", "a Parquet file")])
    try:
        with duckdb.connect() as database:
            counted = database.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]).fetchall()
            rows = int(counted[0][0] or 0)
            if rows > MOST_ROWS:
                raise InputError("too many shipments", [Fault(path.name, f"{rows:,} rows", f"at most {MOST_ROWS:,}")])
            frame: pd.DataFrame = database.read_parquet(str(path)).df()
    except duckdb.Error as error:
        raise InputError("file cannot be read", [Fault(path.name, str(error)[:200], "a Parquet file")]) from error
    return frame
