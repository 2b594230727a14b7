"""Ways side by side: the table that compares corridors, and what is drawn of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ytterby.pictures.ways import Drawn
from ytterby.routes.cases import CaseBook
from ytterby.routes.export import geojson
from ytterby.routes.simulate import door_to_door
from ytterby.routes.tariffs import rows_of
from ytterby.world.load import World
from ytterby.world.terms import Confidence, Freight, Leg

NAME_LON, NAME_LAT = 28.0, 4.0
"""Room that a name takes on a map of the world, degrees."""

CORRIDOR_COLUMNS = [
    "way", "via", "usd_per_t", "low", "high", "extra_usd_per_t", "p05", "p50", "p90", "p95", "risk",
    "kg_co2e_per_t", "distance_km", "capacity_t_per_year", "assumed_share", "modes", "countries", "passages",
]  # fmt: skip


def corridor_table(book: CaseBook, ways: Sequence[Freight], *, draws: int = 10_000, seed: int = 1) -> pd.DataFrame:
    """Return one row a way, in the order given.

    Columns: way (from 1), via (hubs), usd_per_t with low and high, extra_usd_per_t (over the cheapest), p05, p50, p90
    and p95 (drawn days door to door), risk, kg_co2e_per_t, distance_km,
    capacity_t_per_year (least of the legs that have one; blank: none known), assumed_share (of the price of its legs
    that stands on assumptions), modes, countries, passages.
    """
    least = min((way.usd_per_t for way in ways), default=0.0)
    rows = []
    for number, way in enumerate(ways, start=1):
        time = door_to_door(book, way, n=draws, seed=seed)
        capacity = min((book.facts.alone[leg.leg].capacity_t_per_year for leg in way.legs), default=float("inf"))
        paid = sum(leg.usd_per_t for leg in way.legs)
        assumed = sum(leg.usd_per_t for leg in way.legs if price_grade(book, leg) == Confidence.ASSUMED)
        rows.append(
            {
                "way": number,
                "via": via(way),
                "usd_per_t": way.usd_per_t,
                "low": way.low_usd_per_t,
                "high": way.high_usd_per_t,
                "extra_usd_per_t": way.usd_per_t - least,
                "p05": time.p05,
                "p50": time.p50,
                "p90": time.p90,
                "p95": time.p95,
                "risk": way.risk,
                "kg_co2e_per_t": way.kg_co2e_per_t,
                "distance_km": sum(leg.distance_km for leg in way.legs),
                "capacity_t_per_year": capacity if capacity < float("inf") else float("nan"),
                "assumed_share": assumed / paid if paid else float("nan"),
                "modes": " > ".join(dict.fromkeys(leg.mode for leg in way.legs)),
                "countries": " ".join(dict.fromkeys(c for leg in way.legs for c in leg.countries)),
                "passages": " ".join(dict.fromkeys(p for leg in way.legs for p in leg.passages)),
            }
        )
    return pd.DataFrame(rows, columns=CORRIDOR_COLUMNS)


def price_grade(book: CaseBook, leg: Leg) -> str:
    """Grade of a leg's price, A to D; that of the leg where its price has none of its own."""
    tariff = book.facts.alone[leg.leg].tariff
    return leg.confidence.value if tariff is None else tariff.confidence


def via(way: Freight) -> str:
    """Name a way by the hubs between its ends."""
    return " > ".join(leg.destination for leg in way.legs[:-1]) or "direct"


def drawn_ways(world: World, ways: Sequence[Freight], table: pd.DataFrame) -> Drawn:
    """Return what the map and the picture of cost against days are drawn from; ``table`` as in corridor_table."""
    collection = geojson(world, ways)
    spots = {row.hub: row for row in rows_of(world.table("hubs"))}
    seen: dict[str, set[int]] = {}
    for number, way in enumerate(ways, start=1):
        for leg in way.legs:
            for hub in (leg.origin, leg.destination):
                seen.setdefault(hub, set()).add(number)
    ends = {hub for way in ways if way.legs for hub in (way.legs[0].origin, way.legs[-1].destination)}
    named = _named(ways, spots)
    hubs = pd.DataFrame(
        [
            {
                "lon": float(spots[hub].lon),
                "lat": float(spots[hub].lat),
                "name": str(spots[hub].name),
                "way": next(iter(numbers)) if len(numbers) == 1 else 0,
                "label": short(str(spots[hub].name)) if hub in named else "",
                "end": hub in ends,
            }
            for hub, numbers in seen.items()
        ],
        columns=["lon", "lat", "name", "way", "label", "end"],
    )
    used = {p for way in ways for leg in way.legs for p in leg.passages}
    passages = world.table("passages")
    shown = passages.loc[passages["passage"].isin(used), ["lat", "lon", "name"]]
    return Drawn(collection["features"], hubs, shown, table.assign(words=table["via"]))


def _named(ways: Sequence[Freight], spots: Mapping[str, Any]) -> set[str]:
    """Hubs whose names are written on the map: the ends, then ports and airports with room around them."""
    ends = [hub for way in ways if way.legs for hub in (way.legs[0].origin, way.legs[-1].destination)]
    stops = [leg.destination for way in ways for leg in way.legs]
    stops = [hub for hub in stops if spots[hub].port or spots[hub].kind == "airport"]
    named: list[str] = []
    for hub in dict.fromkeys([*ends, *stops]):
        apart = all(
            abs(spots[hub].lon - spots[other].lon) > NAME_LON or abs(spots[hub].lat - spots[other].lat) > NAME_LAT
            for other in named
        )
        if apart:
            named.append(hub)
    return set(named)


def short(name: str) -> str:
    """Leave out what stands in brackets, behind a comma, stroke or dash, and that an airport is one."""
    return re.split(r"\s*[(/,]| - | International| Airport", name)[0]
