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
from scipy.linalg import lapack

from ytterby.separation.cascade import FeedPhase
from ytterby.world.errors import Fault, InputError, SolveError

Array = NDArray[np.float64]

COARSE = 7
"""Stages a segment keeps at least, when a long cascade is first solved short."""
MOST_ITERATIONS = 300
WARM_ITERATIONS = 25
LEAST_FRACTION = 1e-60


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
    total = sum(float(s.moles.sum()) for s in cascade.feeds)
    limit = tolerance * total
    if guess is not None:
        x, iterations, residual = _newton(cascade, guess, 1e4, limit, WARM_ITERATIONS)
        if residual <= limit:
            return SteadyState(cascade, x, iterations, residual)
    for shrink in (2.0, 1.4):
        x, iterations, residual = _multilevel(cascade, shrink, limit)
        if residual <= limit:
            return SteadyState(cascade, x, iterations, residual)
    raise SolveError(
        f"{where}: no steady state found to {tolerance:g} in {iterations} iterations "
        f"(imbalance {residual:.3g}); a cascade this long leaves the place of its fronts undetermined: "
        "take fewer stages, or flows further from the sharp split"
    )


def _multilevel(cascade: Cascade, shrink: float, limit: float) -> tuple[Array, int, float]:
    marks = sorted({s.stage for s in (*cascade.feeds, *cascade.draws)})
    ends = marks if marks[-1] == cascade.stages else [*marks, cascade.stages]
    lengths = [e - s for s, e in zip([0, *ends[:-1]], ends, strict=True)]
    levels = [lengths]
    while max(levels[-1]) > 2 * COARSE:
        levels.append([max(int(n / shrink), min(n, COARSE)) for n in levels[-1]])
    levels.reverse()
    total = cascade.inflow.sum(axis=0)
    x = np.tile(np.maximum(total / total.sum(), LEAST_FRACTION), (sum(levels[0]), 1))
    iterations, residual = 0, float("inf")
    for number, sizes in enumerate(levels):
        if number:
            x = _stretch(x, levels[number - 1], sizes)
        x, taken, residual = _newton(_resized(cascade, lengths, sizes), x, 1.0 if number == 0 else 1e3, limit)
        iterations += taken
    return x, iterations, residual


def _resized(cascade: Cascade, lengths: list[int], sizes: list[int]) -> Cascade:
    if lengths == sizes:
        return cascade
    place = dict(zip(np.cumsum(lengths).tolist(), np.cumsum(sizes).tolist(), strict=True))

    def moved(streams: tuple[Stream, ...]) -> tuple[Stream, ...]:
        return tuple(Stream(place[s.stage], s.phase, s.moles) for s in streams)

    return Cascade(
        cascade.alpha,
        sum(sizes),
        cascade.extraction_amount,
        cascade.scrub_amount,
        moved(cascade.feeds),
        moved(cascade.draws),
    )


def _stretch(x: Array, old: list[int], new: list[int]) -> Array:
    """Lengthen each segment by repeating the stage where its profile is flattest: fronts keep their width."""
    parts, start = [], 0
    for before, after in zip(old, new, strict=True):
        block = x[start : start + before]
        start += before
        repeats = np.ones(before, dtype=int)
        flattest = int(np.argmin(np.abs(np.diff(block, axis=0)).max(axis=1))) if before > 2 else before - 1
        repeats[flattest] += after - before
        parts.append(np.repeat(block, repeats, axis=0))
    return np.vstack(parts)


@dataclass(frozen=True)
class _Flows:
    """Flows from the organic exit on: in this order the balances have the narrower lower band."""

    organic: Array
    aqueous: Array
    organic_passed: Array
    aqueous_passed: Array
    inflow: Array

    @classmethod
    def of(cls, c: Cascade) -> _Flows:
        return cls(
            c.organic[::-1],
            c.aqueous[::-1],
            (c.organic - c.drawn("organic"))[::-1],
            (c.aqueous - c.drawn("aqueous"))[::-1],
            c.inflow[::-1],
        )

    def imbalance(self, alpha: Array, x: Array) -> tuple[Array, Array, Array]:
        """Inflow less outflow of each element at each stage, with sum(alpha x) and y."""
        sigma = x @ alpha
        y = alpha * x / sigma[:, None]
        r = self.inflow - self.organic[:, None] * y - self.aqueous[:, None] * x
        r[:-1] += self.organic_passed[1:, None] * y[1:]
        r[1:] += self.aqueous_passed[:-1, None] * x[:-1]
        return r, sigma, y


def _newton(
    cascade: Cascade, guess: Array, step: float, limit: float, most: int = MOST_ITERATIONS
) -> tuple[Array, int, float]:
    alpha, flows = cascade.alpha, _Flows.of(cascade)
    x = np.ascontiguousarray(guess[::-1])
    holdup = flows.organic + flows.aqueous
    r, sigma, y = flows.imbalance(alpha, x)
    residual = float(np.abs(r).max())
    for iteration in range(most):
        if residual <= limit:
            return x[::-1], iteration, residual
        change = banded_step(flows, alpha, (sigma, y), holdup / step, -r)
        if change is None:
            step /= 4
            continue
        moved = x + change
        new = np.maximum(np.where(moved > 0.1 * x, moved, 0.1 * x), LEAST_FRACTION)
        new /= new.sum(axis=1, keepdims=True)
        largest = float(np.abs(new - x).max())
        x = new
        r, sigma, y = flows.imbalance(alpha, x)
        residual = float(np.abs(r).max())
        if largest < 0.1:
            step = min(step * 9, 1e15)
        elif largest < 0.3:
            step *= 3
        elif largest > 0.6:
            step = max(step / 2, 1e-3)
    return x[::-1], most, residual


def banded_step(flows: _Flows, alpha: Array, state: tuple[Array, Array], storage: Array, right: Array) -> Array | None:
    """Solve ``(dr/dx - storage) dx = right`` for all stages at once; None where the system is singular.

    Rows and columns run stage by stage from the organic exit; the balance of a stage sees all elements of
    itself and
    of the stage below (through y) and its own element of the stage above (through x): lower band
    ``elements``,
    upper band ``2 elements - 1``.
    """
    sigma, y = state
    stages, elements = y.shape
    lower, upper = elements, 2 * elements - 1
    slope = -y[:, :, None] * (alpha / sigma[:, None])[:, None, :]
    each = np.arange(elements)
    slope[:, each, each] += alpha / sigma[:, None]
    inside = -flows.organic[:, None, None] * slope
    inside[:, each, each] -= (flows.aqueous + storage)[:, None]
    below = flows.organic_passed[1:, None, None] * slope[1:]
    band = np.zeros((2 * lower + upper + 1, stages, elements))
    top = lower + upper
    for column in range(elements):
        band[top - column : top - column + elements, :, column] = inside[:, :, column].T
        band[top - column - elements : top - column, 1:, column] = below[:, :, column].T
    band[top + elements, :-1, :] = flows.aqueous_passed[:-1, None]
    _, _, solved, info = lapack.dgbsv(lower, upper, band.reshape(len(band), -1), right.ravel(), overwrite_ab=1)
    return None if info != 0 or not np.all(np.isfinite(solved)) else np.asarray(solved.reshape(stages, elements))
