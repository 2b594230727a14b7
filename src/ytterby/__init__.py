"""ytterby: the rare-earth supply chain, computable: ore, acid, routes, rules, prices.

Names are imported on first use, so that ``import ytterby`` loads no heavy library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "World": "ytterby.world",
    "Scenario": "ytterby.world",
    "YtterbyError": "ytterby.world.errors",
    "solve": "ytterby.studies",
    "Outcome": "ytterby.market",
    "compare": "ytterby.market",
    "verify": "ytterby.market",
}

__all__ = ["Outcome", "Scenario", "World", "YtterbyError", "__version__", "compare", "solve", "verify"]

if TYPE_CHECKING:
    from ytterby.market.compare import compare
    from ytterby.market.outcome import Outcome
    from ytterby.market.verify import verify
    from ytterby.studies.solve import solve
    from ytterby.world import Scenario, World
    from ytterby.world.errors import YtterbyError


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ytterby' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
