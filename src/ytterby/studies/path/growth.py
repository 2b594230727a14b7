"""How use grows after the base year, good by good."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.world import World
from ytterby.world.choices import choice
from ytterby.world.errors import Fault, InputError

HISTORY = "history"
MAGNETS = ("ndfeb", "smco")


def growth_of_use(world: World, base_year: int, last: int) -> pd.DataFrame:
    """Use of every year as a multiple of the base year's: one row a use, one column a year.

    A use with a driver follows the path of the agency that ``growth-path`` names, on straight lines between its years;
    the others grow at their rate. Raises InputError for a path or a year that the world does not have.
    """
    path = choice(world, "growth-path")
    points = world.table("magnet_element_demand")
    points = points[points["scenario"].isin([HISTORY, path]) & points["use"].isin(points.loc[_all(points), "use"])]
    points = points[_all(points)]
    if path not in set(points["scenario"]):
        known = ", ".join(sorted(set(world.table("magnet_element_demand")["scenario"]) - {HISTORY}))
        raise InputError("no such path of use", [Fault("model_settings, growth-path", path, known)])
    end = int(points["year"].max())
    if last > end:
        raise InputError("the path of use ends earlier", [Fault("last year", str(last), f"at most {end}")])
    years = np.arange(base_year, last + 1)
    rows = {}
    for row in world.table("use_growth").fillna({"driver": ""}).to_dict("records"):
        if row["driver"]:
            seen = points[points["use"] == row["driver"]].sort_values("year")
            t = np.interp(years, seen["year"].to_numpy(float), seen["t"].to_numpy(float))
            rows[str(row["use"])] = t / t[0]
        else:
            rows[str(row["use"])] = (1.0 + float(row["per_year"])) ** (years - base_year)
    return pd.DataFrame.from_dict(rows, orient="index", columns=[int(y) for y in years])


def _all(points: pd.DataFrame) -> pd.Series:
    """Rows that count all magnet elements together."""
    return points["elements"].str.count(r"\+") == points["elements"].str.count(r"\+").max()


def magnets_used(demands: pd.DataFrame, growth: pd.DataFrame) -> pd.Series:
    """The world's use of magnets by year, as a multiple of the base year's, from its use of every kind."""
    magnets = demands[demands["commodity"].str.startswith(MAGNETS) & demands["use"].isin(growth.index)]
    t = magnets.groupby("use")["reference_t"].sum()
    total = growth.loc[t.index].mul(t, axis=0).sum()
    grown: pd.Series = total / float(t.sum())
    return grown
