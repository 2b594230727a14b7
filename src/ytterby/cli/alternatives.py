"""``ytterby alternatives``: how different the supply chain could be at a little more cost."""

from __future__ import annotations

from typing import Annotated

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress


def alternatives(
    scenario: ScenarioOption = None,
    year: Annotated[int | None, typer.Option(help="Year; default: the world's base year.")] = None,
    budget: Annotated[
        list[float] | None, typer.Option("--budget", "-b", help="Extra cost in per cent; may be given several times.")
    ] = None,
    by: Annotated[str, typer.Option(help="Group output by country, place or site.")] = "country",
    stage: Annotated[
        list[str] | None, typer.Option("--stage", help="Stage of the chain; may be given several times. Default: all.")
    ] = None,
    plans: Annotated[int, typer.Option(min=0, help="Different plans to look for at each budget.")] = 4,
    adapt: Annotated[bool, typer.Option("--adapt", help="Buyers may go without too, at what it is worth to them.")] = (
        False
    ),
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Print how little and how much each country could make, if the chain may cost a little more than the least."""
    from ytterby.studies.alternatives import alternatives as find
    from ytterby.world import World

    facts = World.load(world)
    case = case_of(scenario)
    budgets = tuple(b / 100.0 for b in budget) if budget else (0.01, 0.02, 0.05)
    with progress("alternatives", quiet or as_json) as tell:
        found = find(
            facts, case, year, budgets=budgets, by=by, stages=stage, plans=plans, same_use=not adapt, progress=tell
        )
    if as_json:
        print_json(
            {
                "cost_usd": found.cost_usd,
                "by": found.by,
                "same_use": found.same_use,
                "ranges": found.ranges,
                "difference": found.difference,
                "plans": found.plans,
            }
        )
        return
    wide = found.ranges.pivot(index=["stage", "group", "optimum_t"], columns="budget", values=["least_t", "most_t"])
    columns = {"stage": "stage", "group": found.by, "optimum_t": "optimum, t"}
    table = wide.reset_index()[["stage", "group", "optimum_t"]].droplevel(1, axis=1)
    for each in budgets:
        for end in ("least", "most"):
            table[f"{end} {each}"] = wide[(f"{end}_t", each)].to_numpy(float)
            columns[f"{end} {each}"] = f"{end} at +{each:.3g}".replace(f"{each:.3g}", f"{100 * each:.3g} %")
    table = table.sort_values(["stage", "optimum_t"], ascending=[True, False], kind="stable")
    print_table(table, f"Output, t a year, by {found.by}, where the chain may cost more than the least", columns)
    moved = found.difference.assign(
        budget=100 * found.difference["budget"],
        moved=100 * found.difference["moved"],
        extra=found.difference["extra_cost_usd"] / 1e6,
    )
    names = {"budget": "budget, %", "plan": "plan", "stage": "stage", "moved": "made by others, %"}
    if len(moved):
        print_table(moved, "How different a plan can be", {**names, "extra": "extra cost, M USD"})
    if not quiet:
        use = "every buyer gets the same" if found.same_use else "buyers may go without, at what it is worth to them"
        typer.echo(f"The least cost is {found.cost_usd / 1e6:,.0f} M USD a year (with duties); {use}.")
