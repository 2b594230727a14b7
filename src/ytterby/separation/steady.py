r"""Rigorous steady state of a multi-component counter-current exchange cascade.

Stages are numbered from the raffinate end, where the saponified organic enters: 1 .. n extract, the feed
enters
stage n, n + 1 .. n + m scrub, and the loaded organic leaves stage n + m. With x and y the mole fractions
of the
rare earths in the aqueous and the organic phase that leave a stage, A and O their flows,

.. math::
    O_{k-1} y_{i,k-1} + A_{k+1} x_{i,k+1} + F_{i,k} = O_k y_{i,k} + A_k x_{i,k},\qquad
    y_{i,k} = \frac{\alpha_i x_{i,k}}{\sum_j \alpha_j x_{j,k}}

The organic's rare-earth loading is constant (it exchanges, it does not load), so the flows follow from S,
W and the
feeds alone: constant molar overflow. Newton's method on all balances at once, the banded system factored
by LAPACK,
with implicit time steps that grow as the answer nears (pseudo-transient continuation: every iterate is a
state that
the cascade could have, so it also finds the impure steady state below the minimum reflux). Long cascades
start from
the answer of one half as long, stretched where it is flat.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.cascade import FeedPhase
from ytterby.separation.newton import multilevel, newton, sharp_guess
from ytterby.world.errors import Fault, InputError, SolveError

Array = NDArray[np.float64]

FIRST_STEP = 1e8
"""Residence times of the first implicit step from a good guess: nearly Newton's own."""
SHORT = 80
"""Stages up to which a cascade is solved from the sharp split at once; fronts of longer ones would have far to move."""
WARM_ITERATIONS = 25
"""Iterations after which a guess is given up and the cascade solved from short to long."""


@dataclass(frozen=True)
class Stream:
    """A feed into or a draw from one stage."""

    stage: int
    """Counted from 1 at the raffinate end."""
    phase: FeedPhase
    moles: Array
    """Feed: mol of each element; draw: an array of one, the total."""


@dataclass(frozen=True)
class Cascade:
    """A cascade to be solved; flows in mol RE per unit time."""

    alpha: Array
    """Extractabilities, any order, relative to any element; shape (elements,)."""
    stages: int
    """n + m."""
    extraction_amount: float
    """S: rare earth in the organic that leaves stage 1."""
    scrub_amount: float
    """W: rare earth in the aqueous phase that leaves the last stage."""
    feeds: tuple[Stream, ...]
    draws: tuple[Stream, ...] = ()

    @classmethod
    def of_sections(
        cls,
        alpha: Array,
        feed: Array,
        stages: tuple[int, int],
        flows: tuple[float, float],
        phase: FeedPhase = "aqueous",
    ) -> Cascade:
        """The usual cascade: ``stages`` are (extraction n, scrub m), ``flows`` (S, W), one feed at stage
        n."""
        n, m = stages
        return cls(alpha, n + m, *flows, feeds=(Stream(n, phase, feed),))

    @cached_property
    def organic(self) -> Array:
        """O: rare earth in the organic that leaves each stage, before draws."""
        out = np.full(self.stages, float(self.extraction_amount))
        for s in self.feeds:
            if s.phase == "organic":
                out[s.stage - 1 :] += s.moles.sum()
        for s in self.draws:
            if s.phase == "organic":
                out[s.stage :] -= s.moles.sum()
        out[-1] -= self.scrub_amount
        return out

    @cached_property
    def aqueous(self) -> Array:
        """A: rare earth in the aqueous phase that leaves each stage, before draws."""
        out = np.full(self.stages, float(self.scrub_amount))
        for s in self.feeds:
            if s.phase == "aqueous":
                out[: s.stage] += s.moles.sum()
        for s in self.draws:
            if s.phase == "aqueous":
                out[: s.stage - 1] -= s.moles.sum()
        out[0] -= self.extraction_amount
        return out

    def drawn(self, phase: FeedPhase) -> Array:
        """Side draws of one phase by stage."""
        out = np.zeros(self.stages)
        for s in self.draws:
            if s.phase == phase:
                out[s.stage - 1] += s.moles.sum()
        return out

    @cached_property
    def inflow(self) -> Array:
        """Feeds by stage and element; shape (stages, elements)."""
        out = np.zeros((self.stages, len(self.alpha)))
        for s in self.feeds:
            out[s.stage - 1] += s.moles
        return out

    def check(self, where: str = "cascade") -> None:
        """Raise InputError with every flow, stage or factor that cannot be, and what would do."""
        faults = []
        if np.any(~np.isfinite(self.alpha)) or np.any(self.alpha <= 0):
            faults.append(Fault(f"{where}: alpha", str(self.alpha.tolist()), "positive extractabilities"))
        for s in (*self.feeds, *self.draws):
            if not 1 <= s.stage <= self.stages:
                faults.append(Fault(f"{where}: stage", str(s.stage), f"1 to {self.stages}"))
            if np.any(s.moles < 0) or not np.all(np.isfinite(s.moles)):
                faults.append(Fault(f"{where}: stream at stage {s.stage}", str(s.moles.tolist()), "zero or more"))
        if self.stages < 2:
            faults.append(Fault(f"{where}: stages", str(self.stages), "two or more"))
        if not faults:
            product, raffinate = float(self.organic[-1]), float(self.aqueous[0])
            total = sum(float(s.moles.sum()) for s in self.feeds)
            if product <= 0 or raffinate <= 0:
                faults.append(
                    Fault(
                        f"{where}: S, W",
                        f"{self.extraction_amount:g}, {self.scrub_amount:g}: organic product {product:.4g}, "
                        f"raffinate {raffinate:.4g}",
                        f"flows that leave both products between 0 and the {total:g} mol fed",
                    )
                )
            elif min(self.organic.min(), self.aqueous.min(), self.scrub_amount, self.extraction_amount) < 0:
                faults.append(Fault(f"{where}: flows", "a negative flow", "smaller draws or more S and W"))
        if faults:
            raise InputError("cascade cannot run", faults)


