"""`ytterby separate`: acid, reagents and cost of a split, its peers and its plants; and `ytterby circuit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.circuit import circuit
from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress
from ytterby.cli.separation_views import SHOWN, View, as_records, known_countries, view_tables, write_frames
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.separation import Comparison, Inventory, Separation
    from ytterby.world import World

__all__ = ["app", "circuit", "separate"]

app = typer.Typer(help="Separation: acid, reagents, stages and cost of splitting an ore.", no_args_is_help=True)

FeedOption = Annotated[
    str,
    typer.Option(
        "--feed", metavar="ORE", help="Ore, `seg-heavy:<ore>`, `scrap` or oxide shares (`La=26,Ce=50.5,...`)."
    ),
]
CircuitOption = Annotated[str, typer.Option("--circuit", metavar="NAME", help="Circuit file of the world.")]
PictureOption = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE.svg", help="Write the picture as SVG or PNG.")
]


@app.command()
def separate(
    feed: FeedOption = "mountain-pass",
    circuit: CircuitOption = "us-chlor-alkali",
    vs: Annotated[str, typer.Option("--vs", metavar="ORE:CIRCUIT", help="Compare with another plant.")] = "",
    view: Annotated[View, typer.Option("--show", help="What to show.")] = View.INVENTORY,
    route: Annotated[str, typer.Option("--route", help="Cracking route instead of the circuit's own.")] = "",
    country: Annotated[str, typer.Option("--country", metavar="ISO3[,ISO3]", help="Whose prices.")] = "USA,CHN",
    throughput: Annotated[float, typer.Option("--throughput", min=1, help="t REO a year, for capital.")] = 5000.0,
    samples: Annotated[int, typer.Option("--samples", min=16, help="Samples behind the bands.")] = 512,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the samples.")] = 0,
    picture: PictureOption = None,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE.csv|xlsx", help="Write what is shown as CSV or Excel.")
    ] = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Acid, reagents, wastes and cost of splitting one tonne of an ore; with --vs, the ratio and its causes.

    --show: routes that open the ore; separation factors; the cheapest sequences of cuts; published reagent use and cost
    beside the computed; every separator of the market; capital; oxide to magnet.
    """
    from ytterby.separation import Separation, compare

    loaded = _world(world)
    separation = Separation(loaded)
    named = known_countries(separation, country)
    if vs:
        other, _, other_circuit = vs.rpartition(":")
        if not other:
            raise InputError(
                "the plant to compare with cannot be read",
                [Fault("--vs", repr(vs), "ORE:CIRCUIT, such as bayan-obo:cn-p507")],
            )
        countries = (named[0], named[1]) if len(named) == 2 else None
        with progress("sampling", quiet or as_json):
            result = compare(
                loaded, feed, circuit, other, other_circuit, samples, seed, countries=countries, separation=separation
            )
        if picture is not None:
            from ytterby.separation.charts import acid_picture

            _write_picture(acid_picture(result), picture)
        if as_json:
            print_json(result)
        else:
            _print_comparison(result)
        return
    if view is View.INVENTORY:
        _alone(separation, feed, circuit, route or None, named[0], table, as_json=as_json)
        return
    with progress(f"{view.value}", quiet or as_json):
        frames, told = view_tables(view, separation, feed, circuit, named, throughput)
    if table is not None:
        write_frames(frames, table)
    if as_json:
        print_json(as_records(frames, told))
        return
    for title, frame in frames.items():
        print_table(frame[list(SHOWN.get(view, tuple(frame.columns)))], title)
    for sentence in told:
        typer.echo(sentence)


app.command()(circuit)


def _world(path: str | None) -> World:
    from ytterby.world import World

    return World.load(path)


