r"""Design of one cascade: the fewest stages that hold purity and recovery targets, confirmed by simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, log

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
from ytterby.separation.feasibility import least_for_targets, split_product
from ytterby.separation.pseudo_binary import pseudo_binary_stages
from ytterby.separation.stage_search import MOST_STAGES, SLIPPED, fewest_stages, refused
from ytterby.separation.steady import Cascade, SteadyState, solve_cascade
from ytterby.world.errors import Fault, InputError

Array = NDArray[np.float64]

SPARE = 1
"""Stages that a shortcut design adds to each section, as no simulation confirms it."""
BELOW = 0.98
"""Share of the least S under which a design is refused without a trial: Underwood's minimum is exact but for traces."""


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
            return (n + m) * (w + s) + m + 1
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
    start: tuple[int, int] | None = None,
    name: str = "cut",
) -> CutDesign:
    """Stages of one cut of a mixture at ``margin`` times its least extraction amount.

    ``alpha`` ascending, ``feed`` mole fractions (sum one), both for the elements present; the elements from
    ``boundary`` on are wanted in the organic product, at ``purity`` and with ``recovery`` on both sides, unless
    ``targets`` gives both purities. An organic feed enters the loaded organic. First guess ``start``, or
    :func:`shortcut_stages`; then as :mod:`~ytterby.separation.stage_search` says; ``simulate`` False: the shortcut
    with a stage to spare in each section. Raises InputError, naming the cut, for targets that the feed makes
    impossible or factors that do not separate, SolveError where no number of stages holds the targets at this S, with
    the S that would.
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
    blank = CutDesign(
        name, elements, alpha, feed, boundary, goal, least_extraction, amount, scrub, 2, 2, None, 0, phase,
    )  # fmt: skip
    least = least_for_targets(alpha, feed, boundary, goal, phase)
    if amount < BELOW * least:
        raise refused(blank, least)
    n, m = start or shortcut_stages(blank, least)
    if not simulate:
        return replace(blank, extraction_stages=n + SPARE, scrub_stages=m + SPARE)
    return fewest_stages(replace(blank, extraction_stages=n, scrub_stages=m), least)


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
    """Extraction and scrub stages without a simulation: Hengstebeck's pseudo-binary cascade of the keys.

    Where the keys have no flow of their own: Fenske on the keys, Underwood's ``least`` S and Molokanov's correlation,
    shared out as Fenske's stages are between the two enrichments. Mostly a few per cent short.
    """
    b, z, s, w = design.boundary, design.feed, design.extraction_amount, design.scrub_amount
    wanted = split_product(z, b, design.targets)
    extra = 1.0 if design.phase == "organic" else 0.0
    flows = (s, w + 1 - extra), (s + extra, w)
    found = pseudo_binary_stages(design.alpha, z, b, wanted, flows)
    if found is not None:
        return max(found[0], 1), max(found[1], 1)
    light, heavy = float(wanted[b - 1]), float(z[b] - wanted[b])
    up = (wanted[b] / light) * (z[b - 1] / z[b])
    down = ((z[b - 1] - light) / heavy) * (z[b] / z[b - 1])
    beta = float(design.alpha[b] / design.alpha[b - 1])
    fewest = fenske_stages(beta, max(up, 1.0), max(down, 1.0 + SLIPPED))
    stages = gilliland_stages(fewest, s + extra, least + extra)
    if not stages < MOST_STAGES:
        stages = 3 * fewest
    share = log(max(down, 1.1)) / (log(max(up, 1.1)) + log(max(down, 1.1)))
    return max(2, round(stages * share)), max(1, round(stages * (1 - share)))
