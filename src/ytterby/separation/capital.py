"""Capital of separation plants: published intensities, how budgets grew, years to build."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.separation.design import CircuitDesign
from ytterby.world import World
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Band

SCALE_EXPONENT = 0.6
"""Capital grows with capacity to this power. Source: R. Williams, Chem. Eng. 54 (1947) 124, the six-tenths
rule."""


@dataclass(frozen=True)
class CapitalEstimate:
    """Capital of one plant, nominal USD of the published figures it rests on."""

    usd: Band
    usd_per_t_per_year: Band
    build_years: Band
    plants: tuple[str, ...]
    """Published plants behind it."""
    overrun: Band
    """Final over first budget of plants whose figures show both."""


def capital(world: World, t_reo_per_year: float, *, greenfield: bool = True) -> CapitalEstimate:
    """Capital of a crack-and-separate plant from the published plants of its kind, scaled by the
    six-tenths rule.

    ``t_reo_per_year``: capacity in REO. Point: median of the scaled figures; band: their range. Raises
    InputError for a
    capacity that is not positive or where no plant of the kind is published.
    """
    if not t_reo_per_year > 0:
        raise InputError("capacity", [Fault("t_reo_per_year", f"{t_reo_per_year:g}", "a positive capacity")])
    rows = world.table("plant_capital")
    fits = rows[(rows["capacity_unit"] == "t REO/y") & (rows["greenfield"].astype(bool) == greenfield)]
    fits = fits[fits["usd_per_unit"].notna() & ~fits["scope"].str.contains("no separation")]
    if fits.empty:
        raise InputError("no published plant", [Fault("greenfield", str(greenfield), "a kind listed in plant_capital")])
    whole = (fits["usd_per_unit"] * fits["capacity"] * (t_reo_per_year / fits["capacity"]) ** SCALE_EXPONENT).to_numpy()
    usd = Band(float(np.median(whole)), float(whole.min()), float(whole.max()), "published plants, scaled")
    years = rows["build_years"].dropna().to_numpy(dtype=float)
    return CapitalEstimate(
        usd,
        usd.scaled(1 / t_reo_per_year),
        Band(float(np.median(years)), float(years.min()), float(years.max()), "published plants"),
        tuple(sorted(fits["plant"])),
        overruns(rows),
    )


def overruns(rows: pd.DataFrame) -> Band:
    """Later over earlier budget of plants with two rows, matched by the first two words of their names."""
    stem = rows["plant"].str.split("-").str[:2].str.join("-")
    ratios = []
    for _, group in rows.assign(stem=stem).groupby("stem"):
        own = group.sort_values("year")
        same = own["currency"].nunique() == 1 and own["scope"].nunique() == 1
        if len(own) > 1 and same:
            ratios.append(float(own["capital"].iloc[-1] / own["capital"].iloc[0]))
    if not ratios:
        return Band(float("nan"), float("nan"), float("nan"), "no plant with two budgets")
    return Band(float(np.median(ratios)), min(ratios), max(ratios), f"{len(ratios)} plants with two budgets")


def organic_inventory_t(design: CircuitDesign, t_reo_per_year: float, days: float = 330.0) -> float:
    """Rare earth held in mixers and settlers at a throughput, t REO: working capital and start-up fill."""
    minutes = design.parameters["mixer-minutes"] * (1 + design.parameters["settler-ratio"])
    per_minute = t_reo_per_year / (days * 24 * 60)
    held = sum(r.feed * design.cuts[r.cut.id].holdup for r in design.flows.cuts if r.cut.id in design.cuts)
    return held * minutes * per_minute
