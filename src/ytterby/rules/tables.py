"""Decisions for many rows at once: texts are written once for each pattern of answers, not once for each
row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.rules.conditions import Asking
from ytterby.rules.evaluate import ClauseAnswer, Evaluation, evaluate, missing_facts
from ytterby.rules.explain import LAW_UNKNOWN, branch_decisions, in_order, open_switches
from ytterby.rules.facts import Facts
from ytterby.rules.logic import HIGHEST, LOWEST, decisions
from ytterby.rules.practice import LicencePractice
from ytterby.world.terms import Decision

COLUMNS = (
    "decision", "freest", "strictest", "clauses", "reasons", "missing", "branches", "lead_days",
    "refusal_probability", "granted_of_decided",
)  # fmt: skip


def decided(facts: Facts, asking: Asking, practice: LicencePractice) -> pd.DataFrame:
    """Decide every row of ``facts``; one row of :data:`COLUMNS` each."""
    evaluation = evaluate(facts, asking)
    answers: dict[str, ClauseAnswer] = {
        f"{a.clause.clause}": a for branch in evaluation.branches for a in branch.answers
    }
    names, counts = missing_facts(evaluation, asking)
    pattern_of, first = _patterns(evaluation, answers, np.column_stack([counts, _products(facts, practice)]))
    rows = [_row(evaluation, answers, in_order(names, counts[row]), int(row), asking, practice) for row in first]
    return pd.DataFrame(rows, columns=list(COLUMNS)).take(pattern_of).reset_index(drop=True)


def _products(facts: Facts, practice: LicencePractice) -> npt.NDArray[np.int32]:
    """Number of the products for which reports on licences speak, by row (N,)."""
    groups = [practice.group(getattr(item, "commodity", None)) for item in facts.item.values]
    codes = pd.factorize(np.array([*groups, ""], dtype=object))[0].astype(np.int32)
    return np.asarray(codes[facts.item.codes])


def _patterns(
    evaluation: Evaluation, answers: dict[str, ClauseAnswer], counts: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Which rows share every answer; the first row of each pattern."""
    size = evaluation.facts.size
    key = np.zeros(size, dtype=np.uint64)
    prime = np.uint64(0x9E3779B97F4A7C15)
    columns: list[npt.NDArray[Any]] = [branch.mask for branch in evaluation.branches]
    columns += [answer.mask for answer in answers.values()]
    columns += [counts[:, k] for k in range(counts.shape[1])]
    for column in columns:
        key = (key ^ column.astype(np.uint64)) * prime
        key ^= key >> np.uint64(29)
    codes, uniques = pd.factorize(key)
    first = np.zeros(len(uniques), dtype=np.int64)
    first[codes[::-1]] = np.arange(size - 1, -1, -1)
    return codes.astype(np.int64), first


def _row(
    evaluation: Evaluation,
    answers: dict[str, ClauseAnswer],
    missing: tuple[str, ...],
    row: int,
    asking: Asking,
    practice: LicencePractice,
) -> tuple[Any, ...]:
    possible = decisions(int(evaluation.mask[row]))
    branches = branch_decisions([(b.readings, int(b.mask[row])) for b in evaluation.branches])
    clauses, reasons = [], []
    lead = refusal = 0.0
    granted: list[float] = []
    ranked = sorted(answers.values(), key=lambda a: (-int(HIGHEST[a.mask[row]]), -int(LOWEST[a.mask[row]])))
    for said in ranked:
        mask = int(said.mask[row])
        if mask <= 1:
            continue
        may = decisions(mask)
        clauses.append(said.clause.clause)
        unsure = "" if said.applies[row] == 1 else " (cannot tell whether it applies)"
        reasons.append(
            f"{said.regime.instrument}, {said.clause.reference}: {' or '.join(d.value for d in may)}{unsure}"
        )
        if said.clause.kind == "movement" and {Decision.LICENCE, Decision.CASE_BY_CASE} & set(may):
            code = evaluation.facts.item.codes[row]
            item = evaluation.facts.item.values[code] if code >= 0 else None
            seen = practice.on(
                said.clause.practice,
                asking.law.on,
                said.clause.lead_days,
                commodity=getattr(item, "commodity", None),
                known=asking.law.known,
            )
            lead, refusal = max(lead, seen.lead_days), max(refusal, seen.refusal_probability)
            granted.append(seen.granted_of_decided)
    if possible == [Decision.DENIED]:
        refusal, granted = 1.0, [0.0]
    if len(possible) == 1:
        missing = ()
    elif branches:
        missing = (f"{LAW_UNKNOWN} ({', '.join(open_switches(branches))})", *missing)
    return (
        (possible[0] if len(possible) == 1 else Decision.CANNOT_TELL).value,
        possible[0].value,
        possible[-1].value,
        ";".join(clauses),
        "; ".join(reasons),
        ";".join(missing),
        "; ".join(f"{label}: {decision.value}" for label, decision in branches.items()),
        lead,
        refusal,
        min(granted, default=1.0),
    )
