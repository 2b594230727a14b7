"""What a calibration fits and to what: rows of tables ``calibrations`` and ``calibration_parameters``, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ytterby.studies.scores.targets import band, observed_prices
from ytterby.world import World
from ytterby.world.bands import banded_fields, key_texts
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.selection import select

FIT, HELD_OUT = "fit", "held-out"
SERIES = "episode_series"
PUBLISHED = "observed"


@dataclass(frozen=True)
class Parameter:
    """A number of the world, or several that move by one factor, inside the band of their rows."""

    name: str
    table: str
    field: str
    cells: pd.DataFrame
    """One row a distinct number: key (of its first row), which (columns that find it), point, low, high, rows."""
    least: float
    """Factor on the point at the low end of the band that all rows share, and at its high end."""
    most: float

    @property
    def prior(self) -> float:
        """Share of the band at which the point stands."""
        return (1.0 - self.least) / (self.most - self.least)

    def factor(self, share: float) -> float:
        """Factor on the points at a share of the band."""
        return self.least + share * (self.most - self.least)

    def value(self, share: float) -> float:
        """Value of the first number at a share of the band, in its own unit."""
        return float(self.cells["point"].iloc[0]) * self.factor(share)


@dataclass(frozen=True)
class Observations:
    """A named set of rows of a table: prices of one year, or what was seen in an episode up to the end of a year."""

    name: str
    role: str
    table: str
    year: int
    rows: pd.Series
    """Which rows of the table they are; of ``prices``: of any series and of any part of the year (boolean)."""
    products: pd.DataFrame
    """product, place; of ``episode_series``: episode, series."""
    note: str

    def seen(self, world: World) -> pd.DataFrame:
        """Published annual means, USD/kg of the base year net of VAT: product, place, observed, low, high (tolerance),
        source. Of an episode: what was seen in its own unit, with the columns that say where and when."""
        if self.table == SERIES:
            return self._series(world)
        table = observed_prices(world, self.year).merge(self.products, on=["product", "place"])
        table = table[table["origin"] == PUBLISHED].reset_index(drop=True)
        table["low"], table["high"] = band(table["observed"], table["low"], table["high"])
        return table.assign(set=self.name, role=self.role, year=self.year).drop(columns="origin")

    def _series(self, world: World) -> pd.DataFrame:
        table = world.table(SERIES).merge(self.products, on=list(self.products.columns)).drop(columns="role")
        table = table.rename(columns={"commodity": "product", "value": "observed"})
        ends = (table[c].astype(float).fillna(table["observed"]) for c in ("low", "high"))
        table["low"], table["high"] = band(table["observed"], *ends)
        year = pd.to_datetime(table["last"]).dt.year
        return table.assign(set=self.name, role=self.role, year=year).drop(columns=["confidence", "note"])


@dataclass(frozen=True)
class Calibration:
    """A calibration as the world's tables name it."""

    name: str
    parameters: tuple[Parameter, ...]
    fit: tuple[Observations, ...]
    held_out: tuple[Observations, ...]

    def without_held_out(self, world: World) -> World:
        """The world with the held-out rows taken out: what is not there cannot be read."""
        left: dict[str, pd.DataFrame] = {}
        for name in sorted({part.table for part in self.held_out}):
            table = world.table(name)
            hidden = np.zeros(len(table), dtype=bool)
            for part in self.held_out:
                if part.table == name:
                    hidden |= part.rows.to_numpy(bool)
            if hidden.any():
                left[name] = table[~hidden].reset_index(drop=True)
        return world.with_tables(left) if left else world

    @property
    def of_episodes(self) -> bool:
        """Is it fitted to what was seen in episodes?"""
        return any(part.table == SERIES for part in self.fit)


