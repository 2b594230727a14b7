"""The least extraction amount of a multi-component cut: Underwood's equations, read for exchange extraction.

``alpha_i`` are extractabilities relative to the least extractable element, ``z_i`` mole fractions of the
feed,
``d_i`` moles of i that leave with the organic product per mole of feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from ytterby.separation.cascade import FeedPhase
from ytterby.world.errors import Fault, InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LeastExtraction:
    """Result of :func:`least_extraction`; flows in mol per mol feed."""

    extraction_amount: float
    """S_min: organic flow of the extraction section (an organic feed adds to it above the feed stage)."""
    organic_product: Array
    """d_i, moles of each element in the organic product."""
    thetas: tuple[float, ...]
    """Roots that were used."""


def roots(alpha: Array, feed: Array, phase: FeedPhase = "aqueous") -> Array:
    r"""All roots theta between neighbouring extractabilities, ascending.

    .. math:: \sum_i \frac{\alpha_i z_i}{\alpha_i - \theta} = 0 \text{ (aqueous feed)},\quad = 1 \text{
    (organic feed)}

    ``alpha`` strictly ascending, ``feed`` all positive. Returns one root per gap.
    Reference: A.J.V. Underwood, Chem. Eng. Prog. 44 (1948) 603.

    >>> a, z = np.array([1, 6.83, 13.865, 21.491]), np.array([0.27, 0.51, 0.05, 0.17])
    >>> [round(float(t), 4) for t in roots(a, z)]
    [1.3113, 11.8379, 16.1863]
    """
    right = 0.0 if phase == "aqueous" else 1.0

    def balance(theta: float) -> float:
        return float(np.sum(alpha * feed / (alpha - theta))) - right

    found = []
    for low, high in pairwise(alpha):
        gap = high - low
        inner_low, inner_high = low + 1e-13 * gap, high - 1e-13 * gap
        found.append(
            brentq(balance, inner_low, inner_high, xtol=1e-14 * high, rtol=8.9e-16)
            if balance(inner_low) < 0 < balance(inner_high)
            else (inner_low if balance(inner_low) >= 0 else inner_high)
        )
    return np.array(found)


def root_between(alpha: Array, feed: Array, lower_key: int, phase: FeedPhase | float = "aqueous") -> float:
    """The one root between element ``lower_key`` and the next more extractable one (see :func:`roots`).

    ``phase`` may be a number: the share of the feed that enters with the organic phase.

    >>> a, z = np.array([1, 6.83, 13.865, 21.491]), np.array([0.27, 0.51, 0.05, 0.17])
    >>> round(root_between(a, z, 1), 4)
    11.8379
    """
    weights = (alpha * feed).tolist()
    values = alpha.tolist()
    right = {"aqueous": 0.0, "organic": 1.0}[phase] if isinstance(phase, str) else phase
    low, high = values[lower_key], values[lower_key + 1]
    # On (low, high) the balance rises from minus to plus infinity: bisection to a bracket, then Newton
    # inside it.
    theta = 0.5 * (low + high)
    for _ in range(200):
        value = -right
        slope = 0.0
        for a, w in zip(values, weights, strict=True):
            term = w / (a - theta)
            value += term
            slope += term / (a - theta)
        if value < 0:
            low = theta
        else:
            high = theta
        step = theta - value / slope if slope > 0 else low
        new = step if low < step < high else 0.5 * (low + high)
        if abs(new - theta) <= 1e-15 * high:
            return float(new)
        theta = new
    return float(theta)


def least_extraction(
    alpha: Array,
    feed: Array,
    lower_key: int,
    upper_key: int | None = None,
    *,
    recovery_upper: float = 1.0,
    recovery_lower: float = 1.0,
    phase: FeedPhase = "aqueous",
    where: str = "cut",
) -> LeastExtraction:
    r"""S_min of a cut between two key elements of a mixture.

    .. math:: S_{min} = \sum_i \frac{\alpha_i d_i}{\alpha_i - \theta}

    ``alpha`` strictly ascending and positive, ``feed`` mole fractions (positive, any sum; flows are
    returned for
    that sum). ``lower_key``/``upper_key``: indices of the heaviest element wanted in the raffinate and the
    lightest
    wanted in the organic product; where elements lie between them they distribute, and one theta for each gap
    gives a linear system in S_min and their d_i. ``recovery_*``: share of each key that goes to its side.
    Raises InputError for unordered alphas or missing keys. With adjacent keys the result is exact at infinite
    stages; for a binary it is Xu's ``1/(beta-1) + f_A``. Reference: Underwood (1948), see :func:`roots`.

    >>> a, z = np.array([1, 6.83, 13.865, 21.491]), np.array([0.27, 0.51, 0.05, 0.17])
    >>> [round(least_extraction(a, z, k).extraction_amount, 4) for k in range(3)]
    [0.8674, 0.7205, 0.6887]
    """
    upper = lower_key + 1 if upper_key is None else upper_key
    _check(alpha, feed, lower_key, upper, where)
    kept = feed > 0
    total = float(feed.sum())
    index = np.flatnonzero(kept)
    a, z = alpha[kept], feed[kept] / total
    low, high = int(np.searchsorted(index, lower_key)), int(np.searchsorted(index, upper))
    product = np.where(np.arange(len(a)) >= high, z, 0.0)
    product[high] *= recovery_upper
    product[low] = z[low] * (1 - recovery_lower)
    if high == low + 1:
        theta = root_between(a, z, low, phase)
        amount = float(np.sum(a * product / (a - theta)))
        used: tuple[float, ...] = (theta,)
    else:
        amount, product, used = _distributed(a, z, product, (low, high), phase)
    if phase == "organic":
        amount -= 1.0
    full = np.zeros_like(feed, dtype=np.float64)
    full[kept] = product * total
    return LeastExtraction(amount * total, full, used)


def _distributed(
    a: Array, z: Array, product: Array, keys: tuple[int, int], phase: FeedPhase
) -> tuple[float, Array, tuple[float, ...]]:
    """Solve S_min and the d_i of the elements between the keys; those that leave [0, z_i] are fixed at the
    bound."""
    low, high = keys
    thetas = [root_between(a, z, k, phase) for k in range(low, high)]
    free = list(range(low + 1, high))
    product = product.copy()
    for _ in range(len(free) + 1):
        active = _gaps(thetas, free, low, high)
        matrix = np.zeros((len(active), 1 + len(free)))
        right = np.zeros(len(active))
        fixed = np.ones(len(a), dtype=bool)
        fixed[free] = False
        for row, theta in enumerate(active):
            matrix[row, 0] = 1.0
            matrix[row, 1:] = -a[free] / (a[free] - theta)
            right[row] = np.sum(a[fixed] * product[fixed] / (a[fixed] - theta))
        solved = np.linalg.lstsq(matrix, right, rcond=None)[0]
        shares = solved[1:]
        outside = [k for k, d in zip(free, shares, strict=True) if not -1e-12 <= d <= z[k] + 1e-12]
        for k, d in zip(free, shares, strict=True):
            product[k] = min(max(d, 0.0), z[k])
        if not outside:
            return float(solved[0]), product, tuple(active)
        free = [k for k in free if k not in outside]
    theta = thetas[-1]
    return float(np.sum(a * product / (a - theta))), product, (theta,)


def _gaps(thetas: list[float], free: list[int], low: int, high: int) -> list[float]:
    """One theta for each unknown: with k distributing elements the k + 1 gaps that they bound."""
    if len(thetas) == len(free) + 1:
        return thetas
    wanted = sorted({k - 1 - low for k in free} | {k - low for k in free}) or [high - low - 1]
    return [thetas[k] for k in wanted][: len(free) + 1]


def _check(alpha: Array, feed: Array, low: int, high: int, where: str) -> None:
    faults = []
    if np.any(np.diff(alpha) <= 0) or np.any(alpha <= 0):
        found = ", ".join(f"{v:.4g}" for v in alpha)
        faults.append(Fault(f"{where}: alpha", found, "positive extractabilities, each above the one before"))
    if np.any(feed < 0) or not np.all(np.isfinite(feed)):
        faults.append(Fault(f"{where}: feed", str(feed.tolist()), "mole fractions of zero or more"))
    if not (0 <= low < high < len(alpha)):
        faults.append(Fault(f"{where}: keys", f"{low}, {high}", f"two positions in 0..{len(alpha) - 1}, in order"))
    elif feed[low] <= 0 or feed[high] <= 0:
        faults.append(Fault(f"{where}: keys", "a key element that the feed lacks", "keys with a share in the feed"))
    if faults:
        raise InputError("cut cannot be computed", faults)
