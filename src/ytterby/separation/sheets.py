"""Tables of a designed circuit as an Excel book or as CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.separation.design import CircuitDesign


def design_tables(design: CircuitDesign, cut: str) -> dict[str, pd.DataFrame]:
    """Tables ``stages``, ``streams``, ``products`` and ``profile`` (of one cut)."""
    simulated = design.simulate()
    return {
        "stages": design.stage_table(),
        "streams": simulated.streams(),
        "products": simulated.products(),
        "profile": design.profile_table(cut),
    }


def write_tables(design: CircuitDesign, path: Path, cut: str) -> list[Path]:
    """Write the tables to one ``.xlsx`` book, or to ``<stem>-<table>.csv`` beside a ``.csv`` path.

    Returns the files written. Raises InputError for another ending or a folder that is not there.
    """
    faults = []
    if path.suffix not in (".xlsx", ".csv"):
        faults.append(Fault("table", path.name, "a name that ends in .xlsx or .csv"))
    if not path.parent.is_dir():
        faults.append(Fault("table", str(path.parent), "a folder that exists"))
    if faults:
        raise InputError("tables cannot be written", faults)
    frames = design_tables(design, cut)
    if path.suffix == ".xlsx":
        with pd.ExcelWriter(path, engine="xlsxwriter") as book:
            for name, frame in frames.items():
                frame.to_excel(book, sheet_name=name, index=False)
        return [path]
    written = []
    for name, frame in frames.items():
        written.append(path.with_name(f"{path.stem}-{name}.csv"))
        frame.to_csv(written[-1], index=False, lineterminator="\n")
    return written
