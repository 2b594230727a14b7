"""The questions that a brief can put to the model, one a file; their fields are the parameters of a claim."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ytterby.brief.question import Question
from ytterby.brief.questions.acid import Acid
from ytterby.brief.questions.decoupling_cost import DecouplingCost
from ytterby.brief.questions.ev_delay import EvDelay
from ytterby.brief.questions.leverage import Leverage
from ytterby.brief.questions.money import Money
from ytterby.brief.questions.partner_paths import PartnerPaths
from ytterby.brief.questions.precision import Precision
from ytterby.brief.questions.reliance import Reliance
from ytterby.brief.questions.replacement import Replacement
from ytterby.brief.questions.resource import Resource
from ytterby.brief.questions.share_by_stage import ShareByStage
from ytterby.brief.questions.value_share_rule import ValueShareRule
from ytterby.brief.questions.ways_out import WaysOut

QUESTIONS: Mapping[str, type[Question]] = MappingProxyType(
    {
        "resource": Resource,
        "money": Money,
        "ways_out": WaysOut,
        "reliance": Reliance,
        "acid": Acid,
        "share_by_stage": ShareByStage,
        "replacement": Replacement,
        "value_share_rule": ValueShareRule,
        "precision": Precision,
        "partner_paths": PartnerPaths,
        "decoupling_cost": DecouplingCost,
        "ev_delay": EvDelay,
        "leverage": Leverage,
    }
)
"""Questions by the name that a brief's file uses."""


def described() -> list[dict[str, str]]:
    """Questions with what they ask, and their parameters."""
    return [
        {
            "question": name,
            "asks": (model.__doc__ or "").strip(),
            "params": ", ".join(
                field if info.is_required() else f"{field} (optional)" for field, info in model.model_fields.items()
            ),
        }
        for name, model in QUESTIONS.items()
    ]


__all__ = ["QUESTIONS", "Question", "described"]
