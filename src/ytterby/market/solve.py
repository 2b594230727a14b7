"""From a network to its certified equilibrium: check, build, solve, refine, pick one answer, account, certify."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib.metadata import version
from typing import Literal

import numpy as np

from ytterby.chain.network import Network
from ytterby.market.accounts import outcome_of
from ytterby.market.arrays import written
from ytterby.market.clash import explained
from ytterby.market.demand_curve import DemandCurves, graded_prices, segments
from ytterby.market.floors import with_floors
from ytterby.market.gifts import SHARE, gifts
from ytterby.market.inputs import checked
from ytterby.market.intervals import price_intervals
from ytterby.market.outcome import Outcome
from ytterby.market.refine import FIRST_STEP, first_cut, pieces, refined
from ytterby.market.session import Session
from ytterby.market.simplex import InfeasibleError, UnboundedError
from ytterby.market.start import NEAR_STEP, start_from
from ytterby.market.tiebreak import plan

Pairs = Collection[tuple[str, str]] | Literal["sold", "all", "none"]
"""Which prices get an interval, where they trade: (commodity, place) pairs, what final buyers or observed prices
name, all, none."""


def equilibrium(
    network: Network,
    *,
    tolerance: float = 1e-3,
    intervals: Pairs = "all",
    progress: Callable[[float, str], None] | None = None,
    start: Outcome | None = None,
) -> Outcome:
    """Solve one network and return its certified outcome.

    ``tolerance`` is the largest relative difference that linear demand pieces may leave in a price. ``start`` is the
    outcome of a network with largely the same keys, from which the solve begins: quicker, and the same answer.
    Raises InputError for a network that does not hold together, SolveError naming what clashes,
    CertificateError when the answer fails its own check.
    """
    if len(network.price_floors):
        return with_floors(
            network,
            lambda floored, before: equilibrium(
                floored, tolerance=tolerance, intervals=intervals, progress=progress, start=before
            ),
            start,
        )
    tell = progress or (lambda _done, _remark: None)
    network = checked(network)
    curves = DemandCurves.of(network.demands)
    tell(0.1, "building")
    arrays = written(network, first_cut(curves, tolerance))
    buyers = row_of(network, network.demands["node"])
    begin = start_from(start, network, arrays, curves, tolerance) if start is not None else None
    if begin is not None:
        near = graded_prices(curves, begin.centre, np.full(len(buyers), NEAR_STEP), pieces(tolerance))
        arrays = arrays.with_utility(segments(curves, near))
    tell(0.3, "solving")
    gift = gifts(network, arrays, SHARE * tolerance)
    try:
        found = refined(
            arrays,
            curves,
            buyers,
            gift,
            Session(begin.basis if begin else None),
            tolerance,
            centre=begin.centre if begin else None,
            step=NEAR_STEP if begin else FIRST_STEP,
        )
    except (InfeasibleError, UnboundedError) as clash:
        raise explained(network, arrays, clash) from None
    vertex = found.vertex
    tell(0.7, "choosing among equal answers")
    levels, unique = plan(found.arrays, vertex)
    tell(0.8, "price intervals")
    passing = abs(found.arrays.A) @ levels
    asked = np.array([n for n in _asked(network, intervals) if passing[n] > 0.0], np.int64)
    low, high = price_intervals(found.arrays, vertex, asked)
    tell(0.9, "certificate")
    meta = {
        "year": network.year,
        "label": network.label,
        "tolerance": tolerance,
        "rounds": found.rounds,
        "price_error": found.price_error,
        "plan": "least use among the optimal" if unique else "a vertex: the tie-break did not converge",
        "columns": len(found.arrays.c),
        "rows": found.arrays.A.shape[0],
        "notes": [*network.notes, *_unsettled(found.price_error, tolerance)],
        "versions": {name: version(name) for name in ("ytterby", "linopy", "highspy", "numpy", "scipy", "pandas")},
    }
    outcome = outcome_of(network, found.arrays, vertex, levels, asked, low, high, meta)
    outcome.certificate.demand()
    return outcome


def _unsettled(price_error: float, tolerance: float) -> list[str]:
    if price_error <= tolerance:
        return []
    return [f"Demand pieces still show in a price by {price_error:.2%}; {tolerance:.2%} was asked for."]


def row_of(network: Network, nodes: object) -> np.ndarray:
    """Row number of each node key."""
    position = {key: i for i, key in enumerate(network.nodes["node"])}
    return np.fromiter((position[n] for n in nodes), np.int64)  # type: ignore[attr-defined]


def _asked(network: Network, intervals: Pairs) -> np.ndarray:
    nodes = network.nodes
    if intervals == "none":
        return np.zeros(0, np.int64)
    if intervals == "all":
        return np.arange(len(nodes))
    pair = list(zip(nodes["commodity"], nodes["place"], strict=True))
    if intervals == "sold":
        observed = network.observed_prices
        wanted = set(zip(observed["commodity"], observed["place"], strict=True))
        bought = set(network.demands["node"])
        return np.flatnonzero([n in bought or p in wanted for n, p in zip(nodes["node"], pair, strict=True)])
    wanted = set(intervals)
    return np.flatnonzero([p in wanted for p in pair])
