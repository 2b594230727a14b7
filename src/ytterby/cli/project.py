"""``ytterby project``: what a deposit is worth, what a sum buys, and whether a claim can be true."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.world.load import World
    from ytterby.world.terms import PriceDeck

app = typer.Typer(
    name="project",
    help="Deposits, cash flows, what money buys, and claims put to the test.",
    no_args_is_help=True,
)

PriceOption = Annotated[
    list[str] | None,
    typer.Option("--price", metavar="OXIDE=USD", help="Price in USD/kg, for example ndpr-oxide=55; several times."),
]


def _world(folder: str | None) -> World:
    from ytterby.world.load import World

    return World.load(folder)


def _deck(prices: list[str]) -> PriceDeck:
    from ytterby.world.terms import PriceDeck

    values: dict[str, float] = {}
    for item in prices:
        name, sign, number = item.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            sign = ""
        if not sign:
            raise InputError("price cannot be read", [Fault("--price", repr(item), "OXIDE=USD, as ndpr-oxide=55")])
    return PriceDeck("user", 0, values, "as given", "net", "given on the command line")


@app.command("list")
def list_(
    country: Annotated[str | None, typer.Option(help="ISO 3166 code, for example KAZ.")] = None,
    studies: Annotated[bool, typer.Option("--studies", help="Published studies instead of deposits.")] = False,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List deposits with their class, or published studies with their capital and value."""
    from ytterby import projects

    loaded = _world(world)
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


