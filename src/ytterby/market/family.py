"""Many solves of one network with other numbers: arrays written once, each sample a model of its own.

Every sample starts from the baseline's basis and from nothing else, so its answer does not depend on which samples
came before it, and comes out the same in any order and on any number of processes. Within a sample the rounds of
refinement follow one another. Reported are what the optimum determines: welfare, prices where something trades
(by the rule of the point price), quantities bought. Levels and flows come on request, after the tie-break.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import highspy
import numpy as np
import scipy.sparse as sp

from ytterby.chain.network import Network
from ytterby.market.arrays import MONEY, Array, Arrays, written
from ytterby.market.clash import explained
from ytterby.market.demand_curve import DemandCurves, graded_prices, segments
from ytterby.market.gifts import SHARE, gifts, nudged
from ytterby.market.inputs import checked
from ytterby.market.refine import between, bought, first_cut, pieces, refined
from ytterby.market.session import Session
from ytterby.market.simplex import InfeasibleError, UnboundedError, Vertex, given, optimum
from ytterby.market.tiebreak import plan as plan_of
from ytterby.world.errors import Fault, InputError

NEAR_STEP = 0.02
"""Relative width of the pieces at the baseline's prices, from which a sample starts."""


@dataclass(frozen=True)
class Sample:
    """Numbers that replace the network's, in the row order of ``Family.network``'s tables; None keeps the
    baseline's."""

    activity_cost_usd_per_t: Array | None = None
    activity_capacity_t: Array | None = None
    activity_minimum_t: Array | None = None
    link_cost_usd_per_t: Array | None = None
    link_duty_usd_per_t: Array | None = None
    link_capacity_t: Array | None = None
    coefficient: Array | None = None
    """Recipe coefficients, in the order of ``network.recipes``."""
    reference_t: Array | None = None
    reference_usd_per_t: Array | None = None
    elasticity: Array | None = None
    choke_usd_per_t: Array | None = None
    limit_t: Array | None = None
    """Quota limits, in the order of ``network.quotas``."""


@dataclass(frozen=True)
class Solved:
    """What one sample's optimum determines."""

    welfare_usd: float
    """Objective: worth of what is bought less cost and duties, on the true curves, USD."""
    price_usd_per_t: Array
    """Point price at every node (N,); NaN where nothing trades."""
    bought_t: Array
    """Quantity of every buyer (J,)."""
    rounds: int
    level_t: Array | None = None
    """Activity levels after the tie-break (A,), if asked for."""
    flow_t: Array | None = None
    """Link flows after the tie-break (L,), if asked for."""


