"""`ytterby route`: lawful ways between two places, compared, and what happens when one more border shuts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress


class WaysByDefault(TyperGroup):
    """Without a subcommand's name, the words are an origin and a destination."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``ways`` before two places."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["ways", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=WaysByDefault, help="Lawful ways between two places: cost, time, risk.", no_args_is_help=True)

Origin = Annotated[str, typer.Argument(help="Hub, site, market zone or UN/LOCODE.")]
Destination = Annotated[str, typer.Argument(help="As the origin.")]
FormOption = Annotated[str, typer.Option("--form", "-f", help="Product form (table product_forms).")]
OnOption = Annotated[str, typer.Option("--on", metavar="DATE", help="Day of the shipment; default: the world's.")]
AvoidOption = Annotated[str, typer.Option("--avoid", metavar="RU,CN", help="Countries to avoid, comma-separated.")]
ClosedOption = Annotated[
    str,
    typer.Option("--closed", metavar="NAMES", help="Legs, hubs or passages that are shut, comma-separated."),
]


def _router(world: str | None, on: str, quiet: bool) -> Any:
    from ytterby.routes import Router
    from ytterby.world.choices import choice
    from ytterby.world.load import World

    with progress("reading the network", quiet):
        loaded = World.load(world)
        return Router(loaded, on or choice(loaded, "ways-day"))


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


