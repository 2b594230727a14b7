"""``ytterby bom``: trace a bill of materials, check shipped parts, watch what changes, find the cheapest way out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.bom_check import MOST_PACKS, checked, packs_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.decisions import write_evidence
from ytterby.cli.rule_options import (
    AddOption,
    BillArgument,
    EndUserOption,
    EvidenceOption,
    FactorOption,
    ForceOption,
    FromOption,
    KnownOption,
    OnOption,
    PlaceOption,
    SinceOption,
    SwitchOption,
    ToOption,
    UntilOption,
    UseOption,
    UserOption,
    YearOption,
    load_deck,
    load_rules,
    span,
)
from ytterby.cli.rules import write_example

app = typer.Typer(help="Bills of materials: trace, check, watch, fix. Not legal advice.", no_args_is_help=True)

MOST_READ = 10_000
"""Parts that are asked under every other reading of the texts too."""
MOST_SHOWN = 200
"""Rows of a table that are printed for people; JSON has them all."""


@app.command()
def trace(
    file: BillArgument,
    add: AddOption = None,
    world: WorldOption = None,
    place: PlaceOption = "",
    year: YearOption = "",
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Mass of every element by origin at every part, and value of listed inputs."""
    from ytterby.rules.bom import read_bom
    from ytterby.rules.bom import trace as trace_bom
    from ytterby.rules.value import value_limits

    rules = load_rules(world, "", None)
    bom, deck = read_bom(file, rules.world, add or ()), load_deck(rules.world, place, year, None)
    with progress("tracing", quiet):
        found = trace_bom(bom, deck, value_limits(rules.regimes), rules.items)
        table, values = found.elements(), found.values()
    if json:
        print_json({"parts": bom.size, "elements": table, "values": values})
        return
    shipped = set(bom.parts["part"][bom.parts["shipped"]])
    print_table(table[table["part"].isin(shipped)], f"{bom.size} parts; kg in one unit of each shipped part")
    print_table(values[values["part"].isin(shipped)], "USD of one unit, and of listed inputs in it")


