"""What is known of a deposit before it is priced: size, grade, costs of the mine, capital, the country's terms."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, hypot, isnan, radians, sin, sqrt

import numpy as np
import pandas as pd

from ytterby import projects
from ytterby.projects.outline import Outline
from ytterby.projects.register import sells_more
from ytterby.projects.settings import build_shares, number, ramp_levels, setting
from ytterby.world import World
from ytterby.world.choices import choice
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Band, Confidence

EARTH_RADIUS_KM = 6371.0
MINE_COST = "mine-concentrate"
LARGEST_RECOVERY = 0.95
"""A plan that needs more of the metal than this mines outside the figure it is set against."""


@dataclass(frozen=True)
class Known:
    """A deposit's outline with where its numbers come from."""

    outline: Outline
    ore: str
    """The element vector that is separated."""
    country: str
    hub: str
    """Where its product joins the transport network."""
    hub_km: float
    """How far the hub lies from the deposit, as the crow flies."""
    remarks: tuple[str, ...]
    sources: tuple[str, ...]


def known(world: World, deposit: str, ore: str | None = None) -> Known:
    """Outline a deposit from the world's tables.

    Grade and tonnage as booked, the reserve before the resource; output as the newest study with one prints it, else
    by Taylor's rule, at most a plant of the reference size; recovery of the screening route that suits the type of
    ore, or what the study's output takes, if that is more; mining cost of the site where it is sourced, else of that
    route at the deposit's grade (an assumption that knows the grade says more than one for all mines); capital of
    that route. Raises UnknownNameError; InputError where grade or tonnage are not
    known.
    """
    row = projects.resources.deposit_row(world, deposit)
    ores = str(row["ores"]).split()
    if ore is not None and ore not in ores:
        fault = Fault("ore", ore, f"one of those of {deposit}: " + ", ".join(ores))
        raise InputError("ore does not belong to the deposit", [fault])
    chosen = ore or ores[0]
    grade, rock, whose = _tonnage(row, deposit)
    route = _route(world, chosen)
    recovery = _band(route, "recovery", "recovery_low", "recovery_high")
    kind = world.table("resource_classes").set_index("resource_class").loc[str(row["resource_class"])].to_dict()
    figure = {"prognostic": "forecast", "unclassified": "figure of no class"}.get(str(kind["kind"]), whose)
    remarks = [f"{figure} of {rock / 1e6:,.3g} Mt at {100 * grade:.3g} % TREO", f"ore vector {chosen}"]
    usable = rock * (1.0 if whose == "reserve" else setting(world, "discovery-usable-share"))
    treo, life, taken, said = _size(world, deposit, chosen, usable, grade, rock, recovery.point)
    recovery = Band(taken, min(recovery.low, taken), max(recovery.high, taken), recovery.basis)
    remarks += [said, f"{str(kind['name']).lower()}: does not show {kind['does_not_prove']}"]
    site, hub, distance = _hub(world, row)
    cost, from_where = _mine_cost(world, site, route, grade, recovery)
    remarks.append(from_where)
    per_kg = _band(route, "capex_usd_per_kg_treo", "capex_low", "capex_high")
    fiscal = world.table("fiscal_terms").set_index("country")
    country = str(row["country"])
    if country not in fiscal.index:
        raise InputError("no fiscal terms", [Fault("fiscal_terms", country, "a row for the country")])
    terms = fiscal.loc[country].to_dict()
    outline = Outline(
        name=str(row["name"]),
        treo_t_per_y=treo,
        ore_t_per_y=treo / (grade * recovery.point),
        grade=grade,
        recovery=recovery.point,
        mine_usd_per_kg=cost,
        capital_usd=per_kg.scaled(1000.0 * treo),
        life_y=life,
        build_shares=build_shares(world),
        ramp=ramp_levels(world),
        sustaining_share=setting(world, "project-sustaining-share"),
        working_capital_share=setting(world, "project-working-capital-share"),
        royalty=float(terms["royalty_pct"]) / 100.0,
        tax=float(terms["tax_pct"]) / 100.0,
        depreciation_y=int(terms["depreciation_y"]),
        discount=setting(world, "project-discount"),
        timing=projects.Timing(choice(world, "project-timing")),
        resource_ore_t=rock,
    )
    remarks.append(
        f"capital of {per_kg.point:g} USD per kg TREO a year ({per_kg.low:g} to {per_kg.high:g}), "
        f"tax {100 * outline.tax:g} %, royalty {100 * outline.royalty:g} %"
    )
    remarks += _beside(world, deposit)
    sources = [str(row["source"]), str(route["source"]), str(terms["source"]), str(terms["royalty_source"]), cost.basis]
    return Known(outline, chosen, country, hub, distance, tuple(remarks), tuple(dict.fromkeys(sources)))


def _tonnage(row: dict[str, object], deposit: str) -> tuple[float, float, str]:
    """Grade, rock in t and which figure they are."""
    for whose, tonnes, share in (
        ("reserve", "reserve_mt", "reserve_treo_pct"),
        ("resource", "resource_mt", "resource_treo_pct"),
    ):
        rock, grade = number(row[tonnes]) * 1e6, number(row[share]) / 100.0
        if rock > 0 and grade > 0:
            return grade, rock, whose
    grade, contained = number(row["resource_treo_pct"]) / 100.0, number(row["contained_treo_kt"]) * 1000.0
    if grade > 0 and contained > 0:
        return grade, contained / grade, "announced content"
    raise InputError("deposit cannot be sized", [Fault(f"deposits, {deposit}", "no grade with a tonnage", "both")])