class Family:
    """A baseline, solved once, from which samples are solved fast."""

    def __init__(self, network: Network, *, tolerance: float = 1e-3) -> None:
        self.network = checked(network)
        self.tolerance = tolerance
        self._curves = DemandCurves.of(self.network.demands)
        position = {key: i for i, key in enumerate(self.network.nodes["node"])}
        self._buyers = np.fromiter((position[n] for n in self.network.demands["node"]), np.int64)
        self._rho_at = self._recipe_positions(position)
        self._arrays = written(self.network, first_cut(self._curves, tolerance))
        self._gift = gifts(self.network, self._arrays, SHARE * tolerance)
        base = refined(self._arrays, self._curves, self._buyers, self._gift, Session(), tolerance)
        price = base.vertex.price[self._buyers] * MONEY
        self._centre = between(self._curves, bought(base.arrays, base.vertex.x), price)
        self._near = self._cut(self._curves)
        self._arrays = self._arrays.with_utility(segments(self._curves, self._near))
        self._basis = optimum(nudged(self._arrays, self._gift), base.vertex.basis).basis

    def solve(self, sample: Sample | None = None, *, plan: bool = False, cold: bool = False) -> Solved:
        """Solve one sample; ``plan`` adds levels and flows; ``cold`` starts without the basis (the same answer,
        slower).

        Raises InputError where a sample's minimum is above its capacity, SolveError that names what clashes.
        """
        sample = sample or Sample()
        curves = self._curves_of(sample)
        known = curves.choke_usd_per_t is self._curves.choke_usd_per_t and sample.reference_usd_per_t is None
        near = self._near if known else self._cut(curves)
        arrays = self._arrays_of(sample).with_utility(segments(curves, near))
        start = None if cold else self._start
        gift = self._gift
        session = Session(start)
        try:
            found = refined(
                arrays,
                curves,
                self._buyers,
                gift,
                session,
                self.tolerance,
                centre=np.clip(self._centre, curves.saturation_usd_per_t, curves.choke_usd_per_t),
                step=NEAR_STEP,
                whole=plan,
            )
        except (InfeasibleError, UnboundedError) as clash:
            raise explained(self.network, arrays, clash) from None
        return self._read(found.arrays, curves, found.vertex, found.rounds, plan)

    def run(self, samples: Iterable[Sample], *, plan: bool = False) -> Iterator[Solved]:
        """Solve samples one by one; any order, any split over processes gives the same answers."""
        for sample in samples:
            yield self.solve(sample, plan=plan)

    def _read(self, arrays: Arrays, curves: DemandCurves, vertex: Vertex, rounds: int, plan: bool) -> Solved:
        levels = plan_of(arrays, vertex)[0] if plan else vertex.x
        quantity = bought(arrays, levels)
        passing = (abs(arrays.A) @ vertex.x)[: arrays.n_nodes]
        others = slice(0, arrays.n_activities + arrays.n_links)
        cost = MONEY * float(arrays.c[others] @ vertex.x[others])
        return Solved(
            welfare_usd=float(np.sum(curves.utility(bought(arrays, vertex.x)))) - cost,
            price_usd_per_t=np.where(passing > 1e-5, MONEY * vertex.price[: arrays.n_nodes], np.nan),
            bought_t=quantity,
            rounds=rounds,
            level_t=levels[arrays.activities] if plan else None,
            flow_t=levels[arrays.links] if plan else None,
        )

    def _curves_of(self, sample: Sample) -> DemandCurves:
        given = {
            "reference_t": sample.reference_t,
            "reference_usd_per_t": sample.reference_usd_per_t,
            "elasticity": sample.elasticity,
            "choke_usd_per_t": sample.choke_usd_per_t,
        }
        base = self._curves
        changed = {name: np.asarray(value, float) for name, value in given.items() if value is not None}
        if "reference_usd_per_t" in changed:
            share = base.saturation_usd_per_t / base.reference_usd_per_t
            changed["saturation_usd_per_t"] = share * changed["reference_usd_per_t"]
        return replace(base, **changed) if changed else base

    def _arrays_of(self, sample: Sample) -> Arrays:
        base = self._arrays
        c, low, high = base.c.copy(), base.low.copy(), base.high.copy()
        row_low, row_high, A = base.row_low.copy(), base.row_high.copy(), base.A
        if sample.activity_cost_usd_per_t is not None:
            c[base.activities] = sample.activity_cost_usd_per_t / MONEY
        if sample.link_cost_usd_per_t is not None or sample.link_duty_usd_per_t is not None:
            links = self.network.links
            freight = (
                links["cost_usd_per_t"].to_numpy(float)
                if sample.link_cost_usd_per_t is None
                else sample.link_cost_usd_per_t
            )
            duty = (
                links["duty_usd_per_t"].to_numpy(float)
                if sample.link_duty_usd_per_t is None
                else sample.link_duty_usd_per_t
            )
            c[base.links] = (freight + duty) / MONEY
        if sample.activity_capacity_t is not None:
            high[base.activities] = sample.activity_capacity_t
        if sample.activity_minimum_t is not None:
            low[base.activities] = sample.activity_minimum_t
        if sample.link_capacity_t is not None:
            high[base.links] = sample.link_capacity_t
        self._within(low[base.activities], high[base.activities])
        if sample.limit_t is not None:
            quotas = slice(base.n_nodes, len(row_low))
            row_low[quotas] = np.where(np.isfinite(row_low[quotas]), sample.limit_t, row_low[quotas])
            row_high[quotas] = np.where(np.isfinite(row_high[quotas]), sample.limit_t, row_high[quotas])
        if sample.coefficient is not None:
            A = sp.csc_matrix(base.A.copy())
            A.data[self._rho_data] = sample.coefficient
        return replace(base, A=A, c=c, low=low, high=high, row_low=row_low, row_high=row_high)

    def _within(self, minimum: Array, capacity: Array) -> None:
        over = np.flatnonzero(minimum > capacity)
        if len(over):
            keys = self.network.activities["activity"]
            faults = [
                Fault(f"sample, minimum_t of {keys[i]}", f"{minimum[i]:g}", f"at most its capacity, {capacity[i]:g} t")
                for i in over
            ]
            raise InputError("a sample does not hold together", faults)

    @cached_property
    def _start(self) -> highspy.HighsBasis:
        """The baseline's basis, as the solver takes it."""
        return given(self._basis)

    def __getstate__(self) -> dict[str, object]:
        """What another process needs: everything but the solver's own object."""
        return {k: v for k, v in vars(self).items() if k != "_start"}

    def _recipe_positions(self, position: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
        recipes = self.network.recipes
        activity = {key: i for i, key in enumerate(self.network.activities["activity"])}
        rows = np.fromiter((position[n] for n in recipes["node"]), np.int64)
        return rows, np.fromiter((activity[a] for a in recipes["activity"]), np.int64)

    @cached_property
    def _rho_data(self) -> np.ndarray:
        """Where each recipe coefficient stands in the data of A (columns sorted by row)."""
        rows, columns = self._rho_at
        A = self._arrays.A
        m = A.shape[0]
        keys = np.repeat(np.arange(A.shape[1], dtype=np.int64), np.diff(A.indptr)) * m + A.indices
        return np.asarray(np.searchsorted(keys, columns * m + rows))

    def _cut(self, curves: DemandCurves) -> Array:
        """Prices at which curves are cut, close by the baseline's."""
        return graded_prices(curves, self._centre, np.full(len(self._centre), NEAR_STEP), pieces(self.tolerance))
