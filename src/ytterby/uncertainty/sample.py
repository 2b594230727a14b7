"""Samples: quasi-random draws of a world's uncertain numbers, and worlds made of them.

How low and high are read: of a *triangular* band (mode at the point) and a *uniform* one they are hard ends;
of a *lognormal* one they are the 5th and 95th percentiles, each side of the point with its own spread (a
split lognormal: the median is the point), cut at 1.5 times the distance to those percentiles in the
logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm, qmc

from ytterby.world.bands import P95, band_columns, key_texts
from ytterby.world.errors import Fault, InputError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ytterby.world.load import World
    from ytterby.world.schema import TableSchema

METHODS = ("sobol", "latin-hypercube")
CUT = 1.5
"""Draws beyond this multiple of the 5th to 95th percentile half-width are pulled back to it."""


def name_of(table: str, key: str, field: str) -> str:
    """Column name of one uncertain number in a table of draws."""
    return f"{table}/{key}/{field}"


def draw(banded: pd.DataFrame, n: int, seed: int, method: str = "sobol") -> pd.DataFrame:
    """Draw ``n`` samples of every banded number: a row a sample, a column ``table/key/field`` a number.

    ``banded`` is :func:`ytterby.world.bands.banded_fields`, whole or part: its columns table, key, field,
    point, low, high and distribution. Scrambled Sobol points (Owen, 1998; n is best a power of two) or a
    Latin hypercube, both by ``scipy.stats.qmc``; beyond Sobol's 21,201 dimensions a Latin hypercube is taken.
    The same seed gives the same draws. A number whose low is its high does not vary. Raises InputError for
    bands that are not in order.
    """
    if method not in METHODS:
        raise InputError("unknown method", [Fault("method", repr(method), nearest(method, METHODS))])
    if n < 1:
        raise InputError("nothing to draw", [Fault("n", str(n), "one sample or more")])
    _check(banded)
    names = [name_of(*cell) for cell in banded[["table", "key", "field"]].itertuples(index=False, name=None)]
    varying = (banded["high"] > banded["low"]).to_numpy()
    values = np.tile(banded["point"].to_numpy(dtype=float), (n, 1))
    count = int(varying.sum())
    if count:
        points = _points(n, count, seed, method)
        rows = banded.loc[varying].reset_index(drop=True)
        values[:, varying] = quantiles(rows, points)
    return pd.DataFrame(values, columns=names, index=pd.RangeIndex(n, name="sample"))


def _points(n: int, count: int, seed: int, method: str) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    if method == "sobol" and count <= qmc.Sobol.MAXDIM:
        sampler = qmc.Sobol(count, scramble=True, rng=random)
        exponent = max(0, math.ceil(math.log2(n)))
        return np.asarray(sampler.random_base2(exponent)[:n], dtype=float)
    return np.asarray(qmc.LatinHypercube(count, rng=random).random(n), dtype=float)


def quantiles(rows: pd.DataFrame, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse distribution functions of bands: ``shares`` (samples x bands, 0 to 1) to values, same shape."""
    low, point, high = (rows[name].to_numpy(dtype=float) for name in ("low", "point", "high"))
    shape = rows["distribution"].to_numpy(dtype=object)
    lognormal = (shape == "lognormal") & (low > 0)
    uniform = shape == "uniform"
    mirrored = (shape == "lognormal") & (high < 0)
    values = np.where(uniform, low + shares * (high - low), triangular(low, point, high, shares))
    if lognormal.any():
        values[:, lognormal] = split_lognormal(low[lognormal], point[lognormal], high[lognormal], shares[:, lognormal])
    if mirrored.any():
        values[:, mirrored] = -split_lognormal(
            -high[mirrored], -point[mirrored], -low[mirrored], 1 - shares[:, mirrored]
        )
    return values


