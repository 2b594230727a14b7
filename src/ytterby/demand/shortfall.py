"""From magnets that do not come to cars that are not built: stocks first, then stopped lines, then a later
curve.

A motor without its magnet is not built: the constraint is a quantity, not a cost share. Firms differ in how
long their stock lasts, so a shortage stops a few at once and most never, if it is short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.demand.adoption import baseline_path
from ytterby.demand.goods import annual_goods, parameter
from ytterby.demand.stops import StockCover, line_stops
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Delay:
    """What a shortage of magnets does to a region's electric cars; cars are counted where their motors are
    made."""

    place: str
    region: str
    monthly: pd.DataFrame
    """month (0, 1, ...), year, shortage (share of magnet supply missing), effective (after substitution),
    stopped
    (share of output lost), baseline, lost (vehicles not built in the month), caught_up."""
    annual: pd.DataFrame
    """year, baseline_sales, sales, lost, caught_up, baseline_share, share, delay_months: months by which the
    year's share
    comes later than the baseline's."""
    postponed_vehicles: float
    """Vehicles not built when they would have been, of which part comes later."""
    lost_vehicles: float
    """Vehicles that never come: postponed less caught up."""
    delay_months: float
    """Largest delay of the yearly share, months."""
    fleet_delay_months: float
    """Months of baseline sales that the lost vehicles are worth."""
    extra_tco2: float
    """CO2 of the combustion cars driven in their stead over their life, t."""


def shortfall(
    world: World,
    place: str,
    shortage: float | Sequence[float],
    months: int | None = None,
    *,
    start_year: int = 2025,
    horizon_years: int = 10,
    scenario: str = "steps-2025",
    substitution_per_year: float = 0.10,
    substitution_ceiling: float = 0.60,
    magnet_free_share: float | None = None,
    catch_up: bool = True,
) -> Delay:
    """Turn a shortage of traction magnets at a place into vehicles and months.

    ``shortage``: the share of normal supply missing, 0 to 1: one number for ``months`` months from January of
    ``start_year``, or a path by month. ``substitution_per_year`` is the share of demand that thrift and
    other motors take over each year that the shortage lasts (at most 10 % a year was seen in 2010-12), up to
    the ceiling; the part of motors that already has no magnet is not hit. A shortage ends: then
    ``catch_up_share`` of what was lost is made up over the six months that follow.
    Delay of a year: how much later the share that the baseline had by then is reached; a share that is not
    reached within the horizon counts to one year past its end.
    Raises InputError for a share outside 0 to 1 or a place without data.
    """
    path = (
        np.full(int(months or 12), float(shortage))
        if isinstance(shortage, int | float)
        else np.asarray(shortage, float)
    )
    faults = []
    if path.size == 0 or not np.all(np.isfinite(path)) or path.min() < 0 or path.max() > 1:
        faults.append(Fault("shortage", str(shortage), "shares of normal supply between 0 and 1"))
    if not 0 <= substitution_per_year <= 1 or not 0 <= substitution_ceiling <= 1:
        faults.append(
            Fault("substitution", f"{substitution_per_year}, {substitution_ceiling}", "shares between 0 and 1")
        )
    if path.size > 12 * horizon_years:
        faults.append(Fault("months", str(path.size), f"at most {12 * horizon_years}; lengthen horizon_years"))
    if faults:
        raise InputError("shortfall cannot be computed", faults)
    cover = StockCover.of(world, place)
    region = place if place in ("china", "europe", "usa", "japan", "korea", "india") else "rest-of-world"
    base = baseline_path(world, region, 2016, start_year + horizon_years, scenario)
    n = 12 * horizon_years
    missing = np.zeros(n)
    missing[: path.size] = path
    elapsed = np.where(missing > 0, np.cumsum(missing > 0), 0) / 12.0
    relief = np.minimum(substitution_ceiling, substitution_per_year * elapsed)
    free = 1.0 - parameter(world, "ev-car", "pm_share") if magnet_free_share is None else magnet_free_share
    effective = np.maximum(0.0, missing - relief)
    stopped = line_stops(effective, cover) * (1.0 - free)
    year = start_year + np.arange(n) // 12
    baseline = base.set_index("year")["sales"].reindex(year).to_numpy(dtype=float) / 12.0
    lost = stopped * baseline
    caught = np.zeros(n)
    end = int(np.max(np.nonzero(missing)[0])) + 1 if np.any(missing > 0) else 0
    if catch_up and lost.sum() > 0:
        window = slice(end, min(n, end + 6))
        size = window.stop - window.start
        if size > 0:
            caught[window] = cover.catch_up_share * lost.sum() / 6.0
    monthly = pd.DataFrame(
        {
            "month": np.arange(n), "year": year, "shortage": missing, "effective": effective,
            "stopped": stopped, "baseline": baseline, "lost": lost, "caught_up": caught,
        }
    )  # fmt: skip
    annual = _annual(monthly, base)
    gone = float(lost.sum() - caught.sum())
    per_month = float(baseline[max(0, end - 1)])
    return Delay(
        place=place,
        region=region,
        monthly=monthly,
        annual=annual,
        postponed_vehicles=float(lost.sum()),
        lost_vehicles=max(0.0, gone),
        delay_months=float(annual["delay_months"].max()),
        fleet_delay_months=max(0.0, gone) / per_month if per_month > 0 else float("nan"),
        extra_tco2=max(0.0, gone) * parameter(world, "ev-car", "extra_tco2"),
    )


