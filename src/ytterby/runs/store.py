"""One run: a folder with ``manifest.json`` and one Parquet file a table, complete or not there at all.

The manifest's hashed part (``tables``: SHA-256 of each table's canonical CSV text) holds no time and no path,
so that the same run made twice has the same ``tables`` and the same ``hash``.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ytterby.world.canonical import frame_text
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.folder import new_folder, write_text
from ytterby.world.load import World
from ytterby.world.parquet import read_parquet, write_parquet
from ytterby.world.scenario import Scenario

MANIFEST = "manifest.json"
LIBRARIES = ("numpy", "pandas", "scipy", "linopy", "highspy", "duckdb", "pydantic")
"""Libraries whose versions a run records."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Settings that can change the last digits of an answer."""


@dataclass(frozen=True)
class Run:
    """A finished run."""

    manifest: Mapping[str, Any]
    """What it was made of: versions, world, scenario, seed, and the hash of every table."""
    tables: Mapping[str, pd.DataFrame]
    folder: Path = field(default_factory=Path)

    def table(self, name: str) -> pd.DataFrame:
        """Return one table, the caller's to change; raises UnknownNameError with near matches."""
        if name not in self.tables:
            raise UnknownNameError("table of the run", name, self.tables)
        return self.tables[name].copy()


def describe(
    world: World,
    scenario: Scenario | None = None,
    *,
    seed: int | None = None,
    created_by: str = "",
    **more: Any,
) -> dict[str, Any]:
    """Return a manifest: versions, hashes of world and scenario, seed, threads, and what else is given."""
    scenario = scenario or Scenario.baseline()
    return {
        "created_by": created_by,
        "world": {"title": world.title, "hash": world.hash, "base_year": world.base_year},
        "scenario": {"name": scenario.name, "title": scenario.title, "hash": scenario.hash},
        "seed": seed,
        "versions": versions(),
        "threads": {name: os.environ.get(name, "") for name in THREADS},
        **more,
    }


def versions() -> dict[str, str]:
    """Versions of ytterby, Python and the libraries that compute."""
    found = {"python": platform.python_version()}
    for name in ("ytterby", *LIBRARIES):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def table_hash(frame: pd.DataFrame) -> str:
    """SHA-256 of a table's canonical CSV text."""
    return hashlib.sha256(frame_text(frame).encode()).hexdigest()


def write(
    folder: str | Path,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    *,
    replace: bool = True,
) -> Path:
    """Write a run beside its goal and rename it into place: it is there as a whole or not at all.

    An older run in that folder is replaced; anything else there is not touched. Raises InputError where the
    folder cannot be written, or holds something that is no run.
    """
    goal = Path(folder)
    if goal.is_dir() and any(goal.iterdir()) and not (replace and (goal / MANIFEST).is_file()):
        found = Fault(str(goal), "something that is not a run", "a new folder, or a run to replace")
        raise InputError("will not overwrite", [found])
    with new_folder(goal, replace=True) as beside:
        hashes: dict[str, str] = {}
        for name in sorted(tables):
            write_parquet(tables[name], beside / f"{name}.parquet")
            hashes[name] = table_hash(read_parquet(beside / f"{name}.parquet"))
        body = {**manifest, "tables": hashes, "rows": {name: len(tables[name]) for name in sorted(tables)}}
        body["hash"] = hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
        write_text(beside / MANIFEST, json.dumps(_plain(body), ensure_ascii=False, indent=2) + "\n")
    return goal


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read a run's manifest; raises InputError where the folder is no run."""
    path = Path(folder) / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        found = "no manifest.json" if isinstance(error, OSError) else str(error)
        raise InputError("not a run", [Fault(str(folder), found, "a folder that a solve wrote")]) from error
    return manifest


def read(folder: str | Path) -> Run:
    """Read a run; raises InputError where a table is missing, unreadable, or not the one that was written."""
    goal = Path(folder)
    manifest = read_manifest(goal)
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, expected in manifest.get("tables", {}).items():
        path = goal / f"{name}.parquet"
        if not path.is_file():
            faults.append(Fault.at(str(path), "no such file", "the table that the manifest names"))
            continue
        try:
            tables[name] = read_parquet(path)
        except InputError as error:
            faults += error.faults
            continue
        found = table_hash(tables[name])
        if found != expected:
            faults.append(Fault.at(str(path), f"content {found[:12]}", f"{expected[:12]}, as the manifest says"))
    if faults:
        raise InputError("the run was changed since it was written", faults)
    return Run(manifest, tables, goal)


def find(folder: str | Path) -> list[Path]:
    """Return the runs in a folder, in name order; hidden folders are unfinished and no runs."""
    return sorted(path.parent for path in Path(folder).glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))


def query(folders: Mapping[str, str | Path], sql: str) -> pd.DataFrame:
    """Ask SQL of runs, in memory: each table is a view; of several runs, with a column ``run`` in front.

    Raises InputError with DuckDB's own words where the query is wrong.
    """
    names: dict[str, list[tuple[str, Path]]] = {}
    for run, folder in folders.items():
        for table in read_manifest(folder).get("tables", {}):
            names.setdefault(table, []).append((run, Path(folder) / f"{table}.parquet"))
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for table, files in names.items():
            parts = [
                (f"SELECT {_text(run)} AS run, * " if len(folders) > 1 else "SELECT * ")
                + f"FROM read_parquet({_text(str(path))})"
                for run, path in files
            ]
            view = '"' + table.replace('"', '""') + '"'
            connection.execute(f"CREATE VIEW {view} AS {' UNION ALL BY NAME '.join(parts)}")
        try:
            result = connection.execute(sql)
            columns = [item[0] for item in result.description or []]
            return pd.DataFrame(result.fetchall(), columns=columns)
        except duckdb.Error as error:
            expected = f"SQL over {', '.join(sorted(names))}"
            raise InputError("query failed", [Fault("query", str(error).strip(), expected)]) from error


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
