"""Assembling a case from what its base has computed already: only what the scenario changes is computed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ytterby.chain.assemble import Assembly
from ytterby.world import Scenario

if TYPE_CHECKING:
    from ytterby.studies.solve import Base

LINKS = frozenset({"trade_limits", "taxes", "market_contracts", "host_products", "host_paths"})
"""Tables that are read only when links and limits are written down, or by a path of years."""
WAYS = LINKS | {"transit_policies", "rule_switches", "licence_practice"}
"""Tables that besides decide on ways and permissions."""
CHOICES = WAYS | {"model_settings", "elasticities", "origin_requirements", "expansion_costs"}
"""Tables that touch neither the balanced year nor what a separator does."""

KEPT = (
    (
        LINKS,
        (
            "balanced",
            "facts",
            "separation",
            "rules",
            "draft",
            "demand_rows",
            "use_factors",
            "places",
            "trade",
            "base_prices",
        ),
    ),
    (WAYS, ("balanced", "facts", "separation", "draft", "demand_rows", "use_factors", "places", "base_prices")),
    (CHOICES, ("balanced", "separation")),
)
"""Which steps of an assembly stay as they are, by the tables that a scenario changes."""


def assembly_of(base: Base, scenario: Scenario) -> Assembly:
    """Assembly of a scenario in the base year; equal to a fresh one, for less; kept with its base.

    Raises InputError for a scenario that does not fit the world.
    """
    if scenario.hash in base.assemblies:
        return base.assemblies[scenario.hash]
    first = base.assembly
    case = Assembly(scenario.apply(first.world), first.year, base_year=first.year)
    keep(case, first, steps_kept(changed_tables(scenario)))
    base.assemblies[scenario.hash] = case
    return case


def changed_tables(scenario: Scenario) -> set[str]:
    """Tables that a scenario changes; a change of a data file counts as ``document``."""
    return {change.table or "document" for change in scenario.changes}


def steps_kept(changed: set[str] | frozenset[str]) -> set[str]:
    """Steps of an assembly that stay as they are where only these tables change."""
    return next((set(steps) for tables, steps in KEPT if changed <= tables), set())


def keep(case: Assembly, first: Assembly, steps: set[str]) -> None:
    """Let a case have what its base has computed."""
    case.__dict__.update({step: getattr(first, step) for step in sorted(steps)})
