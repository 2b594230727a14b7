"""A world while its scenario is being applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ytterby.world.errors import Fault, nearest

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.world.load import World
    from ytterby.world.scenario import Change


@dataclass
class Draft:
    """A world while its scenario is applied: the tables and data files touched so far, and the faults."""

    world: World
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    documents: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def table(self, name: str) -> pd.DataFrame:
        """Return the table as it stands now."""
        if name not in self.tables:
            self.tables[name] = self.world.table(name)
        return self.tables[name]

    def fault(self, change: Change, found: str, expected: str, column: str = "") -> None:
        """Note one fault of a change."""
        self.faults.append(Fault.at(change.place, found, expected, column=column))

    def confidence(self, change: Change) -> str:
        """D for an assumption, else what the sources table says of the source."""
        if "sources" not in self.world.schemas:
            return "D"
        sources = self.world.table("sources").set_index("source")["confidence"]
        if change.source not in sources.index:
            self.fault(change, f"unknown source {change.source!r}", nearest(change.source, sources.index), "source")
            return "D"
        return str(sources[change.source])
