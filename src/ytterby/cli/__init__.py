"""The command line: a table of contents of the rooms; each command's work is imported when it runs."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ytterby import __version__
from ytterby.cli import bom, demand, project, route, rules, runs, world
from ytterby.cli.alternatives import alternatives
from ytterby.cli.backtest import backtest
from ytterby.cli.balance import balance
from ytterby.cli.brief import brief
from ytterby.cli.calibrate import calibrate
from ytterby.cli.console import guarded
from ytterby.cli.exporter import exporter
from ytterby.cli.market import compare_runs, verify, why
from ytterby.cli.months import months
from ytterby.cli.path import path
from ytterby.cli.score import score
from ytterby.cli.separation import circuit, separate
from ytterby.cli.solve import solve
from ytterby.cli.strategy import leverage

ANSWERS, ROOMS, GROUND = "Answers", "The rooms", "The ground"

app = typer.Typer(
    name="ytterby",
    help="The rare-earth supply chain, computable: ore, acid, routes, rules, prices.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Options of the whole command."""


app.command(rich_help_panel=ANSWERS)(brief)
app.command(rich_help_panel=ANSWERS)(solve)
app.command(rich_help_panel=ANSWERS)(path)
app.command(rich_help_panel=ANSWERS)(months)
app.command(rich_help_panel=ANSWERS)(backtest)
app.command("compare", rich_help_panel=ANSWERS)(compare_runs)
app.command(rich_help_panel=ANSWERS)(why)
app.command(rich_help_panel=ANSWERS)(verify)
app.command(rich_help_panel=ANSWERS)(leverage)
app.command(rich_help_panel=ANSWERS)(exporter)
app.command(rich_help_panel=ANSWERS)(alternatives)
app.command(rich_help_panel=ANSWERS)(score)
app.command(rich_help_panel=ANSWERS)(calibrate)
app.command(rich_help_panel=ROOMS)(separate)
app.command(rich_help_panel=ROOMS)(circuit)
app.add_typer(route.app, name="route", rich_help_panel=ROOMS)
app.add_typer(rules.app, name="rules", rich_help_panel=ROOMS)
app.add_typer(bom.app, name="bom", rich_help_panel=ROOMS)
app.add_typer(project.app, name="project", rich_help_panel=ROOMS)
app.add_typer(demand.app, name="demand", rich_help_panel=ROOMS)
world.app.command()(balance)
app.add_typer(world.app, name="world", rich_help_panel=GROUND)
app.add_typer(runs.app, name="runs", rich_help_panel=GROUND)


THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Settings of the linear algebra libraries; read by them when they are first loaded."""


def main() -> None:
    """Entry point of the ``ytterby`` command: errors become one message and exit code 2.

    Linear algebra runs on one thread unless told otherwise, so that the same question gives the same bytes.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")
    sys.exit(guarded(app))
