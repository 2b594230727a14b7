"""What changes when: a calendar of legal states and of one's own products, the difference between two days or two
worlds, and what it would mean if a suspended regime came back."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ytterby.rules.evaluate import Evaluation, evaluate
from ytterby.rules.explain import branch_decisions
from ytterby.rules.facts import Facts
from ytterby.rules.logic import decisions

if TYPE_CHECKING:
    from ytterby.rules.engine import Rules

PRODUCT_COLUMNS = ("date", "shipment", "before", "after", "clauses")
RETURN_COLUMNS = ("regime", "clauses", "state", "shipment", "now", "then")
SLEEPING = ("announced", "suspended", "unknown")
"""States from which a clause may come into force."""
CALENDAR_COLUMNS = ("date", "regime", "clause", "before", "after", "known_on", "depends_on", "source", "note")


def calendar(rules: Rules, since: datetime.date, until: datetime.date) -> pd.DataFrame:
    """Every change of a clause's legal state in [since, until], in order. Columns:
    :data:`CALENDAR_COLUMNS`."""
    rows = []
    for regime in rules.regimes.values():
        for clause in regime.clauses:
            days = sorted({s.from_ for s in regime.states_of(clause) if since <= s.from_ <= until})
            for day in days:
                before, _ = rules.asking(day - datetime.timedelta(days=1)).law.state(regime, clause)
                after, record = rules.asking(day).law.state(regime, clause)
                if before == after or record is None:
                    continue
                rows.append(
                    (
                        day, regime.regime, clause.clause, before, after, record.known_on, record.decided_by,
                        record.source, record.note,
                    )
                )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(CALENDAR_COLUMNS))
    return frame.sort_values(["date", "regime", "clause"], ignore_index=True)


def compare(first: Rules, second: Rules) -> pd.DataFrame:
    """Clauses that differ between two sets of rules: two days, two switch settings, or two worlds.

    Columns: regime, clause, what (state, only in the first, only in the second, text), first, second.
    """
    rows = []
    one = {c.clause: (r, c) for r in first.regimes.values() for c in r.clauses}
    two = {c.clause: (r, c) for r in second.regimes.values() for c in r.clauses}
    for name in sorted(one.keys() | two.keys()):
        if name not in two or name not in one:
            which = "only in the first" if name in one else "only in the second"
            regime = (one.get(name) or two[name])[0]
            rows.append((regime.regime, name, which, "", ""))
            continue
        regime, clause = one[name]
        state_one, _ = first.asking().law.state(regime, clause)
        state_two, _ = second.asking().law.state(*two[name])
        if state_one != state_two:
            rows.append((regime.regime, name, "state", state_one, state_two))
        text_one = clause.model_dump(exclude={"states"})
        text_two = two[name][1].model_dump(exclude={"states"})
        for key in text_one:
            if text_one[key] != text_two[key]:
                rows.append((regime.regime, name, key, str(text_one[key])[:200], str(text_two[key])[:200]))
    return pd.DataFrame(rows, columns=["regime", "clause", "what", "first", "second"])


def compare_facts(first: Rules, second: Rules, facts: Facts, labels: Sequence[str]) -> pd.DataFrame:
    """Shipments that two sets of rules decide differently, each on its own day. Columns: shipment, first, second,
    clauses_first, clauses_second."""
    afresh = facts.take(np.arange(facts.size))
    one, two = evaluate(facts, first.asking()), evaluate(afresh, second.asking())
    rows = []
    for row in range(facts.size):
        said = _in_words(one, row), _in_words(two, row)
        if said[0] != said[1]:
            clauses = (";".join(sorted(_biting(evaluation, row))) for evaluation in (one, two))
            rows.append((labels[row], *said, *clauses))
    return pd.DataFrame(rows, columns=["shipment", "first", "second", "clauses_first", "clauses_second"])


def product_calendar(
    rules: Rules, facts: Facts, labels: Sequence[str], since: datetime.date, until: datetime.date
) -> pd.DataFrame:
    """Days in [since, until] on which the decision on one of the shipments changes. Columns: :data:`PRODUCT_COLUMNS`;
    ``clauses`` are those of the day that touch it."""
    changes = calendar(rules, since, until)
    rows = []
    for day, of_day in changes.groupby("date", sort=True):
        assert isinstance(day, datetime.date)
        before = evaluate(facts, rules.asking(day - datetime.timedelta(days=1)))
        after = evaluate(facts, rules.asking(day))
        for row in range(facts.size):
            one, two = _in_words(before, row), _in_words(after, row)
            if one != two:
                touching = sorted(set(of_day["clause"]) & (_biting(before, row) | _biting(after, row)))
                rows.append((day, labels[row], one, two, ";".join(touching)))
    return pd.DataFrame(rows, columns=list(PRODUCT_COLUMNS))


def if_returned(rules: Rules, facts: Facts, labels: Sequence[str]) -> pd.DataFrame:
    """What each sleeping regime would change if it came into force on the rules' day, the others standing.

    Columns: :data:`RETURN_COLUMNS`; a regime that changes no decision has one row without a shipment.
    """
    law = rules.asking().law
    now = evaluate(facts, rules.asking())
    rows = []
    for regime in rules.regimes.values():
        sleeping = {c.clause: law.state(regime, c)[0] for c in regime.clauses if law.state(regime, c)[0] in SLEEPING}
        if not sleeping:
            continue
        woken = [*sleeping, *([regime.regime] if law.state(regime)[0] in SLEEPING else [])]
        then = evaluate(facts, rules.forced(dict.fromkeys(woken, "in force")).asking())
        states = "; ".join(dict.fromkeys(sleeping.values()))
        head = (regime.regime, ";".join(sleeping), states)
        changed = [
            (*head, labels[row], _in_words(now, row), _in_words(then, row))
            for row in range(facts.size)
            if _in_words(now, row) != _in_words(then, row)
        ]
        rows += changed or [(*head, "", "", "")]
    return pd.DataFrame(rows, columns=list(RETURN_COLUMNS))


def _in_words(evaluation: Evaluation, row: int) -> str:
    """What is decided in one row, with its branches."""
    possible = decisions(int(evaluation.mask[row]))
    decided = possible[0].value if len(possible) == 1 else "cannot tell"
    branches = branch_decisions([(b.readings, int(b.mask[row])) for b in evaluation.branches])
    told = "; ".join(f"{label}: {decision.value}" for label, decision in branches.items())
    return f"{decided} ({told})" if told else decided


def _biting(evaluation: Evaluation, row: int) -> set[str]:
    """Clauses that may make the decision in one row stricter than allowed."""
    return {a.clause.clause for branch in evaluation.branches for a in branch.answers if int(a.mask[row]) > 1}
