"""``ytterby project``: what a deposit is worth, what a sum buys, and whether a claim can be true."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli import project_compare, project_value
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

if TYPE_CHECKING:
    from ytterby.projects.check import Limits
    from ytterby.world.load import World

app = typer.Typer(
    name="project",
    help="Deposits, cash flows, what money buys, and claims put to the test.",
    no_args_is_help=True,
)

app.command()(project_value.appraise)
app.command()(project_compare.compare)


def _world(folder: str | None) -> World:
    from ytterby.world.load import World

    return World.load(folder)


@app.command("list")
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

    loaded = _world(world)
    if classes or overruns:
        _side_list(loaded, classes, json)
        return
    table = projects.studies(loaded) if studies else loaded.table("deposits")
    if country:
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
    print_table(table[names], "Studies: what promoters published" if studies else "Deposits")
    if not quiet:
        typer.echo(f"{len(table)} rows")


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


@app.command()
def show(
    deposit: Annotated[str, typer.Argument(help="Key of a deposit, as `project list` shows it.")],
    cutoff: Annotated[list[float] | None, typer.Option(help="Cut-off grade, wt % TREO; several times.")] = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what a deposit's number means: class, rock, metal, years of world demand."""
    from ytterby import projects

    loaded = _world(world)
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


@app.command()
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

    loaded = _world(world)
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

    result = projects.discover(_world(world), first, last, seed=seed)
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


@app.command()
def check(
    claim: Annotated[
        str | None,
        typer.Argument(help='For example "0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO", or a CSV file of claims.'),
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="The published claims whose truth is known.")] = False,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say whether a published claim is impossible, implausible or consistent, and why."""
    from ytterby import projects

    loaded = _world(world)
    limits = projects.limits_of(loaded)
    if published or (claim is not None and (claim.endswith(".csv") or Path(claim).is_file())):
        _check_many(loaded, None if published else claim, limits, json, quiet)
        return
    if claim is None:
        raise InputError("no claim", [Fault("claim", "nothing", "a sentence, a CSV file of claims, or --published")])
    reading = projects.read_sentence(claim)
    checked = projects.check_claim(reading.claim, limits)
    if json:
        print_json(
            {
                "verdict": checked.verdict.label,
                "tested": checked.tested,
                "remarks": [{"rule": r.rule, "finding": r.finding.label, "why": r.why} for r in checked.remarks],
                "read": {k: v for k, v in checked.claim.__dict__.items() if v not in (None, "")},
                "unread": reading.unread,
            }
        )
        return
    typer.echo(checked.sentence)
    for name, words in reading.read.items() if not quiet else ():
        typer.echo(f"read as {name} = {getattr(checked.claim, name):g}: {words}")
    if reading.unread and not quiet:
        typer.echo(f"not read: {', '.join(reading.unread)}")
    if not quiet and not checked.tested:
        typer.echo("say more: ore per year, grade, product per year, recovery, capex, NPV, IRR, reserve or resource")


def _check_many(loaded: World, file: str | None, limits: Limits, json: bool, quiet: bool) -> None:
    """Print the verdict on every claim of a file, or on the published ones beside what is known of them."""
    import pandas as pd

    from ytterby import projects

    if file is None:
        rows = loaded.table("published_claims").to_dict("records")
        claims = [projects.claim_from({str(k): v for k, v in r.items()}, str(r["claim"])) for r in rows]
        known = [str(r["known"]) for r in rows]
        said = [str(r["statement"]) for r in rows]
    else:
        claims = projects.read_claims(file)
        known, said = [""] * len(claims), [""] * len(claims)
    found = [projects.check_claim(c, limits) for c in claims]
    table = pd.DataFrame(
        {
            "name": [c.name for c in claims], "statement": said, "known": known,
            "verdict": [f.verdict.label if f.tested else "cannot tell" for f in found],
            "why": ["; ".join(r.why for r in f.remarks) for f in found],
        }
    )  # fmt: skip
    if json:
        print_json(table)
        return
    columns = {"name": "who", "statement": "what", "known": "known", "verdict": "verdict", "why": "why"}
    print_table(
        table,
        "Claims put to the test",
        columns if file is None else {k: columns[k] for k in ("name", "verdict", "why")},
    )
    if file is None and not quiet:
        wrong, sound = table[table["known"] == "error"], table[table["known"] == "sound"]
        typer.echo(
            f"{(wrong['verdict'] != 'consistent').sum()} of {len(wrong)} known errors caught, "
            f"{(sound['verdict'] == 'consistent').sum()} of {len(sound)} sound claims passed"
        )
