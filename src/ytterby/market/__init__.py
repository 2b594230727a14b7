"""The market: a network's welfare maximum, its prices, rents and flows, and a certificate that they are right."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Certificate": "ytterby.market.certificate",
    "Comparison": "ytterby.market.compare",
    "Family": "ytterby.market.family",
    "Outcome": "ytterby.market.outcome",
    "Sample": "ytterby.market.family",
    "Why": "ytterby.market.why",
    "compare": "ytterby.market.compare",
    "equilibrium": "ytterby.market.solve",
    "verify": "ytterby.market.verify",
}

__all__ = [
    "Certificate",
    "Comparison",
    "Family",
    "Outcome",
    "Sample",
    "Why",
    "compare",
    "equilibrium",
    "verify",
]

if TYPE_CHECKING:
    from ytterby.market.certificate import Certificate
    from ytterby.market.compare import Comparison, compare
    from ytterby.market.family import Family, Sample
    from ytterby.market.outcome import Outcome
    from ytterby.market.solve import equilibrium
    from ytterby.market.verify import verify
    from ytterby.market.why import Why


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ytterby.market' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
