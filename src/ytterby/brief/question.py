"""What every question is: its parameters as fields, the numbers it computes by name, and the answer."""

from __future__ import annotations

from abc import abstractmethod

from ytterby.brief.answer import Answer
from ytterby.brief.context import Context
from ytterby.brief.names import Strict


class Question(Strict):
    """A question to the model; the fields are what ``[claims.params]`` in a brief's file must say."""

    @abstractmethod
    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers that the answer holds: those that a claim's headline and verdicts may use."""

    def scenarios(self) -> tuple[str, ...]:
        """Scenarios that the question compares."""
        return ()

    @abstractmethod
    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
