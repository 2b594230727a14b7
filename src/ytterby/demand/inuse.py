"""Magnets in use: what is sold, what stands in the stock, what comes back as scrap, year by year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gamma

from ytterby.demand.adoption import baseline_path, ev_history
from ytterby.demand.goods import annual_demand, parameter
from ytterby.world.choices import choice, number
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]

LIVES_BACK = 3
"""Mean lives before the first year from which purchases still matter."""


def surviving(ages: Sequence[float] | Array, mean_years: float, shape: float) -> Array:
    """Return the share of products that are still in use at these ages; shape (n,).

        S(a) = exp(-(a / scale)^shape),   scale = mean / Gamma(1 + 1 / shape)

    Weibull's life with a given mean. Raises InputError for a mean or shape that is not above zero.
    """
    if mean_years <= 0 or shape <= 0:
        raise InputError("no such life", [Fault("mean_years, shape", f"{mean_years}, {shape}", "numbers above 0")])
    scale = mean_years / float(gamma(1.0 + 1.0 / shape))
    return np.asarray(np.exp(-((np.maximum(np.asarray(ages, dtype=float), 0.0) / scale) ** shape)), dtype=float)


def stock_and_flow(inflow: Sequence[float] | Array, mean_years: float, shape: float) -> tuple[Array, Array]:
    """Return the stock at the end of each year and the outflow within it, for sales by year; shapes (n,).

    Products are sold in the middle of a year: at its end they are half a year old. Stock and all outflow add up to
    all sales.
    """
    sales = np.asarray(inflow, dtype=float)
    alive = surviving(np.arange(sales.size, dtype=np.float64) + 0.5, mean_years, shape)
    stock = np.convolve(sales, alive)[: sales.size]
    outflow = sales - np.diff(np.concatenate([[0.0], stock]))
    return stock, outflow


def intensity(world: World, product: str, name: str, year: int) -> float:
    """Return a parameter of ``intensities`` in a year: on the lines between points of ``intensity_paths``, else flat.

    Raises UnknownNameError.
    """
    table = world.table("intensity_paths")
    points = table[(table["product"] == product) & (table["parameter"] == name)].sort_values("year")
    if points.empty:
        return parameter(world, product, name)
    return float(np.interp(year, points["year"].to_numpy(dtype=float), points["value"].to_numpy(dtype=float)))


def in_use(world: World, first: int, last: int, scenario: str | None = None) -> pd.DataFrame:
    """Return magnets sold, in use and scrapped by use and year, world, t of finished magnet.

    Columns: use, year, inflow_t, stock_t, outflow_t. Electric cars: cars sold times magnet and motors with magnets of
    the year, scaled to the base year's demand. Other uses: the base year's demand, backwards by the growth of
    ``product_lives``, forwards by the IEA's stated-policies growth of the use. Stocks count what was sold within three
    mean lives before ``first``. Raises InputError where ``last`` is before ``first``.
    """
    if last < first:
        raise InputError("no years", [Fault("first, last", f"{first}, {last}", "last at or after first")])
    base = int(number(world, "base-year"))
    demand = annual_demand(world, base)
    by_use = demand[demand["magnet"].astype(bool)].groupby("use")["t"].sum()
    rows = []
    for use, now in by_use.items():
        mean, shape, _ = life(world, str(use))
        years = np.arange(first - int(np.ceil(LIVES_BACK * mean)), last + 1, dtype=np.float64)
        sold = float(now) * use_index(world, str(use), years, scenario)
        stock, outflow = stock_and_flow(sold, mean, shape)
        kept = years >= first
        rows.append(
            pd.DataFrame(
                {
                    "use": use, "year": years[kept].astype(int), "inflow_t": sold[kept], "stock_t": stock[kept],
                    "outflow_t": outflow[kept],
                }
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def fleet(world: World, region: str, year: int) -> float:
    """Return electric cars in use at the end of a year from sales and the life of table ``product_lives``, vehicles."""
    history = ev_history(world, region)
    known = history[history["year"] <= year]
    mean, shape, _ = life(world, "ev-traction")
    stock, _ = stock_and_flow(known["sales"].to_numpy(dtype=float), mean, shape)
    return float(stock[-1])


def life(world: World, use: str, which: str = "years") -> tuple[float, float, float]:
    """Return mean life (years), Weibull shape and growth before the base year of a use.

    ``which`` is ``years``, or ``low`` or ``high`` for the ends of the mean. Raises UnknownNameError.
    """
    table = world.table("product_lives")
    found = table[table["use"] == use]
    if found.empty:
        raise UnknownNameError("use", use, table["use"].tolist(), "table product_lives")
    row = found.iloc[0]
    return float(row[which]), float(row["shape"]), float(row["growth"])


def use_index(world: World, use: str, years: Array, scenario: str | None = None) -> Array:
    """Return a use's magnets by year over those of the base year; shape (n,).

    Electric cars: cars sold times the share of motors with magnets. Other uses: growth of ``product_lives`` before the
    base year, the IEA's stated-policies path after it.
    """
    base = int(number(world, "base-year"))
    if use != "ev-traction":
        return _growth(world, use, years, base, life(world, use)[2])
    both = np.append(years, float(base))
    path = _cars(world, both, scenario or choice(world, "ev-scenario"))
    return np.asarray(path[:-1] / path[-1], dtype=float)


def _cars(world: World, years: Array, scenario: str) -> Array:
    """Cars with a plug times the share of motors with magnets, by year; nothing before the first year on record."""
    history = ev_history(world, "world")
    begin, end = int(history["year"].min()), int(years.max())
    path = baseline_path(world, "world", begin, max(end, begin), scenario).set_index("year")["sales"]
    share = np.array([intensity(world, "ev-car", "pm_share", int(y)) for y in years])
    return np.asarray(path.reindex(years.astype(int)).fillna(0.0).to_numpy(dtype=float) * share, dtype=float)


def _growth(world: World, use: str, years: Array, base: int, before: float) -> Array:
    """Demand over the base year's: growth before it, the IEA's stated-policies path after it (flat at its end)."""
    table = world.table("magnet_element_demand")
    path = table[(table["elements"] == "Nd+Pr+Dy+Tb") & (table["use"] == (use if use == "wind" else "other"))]
    path = path[path["scenario"].isin(["history", "steps"]) & (path["year"] >= base)].sort_values("year")
    ahead = np.interp(years, path["year"].to_numpy(dtype=float), path["t"].to_numpy(dtype=float)) / float(
        path["t"].iloc[0]
    )
    back = (1.0 + before) ** (years - base)
    return np.asarray(np.where(years <= base, back, ahead), dtype=float)
