"""``ytterby runs``: list, look into and query finished runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.console import JsonOption, WorldOption, print_json, print_table
from ytterby.cli.drawing import PictureOption, PlacesOption, ProductsOption, check_picture
from ytterby.cli.drawing import draw as write

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.runs import Run

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
                "what": what_of(manifest),
                "scenario": manifest.get("scenario", {}).get("title", ""),
                "world": manifest.get("world", {}).get("hash", "")[:12],
                "created_by": manifest.get("created_by", ""),
                "tables": len(manifest.get("tables", {})),
                "hash": manifest.get("hash", "")[:12],
            }
        )
    table = pd.DataFrame(lines, columns=["run", "what", "scenario", "world", "created_by", "tables", "hash"])
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
    """Show what a run says, or one of its tables; the content is checked against the manifest first."""
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
    print_run(found)


def what_of(manifest: Mapping[str, Any]) -> str:
    """In a few words what a run is: the year it solved, or the periods and the episode that it went through."""
    if manifest.get("kind") != "path":
        return str(manifest.get("year", manifest.get("kind", "")))
    if "episode" in manifest:
        return f"episode {manifest['episode']}"
    return f"{manifest.get('first', '')} to {manifest.get('last', '')}".strip()


def print_run(found: Run) -> None:
    """Print what a run was made of, its tables, and what it says: a score, prices over time, or prices of a year."""
    import pandas as pd

    from ytterby.market import Outcome
    from ytterby.market.report import prices_beside_observed
    from ytterby.studies.episode.keep import ABLATION, score_of
    from ytterby.studies.path.record import KIND

    manifest = found.manifest
    typer.echo(f"{found.folder}: {what_of(manifest)}, {manifest.get('scenario', {}).get('title', '')}")
    typer.echo(f"made by {manifest.get('created_by', '') or 'unknown'} with " + _versions(manifest))
    lines = [
        {"table": name, "rows": len(frame), "hash": manifest["tables"][name][:12]}
        for name, frame in found.tables.items()
    ]
    print_table(pd.DataFrame(lines))
    if manifest.get("kind") == "outcome":
        print_table(prices_beside_observed(Outcome.load(found.folder)).dropna(subset=["observed"]), "Prices, USD/kg")
        return
    if manifest.get("kind") != KIND:
        return
    scored = score_of(found)
    if scored is None:
        print_table(_prices_of(found.folder), "Prices, USD/kg net of VAT, mean by what passes")
        return
    from ytterby.cli.backtest import print_ablation, print_score
    from ytterby.world import World

    print_score(World.load(), scored, str(manifest.get("title", "")))
    if ABLATION in found.tables:
        print_ablation(found.table(ABLATION).to_dict("records"))


def _versions(manifest: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items())


def _prices_of(folder: Path) -> pd.DataFrame:
    """Prices of a path, one column a product and place."""
    from ytterby.studies.path import PathOutcome
    from ytterby.studies.path.show import price_paths
    from ytterby.world import World

    prices = price_paths(PathOutcome.load(folder), World.load(), None, None)
    wide = prices.pivot_table(index="period", columns=["product", "place"], values="usd_per_kg", sort=False)
    wide.columns = [", ".join(pair) for pair in wide.columns.to_flat_index()]
    return wide.reset_index()


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
    """What of a run is drawn."""

    chain = "chain"
    cost_curve = "cost-curve"
    prices = "prices"
    score = "score"


@app.command()
def draw(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    what: Annotated[
        What,
        typer.Argument(
            help="chain: an element from mine to use; cost-curve: who supplies a product at what cost; prices: of a "
            "path of years or months; score: of a replay."
        ),
    ] = What.chain,
    product: Annotated[
        list[str] | None,
        typer.Option("--product", "-p", help="Product of the cost curve (NdPr oxide); of prices, any."),
    ] = None,
    place: PlacesOption = None,
    element: Annotated[str, typer.Option(help="Element of the chain; Nd and Pr go together.")] = "NdPr",
    period: Annotated[
        str | None, typer.Option("--period", help="Of a path: the year, quarter or month; default: its last.")
    ] = None,
    picture: PictureOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a run: an element through the chain, the cost curve of a product, prices over time, a replay's score."""
    from ytterby.cli.run_views import view
    from ytterby.world import World

    check_picture(picture)
    seen = view(run, what.value, World.load(world), product or [], place, element, period)
    if picture is not None:
        write(picture, seen.draw())
    if as_json:
        print_json({"table": seen.table, "outputs": [str(picture)] if picture else []})
        return
    print_table(seen.table, seen.title)
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
