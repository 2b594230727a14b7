r"""Design of one cascade: the fewest stages that hold purity and recovery targets, confirmed by simulation.

With S and W given, the amounts of both products are given, so one impurity fixes the other: a cut has a single measure
of sharpness, the logarithm of its overall separation factor

.. math:: \Sigma = \ln \frac{x_{light}}{x_{heavy}}\Big|_{raffinate} + \ln \frac{y_{heavy}}{y_{light}}\Big|_{product}

which grows nearly straight with the number of stages (at total reflux exactly: Fenske). So a secant on it finds the
number of stages, the stage where the keys' ratio passes the feed's tells where the feed belongs, and at the end single
stages are taken away as long as the targets hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, isfinite, log

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.cascade import (
    KEY_RECOVERY,
    CutTargets,
    FeedPhase,
    check_beta,
    check_purities,
    fenske_stages,
    gilliland_stages,
)
from ytterby.separation.feasibility import least_for_targets, no_such_split, split_product, within_reach
from ytterby.separation.steady import Cascade, SteadyState, settle, solve_cascade
from ytterby.world.errors import Fault, InputError, SolveError

Array = NDArray[np.float64]

MOST_STAGES = 1500
MOST_ROUNDS = 60
BELOW = 0.98
"""Share of the least S under which a design is refused without a trial: Underwood's minimum is exact but for traces."""
SLIPPED = 1e-9
"""How far a purity's impurity may exceed its target, relatively."""
FEED_SHIFT = 0.5
"""Share of the way to where the feed belongs that it is moved in one round: the profile moves with it."""


@dataclass(frozen=True)
class CutDesign:
    """A designed cascade; flows in mol RE per mol RE fed to this cut."""

    id: str
    elements: tuple[str, ...]
    alpha: Array
    feed: Array
    """Mole fractions of the cut's feed."""
    boundary: int
    """First element, in order, that belongs to the organic product."""
    targets: CutTargets
    least_extraction: float
    extraction_amount: float
    scrub_amount: float
    extraction_stages: int
    """n, theoretical."""
    scrub_stages: int
    """m, theoretical."""
    simulated: SteadyState | None
    """The simulation that confirmed the design; None for a shortcut design."""
    rounds: int
    """Simulations that it took."""
    phase: FeedPhase = "aqueous"
    """Phase that the feed enters with."""

    @property
    def cascade(self) -> Cascade:
        """The cascade as designed, for a feed of one mol."""
        stages, flows = (self.extraction_stages, self.scrub_stages), (self.extraction_amount, self.scrub_amount)
        return Cascade.of_sections(self.alpha, self.feed, stages, flows, self.phase)

    @property
    def product(self) -> float:
        """Moles of organic product per mol of feed."""
        return self.extraction_amount - self.scrub_amount + (1.0 if self.phase == "organic" else 0.0)

    @property
    def purities(self) -> tuple[float, float]:
        """Purity of raffinate and organic product as simulated; NaN without a simulation."""
        if self.simulated is None:
            return float("nan"), float("nan")
        light = self.simulated.aqueous_fractions[0, : self.boundary].sum()
        heavy = self.simulated.organic_fractions[-1, self.boundary :].sum()
        return float(light), float(heavy)

    @property
    def holdup(self) -> float:
        """Rare earth held in the cascade per residence time and per mol of feed: sum of both phases' flows."""
        n, m, s, w = self.extraction_stages, self.scrub_stages, self.extraction_amount, self.scrub_amount
        if self.phase == "organic":
            return (n + m) * (w + s) + m
        return n * (w + 1) + m * w + (n + m) * s

    def simulate(self) -> SteadyState:
        """The confirming simulation, or one of the shortcut design."""
        return self.simulated or solve_cascade(self.cascade, where=self.id)


def design_cut(
    alpha: Array,
    feed: Array,
    boundary: int,
    least_extraction: float,
    *,
    elements: tuple[str, ...],
    purity: float = 0.999,
    recovery: float = KEY_RECOVERY,
    targets: CutTargets | None = None,
    margin: float = 1.25,
    phase: FeedPhase = "aqueous",
    simulate: bool = True,
    name: str = "cut",
) -> CutDesign:
    """Stages of one cut of a mixture at ``margin`` times its least extraction amount.

    ``alpha`` ascending, ``feed`` mole fractions (sum one), both for the elements present; the elements from
    ``boundary`` on are wanted in the organic product, at ``purity`` and with ``recovery`` on both sides, unless
    ``targets`` gives both purities. An organic feed enters the loaded organic. First guess by Fenske, Underwood and
    Molokanov on the two keys, then as the module says. Raises InputError, naming the cut, for targets that the feed
    makes impossible or factors that do not separate, SolveError where no number of stages holds the targets at this
    S, with the S that would.
    """
    _check(alpha, feed, boundary, (purity, recovery, margin), name)
    heavy = float(feed[boundary:].sum())
    goal = targets or CutTargets.of(heavy, purity, recovery)
    check_purities(heavy, goal.organic_purity, goal.raffinate_purity, name)
    product = goal.product_share(heavy)
    amount = margin * least_extraction
    scrub = amount - product + (1.0 if phase == "organic" else 0.0)
    if scrub <= 0:
        found, wanted = f"{margin:g} gives S = {amount:.4g}", f"more than {product / least_extraction:.3g}"
        raise InputError("no scrub left", [Fault(f"{name}: margin", found, wanted)])
    start = CutDesign(
        name, elements, alpha, feed, boundary, goal, least_extraction, amount, scrub, 2, 2, None, 0, phase,
    )  # fmt: skip
    least = least_for_targets(alpha, feed, boundary, goal, phase)
    if amount < BELOW * least:
        raise _refused(start, least)
    n, m = shortcut_stages(start, least)
    built = replace(start, extraction_stages=n, scrub_stages=m)
    return _fewest_stages(built, least) if simulate else built


