"""Bills of materials from CSV, Excel, Parquet and IEC 62474 XML; the shipped example."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.bom.iec62474 import read_iec62474
from ytterby.rules.bom.lines import Bom, bom_of_frame
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import SHIPPED

if TYPE_CHECKING:
    from ytterby.world import World

EXAMPLE = SHIPPED / "examples" / "drive-unit.csv"
MOST_EXCEL_BYTES = 50_000_000
MOST_FAULTS = 20


def rates(world: World) -> Mapping[str, float]:
    """USD per unit of each currency: the newest annual mean of the table fx."""
    newest = world.table("fx").sort_values(["currency", "year"]).groupby("currency").tail(1)
    return {str(c): float(v) for c, v in zip(newest["currency"], newest["usd_per_unit"], strict=True)}


def read_bom(path: str | Path, world: World) -> Bom:
    """Read a bill of materials by its file's ending: csv, xlsx, parquet, xml (IEC 62474).

    Raises InputError with every fault: encoding, formula cells, merged cells, columns, numbers, circles.
    """
    return bom_of_frame(read_lines(Path(path)), rates(world), Path(path).name)


def example(world: World) -> Bom:
    """The shipped example: an electric car's drive unit, five levels."""
    return read_bom(EXAMPLE, world)


def read_lines(path: Path) -> pd.DataFrame:
    """Lines of a bill of materials, as they stand in the file."""
    readers = {".csv": _csv, ".xlsx": _excel, ".parquet": _parquet, ".xml": read_iec62474}
    if path.suffix.lower() not in readers:
        raise InputError("file type is not known", [Fault(str(path), path.suffix or "no ending", ", ".join(readers))])
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
        frame: pd.DataFrame = duckdb.read_parquet(str(path)).df()
    except duckdb.Error as error:
        raise InputError("lines cannot be read", [Fault(path.name, str(error)[:200], "a Parquet file")]) from error
    return frame


def _excel(path: Path) -> pd.DataFrame:
    import zipfile

    import openpyxl

    if path.stat().st_size > MOST_EXCEL_BYTES:
        raise InputError(
            "workbook is too large",
            [
                Fault(
                    path.name,
                    f"{path.stat().st_size} bytes",
                    f"at most {MOST_EXCEL_BYTES}; use CSV or Parquet",
                )
            ],
        )
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > 20 * MOST_EXCEL_BYTES:
            raise InputError(
                "workbook unpacks to too much",
                [Fault(path.name, f"{size} bytes", f"at most {20 * MOST_EXCEL_BYTES}")],
            )
        sheet = openpyxl.load_workbook(path).worksheets[0]
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError("workbook cannot be read", [Fault(path.name, str(error), "an .xlsx workbook")]) from error
    faults = [
        Fault(f"{path.name}, {sheet.title}!{merged}", "merged cells", "one value in each cell")
        for merged in list(sheet.merged_cells.ranges)[:MOST_FAULTS]
    ]
    rows = []
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f" and len(faults) < MOST_FAULTS:
                faults.append(
                    Fault(
                        f"{path.name}, {sheet.title}!{cell.coordinate}",
                        str(cell.value)[:60],
                        "a value, not a formula",
                    )
                )
        rows.append(["" if cell.value is None else cell.value for cell in row])
    if faults:
        raise InputError("workbook has cells that cannot be taken as they are", faults)
    if not rows:
        raise InputError("workbook is empty", [Fault(path.name, "no rows", "a header and lines")])
    return pd.DataFrame(rows[1:], columns=[str(c).strip() for c in rows[0]], dtype=object)
