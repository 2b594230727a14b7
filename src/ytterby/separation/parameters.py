"""What circuits take unless told otherwise: the table ``circuit_parameters``, as numbers with bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ytterby.world import World
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Band


@dataclass(frozen=True)
class CircuitParameters:
    """Point values with bands, by the table's keys."""

    bands: Mapping[str, Band]

    def __getitem__(self, parameter: str) -> float:
        """Point value of one parameter."""
        return self.band(parameter).point

    def band(self, parameter: str) -> Band:
        """Band of one parameter; raises UnknownNameError with near matches."""
        if parameter not in self.bands:
            raise UnknownNameError("circuit parameter", parameter, self.bands)
        return self.bands[parameter]

    def having(self, values: Mapping[str, float]) -> CircuitParameters:
        """A copy with other point values."""
        changed = {k: replace(self.band(k), point=v) for k, v in values.items()}
        return CircuitParameters({**self.bands, **changed})


def read_parameters(world: World) -> CircuitParameters:
    """Read ``circuit_parameters``."""
    rows = world.table("circuit_parameters")
    return CircuitParameters(
        {
            str(r["parameter"]): Band(float(r["value"]), float(r["low"]), float(r["high"]), str(r["source"]))
            for r in rows.to_dict("records")
        }
    )