def _check(alpha: Array, feed: Array, boundary: int, numbers: tuple[float, float, float], name: str) -> None:
    purity, recovery, margin = numbers
    faults = []
    for what, value in (("purity", purity), ("recovery", recovery)):
        if not 0 < value < 1:
            faults.append(Fault(f"{name}: {what}", f"{value:g}", "a share above 0 and below 1"))
    if not (isfinite(margin) and margin > 0):
        faults.append(Fault(f"{name}: margin", f"{margin:g}", "a number above 1"))
    if abs(float(feed.sum()) - 1) > 1e-6 or np.any(feed < 0):
        faults.append(Fault(f"{name}: feed", f"a sum of {float(feed.sum()):.6g}", "mole fractions that sum to 1"))
    if not 0 < boundary < len(alpha):
        faults.append(Fault(f"{name}: boundary", str(boundary), f"1 to {len(alpha) - 1}: an element on either side"))
    elif np.any(np.diff(alpha) <= 0):
        found = ", ".join(f"{v:.4g}" for v in alpha)
        faults.append(Fault(f"{name}: alpha", found, "extractabilities in ascending order, each above the one before"))
    if faults:
        raise InputError("cut cannot be designed", faults)
    check_beta(float(alpha[boundary] / alpha[boundary - 1]), f"{name}: beta")


def shortcut_stages(design: CutDesign, least: float) -> tuple[int, int]:
    """Extraction and scrub stages by Fenske on the keys, Underwood's ``least`` S and Molokanov's correlation.

    The stages are shared out as Fenske's are between the two enrichments of the keys. An estimate.
    """
    b, z = design.boundary, design.feed
    wanted = split_product(z, b, design.targets)
    light, heavy = float(wanted[b - 1]), float(z[b] - wanted[b])
    up = (wanted[b] / light) * (z[b - 1] / z[b])
    down = ((z[b - 1] - light) / heavy) * (z[b] / z[b - 1])
    beta = float(design.alpha[b] / design.alpha[b - 1])
    extra = 1.0 if design.phase == "organic" else 0.0
    fewest = fenske_stages(beta, max(up, 1.0), max(down, 1.0 + SLIPPED))
    stages = gilliland_stages(fewest, design.extraction_amount + extra, least + extra)
    if not stages < MOST_STAGES:
        stages = 3 * fewest
    share = log(max(down, 1.1)) / (log(max(up, 1.1)) + log(max(down, 1.1)))
    return max(2, round(stages * share)), max(1, round(stages * (1 - share)))


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
    state = settle(cascade, guess=guess, where=d.id)
    x, y, b = state.aqueous_fractions, state.organic_fractions[-1], d.boundary
    wrong_low, wrong_high = max(float(x[0, b:].sum()), 1e-300), max(float(y[:b].sum()), 1e-300)
    slack = 1 + SLIPPED
    holds = (
        wrong_low <= (1 - d.targets.raffinate_purity) * slack and wrong_high <= (1 - d.targets.organic_purity) * slack
    )
    sharpness = log(float(x[0, :b].sum()) / wrong_low) + log(float(y[b:].sum()) / wrong_high)
    below = int(np.count_nonzero(x[:, b] * d.feed[b - 1] < x[:, b - 1] * d.feed[b]))
    return _Trial(stages, state, sharpness, holds, below / sum(stages))


def _fewest_stages(d: CutDesign, least: float) -> CutDesign:
    pa, pb = d.targets.organic_purity, d.targets.raffinate_purity
    goal = log(pa / (1 - pa)) + log(pb / (1 - pb))
    trial, before = _try(d, (d.extraction_stages, d.scrub_stages), None), None
    rounds, enough = 1, None
    failed: list[tuple[int, int]] = []
    while True:
        if trial.holds:
            enough = trial
        else:
            failed.append(trial.stages)
        short = max((sum(f) for f in failed), default=0)
        if enough is not None and enough.total - short <= 1:
            break
        total = _next_total(trial, before, goal, short, enough)
        if total > MOST_STAGES or rounds > MOST_ROUNDS:
            raise _refused(d, least, trial)
        n = trial.stages[0] / trial.total
        place = round(total * (n + FEED_SHIFT * (trial.feed_share - n)))
        n = min(max(place, 1), total - 1)
        before, trial = trial, _try(d, (n, total - n), trial)
        rounds += 1
    return _trimmed(d, enough, failed, rounds)


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
    """Take single stages away while the targets hold, first from the section that the feed says has too many."""
    while True:
        n, m = enough.stages
        order = [(n - 1, m), (n, m - 1)]
        if enough.feed_share > n / enough.total:
            order.reverse()
        for stages in order:
            if min(stages) < 1 or stages in failed:
                continue
            trial = _try(d, stages, enough)
            rounds += 1
            if trial.holds:
                enough = trial
                break
            failed.append(stages)
        else:
            n, m = enough.stages
            return replace(d, extraction_stages=n, scrub_stages=m, simulated=enough.state, rounds=rounds)


def _refused(d: CutDesign, least: float, trial: _Trial | None = None) -> SolveError:
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
