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
    ("two-wheelers", "two-wheeler-electric", False),
    ("lifts", "lift", False),
    ("hard-disks", "hard-disk", True),
)
"""Uses that are units times magnet: name, product of ``intensities``, and whether all numbers have a source."""


@dataclass(frozen=True)
class BottomUp:
    """Units times intensity by use, and the gap to the IEA."""

    table: pd.DataFrame
    """use, t_magnet, t_magnet_low, t_magnet_high (finished), t_element (gross of scrap), t_element_net,
    iea_t, gap (t_element / iea_t - 1), gap_net (t_element_net / iea_t - 1), iea_parts_t and gap_parts (the
    sum of the agency's sheets by element, where it differs, and t_element against it), sector_t_magnet (t of magnet as a
    trade body counts it, blanks), units_known (bool), how."""
    total_t: float
    """Sum of the uses that were counted, t of element gross of scrap."""
    iea_t: float
    """The IEA's total, t of element."""
    residual_t: float
    """What the counted uses leave of the IEA's total: telephones, loudspeakers, industrial drives, medical, unknown."""

    @property
    def gap(self) -> float:
        """Counted uses over the IEA's total, less one: negative means that uses are not counted."""
        return self.total_t / self.iea_t - 1.0


def ev_units(world: World, year: int, region: str = "world") -> float:
    """Return cars with a plug sold in a region and year (BEV and PHEV), vehicles; NaN where unknown."""
    table = world.table("ev_sales")
    rows = table[
        (table["region"] == region)
        & (table["year"] == year)
        & (table["scenario"] == "history")
        & (table["mode"] == "cars")
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
    ``t_element`` is gross of magnet-making scrap (finished / material yield), the basis on which the IEA
    total is read; ``t_element_net`` is the content of the finished magnets: the IEA's figure for vehicles
    lies between the two.
    """
    re_share = parameter(world, "magnet", "rare_earth_share")
    gross = parameter(world, "magnet-making", "material_yield")
    rows: list[tuple[str, tuple[float, ...], bool, str]] = []

    def band(product: str, name: str) -> tuple[float, float, float]:
        value, low, high = (parameter(world, product, name, w) for w in ("value", "low", "high"))
        return value, low, high

    def times(a: tuple[float, ...], b: tuple[float, ...], scale: float = 1e-3) -> tuple[float, ...]:
        return tuple(x * y * scale for x, y in zip(a, b, strict=True))

    units = ev_units(world, year)
    kg, pm = band("ev-car", "ndfeb_kg"), band("ev-car", "pm_share")
    how = f"{units / 1e6:.1f} M cars x {kg[0]} kg x {pm[0]:.0%} with magnets"
    rows.append(("ev-traction", times(times(kg, pm, 1.0), (units,) * 3), True, how))
    gw = parameter(world, "wind", "gw_added")
    direct = band("wind", "direct_drive_share")
    per_mw = {m: sum(parameter(world, m, f"{e}_kg_per_mw") for e in ELEMENTS) for m in MACHINES}
    # Literature means of both classes hold the element, not the magnet; the band is that of the share of machines.
    means = [gw * (d * per_mw[MACHINES[0]] + (1 - d) * per_mw[MACHINES[1]]) / re_share for d in direct]
    by_class = gw * sum(parameter(world, "wind", k) * parameter(world, m, "ndfeb_kg_per_mw") for k, m in CLASSES)
    wind = (means[0], min(means[1], by_class), means[2])
    how = (
        f"{gw:.0f} GW, {direct[0]:.1%} direct drive at {per_mw[MACHINES[0]]:.0f} kg of element per MW, the rest at "
        f"{per_mw[MACHINES[1]]:.0f}; with magnets in direct drive and medium speed alone {by_class:,.0f} t"
    )
    rows.append(("wind", wind, True, how))
    sector = band("air-conditioner", "sector_t")
    rows.append(("air-conditioning", sector, True, "sector statistics (ACREI)"))
    cars = parameter(world, "car", "vehicles_per_year")
    steering, small = band("car", "power_steering_t"), band("car-small-motors", "ndfeb_kg")
    auto = tuple(a + b for a, b in zip(steering, times(small, (cars,) * 3), strict=True))
    how = f"power steering (CSRE) and {cars / 1e6:.0f} M cars x {small[0]} kg"
    rows.append(("automotive-other", auto, True, how))
    for use, product, known in PRODUCTS:
        unit, share = ("vehicles", (1.0, 1.0, 1.0)) if product.startswith("two-wheeler") else ("units", (1.0, 1.0, 1.0))
        pieces, each = band(product, f"{unit}_per_year"), band(product, "ndfeb_kg")
        how = f"{pieces[0] / 1e6:.1f} M {unit} x {each[0] * 1000:,.0f} g"
        if product == "lift":
            share = band(product, "pm_share")
            how += f" x {share[0]:.0%} with magnets"
        rows.append((use, times(times(pieces, each), share, 1.0), known, how))
    part, output = band("robots", "sector_share"), band("world", "ndfeb_output_t")
    how = f"{part[0]:.0%} (CSRE) of {output[0]:,.0f} t made, blanks and finished mixed"
    rows.append(("robots-servo", times(part, output, 1.0), False, how))
    table = pd.DataFrame(
        [(use, *values, known, how) for use, values, known, how in rows],
        columns=["use", "t_magnet", "t_magnet_low", "t_magnet_high", "units_known", "how"],
    )
    table["t_element_net"] = table["t_magnet"] * re_share
    table["t_element"] = table["t_element_net"] / gross
    iea = world.table("magnet_element_demand")
    iea = iea[(iea["year"] == year) & (iea["scenario"] == "history")]
    by_use = iea[iea["elements"] == "Nd+Pr+Dy+Tb"].set_index("use")["t"]
    by_parts = iea[iea["elements"].isin([e.capitalize() for e in ELEMENTS])].groupby("use")["t"].sum()
    table["iea_t"] = table["use"].map(by_use)
    table["iea_parts_t"] = table["use"].map(by_parts)
    table["sector_t_magnet"] = table["use"].map(
        {use: parameter(world, product, "sector_t") for use, product in SECTORS.items()}
    )
    table["gap_parts"] = table["t_element"] / table["iea_parts_t"] - 1.0
    table["gap_net"] = table["t_element_net"] / table["iea_t"] - 1.0
    table["gap"] = table["t_element"] / table["iea_t"] - 1.0
    total, published = float(table["t_element"].sum()), float(by_use.get("all", float("nan")))
    columns = [
        "use", "t_magnet", "t_magnet_low", "t_magnet_high", "t_element", "t_element_net", "iea_t", "gap",
        "gap_net", "iea_parts_t", "gap_parts", "sector_t_magnet", "units_known", "how",
    ]  # fmt: skip
    return BottomUp(table[columns], total, published, published - total)


def finished_magnets(world: World, year: int) -> float:
    """Return the world's NdFeB demand of a year, t of finished magnet."""
    table = annual_goods(world, year)
    return float(table[(table["unit"] == "t magnet") & ~table["good"].str.startswith("smco")]["t"].sum())
