"""Bills of materials from CSV, Excel, Parquet, JSON and material declarations in XML; the shipped example."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.bom.declarations import read_declaration
from ytterby.rules.bom.excel import read_excel
from ytterby.rules.bom.lines import Bom, bom_of_frame
from ytterby.rules.bom.sidecar import with_added
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import SHIPPED

if TYPE_CHECKING:
    from ytterby.world import World

EXAMPLE = SHIPPED / "examples" / "drive-unit.csv"
MOST_ROWS = 20_000_000
"""More lines than this are not read into memory."""
MOST_JSON_BYTES = 200_000_000
COMPLETE = "declaration-complete-share"
"""Row of model_settings: share of a material's mass from which its declaration counts as complete."""


def rates(world: World) -> Mapping[str, float]:
    """USD per unit of each currency: the newest annual mean of the table fx."""
    newest = world.table("fx").sort_values(["currency", "year"]).groupby("currency").tail(1)
    return {str(c): float(v) for c, v in zip(newest["currency"], newest["usd_per_unit"], strict=True)}


def read_bom(path: str | Path, world: World, added: Sequence[Path] = ()) -> Bom:
    """Read a bill of materials by its file's ending: csv, xlsx, parquet, json, xml (IPC-1752 or IEC 62474).

    ``added``: tables that describe its parts by their numbers, such as the prices and origins that a declaration lacks.
    Raises InputError with every fault: encoding, formula cells, merged cells, columns, numbers, circles.
    """
    path = Path(path)
    if path.suffix.lower() == ".xml" and path.is_file():
        settings = world.table("model_settings").set_index("setting")["value"]
        lines = read_declaration(path, float(settings[COMPLETE]))
    else:
        lines = read_lines(path)
    for table in added:
        lines = with_added(lines, read_lines(table), table.name)
    return bom_of_frame(lines, rates(world), path.name)


def example(world: World) -> Bom:
    """The shipped example: an electric car's drive unit, five levels."""
    return read_bom(EXAMPLE, world)


def read_lines(path: Path) -> pd.DataFrame:
    """Lines of a bill of materials, as they stand in the file."""
    readers = {".csv": _csv, ".xlsx": read_excel, ".parquet": _parquet, ".json": _json}
    if path.suffix.lower() not in readers:
        kinds = ", ".join((*readers, ".xml"))
        raise InputError("file type is not known", [Fault(str(path), path.suffix or "no ending", kinds)])
    if not path.is_file():
        raise InputError("file is not there", [Fault(str(path), "no file", "a bill of materials")])
    return readers[path.suffix.lower()](path)


def _csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return pd.read_csv(file, dtype=str, keep_default_na=False, low_memory=False)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        found = f"byte {error.object[error.start]:#04x}"
        raise InputError(
            "text is not UTF-8",
            [Fault(f"{path.name}, about line {line}", found, "UTF-8: save the file again as such")],
        ) from error
    except (ValueError, pd.errors.ParserError) as error:
        raise InputError(
            "lines cannot be read", [Fault(path.name, str(error), "a CSV table with one header")]
        ) from error


def _parquet(path: Path) -> pd.DataFrame:
    import duckdb

    try:
        with duckdb.connect() as database:
            counted = database.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]).fetchall()
            rows = int(counted[0][0] or 0)
            if rows > MOST_ROWS:
                raise InputError("too many lines", [Fault(path.name, f"{rows:,} rows", f"at most {MOST_ROWS:,}")])
            frame: pd.DataFrame = database.read_parquet(str(path)).df()
    except duckdb.Error as error:
        raise InputError("lines cannot be read", [Fault(path.name, str(error)[:200], "a Parquet file")]) from error
    return frame


def _json(path: Path) -> pd.DataFrame:
    """Lines as a list of objects, alone or under ``lines``."""
    if path.stat().st_size > MOST_JSON_BYTES:
        raise InputError(
            "file is too large", [Fault(path.name, f"{path.stat().st_size} bytes", f"at most {MOST_JSON_BYTES}")]
        )
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError as error:
        raise InputError("JSON is nested too deep", [Fault(path.name, "a deep nest", "a list of lines")]) from error
    except ValueError as error:
        raise InputError("file is no JSON", [Fault(path.name, str(error), "UTF-8 JSON")]) from error
    lines = raw.get("lines") if isinstance(raw, dict) else raw
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise InputError("JSON holds no lines", [Fault(path.name, type(raw).__name__, "a list of objects, or lines")])
    faults = [
        Fault(f"{path.name}, line {n}, {key}", type(value).__name__, "a text, a number or true and false")
        for n, line in enumerate(lines, 1)
        for key, value in line.items()
        if isinstance(value, dict | list)
    ]
    if faults:
        raise InputError("lines are nested", faults[:20])
    return pd.DataFrame(lines).map(lambda v: "" if v is None else v) if lines else pd.DataFrame()
