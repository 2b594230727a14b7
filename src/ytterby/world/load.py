"""A World: sourced tables and data files, read from a folder."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.schema import TableSchema, read_schema

if TYPE_CHECKING:
    import pandas as pd

    from ytterby.world.provenance import Provenance
    from ytterby.world.terms import Band

SHIPPED = Path(__file__).resolve().parent.parent / "shipped"
"""The folder with the world, scenarios and briefs that the package ships."""

DOCUMENT_KINDS = ("regimes", "circuits")
"""Folders of data files (TOML) that belong to a world, beside its tables."""


class World:
    """The supply chain's facts: tables with a source in every row, and the regimes and circuits as data
    files.

    A world never changes; :meth:`with_tables` and :meth:`with_documents` give a changed copy.
    """

    def __init__(
        self,
        root: Path,
        *,
        tables: Mapping[str, pd.DataFrame] | None = None,
        documents: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
        title: str = "",
    ) -> None:
        self.root = root
        self.title = title or root.name
        self._overrides = dict(tables or {})
        self._document_overrides: dict[tuple[str, str], Mapping[str, Any]] = dict(documents or {})
        self._cache: dict[str, pd.DataFrame] = {}

    @classmethod
    def load(cls, path: str | Path | None = None) -> World:
        """Load a world folder; without a path, the shipped one.

        Raises InputError where the folder is not a world.
        """
        root = SHIPPED / "world" if path is None else Path(path)
        if not (root / "datapackage.json").is_file():
            raise InputError(
                "not a world",
                [Fault(str(root), "no datapackage.json", "a folder made by `ytterby world init DIR`")],
            )
        world = cls(root)
        world.title = str(world.package.get("title", root.name))
        return world

    @cached_property
    def package(self) -> Mapping[str, Any]:
        """Heading of the world's ``datapackage.json``: title, description, licences, ``base_year``."""
        path = self.root / "datapackage.json"
        try:
            heading: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError("not a world", [Fault(str(path), str(error), "a data package in JSON")]) from error
        return heading

    @property
    def base_year(self) -> int:
        """Year that the money and the newest complete statistics are of; 0 where the package names none."""
        return int(self.package.get("base_year", 0))

    @cached_property
    def schemas(self) -> Mapping[str, TableSchema]:
        """Schemas of all tables, by table name."""
        return {path.stem: read_schema(path) for path in sorted((self.root / "schemas").glob("*.json"))}

    @property
    def table_names(self) -> list[str]:
        """Names of all tables."""
        return list(self.schemas)

    def schema(self, table: str) -> TableSchema:
        """Return a table's schema; raises UnknownNameError with near matches."""
        if table not in self.schemas:
            raise UnknownNameError("table", table, self.schemas)
        return self.schemas[table]

    def path(self, table: str) -> Path:
        """Where a table's CSV file lies."""
        return self.root / "tables" / f"{table}.csv"

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, typed by its schema.

        number -> float64, integer -> Int64, date -> datetime64, boolean -> boolean, text -> str. Blank
        numbers are NaN, blank dates NaT, blank texts "". The frame is the caller's to change.
        """
        if name in self._overrides:
            return self._overrides[name].copy()
        if name not in self._cache:
            self._cache[name] = read_table(self.path(name), self.schema(name))
        return self._cache[name].copy()

    def documents(self, kind: str) -> list[str]:
        """Names of the data files of one kind: ``regimes`` or ``circuits``."""
        on_disk = {path.stem for path in (self.root / kind).glob("*.toml")}
        return sorted(on_disk | {name for k, name in self._document_overrides if k == kind})

    def document(self, kind: str, name: str) -> Mapping[str, Any]:
        """Return one data file as parsed TOML; raises UnknownNameError with near matches."""
        if (kind, name) in self._document_overrides:
            return self._document_overrides[(kind, name)]
        if name not in self.documents(kind):
            raise UnknownNameError(kind.rstrip("s"), name, self.documents(kind))
        return tomllib.loads((self.root / kind / f"{name}.toml").read_text(encoding="utf-8"))

    def with_tables(self, tables: Mapping[str, pd.DataFrame], title: str = "") -> World:
        """Return a copy in which these tables are replaced."""
        for name in tables:
            self.schema(name)
        copy = World(
            self.root,
            tables={**self._overrides, **tables},
            documents=self._document_overrides,
            title=title or self.title,
        )
        copy._cache = self._cache
        copy.__dict__["schemas"] = self.schemas
        return copy

    def with_documents(self, documents: Mapping[tuple[str, str], Mapping[str, Any]], title: str = "") -> World:
        """Return a copy in which these data files, keyed by (kind, name), are replaced."""
        copy = self.with_tables({}, title)
        copy._document_overrides = {**self._document_overrides, **documents}
        return copy

    def is_changed(self, name: str, kind: str = "tables") -> bool:
        """Say whether a table (or a data file of a kind) differs from what stands in the folder."""
        return name in self._overrides if kind == "tables" else (kind, name) in self._document_overrides

    def band(self, table: str, key: str, field: str) -> Band:
        """Return one number's band: the row's own low and high, else cells.csv's, else the pedigree's; the
        basis says which.

        ``key`` is the primary key's values joined by ``|``. Raises UnknownNameError with near matches.
        """
        from ytterby.world.bands import band_of

        return band_of(self, table, key, field)

    def source_of(self, table: str, key: str, field: str) -> Provenance:
        """Say who says so: the value, its source (the cell's own, else the row's), how far it can be trusted.

        ``key`` is the primary key's values joined by ``|``. Raises UnknownNameError with near matches.
        """
        from ytterby.world.provenance import source_of

        return source_of(self, table, key, field)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the world's files and over what was changed since loading, in name order."""
        from ytterby.world.canonical import frame_text

        digest = hashlib.sha256()
        files = [self.path(name) for name in self.schemas]
        files += [self.root / kind / f"{name}.toml" for kind in DOCUMENT_KINDS for name in self.documents(kind)]
        for path in files:
            if path.is_file():
                digest.update(path.relative_to(self.root).as_posix().encode())
                digest.update(path.read_bytes())
        for name in sorted(self._overrides):
            digest.update(name.encode())
            digest.update(frame_text(self._overrides[name]).encode())
        for kind, name in sorted(self._document_overrides):
            content = json.dumps(self._document_overrides[(kind, name)], sort_keys=True, default=str)
            digest.update(f"{kind}/{name}\n{content}\n".encode())
        return digest.hexdigest()


