"""``ytterby runs``: list, look into and query finished runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.console import JsonOption, WorldOption, print_json, print_table
from ytterby.cli.drawing import PictureOption, PlacesOption, ProductsOption, check_picture
from ytterby.cli.drawing import draw as write

app = typer.Typer(name="runs", help="Finished runs: list, show, draw, query with SQL.", no_args_is_help=True)


@app.command(name="list")
def list_(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder that holds runs.")] = Path("runs"),
    as_json: JsonOption = False,
) -> None:
    """List the runs in a folder."""
    import pandas as pd

    from ytterby import runs

    lines = []
    for path in runs.find(folder):
        manifest = runs.read_manifest(path)
        lines.append(
            {
                "run": path.name,
                "scenario": manifest.get("scenario", {}).get("title", ""),
                "world": manifest.get("world", {}).get("hash", "")[:12],
                "created_by": manifest.get("created_by", ""),
                "tables": len(manifest.get("tables", {})),
                "hash": manifest.get("hash", "")[:12],
            }
        )
    table = pd.DataFrame(lines, columns=["run", "scenario", "world", "created_by", "tables", "hash"])
    if as_json:
        print_json(table)
    elif lines:
        print_table(table, title=str(folder))
    else:
        print(f"no runs in {folder}")


@app.command()
def show(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of one run.")],
    table: Annotated[str | None, typer.Argument(help="Table; without it, the manifest.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Most rows to show; 0: all.")] = 60,
    as_json: JsonOption = False,
) -> None:
    """Show a run's manifest or one of its tables; the content is checked against the manifest first."""
    import pandas as pd

    from ytterby import runs

    found = runs.read(run)
    if table is not None:
        frame = found.table(table)
        if as_json:
            print_json(frame)
        else:
            print_table(frame if limit <= 0 else frame.head(limit), title=f"{table}: {len(frame)} rows")
        return
    if as_json:
        print_json(found.manifest)
        return
    manifest = found.manifest
    made_by = manifest.get("created_by", "") or "unknown"
    print(f"{run}: {manifest.get('scenario', {}).get('title', '')}, made by {made_by}")
    print("versions: " + ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items()))
    print_table(
        pd.DataFrame(
            [
                {"table": name, "rows": len(frame), "hash": manifest["tables"][name][:12]}
                for name, frame in found.tables.items()
            ]
        )
    )


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="SQL; each table of the run is a view.")],
    run: Annotated[list[Path], typer.Option("--run", "-r", help="Run folder; of several, each row says which run.")],
    as_json: JsonOption = False,
) -> None:
    """Ask SQL of one or several runs."""
    from ytterby import runs

    named = {str(path) if [p.name for p in run].count(path.name) > 1 else path.name: path for path in run}
    frame = runs.query(named, query)
    if as_json:
        print_json(frame)
    else:
        print_table(frame)


class What(StrEnum):
    """What of an outcome is drawn."""

    chain = "chain"
    cost_curve = "cost-curve"


@app.command()
def draw(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of an outcome, as `ytterby solve --out` writes.")],
    what: Annotated[
        What,
        typer.Argument(help="chain: an element from mine to use; cost-curve: who supplies a product at what cost."),
    ] = What.chain,
    product: Annotated[str, typer.Option("--product", "-p", help="Product of the cost curve.")] = "ndpr-oxide",
    element: Annotated[str, typer.Option(help="Element of the chain; Nd and Pr go together.")] = "NdPr",
    picture: PictureOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a run: an element through the chain, or the cost curve of a product."""
    from ytterby.market import Outcome
    from ytterby.market.pictures import chain_flows, chain_picture, cost_curve, cost_curve_picture
    from ytterby.world import World

    check_picture(picture)
    outcome = Outcome.load(run)
    table = chain_flows(outcome, element) if what is What.chain else cost_curve(outcome, product)
    if picture is not None:
        places = World.load(world).table("places").set_index("place")["name"]
        names = {str(k): str(v) for k, v in places.items()}
        curve = what is What.cost_curve
        drawn = cost_curve_picture(outcome, product, names) if curve else chain_picture(outcome, names, element)
        write(picture, drawn)
    if as_json:
        print_json({"table": table, "outputs": [str(picture)] if picture else []})
        return
    print_table(table, f"{what.value}, {outcome.meta['year']}, {outcome.meta['label']}")
    if picture is not None:
        typer.echo(f"wrote {picture}")


@app.command()
def fan(
    run: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs of years or months, two or more.")],
    product: ProductsOption = None,
    place: PlacesOption = None,
    picture: PictureOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set several runs of years or months side by side: lowest, middle and highest price of every period."""
    from ytterby.studies.path import PathOutcome
    from ytterby.studies.path.fan import fan_picture, price_fan
    from ytterby.world import World

    check_picture(picture)
    table = price_fan([PathOutcome.load(r) for r in run], World.load(world), product, place)
    if picture is not None:
        write(picture, fan_picture(table, len(run)))
    if as_json:
        print_json({"table": table, "outputs": [str(picture)] if picture else []})
        return
    print_table(table, f"Prices over {len(run)} runs, USD/kg net of VAT")
    if picture is not None:
        typer.echo(f"wrote {picture}")
