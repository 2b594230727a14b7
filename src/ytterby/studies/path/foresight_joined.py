"""Many years as one network: each year's rows under keys of their own, and building as activities between them.

A year's tables are the year's network with every key prefixed. Levels stay t a year; money is present value: costs,
duties and willingness to pay of a solved year are multiplied by ``worth``, the sum of discount factors of the years
that it stands for. A decision to build is an activity: a t of it gives room in the limits of later years (a negative
weight there) along the ramp, with the chance that such plants have, and costs the annual capital of what comes in
every modelled year from its first output on. What a plant is worth after the last year is left out together with the
capital that it would still be charged. Price floors keep the price of their own year: each is a contract of its own,
in present value. The market solves and certifies the whole as it does one year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.market import Outcome
from ytterby.market.floors import PERIOD

BUILD, SPEED, ROOM = "build", "speed", "room"
KEYS = {
    "nodes": ("node",),
    "activities": ("activity",),
    "recipes": ("activity", "node"),
    "links": ("link", "from_node", "to_node"),
    "demands": ("demand", "node"),
    "quotas": ("quota",),
    "quota_members": ("quota", "member"),
}
"""Columns of every table of a network that hold keys of one year."""
MONEY = {
    "activities": ("cost_usd_per_t",),
    "links": ("cost_usd_per_t", "duty_usd_per_t"),
    "demands": ("reference_usd_per_t", "choke_usd_per_t", "saturation_usd_per_t"),
}
"""Columns that hold money of one year."""
FLOOR_MONEY = ("floor_usd_per_kg", "upside_above_usd_per_kg", "upside_cap_usd_per_year")
PAID = ("benchmark_usd_per_kg", "paid_usd_per_kg", "usd")


@dataclass(frozen=True)
class Option:
    """What may be built: an announced site, or new capacity of a stage at a place."""

    site: str
    """Blank where no site is named."""
    stage: str
    place: str
    most_t: float
    """Announced capacity; infinite where no site is named."""
    years: int
    """From the decision to first output."""
    ramp_years: float
    chance: float
    capital_usd_per_t: float
    """Annual capital of one t of capacity."""
    limit: str
    """Quota that it widens; of a mine, its activity."""

    def share(self, decided: int, year: int) -> float:
        """Share of its capacity that produces in a year: its chance, along the ramp."""
        return self.chance * min(max((year - decided - self.years + 1) / (self.ramp_years + 1.0), 0.0), 1.0)

    def key(self, decided: int) -> str:
        """Key of the activity that begins it in a year."""
        return f"{BUILD}:{self.limit}@{decided}"


def worth_of(years: Sequence[int], discount: float) -> dict[int, float]:
    """Sum of discount factors of the years that each solved year stands for: those that it is nearest to, earlier
    ones at a tie.

    >>> {y: round(w, 3) for y, w in worth_of([2024, 2026], 0.1).items()}
    {2024: 1.909, 2026: 0.826}
    """
    weights = dict.fromkeys(years, 0.0)
    for year in range(years[0], years[-1] + 1):
        nearest = min(years, key=lambda y: (abs(y - year), y))
        weights[nearest] += (1.0 + discount) ** (years[0] - year)
    return weights


def key_of(year: int, key: str) -> str:
    """Key of a row of one year in the joined network."""
    return f"{year}/{key}"


def joined(
    networks: Mapping[int, Network],
    options: Sequence[Option],
    worth: Mapping[int, float],
    allowed_t: Mapping[str, Mapping[int, float]],
    built: Mapping[str, float] | None = None,
) -> Network:
    """Return the years as one network.

    ``networks``: each solved year with what stands, without any new plant. ``allowed_t``: what may have been begun by
    a year, t by stage and year; empty where speed is not bounded. ``built``: with it nothing is chosen, and exactly
    this is built, t by build key.
    """
    years = list(networks)
    first = networks[years[0]]
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in KEYS}
    for year, network in networks.items():
        roomed = _with_rooms(network, options)
        for name, columns in KEYS.items():
            table = getattr(roomed, name).copy()
            for column in columns:
                table[column] = f"{year}/" + table[column]
            for column in (c for c in MONEY.get(name, ()) if c in table):
                table[column] = table[column].to_numpy(float) * worth[year]
            tables[name].append(table)
    activities, quotas, members = [], [], []
    begun: dict[str, dict[int, list[str]]] = {}
    for option in options:
        keys = []
        for decided in years:
            shares = {y: option.share(decided, y) for y in years}
            if not any(shares.values()):
                continue
            key, stands = option.key(decided), [y for y in years if y >= decided + option.years]
            keys.append(key)
            begun.setdefault(option.stage, {}).setdefault(decided, []).append(key)
            fixed = built.get(key, 0.0) if built is not None else None
            activities.append(
                {
                    "activity": key, "kind": BUILD, "site": option.site, "country": "", "place": option.place,
                    "stage": option.stage, "capacity_t": option.most_t if fixed is None else fixed,
                    "cost_usd_per_t": option.capital_usd_per_t * option.chance * sum(worth[y] for y in stands),
                    "minimum_t": 0.0 if fixed is None else fixed, "holder": "", "status": "free",
                    "cost_source": "", "capacity_source": "",
                }
            )  # fmt: skip
            members += [_member(key_of(y, _room(option)), key, -s) for y, s in shares.items() if s > 0.0]
        if np.isfinite(option.most_t) and built is None and keys:
            quotas.append(_quota(f"{BUILD}:{option.limit}", option.most_t, "announced capacity"))
            members += [_member(f"{BUILD}:{option.limit}", key, 1.0) for key in keys]
    for stage, by_year in allowed_t.items() if built is None else ():
        for year, t in by_year.items():
            counted = [k for decided, ks in begun.get(stage, {}).items() if decided <= year for k in ks]
            quotas.append(_quota(f"{SPEED}:{stage}@{year}", t, "speed of building"))
            members += [_member(f"{SPEED}:{stage}@{year}", key, 1.0) for key in counted]
    tables["activities"].append(pd.DataFrame(activities))
    tables["quotas"].append(pd.DataFrame(quotas))
    tables["quota_members"].append(pd.DataFrame(members))
    whole = {n: pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True) for n, parts in tables.items()}
    held = {year: network.price_floors for year, network in networks.items() if len(network.price_floors)}
    floors = [_floors(contracts, year, worth[year]) for year, contracts in held.items()]
    whole["price_floors"] = pd.concat(floors, ignore_index=True) if floors else first.price_floors
    return replace(first, label=f"{first.label}, {years[0]}-{years[-1]} at once", **whole)  # type: ignore[arg-type]


def taken_apart(solved: Outcome, year: int, network: Network, worth: float) -> Outcome:
    """One year of a joined outcome under the year's own keys and in its own money, with the proof of the whole.

    Rents, welfare and demand pieces stay those of the whole, in present value.
    """
    prefix = f"{year}/"

    def of_year(table: pd.DataFrame, keys: tuple[str, ...], money: tuple[str, ...]) -> pd.DataFrame:
        own = table[table[keys[0]].str.startswith(prefix)].reset_index(drop=True)
        columns = {k: own[k].str.slice(len(prefix)) for k in keys} | {m: own[m] / worth for m in money}
        return own.assign(**columns)

    paid = [
        {**row, "contract": str(row["contract"])[len(prefix) :]}
        | {k: row[k] / worth for k in PAID if row[k] is not None}
        for row in solved.meta.get("support", [])
        if str(row["contract"]).startswith(prefix)
    ]
    return replace(
        solved,
        meta={**solved.meta, "support": paid},
        prices=of_year(solved.prices, ("node",), ("low", "point", "high")),
        production=of_year(solved.production, ("activity",), ("cost_usd_per_t", "cost_usd")),
        flows=of_year(
            solved.flows, ("link", "from_node", "to_node"), ("cost_usd_per_t", "duty_usd_per_t", "cost_usd", "duty_usd")
        ),
        consumption=of_year(
            solved.consumption, ("demand", "node"), ("price_usd_per_t", "paid_usd", "worth_usd", "surplus_usd")
        ),
        balances=of_year(solved.balances, ("node",), ("price_usd_per_t",)),
        limits=of_year(solved.limits, ("quota",), ("rent_usd_per_t",)),
        network=network,
    )


def _with_rooms(network: Network, options: Sequence[Option]) -> Network:
    """The network in which the capacity of each mine that may be built is a limit that building can widen."""
    mines = {o.limit for o in options if not o.limit.startswith("capacity:")}
    own = network.activities["activity"].isin(mines)
    table = network.activities
    held = dict(zip(table["activity"][own], table["capacity_t"][own], strict=True))
    quotas = pd.DataFrame([_quota(f"{ROOM}:{m}", float(t), "capacity") for m, t in held.items()])
    members = pd.DataFrame([_member(f"{ROOM}:{m}", m, 1.0) for m in held])
    return replace(
        network,
        activities=table.assign(capacity_t=table["capacity_t"].where(~own, np.inf)),
        quotas=pd.concat([network.quotas, quotas], ignore_index=True) if len(quotas) else network.quotas,
        quota_members=pd.concat([network.quota_members, members], ignore_index=True)
        if len(members)
        else network.quota_members,
    )


def _floors(floors: pd.DataFrame, year: int, worth: float) -> pd.DataFrame:
    """Price floors of a year under keys of its own, in present value."""
    keys = {k: f"{year}/" + floors[k].astype(str) for k in ("contract", "activity")}
    return floors.assign(**keys, **{m: floors[m] * worth for m in FLOOR_MONEY}, **{PERIOD: f"{year}/"})


def _room(option: Option) -> str:
    return option.limit if option.limit.startswith("capacity:") else f"{ROOM}:{option.limit}"


def _quota(key: str, limit_t: float, instrument: str) -> dict[str, object]:
    return {"quota": key, "limit_t": limit_t, "sense": "max", "holder": "", "instrument": instrument, "source": ""}


def _member(quota: str, activity: str, weight: float) -> dict[str, object]:
    return {"quota": quota, "kind": "activity", "member": activity, "weight": weight}
