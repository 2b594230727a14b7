"""Rows of a world's tables for ``ytterby world show``: the list of tables, and the rows that conditions pick."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ytterby.cli.console import print_json, print_table
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.world import World


def list_tables(world: World, as_json: bool) -> None:
    """Print the tables of a world with their rows and titles."""
    import pandas as pd

    listed = pd.DataFrame(
        [
            {"table": name, "rows": len(world.table(name)), "title": world.schema(name).title}
            for name in world.table_names
        ]
    )
    if as_json:
        print_json({"world": world.title, "hash": world.hash, "tables": listed})
    else:
        print_table(listed, title=world.title)


def rows_where(world: World, table: str, conditions: list[str]) -> pd.DataFrame:
    """Return the rows that meet all conditions ``FIELD=VALUE``; raises InputError for what does not read."""
    from ytterby.world.canonical import canonical_cell
    from ytterby.world.selection import select

    schema, frame = world.schema(table), world.table(table)
    wanted: dict[str, Any] = {}
    for condition in conditions:
        name, sign, text = condition.partition("=")
        if not sign:
            raise InputError("condition does not read", [Fault("--where", repr(condition), "FIELD=VALUE")])
        field = schema.field(name.strip())
        value: Any = canonical_cell(text, field.type)
        if value and field.type in ("number", "integer"):
            try:
                value = float(value)
            except ValueError:
                value = math.nan
        elif field.type == "boolean" and value in ("true", "false"):
            value = value == "true"
        wanted[field.name] = value
    mask, faults = select(frame, schema, wanted)
    if faults:
        raise InputError("no such rows", [Fault(f"--where {column}".strip(), f, e) for f, e, column in faults])
    return frame[mask]
