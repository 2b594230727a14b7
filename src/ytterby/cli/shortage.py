"""What a shortage does: ``ytterby demand delay``, ``record`` and ``economy``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.cli.drawing import PictureOption, check_picture, draw
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.studies.delay import Supply
    from ytterby.world.load import World


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
        list[Path] | None,
        typer.Option(help="A saved market or path; repeat for several years.", exists=True, file_okay=False),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="With --run: the case whose purchases are the need; repeat.", exists=True, file_okay=False),
    ] = None,
    substitution: Annotated[
        float | None, typer.Option(help="Share of demand saved a year by thrift and other motors.")
    ] = None,
    premium: Annotated[float, typer.Option(help="What magnets cost more while it lasts, USD/kg.", min=0)] = 0.0,
    band: Annotated[bool, typer.Option("--band", help="Also at both ends of stock cover, thrift and carbon.")] = False,
    picture: PictureOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Turn a supply path into stopped lines, cars and turbines that come later or never, months, cost and carbon."""
    from ytterby.studies import delay as study

    check_picture(picture)
    loaded = _world(world)
    begun = _supply(loaded, place, shortage or [], months, start, path, supply, run or [], against or [])
    found = study.delay(loaded, begun, substitution_per_year=substitution, premium_usd_per_kg=premium)
    ends = study.delay_band(loaded, begun, premium_usd_per_kg=premium) if band else None
    if picture is not None:
        from ytterby.demand.pictures import shortage_picture

        if found.cars.empty:
            raise InputError("no picture", [Fault("--picture", "no cars are built there", "a place that builds cars")])
        draw(picture, shortage_picture(loaded, found.monthly, str(found.cars["place"].iloc[0])))
    if json:
        tables = {"cars": found.cars, "annual": found.annual, "monthly": found.monthly, "wind": found.wind}
        print_json({"totals": found.totals, **({"band": ends} if ends is not None else {}), **tables})
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
    if ends is not None:
        print_table(ends, "Sums at both ends of the bands")
    if not quiet:
        typer.echo(_summary(found.totals))


def _summary(totals: Mapping[str, float]) -> str:
    """The sums in one sentence; money only where any is paid."""
    if not totals["postponed"] and not totals["postponed_mw"]:
        return "no line stops: stocks, thrift and substitutes cover what is missing, if anything is"
    dearer = f"{totals['extra_musd']:,.0f} M USD dearer, " if totals["extra_musd"] >= 0.5 else ""
    return (
        f"{totals['postponed']:,.0f} cars not built in time, {totals['lost']:,.0f} never; in the worst year electric "
        f"cars' share comes {totals['delay_months']:.1f} months later, mean over places; {dearer}"
        f"{totals['extra_mtco2']:.2f} Mt CO2 more; {totals['postponed_mw']:,.0f} MW of wind wait"
    )


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
        cover = found.fitted_median_weeks
        print_json({"scores": scores, "intervals": found.intervals(), "calibration": calibration,
                    "fitted_median_weeks": cover, "table": found.table})  # fmt: skip
        return
    print_table(found.table, "Chance of having stopped, firm by firm")
    print_table(calibration, "Expected and observed, firms left out of the fit")
    intervals = found.intervals()
    print_table(intervals, "Brier scores, firms drawn anew: 5 to 95 %; gain: above 0 the model is better")
    if not quiet:
        typer.echo(
            f"Brier score {scores['model']:.3f}, with the firm left out {scores['left_out']:.3f}; base rate "
            f"{scores['base_rate']:.3f}, of the other firms {scores['others_rate']:.3f}, of the other firms by month "
            f"{scores['monthly_rate']:.3f}; likeliest median cover {found.fitted_median_weeks:.1f} weeks. "
            + _verdict(intervals)
        )


def _verdict(intervals: pd.DataFrame) -> str:
    """What the intervals let one say of the fitted model against the rates of the other firms."""
    low = dict(zip(intervals["score"], intervals["low"].astype(float), strict=True))
    beaten = {rate: low[f"gain on {rate}"] > 0 for rate in ("others_rate", "monthly_rate")}
    if all(beaten.values()):
        return "Better than both rates of the other firms, whichever firms are drawn"
    if beaten["others_rate"]:
        return "Better than the rate of the other firms; than their rate by month so few firms cannot tell"
    return "So few firms cannot tell whether it is better than their rates"


