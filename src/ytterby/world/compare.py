"""What differs between two worlds, and how well one is sourced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ytterby.world.bands import key_texts
from ytterby.world.canonical import cell_text

if TYPE_CHECKING:
    from ytterby.world.load import World


@dataclass(frozen=True)
class Difference:
    """One row or cell that differs between two worlds."""

    table: str
    key: str
    what: str
    """``added``, ``removed`` or ``changed``."""
    field: str
    """Column that changed; blank for a whole row."""
    before: str
    after: str


def compare_worlds(before: World, after: World) -> list[Difference]:
    """Rows added, removed and changed, by table and key; data files by name."""
    found: list[Difference] = []
    for table in sorted({*before.table_names, *after.table_names}):
        found += _table(before, after, table)
    for kind in ("regimes", "circuits"):
        old, new = set(before.documents(kind)), set(after.documents(kind))
        for name in sorted(old | new):
            if name not in old or name not in new:
                found.append(Difference(kind, name, "added" if name in new else "removed", "", "", ""))
            elif before.document(kind, name) != after.document(kind, name):
                found.append(Difference(kind, name, "changed", "", "", ""))
    return found


def _rows(world: World, table: str) -> dict[str, dict[str, str]]:
    if table not in world.schemas:
        return {}
    schema, frame = world.schema(table), world.table(table)
    columns = {name: [cell_text(value) for value in frame[name].tolist()] for name in schema.field_names}
    keys = key_texts(frame, schema).tolist()
    rows: dict[str, dict[str, str]] = {}
    for i, key in enumerate(keys):
        text, number = str(key), 1
        while text in rows:
            number += 1
            text = f"{key} ({number})"
        rows[text] = {name: values[i] for name, values in columns.items()}
    return rows


def _table(before: World, after: World, table: str) -> list[Difference]:
    old, new = _rows(before, table), _rows(after, table)
    found: list[Difference] = []
    for key in sorted(old.keys() | new.keys()):
        if key not in old or key not in new:
            found.append(Difference(table, key, "added" if key in new else "removed", "", "", ""))
            continue
        fields = list(dict.fromkeys([*old[key], *new[key]]))
        found += [
            Difference(table, key, "changed", name, old[key].get(name, ""), new[key].get(name, ""))
            for name in fields
            if old[key].get(name, "") != new[key].get(name, "")
        ]
    return found


def coverage(world: World) -> pd.DataFrame:
    """How well each table is sourced: rows, rows by grade (A official, B secondary, C derived, D assumed),
    their shares.

    Columns: table, title, rows, A, B, C, D, share_sourced (A and B), share_assumed (D); the last row is the
    whole.
    """
    lines: list[dict[str, Any]] = []
    for name in world.table_names:
        if name == "sources":
            continue
        frame = world.table(name)
        grades = frame["confidence"] if "confidence" in frame else pd.Series("", index=frame.index)
        lines.append(
            {
                "table": name,
                "title": world.schema(name).title,
                "rows": len(frame),
                **{grade: int(grades.eq(grade).sum()) for grade in "ABCD"},
            }
        )
    table = pd.DataFrame(lines, columns=["table", "title", "rows", *"ABCD"])
    whole = {
        "table": "all",
        "title": "All tables",
        **{name: int(table[name].sum()) for name in ("rows", *"ABCD")},
    }
    table = pd.concat([table, pd.DataFrame([whole])], ignore_index=True)
    rows = table["rows"].where(table["rows"] > 0)
    table["share_sourced"] = (table["A"] + table["B"]) / rows
    table["share_assumed"] = table["D"] / rows
    return table
