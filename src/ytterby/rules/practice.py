"""What licensing looks like in practice: days an answer takes, and how often none had come when it was
needed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from ytterby.world import World


@dataclass(frozen=True)
class Practice:
    """Licensing under one clause on one day."""

    lead_days: float
    refusal_probability: float
    """Share of applications that were not granted (refused or pending) when the count was taken."""
    source: str


class LicencePractice:
    """The table licence_practice, asked by clause group and day."""

    def __init__(self, world: World) -> None:
        self._rows = world.table("licence_practice").sort_values(["practice", "from"])

    def on(self, practice: str, day: datetime.date, lead_days: float) -> Practice:
        """The newest observations up to a day; before the first, the first; nothing seen: no refusals
        known."""
        rows = self._rows[self._rows["practice"] == practice]
        lead = _newest(rows, "lead_days", day)
        granted = _newest(rows, "granted_share", day)
        sources = ";".join(dict.fromkeys(str(r["source"]) for r in (lead, granted) if r is not None))
        return Practice(
            lead_days=float(lead["lead_days"]) if lead is not None else lead_days,
            refusal_probability=1.0 - float(granted["granted_share"]) if granted is not None else 0.0,
            source=sources,
        )


def _newest(rows: pd.DataFrame, column: str, day: datetime.date) -> pd.Series | None:
    known = rows[rows[column].notna()]
    if known.empty:
        return None
    past = known[known["from"] <= pd.Timestamp(day)]
    return past.iloc[-1] if len(past) else known.iloc[0]
