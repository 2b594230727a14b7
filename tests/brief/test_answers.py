"""The thirteen claims, answered: every number is there, has a band that holds it, and a source."""

from __future__ import annotations

import math

from ytterby.brief import Brief
from ytterby.brief.answer import Answers
from ytterby.brief.questions import QUESTIONS
from ytterby.world import World
from ytterby.world.terms import Premise, Verdict


def test_every_claim_is_answered_in_order(brief: Brief, answers: Answers) -> None:
    assert [a.claim.id for a in answers.answered] == [c.id for c in brief.claims]


def test_a_question_computes_the_numbers_that_it_names(answers: Answers) -> None:
    for a in answers.answered:
        question = QUESTIONS[a.claim.question].model_validate(a.claim.params)
        assert list(a.answer.numbers) == list(question.numbers()), a.claim.id


def test_bands_hold_their_number(answers: Answers) -> None:
    for a in answers.answered:
        for name, n in a.answer.numbers.items():
            assert math.isnan(n.value) or n.low <= n.value <= n.high, (a.claim.id, name)


def test_every_answer_says_why_and_from_where(answers: Answers, shipped: World) -> None:
    known = set(shipped.table("sources")["source"]) | {"balance"}
    for a in answers.answered:
        assert a.because.endswith((".", ")")), a.claim.id
        assert a.answer.sources, a.claim.id
        assert set(a.answer.sources) <= known, set(a.answer.sources) - known


def test_a_forecast_is_no_reserve(answers: Answers) -> None:
    """Zhana Kazakhstan, 2 April 2025: projected resources at about 700 g/t (Qazinform): 20 Mt / 700 g/t = 28.6 Gt."""
    found = next(a for a in answers.answered if a.claim.id == "twenty-million-tonnes")
    assert found.premise is Premise.ESTABLISHED
    assert found.verdict is Verdict.FAILS
    assert found.answer.numbers["reserve_mt"].value == 0.0
    assert math.isclose(found.answer.numbers["rock_gt"].value, 20e6 / 700e-6 / 1e9, rel_tol=0.01)
    assert math.isclose(found.answer.numbers["metal_if_ore_t"].value, 20e6 * 700e-6, rel_tol=0.01)


def test_the_mined_share_is_that_of_the_offices(answers: Answers) -> None:
    """12.0 % of mined output by the US Geological Survey for 2024, 6.6 % by the British one for 2023."""
    found = next(a for a in answers.answered if a.claim.id == "five-percent")
    assert found.premise is Premise.CONTRADICTED
    assert math.isclose(found.answer.numbers["mined_share"].value, 12.0, abs_tol=0.5)
    assert found.answer.numbers["lowest_reading"].value < 5.0 < found.answer.numbers["highest_reading"].value


def test_a_suspended_rule_catches_nothing(answers: Answers) -> None:
    """MOFCOM Announcement 61 was suspended by Announcement 70 of 7 November 2025, before its 0.1 % limb began."""
    found = next(a for a in answers.answered if a.claim.id == "one-in-a-thousand")
    assert found.answer.numbers["products_needing_licence"].value == 0.0
    assert found.answer.numbers["products_if_in_force"].value > 0.0
    assert "neodymium" not in found.answer.because


def test_what_only_portals_say_is_unverified(answers: Answers) -> None:
    premises = {a.claim.id: a.premise for a in answers.answered}
    for name in ("us-110-million", "no-way-out", "more-acid"):
        assert premises[name] is Premise.UNVERIFIED
