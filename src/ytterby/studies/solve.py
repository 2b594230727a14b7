"""A case solved against its base: the world's base year is closed and solved once, every case is held against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ytterby.chain.assemble import Assembly, Reference
from ytterby.market import Outcome, equilibrium
from ytterby.world import Scenario, World

Progress = Callable[[float, str], None]
SLACK, STORE = "slack", "store"


@dataclass(frozen=True)
class Base:
    """The base year of a world: its assembly, how recorded supply and use were closed, and its equilibrium."""

    assembly: Assembly
    reference: Reference
    outcome: Outcome


_bases: dict[tuple[str, int], Base] = {}


def base_case(world: World, progress: Progress | None = None) -> Base:
    """Close and solve the world's base year; kept for the life of the process."""
    year = int(world.table("model_settings").set_index("setting").at["base-year", "value"])
    key = (world.hash, year)
    if key not in _bases:
        assembly = Assembly(world, year)
        gaps = measure_gaps(assembly)
        links = assembly.links()
        closed = Reference(gaps=gaps, anchors=assembly.anchors(links))
        outcome = equilibrium(assembly.network(closed), progress=progress)
        reference = Reference(gaps=gaps, flows=usual_flows(outcome), anchors=closed.anchors)
        _bases[key] = Base(assembly, reference, outcome)
    return _bases[key]


def measure_gaps(assembly: Assembly) -> pd.DataFrame:
    """Hold the year's recorded supply against its recorded use, oxide by oxide.

    Solves the network with mines at their recorded output and use fixed: what is drawn from slack is use without
    recorded supply, what goes into store is supply without recorded use. Returns node, commodity, place, gap_t for the
    oxides that have an observed price and are not left over by design (lanthanum and cerium find their own price).
    """
    outcome = equilibrium(assembly.network(measure_gaps=True), intervals="none")
    levels = outcome.production.set_index("activity")["level_t"]
    base = {n: assembly.draft.nodes[n] for n in assembly.base_prices.index}
    by_commodity: dict[str, float] = {}
    for activity, level in levels.items():
        name = str(activity)
        if name.startswith(f"{SLACK}:"):
            by_commodity[base[name[6:]].commodity] = by_commodity.get(base[name[6:]].commodity, 0.0) - float(level)
        elif name.startswith(f"{STORE}:"):
            commodity = name[6:].split("|")[0]
            by_commodity[commodity] = by_commodity.get(commodity, 0.0) + float(level)
    rows = [
        (n, node.commodity, node.place, by_commodity.get(node.commodity, 0.0))
        for n, node in base.items()
        if node.commodity not in SURPLUS_BY_DESIGN
    ]
    return pd.DataFrame(rows, columns=["node", "commodity", "place", "gap_t"])


SURPLUS_BY_DESIGN = ("la-oxide", "ce-oxide")
"""Products of an avoidable step: their price follows from its cost, so nothing is closed for them."""


def usual_flows(outcome: Outcome) -> pd.DataFrame:
    """Flows between places in an outcome: commodity, from_place, to_place, t."""
    flows = outcome.flows[outcome.flows["flow_t"] > 0]
    grouped = flows.groupby(["commodity", "from_place", "to_place"], as_index=False)["flow_t"].sum()
    return grouped.rename(columns={"flow_t": "t"})


def solve(
    world: World | None = None,
    scenario: Scenario | str | None = None,
    year: int | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Solve one year of a world under a scenario and return the certified outcome.

    The base year is closed and solved first; the case keeps its gaps and its buyers' willingness to pay, and limits
    given as shares are shares of its flows. Raises InputError for bad input, SolveError naming what clashes,
    CertificateError where the answer fails its own check.
    """
    world = world or World.load()
    if isinstance(scenario, str):
        scenario = Scenario.load(scenario)
    base = base_case(world, progress)
    wanted = year or base.assembly.year
    if scenario is None and wanted == base.assembly.year:
        return base.outcome
    changed = scenario.apply(world) if scenario is not None else world
    case = Assembly(changed, wanted, base_year=base.assembly.year)
    return equilibrium(case.network(base.reference), progress=progress)


__all__ = ["Base", "base_case", "measure_gaps", "solve", "usual_flows"]
