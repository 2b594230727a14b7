"""The questions that a brief can put to the model; each is a function of a context and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ytterby.brief.answer import Answer
from ytterby.brief.context import Context

Question = Callable[[Context, Mapping[str, Any]], Answer]

QUESTIONS: Mapping[str, Question] = MappingProxyType({})

__all__ = ["QUESTIONS", "Question"]
