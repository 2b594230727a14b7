"""Which price, where many are optimal: the one that an infinitesimal gift everywhere leaves standing.

Every node is given a little more than nothing of its commodity, every capacity, allowance and quota a little room,
each by its own amount; every unit cost becomes a trifle dearer. The optimal prices of that programme are optimal
prices of the programme itself, and unique:
no scarcity rent is shown that the optimum does not force. Amounts are small against what the network's buyers want
of a commodity, directly or through the recipes, and differ by a number in [1, 2) that belongs to the key; they
depend on the tables alone, not on a solver's path.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.market.arrays import Array, Arrays, generic
from ytterby.market.simplex import FEASIBILITY


@dataclass(frozen=True)
class Gifts:
    """Amounts of each row (node or quota, t), and of each column's capacity (t) and unit cost (solver's money per
    t)."""

    rows: Array
    columns: Array
    costs: Array


SHARE = 1e-4
"""Gifts to a commodity, as a share of what is wanted of it, for each unit of the tolerance in prices."""

COST_SHARE = 1e-6
"""Share of its unit cost by which each activity and link is made dearer, so that ties among them do not decide."""

LEAST_COST = 1e-6
"""Least amount, thousand USD per t, by which anything is made dearer."""


def gifts(network: Network, arrays: Arrays, share: float = 1e-7) -> Gifts:
    """Return gifts that add up, for each commodity, to about ``share`` of what is wanted of it."""
    nodes = network.nodes
    wanted = nodes["commodity"].map(_wanted(network)).to_numpy(float)
    places = nodes["commodity"].map(nodes["commodity"].value_counts()).to_numpy(float)
    quota = network.quotas["limit_t"].to_numpy(float)[: len(arrays.row_low) - len(nodes)]
    size = share * np.concatenate([wanted / places, np.abs(quota)])
    bounded = np.where(np.isfinite(arrays.high), arrays.high, 0.0)
    bounded[arrays.pieces] = 0.0
    least, key = 10.0 * FEASIBILITY, generic(arrays.column_names)
    dearer = np.maximum(COST_SHARE * np.abs(arrays.c), LEAST_COST)
    return Gifts(
        rows=np.maximum(size, least) * generic(arrays.row_names),
        columns=np.where(bounded > 0.0, np.maximum(share * bounded, least), 0.0) * key,
        costs=np.where(np.arange(len(key)) < arrays.pieces.start, dearer * key, 0.0),
    )


def nudged(arrays: Arrays, gift: Gifts) -> Arrays:
    """Return the programme with the gifts: rows that want a balance have more to give, capacities more room.

    A gift may be left where it is: a node without any outlet stays feasible.
    """
    return replace(
        arrays,
        row_low=np.where(np.isfinite(arrays.row_low), arrays.row_low - gift.rows, arrays.row_low),
        row_high=np.where(np.isfinite(arrays.row_high), arrays.row_high + gift.rows, arrays.row_high),
        high=arrays.high + gift.columns,
        c=arrays.c + gift.costs,
    )


def _wanted(network: Network) -> pd.Series:
    """Tonnes of each commodity that buyers want at reference, directly or through what is made of it (the least
    such)."""
    commodity = network.nodes.set_index("node")["commodity"]
    bought = network.demands["reference_t"].groupby(network.demands["node"].map(commodity)).sum()
    wanted = {str(k): float(v) for k, v in bought.items() if v > 0.0}
    recipes = network.recipes.assign(commodity=network.recipes["node"].map(commodity))
    used, made = recipes[recipes["coefficient"] < 0], recipes[recipes["coefficient"] > 0]
    pairs = used.merge(made, on="activity", suffixes=("", "_made"))
    ratio = (
        (-pairs["coefficient"] / pairs["coefficient_made"]).groupby([pairs["commodity_made"], pairs["commodity"]]).min()
    )
    steps = [(str(k[0]), str(k[1]), float(v)) for k, v in ratio.items()]  # type: ignore[index]
    for _ in range(len(commodity.unique())):
        before = dict(wanted)
        for product, input_, per in steps:
            if product in before:
                wanted[input_] = min(wanted.get(input_, np.inf), before[product] * per)
        if wanted == before:
            break
    least = min(wanted.values(), default=1.0)
    return pd.Series({str(c): wanted.get(str(c), least) for c in commodity.unique()})
