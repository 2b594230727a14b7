"""From a brief and a world to answers: every claim's premise, numbers and verdict, and the page's own pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ytterby.brief.answer import Answered, Answers, judge
from ytterby.brief.claims import Brief
from ytterby.brief.context import Context
from ytterby.brief.faults import brief_faults
from ytterby.brief.front import front_pictures
from ytterby.brief.method import method_of
from ytterby.brief.premise import premise_of
from ytterby.brief.questions import QUESTIONS
from ytterby.brief.questions.leverage import Leverage
from ytterby.world import World
from ytterby.world.errors import InputError

Progress = Callable[[float, str], None]


def answer(
    brief: Brief,
    world: World,
    *,
    samples: int = 16,
    seed: int = 1,
    workers: int = 2,
    progress: Progress | None = None,
) -> Answers:
    """Answer every claim of a brief.

    ``samples`` quasi-random draws give the bands (0: none). Raises InputError, before anything is computed, where a
    claim names a fact, question or number that is not there.
    """
    tell = progress or (lambda _done, _remark: None)
    if faults := brief_faults(brief.model_dump(mode="json"), brief.id, world):
        raise InputError("brief does not fit its form", faults)
    questions = [QUESTIONS[claim.question].model_validate(claim.params, context=world) for claim in brief.claims]
    premises = [premise_of(claim, world.table("reported_facts")) for claim in brief.claims]
    cases = tuple(dict.fromkeys(name for question in questions for name in question.scenarios()))
    tell(0.02, "the base year")
    with Context(
        world, brief.year, brief.on, samples, seed, cases, workers, lambda done, remark: tell(0.2 + 0.4 * done, remark)
    ) as context:
        if any(isinstance(question, Leverage) for question in questions):
            context.start_leverage()
        _ = context.base
        for number, name in enumerate(cases):
            tell(0.04 + 0.16 * number / len(cases), name)
            context.case(name)
        if samples:
            _ = context.ensemble
        answered = []
        for number, (claim, question, premise) in enumerate(zip(brief.claims, questions, premises, strict=True)):
            tell(0.6 + 0.35 * number / len(brief.claims), claim.id)
            found = question.answer(context)
            answered.append(Answered(claim, premise[0], premise[1], judge(claim, found), found, premise[2]))
        tell(0.96, "the page")
        method, tables, meta = method_of(context, brief)
        front = front_pictures(context, brief.front) if brief.front is not None else ()
    words = (
        f"5 to 95 per cent range of {samples} samples of the world's own bands, or what its label says"
        if samples
        else "spread that its label names"
    )
    return Answers(tuple(answered), front, method, tables, meta, words)


def verdict_rows(answered: Sequence[Answered]) -> list[dict[str, object]]:
    """Rows for a table on the terminal: claim, premise, verdict, value, band, unit."""
    rows: list[dict[str, object]] = []
    for a in answered:
        head = a.answer.numbers.get(a.claim.headline)
        rows.append(
            {
                "claim": a.claim.claim,
                "premise": a.premise.value,
                "verdict": a.verdict.value,
                "value": head.value if head else None,
                "low": head.low if head else None,
                "high": head.high if head else None,
                "unit": head.unit if head else "",
            }
        )
    return rows
