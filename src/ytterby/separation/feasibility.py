"""Whether a split exists at all: the least extraction amount for purity targets, and how far a cascade is from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.cascade import CutTargets, FeedPhase
from ytterby.separation.steady import Cascade, SteadyState, solve_cascade
from ytterby.separation.underwood import root_between
from ytterby.world.errors import SolveError

Array = NDArray[np.float64]

LONG = 60
"""Stages a section of a cascade that stands for an endless one."""
TRACE_SHARE = 0.5
"""Share of an element that may leave on the wrong side, at most, when impurities are shared out."""


@dataclass(frozen=True)
class Split:
    """What a simulated cascade separates, against what any number of stages could."""

    raffinate_purity: float
    organic_purity: float
    extraction_amount: float
    """S of the cascade, mol per mol feed."""
    least_extraction: float
    """S that a sharp split takes at endless stages, mol per mol feed."""
    exists: bool
    """Whether more stages would make the split as sharp as wanted."""
    reason: str


def least_for_targets(
    alpha: Array, feed: Array, boundary: int, targets: CutTargets, phase: FeedPhase = "aqueous"
) -> float:
    r"""Least S, mol per mol feed, at which purity targets can be met; below it no number of stages is enough.

    .. math:: S_{min} = \sum_i \frac{\alpha_i d_i}{\alpha_i - \theta} \;(-1 \text{ for an organic feed})

    with the impurities that the targets allow made of the two elements that meet at the cut. ``alpha`` ascending,
    ``feed`` mole fractions, both shape (elements,); elements from ``boundary`` on are wanted in the organic product.
    Reference: A.J.V. Underwood, Chem. Eng. Prog. 44 (1948) 603.

    >>> a, z = np.array([1, 1.5]), np.array([0.25, 0.75])
    >>> round(least_for_targets(a, z, 1, CutTargets(1 - 1e-9, 1 - 1e-9)), 4)
    2.75
    >>> round(least_for_targets(a, z, 1, CutTargets(0.995, 0.999)), 4)
    2.7372
    """
    wanted = split_product(feed, boundary, targets)
    theta = root_between(alpha, feed, boundary - 1, phase)
    return float(np.sum(alpha * wanted / (alpha - theta))) - (1.0 if phase == "organic" else 0.0)


def split_product(feed: Array, boundary: int, targets: CutTargets) -> Array:
    """Moles of each element in the organic product, per mol feed, when both purities are just met."""
    heavy = float(feed[boundary:].sum())
    share = targets.product_share(heavy)
    wanted = np.where(np.arange(len(feed)) >= boundary, feed, 0.0)
    low, high = boundary - 1, boundary
    wanted[low] += min(share * (1 - targets.organic_purity), TRACE_SHARE * float(feed[low]))
    wanted[high] -= min((1 - share) * (1 - targets.raffinate_purity), TRACE_SHARE * float(feed[high]))
    return np.asarray(wanted)


def judge_split(state: SteadyState, boundary: int, name: str = "cut") -> Split:
    """Say of a solved cascade whether a sharp split exists at its S, and if not, what S would take.

    ``boundary``: first element, in ascending order of alpha, that is wanted in the organic product. Needs one feed
    stage and no side draws: with more, only the purities are told.
    """
    cascade = state.cascade
    light = float(state.aqueous_fractions[0, :boundary].sum())
    heavy = float(state.organic_fractions[-1, boundary:].sum())
    total = float(cascade.inflow.sum())
    amount = cascade.extraction_amount / total
    if len({s.stage for s in cascade.feeds}) != 1 or cascade.draws:
        reason = f"{name}: purities of {light:.5g} and {heavy:.5g}; the least S of several feeds or draws is not known"
        return Split(light, heavy, amount, float("nan"), True, reason)
    z = cascade.inflow.sum(axis=0) / total
    organic = sum(float(s.moles.sum()) for s in cascade.feeds if s.phase == "organic") / total
    wanted = np.where(np.arange(len(z)) >= boundary, z, 0.0)
    theta = root_between(cascade.alpha, z, boundary - 1, organic)
    least = float(np.sum(cascade.alpha * wanted / (cascade.alpha - theta))) - organic
    if amount >= least:
        reason = f"{name}: S is {amount / least:.3g} times the least {least:.4g} for pure products"
        return Split(light, heavy, amount, least, True, reason)
    reason = (
        f"{name}: no such split exists: S of {amount:.4g} mol per mol feed is {amount / least:.3g} of the least "
        f"{least:.4g} that pure products take at any number of stages; as it runs, {light:.5g} and {heavy:.5g}"
    )
    return Split(light, heavy, amount, least, False, reason)


def within_reach(
    alpha: Array, feed: Array, boundary: int, flows: tuple[float, float], phase: FeedPhase, name: str
) -> tuple[float, float]:
    """Purities of raffinate and organic product that a very long cascade reaches at these flows (S, W)."""
    state = solve_cascade(Cascade.of_sections(alpha, feed, (LONG, LONG), flows, phase), where=name)
    light = float(state.aqueous_fractions[0, :boundary].sum())
    return light, float(state.organic_fractions[-1, boundary:].sum())


def no_such_split(
    name: str, targets: CutTargets, amounts: tuple[float, float, float], reach: tuple[float, float]
) -> SolveError:
    """The error for targets that no number of stages meets.

    ``amounts``: S asked for, least S of the targets, least S that margins are counted from; ``reach``: purities that
    can be had at that S.
    """
    amount, least, reference = amounts
    return SolveError(
        f"{name}: no such split exists: purities of {targets.raffinate_purity:.5g} and {targets.organic_purity:.5g} "
        f"take S above {least:.4g} mol per mol feed at any number of stages, and S is {amount:.4g}; raise the margin "
        f"above {least / reference:.3g}, or ask for no more than {reach[0]:.5g} and {reach[1]:.5g}"
    )
