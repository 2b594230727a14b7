"""``ytterby runs``: list, look into and query finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.console import JsonOption, print_json, print_table

app = typer.Typer(name="runs", help="Finished runs: list, show, query with SQL.", no_args_is_help=True)


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
