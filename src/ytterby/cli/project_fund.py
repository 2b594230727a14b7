"""``ytterby project fund``: what a sum of money buys on the way from a prospect to oxide."""

from __future__ import annotations

from typing import Annotated

import typer

from ytterby.cli.case import ScenarioOption
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.cli.project_support import (
    ContractOption,
    FloorOption,
    FloorYearsOption,
    UpsideAboveOption,
    UpsideOption,
    contract_of,
)
from ytterby.cli.project_value import solved
from ytterby.world.errors import Fault, InputError


def fund(
    sum_musd: Annotated[float, typer.Argument(help="Sum in M USD.")],
    done: Annotated[str, typer.Option(help="Last stage that is already behind; empty: none.")] = "",
    ndpr: Annotated[float, typer.Option(help="Plant size, t NdPr oxide a year; with --deposit: its own.")] = 2000.0,
    deposit: Annotated[str | None, typer.Option(help="Deposit whose value at computed costs goes in.")] = None,
    floor: FloorOption = 0.0,
    floor_years: FloorYearsOption = None,
    upside: UpsideOption = 0.0,
    upside_above: UpsideAboveOption = None,
    contract: ContractOption = None,
    offtake: Annotated[float, typer.Option(help="Offtake price of NdPr oxide, USD/kg; 0: none.")] = 0.0,
    grant: Annotated[float, typer.Option(help="Grant, M USD.")] = 0.0,
    scenario: ScenarioOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Set a sum against the stages from a prospect to oxide: what it buys, how long, with what chance, its value."""
    from ytterby import projects
    from ytterby.world.load import World

    loaded = World.load(world)
    support = contract_of(loaded, contract, floor, floor_years, upside, upside_above)
    if deposit is None and (support or offtake or grant or scenario):
        raise InputError(
            "support without a project",
            [
                Fault(
                    "--floor, --contract, --offtake, --grant, --scenario", "no --deposit", "the deposit that it is for"
                )
            ],
        )
    valued = None
    if deposit is None:
        result = projects.fund(loaded, sum_musd, done=done, ndpr_t_per_y=ndpr)
    else:
        from ytterby.studies.appraise import Appraiser, value_of_sum

        appraiser = Appraiser(loaded, solved(loaded, scenario, None, quiet or json))
        valued = value_of_sum(
            appraiser, deposit, sum_musd, done=done, contract=support, offtake_usd_per_kg=offtake, grant_musd=grant
        )
        result = valued.funding
    if json:
        print_json({"funding": result, "value": valued.table} if valued else result)
        return
    print_table(
        result.stages,
        "Stages",
        {
            "name": "stage", "cost_musd": "M USD", "cost_low": "low", "cost_high": "high", "years": "years",
            "chance": "chance", "cumulative_musd": "in all", "reach_chance": "reached", "covered": "paid",
        },
    )  # fmt: skip
    if valued is not None:
        print_table(
            valued.table,
            f"{deposit}: M USD at computed costs, at the decision to build and expected today",
            {
                "support": "support", "side": "sold", "npv_at_build_musd": "value if built",
                "expected_musd": "expected, free to walk away", "expected_forced_musd": "expected, bound to build",
            },
        )  # fmt: skip
    if not quiet:
        typer.echo(result.sentence)
        if support is not None:
            typer.echo(support.sentence)