def read_table(path: Path, schema: TableSchema) -> pd.DataFrame:
    """Read one CSV file as its schema says; raises InputError with every cell that does not fit its type."""
    import pandas as pd

    try:
        text = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError("table cannot be read", [Fault(str(path), str(error), "a UTF-8 CSV file")]) from error
    faults: list[Fault] = []
    missing = [name for name in schema.field_names if name not in text.columns]
    if missing:
        faults.append(Fault(f"{path.name}, header", f"no column {', '.join(missing)}", ", ".join(schema.field_names)))
        raise InputError("table does not fit its schema", faults)
    columns: dict[str, Any] = {}
    for field in schema.fields:
        raw = text[field.name].astype(object)
        if field.type == "string":
            columns[field.name] = raw.astype(str)
            continue
        blank = raw.eq("")
        if field.type in ("number", "integer", "year"):
            parsed = pd.to_numeric(raw.where(~blank), errors="coerce")
            if field.type != "number":
                parsed = parsed.where(parsed.isna() | (parsed % 1 == 0))
            columns[field.name] = parsed.astype("float64" if field.type == "number" else "Int64")
        elif field.type == "date":
            parsed = pd.to_datetime(raw.where(~blank), format="%Y-%m-%d", errors="coerce")
            columns[field.name] = parsed
        elif field.type == "boolean":
            parsed = raw.map({"true": True, "false": False})
            columns[field.name] = parsed.astype("boolean")
        else:
            raise InputError(
                "schema names an unknown type",
                [Fault(f"{schema.name}.{field.name}", field.type, "string, number, integer, boolean or date")],
            )
        for row in text.index[pd.isna(parsed) & ~blank]:
            faults.append(Fault(f"{path.name}, row {row + 2}, column {field.name}", repr(raw[row]), f"a {field.type}"))
    if faults:
        raise InputError("table does not fit its schema", faults)
    return pd.DataFrame(columns)
