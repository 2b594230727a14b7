"""Capital of separation plants: published intensities, how budgets grew, years to build."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.separation.design import CircuitDesign
from ytterby.separation.plausibility import mixer_table
from ytterby.separation.process import Separation
from ytterby.separation.published import price_level
from ytterby.world import World
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Band

SCALE_EXPONENT = 0.6
"""Capital grows with capacity to this power. Source: R. Williams, Chem. Eng. 54 (1947) 124, the six-tenths
rule."""


REFERENCE, REFERENCE_T, REFERENCE_YEAR = "avalon-geismar", 10_000.0, 2012
"""The plant of ``separation_costs`` that prints the capital of its extraction; t REO a year; year of its money."""


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
    """Later over earlier budget of plants with two rows of one scope and capacity, names alike in two words."""
    stem = rows["plant"].str.split("-").str[:2].str.join("-")
    ratios = []
    for _, group in rows.assign(stem=stem).groupby(["stem", "scope", "currency", "capacity"]):
        own = group.sort_values("year")
        if len(own) > 1:
            ratios.append(float(own["capital"].iloc[-1] / own["capital"].iloc[0]))
    if not ratios:
        return Band(float("nan"), float("nan"), float("nan"), "no plant with two budgets")
    return Band(float(np.median(ratios)), min(ratios), max(ratios), f"{len(ratios)} plants with two budgets")


@dataclass(frozen=True)
class StageCapital:
    """Capital of a separation plant from its stages and their volume."""

    stages: int
    """Real mixer-settlers of all cuts, service stages included."""
    volume_m3: float
    """Mixers and settlers."""
    extraction_usd: Band
    """The solvent extraction alone."""
    plant_usd: Band
    """The whole separation plant."""
    reference_stages: int
    """The model's own count for the plant that sets the price of a stage; its study says over 1,000."""


def capital_of_stages(
    design: CircuitDesign, separation: Separation, t_reo_per_year: float, *, year: int | None = None
) -> StageCapital:
    r"""Capital from mixer-settlers and throughput, at the price of a stage in the one study that prints it.

    .. math:: C = C_0 \frac{N}{N_0} \left( \frac{V / N}{V_0 / N_0} \right)^{0.6}

    ``N`` real stages, ``V`` their volume; index 0: the reference plant (table ``separation_costs``), designed by the
    same model at its own throughput, so that it comes out at its own price. In USD of ``year`` (default: the base year
    of the deflators). The whole plant is the extraction over its share in the reference. Source of the exponent: the
    six-tenths rule, see :data:`SCALE_EXPONENT`.
    """
    p = separation.parameters
    row = separation.world.table("separation_costs")
    reference = row[row["plant"] == REFERENCE].iloc[0]
    known = separation.design(str(reference["feed"]), str(reference["circuit"]), simulate=False)
    own, other = (_size(d, separation, t) for d, t in ((design, t_reo_per_year), (known, REFERENCE_T)))
    level = price_level(separation.world, REFERENCE_YEAR) / (price_level(separation.world, year) if year else 1.0)
    scale = own[0] / other[0] * (own[1] / own[0] / (other[1] / other[0])) ** SCALE_EXPONENT / level
    extraction = p.band("sx-capital").scaled(scale)
    share = p.band("sx-capital-share")
    plant = Band(
        extraction.point / share.point, extraction.low / share.high, extraction.high / share.low, "price of one study"
    )
    return StageCapital(own[0], own[1], extraction, plant, other[0])


def _size(design: CircuitDesign, separation: Separation, t_reo_per_year: float) -> tuple[int, float]:
    volumes = mixer_table(design, separation.world, t_reo_per_year)
    return int(design.stage_table()["real_stages"].sum()), float(volumes[["mixer_m3", "settler_m3"]].to_numpy().sum())


def capital_tables(
    separation: Separation, feed: str, circuit: str, t_reo_per_year: float
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Capital of a plant by published intensity and by its own stages, with build years, overruns and lock-up."""
    whole = capital(separation.world, t_reo_per_year)
    design = separation.design(feed, circuit, simulate=False)
    staged = capital_of_stages(design, separation, t_reo_per_year)
    held = organic_inventory_t(design, t_reo_per_year)
    rows = [
        ("crack and separate, by published plants (nominal)", *_millions(whole.usd)),
        ("separation plant, by stages and volume", *_millions(staged.plant_usd)),
        ("  solvent extraction in it", *_millions(staged.extraction_usd)),
    ]
    table = pd.DataFrame(rows, columns=["million USD", "point", "low", "high"])
    told = [
        f"{staged.stages} mixer-settlers of {staged.volume_m3:,.0f} m3 in all at {t_reo_per_year:,.0f} t REO a year",
        f"the plant that sets the price of a stage: {staged.reference_stages} by this model, over 1,000 by its study",
        f"final over first budget: {whole.overrun.point:.2f} ({whole.overrun.low:.2f} to {whole.overrun.high:.2f}), "
        f"{whole.overrun.basis}",
        f"years to build: {whole.build_years.point:g} ({whole.build_years.low:g} to {whole.build_years.high:g})",
        f"{held:,.0f} t REO held in mixers and settlers: {365 * held / t_reo_per_year:.0f} days of feed",
    ]
    return {f"Capital of {circuit} for {feed}": table}, told


def _millions(band: Band) -> tuple[float, float, float]:
    return band.point / 1e6, band.low / 1e6, band.high / 1e6


def organic_inventory_t(design: CircuitDesign, t_reo_per_year: float, days: float = 330.0) -> float:
    """Rare earth held in mixers and settlers at a throughput, t REO: working capital and start-up fill."""
    minutes = design.parameters["mixer-minutes"] * (1 + design.parameters["settler-ratio"])
    per_minute = t_reo_per_year / (days * 24 * 60)
    held = sum(r.feed * design.cuts[r.cut.id].holdup for r in design.flows.cuts if r.cut.id in design.cuts)
    return held * minutes * per_minute
