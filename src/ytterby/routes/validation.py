"""Published times and prices against our bands; what set a leg tests nothing and is left out."""

from __future__ import annotations

import math

import pandas as pd

from ytterby.routes.network import rows_of
from ytterby.routes.router import Router
from ytterby.routes.simulate import door_to_door
from ytterby.world.errors import InputError
from ytterby.world.terms import Freight

HEAVY_TEU_PER_FEU = 0.75
"""A heavy 20 ft box pays this share of a 40 ft rate: the assumption of the leg table's price basis."""


def against_observations(router: Router, form: str = "carbonate") -> pd.DataFrame:
    """Return every published time and price that the network can answer, told inside or outside.

    Rows of kind door_to_door and leg. The way is the cheapest lawful one through the leg or hub of the column
    ``via``. Time: inside where the published span overlaps our 5-95 % span. Price: inside our band. Scheduled
    or target figures are labelled in ``basis``. Columns: observation, origin, destination, what, published,
    low, point, high, verdict, basis, feeds_prior, source.
    """
    table = router.world.table("corridor_observations")
    asked = table[
        table["kind"].isin(["door_to_door", "leg"]) & (table["origin_hub"] != "") & ~table["feeds_prior"].astype(bool)
    ]
    rows: list[dict[str, object]] = []
    for seen in rows_of(asked):
        way = _way(router, seen, form)
        told = {
            "observation": seen.observation,
            "origin": seen.origin,
            "destination": seen.destination,
            "basis": seen.basis,
            "feeds_prior": False,
            "source": seen.source,
        }
        if not math.isnan(seen.days_low):
            rows.append(told | _time(way, seen.days_low, seen.days_high))
        if "USD/" in seen.unit and not math.isnan(seen.value):
            rows.append(told | _price(router, way, seen.value, seen.unit, form))
    columns = [
        "observation", "origin", "destination", "what", "published", "low", "point", "high", "verdict",
        "basis", "feeds_prior", "source",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _way(router: Router, seen: object, form: str) -> Freight | None:
    origin, destination, via = (str(getattr(seen, n)) for n in ("origin_hub", "destination_hub", "via"))
    try:
        way = (
            router.cheapest_through(origin, destination, form, via)
            if via
            else router.cheapest(origin, destination, form)
        )
    except InputError:
        return None
    return way if way.lawful else None


def _time(way: Freight | None, low: float, high: float) -> dict[str, object]:
    published = f"{low:g}-{high:g} days" if high > low else f"{low:g} days"
    if way is None:
        return {"what": "days", "published": published, "verdict": "no way"}
    ours = door_to_door(way)
    inside = ours.p05 <= high and low <= ours.p95
    return {
        "what": "days",
        "published": published,
        "low": ours.p05,
        "point": ours.p50,
        "high": ours.p95,
        "verdict": "inside" if inside else "outside",
    }


def _price(router: Router, way: Freight | None, value: float, unit: str, form: str) -> dict[str, object]:
    published = f"{value:,.0f} {unit}"
    if way is None:
        return {"what": "price", "published": published, "verdict": "no way"}
    per_teu = router.form(form).payload_t_per_teu / (HEAVY_TEU_PER_FEU if "FEU" in unit else 1.0)
    low, point, high = (v * per_teu for v in (way.low_usd_per_t, way.usd_per_t, way.high_usd_per_t))
    return {
        "what": "price",
        "published": published,
        "low": low,
        "point": point,
        "high": high,
        "verdict": "inside" if low <= value <= high else "outside",
    }
