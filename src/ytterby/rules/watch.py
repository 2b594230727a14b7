"""What changes when: a calendar of legal states, and the difference between two days or two worlds."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.rules.decision import DecisionTree
from ytterby.rules.shipment import Shipment

if TYPE_CHECKING:
    from ytterby.rules.engine import Rules

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


def compare_decisions(first: Rules, second: Rules, shipments: Sequence[Shipment]) -> pd.DataFrame:
    """Shipments that two sets of rules decide differently. Columns: shipment, first, second,
    clauses_first, clauses_second."""
    rows = []
    for number, shipment in enumerate(shipments, 1):
        undated = shipment.model_copy(update={"date": None})
        one, two = first.explain(undated, sensitivity=False), second.explain(undated, sensitivity=False)
        if one.possible != two.possible or one.branches != two.branches:
            rows.append(
                (
                    one.label or f"shipment {number}",
                    _said(one),
                    _said(two),
                    ";".join(one.clauses),
                    ";".join(two.clauses),
                )
            )
    columns = ["shipment", "first", "second", "clauses_first", "clauses_second"]
    return pd.DataFrame(rows, columns=columns)


def _said(tree: DecisionTree) -> str:
    branches = "; ".join(f"{k}: {v.value}" for k, v in tree.branches.items())
    return f"{tree.decision.value} ({branches})" if branches else tree.decision.value
