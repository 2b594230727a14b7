r"""How a cascade comes to rest: inventory, start-up, time to steady state.

Both phases hold rare earth for a residence time tau in each stage, so

.. math::
    \tau \frac{d}{dt}\left(A_k x_{i,k} + O_k y_{i,k}\right) =
    O_{k-1} y_{i,k-1} + A_{k+1} x_{i,k+1} + F_{i,k} - O_k y_{i,k} - A_k x_{i,k}

with y in equilibrium with x. Implicit Euler on the banded balances; steps grow while little changes. Time is counted
in residence times of one stage. At constant draws the major product settles in some hundred; a minor product can take
ten thousand and more, because a draw that differs from the feed by one part in a thousand moves the front no faster.
Plants do not wait: they watch the composition inside and draw less of the product whose elements are still missing.
That is the controlled start-up, where with H the extracted group's holdup and H* that of the steady state

.. math:: P(t) = P^* + \frac{H(t) - H^*}{T},\qquad W(t) = S - P(t)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.separation.newton import Flows, banded_step
from ytterby.separation.steady import Cascade
from ytterby.world.errors import SolveError

Array = NDArray[np.float64]

MOST_STEPS = 4000
INNER = 12
ACCURACY = 1e-10
LARGEST_CHANGE = 0.02
"""Mole fraction that any stage may move in one step before the step is shortened."""
LARGEST_TURN = 0.9
"""Share of a product's draw that control may withhold."""
PRODUCT_WEIGHT = 0.5
"""A product's impurity may change by LARGEST_CHANGE over this weight, as a logarithm, in one step."""


@dataclass(frozen=True)
class StartUp:
    """A simulated start-up; times in residence times of one stage."""

    times: Array
    raffinate_impurity: Array
    """Mole fraction of the extracted group in the raffinate at each time."""
    organic_impurity: Array
    """Mole fraction of the raffinate's group in the organic product at each time."""
    inventory: float
    """Rare earth held in all stages, mol per mol of feed and residence time: flows of both phases summed."""

    def settling_time(self, product: str, final: float, within: float = 0.1) -> float:
        """Time from which a product's impurity is no more than a share above its final value.

        ``product``: ``raffinate`` or ``organic``; ``final``: its impurity at steady state. Infinite where the
        simulated span ended before.
        """
        series = self.raffinate_impurity if product == "raffinate" else self.organic_impurity
        outside = np.flatnonzero(series > (1 + within) * final)
        if not len(outside):
            return 0.0
        return float("inf") if outside[-1] + 1 >= len(series) else float(self.times[outside[-1] + 1])

    def table(self) -> pd.DataFrame:
        """Time, impurity of both products."""
        return pd.DataFrame(
            {
                "time": self.times,
                "raffinate_impurity": self.raffinate_impurity,
                "organic_impurity": self.organic_impurity,
            }
        )


def start_up(
    cascade: Cascade,
    boundary: int,
    span: float,
    *,
    start: Array | None = None,
    total_reflux: float = 0.0,
    target: Array | None = None,
    largest_change: float = LARGEST_CHANGE,
) -> StartUp:
    """Run a cascade from its first fill for ``span`` residence times.

    ``boundary``: first element of the organic product's group. ``start``: aqueous fractions by stage,
    default the feed
    everywhere. ``total_reflux``: residence times that the closed cascade turns over, without feed and products, before
    drawing begins. ``target``: aqueous fractions of the steady state, shape (stages, elements): the draw is then
    controlled towards its holdup; without it draws are constant. Raises SolveError where a step cannot be made.
    """
    cascade.check()
    fed = cascade.inflow.sum(axis=0)
    x = np.tile(fed / fed.sum(), (cascade.stages, 1)) if start is None else start
    if total_reflux > 0:
        x, *_ = _march(_closed(cascade), cascade.alpha, x, boundary, span=total_reflux, largest_change=largest_change)
    flows = Flows.of(cascade)
    control = None if target is None else _Control.towards(cascade, boundary, target)
    _, times, light, heavy = _march(
        flows, cascade.alpha, x, boundary, span=span, largest_change=largest_change, control=control
    )
    return StartUp(times, light, heavy, float(sum(h.sum() for h in _held(flows))))


