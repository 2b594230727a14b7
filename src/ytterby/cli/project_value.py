"""``ytterby project appraise`` and ``compare``: what plans, deposits and published studies are worth."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.market import Outcome
    from ytterby.projects.sheet import Sheet, SheetCase
    from ytterby.studies.appraise import Appraised, Appraiser
    from ytterby.world.load import World
    from ytterby.world.terms import PriceDeck

PriceOption = Annotated[
    list[str] | None,
    typer.Option("--price", metavar="OXIDE=USD", help="Price in USD/kg, for example ndpr-oxide=55; several times."),
]
ScenarioOption = Annotated[
    list[str] | None,
    typer.Option("--scenario", "-s", help="Scenario of the market by name or file; several are stacked."),
]
MARKET = "market"


def solved(world: World, scenario: list[str] | None, year: int | None, silent: bool) -> Outcome:
    """Solve the market whose prices are used."""
    from ytterby.studies import solve
    from ytterby.world import Scenario

    names = [s for s in scenario or [] if s != "baseline"]
    with progress("solve the market", silent) as tell:
        return solve(world, Scenario.stack(list(names)) if names else None, year, progress=tell)


def given_deck(prices: list[str]) -> PriceDeck:
    """Read prices given as OXIDE=USD."""
    from ytterby.world.terms import PriceDeck

    values: dict[str, float] = {}
    faults = []
    for item in prices:
        name, sign, number = item.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            sign = ""
        if not sign:
            faults.append(Fault("--price", repr(item), "OXIDE=USD, as ndpr-oxide=55"))
    if faults:
        raise InputError("price cannot be read", faults)
    return PriceDeck("user", 0, values, "as given", "net", "given on the command line")


def appraise(
    target: Annotated[
        str | None, typer.Argument(help="A plan (.toml or .xlsx, see `project template`) or a deposit's key.")
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="Print a plan in TOML to start from.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every deposit of the world, at computed costs.")] = False,
    scenario: ScenarioOption = None,
    year: Annotated[int | None, typer.Option(help="Year of the market; default: the world's base year.")] = None,
    ore: Annotated[str | None, typer.Option(help="Element vector, where a deposit has several.")] = None,
    floor: Annotated[float, typer.Option(help="Price floor on NdPr oxide, USD/kg, for ten years; 0: none.")] = 0.0,
    grant: Annotated[float, typer.Option(help="Grant, M USD.")] = 0.0,
    draws: Annotated[int, typer.Option(min=100, help="Draws over the bands.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    options: Annotated[bool, typer.Option("--options", help="Value of not building, stopping and waiting.")] = False,
    sheet: Annotated[Path | None, typer.Option(help="Write the appraisal on one page, an HTML file.")] = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Appraise your own plan, or a deposit at computed costs on the prices inside and outside of a solved market."""
    from ytterby import projects
    from ytterby.world.load import World

    if template:
        typer.echo(projects.TEMPLATE)
        return
    if target is None and not every:
        raise InputError(
            "nothing to appraise",
            [Fault("target", "nothing", "a plan's file, a deposit's key, or --all; see `ytterby project template`")],
        )
    loaded = World.load(world)
    own_file = target is not None and (Path(target).suffix in (".toml", ".xlsx") or Path(target).exists())
    if own_file and (scenario or year or ore or floor or grant or every):
        raise InputError(
            "a plan of your own brings its own prices",
            [Fault("--scenario, --year, --ore, --floor, --grant, --all", "given", "a deposit's key instead of a file")],
        )
    if own_file:
        cases, remarks = _plan_cases(Path(str(target)), loaded, draws, seed, options)
        found = None
    else:
        from ytterby.studies.appraise import Appraiser

        appraiser = Appraiser(loaded, solved(loaded, scenario, year, quiet or json))
        if every:
            _all(appraiser, json, quiet)
            return
        terms = {"ndpr-oxide": floor} if floor else {}
        found = appraiser.appraise(str(target), ore=ore, price_floor_usd_per_kg=terms, grant_usd=grant * 1e6)
        cases, remarks = _deposit_cases(appraiser, found, draws, seed, options), found.remarks
    if sheet is not None:
        _write_sheet(sheet, _sheet(loaded, cases, remarks, found, _command(str(target), scenario, year, sheet)))
    if json:
        print_json(_as_data(cases, remarks, found))
        return
    _print_cases(cases, remarks, quiet)
    if sheet is not None:
        typer.echo(f"wrote {sheet}")


