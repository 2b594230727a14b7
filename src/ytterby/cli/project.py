"""``ytterby project``: what a deposit is worth, what a sum buys, and whether a claim can be true."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli import project_check, project_compare, project_fund, project_ground, project_value
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table

app = typer.Typer(
    name="project",
    help="Deposits, cash flows, what money buys, and claims put to the test.",
    no_args_is_help=True,
)

app.command("list")(project_ground.list_)
app.command()(project_ground.show)
app.command()(project_value.appraise)
app.command()(project_compare.compare)
app.command()(project_fund.fund)
app.command()(project_check.check)


@app.command()
def discover(
    first: Annotated[int | None, typer.Option(help="First year of finds; default: of the newest study.")] = None,
    last: Annotated[int | None, typer.Option(help="Last year shown; default: the world's setting.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """Draw deposits that are still to be found: how much they could deliver, and from when."""
    from ytterby import projects
    from ytterby.world.load import World

    result = projects.discover(World.load(world), first, last, seed=seed)
    if json:
        print_json(result)
        return
    print_table(result.supply[result.supply["mean_t"] > 0], "Supply from deposits found from now on, t TREO a year")
    typer.echo(f"{result.finds_per_year:.1f} finds a year, {result.chance:.1%} of them come to lasting output")


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help="Name ending in .toml or .xlsx; must not exist.")],
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a plan of a deposit to fill in, as TOML or as a workbook; `project appraise FILE` reads it back."""
    from ytterby import projects

    written = projects.write_template(file)
    if json:
        print_json({"outputs": [str(written)]})
    elif not quiet:
        typer.echo(f"wrote {written}; fill it in, then: ytterby project appraise {written}")
