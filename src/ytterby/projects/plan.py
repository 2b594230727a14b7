"""A user's own deposit, read from a TOML file or a workbook laid out as the template; all faults at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ytterby.projects.finance import Timing
from ytterby.projects.mine import Mine, faults_of
from ytterby.projects.montecarlo import VARIED, with_values
from ytterby.projects.plan_book import read_book, workbook_template
from ytterby.projects.plan_fields import FIELDS, PlanField, toml_template
from ytterby.world.errors import Fault, InputError, nearest
from ytterby.world.terms import Band

TEMPLATE = toml_template()
CONTRACT = ("price_floor_usd_per_kg", "upside_above_usd_per_kg", "upside_cap_usd_per_y", "floor_t_per_y")
TABLES = ("products", "prices_usd_per_kg", *CONTRACT)
Place = Callable[[str], str]

STAND_IN: Mapping[str, Any] = {
    "name": "plan", "ore_t_per_y": 1.0, "grade": 0.5, "recovery": 0.5, "opex_usd_per_kg_treo": 0.0,
    "capex_usd": 0.0, "life_y": 1,
}  # fmt: skip
"""What stands for a required field that is missing or unreadable while the others are checked."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


KINDS: Mapping[str, tuple[Callable[[Any], bool], Callable[[Any], Any], str]] = {
    "text": (lambda v: isinstance(v, str) and bool(v.strip()), str, "a text"),
    "timing": (lambda v: v in [t.value for t in Timing], Timing, "start, mid or end"),
    "whole": (lambda v: _is_number(v) and float(v) == int(v), int, "a whole number of years"),
    "list": (
        lambda v: isinstance(v, list) and bool(v) and all(_is_number(x) for x in v),
        lambda v: tuple(float(x) for x in v),
        "a list of numbers",
    ),
    "share": (_is_number, float, "a number"),
    "amount": (_is_number, float, "a number"),
}
"""How each kind of field is read: what is accepted, what it becomes, what would do."""


def write_template(path: str | Path) -> Path:
    """Write a plan to start from, as TOML or as a workbook by the file's ending; never over a file.

    Raises InputError for another ending, or where the file exists.
    """
    file = Path(path)
    if file.suffix not in (".toml", ".xlsx"):
        raise InputError(
            "no template", [Fault(str(file), file.suffix or "no ending", "a name ending in .toml or .xlsx")]
        )
    if file.exists():
        raise InputError("template not written", [Fault(str(file), "a file that is there", "a new name")])
    file.write_bytes(workbook_template() if file.suffix == ".xlsx" else TEMPLATE.encode("utf-8"))
    return file


def read_plan(path: str | Path) -> tuple[Mine, dict[str, Band]]:
    """Read a plan and its bands from a TOML file or a workbook laid out as the template.

    Raises InputError for a file that cannot be read, and with every fault of the plan at once.
    """
    file = Path(path)
    if file.suffix == ".xlsx":
        raw, places, faults = read_book(file)
        return plan_from(raw, str(file), place=lambda key: places.get(key, f"{file}: {key}"), known_faults=faults)
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            "plan cannot be read",
            [Fault(str(file), getattr(error, "strerror", None) or str(error), "a TOML file or a workbook")],
        ) from error
    return plan_from(raw, str(file))


def plan_from(
    raw: Mapping[str, Any],
    where: str = "plan",
    *,
    place: Place | None = None,
    known_faults: list[Fault] | None = None,
) -> tuple[Mine, dict[str, Band]]:
    """Build a plan from parsed TOML; see :func:`read_plan`. ``place`` says where a key stands in its file."""
    at = place or (lambda key: f"{where}: {key}")
    reader = _Reader(at, list(known_faults or []))
    names = [f.name for f in FIELDS]
    for key in raw:
        if key not in (*names, *TABLES):
            reader.fault(key, "an unknown field", nearest(key, [*names, *TABLES]))
    values: dict[str, Any] = {f.name: reader.field(f, raw[f.name]) for f in FIELDS if f.name in raw}
    for field in FIELDS:
        if field.required and field.name not in raw:
            reader.fault(field.name, "nothing", field.what)
    values["products"] = reader.table("products", raw, banded=False)
    if "products" not in raw:
        reader.fault("products", "nothing", "t of each product per t of TREO recovered")
    values["prices_usd_per_kg"] = reader.table("prices_usd_per_kg", raw, banded=True)
    values |= {name: reader.table(name, raw, banded=False) for name in CONTRACT}
    readable = {k: v for k, v in values.items() if v is not None}
    mine = Mine(**{**STAND_IN, **readable})
    own = {f.where for f in reader.faults}
    ends = {k: np.array([b.low, b.point, b.high]) for k, b in reader.bands.items()}
    for fault in faults_of(replace(with_values(mine, ends), name="")):
        key = fault.where.removeprefix(": ")
        stem = key.split("[")[0]
        if at(stem) not in own and at(key) not in own and not _follows(fault, own, at):
            reader.faults.append(Fault(at(key), fault.found, fault.expected))
    if reader.faults:
        raise InputError("plan cannot be used", reader.faults)
    return mine, reader.bands


def _follows(fault: Fault, own: set[str], at: Place) -> bool:
    """Whether a fault only follows from one that is reported already."""
    over_resource = "t of ore over the life" in fault.found
    inputs = ("ore_t_per_y", "ramp", "resource_ore_t", "life_y")
    if over_resource:
        return any(at(k) in own for k in inputs)
    return fault.found.startswith("no price for") and at(f"price:{fault.found.rsplit(' ', 1)[-1]}") in own


class _Reader:
    """Reads values one by one, keeps bands, and keeps every fault."""

    def __init__(self, at: Place, faults: list[Fault]) -> None:
        self.at, self.faults, self.bands = at, faults, dict[str, Band]()

    def fault(self, key: str, found: str, expected: str) -> None:
        self.faults.append(Fault(self.at(key), found, expected))

    def field(self, field: PlanField, value: Any) -> Any:
        """The value of one field, or None with a fault."""
        if field.kind == "amount" and field.name in VARIED:
            return self.amount(field.name, value)
        accepts, convert, expected = KINDS[field.kind]
        if accepts(value):
            return convert(value)
        self.fault(field.name, _shown(value), expected)
        return None

    def amount(self, key: str, value: Any) -> float | None:
        """A number, or the point of a band that is kept."""
        if _is_number(value):
            return float(value)
        named = [value.get(k) for k in ("low", "point", "high")] if isinstance(value, Mapping) else []
        ends = [float(v) for v in named if v is not None and _is_number(v)]
        if len(ends) != 3 or not ends[0] <= ends[1] <= ends[2]:
            self.fault(key, _shown(value), "a number, or { point, low, high } in order")
            return None
        self.bands[key] = Band(ends[1], ends[0], ends[2], "the plan's own")
        return ends[1]

    def table(self, name: str, raw: Mapping[str, Any], *, banded: bool) -> dict[str, float]:
        """A table of numbers by product."""
        rows = raw.get(name, {})
        if not isinstance(rows, Mapping):
            self.fault(name, repr(rows), "a table of numbers by product")
            return {}
        out = {}
        for product, value in rows.items():
            if banded:
                number = self.amount(f"price:{product}", value)
            elif _is_number(value):
                number = float(value)
            else:
                self.fault(f"{name}[{product}]", _shown(value), "a number")
                number = None
            if number is not None:
                out[str(product)] = number
        return out


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {v}" for k, v in value.items())
    return repr(value)