@app.command()
def check(
    file: BillArgument,
    ship_from: FromOption,
    ship_to: ToOption,
    add: AddOption = None,
    on: OnOption = "",
    known: KnownOption = "",
    switch: SwitchOption = None,
    force: ForceOption = None,
    user: UserOption = "",
    use: UseOption = "",
    end_user: EndUserOption = "",
    evidence: EvidenceOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every part that may be on a list, shipped or not.")
    ] = False,
    price_factor: FactorOption = None,
    world: WorldOption = None,
    place: PlaceOption = "",
    year: YearOption = "",
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide every shipped part under every regime, with its distance to the value limit."""
    from ytterby.rules.bom.readings import other_readings

    rules = load_rules(world, on, switch, force, known)
    with progress("checking", quiet):
        found = checked(
            rules, file, add, ship_from, ship_to, user, use, end_user, place, year, price_factor, everything=everything
        )
        readings = other_readings(found) if len(found.parts) <= MOST_READ else None
    if evidence is not None:
        write_evidence(evidence, rules, packs_of(rules, found))
    if json:
        print_json(
            {
                "on": rules.on,
                "world": rules.world.hash,
                "parts": found.parts,
                "price_moves": found.flips,
                "readings": readings,
                "faults": found.faults,
            }
        )
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
    print_table(found.parts.head(MOST_SHOWN), f"Parts shipped {ship_from} to {ship_to} on {rules.on}", names)
    if len(found.flips):
        print_table(found.flips.head(MOST_SHOWN), "A part flips if one price moves by this factor, the others standing")
    if readings is not None and len(readings):
        print_table(readings.head(MOST_SHOWN), "Decided differently if the text is read otherwise")
    for fault in found.faults:
        typer.echo(f"- {fault}", err=True)
    if evidence is not None and len(found.parts) > MOST_PACKS:
        typer.echo(f"the evidence pack holds the first {MOST_PACKS} of {len(found.parts)} parts", err=True)


@app.command()
def watch(
    file: BillArgument,
    ship_from: FromOption,
    ship_to: ToOption,
    add: AddOption = None,
    since: SinceOption = "",
    until: UntilOption = "",
    on: OnOption = "",
    switch: SwitchOption = None,
    user: UserOption = "",
    use: UseOption = "",
    end_user: EndUserOption = "",
    price_factor: FactorOption = None,
    world: WorldOption = None,
    place: PlaceOption = "",
    year: YearOption = "",
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """When the decision on a shipped part changes, and what a sleeping regime would change if it came on that day."""
    from ytterby.rules.watch import if_returned, product_calendar

    rules = load_rules(world, on, switch)
    first, last = span(rules.world, since, until)
    with progress("watching", quiet):
        found = checked(rules, file, add, ship_from, ship_to, user, use, end_user, place, year, price_factor)
        facts, names = rules.facts(found.shipments), [str(part) for part in found.parts["part"]]
        dates = product_calendar(rules, facts, names, first, last)
        comes = if_returned(rules, facts, names)
    if json:
        print_json({"on": rules.on, "calendar": dates, "returns": comes})
        return
    print_table(dates.astype({"date": str}).head(MOST_SHOWN), f"Decisions that change from {first} to {last}")
    print_table(comes[comes["shipment"] != ""].head(MOST_SHOWN), f"If it came into force on {rules.on}")


@app.command()
def fix(
    file: BillArgument,
    free: Annotated[
        list[str] | None, typer.Option("--free", metavar="PART", help="Part to free; default: all.")
    ] = None,
    ship_from: FromOption = "",
    ship_to: ToOption = "",
    add: AddOption = None,
    on: OnOption = "",
    switch: SwitchOption = None,
    force: ForceOption = None,
    user: UserOption = "",
    use: UseOption = "",
    end_user: EndUserOption = "",
    price_factor: FactorOption = None,
    world: WorldOption = None,
    place: PlaceOption = "",
    year: YearOption = "",
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """The least costly set of other sources that frees parts; with --from and --to they are decided again after it."""
    from ytterby.rules.bom import fix as fix_bom
    from ytterby.rules.bom import read_bom

    rules = load_rules(world, on, switch, force)
    bom, deck = read_bom(file, rules.world, add or ()), load_deck(rules.world, place, year, price_factor)
    with progress("searching", quiet):
        found = fix_bom(
            rules,
            bom,
            deck,
            free or (),
            ship_from=ship_from or None,
            ship_to=ship_to or None,
            user_kind=user or None,
            end_use=use or None,
            end_user=end_user or None,
        )
    if json:
        print_json(found)
        return
    if not found.possible:
        typer.echo("no set of the alternatives named is enough for: " + ", ".join(found.blocked))
        raise typer.Exit(1)
    print_table(found.changes, f"Cheapest change: {found.cost_usd:,.2f} USD for one unit of what is shipped")
    if len(found.decisions):
        print_table(found.decisions, f"Decided {ship_from} to {ship_to} on {rules.on}, before and after")


@app.command()
def example(
    path: Annotated[Path, typer.Argument(help="Where to write the example.")] = Path("drive-unit.csv"),
    json: JsonOption = False,
) -> None:
    """Write the example: an electric car's drive unit, five levels, about 200 lines."""
    from ytterby.rules.bom.read import EXAMPLE

    write_example(EXAMPLE, path, f"ytterby bom check {path} --from DEU --to USA", json)


@app.command()
def columns(json: JsonOption = False) -> None:
    """The columns that a bill of materials may have."""
    import pandas as pd

    from ytterby.rules.bom.lines import COLUMNS

    table = pd.DataFrame({"column": COLUMNS.keys(), "means": COLUMNS.values()})
    if json:
        print_json({"columns": table})
    else:
        print_table(table, "Columns of a bill of materials, one row a line")