def _command(target: str, scenario: list[str] | None, year: int | None, sheet: Path) -> str:
    words = ["ytterby project appraise", Path(target).name if Path(target).exists() else target]
    words += [f"-s {Path(s).name}" for s in scenario or []] + ([f"--year {year}"] if year else [])
    return " ".join([*words, f"--sheet {sheet.name}"])


def _plan_cases(
    file: Path, world: World, draws: int, seed: int, options: bool
) -> tuple[tuple[SheetCase, ...], tuple[str, ...]]:
    from ytterby import projects
    from ytterby.projects.sheet import SheetCase
    from ytterby.world.choices import choice

    mine, bands = projects.read_plan(file)
    drawn = projects.simulate(mine, bands, draws, seed) if bands else None
    freedom = None
    if options:
        place = projects.inside_place(world)
        moves = projects.price_volatility(world, choice(world, "project-volatility-commodity"), place)
        freedom = projects.option_values(projects.drawn_plan(mine, bands, draws, seed) if bands else mine, moves)
    case = SheetCase(
        label="plan",
        mine=mine,
        appraisal=projects.appraise(mine),
        draws=drawn,
        tornado=projects.tornado(mine, bands) if bands else None,
        options=freedom,
        breakeven_ndpr_usd_per_kg=projects.breakeven_price(mine, "ndpr-oxide")
        if "ndpr-oxide" in mine.products
        else float("nan"),
    )
    said = [
        f"{mine.life_y} years of {mine.treo_t_per_y:,.0f} t TREO, {len(mine.build_shares)} building years",
        f"flows at the {mine.timing.value} of each year, discounted at {float(str(mine.discount)):.1%}, real",
        f"royalty {mine.royalty:.1%} of revenue, tax {mine.tax:.1%} of profit, losses carried forward",
        "every number as given in the plan" + (f"; bands on {len(bands)} inputs" if bands else ""),
    ]
    return (case,), tuple(said)


def _deposit_cases(
    appraiser: Appraiser, found: Appraised, draws: int, seed: int, options: bool
) -> tuple[SheetCase, ...]:
    from ytterby import projects
    from ytterby.projects.sheet import SheetCase

    cases = []
    for side in sorted(found.sides.values(), key=lambda s: -s.appraisal.npv_usd):
        plan = projects.drawn_plan(side.mine, side.bands, draws, seed)
        cases.append(
            SheetCase(
                label=f"sold {side.side}",
                mine=side.mine,
                appraisal=side.appraisal,
                draws=projects.simulate(side.mine, side.bands, draws, seed),
                tornado=projects.tornado(side.mine, side.bands),
                options=projects.option_values(plan, appraiser.volatility) if options else None,
                breakeven_ndpr_usd_per_kg=side.breakeven_ndpr_usd_per_kg,
                cheaper_share=side.cheaper_share,
            )
        )
    return tuple(cases)


def _standfirst(cases: tuple[SheetCase, ...]) -> str:
    from ytterby.projects.sheet import signed

    parts = []
    for case in cases:
        chance = f" (above zero in {case.draws.chance_positive:.0%} of draws)" if case.draws else ""
        side = "" if len(cases) == 1 and case.label == "plan" else f" {case.label}"
        parts.append(f"{signed(case.appraisal.npv_usd / 1e6)} M USD{side}{chance}")
    need = cases[0].breakeven_ndpr_usd_per_kg
    rest = "" if isnan(need) else f" It breaks even at {need:,.0f} USD/kg of NdPr oxide, other prices as they are."
    return f"Worth {' and '.join(parts)}, at {100 * cases[0].appraisal.discount:.3g} % real.{rest}"


