"""``ytterby demand``: who buys what, how fast electric cars come, and what a shortage does to them and to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table
from ytterby.cli.drawing import PictureOption, check_picture, draw
from ytterby.cli.shortage import delay, economy, record

if TYPE_CHECKING:
    from ytterby.world.load import World

app = typer.Typer(
    name="demand",
    help="Use by place and good, electric cars, and what a shortage delays and costs.",
    no_args_is_help=True,
)


@app.command()
def show(
    year: Annotated[int | None, typer.Option(help="Calendar year; the world's base year if left out.")] = None,
    by: Annotated[str, typer.Option(help="Sum by use, place, good, commodity, segment or element.")] = "use",
    place: Annotated[str, typer.Option(help="With --by element: one place instead of the world.")] = "",
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

    check_picture(picture)
    loaded = _world(world)
    when = year or _base_year(loaded)
    if bottom:
        _show_bottom_up(loaded, when, json, quiet)
        return
    if stock:
        from ytterby.demand.pictures import in_use_picture

        table = demand.in_use(loaded, when, when + until)
        draw(picture, in_use_picture(table))
        if json:
            print_json({"first": when, "last": when + until, "in_use": table})
            return
        wide = table[table["year"].isin([when, when + until // 2, when + until])]
        print_table(wide, "Magnets sold, in use and scrapped, t of finished magnet")
        return
    if by == "element":
        held = demand.elements(loaded, when, place or None)
        if json:
            print_json({"year": when, "by": by, "place": place or "world", "demand": held})
            return
        wide = held.pivot_table(index="use", columns="element", values="t").reset_index()
        print_table(wide, f"Elements in goods bought {when}, {place or 'world'}, t of element")
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

    check_picture(picture)
    loaded = _world(world)
    wanted = scenario or choice(loaded, "ev-scenario")
    history = demand.ev_history(loaded, region)
    last = int(history["year"].max())
    path = demand.baseline_path(loaded, region, last - 5, last + 10, wanted)
    test = demand.adoption_test(loaded, region, last_year or int(_setting(loaded, "demand-fit-year")))
    if picture is not None:
        from ytterby.demand.pictures import forecast_picture

        draw(picture, forecast_picture(loaded, test))
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
def motor(
    ndpr: Annotated[float, typer.Option(help="Change of the price of NdPr oxide, USD/kg.")] = 0.0,
    dy: Annotated[float, typer.Option(help="Change of the price of Dy oxide, USD/kg.")] = 0.0,
    tb: Annotated[float, typer.Option(help="Change of the price of Tb oxide, USD/kg.")] = 0.0,
    premium: Annotated[float, typer.Option(help="What magnets cost more to make, USD/kg.")] = 0.0,
    magnet: Annotated[float | None, typer.Option(help="Magnet in a vehicle, kg; the world's mean if left out.")] = None,
    region: Annotated[str, typer.Option(help="Whose sales answer to the dearer car.")] = "world",
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """What each type of motor holds and costs at other prices, and what the dearer car does to sales."""
    import numpy as np

    from ytterby import demand

    loaded = _world(world)
    change = {"ndpr-oxide": ndpr, "dy-oxide": dy, "tb-oxide": tb}
    table = demand.motor_types(loaded, change, premium_usd_per_kg=premium, magnet_kg=magnet)
    extra = float(table["extra_usd"].iloc[0])
    share = float(demand.ev_history(loaded, region)["share"].dropna().iloc[-1])
    price = demand.motor_cost(loaded, {}).car_price_usd
    after = float(demand.at_cost(np.array([share]), extra, price, _setting(loaded, "ev-price-elasticity"))[0])
    if json:
        print_json({"motors": table, "car_price_usd": price, "share_before": share, "share_after": after})
        return
    print_table(table, "Traction motors: content and extra cost per vehicle, USD")
    if not quiet:
        typer.echo(
            f"the cheapest costs {extra:,.0f} USD more on a car of {price:,.0f} ({extra / price:.2%}): electric cars' "
            f"share of sales, {region}, from {share:.2%} to {after:.2%}"
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


@app.command()
def retired(
    first: Annotated[int | None, typer.Option(help="First year; the world's base year if left out.")] = None,
    until: Annotated[int, typer.Option(help="Years to show after the first.", min=1)] = 16,
    by: Annotated[str, typer.Option(help="Sum by element, place or nothing more than year.")] = "element",
    picture: PictureOption = None,
    world: WorldOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Rare earths in magnets that leave use, and what of them can be won back."""
    from ytterby import demand
    from ytterby.world.errors import UnknownNameError

    check_picture(picture)
    if by not in ("element", "place", "year"):
        raise UnknownNameError("grouping", by, ("element", "place", "year"))
    loaded = _world(world)
    begin = first or _base_year(loaded)
    left = demand.retired(loaded, demand.purchases(loaded, begin, begin + until), begin, begin + until)
    won = demand.recoverable(loaded, left)
    if picture is not None:
        from ytterby.demand.pictures import retired_picture

        draw(picture, retired_picture(won))
    keys = ["year"] if by == "year" else [by, "year"]
    table = won.groupby(keys, as_index=False)[["retired_t", "t", "low", "high", "t_reo"]].sum()
    if json:
        print_json({"first": begin, "last": begin + until, "by": by, "retired": table})
        return
    shown = table if by == "year" else table[table["year"].isin([begin, begin + until // 2, begin + until])]
    columns = {
        by: by, "year": "year", "retired_t": "leaves use", "t": "won back", "low": "low", "high": "high",
        "t_reo": "won back, oxide",
    }  # fmt: skip
    print_table(shown, "Rare earths in magnets that leave use, t of element; won back also as t of oxide", columns)
    if not quiet:
        typer.echo(
            "by place: where the magnet was built in; the low and high end take all shares and lives at once; "
            "swarf of magnet making is not in it"
        )


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
        sums = {"total_t": counted.total_t, "iea_t": counted.iea_t, "residual_t": counted.residual_t,
                "direct_drive_implied": counted.direct_drive_implied}  # fmt: skip
        print_json({"year": year, "uses": counted.table, **sums})
        return
    print_table(
        counted.table,
        f"Magnets from below, {year}: t of finished magnet and of Nd+Pr+Dy+Tb (gross of scrap)",
        {
            "use": "use", "t_magnet": "t magnet", "t_magnet_low": "low", "t_magnet_high": "high",
            "t_element": "t element", "units_known": "units known", "how": "how",
        },
    )  # fmt: skip
    print_table(
        counted.table[counted.table["iea_t"].notna()],
        "Beside what others count: t of element gross and net of scrap against the IEA's total and the sum of its "
        "sheets by element; t of magnet of trade bodies",
        {
            "use": "use", "t_element": "gross", "t_element_net": "net", "iea_t": "IEA", "gap": "gap",
            "gap_net": "gap of net", "iea_parts_t": "IEA by element", "gap_parts": "gap to that",
            "t_iea_scope": "net, its scope", "gap_scope": "gap of that", "sector_t_magnet": "trade body",
        },
    )  # fmt: skip
    if not quiet:
        sourced = float(counted.table.loc[counted.table["units_known"], "t_element"].sum())
        typer.echo(
            f"counted {counted.total_t:,.0f} t of the IEA's {counted.iea_t:,.0f} t ({sourced:,.0f} t in known units); "
            f"the other {counted.residual_t:,.0f} t are loudspeakers, industrial drives, medical devices and what none "
            "counts\n"
            "basis: gross of scrap for the total, which is of the size of what is refined. The IEA states none for "
            "vehicles and turbines; the content per car that it has published would make "
            f"{counted.table['t_iea_content'].max():,.0f} t of vehicles, so its row reads as content (net), vans, "
            "buses, trucks, two- and three-wheelers included. As content its row for wind would need "
            f"{counted.direct_drive_implied:.0%} of turbines with direct drive; makers count fewer, see above"
        )


app.command()(delay)
app.command()(record)
app.command()(economy)
