"""One network for a period in whose months different laws held.

Law is read month by month, whatever the period: of a quarter with a new tariff in its last month, two months go by the
old one. What every law has (a way, a plant, a buyer) costs and takes the mean by days; what only some have is there
for their days. Where a way is open in some months and wants a permission, or is shut, in others, the open ones pass
what passed before, and all that is granted comes on top: the allowance of a period is the sum of those of its months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ytterby.chain.habits import NEW
from ytterby.chain.network import Network
from ytterby.studies.periods import MONTHS_A_YEAR, Period

MOST = "max"


@dataclass(frozen=True)
class Ruled:
    """A month of a period, with the network of its law."""

    month: Period
    network: Network
    allowance_t: np.ndarray
    """Capacity of each of the network's links in this month, t (L,): infinite where nothing is asked for."""


def in_period(ruled: Sequence[Ruled], usual: pd.Series) -> Network:
    """The network of a period: quantities of its share of a year, allowances as its months have them.

    ``usual``: t a year that went over each link before, by its key. One month's network is a twelfth of its year's.
    """
    share = len(ruled) / MONTHS_A_YEAR
    whole = _joined(ruled, usual)
    allowed = pd.Series(_allowance(ruled, usual), dtype=float).reindex(whole.links["link"])
    return replace(
        whole,
        activities=whole.activities.assign(
            capacity_t=whole.activities["capacity_t"] * share, minimum_t=whole.activities["minimum_t"] * share
        ),
        links=whole.links.assign(capacity_t=allowed.to_numpy()),
        demands=whole.demands.assign(reference_t=whole.demands["reference_t"] * share),
        quotas=whole.quotas.assign(limit_t=whole.quotas["limit_t"] * share),
    )


def _allowance(ruled: Sequence[Ruled], usual: pd.Series) -> dict[str, float]:
    """Capacity of every link in the period, t.

    New pairs are held by the quota on their habit, not here; a way that is open at the end and had no trade before
    is newly open, and not bounded by what it had.
    """
    if len(ruled) == 1:
        return dict(zip(ruled[0].network.links["link"], ruled[0].allowance_t, strict=True))
    by_month = pd.concat(
        [pd.Series(r.allowance_t, index=r.network.links["link"]) for r in ruled], axis=1, keys=range(len(ruled))
    )
    free = by_month.eq(np.inf)
    before = usual.reindex(by_month.index).fillna(0.0)
    new = by_month.index.str.startswith(NEW) | (free.iloc[:, -1] & before.le(0.0))
    granted = by_month.where(~free).sum(axis=1)
    total = granted + before / MONTHS_A_YEAR * free.sum(axis=1)
    unbounded = free.all(axis=1) | (free.any(axis=1) & new)
    return {str(k): float(v) for k, v in total.where(~unbounded, np.inf).items()}


def _joined(ruled: Sequence[Ruled], usual: pd.Series) -> Network:
    """One network of a year under the mean of its months' laws, each month by its days."""
    networks = {id(r.network): r.network for r in ruled}
    if len(networks) == 1:
        return ruled[0].network
    days = sum(r.month.days for r in ruled)
    weights = {k: sum(r.month.days for r in ruled if id(r.network) == k) / days for k in networks}
    order = sorted(networks, key=lambda k: -weights[k])
    parts = [(networks[k], weights[k]) for k in order]
    first = parts[0][0]
    return replace(
        first,
        nodes=_union([n.nodes for n, _ in parts], ["node"]),
        activities=_mean(
            [(n.activities, w) for n, w in parts], "activity", ["cost_usd_per_t"], ["capacity_t", "minimum_t"]
        ),
        recipes=_union([n.recipes for n, _ in parts], ["activity", "node"]),
        links=_mean([(n.links, w) for n, w in parts], "link", ["cost_usd_per_t", "duty_usd_per_t", "days"], []),
        demands=_mean(
            [(n.demands, w) for n, w in parts],
            "demand",
            ["reference_usd_per_t", "elasticity", "choke_usd_per_t", "floor_share"],
            ["reference_t"],
        ),
        quotas=_limits(parts, usual),
        quota_members=_union([n.quota_members for n, _ in parts], ["quota", "kind", "member"]),
        contents=_union([n.contents for n, _ in parts], ["commodity", "element"]),
        price_floors=_union([n.price_floors for n, _ in parts], list(first.price_floors.columns)),
        notes=tuple(dict.fromkeys(note for n, _ in parts for note in n.notes)),
    )


def _union(tables: Sequence[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Rows of every table, each key once: as the law of most days has it."""
    return pd.concat(tables, ignore_index=True).drop_duplicates(keys, ignore_index=True) if keys else tables[0]


def _mean(parts: Sequence[tuple[pd.DataFrame, float]], key: str, averaged: list[str], added: list[str]) -> pd.DataFrame:
    """Rows of every table, each key once: ``averaged`` columns are means over the laws that have it, ``added`` ones
    are there for its days only."""
    rows = pd.concat([t.assign(weight=w) for t, w in parts], ignore_index=True)
    held = rows.groupby(key)["weight"].sum()
    found = rows.drop_duplicates(key, ignore_index=True).drop(columns="weight")
    for column in (*averaged, *added):
        numbers = rows[column] * rows["weight"]
        total = numbers.groupby(rows[key]).sum(min_count=1)
        found[column] = found[key].map(total / held if column in averaged else total)
    return found


def _limits(parts: Sequence[tuple[Network, float]], usual: pd.Series) -> pd.DataFrame:
    """Quotas: of one that holds on some days only, the others add what went through it before."""
    rows = pd.concat([n.quotas.assign(weight=w) for n, w in parts], ignore_index=True)
    held = rows.groupby("quota")["weight"].sum()
    limit = (rows["limit_t"] * rows["weight"]).groupby(rows["quota"]).sum()
    members = _union([n.quota_members for n, _ in parts], ["quota", "kind", "member"])
    through = (members["weight"] * members["member"].map(usual).fillna(0.0)).groupby(members["quota"]).sum()
    found = rows.drop_duplicates("quota", ignore_index=True).drop(columns="weight")
    rest = (1.0 - held).clip(lower=0.0) * through.reindex(held.index).fillna(0.0)
    limit = limit.where(found.set_index("quota")["sense"].reindex(limit.index) != MOST, limit + rest)
    return found.assign(limit_t=found["quota"].map(limit))