def _sheet(
    world: World, cases: tuple[SheetCase, ...], remarks: tuple[str, ...], found: Appraised | None, command: str
) -> Sheet:
    from ytterby.projects.sheet import Sheet, listed

    costs = tuple(zip(found.costs["item"], found.costs["usd_per_kg"], strict=True)) if found else ()
    keys = [k for k in found.sources if k != "assumption"] if found else []
    return Sheet(
        title=cases[0].mine.name,
        standfirst=_standfirst(cases),
        cases=cases,
        costs=costs,
        remarks=remarks,
        sources=listed(keys, world.table("sources")),
        command=command,
    )


def _write_sheet(path: Path, sheet: Sheet) -> None:
    from ytterby.projects.sheet import sheet_html

    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError("sheet not written", [Fault("--sheet", str(path), "a name ending in .html")])
    if not path.resolve().parent.is_dir():
        raise InputError("sheet not written", [Fault("--sheet", str(path), "a folder that is there")])
    path.write_text(sheet_html(sheet), encoding="utf-8")


def _as_data(cases: tuple[SheetCase, ...], remarks: tuple[str, ...], found: Appraised | None) -> dict[str, object]:
    """Return everything that the tables show, as data."""
    out: dict[str, object] = {"name": cases[0].mine.name, "remarks": remarks}
    if found is not None:
        out |= {"costs": found.costs, "not_sold": found.not_sold, "sources": found.sources, "hub": found.hub}
    listed = {}
    for case in cases:
        drawn = case.draws
        listed[case.label] = {
            "appraisal": case.appraisal,
            "breakeven_ndpr_usd_per_kg": case.breakeven_ndpr_usd_per_kg,
            "cheaper_share": case.cheaper_share,
            "draws": None
            if drawn is None
            else {
                "p05_usd": drawn.quantile(0.05), "p50_usd": drawn.quantile(0.5), "p95_usd": drawn.quantile(0.95),
                "chance_positive": drawn.chance_positive, "value_with_option_usd": drawn.value_with_option_usd,
                "drivers": drawn.drivers(),
            },
            "tornado": case.tornado,
            "options": case.options,
        }  # fmt: skip
    only = listed[cases[0].label] if found is None else {}
    return {**out, **only, "cases": listed}


def _print_cases(cases: tuple[SheetCase, ...], remarks: tuple[str, ...], quiet: bool) -> None:
    import pandas as pd

    from ytterby.projects.sheet import figure_rows

    first = cases[0]
    lines = first.appraisal.statement[["year", "output_t", "revenue", "opex", "capital", "tax", "net"]].copy()
    lines.iloc[:, 2:] = lines.iloc[:, 2:] / 1e6
    print_table(lines, f"{first.mine.name}, {first.label}: M USD, year 0 is the first building year")
    table = pd.DataFrame(
        [(label, unit, *values) for label, unit, values in figure_rows(cases)],
        columns=["figure", "unit", *(c.label for c in cases)],
    )
    print_table(table, f"{first.mine.name}: flows at the {first.appraisal.timing} of each year")
    if quiet:
        return
    if first.tornado is not None:
        print_table(first.tornado, f"{first.label}: one input at a time, NPV in USD")
    for remark in remarks:
        typer.echo(f"- {remark}")


def _all(appraiser: Appraiser, json: bool, quiet: bool) -> None:
    """Print every deposit at computed costs."""
    table = appraiser.all()
    if json:
        print_json(table)
        return
    valued = table[table["why_not"] == ""].sort_values("npv_outside_musd", ascending=False)
    print_table(
        valued,
        "Deposits at computed costs, M USD at the decision to build",
        {
            "deposit": "deposit", "country": "country", "treo_t_per_y": "t TREO/y", "life_y": "years",
            "capex_musd": "capital", "unit_cost_usd_per_kg": "cost, USD/kg", "basket_inside": "basket inside",
            "basket_outside": "outside", "npv_inside_musd": "NPV inside", "npv_outside_musd": "outside",
            "breakeven_ndpr_usd_per_kg": "break-even NdPr",
        },
    )  # fmt: skip
    if not quiet:
        typer.echo(f"{len(table) - len(valued)} deposits cannot be sized: no grade with a tonnage; --json names them")


