"""A regime as data: instrument, clauses, dated states, conditions, outcomes. One TOML file each, readable
by a lawyer.

No country, date or element stands in the code: all are in ``regimes/*.toml`` and the tables they name.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Confidence, Decision

LawState = Literal["announced", "in force", "suspended", "repealed", "unknown", "not law"]
ClauseKind = Literal["movement", "procurement", "duty", "incentive", "benchmark", "measure"]

KINDS_THAT_DECIDE: frozenset[str] = frozenset({"movement", "procurement", "duty"})
"""Clauses of these kinds make a shipment's decision; the others only make a finding beside it."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class State(_Frozen):
    """What a clause's legal state became on a day; it holds until the next state begins (half-open)."""

    state: LawState
    from_: datetime.date = Field(alias="from")
    """First day on which it holds."""
    known_on: datetime.date
    """First day on which it could be known: a backtest at an earlier day does not see it."""
    decided_by: str = ""
    """For ``unknown``: the switch (rule_switches) whose options are the possible readings."""
    readings: Mapping[str, LawState] = Field(default_factory=dict)
    """For ``unknown``: the state under each option of that switch."""
    source: str
    note: str = ""

    @model_validator(mode="after")
    def _unknown_needs_readings(self) -> State:
        if (self.state == "unknown") != bool(self.readings and self.decided_by):
            raise ValueError("a state is unknown exactly when decided_by and readings are given")
        return self


class Condition(_Frozen):
    """One test of a fact. Which fields go with which fact stands in :mod:`ytterby.rules.conditions`."""

    fact: str = ""
    in_: tuple[str, ...] | None = Field(None, alias="in")
    not_in: tuple[str, ...] | None = None
    in_list: tuple[str, ...] | None = None
    """Lists of the table controlled_items, or of the table parties."""
    controlled_by: tuple[str, ...] | None = None
    """Regimes: the item stands on a list of one of them, and that one is in force."""
    contains: tuple[str, ...] | None = None
    """For sets of elements, step countries or technology origins: at least one of these."""
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    basis: str = ""
    """What the number is a share of, in words; shown with the decision."""
    numerator: str = ""
    """For value shares: the list whose items count above the line."""
    origin: tuple[str, ...] = ()
    """For value shares: origins that count above the line."""
    steps: tuple[str, ...] = ()
    """For step facts: the steps that are asked."""
    any_of: tuple[Condition, ...] = ()
    """Instead of a fact ("any"): it is enough that one of these holds."""
    all_of: tuple[Condition, ...] = ()
    """Instead of a fact ("all"): all of these hold (inside ``any_of``)."""


class Outcome(_Frozen):
    """What follows once a clause applies: the first outcome whose conditions hold."""

    decision: Decision
    reference: str = ""
    conditions: tuple[Condition, ...] = ()
    finding: str = ""
    """The decision in the instrument's own terms: 'not eligible', 'benchmark missed' ..."""
    note: str = ""


class Clause(_Frozen):
    """One provision that can be tested on a shipment."""

    clause: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    reference: str
    """Article, section or paragraph, as a lawyer would cite it."""
    summary: str
    kind: ClauseKind = "movement"
    conditions: tuple[Condition, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    """Empty: the regime's own outcomes follow."""
    states: tuple[State, ...] = ()
    """Empty: the regime's own states hold."""
    lead_days: float = 0.0
    """Calendar days that an answer is said to take; licence_practice overrides it with what was seen."""
    practice: str = ""
    """Key prefix in licence_practice for lead time and refusals."""
    origin_tag: str = ""
    """Tag that material must carry in a market for this clause to be decidable there."""
    tag_meaning: str = ""
    conflicts_with: tuple[str, ...] = ()
    """Regimes that may forbid what compliance with this clause asks for."""
    caveat: str = ""
    address: str = ""
    source: str
    confidence: Confidence
    note: str = ""


class Regime(_Frozen):
    """One instrument."""

    regime: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    jurisdiction: str
    """ISO 3166-1 alpha-3 code, or EUU for the European Union."""
    title: str
    instrument: str
    promulgated: datetime.date | None = None
    address: str = ""
    threshold: str = ""
    """The threshold in words, with basis and comparison; the tests stand in the clauses."""
    users: str = ""
    policy: str = ""
    exemptions: str = ""
    evidence: str = ""
    """Documents to hold."""
    states: tuple[State, ...]
    clauses: tuple[Clause, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    source: str
    confidence: Confidence
    note: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Regime:
        for clause in self.clauses:
            if not (clause.outcomes or self.outcomes):
                raise ValueError(f"clause {clause.clause} has no outcome, nor has the regime")
        for states in (self.states, *(clause.states for clause in self.clauses)):
            days = [(state.known_on, state.from_) for state in states]
            if days != sorted(days):
                raise ValueError("states must stand in the order in which they became known, then began")
        return self

    def states_of(self, clause: Clause) -> tuple[State, ...]:
        """States that hold for a clause."""
        return clause.states or self.states

    def outcomes_of(self, clause: Clause) -> tuple[Outcome, ...]:
        """Outcomes that follow from a clause, the most special first."""
        return clause.outcomes or self.outcomes


def read_regime(document: Mapping[str, Any], name: str) -> Regime:
    """Check one parsed regime file; raises InputError with every fault, by its place in the file."""
    try:
        return Regime.model_validate(document)
    except ValidationError as error:
        faults = [
            Fault(
                f"regimes/{name}.toml, {'.'.join(str(part) for part in issue['loc']) or 'file'}",
                repr(issue.get("input"))[:80],
                issue["msg"],
            )
            for issue in error.errors()
        ]
        raise InputError("regime does not fit its model", faults) from error
