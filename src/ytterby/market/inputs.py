"""A network as the market takes it: checked, every fault at once, and in canonical order.

Sorting by key here is what makes an answer independent of the order in which rows arrived.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.market.demand_curve import SATURATION_SHARE
from ytterby.world.errors import Fault, InputError

KEYS = {
    "nodes": ["node"],
    "activities": ["activity"],
    "recipes": ["activity", "node"],
    "links": ["link"],
    "demands": ["demand"],
    "quotas": ["quota"],
    "quota_members": ["quota", "kind", "member"],
    "contents": ["commodity", "element"],
    "observed_prices": ["commodity", "place", "tax", "incoterm"],
    "observed_production": ["stage", "country", "commodity"],
}
"""Key columns of every table of a network, in the order in which rows are sorted."""

_NUMBERS = {
    "activities": ["cost_usd_per_t", "capacity_t", "minimum_t"],
    "recipes": ["coefficient"],
    "links": ["cost_usd_per_t", "duty_usd_per_t", "capacity_t"],
    "demands": ["reference_t", "reference_usd_per_t", "elasticity", "choke_usd_per_t", "floor_share"],
    "quotas": ["limit_t"],
    "quota_members": ["weight"],
    "contents": ["t_per_t"],
}


def checked(network: Network) -> Network:
    """Return the network sorted by key, with numbers as floats and zero recipe entries dropped.

    Raises InputError with all faults: duplicate keys, unknown nodes or members, missing or impossible numbers.
    """
    faults: list[Fault] = []
    tables: dict[str, pd.DataFrame] = {}
    for name, key in KEYS.items():
        tables[name] = _sorted(name, getattr(network, name), key, faults)
    if faults:
        raise InputError("the network does not hold together", faults)
    demands = tables["demands"]
    usual = SATURATION_SHARE * demands["reference_usd_per_t"]
    stated = pd.to_numeric(demands["saturation_usd_per_t"]) if "saturation_usd_per_t" in demands else usual
    tables["demands"] = demands.assign(saturation_usd_per_t=stated.fillna(usual).astype(float))
    recipes = tables["recipes"]
    tables["recipes"] = recipes[recipes["coefficient"] != 0.0].reset_index(drop=True)
    _references(tables, faults)
    tables["quotas"] = _counting(tables["quotas"], tables["quota_members"])
    _numbers(tables, faults)
    if faults:
        raise InputError("the network does not hold together", faults)
    return replace(network, **tables)  # type: ignore[arg-type]


def tables_of(network: Network) -> dict[str, pd.DataFrame]:
    """Return the network's tables by name."""
    return {f.name: getattr(network, f.name) for f in fields(network) if f.name in KEYS}


def _counting(quotas: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Quotas that count something, or that nothing could meet: a ceiling over nothing says nothing."""
    idle = ~quotas["quota"].isin(members["quota"]) & (quotas["sense"] == "max") & (quotas["limit_t"] >= 0)
    return quotas[~idle].reset_index(drop=True)


def _sorted(name: str, table: pd.DataFrame, key: list[str], faults: list[Fault]) -> pd.DataFrame:
    missing = [c for c in [*key, *_NUMBERS.get(name, [])] if c not in table.columns]
    if missing:
        faults += [
            Fault(f"network.{name}", f"no column {c!r}", "the columns of chain.network.Network") for c in missing
        ]
        return table
    table = table.copy()
    for column in _NUMBERS.get(name, []):
        table[column] = pd.to_numeric(table[column], errors="coerce").astype(float)
    if name in ("observed_prices", "observed_production"):
        return table.sort_values(list(table.columns), kind="stable").reset_index(drop=True)
    twice = table.duplicated(key)
    if twice.any():
        for row in table[twice].itertuples(index=False):
            found = ", ".join(str(getattr(row, c)) for c in key)
            faults.append(Fault(f"network.{name}", f"key {found} twice", "each key once"))
    return table.sort_values(key, kind="stable").reset_index(drop=True)


def _references(tables: dict[str, pd.DataFrame], faults: list[Fault]) -> None:
    def known(table: str, column: str, allowed: pd.Series, what: str, rows: pd.Series | None = None) -> None:
        frame = tables[table] if rows is None else tables[table][rows]
        for value in sorted(set(frame[column]) - set(allowed)):
            faults.append(Fault(f"network.{table}.{column}", repr(value), f"a key of {what}"))

    nodes = tables["nodes"]["node"]
    known("recipes", "node", nodes, "nodes")
    known("recipes", "activity", tables["activities"]["activity"], "activities")
    known("links", "from_node", nodes, "nodes")
    known("links", "to_node", nodes, "nodes")
    known("demands", "node", nodes, "nodes")
    known("quota_members", "quota", tables["quotas"]["quota"], "quotas")
    kind = tables["quota_members"]["kind"]
    known("quota_members", "member", tables["activities"]["activity"], "activities", kind == "activity")
    known("quota_members", "member", tables["links"]["link"], "links", kind == "link")
    for value in sorted(set(kind) - {"activity", "link"}):
        faults.append(Fault("network.quota_members.kind", repr(value), "activity or link"))
    for value in sorted(set(tables["quotas"]["sense"]) - {"max", "min"}):
        faults.append(Fault("network.quotas.sense", repr(value), "max or min"))


def _numbers(tables: dict[str, pd.DataFrame], faults: list[Fault]) -> None:
    def wrong(table: str, bad: pd.Series, column: str, expected: str) -> None:
        if not bad.any():
            return
        frame = tables[table]
        key = KEYS[table][0]
        for row in frame[bad].to_dict("records"):
            faults.append(Fault(f"network.{table} {row[key]}, {column}", str(row[column]), expected))

    for table, columns in _NUMBERS.items():
        for column in columns:
            value = tables[table][column]
            unbounded = column == "capacity_t"
            bad = value.isna() if unbounded else ~np.isfinite(value)
            wrong(table, bad, column, "a number" + (" or infinity" if unbounded else ""))
    activities, links, demands = tables["activities"], tables["links"], tables["demands"]
    wrong("activities", activities["capacity_t"] < 0, "capacity_t", "zero or more")
    wrong("activities", activities["minimum_t"] < 0, "minimum_t", "zero or more")
    over = activities["minimum_t"] > activities["capacity_t"]
    wrong("activities", over, "minimum_t", "at most the activity's capacity")
    wrong("links", links["capacity_t"] < 0, "capacity_t", "zero or more")
    wrong("demands", demands["reference_t"] < 0, "reference_t", "zero or more")
    wrong("demands", demands["reference_usd_per_t"] <= 0, "reference_usd_per_t", "above zero")
    wrong("demands", demands["choke_usd_per_t"] <= 0, "choke_usd_per_t", "above zero")
    wrong("demands", demands["elasticity"] > 0, "elasticity", "zero or negative")
    outside = (demands["floor_share"] < 0) | (demands["floor_share"] > 1)
    wrong("demands", outside, "floor_share", "a share from 0 to 1")
