"""The unknown flows of a balance, each with its place in the vector that is solved for, and linear forms over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.balance.structure import GROUPS, MAGNET_MAKING, Structure
from ytterby.world.elements import LANTHANIDES_AND_Y

Form = dict[int, float]
"""A linear form over the unknowns: position -> coefficient."""


def add(*forms: Form) -> Form:
    """Sum of linear forms."""
    total: Form = {}
    for form in forms:
        for position, coefficient in form.items():
            total[position] = total.get(position, 0.0) + coefficient
    return total


def times(form: Form, factor: float) -> Form:
    """A linear form times a number."""
    return {position: coefficient * factor for position, coefficient in form.items()}


def value(form: Form, x: NDArray[np.float64]) -> float:
    """A linear form at x."""
    return float(sum(coefficient * x[position] for position, coefficient in form.items()))


@dataclass
class Unknowns:
    """The unknowns in order. A flow is (kind, origin, destination, ore, element); what does not apply is blank."""

    keys: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    position: dict[tuple[str, str, str, str, str], int] = field(default_factory=dict)
    of_kind: dict[str, list[int]] = field(default_factory=dict)

    def declare(self, kind: str, origin: str, destination: str = "", ore: str = "", element: str = "") -> int:
        """Add a flow, or find it."""
        key = (kind, origin, destination, ore, element)
        if key not in self.position:
            self.position[key] = len(self.keys)
            self.of_kind.setdefault(kind, []).append(len(self.keys))
            self.keys.append(key)
        return self.position[key]

    def pick(
        self,
        kinds: str | Iterable[str],
        origin: str | None = None,
        destination: str | None = None,
        ore: str | None = None,
        element: str | Iterable[str] | None = None,
    ) -> Form:
        """Sum of all flows that match; None matches anything."""
        wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        elements = None if element is None else {element} if isinstance(element, str) else set(element)
        form: Form = {}
        for kind in wanted:
            for i in self.of_kind.get(kind, ()):
                _, o, d, r, e = self.keys[i]
                if (
                    (origin is None or o == origin)
                    and (destination is None or d == destination)
                    and (ore is None or r == ore)
                    and (elements is None or e in elements)
                ):
                    form[i] = 1.0
        return form

    def frame(self) -> pd.DataFrame:
        """The flows as a table."""
        return pd.DataFrame(self.keys, columns=["kind", "origin", "destination", "ore", "element"])


def declare_unknowns(structure: Structure) -> Unknowns:
    """Declare every flow that the structure allows."""
    u = Unknowns()
    places = structure.origins("use")
    _declare_ores(u, structure)
    for row in structure.kind("oxide-trade", "metal-trade"):
        for element in GROUPS[row.item]:
            u.declare(row.kind, row.origin, row.destination, element=element)
    for row in structure.kind("surplus"):
        for element in GROUPS[row.item]:
            u.declare("surplus", row.origin, element=element)
    for place in places:
        for element in LANTHANIDES_AND_Y:
            u.declare("use", place, element=element)
    _declare_magnets(u, structure)
    for place in places:
        u.declare("magnet-use", place)
    return u


def _declare_ores(u: Unknowns, structure: Structure) -> None:
    for row in structure.kind("mine", "unrecorded"):
        u.declare(row.kind, row.origin, ore=row.item)
    for row in structure.kind("feed"):
        u.declare("feed", row.origin, row.destination, row.item)
    for row in structure.kind("concentrate-stock"):
        u.declare("concentrate-build", row.origin, ore=row.item)
        u.declare("concentrate-draw", row.origin, ore=row.item)
    for place in structure.separators:
        for element in LANTHANIDES_AND_Y:
            u.declare("separated", place, element=element)
            u.declare("separation-loss", place, element=element)


def _declare_magnets(u: Unknowns, structure: Structure) -> None:
    for place in structure.origins("metal"):
        for element in MAGNET_MAKING:
            u.declare("metal", place, element=element)
    for place in structure.origins("magnet"):
        u.declare("magnets", place)
        for element in MAGNET_MAKING:
            u.declare("magnet-feed", place, element=element)
    for row in structure.kind("recycling"):
        for element in GROUPS[row.item]:
            u.declare("recycled", row.origin, element=element)
            u.declare("swarf-lost", row.origin, element=element)
    for row in structure.kind("magnet-trade"):
        u.declare("magnet-trade", row.origin, row.destination)
