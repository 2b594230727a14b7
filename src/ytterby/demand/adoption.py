"""How fast electric cars are taken up: logistic curves fitted to history, and tested on years that they did
not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import curve_fit

from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]

SCENARIOS = ("steps-2025", "steps-2024", "aps-2024")


@dataclass(frozen=True)
class LogisticFit:
    """Share of sales s(t) = ceiling / (1 + exp(-rate (t - midpoint)))."""

    region: str
    ceiling: float
    rate: float
    """Growth rate of the odds, 1/year."""
    midpoint: float
    """Year in which half of the ceiling is reached."""
    first_year: int
    last_year: int

    def share(self, years: Sequence[int] | Array) -> Array:
        """Share of car sales in these years, 0 to 1; shape (n,)."""
        t = np.asarray(years, dtype=float)
        return np.asarray(self.ceiling / (1.0 + np.exp(-self.rate * (t - self.midpoint))), dtype=float)


@dataclass(frozen=True)
class AdoptionTest:
    """Out-of-sample test of one region: fit to ``last_year``, predict what came after."""

    region: str
    table: pd.DataFrame
    """year, observed, logistic, naive (vehicles)."""
    logistic_error: float
    """Mean absolute error over the mean observed sales."""
    naive_error: float
    fit: LogisticFit

    @property
    def logistic_wins(self) -> bool:
        """Whether the logistic curve predicted better than the straight line."""
        return self.logistic_error < self.naive_error


def ev_history(world: World, region: str, scenario: str = "history") -> pd.DataFrame:
    """Return electric cars of a region by year: columns year, sales (BEV + PHEV, vehicles), share (0 to 1),
    market.

    ``market`` is all cars sold, sales / share. Raises InputError for a region or scenario without rows.
    """
    table = world.table("ev_sales")
    known = sorted(table["region"].unique())
    rows = table[(table["region"] == region) & (table["scenario"] == scenario) & (table["mode"] == "cars")]
    if rows.empty:
        raise InputError(
            "no electric-car history",
            [Fault("region, scenario", f"{region}, {scenario}", f"a region of {', '.join(known)}")],
        )
    sales = rows[rows["metric"] == "sales"].pivot_table(index="year", columns="powertrain", values="value")
    for powertrain in ("BEV", "PHEV", "EV"):
        if powertrain not in sales:
            sales[powertrain] = np.nan
    total = sales["EV"].fillna(sales["BEV"].fillna(0.0) + sales["PHEV"].fillna(0.0))
    share = rows[(rows["metric"] == "sales_share") & (rows["powertrain"] == "EV")].set_index("year")["value"]
    out = pd.DataFrame({"sales": total.astype(float)})
    out["share"] = share.reindex(out.index).astype(float)
    out["market"] = out["sales"] / out["share"]
    return out.reset_index().astype({"year": int}).sort_values("year", ignore_index=True)


def fit_logistic(
    years: Sequence[int] | Array,
    shares: Sequence[float] | Array,
    *,
    region: str = "",
    ceiling: float = 1.0,
    window: int = 6,
) -> LogisticFit:
    """Fit the odds of the last ``window`` years by least squares on the logarithm, with a given ceiling.

    ``years`` and ``shares`` have shape (n,), shares above 0 and below the ceiling. Needs at least three
    points. The ceiling is a premise, not fitted: a young curve does not know where it ends.
    """
    t, s = np.asarray(years, dtype=float), np.asarray(shares, dtype=float)
    keep = (s > 0) & (s < ceiling) & np.isfinite(s)
    t, s = t[keep][-window:], s[keep][-window:]
    if len(t) < 3:
        raise InputError("too few points for a curve", [Fault("shares", f"{len(t)} usable points", "at least three")])
    log_odds = np.log(s / (ceiling - s))
    weight = np.sqrt(s)
    (rate, intercept), _ = curve_fit(
        lambda x, a, b: a * (x - t[-1]) + b, t, log_odds, p0=(0.3, float(log_odds[-1])), sigma=1.0 / weight
    )
    midpoint = float(t[-1] - intercept / rate)
    return LogisticFit(region, ceiling, float(rate), midpoint, int(t[0]), int(t[-1]))


def adoption_test(world: World, region: str, last_year: int = 2021, ceiling: float = 1.0) -> AdoptionTest:
    """Fit a region through ``last_year`` and predict the years after, beside a naive trend.

    The naive trend adds the mean yearly gain of the last three years. Both multiply the same observed market
    where a share is predicted; where later shares are not known, the market of the last known year is used.
    """
    history = ev_history(world, region)
    seen = history[history["year"] <= last_year]
    later = history[history["year"] > last_year]
    if later.empty:
        raise InputError(
            "nothing to test on", [Fault("last_year", str(last_year), "a year before the last observation")]
        )
    fit = fit_logistic(seen["year"].to_numpy(), seen["share"].to_numpy(), region=region, ceiling=ceiling)
    years = later["year"].to_numpy()
    market = later["market"].ffill().fillna(float(seen["market"].iloc[-1])).to_numpy()
    gain = float(seen["sales"].iloc[-1] - seen["sales"].iloc[-4]) / 3.0
    table = pd.DataFrame(
        {
            "year": years,
            "observed": later["sales"].to_numpy(),
            "logistic": fit.share(years) * market,
            "naive": float(seen["sales"].iloc[-1]) + gain * (years - int(seen["year"].iloc[-1])),
        }
    )
    mean = float(table["observed"].mean())
    errors = {name: float((table[name] - table["observed"]).abs().mean()) / mean for name in ("logistic", "naive")}
    return AdoptionTest(region, table, errors["logistic"], errors["naive"], fit)


def baseline_path(world: World, region: str, first: int, last: int, scenario: str = "steps-2025") -> pd.DataFrame:
    """Return electric-car sales and share by year: history, then the scenario's points joined by straight
    lines.

    Columns: year, sales (vehicles), share (0 to 1), market (all cars). ``steps-2025`` ends in 2030 and is
    lengthened to 2035 by the growth of ``steps-2024``; later years stay at the last point. A region that the
    scenario does not cover (Japan, Korea) follows the odds of the world's share from its own last year.
    """
    if scenario not in SCENARIOS:
        raise InputError("no such path", [Fault("scenario", scenario, ", ".join(SCENARIOS))])
    history = ev_history(world, region)
    history["market"] = history["market"].ffill()
    history["share"] = history["share"].fillna(history["sales"] / history["market"])
    table = world.table("ev_sales")
    if ((table["region"] == region) & (table["scenario"] == scenario)).any():
        ahead = _ahead(world, region, scenario, int(history["year"].max()))
    else:
        ahead = _follow_world(world, history, scenario)
    points = pd.concat([history, ahead]).sort_values("year")
    years = np.arange(first, last + 1)
    x = points["year"].to_numpy(dtype=float)
    market = np.interp(years, x, points["market"].to_numpy(dtype=float))
    share = np.interp(years, x, points["share"].to_numpy(dtype=float))
    return pd.DataFrame({"year": years, "sales": market * share, "share": share, "market": market})


def _ahead(world: World, region: str, scenario: str, after: int) -> pd.DataFrame:
    """The scenario's points after a year, lengthened to 2035 where an older edition of it says how."""
    ahead = ev_history(world, region, scenario)
    ahead = ahead[ahead["year"] > after]
    if scenario != "steps-2025":
        return ahead
    older = ev_history(world, region, "steps-2024").set_index("year")
    tip = ahead[ahead["year"] == 2030].iloc[0]
    share = min(0.98, float(tip["share"]) * older["share"][2035] / older["share"][2030])
    market = float(tip["market"]) * older["market"][2035] / older["market"][2030]
    later = pd.DataFrame({"year": [2035], "sales": [share * market], "share": [share], "market": [market]})
    return pd.concat([ahead, later])


def _follow_world(world: World, history: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """Points of a region without a scenario: its odds grow as the world's do, its market stays."""
    last = history.iloc[-1]
    path = baseline_path(world, "world", int(last["year"]), 2035, scenario)
    odds = (path["share"] / (1.0 - path["share"])).to_numpy(dtype=float)
    own = float(last["share"]) / (1.0 - float(last["share"])) * odds / odds[0]
    share, market = own / (1.0 + own), float(last["market"])
    out = pd.DataFrame({"year": path["year"], "sales": share * market, "share": share, "market": market})
    return out.iloc[1:]