@app.command("ways")
def ways(
    origin: Origin,
    destination: Destination,
    form: FormOption = "oxide",
    on: OnOption = "",
    avoid: AvoidOption = "",
    closed: ClosedOption = "",
    criteria: Annotated[str, typer.Option(help="Any of cost,days,risk,carbon.")] = "cost,days,risk",
    epsilon: Annotated[float, typer.Option(help="How much worse a way may be and still stand for another.")] = 0.03,
    most: Annotated[int, typer.Option(min=1, help="Most ways shown.")] = 8,
    class7: Annotated[
        bool | None,
        typer.Option("--class7/--not-class7", help="Radioactive (Class 7)? Default: what the form says."),
    ] = None,
    geojson: Annotated[Path | None, typer.Option(help="Write the ways as GeoJSON.")] = None,
    excel: Annotated[Path | None, typer.Option(help="Write the ways and legs as Excel.")] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show the lawful ways that are worth comparing (the default command)."""
    from ytterby.routes import legs_table, ways_table, write_excel, write_geojson

    router = _router(world, on, quiet or as_json)
    found = router.ways(
        origin,
        destination,
        form,
        avoid=_listed(avoid),
        closed=_listed(closed),
        criteria=_listed(criteria),
        epsilon=epsilon,
        most=most,
        class7=class7,
    )
    if geojson is not None:
        write_geojson(router.world, found, geojson)
    if excel is not None:
        write_excel(found, excel)
    if as_json:
        print_json({"on": router.on, "epsilon": epsilon, "criteria": _listed(criteria), "ways": found})
        return
    if not found[0].lawful:
        typer.echo("\n".join(found[0].reasons))
        raise typer.Exit(1)
    shown = ways_table(found)
    shown["band"] = [f"{a:,.0f}-{b:,.0f}" for a, b in zip(shown["low"], shown["high"], strict=True)]
    shown["time"] = [f"{a:.0f}-{b:.0f}" for a, b in zip(shown["days_low"], shown["days_high"], strict=True)]
    columns = {
        "way": "way", "usd_per_t": "USD/t", "band": "band", "time": "days", "risk": "risk",
        "kg_co2e_per_t": "kg CO2e/t", "via": "via", "modes": "modes", "passages": "passages",
    }  # fmt: skip
    print_table(shown, f"{origin} to {destination}, {form}, {router.on} (epsilon {epsilon:g})", columns)
    if not quiet:
        print_table(
            legs_table(found),
            "Legs",
            {"way": "way", "leg": "leg", "mode": "mode", "distance_km": "km", "usd_per_t": "USD/t",
             "days_low": "days", "days_high": "to", "countries": "countries", "source": "source",
             "confidence": "grade"},
        )  # fmt: skip
        for number, way in enumerate(found, start=1):
            for reason in way.reasons:
                typer.echo(f"way {number}: {reason}")


@app.command("compare")
def compare(
    origin: Origin,
    destination: Destination,
    form: FormOption = "carbonate",
    on: OnOption = "",
    first: Annotated[str, typer.Option(help="Hub or leg of the first way.")] = "dostyk",
    second: Annotated[str, typer.Option(help="Hub or leg of the second way.")] = "aktau-alat-ferry",
    draws: Annotated[int, typer.Option(min=100, help="Random draws.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Set two ways against each other on the same draws: by how much, how surely, decided by what."""
    from ytterby.routes import compare_ways, door_to_door

    router = _router(world, on, quiet or as_json)
    pair = [router.cheapest_through(origin, destination, form, via) for via in (first, second)]
    answer = compare_ways(router, pair[0], pair[1], n=draws, seed=seed)
    times = [door_to_door(way, n=draws, seed=seed) for way in pair]
    if as_json:
        print_json({"on": router.on, "comparison": answer, "times": times, "ways": pair})
        return
    cost, days = answer.cost_share, answer.days
    for label, way, time in zip(("first", "second"), pair, times, strict=True):
        typer.echo(
            f"{label}: {way.usd_per_t:,.0f} USD/t ({way.low_usd_per_t:,.0f}-{way.high_usd_per_t:,.0f}), "
            f"{time.p50:.0f} days (P90 {time.p90:.0f}): {' > '.join(leg.leg for leg in way.legs)}"
        )
    typer.echo(
        f"cost: {cost.point:+.0%} ({cost.low:+.0%} to {cost.high:+.0%}); cheaper in {answer.share_cheaper:.0%} of draws"
    )
    typer.echo(
        f"time: {days.point:+.0f} days ({days.low:+.0f} to {days.high:+.0f}); "
        f"a week faster in {answer.share_week_faster:.0%} of draws"
    )
    typer.echo("decided by:")
    for line in answer.deciding:
        typer.echo(f"  {line}")


@app.command("resilience")
def resilience(
    origin: Origin,
    destination: Destination,
    form: FormOption = "carbonate",
    on: OnOption = "",
    avoid: AvoidOption = "",
    surface: Annotated[bool, typer.Option("--surface/--with-air", help="Leave out air for the cuts?")] = True,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """What each closure costs, the smallest cuts by leg and by transit state, and what can pass in a year."""
    from ytterby.routes import closure_costs, smallest_country_cut, smallest_leg_cut, yearly_flow

    router = _router(world, on, quiet or as_json)
    modes = ("road", "rail", "sea", "ferry", "river") if surface else ()
    costs = closure_costs(router, origin, destination, form, avoid=_listed(avoid))
    legs = smallest_leg_cut(router, origin, [destination], form, modes=modes)
    states = smallest_country_cut(router, origin, destination, form, modes=modes)
    flow = yearly_flow(router, origin, destination, form, modes=modes, avoid=_listed(avoid))
    if as_json:
        print_json({"on": router.on, "closures": costs, "leg_cut": legs, "country_cut": states, "yearly_flow": flow})
        return
    print_table(
        costs,
        f"What a closure costs: {origin} to {destination}, {form}, {on}",
        {
            "kind": "kind",
            "closed": "closed",
            "lawful": "a way left",
            "extra_usd_per_t": "extra USD/t",
            "extra_days": "extra days",
        },
    )
    typer.echo(f"smallest cut by legs: {', '.join(legs.members) or 'none'}")
    told = f"{', '.join(states.members) or 'none'} {'; '.join(states.remarks)}"
    typer.echo(f"smallest cut by transit states: {told.rstrip()}")
    limit = "no limit known" if flow.t_per_year == float("inf") else f"{flow.t_per_year:,.0f} t a year"
    typer.echo(f"can pass in a year: {limit} {', '.join(flow.binding)}".rstrip())