def _alone(
    separation: Separation,
    feed: str,
    circuit_name: str,
    route: str | None,
    country: str,
    path: Path | None,
    *,
    as_json: bool,
) -> None:
    import pandas as pd

    inventory = separation.inventory(feed, circuit_name, route)
    cost = separation.cost(feed, circuit_name, route, country)
    acid = inventory.hcl
    rows = [
        ("HCl charged", acid.gross, "t/t REO fed"),
        ("HCl used up", acid.net, "t/t REO fed"),
        ("  dissolution", acid.dissolution, "t/t REO fed"),
        ("  gangue and pre-leach", acid.gangue, "t/t REO fed"),
        ("  solvent extraction", acid.extraction, "t/t REO fed"),
        ("HCl made on site", acid.made, "t/t REO fed"),
        ("HCl bought", acid.purchased, "t/t REO fed"),
        *(
            (f"HCl used up per t {name}", acid.net / made, "t/t")
            for name, made in (("separated oxide", inventory.separated), ("NdPr oxide", inventory.ndpr))
            if made > 0
        ),
        ("H+ of all mineral acids", inventory.protons_kmol, "kmol/t REO fed"),
        *((f"{k} bought", v, "t/t REO fed") for k, v in inventory.reagents.items() if k != "hcl"),
        ("power", inventory.power_kwh, "kWh/t REO fed"),
        ("heat", inventory.heat_gj, "GJ/t REO fed"),
        ("water", inventory.water_m3, "m3/t REO fed"),
        *((f"{k} in waste water", v, "t/t REO fed") for k, v in inventory.salts.items()),
        ("greenhouse gases of what is bought", inventory.carbon_kg, "kg CO2e/t REO fed"),
    ]
    total = f"{cost.usd_per_t:,.0f} USD/t REO fed ({cost.low_usd_per_t:,.0f} to {cost.high_usd_per_t:,.0f})"
    lines = [(x.item, x.usd_per_t, x.confidence.value, x.source) for x in cost.lines]
    frames = {
        f"{feed} by {inventory.route}, {circuit_name}": pd.DataFrame(rows, columns=["what", "amount", "unit"]),
        f"{total}, prices of {country}": pd.DataFrame(lines, columns=["cost", "USD/t REO fed", "grade", "source"]),
        "Products": pd.DataFrame(list(cost.yields.items()), columns=["product", "t/t REO fed"]),
    }
    if path is not None:
        write_frames(frames, path)
    if as_json:
        print_json({"inventory": _inventory(inventory), "cost": cost, "usd_per_t": cost.usd_per_t})
        return
    for title, frame in frames.items():
        print_table(frame, title)
    for note in cost.notes:
        typer.echo(note)


def _inventory(inventory: Inventory) -> dict[str, Any]:
    import dataclasses

    data = dataclasses.asdict(inventory)
    data["hcl"] |= {
        "net": inventory.hcl.net,
        "gross": inventory.hcl.gross,
        "purchased": inventory.hcl.purchased,
    }
    return data


def _print_comparison(c: Comparison) -> None:
    import pandas as pd

    rows = []
    for side in (c.a, c.b):
        for measure, band in (
            ("charged", side.gross),
            ("used up", side.net),
            ("bought", side.purchased),
            ("used up, per t separated", side.per["separated"]),
            ("used up, per t NdPr oxide", side.per["ndpr"]),
        ):
            rows.append((f"{side.ore}, {side.circuit}", measure, band.point, band.low, band.high))
    print_table(
        pd.DataFrame(rows, columns=["plant", "HCl, t of 100 % per t", "point", "low", "high"]),
        "Hydrochloric acid per t REO fed, unless said otherwise",
    )
    ratios = [(k, b.point, b.low, b.high) for k, b in c.ratios.items()]
    print_table(pd.DataFrame(ratios, columns=["ratio", "point", "low", "high"]), f"{c.a.ore} over {c.b.ore}")
    causes = [(k, v) for k, v in c.causes.items()]
    print_table(pd.DataFrame(causes, columns=["cause", "factor on acid used up"]), "Why (factors multiply)")
    if c.price_ratio is not None:
        p = c.price_ratio
        typer.echo(f"price of acid: {p.point:.2g} times ({p.low:.2g} to {p.high:.2g}); {c.price_basis}")
        typer.echo(f"acid bill: {c.cost_ratio:.2g} times")
    said = c.because.startswith(c.verdict.value)
    typer.echo(c.because if said else f"{c.verdict.value}: {c.because}")


def _write_picture(picture: Any, path: Path) -> None:
    if path.suffix == ".png":
        picture.png(path)
    else:
        path.write_text(picture.svg(), encoding="utf-8")