def compare(
    deck: Annotated[
        str | None, typer.Option(help="Place of an observed deck (china, europe), or `market`: both sides as solved.")
    ] = None,
    year: Annotated[int | None, typer.Option(help="Year of the deck; default: the world's base year.")] = None,
    price: PriceOption = None,
    scenario: ScenarioOption = None,
    discount: Annotated[float | None, typer.Option(help="Discount rate, fraction; default: the world's.")] = None,
    curve: Annotated[bool, typer.Option("--curve", help="The cost curve by break-even NdPr price.")] = False,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Re-price studies to one deck, rate and tax engine; without a deck, re-compute them from their own inputs."""
    from ytterby import projects
    from ytterby.world.load import World

    loaded = World.load(world)
    if scenario and deck != MARKET:
        raise InputError("a scenario without a market", [Fault("--scenario", "given", "--deck market with it")])
    if not price and not deck:
        _recomputed(loaded, json, quiet)
        return
    decks = {"given": given_deck(price or [])}
    if deck == MARKET:
        from ytterby.studies.appraise import market_decks

        inside, outside = market_decks(loaded, solved(loaded, scenario, year, quiet or json))
        decks = {"inside": inside.deck, "outside": outside.deck}
    elif deck:
        seen = projects.observed_deck(loaded, deck, year)
        decks = {deck: replace(seen, usd_per_kg={**seen.usd_per_kg, **decks["given"].usd_per_kg})}
    if curve:
        _curves({n: projects.cost_curve(loaded, d) for n, d in decks.items()}, json)
        return
    tables = {name: projects.reprice(loaded, d, discount) for name, d in decks.items()}
    first = next(iter(tables.values()))
    table = first.rename(columns={"npv_musd": f"npv_{next(iter(tables))}"})
    for name, other in list(tables.items())[1:]:
        table[f"npv_{name}"] = other["npv_musd"]
    if json:
        print_json(table)
        return
    valued = table[table["why_not"] == ""]
    columns = {
        "study": "study", "basket_usd_per_kg": "basket", "opex_usd_per_kg": "cost",
        **{f"npv_{n}": f"NPV {n}" for n in tables}, "published_npv_musd": "published",
        "breakeven_ndpr_usd_per_kg": "break-even NdPr", "polymetallic": "by-products left out",
    }  # fmt: skip
    print_table(valued, "Studies on one deck, one rate and one tax engine, M USD", columns)
    if not quiet:
        typer.echo(f"{len(table) - len(valued)} studies print too little to be valued; --json says what is missing")


def _curves(curves: dict[str, pd.DataFrame], json: bool) -> None:
    if json:
        print_json(curves)
        return
    for name, curve in curves.items():
        print_table(curve, f"Who breaks even at which price of NdPr oxide, other prices {name}")


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
    shown = {
        "study": "study", "npv": "NPV", "published": "printed", "error_pct": "error, %", "irr": "IRR, %",
        "published_irr": "printed IRR", "met": "met", "reason": "why not",
    }  # fmt: skip
    for basis, group in table.groupby("basis", sort=False):
        print_table(
            group, f"Studies re-computed from their own printed inputs, {basis}, M USD of the study year", shown
        )
    for row in counts.groupby("basis", sort=False).head(1).to_dict("records"):
        typer.echo(
            f"{row['basis']}: NPV within 15 % at {row['npv_met']} of {row['npv_of']}, "
            f"IRR within 3 points at {row['irr_met']} of {row['irr_of']}"
        )
    if not quiet:
        print_table(counts, "How many are met with one convention changed for all")
        print_table(
            missing,
            "Studies with a printed value that do not print enough",
            {"study": "study", "published_npv_musd": "published, M USD", "missing": "why not"},
        )
