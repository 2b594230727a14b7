r"""The fewest stages of a cut by simulations: a secant on sharpness, the feed moved to where it belongs, then trimming.

With S and W given, the amounts of both products are given, so one impurity fixes the other: a cut has a single measure
of sharpness, the logarithm of its overall separation factor

.. math:: \Sigma = \ln \frac{x_{light}}{x_{heavy}}\Big|_{raffinate} + \ln \frac{y_{heavy}}{y_{light}}\Big|_{product}

which grows nearly straight with the number of stages (at total reflux exactly: Fenske). So a secant on it finds the
number of stages, the stage where the keys' ratio passes the feed's tells where the feed belongs, and at the end single
stages are taken away as long as the targets hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.feasibility import no_such_split, within_reach
from ytterby.separation.steady import SteadyState, settle
from ytterby.world.errors import SolveError

if TYPE_CHECKING:
    from ytterby.separation.cut_design import CutDesign

Array = NDArray[np.float64]

MOST_STAGES = 1500
MOST_ROUNDS = 60
ROUGH = 1e-8
"""Largest imbalance, of the feed, of the simulations on the way; the last one is solved to the usual 1e-10."""
SLIPPED = 1e-9
"""How far a purity's impurity may exceed its target, relatively."""
STALLED = 0.1
"""Gain of sharpness, of what stages bring on average, below which they were put in the wrong section."""
FEED_SHIFT = 0.5
"""Share of the way to where the feed belongs that it is moved in one round: the profile moves with it."""


@dataclass(frozen=True)
class _Trial:
    """One simulation of the search."""

    stages: tuple[int, int]
    state: SteadyState
    sharpness: float
    """Logarithm of the overall separation factor."""
    holds: bool
    feed_share: float
    """Share of the stages below the feed, were it to enter where the keys' ratio is its own."""

    @property
    def total(self) -> int:
        return sum(self.stages)


def _try(d: CutDesign, stages: tuple[int, int], last: _Trial | None) -> _Trial:
    """Simulate a design with other stages, from the last trial's profile."""
    guess = None if last is None else _resized(last.state.aqueous_fractions, last.stages, stages)
    tried = replace(d, extraction_stages=stages[0], scrub_stages=stages[1])
    cascade = tried.cascade
    if last is None:
        cascade.check(d.id)
    state = settle(cascade, tolerance=ROUGH, guess=guess, where=d.id)
    x, y, b = state.aqueous_fractions, state.organic_fractions[-1], d.boundary
    wrong_low, wrong_high = max(float(x[0, b:].sum()), 1e-300), max(float(y[:b].sum()), 1e-300)
    slack = 1 + SLIPPED
    holds = (
        wrong_low <= (1 - d.targets.raffinate_purity) * slack and wrong_high <= (1 - d.targets.organic_purity) * slack
    )
    sharpness = log(float(x[0, :b].sum()) / wrong_low) + log(float(y[b:].sum()) / wrong_high)
    below = int(np.count_nonzero(x[:, b] * d.feed[b - 1] < x[:, b - 1] * d.feed[b]))
    return _Trial(stages, state, sharpness, holds, below / sum(stages))


def fewest_stages(d: CutDesign, least: float) -> CutDesign:
    """The design with the fewest stages that hold its targets, from its own stages as a first guess.

    ``least``: S below which the targets have no answer, for the message. Raises SolveError where no number of stages
    up to MOST_STAGES is enough.
    """
    pa, pb = d.targets.organic_purity, d.targets.raffinate_purity
    goal = log(pa / (1 - pa)) + log(pb / (1 - pb))
    trial, before = _try(d, (d.extraction_stages, d.scrub_stages), None), None
    rounds = 1
    enough: _Trial | None = None
    failed: list[tuple[int, int]] = []
    while True:
        if trial.holds:
            enough = trial
        else:
            failed.append(trial.stages)
        short = max((sum(f) for f in failed), default=1)
        if enough is not None and enough.total - short <= 1:
            break
        total = _next_total(trial, before, goal, short, enough)
        if total > MOST_STAGES or rounds > MOST_ROUNDS:
            raise refused(d, least, trial)
        n = _feed_stage(trial, before, total)
        before, trial = trial, _try(d, (n, total - n), trial)
        rounds += 1
    return _trimmed(d, enough, failed, rounds)


