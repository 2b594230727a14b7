"""``ytterby demand``: who buys what, how fast electric cars come, and what a shortage does to them and to others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.pictures import Picture
    from ytterby.runs import Run
    from ytterby.studies.delay import Supply
    from ytterby.world.load import World

app = typer.Typer(
    name="demand",
    help="Use by place and good, electric cars, and what a shortage delays and costs.",
    no_args_is_help=True,
)

PictureOption = Annotated[
    Path | None, typer.Option("--picture", help="Write the picture to a file: .svg, .png or .html.", dir_okay=False)
]
DRAWN = (".svg", ".png", ".html")


@app.command()
def show(
    year: Annotated[int | None, typer.Option(help="Calendar year; the world's base year if left out.")] = None,
    by: Annotated[str, typer.Option(help="Sum by use, place, good, commodity or segment.")] = "use",
    bottom: Annotated[bool, typer.Option("--bottom-up", help="Units times content beside the IEA's numbers.")] = False,
    stock: Annotated[bool, typer.Option("--in-use", help="Magnets sold, in use and scrapped, year by year.")] = False,
    until: Annotated[int, typer.Option(help="With --in-use: years to show after the first.", min=1)] = 16,
    picture: PictureOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show a year's demand, how it adds up from cars and turbines, or what is in use and comes back as scrap."""
    from ytterby import demand

    _check(picture)
    loaded = _world(world)
    when = year or _base_year(loaded)
    if bottom:
        _show_bottom_up(loaded, when, json, quiet)
        return
    if stock:
        from ytterby.demand.pictures import in_use_picture

        table = demand.in_use(loaded, when, when + until)
        _draw(picture, in_use_picture(table))
        if json:
            print_json({"first": when, "last": when + until, "in_use": table})
            return
        wide = table[table["year"].isin([when, when + until // 2, when + until])]
        print_table(wide, "Magnets sold, in use and scrapped, t of finished magnet")
        return
    table = demand.totals(loaded, when, by)
    if json:
        print_json({"year": when, "by": by, "demand": table})
        return
    print_table(
        table.sort_values(["magnet", "t"], ascending=False),
        f"Demand {when} by {by}, t (magnets: finished; others: REO)",
    )


@app.command()
def forecast(
    region: Annotated[
        str, typer.Option(help="china, europe, usa, india, japan, korea, rest-of-world or world.")
    ] = "world",
    scenario: Annotated[str | None, typer.Option(help="steps-2025, steps-2024 or aps-2024.")] = None,
    last_year: Annotated[int | None, typer.Option(help="Fit to this year and predict the years after.")] = None,
    picture: PictureOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show the path of electric-car sales and how fitted curves do on years that they did not see."""
    from ytterby import demand
    from ytterby.world.choices import choice

    _check(picture)
    loaded = _world(world)
    wanted = scenario or choice(loaded, "ev-scenario")
    history = demand.ev_history(loaded, region)
    last = int(history["year"].max())
    path = demand.baseline_path(loaded, region, last - 5, last + 10, wanted)
    test = demand.adoption_test(loaded, region, last_year or int(_setting(loaded, "demand-fit-year")))
    if picture is not None:
        from ytterby.demand.pictures import forecast_picture

        _draw(picture, forecast_picture(loaded, test))
    if json:
        print_json(
            {
                "region": region, "scenario": wanted, "path": path, "fit": test.fit, "test": test.table,
                "errors": test.errors, "method": test.method, "wins": test.wins,
            }
        )  # fmt: skip
        return
    print_table(path, f"Electric cars, {region}, {wanted}")
    print_table(test.table, f"Fitted to {test.fit.last_year}, predicted after")
    if not quiet:
        errors = ", ".join(f"{name} {error:.0%}" for name, error in test.errors.items())
        better = "better" if test.wins else "worse"
        typer.echo(f"mean error: {errors}; this model follows {test.method}: {better} than the straight line")


@app.command()
def delay(
    place: Annotated[
        str, typer.Argument(help="Where motors are made: china, europe, usa, japan, korea, india ... Or use an option.")
    ] = "",
    shortage: Annotated[
        list[float] | None, typer.Argument(help="Share of traction magnets missing, 0 to 1: one, or one a month.")
    ] = None,
    months: Annotated[int, typer.Option(help="How long, if one share is given.", min=1)] = 12,
    start: Annotated[int | None, typer.Option(help="First year; the one after the base year if left out.")] = None,
    path: Annotated[str, typer.Option(help="A supply path of the world, such as controls-2025.")] = "",
    supply: Annotated[
        Path | None, typer.Option(help="A CSV table: period, place, grade, available.", exists=True, dir_okay=False)
    ] = None,
    run: Annotated[
        list[Path] | None, typer.Option(help="A saved run; repeat for several years.", exists=True, file_okay=False)
    ] = None,
    substitution: Annotated[
        float | None, typer.Option(help="Share of demand saved a year by thrift and other motors.")
    ] = None,
    premium: Annotated[float, typer.Option(help="What magnets cost more while it lasts, USD/kg.")] = 0.0,
    picture: PictureOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Turn a supply path into stopped lines, cars and turbines that come later or never, months, cost and carbon."""
    from ytterby.studies import delay as study

    _check(picture)
    loaded = _world(world)
    begun = _supply(loaded, place, shortage or [], months, start, path, supply, run or [])
    found = study.delay(loaded, begun, substitution_per_year=substitution, premium_usd_per_kg=premium)
    if picture is not None:
        from ytterby.demand.pictures import shortage_picture

        _draw(picture, shortage_picture(loaded, found.monthly, str(found.cars["place"].iloc[0])))
    if json:
        tables = {"cars": found.cars, "annual": found.annual, "monthly": found.monthly, "wind": found.wind}
        print_json({"totals": found.totals, **tables})
        return
    print_table(
        found.cars,
        "Electric cars, by where their motors are made",
        {
            "place": "place", "missing_mean": "missing", "months_short": "months", "first_stops": "first stops",
            "postponed": "late, cars", "lost": "lost, cars", "delay_months": "delay, months",
            "fleet_delay_months": "of fleet", "usd_per_vehicle": "USD/car", "extra_musd": "M USD",
            "extra_mtco2": "Mt CO2",
        },
    )  # fmt: skip
    years = begun.first_year + begun.months // 12 + 1
    print_table(found.annual[found.annual["year"].le(years)], "Sales and shares")
    print_table(found.wind, "Wind turbines, MW")
    if not quiet:
        totals = found.totals
        typer.echo(
            f"{totals['postponed']:,.0f} cars not built in time, {totals['lost']:,.0f} never; the yearly share comes "
            f"up to {totals['delay_months']:.1f} months later; {totals['extra_musd']:,.0f} M USD dearer, "
            f"{totals['extra_mtco2']:.2f} Mt CO2 more; {totals['postponed_mw']:,.0f} MW of wind wait"
        )


@app.command()
def record(
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Score the chance that a firm has stopped against what firms did."""
    from ytterby.studies.delay import stop_record

    found = stop_record(_world(world))
    scores, calibration = found.scores(), found.calibration()
    if json:
        print_json({"scores": scores, "calibration": calibration, "fitted_median_weeks": found.fitted_median_weeks,
                    "table": found.table})  # fmt: skip
        return
    print_table(found.table, "Chance of having stopped, firm by firm")
    print_table(calibration, "Expected and observed, firms left out of the fit")
    if not quiet:
        typer.echo(
            f"Brier score {scores['model']:.3f}, with the firm left out {scores['left_out']:.3f}; base rate "
            f"{scores['base_rate']:.3f}, base rate by month {scores['monthly_rate']:.3f}; likeliest median cover "
            f"{found.fitted_median_weeks:.1f} weeks"
        )


@app.command()
def economy(
    withheld: Annotated[float, typer.Argument(help="Share of former supply that is withheld, 0 to 1.")],
    months: Annotated[int, typer.Option(help="How long, 1 to 12.")] = 12,
    use: Annotated[list[str] | None, typer.Option(help="Only these uses; repeat. All uses if left out.")] = None,
    horizon: Annotated[str, typer.Option(help="Price response: months, year or three-years.")] = "year",
    picture: PictureOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """What a cut of supply costs the US economy, sector by sector, beside what others have published."""
    from ytterby.demand import economy as room

    _check(picture)
    loaded = _world(world)
    found = room.economy_loss(loaded, dict.fromkeys(use, withheld) if use else withheld, months, horizon=horizon)
    published = room.estimates(loaded)
    if picture is not None:
        from ytterby.demand.pictures import economy_picture

        _draw(picture, economy_picture(loaded, found))
    if json:
        print_json({"loss": found, "share_of_product": found.share, "published": published})
        return
    print_table(found.uses, "Uses: price, what is missing, what stands")
    top = found.table.nlargest(15, "value_added_musd")
    print_table(top, "Sectors that lose most, M USD of 2017")
    columns = {"what": "what", "value": "value", "low": "low", "high": "high", "unit": "unit", "source": "source"}
    print_table(published, "What others found (each its own question, not this one)", columns)
    if not quiet:
        typer.echo(
            f"{found.value_added_musd:,.0f} M USD of value added lost ({found.low_musd:,.0f} to "
            f"{found.high_musd:,.0f} by sectors' dependence), {found.share:.2%} of gross domestic product; "
            f"{found.direct_musd:,.0f} of it where material lacks"
        )


@app.command()
def substitutes(
    use: Annotated[str, typer.Option(help="ev-traction or wind.")] = "ev-traction",
    world: WorldOption = None,
    json: JsonOption = False,
) -> None:
    """What replaces a magnet: cost, switch price, lag, pace and ceiling."""
    import pandas as pd

    from ytterby import demand

    table = pd.DataFrame([vars(s) for s in demand.substitutes(_world(world), use=use)])
    if json:
        print_json({"use": use, "substitutes": table})
        return
    print_table(table.drop(columns=["use", "technology"]), f"Substitutes, {use}")


def _world(folder: str | None) -> World:
    from ytterby.world.load import World

    return World.load(folder)


def _setting(world: World, name: str) -> float:
    return float(world.table("model_settings").set_index("setting")["value"][name])


def _base_year(world: World) -> int:
    return int(_setting(world, "base-year"))


def _show_bottom_up(world: World, year: int, json: bool, quiet: bool) -> None:
    from ytterby import demand

    counted = demand.bottom_up(world, year)
    if json:
        sums = {"total_t": counted.total_t, "iea_t": counted.iea_t, "residual_t": counted.residual_t}
        print_json({"year": year, "uses": counted.table, **sums})
        return
    print_table(
        counted.table,
        f"Magnets from below, {year}: t of finished magnet and of Nd+Pr+Dy+Tb (gross of scrap)",
        {
            "use": "use", "t_magnet": "t magnet", "t_magnet_low": "low", "t_magnet_high": "high",
            "t_element": "t element", "t_element_net": "net of scrap", "iea_t": "IEA", "gap": "gap",
            "units_known": "units known", "how": "how",
        },
    )  # fmt: skip
    if not quiet:
        typer.echo(
            f"counted {counted.total_t:,.0f} t of the IEA's {counted.iea_t:,.0f} t; the other "
            f"{counted.residual_t:,.0f} t are electronics, drives, robots, lifts and what nobody counts"
        )


def _supply(
    world: World, place: str, shortage: list[float], months: int, start: int | None, path: str, supply: Path | None,
    runs: list[Path],
) -> Supply:  # fmt: skip
    """The one way that the user named: a place with shares, a path, a table or saved runs."""
    import pandas as pd

    from ytterby.studies import delay as study

    given = {
        "PLACE SHORTAGE": bool(place or shortage),
        "--path": bool(path),
        "--supply": bool(supply),
        "--run": bool(runs),
    }
    if sum(given.values()) != 1 or bool(place) != bool(shortage):
        found = ", ".join(name for name, is_given in given.items() if is_given) or "nothing"
        raise InputError(
            "no shortage", [Fault("arguments", found, "a place and shares, or one of --path --supply --run")]
        )
    if path:
        return study.supply_named(world, path)
    if supply is not None:
        return study.supply_table(world, pd.read_csv(supply, dtype={"period": str, "place": str, "grade": str}))
    if runs:
        from ytterby import runs as store

        kept = [store.read(folder) for folder in runs]
        return study.supply_of(world, {str(_year(run)): run.tables["consumption"] for run in kept})
    missing = shortage * months if len(shortage) == 1 else shortage
    outside = [s for s in missing if not 0 <= s <= 1]
    if outside:
        raise InputError("no such shortage", [Fault("shortage", str(outside[0]), "shares between 0 and 1")])
    first = start or _base_year(world) + 1
    periods = [f"{first + m // 12}-{m % 12 + 1:02d}" for m in range(len(missing))]
    rows = {"period": periods, "place": place, "grade": "any", "available": [1.0 - s for s in missing]}
    return study.supply_table(world, pd.DataFrame(rows))


def _year(run: Run) -> int:
    """Year of a saved market; raises InputError for a run of another kind."""
    if "year" not in run.manifest or "consumption" not in run.tables:
        fault = Fault(str(run.folder), "not a solved market", "a folder that `ytterby solve --out` wrote")
        raise InputError("no supply in this run", [fault])
    return int(run.manifest["year"])


def _check(picture: Path | None) -> None:
    if picture is not None and picture.suffix not in DRAWN:
        raise InputError(
            "no such picture", [Fault("--picture", str(picture), f"a file name that ends in {', '.join(DRAWN)}")]
        )


def _draw(path: Path | None, drawn: Picture) -> None:
    """Write a picture with its title and source line."""
    if path is None:
        return
    if path.suffix == ".png":
        drawn.png(path)
        return
    svg = drawn.svg()
    if path.suffix == ".html":
        from html import escape

        svg = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(drawn.title)}</title>'
            '<body style="font-family:system-ui,sans-serif;margin:24px;max-width:1000px">'
            f"<h1 style='font-size:1.3rem'>{escape(drawn.title)}</h1><div role='img' "
            f"aria-label='{escape(drawn.alternative, quote=True)}'>{svg}</div>"
            f"<p style='color:#555'>{escape(drawn.source_line)}</p></body></html>\n"
        )
    path.write_text(svg, encoding="utf-8")
