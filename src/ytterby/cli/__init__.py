"""The command line: a table of contents of the rooms; each command's work is imported when it runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ytterby import __version__
from ytterby.cli import world
from ytterby.cli.console import guarded

app = typer.Typer(
    name="ytterby",
    help="The rare-earth supply chain, computable: ore, acid, routes, rules, prices.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)


@app.callback()
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


app.add_typer(world.app, name="world")


def main() -> None:
    """Entry point of the ``ytterby`` command: errors become one message and exit code 2."""
    sys.exit(guarded(app))
