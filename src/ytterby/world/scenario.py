"""A scenario: dated changes to a world's tables and data files, read from TOML, checked, stacked and
applied."""

from __future__ import annotations

import datetime
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from ytterby.world.errors import Fault, InputError, UnknownNameError, nearest
from ytterby.world.load import SHIPPED, World
from ytterby.world.typed import Scalar

BASELINE = "baseline"
ASSUMPTION = "assumption"


class Range(BaseModel):
    """A span of numbers or dates, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: int | float | datetime.date | None = None
    """Lowest value, or none."""
    max: int | float | datetime.date | None = None
    """Highest value, or none."""


Condition = Scalar | list[Scalar] | Range
ACTIONS = ("set", "scale", "add", "append", "remove")


class Change(BaseModel):
    """One change: which rows of which table (or which place of which data file), and what happens to them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    table: str = ""
    """Table that is changed; or ``document``."""
    document: str = ""
    """Data file that is changed, as ``regimes/<name>`` or ``circuits/<name>``."""
    path: str = ""
    """Place in the data file: ``clauses[id=limb-1].states[0]``; blank for its top level."""
    where: dict[str, Condition] = Field(default_factory=dict)
    """Column -> value, list of values, or {min, max}; all must hold. None: every row."""
    set: dict[str, Any] | None = None
    """Column -> new value; "" makes a cell blank."""
    scale: dict[str, float] | None = None
    """Column -> factor."""
    add: dict[str, float] | None = None
    """Column -> amount, in the column's unit."""
    append: dict[str, Any] | list[dict[str, Any]] | None = None
    """A new row, or several."""
    remove: bool = False
    """Take the rows out."""
    from_: datetime.date | None = Field(default=None, alias="from")
    """First day on which the change holds; none: always."""
    until: datetime.date | None = None
    """Last day on which the change holds; none: for ever."""
    because: str = Field(min_length=8)
    """Why: a sentence."""
    source: str = ASSUMPTION
    """Key of the sources table that the new values come from."""

    _origin: str = PrivateAttr(default="scenario")
    _file: str = PrivateAttr(default="")
    _number: int = PrivateAttr(default=0)

    @model_validator(mode="after")
    def _one_thing(self) -> Change:
        if bool(self.table) == bool(self.document):
            raise ValueError("needs one of table and document")
        given = [name for name in ACTIONS if getattr(self, name) not in (None, False)]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(ACTIONS)}; has {', '.join(given) or 'none'}")
        if self.document and (self.where or self.scale or self.add or self.from_ or self.until):
            raise ValueError("a document's change takes path with set, append or remove; its dates are in its states")
        if self.table and self.path:
            raise ValueError("path belongs to a document's change; a table's takes where")
        if self.from_ and self.until and self.until < self.from_:
            raise ValueError("until lies before from")
        if self.append is not None and self.where:
            raise ValueError("append takes no where")
        return self

    @property
    def action(self) -> str:
        """Which of set, scale, add, append and remove it is."""
        return next(name for name in ACTIONS if getattr(self, name) not in (None, False))

    @property
    def place(self) -> str:
        """Where it stands, for error messages: file and number."""
        return f"{self._file or self._origin}, change {self._number}"

    @property
    def origin(self) -> str:
        """Title of the scenario that it came from."""
        return self._origin


