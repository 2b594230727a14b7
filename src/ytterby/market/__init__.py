"""The market: a network's welfare maximum, its prices, rents and flows, and a certificate that they are right.

What only reads answers (``compare``, ``verify``, ``Outcome``) is imported at once and knows no solver; what solves
(``equilibrium``, ``Family``) is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ytterby.market.certificate import Certificate
from ytterby.market.compare import Comparison, compare
from ytterby.market.outcome import Outcome
from ytterby.market.verify import verify
from ytterby.market.why import Why

if TYPE_CHECKING:
    from ytterby.market.family import Family, Sample
    from ytterby.market.solve import equilibrium

_SOLVING = {"Family": "ytterby.market.family", "Sample": "ytterby.market.family", "equilibrium": "ytterby.market.solve"}

__all__ = ["Certificate", "Comparison", "Family", "Outcome", "Sample", "Why", "compare", "equilibrium", "verify"]


def __getattr__(name: str) -> Any:
    if name not in _SOLVING:
        raise AttributeError(f"module 'ytterby.market' has no attribute {name!r}")
    return getattr(import_module(_SOLVING[name]), name)
