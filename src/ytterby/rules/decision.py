"""What is handed back: the decision tree of one shipment, with its reasons, gaps, branches and
sensitivity."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from ytterby.world.terms import Decision, Permission


@dataclass(frozen=True)
class FactUsed:
    """One condition of a clause, and what the facts say to it."""

    condition: str
    answer: str
    """yes, no, cannot tell."""
    found: str = ""
    """What the facts say; blank for a test of the law alone."""


@dataclass(frozen=True)
class ClauseFinding:
    """What one clause says about the shipment."""

    regime: str
    clause: str
    kind: str
    reference: str
    summary: str
    state: str
    """Legal state on the day (in the branch that is most often the case: see ``states``)."""
    states: Mapping[str, str]
    """Legal state under each reading of what is unknown; empty where it is known."""
    applies: str
    decisions: tuple[Decision, ...]
    """What may follow while it is in force."""
    finding: str
    """The outcome in the instrument's own words, where it has some."""
    outcome_reference: str
    facts: tuple[FactUsed, ...]
    caveat: str
    address: str
    source: str
    confidence: str
    conflicts_with: tuple[str, ...] = ()

    @property
    def decides(self) -> bool:
        """Whether it can make the shipment's decision stricter than *allowed*."""
        return any(d is not Decision.ALLOWED for d in self.decisions)


@dataclass(frozen=True)
class Sensitivity:
    """The decision if a switch stood otherwise."""

    switch: str
    option: str
    default: str
    decision: Decision
    branches: Mapping[str, Decision]


@dataclass(frozen=True)
class DecisionTree:
    """One shipment's decision under every regime, with all that an auditor asks for."""

    label: str
    on: datetime.date
    known: datetime.date
    decision: Decision
    possible: tuple[Decision, ...]
    """Decisions that the known facts and the known law leave open."""
    branches: Mapping[str, Decision]
    missing: tuple[str, ...]
    """Facts that are missing, the one that would settle most first."""
    findings: tuple[ClauseFinding, ...]
    """Clauses that apply or may apply, the strictest first; then those that were asked and do not."""
    lead_days: float
    refusal_probability: float
    switches: Mapping[str, str]
    sensitivity: tuple[Sensitivity, ...] = ()
    conflicts: tuple[str, ...] = ()
    world_hash: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def reasons(self) -> tuple[str, ...]:
        """One sentence for each clause that makes or may make the decision."""
        return tuple(reason(f) for f in self.findings if f.decides and f.kind in ("movement", "procurement", "duty"))

    @property
    def clauses(self) -> tuple[str, ...]:
        """Keys of the clauses that make or may make the decision."""
        return tuple(f.clause for f in self.findings if f.decides and f.kind in ("movement", "procurement", "duty"))

    def of_regime(self, regime: str) -> tuple[ClauseFinding, ...]:
        """Findings of one regime."""
        return tuple(f for f in self.findings if f.regime == regime)

    @property
    def permission(self) -> Permission:
        """The decision as the chain takes it."""
        return Permission(
            decision=self.decision,
            reasons=self.reasons,
            clauses=self.clauses,
            missing=self.missing,
            lead_days=self.lead_days,
            refusal_probability=self.refusal_probability,
            branches=self.branches,
        )


def reason(finding: ClauseFinding) -> str:
    """One sentence: what the clause says, why, and how sure."""
    what = " or ".join(d.value for d in finding.decisions)
    head = f"{finding.regime}, {finding.reference}: {finding.finding or what}"
    if finding.finding and finding.finding != what:
        head += f" ({what})"
    if finding.applies == "cannot tell":
        head += " - cannot tell whether it applies"
    if finding.states:
        head += "; " + ", ".join(f"{state} if {reading}" for reading, state in finding.states.items())
    return f"{head}. {finding.summary}" + (f" {finding.caveat}" if finding.caveat else "")
