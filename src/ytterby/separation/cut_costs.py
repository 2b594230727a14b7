"""What one cut of a run of neighbouring elements costs: sharp, or by a cascade of three outlets.

Three outlets: a first cascade splits the ends of the run from one another and lets the middle go to both sides, at the
least extraction amount (Underwood's distributing components). A second cascade takes both streams, the lighter one
below and the heavier one above its middle outlet. One organic passes both of its splits, so the larger of the two
extraction amounts is enough: what thermally coupled columns save in distillation.
Reference: F.B. Petlyuk, V.M. Platonov, D.M. Slavinskii, Int. Chem. Eng. 5 (1965) 555; for the least flow
Z.T. Fidkowski, L. Krolikowski, AIChE J. 32 (1986) 537.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.cascade import CutTargets, fenske_stages, gilliland_stages
from ytterby.separation.factors import Factors
from ytterby.separation.underwood import least_extraction, root_between
from ytterby.world.errors import Fault, InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """What a cut costs: acid and base by its extraction amount, plant by its hold-up."""

    per_extraction: float = 1.0
    """Cost of one mole of freshly saponified organic: base, scrub and strip acid, salt."""
    per_holdup: float = 0.0005
    """Cost of one mole held per mole of feed: share of yearly capital, in the same money."""
    cerium_oxidation: float | None = None
    """Cost of oxidising and removing one mole of cerium beforehand; None: not an option."""
    margin: float = 1.25
    purity: float = 0.999


@dataclass(frozen=True)
class CutCost:
    """Cost of one way to cut a run; amounts in mol per mol of feed of the whole circuit."""

    cost: float
    extraction: float
    """S of the cascade that feeds the next ones, or of both cascades of a cut with three outlets."""
    last: float
    """S of the last cascade: what its organic can carry into a linked one."""
    first: float
    """S of the first cascade: what an organic from before can replace."""


NOTHING = CutCost(0.0, 0.0, 0.0, 0.0)


class Cutting:
    """Costs of cuts of one feed with one extractant."""

    def __init__(self, moles: Array, factors: Factors, betas: Array, weights: Weights) -> None:
        self.moles = moles
        self.factors = factors
        self.betas = betas
        self.alpha = factors.alphas(betas)
        self.weights = weights

    def sharp(self, first: int, boundary: int, last: int) -> CutCost:
        """Cut of the elements ``first`` .. ``last`` below ``boundary``."""
        amount, held = self._sharp(self.moles, first, boundary, last)
        return self._cost(amount, held, amount, amount)

    def three(self, first: int, middle: int, upper: int, last: int) -> CutCost | None:
        """Cut into ``first`` .. ``middle - 1``, ``middle`` .. ``upper - 1`` and ``upper`` .. ``last`` by two cascades.

        None where one of the three is empty in this feed.
        """
        whole = np.zeros_like(self.moles)
        whole[first : last + 1] = self.moles[first : last + 1]
        parts = [float(whole[a:b].sum()) for a, b in ((first, middle), (middle, upper), (upper, last + 1))]
        if min(parts) <= 0:
            return None
        present = first + np.flatnonzero(whole[first : last + 1])
        self._check(first, last)
        low = int(np.searchsorted(present, middle)) - 1
        high = int(np.searchsorted(present, upper))
        total = float(whole.sum())
        a, z = self.alpha[present] / self.alpha[first], whole[present] / total
        spread = least_extraction(a, z, low, high)
        before = self.weights.margin * total * spread.extraction_amount
        up = np.zeros_like(whole)
        up[present] = total * spread.organic_product
        beta = float(a[high] / a[low])
        share = float(spread.organic_product[high:].sum()) / float(z[: low + 1].sum() + z[high:].sum())
        stages = self._stages(beta, share, self.weights.margin * spread.extraction_amount, spread.extraction_amount)
        held = stages * (2 * before + total)
        lower, lower_held = self._sharp(whole - up, first, middle, upper - 1)
        upper_amount, upper_held = self._sharp(up, middle, upper, last)
        after = max(lower, upper_amount)
        grown = after / min(x for x in (lower, upper_amount) if x > 0) if min(lower, upper_amount) > 0 else 1.0
        return self._cost(before + after, held + grown * (lower_held + upper_held), after, before)

    def _cost(self, amount: float, held: float, last: float, first: float) -> CutCost:
        return CutCost(self.weights.per_extraction * amount + self.weights.per_holdup * held, amount, last, first)

    def _sharp(self, moles: Array, first: int, boundary: int, last: int) -> tuple[float, float]:
        """S and hold-up of one sharp cut of the part of ``moles`` between ``first`` and ``last``."""
        inside = moles[first : last + 1]
        total, heavy = float(inside.sum()), float(moles[boundary : last + 1].sum())
        if heavy <= 1e-15 or total - heavy <= 1e-15:
            return 0.0, 0.0
        self._check(first, last)
        present = first + np.flatnonzero(inside > 0)
        key = int(np.searchsorted(present, boundary)) - 1
        a, x = self.alpha[present] / self.alpha[first], moles[present] / total
        theta = root_between(a, x, key)
        least = float(np.sum((a * x / (a - theta))[key + 1 :]))
        amount = self.weights.margin * least
        stages = self._stages(float(a[key + 1] / a[key]), heavy / total, amount, least)
        return total * amount, total * stages * (2 * amount + 1)

    def _stages(self, beta: float, share: float, amount: float, least: float) -> float:
        goal = CutTargets.of(share, self.weights.purity)
        up = goal.organic_purity / (1 - goal.organic_purity) * (1 - share) / share
        down = goal.raffinate_purity / (1 - goal.raffinate_purity) * share / (1 - share)
        return gilliland_stages(fenske_stages(beta, up, down), amount, least)

    def _check(self, first: int, last: int) -> None:
        steps = self.betas[first:last]
        bad = np.flatnonzero(np.isnan(steps) | (steps <= 1))
        if len(bad):
            at = first + int(bad[0])
            pair = f"{self.factors.order[at + 1]} over {self.factors.order[at]}"
            raise InputError("synthesis", [Fault(pair, "no separation factor above 1", "a measurement of this pair")])
