"""Three-valued logic and sets of possible decisions, on arrays.

Truth is int8: -1 no, 0 cannot tell, 1 yes (Kleene 1952: and = minimum, or = maximum, not = minus).
A set of possible decisions is a bit mask (uint8), bit ``k`` for the k-th of :data:`STRICTNESS`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ytterby.world.terms import Decision

Truth = npt.NDArray[np.int8]
Mask = npt.NDArray[np.uint8]

NO, UNKNOWN, YES = np.int8(-1), np.int8(0), np.int8(1)

STRICTNESS: tuple[Decision, ...] = (
    Decision.ALLOWED,
    Decision.EXEMPT_WITH_REPORT,
    Decision.LICENCE,
    Decision.CASE_BY_CASE,
    Decision.DENIED,
)
"""From the freest to the strictest."""

ALLOWED_BIT = np.uint8(1)
_BITS = np.arange(256, dtype=np.uint8)
LOWEST = np.array([(int(b) & -int(b)).bit_length() - 1 if b else 0 for b in _BITS], dtype=np.int8)
"""Index of the freest decision in each mask."""
HIGHEST = np.array([int(b).bit_length() - 1 if b else 0 for b in _BITS], dtype=np.int8)
"""Index of the strictest decision in each mask."""


def bit(decision: Decision) -> np.uint8:
    """The mask that holds one decision alone."""
    return np.uint8(1 << STRICTNESS.index(decision))


def decisions(mask: int) -> list[Decision]:
    """The decisions in a mask, the freest first."""
    return [decision for k, decision in enumerate(STRICTNESS) if mask >> k & 1]


def all_of(truths: Iterable[Truth], size: int) -> Truth:
    """Kleene conjunction; yes for none."""
    result = np.full(size, YES, dtype=np.int8)
    for truth in truths:
        np.minimum(result, truth, out=result)
    return result


def any_of(truths: Iterable[Truth], size: int) -> Truth:
    """Kleene disjunction; no for none."""
    result = np.full(size, NO, dtype=np.int8)
    for truth in truths:
        np.maximum(result, truth, out=result)
    return result


def strictest(masks: Iterable[Mask], size: int) -> Mask:
    """What the strictest of several undecided decisions can be: everything possible that no other surely
    exceeds.

    Each mask is the set of what one clause may decide; the result is the set of maxima over all choices.
    """
    floor = np.zeros(size, dtype=np.int8)
    union = np.full(size, ALLOWED_BIT, dtype=np.uint8)
    for mask in masks:
        np.maximum(floor, LOWEST[mask], out=floor)
        np.bitwise_or(union, mask, out=union)
    return union & (np.uint8(0xFF) << floor.astype(np.uint8))
