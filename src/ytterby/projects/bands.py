"""What the inputs that a study does not print can move: one at a time, and all together as a band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

from ytterby.projects.printed import AVERAGE, Convention, Printed, under

Worth = tuple[float, float]
"""Value, M USD, and rate of return, %."""
TAX_ONLY = ("tax_points", "depreciation_y")
"""Conventions that mean nothing before tax, or where the margin has paid its tax."""
INPUTS = {
    "build_y": "building years",
    "ramp_y": "ramp-up",
    "timing_shift": "when in its year a flow falls",
    "tax_points": "rate of tax",
    "depreciation_y": "years of depreciation",
    "sustaining_share": "capital to sustain output",
    "working_capital_share": "working capital",
    "closure_share": "cost of closure",
    "front_loading": "margins by year",
}
"""What each convention is about, in words."""


@dataclass(frozen=True)
class Move:
    """How far one input that is not printed moves a study's value and rate over its conventions."""

    what: str
    name: str
    """The input in words."""
    npv_low_musd: float
    npv_high_musd: float
    irr_low_pct: float
    irr_high_pct: float


@dataclass(frozen=True)
class Span:
    """Ends of value and rate with every input that is not printed at its worst, and at its best."""

    npv_low_musd: float
    npv_high_musd: float
    irr_low_pct: float
    irr_high_pct: float
    moves: tuple[Move, ...]
    """The same one input at a time, those that move the value most first."""


def open_conventions(plan: Printed, basis: str, listed: Sequence[Convention]) -> list[Convention]:
    """Return the conventions that a study leaves open: none whose input it prints, none that mean nothing to it."""
    untaxed = basis == "pre-tax" or plan.taxed
    return [
        c
        for c in listed
        if not (c.printed_by and c.printed_by in plan.given)
        and not (untaxed and c.what in TAX_ONLY)
        and not (c.what == "front_loading" and plan.margin_basis != AVERAGE)
    ]


def span(
    plan: Printed,
    ramp: tuple[float, ...],
    tried: Sequence[tuple[Convention, Worth]],
    base: Worth,
    worth: Callable[[Printed], Worth],
) -> Span:
    """Return the band of what is not printed.

    ``tried``: each open convention with the value and rate that it brings alone. For the ends, every input is set to
    the convention (or left as computed) that alone brings the lowest or the highest, and all are set at once: value
    and rate each by their own worst and best. The conventions are the same for all studies.
    """
    moves = []
    for what in dict.fromkeys(c.what for c, _ in tried):
        pairs = [base, *(pair for c, pair in tried if c.what == what)]
        values, rates = [v for v, _ in pairs], [r for _, r in pairs if not isnan(r)]
        lowest, highest = (min(rates), max(rates)) if rates else (float("nan"), float("nan"))
        moves.append(Move(what, INPUTS[what], min(values), max(values), lowest, highest))

    def end(which: int, sign: float) -> float:
        at = plan
        for what in dict.fromkeys(c.what for c, _ in tried):
            best, chosen = sign * base[which], None
            for convention, pair in tried:
                if convention.what == what and sign * pair[which] > best:
                    best, chosen = sign * pair[which], convention
            at = at if chosen is None else under(at, chosen, ramp)
        return worth(at)[which]

    moves.sort(key=lambda m: m.npv_low_musd - m.npv_high_musd)
    return Span(end(0, -1.0), end(0, 1.0), end(1, -1.0), end(1, 1.0), tuple(moves))
