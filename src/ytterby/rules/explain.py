"""From the evaluation of one shipment to the decision tree that a person reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ytterby.rules.conditions import Asking, ask
from ytterby.rules.decision import ClauseFinding, DecisionTree, FactUsed
from ytterby.rules.evaluate import Branch, ClauseAnswer, answer, evaluate, missing_facts
from ytterby.rules.facts import Facts
from ytterby.rules.logic import HIGHEST, LOWEST, NO, STRICTNESS, YES, decisions
from ytterby.rules.model import KINDS_THAT_DECIDE
from ytterby.rules.parties import PartyLists
from ytterby.rules.practice import LicencePractice
from ytterby.rules.shipment import NOT_LISTED, Party, Shipment
from ytterby.rules.wording import found_in_words, in_words
from ytterby.world.terms import Decision

WORDS: Mapping[int, str] = {1: "yes", 0: "cannot tell", -1: "no"}
LAW_UNKNOWN = "the law on that day"


def tree(shipment: Shipment, facts: Facts, asking: Asking, practice: LicencePractice) -> DecisionTree:
    """Build the decision tree of the one shipment in ``facts``."""
    evaluation = evaluate(facts, asking)
    possible = tuple(decisions(int(evaluation.mask[0])))
    branches = branch_decisions([(branch.readings, int(branch.mask[0])) for branch in evaluation.branches])
    findings = sorted(_findings(facts, asking, evaluation.branches), key=_weight)
    names, counts = missing_facts(evaluation, asking)
    missing = in_order(names, counts[0])
    if len(possible) > 1 and branches:
        missing = (f"{LAW_UNKNOWN} ({', '.join(open_switches(branches))})", *missing)
    lead, refusal = 0.0, 0.0
    for finding in findings:
        clause = next(c for r in asking.regimes.values() for c in r.clauses if c.clause == finding.clause)
        if {Decision.LICENCE, Decision.CASE_BY_CASE} & set(finding.decisions) and clause.kind == "movement":
            seen = practice.on(
                clause.practice,
                shipment.date or asking.law.on,
                clause.lead_days,
                commodity=shipment.item.commodity,
                known=asking.law.known,
            )
            lead, refusal = max(lead, seen.lead_days), max(refusal, seen.refusal_probability)
    if possible == (Decision.DENIED,):
        refusal = 1.0
    decision = possible[0] if len(possible) == 1 else Decision.CANNOT_TELL
    return DecisionTree(
        label=shipment.label or shipment.item.name or (shipment.item.commodity or "shipment"),
        on=asking.law.on,
        known=min(asking.law.known, asking.law.on),
        decision=decision,
        possible=possible,
        branches=branches,
        missing=missing if len(possible) > 1 else (),
        findings=tuple(findings),
        lead_days=lead,
        refusal_probability=refusal,
        switches=dict(asking.law.selection),
        conflicts=_conflicts(findings, asking),
        notes=near_names(shipment.end_user, asking.parties),
    )


def near_names(party: Party | None, parties: PartyLists) -> tuple[str, ...]:
    """Listed names that resemble the end user's without being it: a misspelling must not free a shipment."""
    if party is None or party.name == NOT_LISTED:
        return ()
    return tuple(
        f"end user {party.name!r} resembles {name!r} on {party_list}" for name, party_list in parties.near(party.name)
    )


def branch_decisions(branches: Sequence[tuple[Mapping[str, str], int]]) -> dict[str, Decision]:
    """Decision under each reading of the open law switches that matter; empty where none does.

    >>> branch_decisions([({"a": "x"}, 1), ({"a": "y"}, 4)])
    {'a=x': <Decision.ALLOWED: 'allowed'>, 'a=y': <Decision.LICENCE: 'licence'>}
    """
    if len({mask for _, mask in branches}) == 1:
        return {}
    names = list(branches[0][0])
    by_reading = {tuple(readings.items()): mask for readings, mask in branches}
    matters = [
        name
        for name in names
        if any(
            mask != other
            for (key, mask), (key2, other) in itertools.combinations(by_reading.items(), 2)
            if [p for p in key if p[0] != name] == [p for p in key2 if p[0] != name]
        )
    ]
    result: dict[str, Decision] = {}
    for readings, mask in branches:
        label = ", ".join(f"{name}={readings[name]}" for name in matters)
        found = decisions(mask)
        result[label] = found[0] if len(found) == 1 else Decision.CANNOT_TELL
    return result


