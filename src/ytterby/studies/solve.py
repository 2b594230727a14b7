"""A case solved against its base: the world's base year is closed and solved once, every case is held against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pandas as pd

from ytterby import runs
from ytterby.chain.assemble import SURPLUS_BY_DESIGN, Assembly, Reference
from ytterby.chain.stocks import opening_stocks
from ytterby.market import Outcome, equilibrium
from ytterby.studies.assembling import assembly_of
from ytterby.world import Scenario, World

Progress = Callable[[float, str], None]
SLACK, STORE = "slack", "store"


@dataclass(frozen=True)
class Base:
    """The base year of a world: its assembly, how recorded supply and use were closed, and its equilibrium."""

    assembly: Assembly
    reference: Reference
    outcome: Outcome
    assemblies: dict[str, Assembly] = field(default_factory=dict)
    """Assemblies of cases in the base year, by the scenario's hash."""


_bases: dict[tuple[str, int], Base] = {}


def base_case(world: World, progress: Progress | None = None) -> Base:
    """Close and solve the world's base year; kept for the life of the process."""
    settings = world.table("model_settings")
    year = int(dict(zip(settings["setting"], settings["value"], strict=True))["base-year"])
    key = (world.hash, year)
    if key not in _bases:
        assembly = Assembly(world, year)
        gaps = measure_gaps(assembly)
        links = assembly.links()
        closed = Reference(gaps=gaps, factors=assembly.use_factors, anchors=assembly.anchors(links))
        outcome = equilibrium(assembly.network(closed), progress=progress)
        reference = replace(closed, flows=usual_flows(outcome), stocks=users_stocks(world, outcome))
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
            commodity = name[6:].split("|", maxsplit=1)[0]
            by_commodity[commodity] = by_commodity.get(commodity, 0.0) + float(level)
    made = outcome.made
    supply = made[made["made_t"].gt(0) & made["kind"].eq("separation")].groupby("commodity")["made_t"].sum()
    rows = [
        (n, node.commodity, node.place, by_commodity.get(node.commodity, 0.0), float(supply.get(node.commodity, 0.0)))
        for n, node in base.items()
        if node.commodity not in SURPLUS_BY_DESIGN
    ]
    return pd.DataFrame(rows, columns=["node", "commodity", "place", "gap_t", "supply_t"])


def users_stocks(world: World, outcome: Outcome) -> pd.DataFrame:
    """What users hold where a year begins as in an outcome (columns: ``chain.stocks.opening_stocks``)."""
    network = outcome.network
    return opening_stocks(
        world, network.nodes, network.activities, network.recipes, network.demands,
        outcome.production.set_index("activity")["level_t"], outcome.consumption.set_index("demand")["bought_t"],
        outcome.balances.set_index("node")["price_usd_per_t"],
    )  # fmt: skip


def usual_flows(outcome: Outcome) -> pd.DataFrame:
    """Flows between places in an outcome: commodity, origin_tag, from_place, to_place, t."""
    flows = outcome.flows[outcome.flows["flow_t"] > 0]
    keys = ["commodity", "origin_tag", "from_place", "to_place"]
    grouped = flows.groupby(keys, as_index=False)[["flow_t"]].sum()
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
        return _described(base.outcome, world, None)
    if scenario is not None and wanted == base.assembly.year:
        case = assembly_of(base, scenario)
    else:
        changed = scenario.apply(world) if scenario is not None else world
        case = Assembly(changed, wanted, base_year=base.assembly.year)
    return _described(equilibrium(case.network(base.reference), progress=progress), world, scenario)


def _described(outcome: Outcome, world: World, scenario: Scenario | None) -> Outcome:
    """Let an outcome carry what it takes to reproduce it: versions, world hash, scenario."""
    return replace(outcome, meta={**runs.describe(world, scenario, created_by="ytterby solve"), **outcome.meta})


__all__ = ["Base", "base_case", "measure_gaps", "solve", "users_stocks", "usual_flows"]
