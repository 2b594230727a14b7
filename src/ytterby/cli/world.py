"""``ytterby world``: look at a world, check it, put it in order, copy it, exchange it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.cli.console import (
    EXIT_FAILED,
    JsonOption,
    QuietOption,
    WorldOption,
    print_json,
    print_table,
    progress,
)
from ytterby.cli.world_rows import list_tables, rows_where
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.world import World

app = typer.Typer(name="world", help="The tables: look, check, source, change, exchange.", no_args_is_help=True)

DOCUMENT_CHECKS = {"regimes": "ytterby.rules:regime_faults", "circuits": "ytterby.separation:circuit_faults"}
"""Which room checks which data files: a function (file, content) -> faults."""

WorldArgument = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="World folder; default: the shipped one.")]
ScenarioOption = Annotated[
    list[str] | None,
    typer.Option("--scenario", "-s", help="Scenario by name or file; may be given several times."),
]


def _world(folder: str | Path | None, scenarios: list[str] | None = None) -> World:
    from ytterby.world import Scenario, World

    world = World.load(folder)
    return Scenario.stack(list(scenarios)).apply(world) if scenarios else world


def _root(folder: Path | None) -> Path:
    from ytterby.world import SHIPPED

    root = SHIPPED / "world" if folder is None else folder
    if not (root / "schemas").is_dir():
        raise InputError(
            "not a world",
            [Fault(str(root), "no folder schemas", "a folder made by `ytterby world init DIR`")],
        )
    return root


@app.command()
def check(folder: WorldArgument = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Check every table: types, keys, sums, bands, units, sources; all faults at once, exit code 1 if any."""
    from ytterby.world.check import check_world

    root = _root(folder)
    with progress("checking", quiet or as_json):
        faults = check_world(root, _document_checks())
    if as_json:
        print_json({"world": str(root), "faults": faults})
    else:
        for fault in faults:
            print(fault)
        by_file = Counter(fault.file for fault in faults)
        if not quiet:
            print(
                "\n".join(["", *(f"{count:6d}  {file}" for file, count in sorted(by_file.items()))])
                if faults
                else "no fault"
            )
    if faults:
        raise typer.Exit(EXIT_FAILED)


def _document_checks() -> Mapping[str, Callable[[str, Mapping[str, Any]], list[Fault]]]:
    checks = {}
    for kind, home in DOCUMENT_CHECKS.items():
        module, _, name = home.partition(":")
        found = getattr(import_module(module), name, None)
        if found is not None:
            checks[kind] = found
    return checks


