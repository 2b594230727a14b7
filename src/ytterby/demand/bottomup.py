"""Magnet-element demand from below: units times content, beside the IEA's number for the same use."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ytterby.demand.goods import annual_goods, parameter
from ytterby.world.load import World

ELEMENTS = ("nd", "pr", "dy", "tb")
MACHINES = ("wind-direct-drive", "wind-geared-all")
"""Classes of wind turbine, with the mean over machines with and without magnets for the second."""
CLASSES = (("direct_drive_share", "wind-direct-drive"), ("geared_pm_share", "wind-geared-pm"))
"""Machines that have magnets beyond doubt: their share of what is added, and their content."""
SECTORS = {"ev-traction": "ev-car", "wind": "wind"}
"""Uses whose magnets a trade body counts as well, and the product of its ``sector_t``."""

PRODUCTS = (
    ("two-wheelers", "two-wheeler-electric", "vehicles", True),
    ("hybrid-cars", "hybrid-car", "vehicles", True),
    ("lifts", "lift", "units", False),
    ("hard-disks", "hard-disk", "units", True),
    ("smartphones", "smartphone", "units", False),
)
"""Uses that are units times magnet: name, product of ``intensities``, its unit, whether all numbers have a source."""
WITH_SHARE = frozenset({"lifts", "hybrid-cars"})
"""Uses of which only a share has magnets of rare earths."""
TWO_AND_THREE = "two-and-three-wheelers"


@dataclass(frozen=True)
class BottomUp:
    """Units times intensity by use, and the gap to the IEA."""

    table: pd.DataFrame
    """use, t_magnet, t_magnet_low, t_magnet_high (finished), t_element (gross of scrap), t_element_net,
    iea_t, gap (t_element / iea_t - 1), gap_net (t_element_net / iea_t - 1), iea_parts_t and gap_parts (the
    sum of the agency's sheets by element, where it differs, and t_element against it), t_iea_scope and gap_scope
    (content of the finished magnets in all that the IEA's row covers, of vehicles every mode, and the gap to its
    total), t_iea_content (units times the content that the IEA stated per unit), sector_t_magnet (t of magnet as a
    trade body counts it, blanks), units_known (bool), how."""
    total_t: float
    """Sum of the uses that were counted, t of element gross of scrap."""
    iea_t: float
    """The IEA's total, t of element."""
    residual_t: float
    """What the counted uses leave of the IEA's total: loudspeakers, industrial drives, medical, unknown."""

    direct_drive_implied: float
    """Share of direct-drive machines among turbines that would make the IEA's row for wind, read as content."""

    @property
    def gap(self) -> float:
        """Counted uses over the IEA's total, less one: negative means that uses are not counted."""
        return self.total_t / self.iea_t - 1.0


def ev_units(world: World, year: int, region: str = "world", mode: str = "cars") -> float:
    """Return vehicles with a plug sold in a region and year (BEV and PHEV) of a mode; NaN where unknown."""
    table = world.table("ev_sales")
    rows = table[
        (table["region"] == region)
        & (table["year"] == year)
        & (table["scenario"] == "history")
        & (table["mode"] == mode)
        & (table["metric"] == "sales")
    ]
    parts = rows[rows["powertrain"].isin(["BEV", "PHEV"])]["value"]
    if len(parts):
        return float(parts.sum())
    both = rows[rows["powertrain"] == "EV"]["value"]
    return float(both.iloc[0]) if len(both) else float("nan")


def bottom_up(world: World, year: int = 2024) -> BottomUp:
    """Count magnets from units and content, and set them beside the IEA's demand of the same use.

    The IEA's own rows are not used on the left-hand side, nor is the content that was derived from them.
    ``t_element`` is gross of magnet-making scrap (finished / material yield), the basis on which the IEA's total of
    all uses is read: it is of the size of what is refined. ``t_element_net`` is the content of the finished magnets.
    The agency nowhere states the basis of its rows for vehicles and turbines; the contents that it has published per
    car and per MW are those of the product, so that these rows read as content.
    """
    re_share = parameter(world, "magnet", "rare_earth_share")
    counted = [
        _cars(world, year), _other_vehicles(world, year), _turbines(world, re_share), *_motors(world), *_pieces(world),
        _drives(world),
    ]  # fmt: skip
    table = pd.DataFrame(
        [(c.use, *c.t, c.known, c.how) for c in counted],
        columns=["use", "t_magnet", "t_magnet_low", "t_magnet_high", "units_known", "how"],
    )
    table["t_element_net"] = table["t_magnet"] * re_share
    table["t_element"] = table["t_element_net"] / parameter(world, "magnet-making", "material_yield")
    iea = world.table("magnet_element_demand")
    iea = iea[(iea["year"] == year) & (iea["scenario"] == "history")]
    by_use = iea[iea["elements"] == "Nd+Pr+Dy+Tb"].set_index("use")["t"]
    by_parts = iea[iea["elements"].isin([e.capitalize() for e in ELEMENTS])].groupby("use")["t"].sum()
    table["iea_t"] = table["use"].map(by_use)
    table["gap"] = table["t_element"] / table["iea_t"] - 1.0
    table["gap_net"] = table["t_element_net"] / table["iea_t"] - 1.0
    table["iea_parts_t"] = table["use"].map(by_parts)
    table["gap_parts"] = table["t_element"] / table["iea_parts_t"] - 1.0
    scope = table.set_index("use")["t_magnet"].reindex([*SECTORS, OTHER_VEHICLES])
    scope["ev-traction"] += scope[OTHER_VEHICLES] + _light(world, year)
    table["t_iea_scope"] = table["use"].map(scope.drop(OTHER_VEHICLES)) * re_share
    table["gap_scope"] = table["t_iea_scope"] / table["iea_t"] - 1.0
    stated = {"ev-traction": ev_units(world, year) * parameter(world, "ev-car", "re_kg_iea") / 1e3}
    table["t_iea_content"] = table["use"].map(stated)
    table["sector_t_magnet"] = table["use"].map({u: parameter(world, p, "sector_t") for u, p in SECTORS.items()})
    total, published = float(table["t_element"].sum()), float(by_use.get("all", float("nan")))
    columns = [
        "use", "t_magnet", "t_magnet_low", "t_magnet_high", "t_element", "t_element_net", "iea_t", "gap",
        "gap_net", "iea_parts_t", "gap_parts", "t_iea_scope", "gap_scope", "t_iea_content", "sector_t_magnet",
        "units_known", "how",
    ]  # fmt: skip
    gw, (slow, geared) = parameter(world, "wind", "gw_added"), _per_mw(world)
    implied = (float(by_use.get("wind", float("nan"))) / gw - geared) / (slow - geared)
    return BottomUp(table[columns], total, published, published - total, implied)


Three = tuple[float, float, float]
"""Value, low, high."""


@dataclass(frozen=True)
class _Counted:
    """Magnets of one use, t finished, and how they were counted."""

    use: str
    t: Three
    known: bool
    how: str


def _cars(world: World, year: int) -> _Counted:
    units = ev_units(world, year)
    kg, share = _band(world, "ev-car", "ndfeb_kg"), _band(world, "ev-car", "pm_share")
    how = f"{units / 1e6:.1f} M cars x {kg[0]} kg x {share[0]:.0%} with magnets"
    return _Counted("ev-traction", _times(kg, share, units / 1e3), True, how)


OTHER_VEHICLES = "vans-buses-trucks"


def _other_vehicles(world: World, year: int) -> _Counted:
    """Vans with the motor of a car, buses and trucks with more."""
    vans, heavy = ev_units(world, year, mode="vans"), sum(ev_units(world, year, mode=m) for m in ("buses", "trucks"))
    share = _band(world, "ev-car", "pm_share")
    small = _times(_band(world, "ev-car", "ndfeb_kg"), share, vans / 1e3)
    large = _times(_band(world, "heavy-electric", "ndfeb_kg"), share, heavy / 1e3)
    both = (small[0] + large[0], small[1] + large[1], small[2] + large[2])
    kg = parameter(world, "ev-car", "ndfeb_kg"), parameter(world, "heavy-electric", "ndfeb_kg")
    how = f"{vans / 1e6:.2f} M vans x {kg[0]} kg, {heavy / 1e6:.2f} M buses and trucks x {kg[1]} kg, {share[0]:.0%}"
    return _Counted(OTHER_VEHICLES, both, False, how)


def _light(world: World, year: int) -> float:
    """Magnets of the two- and three-wheelers that the IEA counts as vehicles, t: part of ``two-wheelers``."""
    units = ev_units(world, year, mode=TWO_AND_THREE)
    return units * parameter(world, "two-wheeler-electric", "ndfeb_kg") / 1e3


def _turbines(world: World, re_share: float) -> _Counted:
    gw, direct = parameter(world, "wind", "gw_added"), _band(world, "wind", "direct_drive_share")
    slow, geared = _per_mw(world)
    # Literature means of both classes hold the element, not the magnet; the band is that of the share of machines.
    value, low, high = (gw * (d * slow + (1 - d) * geared) / re_share for d in direct)
    by_class = gw * sum(parameter(world, "wind", k) * parameter(world, m, "ndfeb_kg_per_mw") for k, m in CLASSES)
    how = (
        f"{gw:.0f} GW, {direct[0]:.1%} direct drive at {slow:.0f} kg of element per MW, the rest at {geared:.0f}; with "
        f"magnets in direct drive and medium speed alone {by_class:,.0f} t"
    )
    return _Counted("wind", (value, min(low, by_class), high), True, how)


def _per_mw(world: World) -> tuple[float, float]:
    """Nd, Pr, Dy and Tb in direct-drive and in geared machines, kg/MW."""
    slow, geared = (sum(parameter(world, m, f"{e}_kg_per_mw") for e in ELEMENTS) for m in MACHINES)
    return slow, geared


def _motors(world: World) -> list[_Counted]:
    """Uses that a sector's own statistics count, in whole or in part."""
    cooling = _band(world, "air-conditioner", "sector_t")
    cars = parameter(world, "car", "vehicles_per_year")
    steering, small = _band(world, "car", "power_steering_t"), _band(world, "car-small-motors", "ndfeb_kg")
    both = (
        steering[0] + small[0] * cars / 1e3,
        steering[1] + small[1] * cars / 1e3,
        steering[2] + small[2] * cars / 1e3,
    )
    how = f"power steering (CSRE) and {cars / 1e6:.0f} M cars x {small[0]} kg"
    return [
        _Counted("air-conditioning", cooling, True, "sector statistics (ACREI)"),
        _Counted("automotive-other", both, True, how),
    ]


def _pieces(world: World) -> list[_Counted]:
    counted = []
    for use, product, unit, known in PRODUCTS:
        units, kg = _band(world, product, f"{unit}_per_year"), _band(world, product, "ndfeb_kg")
        share = _band(world, product, "pm_share") if use in WITH_SHARE else (1.0, 1.0, 1.0)
        how = f"{units[0] / 1e6:.1f} M {unit} x {kg[0] * 1000:,.4g} g"
        how += f" x {share[0]:.0%} with magnets" if share[0] < 1 else ""
        counted.append(_Counted(use, _times(_times(units, kg), share, 1e-3), known, how))
    return counted


def _drives(world: World) -> _Counted:
    part, output = _band(world, "robots", "sector_share"), _band(world, "world", "ndfeb_output_t")
    how = f"{part[0]:.0%} (CSRE) of {output[0]:,.0f} t made, blanks and finished mixed"
    return _Counted("robots-servo", _times(part, output), False, how)


def _band(world: World, product: str, name: str) -> Three:
    value, low, high = (parameter(world, product, name, which) for which in ("value", "low", "high"))
    return value, low, high


def _times(a: Three, b: Three, scale: float = 1.0) -> Three:
    return a[0] * b[0] * scale, a[1] * b[1] * scale, a[2] * b[2] * scale


def finished_magnets(world: World, year: int) -> float:
    """Return the world's NdFeB demand of a year, t of finished magnet."""
    table = annual_goods(world, year)
    return float(table[(table["unit"] == "t magnet") & ~table["good"].str.startswith("smco")]["t"].sum())
