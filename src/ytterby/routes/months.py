"""A year of months: how long a way takes, what it costs and how often it fails, as the season goes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import pandas as pd

from ytterby.routes.corridors import via as hubs_between
from ytterby.routes.router import Router
from ytterby.routes.simulate import delays_of, door_to_door
from ytterby.world.errors import InputError
from ytterby.world.load import World

MONTH_COLUMNS = ["month", "lawful", "usd_per_t", "p50", "p90", "risk", "via", "delays"]
MIDDLE = 15
"""Day that stands for a month."""


def months_table(
    world: World,
    origin: str,
    destination: str,
    form: str,
    year: int,
    *,
    via: str = "",
    avoid: Iterable[str] = (),
    closed: Iterable[str] = (),
    months: Sequence[int] = range(1, 13),
    draws: int = 10_000,
    seed: int = 1,
) -> pd.DataFrame:
    """Return one row a month of a year: the cheapest lawful way (through ``via``, where given) on its middle day.

    Columns: month (``2025-01``), lawful, usd_per_t, p50 and p90 (drawn days door to door), risk, via (hubs; the reason
    where no way is lawful), delays (what holds in some months only, with its probability).
    """
    avoid, closed = tuple(avoid), tuple(closed)
    rows = []
    for month in months:
        router = Router(world, datetime.date(year, month, MIDDLE))
        label = f"{year}-{month:02d}"
        try:
            way = (
                router.cheapest_through(origin, destination, form, via, avoid=avoid, closed=closed)
                if via
                else router.cheapest(origin, destination, form, avoid=avoid, closed=closed)
            )
        except InputError as error:
            if "no lawful way" not in error.title:
                raise
            rows.append({"month": label, "lawful": False, "via": error.title})
            continue
        if not way.lawful:
            rows.append({"month": label, "lawful": False, "via": "; ".join(way.reasons)})
            continue
        time = door_to_door(router, way, n=draws, seed=seed)
        seasonal = [d for leg in way.legs for d in delays_of(router, leg) if d.seasonal]
        rows.append(
            {
                "month": label,
                "lawful": True,
                "usd_per_t": way.usd_per_t,
                "p50": time.p50,
                "p90": time.p90,
                "risk": way.risk,
                "via": hubs_between(way),
                "delays": ", ".join(dict.fromkeys(f"{d.title} ({d.probability:.0%})" for d in seasonal)),
            }
        )
    return pd.DataFrame(rows, columns=MONTH_COLUMNS)
