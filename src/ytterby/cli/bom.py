"""``ytterby bom``: trace a bill of materials, check every shipped part, find the cheapest way out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.rules import OnOption, SwitchOption, load_rules, write_evidence, write_example
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.rules import Rules
    from ytterby.rules.bom import Bom
    from ytterby.world.terms import PriceDeck

app = typer.Typer(help="Bills of materials: trace, check, fix. Not legal advice.", no_args_is_help=True)

MOST_PACKS = 100
"""An evidence pack holds at most so many parts."""

FileArgument = Annotated[Path, typer.Argument(help="Bill of materials: .csv, .xlsx, .parquet or IEC 62474 .xml")]
PlaceOption = Annotated[str, typer.Option("--prices-at", metavar="PLACE", help="Place of the prices of the elements.")]
YearOption = Annotated[int, typer.Option("--prices-of", metavar="YEAR", help="Year of the prices of the elements.")]
FactorOption = Annotated[
    list[str] | None,
    typer.Option("--price-factor", metavar="COMMODITY=X", help="Move a price, e.g. dy-metal=4; may be repeated."),
]


def _load(
    file: Path,
    world: str | None,
    on: str,
    switch: list[str] | None,
    place: str,
    year: int,
    factors: list[str] | None,
) -> tuple[Rules, Bom, PriceDeck]:
    from dataclasses import replace

    from ytterby.cli.rules import settings
    from ytterby.rules.bom import read_bom
    from ytterby.rules.value import price_deck
    from ytterby.world.errors import UnknownNameError

    rules = load_rules(world, on, switch)
    deck = price_deck(rules.world, place, year)
    prices = dict(deck.usd_per_kg)
    for name, text in settings(factors, "--price-factor").items():
        if name not in prices:
            raise UnknownNameError("price of commodity", name, prices)
        try:
            prices[name] *= float(text)
        except ValueError as error:
            raise InputError("not a factor", [Fault("--price-factor", repr(text), "a number")]) from error
    return rules, read_bom(file, rules.world), replace(deck, usd_per_kg=prices)


@app.command()
def trace(
    file: FileArgument,
    world: WorldOption = None,
    place: PlaceOption = "china",
    year: YearOption = 2025,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Mass of every element by origin at every part, and value of listed inputs."""
    from ytterby.rules.bom import trace as trace_bom
    from ytterby.rules.value import value_limits

    rules, bom, deck = _load(file, world, "", None, place, year, None)
    with progress("tracing", quiet):
        found = trace_bom(bom, deck, value_limits(rules.regimes), rules.items)
        table = found.elements()
    if json:
        print_json({"parts": bom.size, "elements": table})
        return
    shipped = set(bom.parts["part"][bom.parts["shipped"]])
    print_table(table[table["part"].isin(shipped)], f"{bom.size} parts; kg in one unit of each shipped part")


@app.command()
def check(
    file: FileArgument,
    ship_from: Annotated[str, typer.Option("--from", metavar="ISO3", help="Country that it leaves.")],
    ship_to: Annotated[str, typer.Option("--to", metavar="ISO3", help="Country that it goes to.")],
    on: OnOption = "",
    switch: SwitchOption = None,
    user: Annotated[str, typer.Option("--user", help="civil, military, us-dod")] = "civil",
    use: Annotated[str, typer.Option("--use", help="End use: civil, military, humanitarian ...")] = "civil",
    end_user: Annotated[
        str, typer.Option("--end-user", help="Name; unlisted: declared to be on no list.")
    ] = "unlisted",
    evidence: Annotated[
        Path | None, typer.Option("--evidence", metavar="FILE", help="Write the evidence pack: .html or .xlsx.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every part that may be on a list, shipped or not.")
    ] = False,
    price_factor: FactorOption = None,
    world: WorldOption = None,
    place: PlaceOption = "china",
    year: YearOption = 2025,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide every shipped part under every regime, with its distance to the value limit."""
    from ytterby.rules.bom import check as check_bom

    rules, bom, deck = _load(file, world, on, switch, place, year, price_factor)
    with progress("checking", quiet):
        found = check_bom(
            rules,
            bom,
            deck,
            ship_from=ship_from,
            ship_to=ship_to,
            user_kind=user,
            end_use=use,
            end_user=end_user,
            everything=everything,
        )
    if evidence is not None:
        shipments = [found.shipment(row) for row in range(min(len(found.parts), MOST_PACKS))]
        write_evidence(evidence, rules, shipments)
    if json:
        print_json({"on": rules.on, "world": rules.world.hash, "parts": found.parts, "faults": found.faults})
        return
    names = {
        "part": "part",
        "name": "name",
        "value_usd": "USD",
        "share_low": "share, low",
        "share_high": "share, high",
        "times_limit": "x limit",
        "decision": "decision",
        "branches": "branches",
        "missing": "missing",
    }
    print_table(found.parts.head(200), f"Parts shipped {ship_from} to {ship_to} on {rules.on}", names)
    for fault in found.faults:
        typer.echo(f"- {fault}", err=True)


@app.command()
def fix(
    file: FileArgument,
    free: Annotated[
        list[str] | None, typer.Option("--free", metavar="PART", help="Part to free; default: all.")
    ] = None,
    on: OnOption = "",
    switch: SwitchOption = None,
    price_factor: FactorOption = None,
    world: WorldOption = None,
    place: PlaceOption = "china",
    year: YearOption = 2025,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """The least costly set of other sources that brings parts below the value limit."""
    from ytterby.rules.bom import fix as fix_bom

    rules, bom, deck = _load(file, world, on, switch, place, year, price_factor)
    with progress("searching", quiet):
        found = fix_bom(rules, bom, deck, free or ())
    if json:
        print_json(found)
        return
    if not found.possible:
        typer.echo("no set of the alternatives named is enough for: " + ", ".join(found.blocked))
        raise typer.Exit(1)
    print_table(found.changes, f"Cheapest change: {found.cost_usd:,.2f} USD for one unit of what is shipped")


@app.command()
def example(
    path: Annotated[Path, typer.Argument(help="Where to write the example.")] = Path("drive-unit.csv"),
    json: JsonOption = False,
) -> None:
    """Write the example: an electric car's drive unit, five levels, about 200 lines."""
    from ytterby.rules.bom.read import EXAMPLE

    write_example(EXAMPLE, path, f"ytterby bom check {path} --from DEU --to USA", json)
