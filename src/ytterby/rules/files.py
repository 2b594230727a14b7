"""Shipments from files: one or several in TOML, many in CSV."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd

from ytterby.rules.shipment import Shipment, read_shipment
from ytterby.world.errors import Fault, InputError


def read_shipments(path: Path) -> list[Shipment]:
    """Shipments of a TOML file: the file is one shipment, or has tables ``[[shipments]]``.

    Raises InputError for a file that is not there, is no TOML, or does not fit the model.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError("file cannot be read", [Fault(str(path), str(error), "a TOML file")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("file is no TOML", [Fault(str(path), str(error), "UTF-8 TOML")]) from error
    several = raw.get("shipments")
    if several is None:
        return [read_shipment(raw, path.name)]
    return [read_shipment(one, f"{path.name}, shipment {n}") for n, one in enumerate(several, 1)]


def read_frame(path: Path) -> pd.DataFrame:
    """Shipments of a CSV file, columns as :mod:`ytterby.rules.frames` says; numbers are read as such."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError("file cannot be read", [Fault(str(path), str(error), "a UTF-8 CSV file")]) from error
    faults = []
    for column in frame.columns:
        if not (column.startswith(("measure:", "value_share"))):
            continue
        text = frame[column].where(frame[column].str.strip().ne(""))
        values = pd.to_numeric(text, errors="coerce")
        faults += [
            Fault(f"{path.name}, row {row + 2}, column {column}", repr(frame[column][row]), "a number")
            for row in frame.index[values.isna() & text.notna()][:20]
        ]
        frame[column] = values
    if faults:
        raise InputError("shipments have bad numbers", faults)
    return frame