def triangular(
    low: NDArray[np.float64],
    mode: NDArray[np.float64],
    high: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Inverse distribution function of the triangular distribution with hard ends; shapes broadcast."""
    width = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(width > 0, (mode - low) / width, 0.5)
    left = low + np.sqrt(np.maximum(shares * width * (mode - low), 0))
    right = high - np.sqrt(np.maximum((1 - shares) * width * (high - mode), 0))
    return np.asarray(np.where(shares < turn, left, right))


def split_lognormal(
    low: NDArray[np.float64],
    point: NDArray[np.float64],
    high: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Inverse distribution function of a lognormal with the point as median and low, high as 5th, 95th
    percentile.

    Each side has its own spread; positive numbers; shapes broadcast.
    """
    z = np.clip(norm.ppf(np.clip(shares, 1e-12, 1 - 1e-12)) / P95, -CUT, CUT)
    below, above = np.log(point / low), np.log(high / point)
    return np.asarray(point * np.exp(np.where(z < 0, z * below, z * above)))


def _name(row: Any) -> str:
    return name_of(str(row.table), str(row.key), str(row.field))


def _check(banded: pd.DataFrame) -> None:
    wrong = banded[~((banded["low"] <= banded["point"]) & (banded["point"] <= banded["high"]))]
    if len(wrong):
        faults = [
            Fault(
                _name(row),
                f"{row.low:g}, {row.point:g}, {row.high:g}",
                "low <= point <= high",
            )
            for row in wrong.itertuples()
        ]
        raise InputError("bands are not in order", faults)
    double = banded.duplicated(["table", "key", "field"])
    if double.any():
        faults = [Fault(_name(row), "the number twice", "each number once") for row in banded[double].itertuples()]
        raise InputError("bands are not clear", faults)


def apply(world: World, draws_row: pd.Series | Mapping[str, float]) -> World:
    """Return the world with one sample's numbers in place of its own.

    Shares that a schema says add up to a total are scaled back to it. Raises InputError for names that are
    not there.
    """
    wanted: dict[str, dict[str, dict[str, float]]] = {}
    for name, value in draws_row.items():
        table, _, rest = str(name).partition("/")
        key, _, field = rest.rpartition("/")
        wanted.setdefault(table, {}).setdefault(field, {})[key] = float(value)
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for table, fields in wanted.items():
        schema, frame = world.schema(table), world.table(table)
        at = {key: i for i, key in enumerate(key_texts(frame, schema).tolist())}
        for field, values in fields.items():
            if schema.field(field).type != "number":
                fault = Fault(f"{table}.{field}", f"a {schema.field(field).type}", "a column of numbers")
                raise InputError("draws do not fit the world", [fault])
            numbers = frame[field].astype("float64").to_numpy(copy=True)
            for key, value in values.items():
                if key not in at:
                    faults.append(Fault(name_of(table, key, field), "no such row", nearest(key, at)))
                    continue
                numbers[at[key]] = value
            frame[field] = numbers
        tables[table] = _closed(frame, schema, set(fields))
    if faults:
        raise InputError("draws do not fit the world", faults)
    return world.with_tables(tables)


def _closed(frame: pd.DataFrame, schema: TableSchema, changed: set[str]) -> pd.DataFrame:
    """Scale drawn shares so that they add up to their total again (their ends are left as they are)."""
    for rule in schema.sums:
        if rule.field not in changed:
            continue
        keys = [frame[name] for name in rule.group] or [pd.Series(0, index=frame.index)]
        sums = frame[rule.field].groupby(keys).transform("sum")
        full = frame[rule.field].isna().groupby(keys).transform("sum").eq(0)
        scale = sums.gt(rule.total) if rule.most else full & sums.gt(0)
        frame[rule.field] = frame[rule.field].where(~scale, frame[rule.field] / sums * rule.total)
    ends = band_columns(schema)
    for field in changed & set(ends):
        low, high = ends[field]
        frame[low] = frame[low].where(frame[low].isna(), np.minimum(frame[low], frame[field]))
        frame[high] = frame[high].where(frame[high].isna(), np.maximum(frame[high], frame[field]))
    return frame