@dataclass(frozen=True)
class SteadyState:
    """A solved cascade; stages from the raffinate end, elements in the cascade's order."""

    cascade: Cascade
    aqueous_fractions: Array
    """x; shape (stages, elements)."""
    iterations: int
    residual: float
    """Largest element imbalance of any stage, mol per unit time."""

    @cached_property
    def organic_fractions(self) -> Array:
        """y; shape (stages, elements)."""
        weighted = self.cascade.alpha * self.aqueous_fractions
        return np.asarray(weighted / weighted.sum(axis=1, keepdims=True))

    @property
    def raffinate(self) -> Array:
        """Element flows in the raffinate."""
        return np.asarray(self.cascade.aqueous[0] * self.aqueous_fractions[0])

    @property
    def organic_product(self) -> Array:
        """Element flows in the organic product."""
        return np.asarray(self.cascade.organic[-1] * self.organic_fractions[-1])


def solve_cascade(
    cascade: Cascade, *, tolerance: float = 1e-10, guess: Array | None = None, where: str = "cascade"
) -> SteadyState:
    """Steady state of a cascade; see the module for the equations.

    ``guess``: aqueous fractions of a like cascade, shape (stages, elements): a warm start. ``tolerance``:
    largest
    element imbalance of a stage relative to the total feed. Raises InputError for impossible flows,
    SolveError
    where the iteration does not settle.
    """
    cascade.check(where)
    return settle(cascade, tolerance=tolerance, guess=guess, where=where)


def settle(
    cascade: Cascade, *, tolerance: float = 1e-10, guess: Array | None = None, where: str = "cascade"
) -> SteadyState:
    """:func:`solve_cascade` for a cascade that is known to be sound."""
    total = sum(float(s.moles.sum()) for s in cascade.feeds)
    limit = tolerance * total
    if guess is not None:
        x, iterations, residual = newton(cascade, guess, FIRST_STEP, limit, WARM_ITERATIONS)
        if residual <= limit:
            return SteadyState(cascade, x, iterations, residual)
    if cascade.stages <= SHORT:
        x, iterations, residual = newton(cascade, sharp_guess(cascade), FIRST_STEP, limit, WARM_ITERATIONS)
        if residual <= limit:
            return SteadyState(cascade, x, iterations, residual)
    for shrink in (2.0, 1.4, 1.2):
        x, iterations, residual = multilevel(cascade, shrink, limit)
        if residual <= limit:
            return SteadyState(cascade, x, iterations, residual)
    raise SolveError(
        f"{where}: no steady state found to {tolerance:g} in {iterations} iterations "
        f"(imbalance {residual:.3g}); a cascade this long leaves the place of its fronts undetermined: "
        "take fewer stages, or flows further from the sharp split"
    )
