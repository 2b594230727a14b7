"""What a check finds: limits, how bad a thing is, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import isnan

from ytterby.projects.claim import Claim
from ytterby.projects.settings import number
from ytterby.world.load import World


class Finding(IntEnum):
    """How bad it is; a claim is as bad as its worst finding."""

    CONSISTENT = 0
    IMPLAUSIBLE = 1
    IMPOSSIBLE = 2

    @property
    def label(self) -> str:
        """The word that is shown."""
        return {0: "consistent", 1: "implausible", 2: "impossible"}[self.value]


@dataclass(frozen=True)
class Limit:
    """Ends of one quantity; NaN: no end."""

    name: str
    unit: str
    low: float
    high: float
    impossible_below: float
    impossible_above: float

    def finding(self, value: float) -> Finding:
        """How bad a value is."""
        if value < self.impossible_below or value > self.impossible_above:
            return Finding.IMPOSSIBLE
        return Finding.IMPLAUSIBLE if value < self.low or value > self.high else Finding.CONSISTENT

    @property
    def span(self) -> str:
        """The plausible ends in words."""
        if isnan(self.low) or isnan(self.high):
            return f"up to {self.high:g}" if isnan(self.low) else f"from {self.low:g}"
        return f"{self.low:g}-{self.high:g}"


Limits = Mapping[str, Limit]


def limits_of(world: World) -> Limits:
    """Return the limits of table ``claim_limits``."""
    rows = world.table("claim_limits").to_dict("records")
    ends = ("low", "high", "impossible_below", "impossible_above")
    return {str(r["quantity"]): Limit(str(r["name"]), str(r["unit"]), *(number(r[k]) for k in ends)) for r in rows}


@dataclass(frozen=True)
class Remark:
    """One thing that was found."""

    rule: str
    finding: Finding
    why: str


@dataclass(frozen=True)
class Checked:
    """A claim with everything that was found."""

    claim: Claim
    remarks: tuple[Remark, ...]
    tested: tuple[str, ...]
    """Rules for which the claim said enough."""

    @property
    def verdict(self) -> Finding:
        """The worst finding."""
        return max((r.finding for r in self.remarks), default=Finding.CONSISTENT)

    @property
    def sentence(self) -> str:
        """Verdict with the reasons."""
        name = f"{self.claim.name}: " if self.claim.name else ""
        if not self.tested:
            return f"{name}cannot tell: the claim gives nothing to compare"
        if not self.remarks:
            return f"{name}consistent on {', '.join(self.tested)}"
        return f"{name}{self.verdict.label}: " + "; ".join(r.why for r in self.remarks)