@app.command()
def fmt(
    folder: WorldArgument = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 if something would change.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put every table into canonical form and write datapackage.json from the schemas."""
    from ytterby.world.format import format_world

    changed, faults = format_world(_root(folder), write=not only_check)
    if as_json:
        print_json({"changed": changed, "faults": faults})
    else:
        for file in changed if not quiet else []:
            print(f"{'would change' if only_check else 'changed'} {file}")
        for fault in faults:
            print(fault)
    if faults or (only_check and changed):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the world into a new folder, to edit: `ytterby ... --world DIR` then uses it."""
    from ytterby.world.exchange import copy_world

    origin = _world(world)
    copy_world(origin, folder)
    if as_json:
        print_json({"world": str(folder), "tables": origin.table_names})
    else:
        print(f"{folder}: {len(origin.table_names)} tables; edit tables/*.csv, then `ytterby world check {folder}`")


@app.command()
def show(
    table: Annotated[str | None, typer.Argument(help="Table; without it, all tables are listed.")] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", "-w", metavar="FIELD=VALUE", help="Only such rows.")
    ] = None,
    columns: Annotated[str, typer.Option("--columns", "-c", help="Columns to show, separated by commas.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", help="Most rows to show; 0: all.")] = 60,
    scenario: ScenarioOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a table's rows, or list the tables."""
    here = _world(world, scenario)
    if table is None:
        list_tables(here, as_json)
        return
    schema = here.schema(table)
    frame = rows_where(here, table, where or [])
    names = [schema.field(name.strip()).name for name in columns.split(",")] if columns else schema.field_names
    if as_json:
        print_json(frame[names])
        return
    if not columns:
        names = [name for name in names if name not in ("note", "address") and not frame[name].astype(str).eq("").all()]
    shown = frame if limit <= 0 else frame.head(limit)
    labels = {name: name + (f" [{schema.field(name).unit}]" if schema.field(name).unit else "") for name in names}
    print_table(shown, title=f"{schema.title}: {len(frame)} rows", columns=labels)
    if len(shown) < len(frame):
        print(f"{len(frame) - len(shown)} more rows; --limit 0 shows all, --where FIELD=VALUE picks")


@app.command()
def source(
    table: str,
    key: Annotated[str, typer.Argument(help="Primary key; values of a composite key joined by |.")],
    field: str,
    scenario: ScenarioOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
) -> None:
    """Says who? The source of one number, how far it can be trusted, and its band."""
    told = _world(world, scenario).source_of(table, key, field)
    if as_json:
        print_json(told)
        return
    grades = {"A": "official or primary", "B": "secondary", "C": "derived", "D": "assumed"}
    print(f"{told.table} / {told.key} / {told.field} = {told.value or 'unknown'} {told.unit}".rstrip())
    if told.band is not None:
        print(f"  band        {told.band.low:.6g} to {told.band.high:.6g}, from {told.band.basis}")
    print(f"  source      {told.title} [{told.source}]")
    for label, text in (("publisher", told.publisher), ("year", told.year), ("address", told.address)):
        if text:
            print(f"  {label:<11} {text}")
    print(f"  confidence  {told.confidence} {grades.get(told.confidence, '')}, given by the {told.given_by}")
    if told.note:
        print(f"  note        {told.note}")


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="World folder, or `shipped`.")],
    after: Annotated[str, typer.Argument(help="World folder, or `shipped`.")],
    as_json: JsonOption = False,
) -> None:
    """What differs between two worlds: rows added, removed, changed; exit code 1 if anything does."""
    import dataclasses

    import pandas as pd

    from ytterby.world.compare import compare_worlds

    worlds = [_world(None if name == "shipped" else name) for name in (before, after)]
    found = compare_worlds(*worlds)
    rows = Counter((item.table, item.what) for item in {(i.table, i.key, i.what): i for i in found}.values())
    if as_json:
        print_json(
            {
                "rows": [{"table": t, "what": w, "rows": n} for (t, w), n in sorted(rows.items())],
                "differences": found,
            }
        )
    elif found:
        print_table(pd.DataFrame([dataclasses.asdict(item) for item in found]), title=f"{before} -> {after}")
        for (table, what), count in sorted(rows.items()):
            print(f"{table}: {count} rows {what}")
    else:
        print("no difference")
    if found:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def coverage(world: WorldOption = None, as_json: JsonOption = False) -> None:
    """How much is official, secondary, derived, assumed, table by table."""
    from ytterby.world.compare import coverage as covered

    table = covered(_world(world))
    if as_json:
        print_json(table)
    else:
        print_table(table, title="Rows by confidence: A official, B secondary, C derived, D assumed")


@app.command()
def export(
    goal: Annotated[Path, typer.Argument(metavar="FILE.xlsx|DIR")],
    form: Annotated[str, typer.Option("--format", help="csv or parquet, for a folder.")] = "csv",
    scenario: ScenarioOption = None,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write the tables to one Excel workbook, or to a folder of CSV or Parquet files."""
    from ytterby.world.exchange import export_world

    with progress("exporting", quiet or as_json):
        files = export_world(_world(world, scenario), goal, form)
    if as_json:
        print_json({"outputs": [str(file) for file in files]})
    elif not quiet:
        print(f"{goal}: {len(files)} file{'s' if len(files) > 1 else ''}")


@app.command(name="import")
def import_(
    origin: Annotated[Path, typer.Argument(metavar="FILE.xlsx|DIR")],
    folder: Annotated[
        Path, typer.Argument(metavar="WORLD", help="World folder; a new one starts as a copy of --world.")
    ],
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read tables from a workbook or a folder into a world folder, in canonical form: all of them or none."""
    from ytterby.world.exchange import import_world

    with progress("importing", quiet or as_json):
        texts = import_world(_world(world), origin, folder)
    if as_json:
        print_json({"world": str(folder), "tables": sorted(texts)})
    elif not quiet:
        print(f"{folder}: {len(texts)} tables; `ytterby world check {folder}` says what is wrong with them")


@app.command()
def scenarios(as_json: JsonOption = False) -> None:
    """List the shipped scenarios."""
    import pandas as pd

    from ytterby.world import Scenario

    loaded = [Scenario.load(name) for name in Scenario.names()]
    table = pd.DataFrame(
        [
            {"scenario": s.name, "title": s.title, "changes": len(s.changes), "description": s.description}
            for s in loaded
        ]
    )
    if as_json:
        print_json(table)
    else:
        print_table(table)
