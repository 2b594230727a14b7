"""Product forms: value, packing, radioactivity; which grade can bear a freight, when air beats the sea."""

from __future__ import annotations

import math
from enum import StrEnum

import pandas as pd

from ytterby.routes.tariffs import rows_of
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import ProductForm, Stage

BQ_PER_G_PER_PPM_THORIUM = 0.00406
BQ_PER_G_PER_PPM_URANIUM = 0.01235


class HazardClass(StrEnum):
    """What the transport rules for radioactive material make of a product."""

    ORDINARY = "not Class 7"
    CLASS_7 = "Class 7"
    CANNOT_TELL = "cannot tell - missing Th, U"


def product_form(world: World, form: str) -> ProductForm:
    """Return one row of the table product_forms; raises UnknownNameError with near matches."""
    rows = {row.form: row for row in rows_of(world.table("product_forms"))}
    if form not in rows:
        raise UnknownNameError("product form", form, rows, "form")
    row = rows[form]
    return ProductForm(
        form=form,
        stage=Stage(row.stage),
        usd_per_t=float(row.usd_per_t),
        payload_t_per_teu=float(row.payload_t_per_teu),
        bq_per_g=None if math.isnan(row.bq_per_g) else float(row.bq_per_g),
        refused_modes=frozenset(filter(None, row.refused_modes.split("|"))),
    )


def specific_activity_bq_per_g(thorium_ppm: float, uranium_ppm: float) -> float:
    """Parent activity of natural thorium and uranium in Bq/g.

    A = 0.00406 Th + 0.01235 U, with Th and U in ppm by mass: the specific activities of Th-232 (4.06 kBq/g)
    and U-238 (12.35 kBq/g), from their half-lives; daughters are not counted, as in the exemption limit.

    >>> round(specific_activity_bq_per_g(1406, 0), 1)
    5.7
    """
    if thorium_ppm < 0 or uranium_ppm < 0:
        raise InputError(
            "negative content",
            [Fault("thorium_ppm, uranium_ppm", f"{thorium_ppm}, {uranium_ppm}", "ppm by mass, >= 0")],
        )
    return BQ_PER_G_PER_PPM_THORIUM * thorium_ppm + BQ_PER_G_PER_PPM_URANIUM * uranium_ppm


def hazard_class(bq_per_g: float | None, limit_bq_per_g: float) -> HazardClass:
    """Tell whether a product is Class 7: above the exemption limit for natural material, in Bq/g.

    >>> hazard_class(None, 10.0).value
    'cannot tell - missing Th, U'
    """
    if bq_per_g is None or math.isnan(bq_per_g):
        return HazardClass.CANNOT_TELL
    return HazardClass.CLASS_7 if bq_per_g > limit_bq_per_g else HazardClass.ORDINARY


def hazard_of_contents(
    thorium_ppm: float, uranium_ppm: float, stated: bool | None, limit_bq_per_g: float
) -> HazardClass:
    """Tell the class of a product from its contents (NaN: unpublished) or from what its maker states.

    With one of the two contents missing the activity is a lower bound: above the limit it is Class 7, below
    it nothing can be told unless it is stated.

    >>> hazard_of_contents(3000, math.nan, None, 10.0).value
    'Class 7'
    >>> hazard_of_contents(1406, math.nan, None, 10.0).value
    'cannot tell - missing Th, U'
    """
    if stated is not None:
        return HazardClass.CLASS_7 if stated else HazardClass.ORDINARY
    known = specific_activity_bq_per_g(*(0.0 if math.isnan(ppm) else ppm for ppm in (thorium_ppm, uranium_ppm)))
    if known > limit_bq_per_g:
        return HazardClass.CLASS_7
    return HazardClass.CANNOT_TELL if math.isnan(thorium_ppm + uranium_ppm) else HazardClass.ORDINARY


def hazards_at_mines(world: World, limit_bq_per_g: float) -> dict[tuple[str, str], HazardClass]:
    """Return the hazard of what leaves each mine's hub, by (hub, form), where ore_activities has a row.

    Where several mines meet the network at one hub, the worst of them holds.
    """
    order = [HazardClass.ORDINARY, HazardClass.CANNOT_TELL, HazardClass.CLASS_7]
    hubs = dict(zip(*(world.table("site_hubs")[c] for c in ("site", "hub")), strict=True))
    rows: dict[str, list[tuple[str, HazardClass]]] = {}
    for row in rows_of(world.table("ore_activities")):
        stated = None if pd.isna(row.class7) else bool(row.class7)
        hazard = hazard_of_contents(row.thorium_ppm, row.uranium_ppm, stated, limit_bq_per_g)
        rows.setdefault(row.ore, []).append((row.form, hazard))
    found: dict[tuple[str, str], HazardClass] = {}
    for site in rows_of(world.table("sites")):
        for form, hazard in rows.get(site.ore, ()) if site.stage == "mine" and site.site in hubs else ():
            key = (str(hubs[site.site]), form)
            found[key] = max(found.get(key, hazard), hazard, key=order.index)
    return found


def cut_off_grade(freight_usd_per_t: float, basket_usd_per_kg_reo: float, freight_share: float) -> float:
    """Least grade (t REO per t) at which freight stays within a share of the value: g = c / (1000 phi V).

    >>> round(cut_off_grade(356, 20, 0.1), 3)
    0.178
    """
    for name, value in (("basket_usd_per_kg_reo", basket_usd_per_kg_reo), ("freight_share", freight_share)):
        if not value > 0:
            raise InputError("a share and a price are above zero", [Fault(name, repr(value), "a number above zero")])
    return freight_usd_per_t / (1000.0 * freight_share * basket_usd_per_kg_reo)


def air_break_even_usd_per_t(
    air_usd_per_t: float, surface_usd_per_t: float, days_saved: float, yearly_rate: float
) -> float:
    """Value above which air is cheaper, USD/t: v = (c_air - c_surface) 365 / (r dt).

    >>> round(air_break_even_usd_per_t(4546, 356, 55, 0.10), -3)
    278000.0
    """
    if days_saved <= 0 or yearly_rate <= 0:
        raise InputError(
            "air saves nothing here",
            [Fault("days_saved, yearly_rate", f"{days_saved}, {yearly_rate}", "numbers above zero")],
        )
    return (air_usd_per_t - surface_usd_per_t) * 365.0 / (yearly_rate * days_saved)