def economy(
    withheld: Annotated[float, typer.Argument(help="Share of former supply that is withheld, 0 to 1.")],
    months: Annotated[int, typer.Option(help="How long, 1 to 12.")] = 12,
    use: Annotated[list[str] | None, typer.Option(help="Only these uses; repeat. All uses if left out.")] = None,
    place: Annotated[str, typer.Option(help="Whose economy: usa (in detail), china, germany, japan (groups).")] = "usa",
    horizon: Annotated[str, typer.Option(help="Price response: months, year or three-years.")] = "year",
    picture: PictureOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """What a cut of supply costs an economy, sector by sector, beside what others have published."""
    from ytterby.demand import economy as room

    check_picture(picture)
    loaded = _world(world)
    found = room.economy_loss(
        loaded, dict.fromkeys(use, withheld) if use else withheld, months, place=place, horizon=horizon
    )
    published = room.estimates(loaded)
    if picture is not None:
        from ytterby.demand.pictures import economy_picture

        draw(picture, economy_picture(loaded, found, place))
    if json:
        print_json({"place": place, "loss": found, "share_of_product": found.share, "published": published})
        return
    print_table(found.uses, "Uses: price, what is missing, what stands")
    top = found.table.nlargest(15, "value_added_musd")
    name = str(loaded.table("economies").set_index("economy").loc[place, "name"])
    print_table(top, f"Sectors that lose most, {name}, {found.money}")
    columns = {"what": "what", "value": "value", "low": "low", "high": "high", "unit": "unit", "source": "source"}
    print_table(published, "What others found (each its own question, not this one)", columns)
    if not quiet:
        typer.echo(
            f"{found.value_added_musd:,.0f} M USD of value added lost ({found.low_musd:,.0f} to "
            f"{found.high_musd:,.0f} by sectors' dependence), {found.share:.2%} of gross domestic product; "
            f"{found.direct_musd:,.0f} of it where material lacks; {found.closed_musd:,.0f} if nothing more could be "
            "imported instead"
        )


def _world(folder: str | None) -> World:
    from ytterby.world.load import World

    return World.load(folder)


def _supply(
    world: World, place: str, shortage: list[float], months: int, start: int | None, path: str, supply: Path | None,
    runs: list[Path],
    against: list[Path],
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
        return study.supply_table(world, _csv(supply))
    if runs:
        return study.supply_of(world, _consumption(runs), _consumption(against) if against else None)
    missing = shortage * months if len(shortage) == 1 else shortage
    outside = [s for s in missing if not 0 <= s <= 1]
    if outside:
        raise InputError("no such shortage", [Fault("shortage", str(outside[0]), "shares between 0 and 1")])
    first = start or int(world.table("model_settings").set_index("setting")["value"]["base-year"]) + 1
    periods = [f"{first + m // 12}-{m % 12 + 1:02d}" for m in range(len(missing))]
    rows = {"period": periods, "place": place, "grade": "any", "available": [1.0 - s for s in missing]}
    return study.supply_table(world, pd.DataFrame(rows))


def _csv(path: Path) -> pd.DataFrame:
    """A table of text and numbers from a CSV file; raises InputError where it is none."""
    import pandas as pd

    try:
        return pd.read_csv(path, dtype={"period": str, "place": str, "grade": str})
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        fault = Fault(str(path), str(error), "a CSV table in UTF-8 with the columns period, place, grade, available")
        raise InputError("supply path cannot be read", [fault]) from error


def _consumption(folders: list[Path]) -> pd.DataFrame:
    """What was bought in saved markets or paths, by period; raises InputError for a run of another kind."""
    import pandas as pd

    from ytterby import runs

    parts = []
    for folder in folders:
        run = runs.read(folder)
        if "consumption" not in run.tables:
            fault = Fault(str(folder), "not a solved market", "a folder that `ytterby solve --out` or a path wrote")
            raise InputError("no supply in this run", [fault])
        table = run.table("consumption")
        parts.append(table if "period" in table.columns else table.assign(period=run.manifest.get("year", "")))
    return pd.concat(parts, ignore_index=True)
