"""Published times, prices and lengths against ours; what set a leg tests nothing and is told as such."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

import pandas as pd

from ytterby.routes.router import Router
from ytterby.routes.simulate import door_to_door
from ytterby.routes.tariffs import rows_of
from ytterby.world.errors import InputError
from ytterby.world.load import World
from ytterby.world.terms import Freight

ASKED = ("door_to_door", "leg", "index", "air_rate")
LENGTHS = ("sea_distance", "line_length", "distance")
OBSERVED = [
    "observation", "kind", "origin", "destination", "what", "published", "low", "point", "high", "verdict", "why",
    "period", "basis", "source",
]  # fmt: skip
MEASURED = ["observation", "kind", "mode", "origin", "destination", "published_km", "km", "error", "legs", "source"]


def against_observations(router: Router, form: str = "carbonate") -> pd.DataFrame:
    """Return every published time and price, told inside or outside our band, or why it cannot be told.

    The way is the cheapest lawful one through the leg or hub of the column ``via``. Time: asked in the month of
    the publication, with the borders, seasons and jams of that month; inside where the published span overlaps
    our 5-95 % span. Price: asked on the router's date; inside our band. Verdicts: inside, outside, ``sets a leg``
    (it is in our table, so it tests nothing), ``no way`` (no lawful way on the router's date), ``not ours``
    (its ends, or its unit, are not of the network). Scheduled or target figures are labelled in ``basis``.
    """
    table = router.world.table("corridor_observations")
    books = {router.on: router}
    rows: list[dict[str, object]] = []
    for seen in rows_of(table[table["kind"].isin(ASKED)]):
        told = {name: getattr(seen, name) for name in ("observation", "kind", "origin", "destination", "period")}
        told |= {"basis": seen.basis, "source": seen.source}
        asks = _asked(seen)
        if seen.feeds_prior:
            verdict: dict[str, object] | None = {"verdict": "sets a leg", "why": "it stands in the legs or rates"}
        elif not (seen.origin_hub and seen.destination_hub):
            verdict = {"verdict": "not ours", "why": seen.note or "its ends are no places of the network"}
        else:
            verdict = None
        for what, published in asks:
            told_by = verdict
            if told_by is None and what == "days":
                day = dated(str(seen.period), router.on)
                book = books.setdefault(day, books.get(day) or Router(router.world, day))
                told_by = _time(book, _way(book, seen, form), seen)
            elif told_by is None:
                told_by = _price(router, _way(router, seen, form), seen, form)
            rows.append(told | {"what": what, "published": published} | told_by)
    return pd.DataFrame(rows, columns=OBSERVED)


def against_lengths(world: World) -> pd.DataFrame:
    """Return published distances that set no leg beside ours; error = ours / published - 1.

    A published length may span several legs, joined by | in ``via``.
    """
    legs = world.table("legs").set_index("leg")
    table = world.table("corridor_observations")
    rows: list[dict[str, object]] = []
    for seen in rows_of(table[table["kind"].isin(LENGTHS) & ~table["feeds_prior"].astype(bool)]):
        names = [name for name in seen.via.split("|") if name]
        if not names or not set(names) <= set(legs.index) or math.isnan(seen.distance_km):
            continue
        km = float(legs.loc[names, "distance_km"].sum())
        rows.append(
            {
                "observation": seen.observation,
                "kind": seen.kind,
                "mode": str(legs.at[names[0], "mode"]),
                "origin": seen.origin,
                "destination": seen.destination,
                "published_km": float(seen.distance_km),
                "km": km,
                "error": km / float(seen.distance_km) - 1,
                "legs": seen.via,
                "source": seen.source,
            }
        )
    return pd.DataFrame(rows, columns=MEASURED)


def dated(period: str, otherwise: datetime.date) -> datetime.date:
    """Return the day that a printed period stands for: the month's middle, the year's, or ``otherwise``.

    >>> dated("2024-05", datetime.date(2025, 1, 1)), dated("2024-W50", datetime.date(2025, 1, 1))
    (datetime.date(2024, 5, 15), datetime.date(2024, 12, 12))
    """
    week = re.match(r"(\d{4})-W(\d{2})", period)
    if week:
        return datetime.date.fromisocalendar(int(week[1]), int(week[2]), 4)
    found = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", period)
    if not found:
        return otherwise
    year, month, day = (int(part) if part else 0 for part in found.groups())
    return datetime.date(year, month or 7, day or (15 if month else 1))


def _asked(seen: Any) -> list[tuple[str, str]]:
    """What a row publishes: days, a price, or both, as printed."""
    asks = []
    if not math.isnan(seen.days_low):
        high = seen.days_high
        asks.append(("days", f"{seen.days_low:g}-{high:g} days" if high > seen.days_low else f"{seen.days_low:g} days"))
    if not math.isnan(seen.value):
        asks.append(("price", f"{seen.value:,.10g} {seen.unit}"))
    return asks


def _way(router: Router, seen: Any, form: str) -> Freight | None:
    origin, destination, via = seen.origin_hub, seen.destination_hub, seen.via
    try:
        way = (
            router.cheapest_through(origin, destination, form, via)
            if via
            else router.cheapest(origin, destination, form)
        )
    except InputError:
        return None
    return way if way.lawful else None


def _time(router: Router, way: Freight | None, seen: Any) -> dict[str, object]:
    if way is None:
        return {"verdict": "no way", "why": f"none is lawful on {router.on}"}
    ours = door_to_door(router, way)
    inside = ours.p05 <= seen.days_high and seen.days_low <= ours.p95
    return {
        "low": ours.p05,
        "point": ours.p50,
        "high": ours.p95,
        "verdict": "inside" if inside else "outside",
        "why": "" if inside else ("faster" if seen.days_high < ours.p05 else "slower") + " than our 5-95 %",
    }


def _price(router: Router, way: Freight | None, seen: Any, form: str) -> dict[str, object]:
    per_feu = router.parameter("heavy-teu-per-feu")
    payload = router.form(form).payload_t_per_teu
    per_unit = {"USD/TEU": payload, "USD/FEU": payload / per_feu, "USD/kg": 0.001}
    if seen.unit not in per_unit:
        return {"verdict": "not ours", "why": f"{seen.unit} is no price of a way"}
    if way is None:
        return {"verdict": "no way", "why": f"none is lawful on {router.on}"}
    low, point, high = (v * per_unit[seen.unit] for v in (way.low_usd_per_t, way.usd_per_t, way.high_usd_per_t))
    inside = low <= seen.value <= high
    return {
        "low": low,
        "point": point,
        "high": high,
        "verdict": "inside" if inside else "outside",
        "why": "" if inside else ("below" if seen.value < low else "above") + " our band",
    }
