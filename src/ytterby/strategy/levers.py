"""The four levers: what a dominant place can hold back, each a scenario file, each at any depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ytterby.world import Scenario

LEVERS = ("resource", "processing", "transit", "rules")
"""Ore; oxides, metals and magnets; the ways through the country; licences and limbs between third countries."""
DEPTH_FIELDS = ("share_of_reference", "granted_share")
"""Fields that say what is still let go: one means nothing is held back."""


def lever(name: str, factor: float = 1.0) -> Scenario:
    """One lever's scenario; ``factor`` multiplies the share that it holds back (0: nothing, 1: as in its file).

    Raises UnknownNameError for a lever that is not there.
    """
    scenario = Scenario.load(f"lever-{name}")
    return scenario if factor == 1.0 else eased(scenario, factor)


def eased(scenario: Scenario, factor: float) -> Scenario:
    """Return the scenario with every share held back multiplied by ``factor``; what has no share stays."""
    changes = []
    for change in scenario.changes:
        update = {
            action: _eased(rows, factor)
            for action in ("append", "set")
            if (rows := getattr(change, action)) is not None
        }
        changes.append(change.model_copy(update=update))
    title = f"{scenario.title}, {factor:.3g} of its depth"
    return scenario.model_copy(update={"title": title, "changes": tuple(changes)})


def _eased(rows: Any, factor: float) -> Any:
    if isinstance(rows, list):
        return [_eased(row, factor) for row in rows]
    return {k: 1.0 - (1.0 - float(v)) * factor if k in DEPTH_FIELDS else v for k, v in rows.items()}


def shares_let_go(scenario: Scenario) -> list[tuple[str, float]]:
    """What the lever still lets go: (key of a limit, share of the usual flow), or ("", share of licences granted).

    Empty for a lever that cannot be pulled in part.
    """
    found = []
    for change in scenario.changes:
        for rows in (change.append, change.set):
            for row in rows if isinstance(rows, list) else [rows or {}]:
                if "share_of_reference" in row:
                    found.append((str(row["limit"]), float(row["share_of_reference"])))
                elif "granted_share" in row:
                    found.append(("", float(row["granted_share"])))
    return found


def pulled(names: Sequence[str]) -> Scenario:
    """All of these levers together; none of them is the baseline."""
    return Scenario.stack([lever(name) for name in names]) if names else Scenario.baseline()