def named(world: World, name: str) -> Calibration:
    """Read a calibration; raises UnknownNameError with near names, InputError with every fault of its rows."""
    table = world.table("calibrations")
    if name not in set(table["calibration"]):
        raise UnknownNameError("calibration", name, sorted(set(table["calibration"].astype(str))))
    faults: list[Fault] = []
    sets = [_observations(world, r, faults) for r in table[table["calibration"] == name].to_dict("records")]
    asked = world.table("calibration_parameters")
    parameters = [_parameter(world, r, faults) for r in asked[asked["calibration"] == name].to_dict("records")]
    fit = tuple(s for s in sets if s is not None and s.role == FIT)
    held = tuple(s for s in sets if s is not None and s.role == HELD_OUT)
    for a in fit:
        for b in held:
            if a.table == b.table and (a.rows & b.rows).any():
                found = f"{a.name} is fitted to rows that {b.name} holds out"
                faults.append(Fault.at(f"calibrations.csv, {name}", found, "observations with one role", column="role"))
        if not faults and a.seen(world).empty:
            found = f"nothing published among {a.name}"
            faults.append(Fault.at(f"calibrations.csv, {name}", found, "products with an annual mean", column="which"))
    if len({s.table for s in (*fit, *held)}) > 1:
        found = "prices of years and series of episodes in one"
        faults.append(Fault.at(f"calibrations.csv, {name}", found, "observations of one table", column="table"))
    if not fit and not faults:
        faults.append(Fault.at(f"calibrations.csv, {name}", "nothing to fit to", "a row with role fit", column="role"))
    if not parameters:
        found = "no parameter to fit"
        faults.append(Fault.at(f"calibration_parameters.csv, {name}", found, "one row a parameter", column="parameter"))
    if faults:
        raise InputError(f"calibration {name} does not read", faults)
    return Calibration(name, tuple(p for p in parameters if p is not None), fit, held)


def _which(text: str) -> dict[str, list[str]]:
    """Columns and values of ``column=value|value; column=value``. Raises ValueError for anything else."""
    found: dict[str, list[str]] = {}
    for part in text.split(";"):
        column, sign, values = part.partition("=")
        if not sign or not column.strip() or not values.strip():
            raise ValueError(part.strip())
        found[column.strip()] = [v.strip() for v in values.split("|")]
    return found


def _rows(world: World, row: dict[Any, Any], where: str, faults: list[Fault]) -> pd.Series | None:
    """Rows of the table that ``which`` names; None, with the faults told, where it names none."""
    try:
        schema = world.schema(str(row["table"]))
        conditions: dict[str, Any] = dict(_which(str(row["which"])))
    except UnknownNameError as error:
        faults.append(Fault.at(where, str(error), "a table of the world", column="table"))
        return None
    except ValueError as error:
        faults.append(Fault.at(where, str(error) or "blank", "column=value|value; column=value", column="which"))
        return None
    mask, wrong = select(world.table(schema.name), schema, conditions)
    faults += [Fault.at(where, found, expected, column="which") for found, expected, _ in wrong]
    return None if wrong else mask


def _observations(world: World, row: dict[Any, Any], faults: list[Fault]) -> Observations | None:
    where = f"calibrations.csv, {row['calibration']}|{row['observations']}"
    mask = _rows(world, row, where, faults)
    if mask is None:
        return None
    year, table = int(row["year"]), str(row["table"])
    name, role, note = (str(row[c]) for c in ("observations", "role", "note"))
    if table == SERIES:
        series = world.table(SERIES)
        rows = mask & (pd.to_datetime(series["last"]).dt.year <= year)
        return Observations(name, role, table, year, rows, series.loc[rows, ["episode", "series"]], note)
    prices = world.table("prices")
    rows = mask & prices["period"].astype(str).str.startswith(str(year))
    products = prices.loc[mask, ["commodity", "place"]].drop_duplicates().rename(columns={"commodity": "product"})
    return Observations(name, role, table, year, rows, products, note)


def _parameter(world: World, row: dict[Any, Any], faults: list[Fault]) -> Parameter | None:
    where = f"calibration_parameters.csv, {row['calibration']}|{row['parameter']}"
    mask = _rows(world, row, where, faults)
    if mask is None:
        return None
    table, field = str(row["table"]), str(row["field"])
    schema = world.schema(table)
    frame = world.table(table)[mask]
    bands = banded_fields(world, [table])
    bands = bands[(bands["field"] == field) & bands["key"].isin(key_texts(frame, schema))]
    if field not in schema.field_names or len(bands) != len(frame) or not (bands["point"] != 0).all():
        found = f"{field}: {len(bands)} of {len(frame)} rows have a band around a point other than 0"
        faults.append(Fault.at(where, found, "a column of numbers with low and high in every row", column="field"))
        return None
    ends = np.sort(np.stack([bands["low"] / bands["point"], bands["high"] / bands["point"]]), axis=0)
    least, most = float(ends[0].max()), float(ends[1].min())
    if not least < most or not least <= 1.0 <= most:
        faults.append(Fault.at(where, f"{field}: bands of its rows share no span", "rows whose bands agree"))
        return None
    cells = bands.groupby(["point", "low", "high"], as_index=False).agg(key=("key", "first"), rows=("key", "size"))
    cells = cells.sort_values(["rows", "key"], ascending=[False, True], ignore_index=True)
    return Parameter(str(row["parameter"]), table, field, cells.assign(which=str(row["which"])), least, most)
