"""What a scenario leaves in cells.csv: the bands of the numbers that it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ytterby.world.bands import banded_fields
from ytterby.world.canonical import key_text
from ytterby.world.draft import Draft
from ytterby.world.schema import TableSchema
from ytterby.world.typed import is_blank

if TYPE_CHECKING:
    from ytterby.world.scenario import Change


def keys_of(frame: pd.DataFrame, schema: TableSchema) -> list[str]:
    """Key texts of a frame's rows."""
    return [key_text(values) for values in frame[list(schema.primary_key)].itertuples(index=False)]


def bands_before(draft: Draft, schema: TableSchema, rows: pd.DataFrame, fields: list[str]) -> dict[str, pd.DataFrame]:
    """Bands of the columns about to be scaled or shifted, so that the spread goes with the number."""
    if "cells" not in draft.world.schemas or not fields:
        return {}
    now = draft.world.with_tables(draft.tables)
    banded = banded_fields(now, [schema.name])
    banded = banded[banded["key"].isin(keys_of(rows, schema))]
    return {name: banded[banded["field"] == name].set_index("key") for name in fields}


def drop_cells(draft: Draft, schema: TableSchema, rows: pd.DataFrame, fields: list[str] | None) -> None:
    """Forget what cells.csv said about cells that are no longer what they were."""
    if "cells" not in draft.world.schemas or schema.name == "cells":
        return
    cells = draft.table("cells")
    stale = cells["table"].eq(schema.name) & cells["key"].isin(keys_of(rows, schema))
    if fields is not None:
        stale &= cells["field"].isin(fields)
    draft.tables["cells"] = cells[~stale].reset_index(drop=True)


def write_cells(
    draft: Draft,
    change: Change,
    schema: TableSchema,
    rows: pd.DataFrame,
    *,
    fields: list[str],
    carried: Mapping[str, pd.DataFrame],
) -> None:
    """Give changed numbers without band columns a band: a point for set, else the old one moved."""
    if "cells" not in draft.world.schemas or not fields or schema.name == "cells":
        return
    made: list[dict[str, Any]] = []
    confidence = draft.confidence(change)
    for key, (_, row) in zip(keys_of(rows, schema), rows.iterrows(), strict=True):
        for name in fields:
            if is_blank(row[name]):
                continue
            low = high = float(row[name])
            distribution = ""
            if name in carried and key in carried[name].index:
                band = carried[name].loc[key].to_dict()
                factor = (change.scale or {}).get(name, 1.0)
                shift = (change.add or {}).get(name, 0.0)
                low, high = sorted((float(band["low"]) * factor + shift, float(band["high"]) * factor + shift))
                distribution = str(band["distribution"])
            made.append(
                {
                    "table": schema.name,
                    "key": key,
                    "field": name,
                    "source": change.source,
                    "confidence": confidence,
                    "low": low,
                    "high": high,
                    "distribution": distribution,
                    "derivation": f"Scenario {change.origin!r}: {change.because}",
                }
            )
    if made:
        cells = draft.table("cells")
        new = pd.DataFrame(made).reindex(columns=cells.columns).astype(cells.dtypes.to_dict())
        draft.tables["cells"] = pd.concat([cells, new], ignore_index=True) if len(cells) else new
