"""Strategy: who holds what grip on whom, and through which lever."""

from ytterby.strategy.grip import Grip, Leverage, Pulled, leverage, leverage_of
from ytterby.strategy.levers import LEVERS, eased, lever, pulled
from ytterby.strategy.shapley import coalitions, interactions, shapley

__all__ = [
    "LEVERS",
    "Grip",
    "Leverage",
    "Pulled",
    "coalitions",
    "eased",
    "interactions",
    "lever",
    "leverage",
    "leverage_of",
    "pulled",
    "shapley",
]
