"""The case that a command is asked of: one option, scenarios stacked into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ytterby.world import Scenario

ScenarioOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", "-s", help="Scenario by name or file; several are stacked. See `ytterby world scenarios`."
    ),
]
BASELINE = "baseline"


def case_of(scenario: list[str] | None) -> Scenario | None:
    """Stack the scenarios named; None where nothing but the baseline is asked for. Raises InputError."""
    from ytterby.world import Scenario

    names = [s for s in scenario or [] if s != BASELINE]
    return Scenario.stack(list(names)) if names else None
