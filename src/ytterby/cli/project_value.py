"""``ytterby project appraise``: what a plan of one's own or a deposit is worth."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.case import ScenarioOption, case_of
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.project_support import (
    ContractOption,
    FloorOption,
    FloorYearsOption,
    UpsideAboveOption,
    UpsideOption,
    contract_of,
)
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.market import Outcome
    from ytterby.projects.sheet import Sheet, SheetCase
    from ytterby.studies.appraise import Appraised, Appraiser
    from ytterby.world.load import World

DRAWS, SEED = 10_000, 1
"""Draws over the bands and their seed, where none are given."""


def solved(world: World, scenario: list[str] | None, year: int | None, silent: bool) -> Outcome:
    """Solve the market whose prices are used."""
    from ytterby.studies import solve

    with progress("solve the market", silent) as tell:
        return solve(world, case_of(scenario), year, progress=tell)


def appraise(
    target: Annotated[
        str | None, typer.Argument(help="A plan (.toml or .xlsx, see `project template`) or a deposit's key.")
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="Print a plan in TOML to start from.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every deposit of the world, at computed costs.")] = False,
    scenario: ScenarioOption = None,
    year: Annotated[int | None, typer.Option(help="Year of the market; default: the world's base year.")] = None,
    ore: Annotated[str | None, typer.Option(help="Element vector, where a deposit has several.")] = None,
    floor: FloorOption = 0.0,
    floor_years: FloorYearsOption = None,
    upside: UpsideOption = 0.0,
    upside_above: UpsideAboveOption = None,
    contract: ContractOption = None,
    grant: Annotated[float, typer.Option(help="Grant, M USD.")] = 0.0,
    draws: Annotated[int, typer.Option(min=100, help="Draws over the bands.")] = DRAWS,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = SEED,
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
    support = contract_of(loaded, contract, floor, floor_years, upside, upside_above)
    if own_file and (scenario or year or ore or support or grant or every):
        options_of_deposits = "--scenario, --year, --ore, --floor, --contract, --grant, --all"
        raise InputError(
            "a plan of your own brings its own prices",
            [Fault(options_of_deposits, "given", "a deposit's key instead of a file")],
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
        found = appraiser.appraise(str(target), ore=ore, contract=support, grant_usd=grant * 1e6)
        cases, remarks = _deposit_cases(appraiser, found, draws, seed, options), found.remarks
    if sheet is not None:
        given: dict[str, object] = {
            "--scenario": scenario or [], "--year": year, "--ore": ore, "--floor": floor,
            "--floor-years": None if floor_years is None else str(floor_years),
            "--upside": upside, "--upside-above": upside_above, "--contract": contract,
            "--grant": grant, "--draws": draws if draws != DRAWS else None, "--seed": seed if seed != SEED else None,
            "--options": options,
        }  # fmt: skip
        _write_sheet(sheet, _sheet(loaded, cases, remarks, found, _command(str(target), given, sheet)))
    if json:
        print_json(_as_data(cases, remarks, found))
        return
    _print_cases(cases, remarks, quiet)
    if sheet is not None:
        typer.echo(f"wrote {sheet}")


def _command(target: str, given: dict[str, object], sheet: Path) -> str:
    """The command that makes the sheet again: every option that was given."""
    words = ["ytterby project appraise", Path(target).name if Path(target).exists() else target]
    for option, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            if one is True:
                words.append(option)
            elif one is not None and one is not False and one != 0.0:
                words.append(f"{option} {Path(one).name if isinstance(one, str) else one}")
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
        f"flows at the {mine.timing.value} of each year, discounted at {100 * float(str(mine.discount)):g} %, real",
        f"royalty {100 * mine.royalty:g} % of revenue, tax {100 * mine.tax:g} % of profit, losses carried forward",
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
        chance = f" (above zero in {100.0 * case.draws.chance_positive:.0f}\u00a0% of draws)" if case.draws else ""
        side = "" if len(cases) == 1 and case.label == "plan" else f" {case.label}"
        parts.append(f"{signed(case.appraisal.npv_usd / 1e6)} M USD{side}{chance}")
    need = cases[0].breakeven_ndpr_usd_per_kg
    rest = "" if isnan(need) else f" It breaks even at {need:,.0f} USD/kg of NdPr oxide, other prices as they are."
    return f"Worth {' and '.join(parts)}, at {100 * cases[0].appraisal.discount:.3g}\u00a0% real.{rest}"


def _sheet(
    world: World, cases: tuple[SheetCase, ...], remarks: tuple[str, ...], found: Appraised | None, command: str
) -> Sheet:
    from ytterby.projects.sheet import Sheet, listed

    reagents = world.table("reagents").set_index("reagent")["name"].to_dict()
    items = [str(reagents.get(i, i)) for i in found.costs["item"]] if found else []
    costs = tuple(zip(items, found.costs["usd_per_kg"], strict=True)) if found else ()
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
