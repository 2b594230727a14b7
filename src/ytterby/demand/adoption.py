"""How fast electric cars are taken up: logistic curves fitted to history, and tested on years that they did
not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from ytterby.demand.curves import BassFit, LogisticFit, TargetPull, fit_bass, fit_logistic
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

SCENARIOS = ("steps-2025", "steps-2024", "aps-2024")


@dataclass(frozen=True)
class AdoptionTest:
    """Out-of-sample test of one region: fit to ``last_year``, predict what came after."""

    region: str
    table: pd.DataFrame
    """year, observed, then one column a method: logistic, bass, target (where one was known), naive (vehicles)."""
    errors: Mapping[str, float]
    """Mean absolute error over the mean observed sales, by method."""
    method: str
    """What this model forecasts with: ``target`` where a binding one was known, else ``logistic``."""
    fit: LogisticFit

    @property
    def wins(self) -> bool:
        """Whether the model's method predicted better than the straight line."""
        return self.errors[self.method] < self.errors["naive"]

    @property
    def logistic_wins(self) -> bool:
        """Whether the logistic curve alone predicted better than the straight line."""
        return self.errors["logistic"] < self.errors["naive"]


_read: WeakKeyDictionary[World, dict[tuple[str, str], pd.DataFrame]] = WeakKeyDictionary()
"""Histories that were read already; a world never changes."""


def ev_history(world: World, region: str, scenario: str = "history") -> pd.DataFrame:
    """Return electric cars of a region by year: columns year, sales (BEV + PHEV, vehicles), share (0 to 1),
    market.

    ``market`` is all cars sold, sales / share. Raises InputError for a region or scenario without rows.
    """
    kept = _read.setdefault(world, {})
    if (region, scenario) not in kept:
        kept[region, scenario] = _history(world, region, scenario)
    return kept[region, scenario].copy()


def _history(world: World, region: str, scenario: str) -> pd.DataFrame:
    table = world.table("ev_sales")
    known = sorted(table["region"].unique())
    rows = table[(table["region"] == region) & (table["scenario"] == scenario) & (table["mode"] == "cars")]
    if rows.empty:
        raise InputError(
            "no electric-car history",
            [Fault("region, scenario", f"{region}, {scenario}", f"a region of {', '.join(known)}")],
        )
    sales: dict[str, pd.Series[float]] = {}
    for powertrain in ("BEV", "PHEV", "EV"):
        own = rows[(rows["metric"] == "sales") & (rows["powertrain"] == powertrain)]
        sales[powertrain] = own.set_index("year")["value"].astype(float)
    parts = sales["BEV"].add(sales["PHEV"], fill_value=0.0)
    share = rows[(rows["metric"] == "sales_share") & (rows["powertrain"] == "EV")].set_index("year")["value"]
    out = pd.DataFrame({"sales": sales["EV"].combine_first(parts)})
    out["share"] = share.reindex(out.index).astype(float)
    out["market"] = out["sales"] / out["share"]
    return out.reset_index().astype({"year": int}).sort_values("year", ignore_index=True)


def adoption_test(world: World, region: str, last_year: int = 2021, ceiling: float = 1.0) -> AdoptionTest:
    """Fit a region through ``last_year`` and predict the years after, beside a naive trend.

    Methods: a logistic curve, a Bass curve, the pull of the nearest target that was known by the end of ``last_year``
    and lies beyond it (table ``policy_targets``), and the naive trend, which adds the mean yearly gain of the last
    three years. Shares multiply the observed market; where later shares are not known, the market of the last known
    year is used. Raises InputError where nothing is left to test on.
    """
    history = ev_history(world, region)
    seen = history[history["year"] <= last_year]
    later = history[history["year"] > last_year]
    if later.empty or len(seen) < 4:
        last = int(history["year"].max())
        raise InputError(
            "nothing to test on", [Fault("last_year", str(last_year), f"a year before {last}, four points")]
        )
    t, s = seen["year"].to_numpy(dtype=float), seen["share"].to_numpy(dtype=float)
    fit = fit_logistic(t, s, region=region, ceiling=ceiling)
    curves: dict[str, LogisticFit | BassFit | TargetPull] = {
        "logistic": fit,
        "bass": fit_bass(t, s, region=region, ceiling=ceiling),
    }
    pull = target_pull(world, region, last_year)
    if pull is not None:
        curves["target"] = pull
    years = later["year"].to_numpy()
    market = later["market"].ffill().fillna(float(seen["market"].iloc[-1])).to_numpy()
    gain = float(seen["sales"].iloc[-1] - seen["sales"].iloc[-4]) / 3.0
    table = pd.DataFrame(
        {
            "year": years,
            "observed": later["sales"].to_numpy(),
            **{name: curve.share(years) * market for name, curve in curves.items()},
            "naive": float(seen["sales"].iloc[-1]) + gain * (years - int(seen["year"].iloc[-1])),
        }
    )
    mean = float(table["observed"].mean())
    methods = [str(c) for c in table.columns if c not in ("year", "observed")]
    errors = {name: float((table[name] - table["observed"]).abs().mean()) / mean for name in methods}
    method = "target" if pull is not None and pull.binding else "logistic"
    return AdoptionTest(region, table, errors, method, fit)


def target_pull(world: World, region: str, last_year: int) -> TargetPull | None:
    """The nearest target beyond a year that was known by its end and stood, from that year's share; None without."""
    end = pd.Timestamp(last_year, 12, 31)
    table = world.table("policy_targets")
    known = table[(table["region"] == region) & (table["known_from"] <= end) & (table["target_year"] > last_year)]
    known = known[known["withdrawn"].isna() | (known["withdrawn"] > end)].sort_values("target_year")
    history = ev_history(world, region).set_index("year")["share"].dropna()
    if known.empty or last_year not in history.index:
        return None
    row = known.iloc[0].to_dict()
    return TargetPull(
        region,
        last_year,
        float(history[last_year]),
        int(row["target_year"]),
        float(row["share"]),
        bool(row["binding"]),
    )


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
