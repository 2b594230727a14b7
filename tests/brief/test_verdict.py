"""The verdict follows from the claim's own rules on the computed numbers, and from nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ytterby.brief.answer import Answer, Number, judge
from ytterby.brief.claims import Claim
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.terms import Verdict

NAN = float("nan")


def claim(*rules: tuple[str, list[dict[str, Any]]], otherwise: str = "does not hold") -> Claim:
    verdicts = [{"verdict": verdict, "when": when} for verdict, when in rules]
    data = {"id": "one", "group": "g", "claim": "c", "origin": "o", "facts": ["f"], "question": "q", "headline": "x"}
    return Claim.model_validate({**data, "verdicts": verdicts, "otherwise": otherwise})


def answer(untestable: str = "", **numbers: tuple[float, float, float]) -> Answer:
    held = {name: Number(name, point, "t", low, high) for name, (low, point, high) in numbers.items()}
    return Answer(numbers=held, because="", sources=(), untestable=untestable)


def when(number: str, op: str, than: float | str, at: str = "value") -> dict[str, Any]:
    return {"number": number, "op": op, "than": than, "at": at}


def test_the_first_rule_whose_conditions_hold_decides() -> None:
    asked = claim(("holds", [when("x", ">", 10.0)]), ("holds in part", [when("x", ">", 1.0)]))
    assert judge(asked, answer(x=(11, 12, 13))) is Verdict.HOLDS
    assert judge(asked, answer(x=(1, 2, 30))) is Verdict.IN_PART
    assert judge(asked, answer(x=(0, 0.5, 30))) is Verdict.FAILS


def test_all_conditions_of_a_rule_must_hold() -> None:
    asked = claim(("holds", [when("x", ">", 1.0), when("y", "<", 1.0)]))
    assert judge(asked, answer(x=(2, 2, 2), y=(0, 0, 0))) is Verdict.HOLDS
    assert judge(asked, answer(x=(2, 2, 2), y=(3, 3, 3))) is Verdict.FAILS


@pytest.mark.parametrize(("at", "verdict"), [("low", Verdict.FAILS), ("value", Verdict.HOLDS), ("high", Verdict.HOLDS)])
def test_a_rule_can_ask_for_an_end_of_the_band(at: str, verdict: Verdict) -> None:
    assert judge(claim(("holds", [when("x", ">=", 5.0, at)])), answer(x=(4, 5, 6))) is verdict


@pytest.mark.parametrize(("op", "holds"), [(">", False), (">=", True), ("<", False), ("<=", True)])
def test_a_bound_itself_is_inside_only_where_the_rule_says_so(op: str, holds: bool) -> None:
    verdict = judge(claim(("holds", [when("x", op, 5.0)])), answer(x=(5, 5, 5)))
    assert (verdict is Verdict.HOLDS) == holds


def test_a_rule_can_compare_two_computed_numbers() -> None:
    asked = claim(("holds", [when("x", ">", "y")]), otherwise="holds in part")
    assert judge(asked, answer(x=(2, 2, 2), y=(0, 1, 9))) is Verdict.HOLDS
    assert judge(asked, answer(x=(2, 2, 2), y=(0, 3, 9))) is Verdict.IN_PART


def test_what_cannot_be_tested_has_no_other_verdict() -> None:
    asked = claim(("holds", [when("x", ">", 1.0)]))
    assert judge(asked, answer("one year is no movement", x=(2, 2, 2))) is Verdict.UNTESTABLE


def test_a_verdict_on_an_unknown_or_missing_number_is_refused() -> None:
    asked = claim(("holds", [when("reserve", ">", 1.0)]))
    with pytest.raises(UnknownNameError, match="reserve_mt"):
        judge(asked, answer(reserve_mt=(2, 2, 2)))
    with pytest.raises(InputError, match="not there"):
        judge(asked, answer(reserve=(NAN, NAN, NAN)))
