"""``ytterby demand``: who buys what, how fast electric cars come, and what a shortage does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.world.load import World

app = typer.Typer(
    name="demand",
    help="Use by place and good, electric cars, and what a shortage delays.",
    no_args_is_help=True,
)


def _world(folder: str | None) -> World:
    from ytterby.world.load import World

    return World.load(folder)


@app.command()
def show(
    year: Annotated[int, typer.Option(help="Calendar year.")] = 2024,
    by: Annotated[str, typer.Option(help="Sum by use, place, good, commodity or segment.")] = "use",
    bottom: Annotated[bool, typer.Option("--bottom-up", help="Units times content beside the IEA's numbers.")] = False,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show a year's demand, or how it adds up from cars, turbines and machines."""
    from ytterby import demand

    loaded = _world(world)
    if bottom:
        counted = demand.bottom_up(loaded, year)
        if json:
            print_json(
                {
                    "year": year,
                    "uses": counted.table,
                    "total_t": counted.total_t,
                    "iea_t": counted.iea_t,
                    "residual_t": counted.residual_t,
                }
            )
            return
        print_table(
            counted.table,
            f"Magnets from below, {year}: t of finished magnet and of Nd+Pr+Dy+Tb (gross of scrap)",
            {
                "use": "use", "t_magnet": "t magnet", "t_magnet_low": "low", "t_magnet_high": "high",
                "t_element": "t element", "iea_t": "IEA", "gap": "gap",
            },
        )  # fmt: skip
        if not quiet:
            typer.echo(
                f"counted {counted.total_t:,.0f} t of the IEA's {counted.iea_t:,.0f} t; the other "
                f"{counted.residual_t:,.0f} t are electronics, drives, robots, lifts and what nobody counts"
            )
        return
    table = demand.totals(loaded, year, by)
    if json:
        print_json({"year": year, "by": by, "demand": table})
        return
    print_table(
        table.sort_values(["magnet", "t"], ascending=False),
        f"Demand {year} by {by}, t (magnets: finished; others: REO)",
    )


@app.command()
def forecast(
    region: Annotated[
        str, typer.Option(help="china, europe, usa, india, japan, korea, rest-of-world or world.")
    ] = "world",
    scenario: Annotated[str, typer.Option(help="steps-2025, steps-2024 or aps-2024.")] = "steps-2025",
    last_year: Annotated[int, typer.Option(help="Fit to this year and predict the years after.")] = 2021,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show the path of electric-car sales and how a fitted curve does on years that it did not see."""
    from ytterby import demand

    loaded = _world(world)
    path = demand.baseline_path(loaded, region, 2020, 2035, scenario)
    test = demand.adoption_test(loaded, region, last_year)
    if json:
        print_json(
            {
                "region": region, "path": path, "fit": test.fit, "test": test.table,
                "error_logistic": test.logistic_error, "error_naive": test.naive_error,
            }
        )  # fmt: skip
        return
    print_table(path, f"Electric cars, {region}, {scenario}")
    print_table(test.table, f"Fitted to {last_year}, predicted after")
    if not quiet:
        better = "better" if test.logistic_wins else "worse"
        typer.echo(
            f"mean error of the curve {test.logistic_error:.0%}, of a straight line "
            f"{test.naive_error:.0%}: the curve is {better}"
        )


@app.command()
def delay(
    place: Annotated[str, typer.Argument(help="Where motors are made: china, europe, usa, japan, korea, india ...")],
    shortage: Annotated[
        list[float], typer.Argument(help="Share of traction magnets missing, 0 to 1: one, or one a month.")
    ],
    months: Annotated[int, typer.Option(help="How long, if one share is given.")] = 12,
    start: Annotated[int, typer.Option(help="First year.")] = 2025,
    substitution: Annotated[
        float, typer.Option(help="Share of demand saved a year by thrift and other motors.")
    ] = 0.10,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Turn a shortage of magnets into stopped lines, cars that come later or never, and months."""
    from ytterby import demand

    if not shortage:
        raise InputError("no shortage", [Fault("shortage", "nothing", "a share between 0 and 1")])
    path: Any = shortage[0] if len(shortage) == 1 else shortage
    result = demand.shortfall(_world(world), place, path, months, start_year=start, substitution_per_year=substitution)
    if json:
        print_json(result)
        return
    shown = result.annual.iloc[: max(4, int(result.monthly["shortage"].gt(0).sum()) // 12 + 2)]
    print_table(shown, f"Electric cars, {place}")
    if not quiet:
        typer.echo(
            f"{result.postponed_vehicles:,.0f} cars not built in time, {result.lost_vehicles:,.0f} never; "
            f"the yearly share comes up to {result.delay_months:.1f} months later, "
            f"the fleet {result.fleet_delay_months:.2f} months"
        )