@dataclass(frozen=True)
class _Control:
    """Draws that bring the extracted group's holdup to that of the steady state."""

    cascade: Cascade
    boundary: int
    held: tuple[Array, Array]
    wanted: float
    time: float

    @classmethod
    def towards(cls, cascade: Cascade, boundary: int, target: Array) -> _Control:
        """Control with the lock-up time as its time constant."""
        held = _held(Flows.of(cascade))
        lock_up = float(sum(h.sum() for h in held)) / float(cascade.inflow.sum())
        plan = cls(cascade, boundary, held, 0.0, lock_up)
        return replace(plan, wanted=plan.holdup(np.ascontiguousarray(target[::-1])))

    def holdup(self, x: Array) -> float:
        """Extracted group in all stages; ``x`` from the organic exit on."""
        y = self.cascade.alpha * x / (x @ self.cascade.alpha)[:, None]
        aqueous, organic = self.held
        return float(aqueous @ x[:, self.boundary :].sum(axis=1) + organic @ y[:, self.boundary :].sum(axis=1))

    def flows(self, x: Array) -> Flows:
        """Flows with the product drawn as the holdup asks."""
        product, raffinate = float(self.cascade.organic[-1]), float(self.cascade.aqueous[0])
        more = (self.holdup(x) - self.wanted) / self.time
        more = min(max(more, -LARGEST_TURN * product), LARGEST_TURN * raffinate)
        return Flows.of(replace(self.cascade, scrub_amount=max(self.cascade.scrub_amount - more, 0.0)))


def _closed(cascade: Cascade) -> Flows:
    """Total reflux: every stage passes S both ways, nothing enters or leaves."""
    flow = np.full(cascade.stages, float(cascade.extraction_amount))
    organic, aqueous = flow.copy(), flow.copy()
    organic[0] = aqueous[-1] = 0.0
    return Flows(organic, aqueous, organic, aqueous, np.zeros_like(cascade.inflow))


def _held(flows: Flows) -> tuple[Array, Array]:
    """Rare earth that each stage's phases hold for one residence time.

    The end stages hold as much as their neighbours: what leaves them as a product is less than what passes
    through.
    """
    aqueous, organic = flows.aqueous.copy(), flows.organic.copy()
    aqueous[-1], organic[0] = aqueous[-2], organic[1]
    return aqueous, organic


def _march(
    flows: Flows,
    alpha: Array,
    start: Array,
    boundary: int,
    *,
    span: float,
    largest_change: float,
    control: _Control | None = None,
) -> tuple[Array, Array, Array, Array]:
    x = np.ascontiguousarray(start[::-1])
    hold_a, hold_o = _held(flows)
    time, step = 0.0, 0.5
    times, light, heavy = [], [], []

    def record() -> None:
        y = alpha * x / (x @ alpha)[:, None]
        times.append(time)
        light.append(float(x[-1, boundary:].sum()))
        heavy.append(float(y[0, :boundary].sum()))

    record()
    for _ in range(MOST_STEPS):
        if time >= span:
            break
        step = min(step, span - time, span / 50)
        if control is not None:
            flows, step = control.flows(x), min(step, control.time / 5)
        moved = _implicit(flows, alpha, x, (hold_a / step, hold_o / step))
        if moved is None:
            step /= 4
            if step < 1e-6:
                raise SolveError(f"start-up: no step can be made at {time:.4g} residence times; give another start")
            continue
        change = max(float(np.abs(moved - x).max()), PRODUCT_WEIGHT * _product_shift(alpha, x, moved, boundary))
        if change > 3 * largest_change and step > 1e-3:
            step /= 2
            continue
        x, time = moved, time + step
        record()
        step *= 1.6 if change < 0.3 * largest_change else 1.15 if change < largest_change else 0.8
    return x[::-1], np.array(times), np.array(light), np.array(heavy)


def _product_shift(alpha: Array, old: Array, new: Array, boundary: int) -> float:
    """Largest change of the logarithm of either product's impurity."""
    shifts = []
    for before, after, wrong in (
        (old[-1], new[-1], slice(boundary, None)),
        (old[0] * alpha, new[0] * alpha, slice(None, boundary)),
    ):
        a, b = before[wrong].sum() / before.sum(), after[wrong].sum() / after.sum()
        shifts.append(abs(float(np.log(b / a))))
    return max(shifts)


def _implicit(flows: Flows, alpha: Array, old: Array, storage: tuple[Array, Array]) -> Array | None:
    """One implicit Euler step; None where Newton does not settle."""
    store_a, store_o = storage
    old_y = alpha * old / (old @ alpha)[:, None]
    stored = Flows(
        flows.organic + store_o,
        flows.aqueous,
        flows.organic_passed,
        flows.aqueous_passed,
        flows.inflow + store_o[:, None] * old_y + store_a[:, None] * old,
    )
    x = old
    for _ in range(INNER):
        r, sigma, y = stored.imbalance(alpha, x)
        r -= store_a[:, None] * x
        change = banded_step(stored, alpha, (sigma, y), store_a, -r)
        if change is None:
            return None
        moved = x + change
        x = np.maximum(np.where(moved > 0.05 * x, moved, 0.05 * x), 1e-60)
        if float(np.abs(change).max()) < ACCURACY:
            return x
    return None
