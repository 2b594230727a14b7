"""Numbers and lists as words for the answers."""

from __future__ import annotations

from collections.abc import Sequence

from ytterby.brief.answer import Number
from ytterby.world.terms import Band


def exact(label: str, value: float, unit: str) -> Number:
    """A number without a band."""
    return Number(label, float(value), unit, float(value), float(value))


def from_band(label: str, band: Band, unit: str) -> Number:
    """A number with its band."""
    return Number(label, band.point, unit, band.low, band.high, band.basis)


def listed(names: Sequence[str]) -> str:
    """Join names as a reader would: "a, b and c".

    >>> listed(["rail", "sea", "road"])
    'rail, sea and road'
    """
    names = [str(n) for n in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def percent(share: float) -> str:
    """A share as per cent, two figures.

    >>> percent(0.0076)
    '0.76 %'
    """
    return f"{100 * share:.2g} %"
