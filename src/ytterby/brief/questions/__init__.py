"""The questions that a brief can put to the model; each is a function of a context and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ytterby.brief.answer import Answer
from ytterby.brief.context import Context
from ytterby.brief.questions import future, investment, processing, regulation

Question = Callable[[Context, Mapping[str, Any]], Answer]

QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "resource": investment.resource,
        "money": investment.money,
        "ways_out": investment.ways_out,
        "reliance": investment.reliance,
        "acid": processing.acid,
        "us_share": processing.us_share,
        "replacement": processing.replacement,
        "value_share_rule": regulation.value_share_rule,
        "precision": regulation.precision,
        "partner_paths": regulation.partner_paths,
        "decoupling_cost": future.decoupling_cost,
        "ev_delay": future.ev_delay,
        "leverage": future.leverage,
    }
)
"""Questions by the name that a brief's file uses."""

__all__ = ["QUESTIONS", "Question"]
