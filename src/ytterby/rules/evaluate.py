"""The evaluator: facts and law in, what every clause may decide out, for all rows and every branch of the
law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ytterby.rules.conditions import MEASURE, Asking, ask, atoms
from ytterby.rules.facts import Facts
from ytterby.rules.law import Law
from ytterby.rules.logic import (
    ALLOWED_BIT,
    HIGHEST,
    LOWEST,
    NO,
    UNKNOWN,
    YES,
    Mask,
    Truth,
    all_of,
    bit,
    strictest,
)
from ytterby.rules.model import KINDS_THAT_DECIDE, Clause, Condition, Regime

LawKey = tuple[tuple[bool, ...], tuple[str, ...]]


@dataclass(frozen=True)
class ClauseAnswer:
    """What one clause says in every row, were it in force."""

    regime: Regime
    clause: Clause
    applies: Truth
    """Whether its conditions hold."""
    mask: Mask
    """Decisions that may follow, with *allowed* where it may not apply."""
    outcomes: tuple[Truth, ...]
    """Whether each of its outcomes is the one that follows."""


@dataclass(frozen=True)
class Branch:
    """One possible state of the law."""

    readings: Mapping[str, str]
    """Option of each law switch that is open on the day."""
    law: Law
    answers: tuple[ClauseAnswer, ...]
    """Answers of the clauses that are in force in this branch."""
    mask: Mask
    """What the strictest of them may decide, by row."""


@dataclass(frozen=True)
class Evaluation:
    """Every branch of the law on one day, for all rows."""

    facts: Facts
    branches: tuple[Branch, ...]

    @property
    def mask(self) -> Mask:
        """What may be decided in some branch, by row."""
        result = self.branches[0].mask.copy()
        for branch in self.branches[1:]:
            result |= branch.mask
        return result


def evaluate(facts: Facts, asking: Asking, kinds: frozenset[str] = KINDS_THAT_DECIDE) -> Evaluation:
    """Ask every clause of the given kinds in every branch of the law."""
    cache: dict[tuple[str, LawKey], ClauseAnswer] = {}
    asked = [(r, c, _law_asked(r, c)) for r in asking.regimes.values() for c in r.clauses if c.kind in kinds]
    branches = []
    for readings, law in asking.law.branches(asking.regimes):
        in_branch = Asking(law, asking.regimes, asking.items, asking.parties)
        answers = []
        for regime, clause, depends in asked:
            if law.state(regime, clause)[0] != "in force":
                continue
            key = (clause.clause, _law_key(depends, in_branch))
            if key not in cache:
                cache[key] = answer(regime, clause, facts, in_branch)
            answers.append(cache[key])
        mask = strictest((a.mask for a in answers), facts.size)
        branches.append(Branch(readings, law, tuple(answers), mask))
    return Evaluation(facts, tuple(branches))


def _law_asked(regime: Regime, clause: Clause) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Regimes whose state, and switches whose option, a clause's conditions ask."""
    atoms_ = _atoms_of(regime, clause)
    controlling = dict.fromkeys(name for atom in atoms_ for name in atom.controlled_by or ())
    switches = dict.fromkeys(t.split(":")[0] for atom in atoms_ if atom.fact == "switch" for t in atom.in_ or ())
    return tuple(controlling), tuple(switches)


def _law_key(depends: tuple[tuple[str, ...], tuple[str, ...]], asking: Asking) -> LawKey:
    """What the law says to all that a clause asks of it: two branches with the same key give the same answer."""
    controlling, switches = depends
    return (
        tuple(asking.law.state(asking.regimes[name])[0] == "in force" for name in controlling),
        tuple(asking.law.selection.get(name, "") for name in switches),
    )


def answer(regime: Regime, clause: Clause, facts: Facts, asking: Asking) -> ClauseAnswer:
    """Ask one clause, in force or not."""
    applies = np.full(facts.size, YES, dtype=np.int8)
    for condition in clause.conditions:
        np.minimum(applies, ask(condition, facts, asking), out=applies)
        if not (applies > NO).any():
            break
    mask = np.where(applies == YES, np.uint8(0), ALLOWED_BIT)
    remaining = applies.copy()
    outcomes = []
    for outcome in regime.outcomes_of(clause):
        if not (remaining > NO).any():
            outcomes.append(np.full(facts.size, NO, dtype=np.int8))
            continue
        holds = all_of((ask(c, facts, asking) for c in outcome.conditions), facts.size)
        follows = np.minimum(remaining, holds)
        mask |= np.where(follows > NO, bit(outcome.decision), np.uint8(0))
        np.minimum(remaining, -holds, out=remaining)
        outcomes.append(follows)
    mask |= np.where(remaining > NO, ALLOWED_BIT, np.uint8(0))
    return ClauseAnswer(regime, clause, applies, mask, tuple(outcomes))


def missing_facts(evaluation: Evaluation, asking: Asking) -> tuple[Sequence[str], npt.NDArray[np.int32]]:
    """Facts whose absence leaves a clause open: their names, and by row how many clauses each would settle.

    Counted are clauses that could raise a row's decision above what is already sure.
    """
    counts: dict[str, npt.NDArray[np.int32]] = {}
    seen: set[tuple[str, LawKey]] = set()
    depends = {c.clause: _law_asked(r, c) for r in asking.regimes.values() for c in r.clauses}
    facts = evaluation.facts
    for branch in evaluation.branches:
        floor = LOWEST[branch.mask]
        in_branch = Asking(branch.law, asking.regimes, asking.items, asking.parties)
        for found in branch.answers:
            key = (found.clause.clause, _law_key(depends[found.clause.clause], in_branch))
            if key in seen:
                continue
            seen.add(key)
            is_open = (LOWEST[found.mask] != HIGHEST[found.mask]) & (HIGHEST[found.mask] > floor)
            if not is_open.any():
                continue
            rows = np.flatnonzero(is_open)
            for condition in _conditions_of(found.regime, found.clause):
                for name, unknown in _unknown_atoms(condition, facts, in_branch):
                    if unknown[rows].any():
                        tally = counts.setdefault(name, np.zeros(facts.size, dtype=np.int32))
                        tally[rows] += unknown[rows]
    names = sorted(counts)
    table = np.stack([counts[n] for n in names], axis=1) if names else np.zeros((facts.size, 0), dtype=np.int32)
    return names, table


def _conditions_of(regime: Regime, clause: Clause) -> list[Condition]:
    return [*clause.conditions, *(c for outcome in regime.outcomes_of(clause) for c in outcome.conditions)]


def _unknown_atoms(condition: Condition, facts: Facts, asking: Asking) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Single tests that leave a condition open, and in which rows; tests that cannot matter are passed
    over."""
    is_open = ask(condition, facts, asking) == UNKNOWN
    if not is_open.any():
        return
    if condition.fact:
        yield condition.fact.removeprefix(MEASURE), is_open
    for inner in (*condition.any_of, *condition.all_of):
        for name, unknown in _unknown_atoms(inner, facts, asking):
            yield name, unknown & is_open


def _atoms_of(regime: Regime, clause: Clause) -> list[Condition]:
    return [atom for condition in _conditions_of(regime, clause) for atom in atoms(condition)]
