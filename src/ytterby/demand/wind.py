"""Wind generators: what magnets cost a megawatt, and how many megawatts wait when magnets are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ytterby.demand.goods import annual_goods, parameter
from ytterby.demand.inuse import intensity
from ytterby.demand.shortfall import grade_weights
from ytterby.demand.stops import StockCover, line_stops
from ytterby.demand.substitution import relief
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]

HOURS_PER_MONTH = 365.25 * 24 / 12


@dataclass(frozen=True)
class WindShortfall:
    """Megawatts that a shortage of magnets holds up in a year."""

    missing_t: float
    waiting_mw: float
    """If every machine with magnets waits in proportion."""
    waiting_share: float
    """Of the world's yearly additions."""
    waiting_mw_geared_first: float
    """If direct-drive machines are replaced by geared ones with a fraction of the magnet, as far as that
    goes."""


def generator_cost(
    world: World,
    price_change_usd_per_kg: Mapping[str, float],
    premium_usd_per_kg: float = 0.0,
    machine: str = "wind-direct-drive",
) -> float:
    """Return the extra cost of the magnets in one MW, USD: sum of q k / y dP over Nd, Pr, Dy and Tb, and the
    premium.

    q kg of element per MW of the machine (``intensities``), k oxide per element, y net yield with the scrap
    loop; ``price_change_usd_per_kg`` by ``ndpr-oxide``, ``dy-oxide``, ``tb-oxide``. Raises InputError for
    another key.
    """
    oxides = {"nd": "ndpr-oxide", "pr": "ndpr-oxide", "dy": "dy-oxide", "tb": "tb-oxide"}
    unknown = sorted(set(price_change_usd_per_kg) - set(oxides.values()))
    if unknown:
        wanted = ", ".join(sorted(set(oxides.values())))
        raise InputError("no such oxide in a generator", [Fault("price_change_usd_per_kg", ", ".join(unknown), wanted)])
    y = parameter(world, "magnet-making", "net_yield_with_scrap_loop")
    total = 0.0
    for element, oxide in oxides.items():
        kg = parameter(world, machine, f"{element}_kg_per_mw")
        total += kg * oxide_per_element(element.capitalize()) / y * price_change_usd_per_kg.get(oxide, 0.0)
    return total + premium_usd_per_kg * parameter(world, machine, "ndfeb_kg_per_mw")


def wind_shortfall(world: World, missing_t: float, year: int | None = None) -> WindShortfall:
    """Turn missing t of finished magnets in a year into megawatts that wait, for the world's mix of machines.

    Additions are those of ``year`` (table ``intensity_paths``), of the base year if left out.

    Raises InputError for a negative amount or for more than the world's turbines use.
    """
    mw = 1000.0 * intensity(world, "wind", "gw_added", year or _base_year(world))
    direct, geared = (parameter(world, "wind", k) for k in ("direct_drive_share", "geared_pm_share"))
    kg_direct, kg_geared = (parameter(world, k, "ndfeb_kg_per_mw") for k in ("wind-direct-drive", "wind-geared-pm"))
    used = mw * (direct * kg_direct + geared * kg_geared) / 1000.0
    if not 0 <= missing_t <= used:
        fault = Fault("missing_t", str(missing_t), f"0 to {used:,.0f} t, what turbines take in a year")
        raise InputError("wind shortfall cannot be computed", [fault])
    waiting = missing_t / used * mw * (direct + geared)
    saved = mw * direct * (kg_direct - kg_geared) / 1000.0
    left = max(0.0, missing_t - saved)
    geared_first = left * 1000.0 / kg_geared
    return WindShortfall(missing_t, waiting, waiting / mw, min(waiting, geared_first))


def wind_wait(
    world: World,
    place: str,
    missing: Mapping[str, Sequence[float] | Array],
    *,
    start_year: int | None = None,
    price_change_usd_per_kg: Mapping[str, float] | None = None,
    premium_usd_per_kg: float = 0.0,
    catch_up: bool = True,
) -> Mapping[str, float]:
    """Follow a place's turbine makers through a shortage by grade, month by month.

    ``missing``: by grade, the share of normal supply that does not arrive (below 0: above normal). The first
    month is January of ``start_year`` (the base year if left out); additions of each year are on the outlook of table
    ``intensity_paths``, by the place's part of wind magnets in the base year. Stocks, thrift and other machines act as
    for cars; what waits is caught up over ``catch-up-months`` once supply returns, the rest waits until the end of the
    path and as long again. CO2 is that of the power which waiting turbines do not replace.
    Returns postponed_mw, lost_mw (not caught up), delay_months (of a year's additions), extra_musd (dearer magnets and
    other machines), extra_mtco2.
    """
    settings = world.table("model_settings").set_index("setting")["value"]
    weights = grade_weights(world, place, "wind")
    cover = StockCover.of(world, place)
    n = max((len(p) for p in missing.values()), default=0)
    window = int(settings["catch-up-months"])
    first = start_year or _base_year(world)
    monthly_mw = np.array([_additions(world, place, first + m // 12) / 12.0 for m in range(n)])
    with_magnet = sum(parameter(world, "wind", k) for k in ("direct_drive_share", "geared_pm_share"))
    stopped, penalty, short = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    for grade, path in missing.items():
        gone = np.asarray(path, dtype=float)
        lacking = gone > 0
        elapsed = np.where(lacking, np.cumsum(lacking), 0).astype(float)
        eased = relief(
            world, "wind", grade, elapsed,
            per_year=float(settings["thrift-per-year"]), ceiling=float(settings["switch-share"]),
        )  # fmt: skip
        effective = np.where(lacking, np.maximum(0.0, gone - eased.saved), gone)
        stopped += weights[grade] * with_magnet * line_stops(effective, cover)
        penalty += weights[grade] * with_magnet * eased.penalty_usd
        short |= lacking
    lost = stopped * monthly_mw
    end = int(np.max(np.nonzero(short)[0])) + 1 if short.any() else 0
    again = (cover.catch_up_share if catch_up else 0.0) * float(lost[max(0, end - window) : end].sum())
    waiting = np.concatenate([np.cumsum(lost)[:end], float(lost.sum()) - again * np.arange(1, window + 1) / window])
    hours = HOURS_PER_MONTH * parameter(world, "wind", "capacity_factor")
    tonnes = float(waiting.sum()) * hours * parameter(world, "wind", "grid_tco2_per_mwh")
    per_mw = with_magnet * generator_cost(world, price_change_usd_per_kg or {}, premium_usd_per_kg)
    built = monthly_mw - lost
    return {
        "postponed_mw": float(lost.sum()),
        "lost_mw": float(lost.sum()) - again,
        "delay_months": float(lost.sum()) / float(monthly_mw.mean()) if monthly_mw.sum() > 0 else 0.0,
        "extra_musd": float((built * (per_mw * short + penalty)).sum()) / 1e6,
        "extra_mtco2": tonnes / 1e6,
    }


def _additions(world: World, place: str, year: int) -> float:
    """MW that a place's turbine makers build in a year: the world's additions by the place's part of wind magnets."""
    table = annual_goods(world, _base_year(world))
    t = table[table["good"].map(world.table("goods").set_index("good")["use"]) == "wind"].groupby("place")["t"].sum()
    return 1000.0 * intensity(world, "wind", "gw_added", year) * float(t.get(place, 0.0)) / float(t.sum())


def _base_year(world: World) -> int:
    return int(world.table("model_settings").set_index("setting")["value"]["base-year"])
