"""A world in other clothes: folders of CSV or Parquet files, one workbook; out, in, and copies to edit."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from ytterby.world.canonical import table_text
from ytterby.world.errors import Fault, InputError, nearest
from ytterby.world.excel import read_workbook, workbook_bytes
from ytterby.world.folder import new_folder, write_bytes, write_text
from ytterby.world.load import DOCUMENT_KINDS, World
from ytterby.world.parquet import read_parquet, schema_types, write_parquet

FORMATS = ("csv", "parquet")


def copy_world(world: World, folder: Path) -> None:
    """Write a whole world (schemas, tables, data files) into a new folder; InputError if one is there."""
    import tomlkit

    with new_folder(folder) as beside:
        shutil.copy2(world.root / "datapackage.json", beside / "datapackage.json")
        for part in ("schemas", "tables", *DOCUMENT_KINDS):
            (beside / part).mkdir()
        for path in sorted((world.root / "schemas").glob("*.json")):
            shutil.copyfile(path, beside / "schemas" / path.name)
        for name in world.table_names:
            if world.is_changed(name):
                write_text(beside / "tables" / f"{name}.csv", table_text(world.table(name), world.schema(name)))
            elif world.path(name).is_file():
                shutil.copyfile(world.path(name), beside / "tables" / f"{name}.csv")
        for kind in DOCUMENT_KINDS:
            for name in world.documents(kind):
                path = world.root / kind / f"{name}.toml"
                if world.is_changed(name, kind) or not path.is_file():
                    write_text(beside / kind / f"{name}.toml", tomlkit.dumps(dict(world.document(kind, name))))
                else:
                    shutil.copyfile(path, beside / kind / f"{name}.toml")


def export_world(world: World, goal: Path, form: str = "csv") -> list[Path]:
    """Write the tables to ``goal``: a workbook if it ends in .xlsx, else a new folder of CSV or Parquet."""
    if goal.suffix.lower() == ".xlsx":
        write_bytes(goal, workbook_bytes(world))
        return [goal]
    if form not in FORMATS:
        raise InputError("unknown format", [Fault("--format", repr(form), nearest(form, FORMATS))])
    with new_folder(goal) as beside:
        for name in world.table_names:
            if form == "csv":
                write_text(beside / f"{name}.csv", table_text(world.table(name), world.schema(name)))
            else:
                write_parquet(world.table(name), beside / f"{name}.parquet", schema_types(world.schema(name)))
    return sorted(goal.iterdir())


def import_tables(world: World, origin: Path) -> dict[str, str]:
    """Read tables from a workbook or a folder of CSV or Parquet files: canonical CSV texts by table name.

    The schemas are the world's; raises InputError with every file, column and cell that does not fit.
    """
    from ytterby.world.canonical import canonical_text

    if origin.is_file():
        return read_workbook(origin, world.schemas)
    if not origin.is_dir():
        raise InputError(
            "nothing to import", [Fault(str(origin), "no such file", "an .xlsx file or a folder of tables")]
        )
    found = sorted(path for path in origin.iterdir() if path.suffix in (".csv", ".parquet"))
    if not found:
        raise InputError("nothing to import", [Fault(str(origin), "no .csv or .parquet file", "a folder of tables")])
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for path in found:
        if path.stem not in world.schemas:
            faults.append(Fault.at(path.name, "no such table", nearest(path.stem, world.schemas)))
            continue
        schema = world.schema(path.stem)
        try:
            if path.suffix == ".csv":
                texts[path.stem] = canonical_text(path.read_bytes().decode("utf-8"), schema, path.name)
            else:
                frame = read_parquet(path)
                lacking = [name for name in schema.field_names if name not in frame]
                faults += [
                    Fault.at(path.name, "no such column", "every column of the schema", column=n) for n in lacking
                ]
                if not lacking:
                    texts[path.stem] = table_text(frame, schema)
        except UnicodeDecodeError as error:
            faults.append(Fault.at(path.name, f"byte 0x{error.object[error.start]:02x}", "a file saved as UTF-8"))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError("tables do not fit the world", faults)
    return texts


def import_world(base: World, origin: Path, folder: Path) -> Mapping[str, str]:
    """Put a workbook's or folder's tables into a world folder; a folder that is not there yet starts as a
    copy of ``base``.

    Returns the texts by table. Either all tables change or none.
    """
    texts = import_tables(World.load(folder) if (folder / "datapackage.json").is_file() else base, origin)
    start = folder if (folder / "datapackage.json").is_file() else base.root
    with new_folder(folder, replace=start is folder) as beside:
        shutil.copytree(start, beside, dirs_exist_ok=True)
        for name, text in texts.items():
            write_text(beside / "tables" / f"{name}.csv", text)
    return texts
