"""One value against one column of a schema: reading it as its type, and saying what is wrong with it."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

from ytterby.world.schema import FieldSchema

Scalar = str | bool | int | float | datetime.date


def typed_value(value: Any, field: FieldSchema) -> Any:
    """Return a value as the column holds it: float, int, bool, Timestamp or str; "" or None is a blank.

    Raises ValueError, whose text says what was expected.
    """
    import pandas as pd

    if value is None or value == "":
        return {"string": "", "number": math.nan, "date": pd.NaT}.get(field.type, pd.NA)
    if field.type == "string":
        if not isinstance(value, str):
            raise ValueError("a text in quotes")
        return value
    if field.type == "boolean":
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value
    if field.type == "date":
        if isinstance(value, str):
            try:
                value = datetime.date.fromisoformat(value)
            except ValueError:
                raise ValueError("a date like 2025-01-31") from None
        if not isinstance(value, datetime.date):
            raise ValueError("a date like 2025-01-31")
        return pd.Timestamp(value).normalize()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{'a whole number' if field.type != 'number' else 'a number'}{_unit(field)}")
    if field.type == "number":
        return float(value)
    if value != int(value):
        raise ValueError(f"a whole number{_unit(field)}")
    return int(value)


def is_blank(value: Any) -> bool:
    """Say whether a typed value is what a blank cell becomes."""
    if isinstance(value, str):
        return not value
    return value is None or str(value) in ("<NA>", "NaT", "nan")


def constraint_fault(value: Any, field: FieldSchema) -> str:
    """Say what a typed value should have been, where it breaks one of its column's constraints; else ""."""
    rules = field.constraints
    if is_blank(value):
        return "a value: the column is required" if rules.get("required") else ""
    if "enum" in rules and value not in rules["enum"]:
        return f"one of {', '.join(str(v) for v in rules['enum'])}"
    if "pattern" in rules and not re.fullmatch(str(rules["pattern"]), str(value)):
        return f"a text of the pattern {rules['pattern']}"
    for name, broken, words in (("minimum", -1, "not less than"), ("maximum", 1, "not more than")):
        if name not in rules:
            continue
        bound = typed_value(rules[name], field)
        if (value < bound and broken < 0) or (value > bound and broken > 0):
            return f"{words} {rules[name]}{_unit(field)}"
    return ""


def _unit(field: FieldSchema) -> str:
    return f" ({field.unit})" if field.unit else ""