class Scenario(BaseModel):
    """A titled list of changes; applied to a world it gives another world."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    """What a reader calls it."""
    description: str = ""
    """What it supposes, and what it does not."""
    years: tuple[int, ...] = ()
    """Years that it is meant for; none: any."""
    changes: tuple[Change, ...] = ()
    """Changes, applied in this order."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """Short name: the file's stem; of a stack, the names joined by ``+``."""
        return self._name or self.title

    @property
    def hash(self) -> str:
        """SHA-256 of what the scenario does: title, years and changes, in order."""
        data = self.model_dump(mode="json", by_alias=True, exclude={"description"})
        return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @classmethod
    def baseline(cls) -> Scenario:
        """Return the scenario that changes nothing."""
        return _named(cls(title="Baseline", description="The world as it is recorded."), BASELINE)

    @classmethod
    def names(cls) -> list[str]:
        """Names of the shipped scenarios, ``baseline`` among them."""
        return sorted({BASELINE, *(path.stem for path in (SHIPPED / "scenarios").glob("*.toml"))})

    @classmethod
    def load(cls, name_or_path: str | Path) -> Scenario:
        """Load a shipped scenario by name, or any by its file's path.

        Raises UnknownNameError with near matches, InputError with every fault of the file.
        """
        path = Path(name_or_path)
        if path.suffix != ".toml":
            path = SHIPPED / "scenarios" / f"{name_or_path}.toml"
            if not path.is_file():
                if str(name_or_path) == BASELINE:
                    return cls.baseline()
                raise UnknownNameError("scenario", str(name_or_path), cls.names())
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            fault = Fault.at(str(path), error.strerror or str(error), "a scenario's TOML file")
            raise InputError("scenario cannot be read", [fault]) from error
        except ValueError as error:
            fault = Fault.at(path.name, str(error), "TOML in UTF-8")
            raise InputError("scenario is not TOML", [fault]) from error
        return cls.parse(raw, name=path.stem, file=path.name)

    @classmethod
    def parse(cls, raw: Mapping[str, Any], name: str = "", file: str = "") -> Scenario:
        """Build a scenario from parsed TOML; raises InputError with every fault."""
        try:
            scenario = cls.model_validate(dict(raw))
        except ValidationError as error:
            file = file or name or "scenario"
            raise InputError("scenario does not read", _model_faults(error, file)) from error
        for number, change in enumerate(scenario.changes, start=1):
            change._origin, change._file, change._number = scenario.title, file, number
        return _named(scenario, name)

    @classmethod
    def stack(cls, scenarios: Sequence[Scenario | str | Path]) -> Scenario:
        """Lay scenarios over one another, the later over the earlier; names and paths are loaded.

        The years are those that all scenarios with years have in common.
        """
        parts = [part if isinstance(part, Scenario) else cls.load(part) for part in scenarios]
        parts = [part for part in parts if part.changes] or parts[:1]
        if not parts:
            return cls.baseline()
        if len(parts) == 1:
            return parts[0]
        dated = [set(part.years) for part in parts if part.years]
        stacked = cls(
            title=" + ".join(part.title for part in parts),
            description="\n".join(part.description for part in parts if part.description),
            years=tuple(sorted(set.intersection(*dated))) if dated else (),
        ).model_copy(update={"changes": tuple(change for part in parts for change in part.changes)})
        return _named(stacked, "+".join(part.name for part in parts))

    def apply(self, world: World) -> World:
        """Return the world with every change made; the given world stays as it is.

        Raises InputError with all faults at once: unknown tables, columns and values with the nearest that
        exist, changes that no row answers to, values that break the schema, keys that lead nowhere.
        """
        from ytterby.world.changes import apply_changes

        return apply_changes(world, self)


def _named(scenario: Scenario, name: str) -> Scenario:
    scenario._name = name
    return scenario


def _model_faults(error: ValidationError, file: str) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[str] = set()
    for item in error.errors():
        loc = list(item["loc"])
        known: type[BaseModel] = Scenario
        where = file
        if loc[:1] == ["changes"] and len(loc) > 1:
            where, known, loc = f"{file}, change {int(loc[1]) + 1}", Change, loc[2:]
        field = str(loc[0]) if loc else ""
        names = [info.alias or name for name, info in known.model_fields.items()]
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden" and len(loc) == 1:
            found, expected = f"unknown word {field!r}", nearest(field, names)
        elif item["type"] == "missing":
            found, expected = f"no {field}", f"{field} = ..."
        elif item["type"] == "value_error":
            found, expected = "a change that is not clear", message
        else:
            found, expected = f"{field} = {item.get('input')!r}", message
        key = f"{where} {field}" if item["type"] != "value_error" else f"{where} {message}"
        if key not in seen:
            seen.add(key)
            faults.append(Fault.at(where, found, expected, column=".".join(str(part) for part in loc[:2])))
    return faults
