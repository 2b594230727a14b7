"""A second table that describes parts of a bill by their numbers: the prices and origins that declarations lack."""

from __future__ import annotations

import pandas as pd

from ytterby.world.errors import Fault, InputError

MOST_FAULTS = 50
LINES_ONLY = ("parent", "quantity", "quantity_unit")
"""Columns that belong to lines, not to parts."""


def with_added(lines: pd.DataFrame, added: pd.DataFrame, where: str) -> pd.DataFrame:
    """Lines in which the blanks of a part are filled from the row of the same ``part`` in ``added``.

    Raises InputError for a part that the bill does not have or that stands twice, a column of lines, and a cell that
    says something else than the bill.
    """
    faults = [Fault(f"{where}, header", c, "columns that describe parts") for c in LINES_ONLY if c in added.columns]
    if "part" not in added.columns:
        faults.append(Fault(f"{where}, header", "no column part", "the part numbers of the bill"))
    if faults:
        raise InputError("the table cannot be added", faults)
    result = lines.reset_index(drop=True).astype(object)
    numbers = [str(part).strip() for part in added["part"]]
    first: dict[str, int] = {}
    for line, part in enumerate(result["part"].astype(str).str.strip()):
        first.setdefault(part, line)
    repeated = pd.Series(numbers, dtype=object).duplicated()
    for row, number in enumerate(numbers):
        if (number not in first or repeated.iloc[row]) and len(faults) < MOST_FAULTS:
            expected = "a part of the bill" if number not in first else "each part once"
            faults.append(Fault(f"{where}, row {row + 2}, column part", repr(number), expected))
    for column in [c for c in added.columns if c != "part"]:
        told = result[column].tolist() if column in result.columns else [""] * len(result)
        for row, said in enumerate(added[column].tolist()):
            line = first.get(numbers[row], -1)
            if line < 0 or _blank(said):
                continue
            if _blank(told[line]):
                told[line] = said
            elif str(told[line]).strip() != str(said).strip() and len(faults) < MOST_FAULTS:
                expected = f"as in the bill: {told[line]!r}"
                faults.append(Fault(f"{where}, row {row + 2}, column {column}", repr(said), expected))
        result[column] = pd.Series(told, dtype=object)
    if faults:
        raise InputError("the table does not fit the bill", faults)
    return result


def _blank(cell: str | float | None) -> bool:
    return bool(pd.isna(cell)) or not str(cell).strip()
