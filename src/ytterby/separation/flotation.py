"""Mineral processing: two-product balances and flotation banks with recycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ytterby.world.errors import Fault, InputError

TAILINGS, CONCENTRATE = "tailings", "concentrate"


@dataclass(frozen=True)
class Bank:
    """One bank of flotation cells: what it recovers of each component and where its two products go."""

    name: str
    recoveries: Mapping[str, float]
    """Share of each component of the bank's feed that reports to its concentrate."""
    concentrate_to: str
    """Another bank, or ``concentrate``."""
    tails_to: str
    """Another bank, or ``tailings``."""


@dataclass(frozen=True)
class FlotationResult:
    """Products per 100 of feed mass when assays are in per cent."""

    concentrate: Mapping[str, float]
    tailings: Mapping[str, float]

    def recovery(self, component: str) -> float:
        """Share of a component that reaches the concentrate."""
        c, t = self.concentrate[component], self.tailings[component]
        return c / (c + t)

    def mass_pull(self) -> float:
        """Concentrate mass over feed mass."""
        c, t = sum(self.concentrate.values()), sum(self.tailings.values())
        return c / (c + t)

    def grade(self, component: str) -> float:
        """Mass share of a component in the concentrate."""
        return self.concentrate[component] / sum(self.concentrate.values())


def float_circuit(feed: Mapping[str, float], banks: Sequence[Bank]) -> FlotationResult:
    """Steady state of a network of banks with recycles; the first bank takes the feed.

    For each component the bank feeds f solve ``f = feed + R f`` with R the routed recoveries: linear and
    exact.
    ``feed``: mass of each component. Raises InputError for an unknown destination or a recovery outside 0
    to 1.
    """
    names = [b.name for b in banks]
    known = {*names, TAILINGS, CONCENTRATE}
    faults = [
        Fault(f"bank {b.name}", repr(d), ", ".join(sorted(known)))
        for b in banks
        for d in (b.concentrate_to, b.tails_to)
        if d not in known
    ]
    faults += [
        Fault(f"bank {b.name}: recovery of {c}", f"{r:g}", "a fraction from 0 to 1")
        for b in banks
        for c, r in b.recoveries.items()
        if not 0 <= r <= 1
    ]
    if faults:
        raise InputError("flotation circuit", faults)
    out: dict[str, dict[str, float]] = {CONCENTRATE: {}, TAILINGS: {}}
    for component, amount in feed.items():
        routed = np.eye(len(banks))
        for j, bank in enumerate(banks):
            share = bank.recoveries[component]
            for destination, part in ((bank.concentrate_to, share), (bank.tails_to, 1 - share)):
                if destination in names:
                    routed[names.index(destination), j] -= part
        entering = np.zeros(len(banks))
        entering[0] = amount
        bank_feed = np.linalg.solve(routed, entering)
        for product in (CONCENTRATE, TAILINGS):
            out[product][component] = float(
                sum(
                    f * ((b.concentrate_to == product) * b.recoveries[component]
                         + (b.tails_to == product) * (1 - b.recoveries[component]))
                    for f, b in zip(bank_feed, banks, strict=True)
                )
            )  # fmt: skip
    return FlotationResult(out[CONCENTRATE], out[TAILINGS])


def two_product_recovery(feed_grade: float, concentrate_grade: float, mass_pull: float) -> float:
    """Recovery from assays and the share of mass that goes to the concentrate: R = y c / f.

    >>> round(two_product_recovery(7.7, 65.6, 0.096), 3)
    0.818
    """
    return mass_pull * concentrate_grade / feed_grade