def shortage_share(
    world: World, place: str, year: int, supplied_t: Mapping[str, float], use: str = "ev-traction"
) -> float:
    """Return the share of a use's magnets that is missing at a place, 0 to 1.

    ``supplied_t``: t by good or by commodity (grade) in the year; what is not named is taken as fully
    supplied. Each grade serves its own share of the motors, a surplus of one does not help another.
    Raises UnknownNameError where the place does not buy the good.
    """
    table = annual_goods(world, year)
    recipes = world.table("good_recipes").drop_duplicates("good").set_index("good")["commodity"]
    uses = world.table("goods").set_index("good")["use"]
    table = table[(table["place"] == place) & (table["good"].map(uses) == use)]
    if table.empty:
        raise UnknownNameError("place and use", f"{place} {use}", world.table("stock_cover")["place"])
    known = set(table["good"]) | set(table["good"].map(recipes))
    for name in supplied_t:
        if name not in known:
            raise UnknownNameError("good or grade", name, known, "supplied_t")
    missing = 0.0
    for row in table.to_dict("records"):
        good, needed = str(row["good"]), float(row["t"])
        have = supplied_t.get(good, supplied_t.get(str(recipes[good]), needed))
        missing += max(0.0, needed - have)
    return missing / float(table["t"].sum())


def _annual(monthly: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """Sum months to years; the delay is how much later a share is reached."""
    sums = monthly.groupby("year", as_index=False)[["baseline", "lost", "caught_up"]].sum()
    out = sums.merge(base, on="year").rename(columns={"share": "baseline_share"})
    out["sales"] = out["baseline"] - out["lost"] + out["caught_up"]
    out["share"] = out["baseline_share"] * out["sales"] / out["baseline"]
    years, reference = base["year"].to_numpy(dtype=float), base["share"].to_numpy(dtype=float)
    actual = reference.copy()
    actual[np.isin(years, out["year"])] = out["share"].to_numpy(dtype=float)
    level = np.maximum.accumulate(reference)[np.isin(years, out["year"])]
    out["delay_months"] = 12.0 * np.maximum(0.0, _reached(level, years, actual) - _reached(level, years, reference))
    out = out.rename(columns={"baseline": "baseline_sales"})
    return out[["year", "baseline_sales", "sales", "lost", "caught_up", "baseline_share", "share", "delay_months"]]


def _reached(level: Array, years: Array, share: Array) -> Array:
    """Last date at which a path of shares is not above each level; one year past the end where it never
    is."""
    climb = np.maximum.accumulate(share)
    return np.asarray(np.interp(level, climb, years, right=years[-1] + 1.0), dtype=float)