def _route(world: World, ore: str) -> dict[str, object]:
    """The screening route that suits the type of ore."""
    types = world.table("ores").set_index("ore")["deposit_type"]
    costs = world.table("screening_costs")
    suited = costs[costs["deposit_types"].map(lambda cell: str(types[ore]) in str(cell).split(";"))]
    chosen = suited if len(suited) else costs[costs["deposit_types"] != ""]
    first = chosen.sort_values(["capex_usd_per_kg_treo", "route"]).iloc[0]
    return {str(k): v for k, v in first.to_dict().items()}


def _band(route: dict[str, object], point: str, low: str, high: str) -> Band:
    return Band(number(route[point]), number(route[low]), number(route[high]), str(route["source"]))


def _beside(world: World, deposit: str) -> list[str]:
    """Say it where a published study of the deposit sells more than rare earths: none of that is counted here."""
    studies = world.table("project_studies")
    own = studies[studies["deposit"] == deposit]
    named = sorted(str(r["study"]) for r in own.to_dict("records") if sells_more(r))
    if not named:
        return []
    return [f"other products, as in {named[-1]}, are left out: not the value of the whole project"]


def _size(
    world: World, deposit: str, ore: str, usable: float, grade: float, rock: float, recovery: float
) -> tuple[float, int, float, str]:
    """TREO in concentrate a year, years of output, recovery, and how they were found."""
    studies = world.table("project_studies")
    own = studies[(studies["deposit"] == deposit) & studies["treo_t_per_y"].notna() & studies["life_y"].notna()]
    if len(own):
        newest = own.sort_values(["year", "study"]).iloc[-1].to_dict()
        treo, life = float(newest["treo_t_per_y"]), max(1, round(float(newest["life_y"])))
        taken = max(recovery, treo * life / (rock * grade))
        if taken > LARGEST_RECOVERY:
            taken, life = recovery, max(1, int(rock * grade * recovery / treo))
        return treo, life, taken, f"output of {treo:,.0f} t TREO a year as in {newest['study']}, {life} years"
    years = float(projects.discovery.mine_life(np.array([usable]))[0])
    shares = projects.ore_shares(world, (ore,)).set_index("element")["share_pct"] / 100.0
    largest = setting(world, "project-reference-ndpr-t") / float(shares["NdPr"])
    won = usable * grade * recovery
    treo = min(won / years, largest)
    life = max(1, min(round(won / treo), round(years)))
    capped = ", a plant of the reference size" if treo == largest else ""
    return treo, life, recovery, f"output of {treo:,.0f} t TREO a year by Taylor's rule{capped}, {life} years"


def _mine_cost(world: World, site: str, route: dict[str, object], grade: float, recovery: Band) -> tuple[Band, str]:
    """Mining and concentrating, USD per kg TREO in concentrate, and where it comes from."""
    costs = world.table("site_costs")
    own = costs[(costs["site"] == site) & (costs["item"] == MINE_COST)]
    if len(own) and str(own["confidence"].iloc[0]) != Confidence.ASSUMED:
        row = own.iloc[0].to_dict()
        point, low, high = (float(row[k]) for k in ("usd_per_kg", "low", "high"))
        return Band(point, low, high, str(row["source"])), f"mining cost of the site ({row['confidence']})"
    ends = [float(str(route[k])) for k in ("usd_per_t_ore", "usd_per_t_low", "usd_per_t_high")]
    kg = 1000.0 * grade
    point, low, high = (end / (kg * recovery.point) for end in ends)
    richer, poorer = ends[0] / (kg * recovery.high), ends[0] / (kg * recovery.low)
    below, above = hypot(point - low, point - richer), hypot(high - point, poorer - point)
    band = Band(point, max(0.0, point - below), point + above, str(route["source"]))
    return band, f"mining cost by the screening route {route['route']}"


def _hub(world: World, row: dict[str, object]) -> tuple[str, str, float]:
    """Site (empty where none lies near), hub and distance: the nearest mine's hub, else the nearest in the country."""
    sites, joined = world.table("sites"), world.table("site_hubs").set_index("site")["hub"]
    mines = sites[(sites["stage"] == "mine") & (sites["country"] == row["country"]) & sites["site"].isin(joined.index)]
    place = float(str(row["latitude"])), float(str(row["longitude"]))
    if len(mines):
        near = mines.assign(km=_distances(place, mines["lat"], mines["lon"])).sort_values("km").iloc[0].to_dict()
        if float(near["km"]) <= max(50.0, number(near["coord_accuracy_km"])):
            return str(near["site"]), str(joined[near["site"]]), float(near["km"])
    hubs = world.table("hubs")
    own = hubs[(hubs["country"] == row["country"]) & (hubs["kind"] != "airport")]
    own = own if len(own) else hubs[hubs["kind"] != "airport"]
    nearest = own.assign(km=_distances(place, own["lat"], own["lon"])).sort_values("km").iloc[0].to_dict()
    return "", str(nearest["hub"]), float(nearest["km"])


def _distances(place: tuple[float, float], lat: pd.Series, lon: pd.Series) -> list[float]:
    """Great-circle distances, km (haversine)."""
    out = []
    for a, b in zip(lat, lon, strict=True):
        if isnan(a) or isnan(b):
            out.append(float("inf"))
            continue
        half_lat, half_lon = radians(a - place[0]) / 2.0, radians(b - place[1]) / 2.0
        chord = sin(half_lat) ** 2 + cos(radians(place[0])) * cos(radians(a)) * sin(half_lon) ** 2
        out.append(2.0 * EARTH_RADIUS_KM * asin(sqrt(chord)))
    return out
