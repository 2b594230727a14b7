"""Magnets that leave use: tonnes of each element by place, use, good and year, and what of it can be won back.

Cohorts of purchases times the life of their use (Weibull, table ``product_lives``), then three shares of table
``end_of_life``. Material-flow libraries (flodym, dynamic_stock_model) do the same product of a lower-triangular matrix
and a vector behind systems of named dimensions, processes and lifetime classes; one product needs none of them, and the
life is that of ``inuse.surviving``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.linalg import toeplitz

from ytterby.demand.goods import annual_goods, goods
from ytterby.demand.inuse import LIVES_BACK, Array, life, surviving, use_index
from ytterby.world.choices import number
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

STEPS = ("collected", "parted", "recovered")
"""Product to treatment, magnet out of product, rare earth out of magnet."""
PURCHASES = ("place", "use", "good", "year", "t")


def purchases(world: World, first: int, last: int, scenario: str | None = None) -> pd.DataFrame:
    """Return magnets bought by place, use, good and year, t of finished magnet.

    The base year's demand times ``inuse.use_index``, at every place alike. Starts three mean lives of each use before
    ``first``, so that what leaves use from ``first`` on is whole. A run of the market may put its own years in place of
    these. Columns: place, use, good, year, t. Raises InputError where ``last`` is before ``first``.
    """
    _in_order(first, last)
    base = int(number(world, "base-year"))
    names = goods(world).drop_duplicates("good").set_index("good")
    bought = annual_goods(world, base)[["place", "good", "t"]]
    bought = bought[bought["good"].map(names["magnet"]).astype(bool)].assign(use=lambda d: d["good"].map(names["use"]))
    parts = []
    for use, rows in bought.groupby("use"):
        begin = first - int(np.ceil(LIVES_BACK * life(world, str(use))[0]))
        years = np.arange(begin, last + 1)
        index = pd.DataFrame({"year": years, "index": use_index(world, str(use), years.astype(float), scenario)})
        part = rows.merge(index, how="cross")
        parts.append(part.assign(t=part["t"] * part["index"]))
    return pd.concat(parts, ignore_index=True)[list(PURCHASES)]


def retired(world: World, bought: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Return what leaves use from ``first`` to ``last``, t of element.

        r(y) = sum over x <= y of b(x) * (S(y - x - 1/2) - S(y - x + 1/2)),   S(negative) = 1

    ``bought``: magnets by place, use, good and year (``purchases``, or those of a run; t of finished magnet, years
    missing are zero). ``place`` is where the magnet was built into a product: trade in products is not followed.
    Content is that of ``commodity_elements``, the same in all years. ``low`` and ``high`` come from the band of the
    mean life alone. Columns: place, use, good, year, element, t, low, high; over all time t adds up to what was bought.
    Raises InputError for columns that are missing, negative t or years backwards, UnknownNameError for a use without a
    life.
    """
    _in_order(first, last)
    _check(bought)
    kept = np.arange(first, last + 1)
    parts = []
    for use, rows in bought[bought["year"] <= last].groupby("use"):
        wide = rows.pivot_table(index=["place", "good"], columns="year", values="t", aggfunc="sum", fill_value=0.0)
        years = np.arange(min(first, int(wide.columns.min())), last + 1)
        sold = wide.reindex(columns=years, fill_value=0.0).to_numpy(dtype=float)
        ends = [
            _leaving(sold, *life(world, str(use), which)[:2])[:, -kept.size :] for which in ("years", "low", "high")
        ]
        value, short, long = ends
        part = pd.DataFrame(
            {
                "place": np.repeat(wide.index.get_level_values("place"), kept.size),
                "use": use,
                "good": np.repeat(wide.index.get_level_values("good"), kept.size),
                "year": np.tile(kept, len(wide)),
                "t": value.ravel(),
                "low": np.minimum.reduce([value, short, long]).ravel(),
                "high": np.maximum.reduce([value, short, long]).ravel(),
            }
        )
        parts.append(part)
    columns = ["place", "use", "good", "year", "element", "t", "low", "high"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return _times_content(world, pd.concat(parts, ignore_index=True))[columns]


def recoverable(world: World, left: pd.DataFrame) -> pd.DataFrame:
    """Return what can be won back of ``retired``, by place, year and element.

    ``t`` is element, ``t_reo`` its oxide in the trade's form (``world.elements``), ``retired_t`` the element that left
    use; ``low`` and ``high`` (element) take the low and high of retirement and of all shares at once. Never more than
    left. Columns: place, year, element, retired_t, t, t_reo, low, high.
    """
    parts = []
    for (place, use), rows in left.groupby(["place", "use"]):
        share, low, high = recovery(world, str(use), str(place), rows["year"].to_numpy(dtype=float))
        parts.append(
            rows.assign(retired_t=rows["t"], t=rows["t"] * share, low=rows["low"] * low, high=rows["high"] * high)
        )
    columns = ["place", "year", "element", "retired_t", "t", "t_reo", "low", "high"]
    if not parts:
        return pd.DataFrame(columns=columns)
    merged = pd.concat(parts, ignore_index=True)
    out = merged.groupby(["place", "year", "element"], as_index=False)[["retired_t", "t", "low", "high"]].sum()
    out["t_reo"] = out["t"] * out["element"].map(oxide_per_element)
    return out[columns]


def recovery(world: World, use: str, place: str, years: Sequence[float] | Array) -> tuple[Array, Array, Array]:
    """Return the share of a scrapped product's rare earths that is won back by year, with low and high; shapes (n,).

    The product of the three steps of table ``end_of_life``: each from the rows of use and place, else of the use, else
    of the place, else of neither; on straight lines between years, flat outside them. Raises InputError.
    """
    table = world.table("end_of_life")
    shares = np.ones((3, len(years)))
    for step in STEPS:
        rows = table[table["step"] == step]
        for u, p in ((use, place), (use, "any"), ("any", place), ("any", "any")):
            found = rows[(rows["use"] == u) & (rows["place"] == p)].sort_values("year")
            if len(found):
                break
        else:
            raise InputError(
                "no share for a step of recovery",
                [Fault("table end_of_life", f"{step}, {use}, {place}: no row", "a row for it or for `any`")],
            )
        at = found["year"].to_numpy(dtype=float)
        shares *= [np.interp(years, at, found[name].to_numpy(dtype=float)) for name in ("value", "low", "high")]
    return shares[0], shares[1], shares[2]


def _leaving(sold: Array, mean: float, shape: float) -> Array:
    """Outflow within each year of purchases by year; both (rows, years)."""
    n = sold.shape[1]
    alive = surviving(np.arange(n, dtype=np.float64) + 0.5, mean, shape)
    gone = -np.diff(alive, prepend=1.0)
    return np.asarray(sold @ toeplitz(np.concatenate([gone[:1], np.zeros(n - 1)]), gone), dtype=float)


def _times_content(world: World, magnets: pd.DataFrame) -> pd.DataFrame:
    """Magnets by good to elements by good."""
    recipes = goods(world)[["good", "commodity", "t_per_t"]]
    contents = world.table("commodity_elements")[["commodity", "element", "t_per_t"]]
    held = recipes.merge(contents, on="commodity", suffixes=("_good", ""))
    held["share"] = held["t_per_t_good"] * held["t_per_t"]
    out = magnets.merge(held[["good", "element", "share"]], on="good")
    for name in ("t", "low", "high"):
        out[name] = out[name] * out["share"]
    return out.sort_values(["place", "use", "good", "year", "element"], ignore_index=True)


def _in_order(first: int, last: int) -> None:
    if last < first:
        raise InputError("no years", [Fault("first, last", f"{first}, {last}", "last at or after first")])


def _check(bought: pd.DataFrame) -> None:
    missing = [name for name in PURCHASES if name not in bought.columns]
    if missing:
        raise InputError("purchases", [Fault("columns", f"no {', '.join(missing)}", ", ".join(PURCHASES))])
    bad = bought[~(bought["t"] >= 0)]
    if len(bad):
        faults = [
            Fault(f"{r.place}, {r.good}, {r.year}: t", str(r.t), "a number at or above 0") for r in bad.itertuples()
        ]
        raise InputError("purchases", faults)
