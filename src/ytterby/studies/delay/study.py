"""The study: every place of a supply path, cars and turbines, with cost and carbon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.demand import StockCover, at_cost, grade_weights, motor_cost, shortfall
from ytterby.demand.shortfall import TRACTION
from ytterby.demand.stops import WEEKS_PER_MONTH
from ytterby.demand.wind import wind_wait
from ytterby.studies.delay.supply import Supply
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

MILLION = 1e6
WIND = "wind"
FIRST_STOPS = 0.05
"""Share of firms whose stop is called the first stops."""


@dataclass(frozen=True)
class DelayStudy:
    """What a supply path does to electric cars and wind turbines."""

    cars: pd.DataFrame
    """place, region, missing_mean (share of traction magnets over the months with a shortage), months_short,
    first_stops (month YYYY-MM by whose end one firm in twenty stands; blank where it never comes to that), postponed,
    lost (vehicles),
    delay_months (of the yearly share), fleet_delay_months, usd_per_vehicle (while it lasts), lost_to_cost (vehicles
    that are not bought because they cost that much more), extra_musd, extra_mtco2."""
    annual: pd.DataFrame
    """place, year, baseline_sales, sales, lost, caught_up, baseline_share, share, delay_months."""
    monthly: pd.DataFrame
    """place, month (YYYY-MM), shortage, effective, stopped, baseline, lost, caught_up."""
    wind: pd.DataFrame
    """place, postponed_mw, lost_mw, delay_months (of the year's additions), extra_musd, extra_mtco2."""

    @property
    def totals(self) -> Mapping[str, float]:
        """Sums over places: postponed, lost (vehicles), extra_musd, extra_mtco2, postponed_mw, lost_mw, and the delay
        of the share of all places together, weighted by their sales (delay_months)."""
        weights = self.annual.groupby("place")["baseline_sales"].sum().reindex(self.cars["place"]).to_numpy(dtype=float)
        mean = float(np.average(self.cars["delay_months"], weights=weights)) if len(self.cars) else 0.0
        return {
            **{name: float(self.cars[name].sum()) for name in ("postponed", "lost")},
            "delay_months": mean,
            "extra_musd": float(self.cars["extra_musd"].sum() + self.wind["extra_musd"].sum()),
            "extra_mtco2": float(self.cars["extra_mtco2"].sum() + self.wind["extra_mtco2"].sum()),
            **{name: float(self.wind[name].sum()) for name in ("postponed_mw", "lost_mw")},
        }


def delay(
    world: World,
    supply: Supply,
    *,
    price_change_usd_per_kg: Mapping[str, float] | None = None,
    premium_usd_per_kg: float = 0.0,
    substitution_per_year: float | None = None,
    substitution_ceiling: float | None = None,
    catch_up: bool = True,
    scenario: str | None = None,
) -> DelayStudy:
    """Turn a supply path into stopped lines, postponed and lost vehicles, months, money and carbon; the same for wind.

    Each place that the path names and that buys traction magnets is followed month by month: stocks first
    (``stock_cover``), then lines in proportion, thrift and substitutes as the shortage lasts, catching up afterwards.
    Grades stop their own motors only. ``price_change_usd_per_kg`` (``ndpr-oxide``, ``dy-oxide``, ``tb-oxide``) and
    ``premium_usd_per_kg`` are paid on every car built while something is missing; other motors cost what table
    ``substitutes`` says. Raises InputError where no place of the path builds cars or turbines, else InputError and
    UnknownNameError as its parts do.
    """
    price = motor_cost(world, price_change_usd_per_kg or {}, premium_usd_per_kg=premium_usd_per_kg).usd_per_vehicle
    known = _buyers(world)
    builders = known[TRACTION] | known[WIND]
    if supply.places and not builders.intersection(supply.places):
        fault = Fault(
            "place", ", ".join(supply.places), f"one that builds cars or turbines: {', '.join(sorted(builders))}"
        )
        raise InputError("nothing to delay", [fault])
    cars, annual, monthly, wind = [], [], [], []
    for place in supply.places:
        if place in known[TRACTION]:
            grades = grade_weights(world, place, TRACTION)
            found = shortfall(
                world,
                place,
                {grade: supply.missing(place, TRACTION, grade) for grade in grades},
                start_year=supply.first_year,
                substitution_per_year=substitution_per_year,
                substitution_ceiling=substitution_ceiling,
                catch_up=catch_up,
                scenario=scenario,
            )
            stamp = found.monthly["year"].astype(str) + "-" + (found.monthly["month"] % 12 + 1).astype(str).str.zfill(2)
            months = found.monthly.drop(columns="year").assign(place=place, month=stamp)
            short = months["shortage"] > 0
            built = months["baseline"] - months["lost"]
            paid = price * float(built[short].sum()) + found.penalty_usd
            while_short = float(built[short].sum())
            cars.append(
                {
                    "place": place,
                    "region": found.region,
                    "missing_mean": float(months.loc[short, "shortage"].mean()) if short.any() else 0.0,
                    "months_short": int(short.sum()),
                    "first_stops": first_stops(months, StockCover.of(world, place)),
                    "postponed": found.postponed_vehicles,
                    "lost": found.lost_vehicles,
                    "delay_months": found.delay_months,
                    "fleet_delay_months": found.fleet_delay_months,
                    "usd_per_vehicle": paid / while_short if while_short > 0 else 0.0,
                    "lost_to_cost": _lost_to_cost(world, found.annual, months, paid),
                    "extra_musd": paid / MILLION,
                    "extra_mtco2": found.extra_tco2 / MILLION,
                }
            )
            annual.append(found.annual.assign(place=place))
            monthly.append(months)
        if place in known[WIND]:
            grades = grade_weights(world, place, WIND)
            waited = wind_wait(
                world,
                place,
                {grade: supply.missing(place, WIND, grade) for grade in grades},
                start_year=supply.first_year,
                premium_usd_per_kg=premium_usd_per_kg,
                price_change_usd_per_kg=price_change_usd_per_kg,
                catch_up=catch_up,
            )
            wind.append({"place": place, **waited})
    return DelayStudy(
        pd.DataFrame(cars, columns=CARS),
        _stack(annual, ANNUAL),
        _stack(monthly, MONTHLY),
        pd.DataFrame(wind, columns=TURBINES),
    )


def delay_band(world: World, supply: Supply, *, premium_usd_per_kg: float = 0.0, catch_up: bool = True) -> pd.DataFrame:
    """Return the sums of :func:`delay` at both ends of what is uncertain, all inputs at their mild or severe end.

    Columns: what, mild, point, severe. Stock cover (low is severe), thrift a year and its ceiling, share of motors
    with magnets, carbon per car and per MWh. The ends go together: an envelope, wider than any one interval.
    """
    point = delay(world, supply, premium_usd_per_kg=premium_usd_per_kg, catch_up=catch_up).totals
    ends = {
        name: delay(end, supply, premium_usd_per_kg=premium_usd_per_kg, catch_up=catch_up).totals
        for name, end in (("mild", _end(world, severe=False)), ("severe", _end(world, severe=True)))
    }
    rows = [(what, ends["mild"][what], value, ends["severe"][what]) for what, value in point.items()]
    return pd.DataFrame(rows, columns=["what", "mild", "point", "severe"])


SEVERE_WHERE_LOW = ("thrift-per-year", "switch-share")
SEVERE_WHERE_HIGH = (("ev-car", "pm_share"), ("ev-car", "extra_tco2"), ("wind", "grid_tco2_per_mwh"))


def _end(world: World, *, severe: bool) -> World:
    """The world with the bands that a delay depends on at one end."""
    low, high = ("low", "high") if severe else ("high", "low")
    cover = world.table("stock_cover")
    cover["median_weeks"] = cover[low].fillna(cover["median_weeks"])
    settings = world.table("model_settings")
    own = settings["setting"].isin(SEVERE_WHERE_LOW)
    settings.loc[own, "value"] = settings.loc[own, low]
    content = world.table("intensities")
    keys = pd.Series(list(zip(content["product"], content["parameter"], strict=True)), index=content.index)
    regional = content["product"].str.startswith("ev-car") & (content["parameter"] == "extra_tco2")
    moved = keys.isin(SEVERE_WHERE_HIGH) | regional
    content.loc[moved, "value"] = content.loc[moved, high].fillna(content.loc[moved, "value"])
    return world.with_tables({"stock_cover": cover, "model_settings": settings, "intensities": content})


def _lost_to_cost(world: World, annual: pd.DataFrame, monthly: pd.DataFrame, paid_usd: float) -> float:
    """Vehicles not bought while something is missing, because those that are built cost more."""
    short = monthly["shortage"] > 0
    built = float((monthly["baseline"] - monthly["lost"])[short].sum())
    if paid_usd <= 0 or built <= 0:
        return 0.0
    elasticity = float(world.table("model_settings").set_index("setting")["value"]["ev-price-elasticity"])
    share = float(annual["baseline_share"].iloc[0])
    after = float(at_cost(np.array([share]), paid_usd / built, motor_cost(world, {}).car_price_usd, elasticity)[0])
    return built * (1.0 - after / share)


CARS = [
    "place", "region", "missing_mean", "months_short", "first_stops", "postponed", "lost", "delay_months",
    "fleet_delay_months", "usd_per_vehicle", "lost_to_cost", "extra_musd", "extra_mtco2",
]  # fmt: skip
ANNUAL = [
    "place", "year", "baseline_sales", "sales", "lost", "caught_up", "baseline_share", "share", "delay_months",
]  # fmt: skip
MONTHLY = ["place", "month", "shortage", "effective", "stopped", "baseline", "lost", "caught_up"]
TURBINES = ["place", "postponed_mw", "lost_mw", "delay_months", "extra_musd", "extra_mtco2"]


def first_stops(monthly: pd.DataFrame, cover: StockCover) -> str:
    """Month by whose end one firm in twenty has used up its stock; blank where it never comes to that."""
    drawn = monthly["effective"].clip(lower=0.0).cumsum() * WEEKS_PER_MONTH
    stands = monthly[drawn > float(np.quantile(cover.quantiles(), FIRST_STOPS))]
    return str(stands["month"].iloc[0]) if len(stands) else ""


def _buyers(world: World) -> Mapping[str, frozenset[str]]:
    """Places that buy magnets for cars and for turbines, and whose stocks are known."""
    table = world.table("demand")
    uses = table["good"].map(world.table("goods").set_index("good")["use"])
    stocks = set(world.table("stock_cover")["place"])
    return {use: frozenset(set(table.loc[uses == use, "place"]) & stocks) for use in (TRACTION, WIND)}


def _stack(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
