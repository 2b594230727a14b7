"""What clashes, in the user's terms, when a network has no answer.

*Infeasible.* Every balance and quota may be broken at a price of one per tonne. The duals of that programme are a
Farkas certificate: the balances, quotas, minima and capacities with a dual contradict one another on their own.
*Unbounded.* Every open capacity is closed at a size that no chain reaches; what runs into it earns without limit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from ytterby.chain.network import Network
from ytterby.market.arrays import Arrays
from ytterby.market.simplex import InfeasibleError, optimum
from ytterby.world.errors import SolveError

MOST = 10
"""Lines of an explanation."""


def explained(network: Network, arrays: Arrays, clash: SolveError) -> SolveError:
    """Return an error that names the balances, sites or policies that contradict one another, or earn without limit."""
    if isinstance(clash, InfeasibleError):
        return InfeasibleError(
            _told(
                "no plan meets every balance and limit; these contradict one another:", _contradiction(network, arrays)
            )
        )
    return SolveError(_told("welfare has no end; this earns without limit:", _money_pump(network, arrays)))


def _told(title: str, lines: list[str]) -> str:
    more = [f"... and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return "\n  - ".join([title, *lines[:MOST], *more])


def _contradiction(network: Network, arrays: Arrays) -> list[str]:
    m, n = arrays.A.shape
    identity = sp.eye(m, format="csc")
    elastic = replace(
        arrays,
        A=sp.csc_matrix(sp.hstack([arrays.A, identity, -identity])),
        c=np.concatenate([np.zeros(n), np.ones(2 * m)]),
        low=np.concatenate([arrays.low, np.zeros(2 * m)]),
        high=np.concatenate([arrays.high, np.full(2 * m, np.inf)]),
    )
    vertex = optimum(elastic)
    broken = vertex.x[n : n + m] - vertex.x[n + m :]
    pull = arrays.A.T @ vertex.price
    lines = []
    for i in _largest(np.where(np.abs(vertex.price) > 1e-9, 1.0 + np.abs(broken), 0.0)):
        lines.append(_row_in_words(network, arrays, i, float(broken[i])))
    activities = network.activities
    for i in _largest(np.where(pull[arrays.activities] < -1e-9, activities["minimum_t"].to_numpy(float), 0.0)):
        row = activities.iloc[i]
        lines.append(f"{row['activity']} (site {row['site']}): must make at least {row['minimum_t']:,.6g} t")
    capacity = activities["capacity_t"].to_numpy(float)
    for i in _largest(np.where((pull[arrays.activities] > 1e-9) & np.isfinite(capacity), capacity + 1.0, 0.0)):
        row = activities.iloc[i]
        lines.append(f"{row['activity']} (site {row['site']}): can make at most {row['capacity_t']:,.6g} t")
    links = network.links
    allowance = links["capacity_t"].to_numpy(float)
    for i in _largest(np.where((pull[arrays.links] > 1e-9) & np.isfinite(allowance), allowance + 1.0, 0.0)):
        row = links.iloc[i]
        lines.append(f"{row['link']}: carries at most {row['capacity_t']:,.6g} t ({row['decision']})")
    return lines


def _row_in_words(network: Network, arrays: Arrays, i: int, broken: float) -> str:
    missing = f", {abs(broken):,.6g} t cannot be met" if abs(broken) > 1e-6 else ""
    if i < arrays.n_nodes:
        node = network.nodes.iloc[i]
        rule = "may be left over" if node["free_disposal"] else "must be used, shipped or disposed of"
        name = f"{node['commodity']} at {node['place']}" + (f" ({node['origin_tag']})" if node["origin_tag"] else "")
        if broken < 0:
            missing = f", {-broken:,.6g} t have no outlet"
        elif broken > 0:
            missing = f", {broken:,.6g} t are missing"
        return f"balance of {name}: what is there {rule}{missing}"
    quota = network.quotas.iloc[i - arrays.n_nodes]
    bound = "at most" if quota["sense"] == "max" else "at least"
    return f"{quota['instrument']} {quota['quota']} of {quota['holder']}: {bound} {quota['limit_t']:,.6g} t{missing}"


def _money_pump(network: Network, arrays: Arrays) -> list[str]:
    finite = arrays.high[np.isfinite(arrays.high)]
    box = 1e3 * max(float(np.max(finite, initial=1.0)), 1e3)
    vertex = optimum(replace(arrays, high=np.where(np.isfinite(arrays.high), arrays.high, box)))
    lines = []
    for table, part, key in (
        (network.activities, arrays.activities, "activity"),
        (network.links, arrays.links, "link"),
    ):
        open_ended = np.isinf(arrays.high[part]) & (vertex.x[part] > 0.01 * box)
        for row in table[open_ended].to_dict("records"):
            cost = row["cost_usd_per_t"] + row.get("duty_usd_per_t", 0.0)
            lines.append(f"{key} {row[key]}: costs {cost:,.6g} USD/t and has no capacity")
    return lines


def _largest(size: np.ndarray) -> list[int]:
    order = np.lexsort((np.arange(len(size)), -size))
    return [int(i) for i in order if size[i] > 0.0]