def open_switches(branches: Iterable[str]) -> list[str]:
    """Law switches that branch labels name."""
    return list(dict.fromkeys(part.split("=")[0] for label in branches for part in label.split(", ")))


def in_order(names: Sequence[str], counts: Sequence[int]) -> tuple[str, ...]:
    """Missing facts, the one that settles most clauses first."""
    ranked = sorted((-int(count), name) for name, count in zip(names, counts, strict=True) if count)
    return tuple(name for _, name in ranked)


def _findings(facts: Facts, asking: Asking, branches: Sequence[Branch]) -> list[ClauseFinding]:
    found = []
    for regime in asking.regimes.values():
        for clause in regime.clauses:
            states = {_label(branch): branch.law.state(regime, clause)[0] for branch in branches}
            if not {"in force", "suspended", "announced"} & set(states.values()):
                continue
            in_force = [b for b in branches if b.law.state(regime, clause)[0] == "in force"]
            law = in_force[0].law if in_force else branches[0].law
            here = Asking(law, asking.regimes, asking.items, asking.parties)
            said = answer(regime, clause, facts, here)
            if said.applies[0] == NO and not in_force:
                continue
            if said.applies[0] != YES and clause.kind not in KINDS_THAT_DECIDE:
                continue
            found.append(_finding(said, facts, here, states, bool(in_force)))
    return found


def _label(branch: Branch) -> str:
    return ", ".join(f"{name}={option}" for name, option in branch.readings.items())


def _finding(
    said: ClauseAnswer, facts: Facts, asking: Asking, states: Mapping[str, str], in_force: bool
) -> ClauseFinding:
    regime, clause = said.regime, said.clause
    outcomes = regime.outcomes_of(clause)
    followed = [o for o, truth in zip(outcomes, said.outcomes, strict=True) if truth[0] > NO]
    asked = (
        [*clause.conditions, *(c for o in followed for c in o.conditions)]
        if said.applies[0] > NO
        else clause.conditions
    )
    settled = set(states.values())
    may = tuple(decisions(int(said.mask[0]))) if in_force else (Decision.ALLOWED,)
    return ClauseFinding(
        regime=regime.regime,
        clause=clause.clause,
        kind=clause.kind,
        reference=", ".join(dict.fromkeys((regime.instrument, clause.reference))),
        summary=clause.summary,
        state="unknown" if len(settled) > 1 else settled.pop(),
        states=_short_states(states),
        applies=WORDS[int(said.applies[0])],
        decisions=may,
        finding=" or ".join(dict.fromkeys(o.finding for o in followed if o.finding)),
        outcome_reference="; ".join(dict.fromkeys(o.reference for o in followed if o.reference)),
        facts=tuple(
            FactUsed(in_words(c), WORDS[int(ask(c, facts, asking)[0])], found_in_words(c, facts, 0, asking))
            for c in asked
        ),
        caveat=clause.caveat if said.applies[0] > NO else "",
        address=clause.address or regime.address,
        source=clause.source,
        confidence=clause.confidence,
        conflicts_with=clause.conflicts_with,
    )


def _short_states(states: Mapping[str, str]) -> dict[str, str]:
    """States by the one switch that they depend on; empty where they do not differ."""
    if len(set(states.values())) == 1:
        return {}
    by_part: dict[str, set[str]] = {}
    for label, state in states.items():
        for part in label.split(", "):
            by_part.setdefault(part, set()).add(state)
    return {part: next(iter(found)) for part, found in by_part.items() if len(found) == 1}


def _weight(finding: ClauseFinding) -> tuple[int, int, str]:
    bits = np.uint8(sum(1 << STRICTNESS.index(d) for d in finding.decisions))
    rank = int(HIGHEST[bits]) * 10 + int(LOWEST[bits])
    counts = finding.kind in KINDS_THAT_DECIDE
    return (-rank if counts else 1, {"yes": 0, "cannot tell": 1, "no": 2}[finding.applies], finding.clause)


def _conflicts(findings: Sequence[ClauseFinding], asking: Asking) -> tuple[str, ...]:
    """Clauses that apply, beside regimes in force that may forbid what complying with them asks for."""
    return tuple(
        f"{f.clause} ({f.reference}) may ask for what {other} forbids or punishes"
        for f in findings
        if f.applies == "yes" and f.state in ("in force", "unknown")
        for other in f.conflicts_with
        if asking.law.state(asking.regimes[other])[0] in ("in force", "unknown")
    )
