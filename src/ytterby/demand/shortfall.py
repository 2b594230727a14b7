"""From magnets that do not come to cars that are not built: stocks first, then stopped lines, then a later curve.

A motor without its magnet is not built: the constraint is a quantity, not a cost share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.demand.adoption import baseline_path, ev_history
from ytterby.demand.goods import annual_goods, parameter
from ytterby.demand.stops import StockCover, line_stops
from ytterby.demand.substitution import relief
from ytterby.world.choices import choice
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]

TRACTION = "ev-traction"
Shortage = float | Sequence[float] | Array | Mapping[str, Sequence[float] | Array]


@dataclass(frozen=True)
class Delay:
    """What a shortage of magnets does to a region's electric cars; cars are counted where their motors are
    made."""

    place: str
    region: str
    monthly: pd.DataFrame
    """month (0, 1, ...), year, shortage (share of magnet supply missing), effective (after substitution), stopped
    (share of output lost), baseline, lost (vehicles not built in the month), caught_up, penalty_usd (mean extra cost
    of a car's other motor)."""
    annual: pd.DataFrame
    """year, baseline_sales, sales, lost, caught_up, baseline_share, share, delay_months: months by which the year's
    share comes later than the baseline's."""
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
    penalty_usd: float
    """Extra cost of other motors in all cars built, USD."""


def shortfall(
    world: World,
    place: str,
    shortage: Shortage,
    months: int | None = None,
    *,
    start_year: int | None = None,
    horizon_years: int | None = None,
    scenario: str | None = None,
    substitution_per_year: float | None = None,
    substitution_ceiling: float | None = None,
    magnet_free_share: float | None = None,
    catch_up: bool = True,
) -> Delay:
    """Turn a shortage of traction magnets at a place into vehicles and months.

    ``shortage``: the share of normal supply missing: one number (0 to 1) for ``months`` months from January of
    ``start_year``, a path by month, or paths by grade (each grade serves its share of motors, a surplus of one does
    not help another). In a path a negative share is supply above normal, which refills stocks.
    ``substitution_per_year`` is the share of demand that thrift and other motors take over each year that the shortage
    lasts, up to ``substitution_ceiling`` (settings ``thrift-per-year``, ``switch-share``); the part of motors that
    already has no magnet is not hit. Once a shortage ends ``catch_up_share`` of what was lost in its last
    ``catch-up-months`` is made up over as many months. Delay of a year: how much later the share that the baseline had
    by then is reached; a share that is not reached within the horizon counts to one year past its end. Defaults are
    the world's settings; the first year is the one after its base year.
    Raises InputError for a share out of range, UnknownNameError for a place or grade without data.
    """
    settings = world.table("model_settings").set_index("setting")["value"]
    first = int(settings["base-year"]) + 1 if start_year is None else start_year
    horizon = int(settings["demand-path-years"]) if horizon_years is None else horizon_years
    per_year = float(settings["thrift-per-year"]) if substitution_per_year is None else substitution_per_year
    ceiling = float(settings["switch-share"]) if substitution_ceiling is None else substitution_ceiling
    weights = grade_weights(world, place) if isinstance(shortage, Mapping) else {"any": 1.0}
    paths = _paths(shortage, months, weights, horizon, per_year, ceiling)
    cover = StockCover.of(world, place)
    region = region_of(world, place)
    began = int(ev_history(world, region)["year"].min())
    base = baseline_path(world, region, began, first + horizon, scenario or choice(world, "ev-scenario"))
    n = 12 * horizon
    free = 1.0 - parameter(world, "ev-car", "pm_share") if magnet_free_share is None else magnet_free_share
    total = {name: np.zeros(n) for name in ("shortage", "effective", "stopped", "penalty_usd")}
    for grade, path in paths.items():
        missing = np.zeros(n)
        missing[: path.size] = path
        short = missing > 0
        elapsed = np.where(short, np.cumsum(short), 0)
        eased = relief(world, TRACTION, grade, elapsed.astype(float), per_year=per_year, ceiling=ceiling)
        effective = np.where(short, np.maximum(0.0, missing - eased.saved), missing)
        part = weights[grade] * (1.0 - free)
        total["shortage"] += weights[grade] * np.maximum(0.0, missing)
        total["effective"] += weights[grade] * np.maximum(0.0, effective)
        total["stopped"] += part * line_stops(effective, cover)
        total["penalty_usd"] += part * eased.penalty_usd
    year = first + np.arange(n) // 12
    base[["sales", "market"]] *= _part_of_region(world, place, region)
    baseline = base.set_index("year")["sales"].reindex(year).to_numpy(dtype=float) / 12.0
    lost = total["stopped"] * baseline
    again = cover.catch_up_share if catch_up else 0.0
    caught, end = _caught_up(lost, total["shortage"], again, int(settings["catch-up-months"]))
    monthly = pd.DataFrame(
        {"month": np.arange(n), "year": year, **total, "baseline": baseline, "lost": lost, "caught_up": caught}
    )
    annual = _annual(monthly, base)
    gone = max(0.0, float(lost.sum() - caught.sum()))
    per_month = float(baseline[max(0, end - 1)])
    return Delay(
        place=place,
        region=region,
        monthly=monthly,
        annual=annual,
        postponed_vehicles=float(lost.sum()),
        lost_vehicles=gone,
        delay_months=float(annual["delay_months"].max()),
        fleet_delay_months=gone / per_month if per_month > 0 else float("nan"),
        extra_tco2=gone * extra_tco2(world, region),
        penalty_usd=float((total["penalty_usd"] * (baseline - lost)).sum()),
    )


def region_of(world: World, place: str) -> str:
    """Region of table ``ev_sales`` whose path a place's car makers follow."""
    regions = set(world.table("ev_sales")["region"])
    return place if place in regions else "rest-of-world"


def extra_tco2(world: World, region: str) -> float:
    """CO2 that a combustion car emits over its life beyond an electric one, t: the region's number or the general."""
    products = set(world.table("intensities")["product"])
    own = f"ev-car-{region}"
    return parameter(world, own if own in products else "ev-car", "extra_tco2")


def grade_weights(world: World, place: str, use: str = TRACTION) -> dict[str, float]:
    """Share of each magnet grade in a use's magnets at a place, base year; they sum to one.

    Raises UnknownNameError where the place does not buy for the use.
    """
    year = int(world.table("model_settings").set_index("setting")["value"]["base-year"])
    recipes = world.table("good_recipes").drop_duplicates("good").set_index("good")["commodity"]
    uses = world.table("goods").set_index("good")["use"]
    table = annual_goods(world, year)
    table = table[(table["place"] == place) & (table["good"].map(uses) == use)]
    if table.empty:
        raise UnknownNameError("place and use", f"{place} {use}", world.table("stock_cover")["place"])
    grades = table["good"].map(recipes)
    t = table.groupby(grades)["t"].sum()
    return {str(grade): float(value) for grade, value in (t / t.sum()).items()}


def shortage_share(world: World, place: str, year: int, supplied_t: Mapping[str, float], use: str = TRACTION) -> float:
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


def _paths(
    shortage: Shortage, months: int | None, weights: Mapping[str, float], horizon: int, per_year: float, ceiling: float
) -> dict[str, Array]:
    """Paths of missing shares by grade; tells every fault of them at once."""
    faults = []
    if isinstance(shortage, Mapping):
        for grade in shortage:
            if grade not in weights:
                raise UnknownNameError("grade", str(grade), weights)
        given = {str(g): np.asarray(p, dtype=float) for g, p in shortage.items()}
        lowest = -1.0
    elif isinstance(shortage, int | float):
        given, lowest = {"any": np.full(int(months or 12), float(shortage))}, 0.0
    else:
        given, lowest = {"any": np.asarray(shortage, dtype=float)}, -1.0
    for grade, path in given.items():
        at = "shortage" if grade == "any" else f"shortage[{grade!r}]"
        if path.size == 0 or not np.all(np.isfinite(path)) or path.min() < lowest or path.max() > 1:
            faults.append(Fault(at, str(shortage), "shares of normal supply between 0 and 1"))
        if path.size > 12 * horizon:
            wanted = f"at most {12 * horizon}, the months of setting demand-path-years (horizon_years)"
            given_months = int(np.max(np.flatnonzero(path), initial=path.size - 1 if not path.any() else 0)) + 1
            faults.append(Fault("months", str(given_months), wanted))
    if not 0 <= per_year <= 1 or not 0 <= ceiling <= 1:
        faults.append(Fault("substitution", f"{per_year}, {ceiling}", "shares between 0 and 1"))
    if faults:
        raise InputError("shortfall cannot be computed", list(dict.fromkeys(faults)))  # grades share their faults
    return given


def _part_of_region(world: World, place: str, region: str) -> float:
    """A place's part of the cars of its region: all, or by traction magnets where several places share one."""
    if place == region and place != "rest-of-world":
        return 1.0
    year = int(world.table("model_settings").set_index("setting")["value"]["base-year"])
    uses = world.table("goods").set_index("good")["use"]
    table = annual_goods(world, year)
    t = table[table["good"].map(uses) == TRACTION].groupby("place")["t"].sum()
    together = [float(v) for p, v in t.items() if region_of(world, str(p)) == region]
    return float(t.get(place, 0.0)) / sum(together) if together else 1.0


def _caught_up(lost: Array, shortage: Array, share: float, window: int) -> tuple[Array, int]:
    """What is made up after the last month with a shortage, and the month after that one.

    Within ``window`` months ``share`` of what was lost in as many months before is made up: older losses have bought
    another car.
    """
    caught = np.zeros_like(lost)
    end = int(np.max(np.nonzero(shortage)[0])) + 1 if np.any(shortage > 0) else 0
    last = min(lost.size, end + window)
    if last > end:
        caught[end:last] = share * lost[max(0, end - window) : end].sum() / window
    return caught, end


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
