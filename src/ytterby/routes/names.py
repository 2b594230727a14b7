"""From what a person writes to a hub: key, name, site, market zone, UN/LOCODE or coordinates, with near matches."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from ytterby.routes.tariffs import rows_of
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""
FILLER = {"port", "of", "the", "airport", "harbour", "harbor", "station", "city"}


@dataclass(frozen=True)
class Names:
    """What can be called a hub: spelled forms of keys and names, each with the hubs that it may mean."""

    hubs: tuple[str, ...]
    exact: dict[str, tuple[str, ...]]
    """Folded spelling -> hubs, in the order hub key, site, market zone, code, name."""
    at: Mapping[str, tuple[float, float]]
    """Latitude and longitude of each hub."""
    snap_limit_km: float
    """How far a point may lie from the hub at which it meets the network."""

    def resolve(self, text: str, argument: str = "place") -> str:
        """Return the hub that a text means.

        Raises InputError: unknown, with the nearest names; or ambiguous, with every hub of that name.
        """
        if text in self.exact and len(self.exact[text]) == 1:
            return self.exact[text][0]
        point = coordinates(text)
        if point is not None:
            return self.snap(point, argument)[0]
        folded = fold(text)
        for candidate in (folded, core(folded)):
            found = self.exact.get(candidate, ())
            if len(found) == 1:
                return found[0]
            if found:
                raise InputError(
                    f"several places are called {text!r}",
                    [Fault(argument, repr(text), "one of " + ", ".join(found))],
                )
        wanted = core(folded)
        inside = sorted({hub for name, hubs in self.exact.items() if wanted and wanted in name.split() for hub in hubs})
        if len(inside) == 1:
            return inside[0]
        near = inside[:8]
        if not near:
            for name in difflib.get_close_matches(wanted, list(self.exact), n=5, cutoff=0.55):
                near += [hub for hub in self.exact[name] if hub not in near]
        expected = (
            "one of " + ", ".join(near) if near else f"a hub, site, market zone or UN/LOCODE ({len(self.hubs)} hubs)"
        )
        raise InputError(f"unknown place {text!r}", [Fault(argument, repr(text), expected)])

    def snap(self, point: tuple[float, float], argument: str = "place") -> tuple[str, float]:
        """Return the hub nearest to a (latitude, longitude) and how far it is, km.

        Raises InputError beyond the limit, with the nearest hubs and their distances.
        """
        away = sorted((great_circle_km(point, at), hub) for hub, at in self.at.items())
        if away[0][0] > self.snap_limit_km:
            near = ", ".join(f"{hub} ({km:.0f} km)" for km, hub in away[:3])
            raise InputError(
                "no hub is near",
                [Fault(argument, f"{point[0]:g},{point[1]:g}", f"a point within {self.snap_limit_km:g} km of {near}")],
            )
        return away[0][1], away[0][0]


def coordinates(text: str) -> tuple[float, float] | None:
    """Return latitude and longitude from a text such as ``49.8,73.1``; None where it is not of that shape.

    Raises InputError for numbers that are no place on earth.

    >>> coordinates("49.8, 73.1")
    (49.8, 73.1)
    """
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*", text)
    if found is None:
        return None
    lat, lon = float(found[1]), float(found[2])
    if abs(lat) > 90 or abs(lon) > 180:
        raise InputError("not a place on earth", [Fault("place", text, "latitude -90 to 90, longitude -180 to 180")])
    return lat, lon


def great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of two (latitude, longitude) points on a sphere of 6,371.0088 km (haversine).

    >>> round(great_circle_km((51.5, 0.0), (48.9, 2.4)))
    336
    """
    p, q = math.radians(a[0]), math.radians(b[0])
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(h))


def fold(text: str) -> str:
    """Lower-case ASCII words, one blank between."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def core(folded: str) -> str:
    """Drop what names of ports and stations have in common."""
    return " ".join(word for word in folded.split() if word not in FILLER) or folded


def read_names(world: World, snap_limit_km: float) -> Names:
    """Collect every spelling from the tables hubs, site_hubs, place_hubs and places."""
    hubs = world.table("hubs")
    spelled: dict[str, tuple[str, ...]] = {}

    def add(text: str, hub: str, *, weak: bool = False) -> None:
        key = fold(text)
        if not key:
            return
        if weak:
            known = spelled.get(key, ())
            if hub not in known and not (known and key in strong):
                spelled[key] = (*known, hub)
        elif key not in spelled:
            spelled[key] = (hub,)
            strong.add(key)

    strong: set[str] = set()
    for hub in hubs["hub"]:
        add(hub, hub)
    for row in rows_of(world.table("site_hubs")):
        add(row.site, row.hub)
    for row in rows_of(world.table("place_hubs")):
        add(row.place, row.hub)
    for row in rows_of(hubs):
        add(row.unlocode, row.hub, weak=True)
        add(row.name, row.hub, weak=True)
        add(core(fold(re.split(r"[(/,]", row.name)[0])), row.hub, weak=True)
    return Names(
        hubs=tuple(hubs["hub"]),
        exact=spelled,
        at={row.hub: (float(row.lat), float(row.lon)) for row in rows_of(hubs)},
        snap_limit_km=snap_limit_km,
    )
