"""Which rows a condition means, which hold on a day, and how a dated row is split."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ytterby.world.canonical import cell_text
from ytterby.world.errors import nearest
from ytterby.world.schema import FieldSchema, TableSchema
from ytterby.world.typed import is_blank, typed_value

if TYPE_CHECKING:
    from ytterby.world.scenario import Condition

VALID = ("valid_from", "valid_to")
ONE_DAY = pd.Timedelta(days=1)


def on_day(frame: pd.DataFrame, day: datetime.date | str) -> pd.DataFrame:
    """Rows that hold on a day: ``valid_from <= day <= valid_to``, both days included, a blank end open.

    A table without these columns holds always.
    """
    date = pd.Timestamp(day)
    keep = pd.Series(True, index=frame.index)
    if VALID[0] in frame:
        keep &= frame[VALID[0]].isna() | (frame[VALID[0]] <= date)
    if VALID[1] in frame:
        keep &= frame[VALID[1]].isna() | (frame[VALID[1]] >= date)
    return frame[keep]


def select(
    frame: pd.DataFrame, schema: TableSchema, where: Mapping[str, Condition]
) -> tuple[pd.Series, list[tuple[str, str, str]]]:
    """Rows that answer to all conditions, and the faults (found, expected, column)."""
    mask = pd.Series(True, index=frame.index)
    faults: list[tuple[str, str, str]] = []
    for name, condition in where.items():
        if name not in schema.field_names:
            faults.append((f"unknown column {name!r} of table {schema.name}", nearest(name, schema.field_names), ""))
            continue
        column = schema.field(name)
        try:
            one = _answers(frame[name], column, condition)
        except ValueError as error:
            faults.append((f"where {name} = {_said(condition)}", str(error), name))
            continue
        if not one.any():
            faults.append((f"no row where {name} = {_said(condition)}", _near(frame[name], condition), name))
        mask &= one
    if not faults and not mask.any():
        said = " and ".join(f"{name} = {_said(condition)}" for name, condition in where.items()) or "anything"
        faults.append((f"no row of table {schema.name} where {said}", "conditions that hold together in a row", ""))
    return mask, faults


def _answers(values: pd.Series, column: FieldSchema, condition: Condition) -> pd.Series:
    if not isinstance(condition, str | bool | int | float | datetime.date | list):
        if column.type not in ("number", "integer", "date", "year"):
            raise ValueError("a value or a list: only numbers and dates have a span")
        mask = values.notna()
        if condition.min is not None:
            mask &= (values >= typed_value(condition.min, column)).fillna(False).astype(bool)
        if condition.max is not None:
            mask &= (values <= typed_value(condition.max, column)).fillna(False).astype(bool)
        return mask
    wanted = [typed_value(v, column) for v in (condition if isinstance(condition, list) else [condition])]
    full = [value for value in wanted if not is_blank(value)]
    mask = values.isin(full)
    if len(full) < len(wanted):
        mask |= values.isna() | values.astype(str).eq("")
    return mask.astype(bool)


def _said(condition: Any) -> str:
    if hasattr(condition, "min"):
        return f"{cell_text(condition.min) or '...'} to {cell_text(condition.max) or '...'}"
    if isinstance(condition, list):
        return " or ".join(repr(cell_text(v)) for v in condition)
    return repr(cell_text(condition))


def _near(values: pd.Series, condition: Any) -> str:
    if hasattr(condition, "min"):
        full = values.dropna()
        if full.empty:
            return "nothing: the column is blank"
        return f"values between {cell_text(full.min())} and {cell_text(full.max())}"
    first = condition[0] if isinstance(condition, list) and condition else condition
    return nearest(cell_text(first), {cell_text(v) for v in values.tolist()} - {""})


def days_of(schema: TableSchema) -> str:
    """How a table is dated: ``valid`` (valid_from, valid_to), ``date``, ``month``, ``year``, or not ("")."""
    names = schema.field_names
    if VALID[0] in names or VALID[1] in names:
        return "valid"
    return next((name for name in ("date", "month", "year") if name in names), "")


def split_at(
    frame: pd.DataFrame,
    mask: pd.Series,
    schema: TableSchema,
    start: datetime.date | None,
    end: datetime.date | None,
) -> tuple[pd.DataFrame, pd.Series]:
    """Cut the chosen rows at the ends of a window (both days included): returns the frame and which rows lie
    in it.

    Rows dated by valid_from/valid_to are split into before, within and after; rows of a year, a month or a
    date lie in the window or not (a year does if any of its days does).
    """
    how = days_of(schema)
    if how != "valid":
        return frame, mask & _in_window(frame[how], how, start, end)
    first = pd.Timestamp.min if start is None else pd.Timestamp(start)
    last = pd.Timestamp.max if end is None else pd.Timestamp(end)
    has_from, has_to = (name in schema.field_names for name in VALID)
    pieces: list[pd.DataFrame] = []
    chosen: list[bool] = []
    for position, (_, row) in enumerate(frame.iterrows()):
        line = frame.iloc[[position]]
        begin = row[VALID[0]] if has_from and not pd.isna(row[VALID[0]]) else pd.Timestamp.min
        stop = row[VALID[1]] if has_to and not pd.isna(row[VALID[1]]) else pd.Timestamp.max
        if not mask.iloc[position] or stop < first or begin > last:
            pieces.append(line)
            chosen.append(False)
            continue
        if begin < first:
            pieces.append(_dated(line, VALID[1], first - ONE_DAY))
            chosen.append(False)
            line = _dated(line, VALID[0], first)
        if stop > last:
            pieces.append(_dated(line, VALID[1], last))
            chosen.append(True)
            pieces.append(_dated(line, VALID[0], last + ONE_DAY))
            chosen.append(False)
            continue
        pieces.append(line)
        chosen.append(True)
    cut = pd.concat(pieces, ignore_index=True) if pieces else frame
    return cut, pd.Series(chosen, index=cut.index, dtype=bool)


def _dated(line: pd.DataFrame, column: str, day: pd.Timestamp) -> pd.DataFrame:
    if column not in line:
        return line
    line = line.copy()
    line[column] = pd.Series([day], index=line.index).astype(line[column].dtype)
    return line


def _in_window(values: pd.Series, how: str, start: datetime.date | None, end: datetime.date | None) -> pd.Series:
    inside = values.notna() & values.astype(str).ne("")
    if start is not None:
        low: Any = {"year": start.year, "month": start.isoformat()[:7], "date": pd.Timestamp(start)}[how]
        inside &= (values >= low).fillna(False).astype(bool)
    if end is not None:
        high: Any = {"year": end.year, "month": end.isoformat()[:7], "date": pd.Timestamp(end)}[how]
        inside &= (values <= high).fillna(False).astype(bool)
    return inside
