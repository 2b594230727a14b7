"""Ways as tables, GeoJSON and Excel."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ytterby.routes.tariffs import rows_of
from ytterby.world.load import World
from ytterby.world.terms import Freight

Line = list[tuple[float, float]]


def leg_lines(world: World) -> dict[str, Line]:
    """Return each leg's line as (lon, lat) points: the sea's shape, a great circle by air, else the ends."""
    ends = {row.hub: (float(row.lon), float(row.lat)) for row in rows_of(world.table("hubs"))}
    shapes = {row.leg: row.points for row in rows_of(world.table("leg_shapes"))}
    lines: dict[str, Line] = {}
    for leg in rows_of(world.table("legs")):
        a, b = ends[leg.origin], ends[leg.destination]
        if leg.leg in shapes:
            middle = [(float(x), float(y)) for x, y in (p.split() for p in shapes[leg.leg].split(";"))]
            lines[leg.leg] = [a, *((wrapped(x), y) for x, y in middle), b]
        elif leg.mode == "air":
            lines[leg.leg] = great_circle(a, b)
        else:
            lines[leg.leg] = [a, b]
    return lines


def wrapped(lon: float) -> float:
    """Return a longitude between -180 and 180."""
    return (lon + 180.0) % 360.0 - 180.0


def great_circle(a: tuple[float, float], b: tuple[float, float], points: int = 16) -> Line:
    """Return points of the great circle between two (lon, lat) points, both ends included."""

    def vector(p: tuple[float, float]) -> tuple[float, float, float]:
        lon, lat = math.radians(p[0]), math.radians(p[1])
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    u, v = vector(a), vector(b)
    angle = math.acos(max(-1.0, min(1.0, sum(x * y for x, y in zip(u, v, strict=True)))))
    if angle < 1e-9:
        return [a, b]
    line: Line = []
    for i in range(points + 1):
        f = i / points
        p, q = math.sin((1 - f) * angle) / math.sin(angle), math.sin(f * angle) / math.sin(angle)
        x, y, z = (p * s + q * t for s, t in zip(u, v, strict=True))
        line.append((math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))))
    return [a, *line[1:-1], b]


def split_at_antimeridian(line: Line) -> list[Line]:
    """Cut a line where it crosses longitude 180, as RFC 7946 section 3.1.9 asks."""
    parts: list[Line] = [[line[0]]]
    for before, after in itertools.pairwise(line):
        if abs(after[0] - before[0]) > 180:
            side = 180.0 if before[0] > 0 else -180.0
            span = after[0] + 2 * side - before[0]
            lat = before[1] + (after[1] - before[1]) * ((side - before[0]) / span if span else 0.5)
            parts[-1].append((side, lat))
            parts.append([(-side, lat)])
        parts[-1].append(after)
    return parts


def geojson(world: World, ways: Sequence[Freight]) -> dict[str, Any]:
    """Return ways as a GeoJSON FeatureCollection: one feature a leg, with the way's number and its totals."""
    lines = leg_lines(world)
    hubs = {row.hub: row for row in rows_of(world.table("hubs"))}
    features: list[dict[str, Any]] = []
    for number, way in enumerate(ways, start=1):
        for order, leg in enumerate(way.legs, start=1):
            line = lines[leg.leg]
            start = (float(hubs[leg.origin].lon), float(hubs[leg.origin].lat))
            if line[0] != start:
                line = line[::-1]
            parts = split_at_antimeridian(line)
            shape: dict[str, Any] = {"type": "LineString", "coordinates": parts[0]}
            if len(parts) > 1:
                shape = {"type": "MultiLineString", "coordinates": parts}
            told: Mapping[str, Any] = {
                "way": number,
                "order": order,
                "leg": leg.leg,
                "from": str(hubs[leg.origin].name),
                "to": str(hubs[leg.destination].name),
                "mode": leg.mode,
                "distance_km": leg.distance_km,
                "usd_per_t": round(leg.usd_per_t, 2),
                "days_low": leg.days_low,
                "days_high": leg.days_high,
                "passages": list(leg.passages),
                "countries": list(leg.countries),
                "confidence": leg.confidence.value,
                "source": leg.source,
                "way_usd_per_t": round(way.usd_per_t, 2),
                "way_days": round(way.days, 1),
                "way_risk": round(way.risk, 4),
            }
            features.append({"type": "Feature", "geometry": shape, "properties": dict(told)})
    return {"type": "FeatureCollection", "features": features}


def ways_table(ways: Sequence[Freight]) -> pd.DataFrame:
    """Return one row a way: cost, days, risk, carbon with bands, modes, countries, passages, reasons."""
    rows = [
        {
            "way": number,
            "lawful": way.lawful,
            "usd_per_t": way.usd_per_t,
            "low": way.low_usd_per_t,
            "high": way.high_usd_per_t,
            "days": way.days,
            "days_low": way.days_low,
            "days_high": way.days_high,
            "risk": way.risk,
            "kg_co2e_per_t": way.kg_co2e_per_t,
            "distance_km": sum(leg.distance_km for leg in way.legs),
            "via": " > ".join(leg.destination for leg in way.legs[:-1]),
            "modes": " > ".join(leg.mode for leg in way.legs),
            "countries": " ".join(dict.fromkeys(c for leg in way.legs for c in leg.countries)),
            "passages": " ".join(dict.fromkeys(p for leg in way.legs for p in leg.passages)),
            "reasons": " | ".join(way.reasons),
        }
        for number, way in enumerate(ways, start=1)
    ]
    return pd.DataFrame(rows)


def legs_table(ways: Sequence[Freight]) -> pd.DataFrame:
    """Return one row a leg of each way."""
    rows = [
        {
            "way": number,
            "order": order,
            "leg": leg.leg,
            "from": leg.origin,
            "to": leg.destination,
            "mode": leg.mode,
            "distance_km": leg.distance_km,
            "usd_per_t": leg.usd_per_t,
            "days_low": leg.days_low,
            "days_high": leg.days_high,
            "countries": " ".join(leg.countries),
            "passages": " ".join(leg.passages),
            "source": leg.source,
            "confidence": leg.confidence.value,
        }
        for number, way in enumerate(ways, start=1)
        for order, leg in enumerate(way.legs, start=1)
    ]
    return pd.DataFrame(rows)


def write_geojson(world: World, ways: Sequence[Freight], path: Path) -> None:
    """Write ways as GeoJSON (UTF-8)."""
    path.write_text(json.dumps(geojson(world, ways), ensure_ascii=False), encoding="utf-8")


def write_excel(world: World, ways: Sequence[Freight], path: Path, *, corridors: pd.DataFrame | None = None) -> None:
    """Write ways, legs and the sources of the legs as sheets of an Excel file, and corridors where given."""
    legs = legs_table(ways)
    sources = world.table("sources")
    sheets = {"ways": ways_table(ways), "legs": legs, "sources": sources[sources["source"].isin(set(legs["source"]))]}
    if corridors is not None:
        sheets = {"corridors": corridors, **sheets}
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        for name, sheet in sheets.items():
            sheet.to_excel(book, sheet_name=name, index=False)
            book.sheets[name].freeze_panes(1, 1)
            book.sheets[name].autofit()
