"""What a question gives back: computed numbers with bands, tables, pictures and the reason in one line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ytterby.brief.claims import Claim, Condition
from ytterby.pictures import Picture
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Premise, Verdict


@dataclass(frozen=True)
class Number:
    """One computed number; low and high are equal to the value where it has no band."""

    label: str
    value: float
    unit: str
    low: float
    high: float
    basis: str = ""
    """Which bands or which readings the low and the high come from."""


@dataclass(frozen=True)
class Table:
    """A table shown under a claim."""

    title: str
    frame: pd.DataFrame
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """What a question computed."""

    numbers: Mapping[str, Number]
    because: str
    """One line: why the verdict is what it is, with the numbers that decide."""
    sources: tuple[str, ...]
    """Keys of the sources table behind the numbers."""
    details: tuple[str, ...] = ()
    """Further sentences for the reader who wants to know."""
    caveats: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    untestable: str = ""
    """Why the claim cannot be tested; blank where it can."""


@dataclass(frozen=True)
class Answered:
    """A claim with its premise, its verdict and the answer behind it."""

    claim: Claim
    premise: Premise
    premise_because: str
    verdict: Verdict
    answer: Answer
    premise_sources: tuple[str, ...] = field(default=())

    @property
    def because(self) -> str:
        """Why the verdict is what it is, or why there is none."""
        answer = self.answer
        return f"Cannot be tested, because {answer.untestable}" if answer.untestable else answer.because

    @property
    def headline(self) -> Number:
        """The number shown beside the verdict."""
        numbers = self.answer.numbers
        if self.claim.headline not in numbers:
            raise UnknownNameError("number", self.claim.headline, numbers, f"claim {self.claim.id}, headline")
        return numbers[self.claim.headline]


@dataclass(frozen=True)
class Answers:
    """A brief answered: claims, pictures for the front of the page, and how it was computed."""

    answered: tuple[Answered, ...]
    front: tuple[Picture, ...]
    method: tuple[str, ...]
    method_tables: tuple[Table, ...]
    meta: dict[str, Any]
    band_words: str


def judge(claim: Claim, answer: Answer) -> Verdict:
    """Return the verdict that the claim's own rules give on the computed numbers."""
    if answer.untestable:
        return Verdict.UNTESTABLE
    for rule in claim.verdicts:
        if all(_holds(condition, answer, claim) for condition in rule.when):
            return rule.verdict
    return claim.otherwise


def _holds(condition: Condition, answer: Answer, claim: Claim) -> bool:
    def read(name: str, at: str) -> float:
        if name not in answer.numbers:
            raise UnknownNameError("number", name, answer.numbers, f"claim {claim.id}, verdict rule")
        value: float = getattr(answer.numbers[name], at)
        if math.isnan(value):
            raise InputError(
                "a verdict rests on a number that is not there",
                [
                    Fault(
                        f"claim {claim.id}",
                        f"{name} ({at}) is blank",
                        "a number, or a question that says untestable",
                    )
                ],
            )
        return value

    left = read(condition.number, condition.at)
    right = read(condition.than, "value") if isinstance(condition.than, str) else condition.than
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[condition.op]
