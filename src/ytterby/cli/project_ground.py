"""``ytterby project list`` and ``show``: what lies in the ground, by which class, and what its number means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.world.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.world.load import World


def list_(
    country: Annotated[str | None, typer.Option(help="ISO 3166 code, for example KAZ.")] = None,
    studies: Annotated[bool, typer.Option("--studies", help="Published studies instead of deposits.")] = False,
    classes: Annotated[bool, typer.Option("--classes", help="Classes of reserves and resources, mapped.")] = False,
    overruns: Annotated[bool, typer.Option("--overruns", help="How stated capital moved between studies.")] = False,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List deposits with their class, or published studies with their capital and value."""
    from ytterby import projects
    from ytterby.world.load import World

    loaded = World.load(world)
    if classes or overruns:
        _side_list(loaded, classes, json)
        return
    table = projects.studies(loaded) if studies else loaded.table("deposits")
    if country:
        known = {str(code) for code in loaded.table("countries")["iso3"]}
        if country.upper() not in known:
            raise UnknownNameError("country", country, known, "--country")
        table = table[table["country"] == country.upper()]
    names = (
        [
            "study",
            "country",
            "study_type",
            "year",
            "capex_musd",
            "npv_musd",
            "npv_basis",
            "irr_pct",
            "capex_usd_per_kg_ndpr",
        ]
        if studies
        else [
            "deposit",
            "country",
            "status",
            "resource_mt",
            "resource_treo_pct",
            "contained_treo_kt",
            "resource_class",
        ]
    )
    if json:
        print_json(table)
        return
    shown = table[names]
    if not studies:
        amounts = ["resource_mt", "resource_treo_pct", "contained_treo_kt"]
        shown = shown.assign(**{name: _published(shown[name]) for name in amounts})
    print_table(shown, "Studies: what promoters published" if studies else "Deposits")
    if not quiet:
        typer.echo(f"{len(table)} rows")


def _published(amounts: pd.Series) -> list[str]:
    """Amounts as text; where none was found the words that say so."""
    digits = [",.0f" if amount >= 1000 else ".4g" for amount in amounts]
    held = zip(amounts, amounts.notna(), digits, strict=True)
    return [format(amount, form) if known else "not published" for amount, known, form in held]


def _side_list(loaded: World, classes: bool, json: bool) -> None:
    """Print the classes of resources, or how the stated capital of projects moved."""
    from ytterby import projects

    table = loaded.table("resource_classes").sort_values(["rank", "system"]) if classes else projects.overruns(loaded)
    if json:
        print_json(table)
    elif classes:
        print_table(
            table,
            "Classes of reserves and resources, from least to most proven",
            {
                "system": "system", "name": "class", "kind": "kind", "equivalent": "nearest elsewhere",
                "proves": "shows", "does_not_prove": "does not show",
            },
        )  # fmt: skip
    else:
        print_table(table, "Stated capital from the first study to the last, M USD; escalation only at the same output")


def show(
    deposit: Annotated[str, typer.Argument(help="Key of a deposit, as `project list` shows it.")],
    cutoff: Annotated[list[float] | None, typer.Option(help="Cut-off grade, wt % TREO; several times.")] = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what a deposit's number means: class, rock, metal, years of world demand."""
    from ytterby import projects
    from ytterby.world.load import World

    loaded = World.load(world)
    figure = projects.headline(loaded, deposit)
    cut = [projects.above_cutoff(loaded, deposit, c) for c in cutoff or []]
    screened = []
    sides = (projects.inside_place(loaded), projects.outside_place(loaded))
    try:
        screened = [projects.screen(loaded, deposit, projects.observed_deck(loaded, p)) for p in sides]
    except InputError as error:
        remark = error.title
    if json:
        print_json(
            {
                "headline": figure,
                "above_cutoff": cut,
                "screening": [{"deck": s.deck, "pays": s.pays, "table": s.table} for s in screened],
            }
        )
        return
    typer.echo(figure.sentence)
    typer.echo(f"{figure.resource_class}: shows {figure.proves}; does not show {figure.does_not_prove}.")
    if figure.treo_t == figure.treo_t:
        print_table(figure.contained, "Contained oxides, t (envelope over: " + ", ".join(figure.ores) + ")")
        print_table(figure.years_of_demand, "Years of world magnet demand, before any recovery")
    for above in cut:
        typer.echo(
            f"above {above.cutoff_pct:g} % TREO: {above.rock_t / 1e6:,.4g} Mt at {above.grade_pct:.2f} %, "
            f"{above.metal_share:.0%} of the metal, if grades scatter as assumed"
        )
    for screening in screened:
        typer.echo(screening.sentence)
    if not quiet:
        typer.echo("source: " + ", ".join(figure.sources) + ("" if screened else f"; not screened: {remark}"))