@app.command()
def show(
    deposit: Annotated[str, typer.Argument(help="Key of a deposit, as `project list` shows it.")],
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what a deposit's number means: class, rock, metal, years of world demand."""
    from ytterby import projects

    loaded = _world(world)
    figure = projects.headline(loaded, deposit)
    screened = []
    try:
        screened = [
            projects.screen(loaded, deposit, projects.observed_deck(loaded, p, 2025)) for p in ("china", "europe")
        ]
    except InputError as error:
        remark = error.title
    if json:
        print_json(
            {
                "headline": figure,
                "screening": [{"deck": s.deck, "pays": s.pays, "table": s.table} for s in screened],
            }
        )
        return
    typer.echo(figure.sentence)
    typer.echo(f"{figure.resource_class}: shows {figure.proves}; does not show {figure.does_not_prove}.")
    if figure.treo_t == figure.treo_t:
        print_table(figure.contained, "Contained oxides, t (envelope over: " + ", ".join(figure.ores) + ")")
        print_table(figure.years_of_demand, "Years of world magnet demand, before any recovery")
    for screening in screened:
        typer.echo(screening.sentence)
    if not quiet:
        typer.echo("source: " + ", ".join(figure.sources) + ("" if screened else f"; not screened: {remark}"))


@app.command()
def appraise(
    file: Annotated[Path | None, typer.Argument(help="A plan in TOML; see --template.")] = None,
    template: Annotated[bool, typer.Option("--template", help="Print a plan to start from.")] = False,
    draws: Annotated[int, typer.Option(help="Draws over the plan's bands.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Appraise a plan of your own: value, return, break-even, draws and drivers."""
    from ytterby import projects

    if template:
        typer.echo(projects.TEMPLATE)
        return
    if file is None:
        raise InputError(
            "no plan",
            [Fault("file", "nothing", "a TOML file; `ytterby project appraise --template` prints one")],
        )
    mine, bands = projects.read_plan(file)
    result = projects.appraise(mine)
    drawn = projects.simulate(mine, bands, draws, seed) if bands else None
    spread = (
        {
            "p05_usd": drawn.quantile(0.05), "p50_usd": drawn.quantile(0.5), "p95_usd": drawn.quantile(0.95),
            "chance_positive": drawn.chance_positive, "value_with_option_usd": drawn.value_with_option_usd,
            "drivers": drawn.drivers(),
        }
        if drawn
        else None
    )  # fmt: skip
    if json:
        print_json({"appraisal": result, "draws": spread})
        return
    lines = result.statement[["year", "output_t", "revenue", "opex", "capital", "tax", "net"]].copy()
    lines.iloc[:, 2:] = lines.iloc[:, 2:] / 1e6
    print_table(lines, f"{result.name}: M USD, year 0 is the first building year")
    rate = "no single IRR" if isnan(result.irr) else f"IRR {result.irr:.1%}"
    back = "never paid back" if isnan(result.payback_y) else f"payback {result.payback_y:.1f} years from first output"
    typer.echo(
        f"NPV {result.npv_usd / 1e6:,.0f} M USD at {result.discount:.0%} ({result.timing} of year), "
        f"{rate}, {back}; "
        f"cost {result.unit_cost_usd_per_kg:.2f}, basket {result.basket_usd_per_kg:.2f}, "
        f"break-even basket {result.breakeven_basket_usd_per_kg:.2f} USD/kg TREO"
    )
    if drawn and not quiet:
        low, mid, high = (drawn.quantile(q) / 1e6 for q in (0.05, 0.5, 0.95))
        typer.echo(
            f"{draws:,} draws: {low:,.0f} / {mid:,.0f} / {high:,.0f} M USD; positive in {drawn.chance_positive:.0%}"
        )
        print_table(projects.tornado(mine, bands), "One input at a time, NPV in USD")


@app.command()
def compare(
    deck: Annotated[str | None, typer.Option(help="Place of the observed deck: china or europe.")] = None,
    year: Annotated[int, typer.Option(help="Year of the observed deck.")] = 2024,
    price: PriceOption = None,
    discount: Annotated[float, typer.Option(help="Discount rate, fraction.")] = 0.08,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Re-price studies to one deck and tax engine; without a deck, re-compute them from their own inputs."""
    from dataclasses import replace

    from ytterby import projects

    loaded = _world(world)
    if not price and not deck:
        _recomputed(loaded, json, quiet)
        return
    prices = _deck(price or [])
    if deck:
        seen = projects.observed_deck(loaded, deck, year)
        prices = replace(seen, usd_per_kg={**seen.usd_per_kg, **prices.usd_per_kg})
    table = projects.reprice(loaded, prices, discount)
    if json:
        print_json(table)
        return
    valued = table[table["why_not"] == ""]
    print_table(
        valued,
        "Studies on one deck, M USD",
        {
            "study": "study", "basket_usd_per_kg": "basket", "opex_usd_per_kg": "cost", "npv_musd": "NPV",
            "published_npv_musd": "published", "breakeven_ndpr_usd_per_kg": "break-even NdPr",
            "polymetallic": "by-products left out",
        },
    )  # fmt: skip
    if not quiet:
        typer.echo(f"{len(table) - len(valued)} studies print too little to be valued; --json says what is missing")


def _recomputed(world: World, json: bool, quiet: bool) -> None:
    """Print studies re-computed from their own inputs, before and after tax apart, and those that cannot be."""
    import pandas as pd

    from ytterby import projects

    results = projects.recompute(world)
    table = pd.DataFrame(
        [
            {
                "study": r.study, "basis": r.basis, "npv": r.npv_musd, "published": r.published_npv_musd,
                "error_pct": 100.0 * r.npv_error, "irr": r.irr_pct, "published_irr": r.published_irr_pct,
                "met": f"{'NPV' if r.npv_met else '-'} {'IRR' if r.irr_met else '-'}", "reason": r.reason,
                "npv_low": r.npv_low_musd, "npv_high": r.npv_high_musd, "irr_low": r.irr_low_pct,
                "irr_high": r.irr_high_pct, "assumed": "; ".join(r.assumed),
            }
            for r in results
        ]
    )  # fmt: skip
    counts, missing = projects.counts(results), projects.left_out(world)
    if json:
        print_json({"studies": table, "met": counts, "left_out": missing})
        return
    columns = {
        "study": "study", "npv": "NPV", "published": "published", "error_pct": "error, %", "irr": "IRR, %",
        "published_irr": "published", "met": "met", "reason": "why not",
    }  # fmt: skip
    for basis, group in table.groupby("basis", sort=False):
        print_table(
            group, f"Studies re-computed from their own printed inputs, {basis}, M USD of the study year", columns
        )
    first = counts.groupby("basis", sort=False).head(1)
    for row in first.to_dict("records"):
        typer.echo(
            f"{row['basis']}: NPV within 15 % at {row['npv_met']} of {row['npv_of']}, "
            f"IRR within 3 points at {row['irr_met']} of {row['irr_of']}"
        )
    if not quiet:
        print_table(counts, "How many are met with one convention changed for all")
        print_table(missing, "Studies with a printed value that do not print enough", {
            "study": "study", "published_npv_musd": "published, M USD", "missing": "why not",
        })  # fmt: skip


@app.command()
def fund(
    sum_musd: Annotated[float, typer.Argument(help="Sum in M USD.")],
    done: Annotated[str, typer.Option(help="Last stage that is already behind; empty: none.")] = "",
    ndpr: Annotated[float, typer.Option(help="Plant size, t NdPr oxide a year.")] = 2000.0,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Set a sum against the stages from a prospect to oxide: what it buys, how long, with what chance."""
    from ytterby import projects

    result = projects.fund(_world(world), sum_musd, done=done, ndpr_t_per_y=ndpr)
    if json:
        print_json(result)
        return
    print_table(
        result.stages,
        "Stages",
        {
            "name": "stage", "cost_musd": "M USD", "cost_low": "low", "cost_high": "high", "years": "years",
            "chance": "chance", "cumulative_musd": "in all", "reach_chance": "reached", "covered": "paid",
        },
    )  # fmt: skip
    if not quiet:
        typer.echo(result.sentence)


@app.command()
def discover(
    first: Annotated[int, typer.Option(help="First year of finds.")] = 2026,
    last: Annotated[int, typer.Option(help="Last year shown.")] = 2050,
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
def check(
    claim: Annotated[str, typer.Argument(help='For example "0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO".')],
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say whether a published claim is impossible, implausible or consistent, and why."""
    from ytterby import projects

    checked = projects.check_claim(projects.read_claim(claim))
    if json:
        print_json(
            {
                "verdict": checked.verdict.label,
                "tested": checked.tested,
                "remarks": [{"rule": r.rule, "finding": r.finding.label, "why": r.why} for r in checked.remarks],
                "read": {k: v for k, v in checked.claim.__dict__.items() if v not in (None, "")},
            }
        )
        return
    typer.echo(checked.sentence)
    if not quiet and not checked.tested:
        typer.echo("say more: ore per year, grade, product per year, recovery, capex, NPV, IRR, reserve or resource")
