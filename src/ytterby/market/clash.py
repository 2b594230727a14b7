"""What clashes, in the user's terms, when a network has no answer.

*Infeasible.* Every balance and quota may be broken at a price of one per tonne. The duals of that programme are a
Farkas certificate: the balances and quotas with a dual contradict one another on their own. Of these, and of the
bounds of what they hold, HiGHS picks an irreducible set: without any one of its members the rest could be met.
*Unbounded.* Every open capacity is closed at a size that no chain reaches; what runs into it earns without limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sp

from ytterby.chain.network import Network
from ytterby.market.arrays import Arrays
from ytterby.market.simplex import InfeasibleError, Vertex, loaded, optimum
from ytterby.world.errors import SolveError

MOST = 10
"""Lines of an explanation."""


def explained(network: Network, arrays: Arrays, clash: SolveError) -> SolveError:
    """Return an error that names the balances, sites or policies that contradict one another, or earn without limit."""
    if isinstance(clash, InfeasibleError):
        vertex = _elastic(arrays)
        least = irreducible(arrays, np.flatnonzero(np.abs(vertex.price) > 1e-9))
        title = "no plan meets every balance and limit; these contradict one another"
        if least is None:
            return InfeasibleError(_told(f"{title}:", _contradiction(network, arrays, vertex)))
        lines = _in_words(network, arrays, least, _broken(arrays, vertex))
        return InfeasibleError(_told(f"{title}, and without any one of them the rest could be met:", lines))
    return SolveError(_told("welfare has no end; this earns without limit:", _money_pump(network, arrays)))


def _told(title: str, lines: list[str]) -> str:
    more = [f"... and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return "\n  - ".join([title, *lines[:MOST], *more])


@dataclass(frozen=True)
class Clash:
    """An irreducible set of rows and of bounds: numbers of rows, of columns at their lower and at their upper bound."""

    rows: tuple[int, ...]
    lower: tuple[int, ...]
    upper: tuple[int, ...]


def irreducible(arrays: Arrays, rows: np.ndarray) -> Clash | None:
    """Return an irreducible contradiction among some rows of the arrays and the bounds of what they hold.

    None where HiGHS finds none.
    """
    part = sp.csr_matrix(arrays.A)[rows]
    columns = np.unique(part.indices)
    highs = loaded(
        replace(
            arrays,
            A=sp.csc_matrix(part[:, columns]),
            c=np.zeros(len(columns)),
            low=arrays.low[columns],
            high=arrays.high[columns],
            row_low=arrays.row_low[rows],
            row_high=arrays.row_high[rows],
        )
    )
    strategy = highspy.IisStrategy
    wanted = int(strategy.kIisStrategyIrreducible.value) | int(strategy.kIisStrategyFromLp.value)
    highs.setOptionValue("iis_strategy", wanted)
    highs.run()
    _, found = highs.getIis()
    if not found.valid_ or not len(found.row_index_):
        return None
    ends = highspy.IisBoundStatus
    lower, upper = (
        (ends.kIisBoundStatusLower, ends.kIisBoundStatusBoxed),
        (
            ends.kIisBoundStatusUpper,
            ends.kIisBoundStatusBoxed,
        ),
    )
    pairs = [(int(columns[i]), ends(int(end))) for i, end in zip(found.col_index_, found.col_bound_, strict=True)]
    return Clash(
        rows=tuple(sorted(int(rows[i]) for i in found.row_index_)),
        lower=tuple(sorted(i for i, end in pairs if end in lower)),
        upper=tuple(sorted(i for i, end in pairs if end in upper)),
    )


def _in_words(network: Network, arrays: Arrays, clash: Clash, broken: np.ndarray) -> list[str]:
    """Policies first, then what must be made, what can be, what is carried and bought, and the balances between."""
    first, links = arrays.n_activities, arrays.pieces.start
    rows = sorted(clash.rows, key=lambda i: (i < arrays.n_nodes, -abs(broken[i]), i))
    told = [_row_in_words(network, arrays, i, float(broken[i])) for i in rows]
    policies = [line for i, line in zip(rows, told, strict=True) if i >= arrays.n_nodes]
    balances = [line for i, line in zip(rows, told, strict=True) if i < arrays.n_nodes]
    must = [_must(network, i) for i in clash.lower if i < first and arrays.low[i] > 0.0]
    can = [_can(network, i) for i in clash.upper if i < first and np.isfinite(arrays.high[i])]
    carried = [_carries(network, i - first) for i in clash.upper if first <= i < links and np.isfinite(arrays.high[i])]
    return [*policies, *must, *can, *carried, *_bought(network, arrays, clash), *balances]


def _bought(network: Network, arrays: Arrays, clash: Clash) -> list[str]:
    piece = np.array([i for i in clash.upper if i >= arrays.pieces.start], np.int64)
    buyer = (piece - arrays.pieces.start) // arrays.n_pieces
    most = np.bincount(buyer, arrays.high[piece], arrays.n_demands)
    return [
        f"buyer {network.demands['demand'].iloc[j]}: takes at most {most[j]:,.6g} t at any price"
        for j in np.flatnonzero(most > 0.0)
    ]


def _must(network: Network, i: int) -> str:
    row = network.activities.iloc[i]
    return f"{row['activity']} (site {row['site']}): must make at least {row['minimum_t']:,.6g} t"


def _can(network: Network, i: int) -> str:
    row = network.activities.iloc[i]
    return f"{row['activity']} (site {row['site']}): can make at most {row['capacity_t']:,.6g} t"


def _carries(network: Network, i: int) -> str:
    row = network.links.iloc[i]
    return f"{row['link']}: carries at most {row['capacity_t']:,.6g} t ({row['decision']})"


def _elastic(arrays: Arrays) -> Vertex:
    """The least total by which balances and quotas must be broken; its prices are a Farkas certificate."""
    m, n = arrays.A.shape
    identity = sp.eye(m, format="csc")
    elastic = replace(
        arrays,
        A=sp.csc_matrix(sp.hstack([arrays.A, identity, -identity])),
        c=np.concatenate([np.zeros(n), np.ones(2 * m)]),
        low=np.concatenate([arrays.low, np.zeros(2 * m)]),
        high=np.concatenate([arrays.high, np.full(2 * m, np.inf)]),
    )
    return optimum(elastic)


def _broken(arrays: Arrays, vertex: Vertex) -> np.ndarray:
    """By how much each balance and quota is broken there, t: above zero where something is missing."""
    m, n = arrays.A.shape
    return np.asarray(vertex.x[n : n + m] - vertex.x[n + m :])


def _contradiction(network: Network, arrays: Arrays, vertex: Vertex) -> list[str]:
    """Everything with a dual, where no irreducible set is known."""
    broken = _broken(arrays, vertex)
    pull = arrays.A.T @ vertex.price
    lines = []
    for i in _largest(np.where(np.abs(vertex.price) > 1e-9, 1.0 + np.abs(broken), 0.0)):
        lines.append(_row_in_words(network, arrays, i, float(broken[i])))
    activities = network.activities
    minimum, capacity = (activities[c].to_numpy(float) for c in ("minimum_t", "capacity_t"))
    allowance = network.links["capacity_t"].to_numpy(float)
    made, carried = pull[arrays.activities], pull[arrays.links]
    lines += [_must(network, i) for i in _largest(np.where(made < -1e-9, minimum, 0.0))]
    lines += [_can(network, i) for i in _largest(np.where((made > 1e-9) & np.isfinite(capacity), capacity + 1.0, 0.0))]
    held = np.where((carried > 1e-9) & np.isfinite(allowance), allowance + 1.0, 0.0)
    return lines + [_carries(network, i) for i in _largest(held)]


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