def _feed_stage(trial: _Trial, before: _Trial | None, total: int) -> int:
    """Extraction stages out of ``total``: towards where the feed belongs; where that did not help, the other way."""
    n, m = trial.stages
    if before is not None and total > trial.total > before.total:
        expected = (trial.total - before.total) * trial.sharpness / trial.total
        if trial.sharpness - before.sharpness < STALLED * expected:
            more_scrub = m - before.stages[1] > n - before.stages[0]
            return n + (total - trial.total if more_scrub else 0)
    share = n / trial.total
    place = round(total * (share + FEED_SHIFT * (trial.feed_share - share)))
    return min(max(place, 1), total - 1)


def _next_total(trial: _Trial, before: _Trial | None, goal: float, short: int, enough: _Trial | None) -> int:
    """Stages to try next: a secant on the sharpness, kept between what is short and what is enough."""
    average = trial.sharpness / trial.total
    slope = average
    if before is not None and before.total != trial.total:
        slope = max((trial.sharpness - before.sharpness) / (trial.total - before.total), 0.3 * average)
    step = ceil((goal - trial.sharpness) / slope - 1e-9)
    total = trial.total + (min(step, -1) if trial.holds else max(step, 1))
    return max(min(total, enough.total - 1) if enough is not None else total, short + 1, 2)


def _trimmed(d: CutDesign, enough: _Trial, failed: list[tuple[int, int]], rounds: int) -> CutDesign:
    """Take stages away, in strides, while the targets hold; first from the section that the feed says has too many."""
    section = 1 if enough.feed_share > enough.stages[0] / enough.total else 0
    kept = 0
    while kept < 2:
        stride, taken = 1, False
        while True:
            n, m = enough.stages
            stages = (n - stride, m) if section == 0 else (n, m - stride)
            if min(stages) < 1 or stages in failed:
                holds = False
            else:
                trial = _try(d, stages, enough)
                rounds += 1
                holds = trial.holds
            if holds:
                enough, taken, stride = trial, True, 2 * stride
                continue
            failed.append(stages)
            if stride == 1:
                break
            stride = max(stride // 4, 1)
        kept = 1 if taken else kept + 1
        section = 1 - section
    n, m = enough.stages
    d = replace(d, extraction_stages=n, scrub_stages=m, rounds=rounds)
    return replace(d, simulated=settle(d.cascade, guess=enough.state.aqueous_fractions, where=d.id))


def refused(d: CutDesign, least: float, trial: _Trial | None = None) -> SolveError:
    """The error for a design whose targets no number of stages holds, with what can be had at its S."""
    flows = d.extraction_amount, d.scrub_amount
    if trial is None:
        reach = within_reach(d.alpha, d.feed, d.boundary, flows, d.phase, d.id)
    else:
        x, y = trial.state.aqueous_fractions[0], trial.state.organic_fractions[-1]
        reach = float(x[: d.boundary].sum()), float(y[d.boundary :].sum())
    return no_such_split(d.id, d.targets, (d.extraction_amount, least, d.least_extraction), reach)


def _resized(x: Array, old: tuple[int, int], new: tuple[int, int]) -> Array:
    """A guess for another length: in each section the flattest stages repeated or left out."""
    parts = []
    for block, length in ((x[: old[0]], new[0]), (x[old[0] :], new[1])):
        more = length - len(block)
        repeats = np.ones(len(block), dtype=int)
        flat = np.argsort(np.abs(np.diff(block, axis=0)).max(axis=1)) if len(block) > 2 else np.arange(len(block))
        if more >= 0:
            repeats[flat[0]] += more
        else:
            kept = np.concatenate([flat[-more:], [len(block) - 1]]) if len(block) > 2 else flat[-more:]
            repeats[:] = 0
            repeats[kept] = 1
        parts.append(np.repeat(block, repeats, axis=0))
    return np.vstack(parts)
