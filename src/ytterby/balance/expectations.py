"""What the structure expects before any figure is read: soft shares, each with its spread."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from ytterby.balance.equations import feed_of, metal_supply, oxide_supply
from ytterby.balance.evidence import BAND
from ytterby.balance.structure import GROUPS, MAGNET_MAKING, Row, Structure
from ytterby.balance.unknowns import Form, Unknowns, add
from ytterby.world.elements import LANTHANIDES_AND_Y


@dataclass(frozen=True)
class Expectation:
    """A flow is expected to be ``share`` of ``base``, with a relative and an absolute standard error."""

    structure: str
    """Key in balance_structure, or the parameter's name."""
    flow: Form
    base: Form
    share: float
    spread: float
    """Relative standard error of share * base."""
    spread_t: float
    """Absolute standard error, t."""

    def sigma(self, scale_t: float) -> float:
        """Standard error, t, where the base is about ``scale_t``; never so small that rounding decides."""
        return self.spread * self.share * scale_t + self.spread_t + 1e-4 * scale_t + 0.5


def expectations(u: Unknowns, structure: Structure) -> list[Expectation]:
    """All expectations of a structure."""
    found: list[Expectation] = []
    for row in structure.rows:
        if not isnan(row.spread_t):
            kinds = ("concentrate-build", "concentrate-draw") if row.kind == "concentrate-stock" else (row.kind,)
            forms = (u.pick(k, row.origin, ore=row.item) for k in kinds)
            found += [Expectation(row.structure, form, {}, 0.0, 0.0, row.spread_t) for form in forms]
        elif not isnan(row.spread):
            pairs = _of_ores_and_magnets(row, u) or _of_elements(row, u, structure)
            found += [
                Expectation(row.structure, f, base, row.share, row.spread, 0.0) for f, base in pairs if f and base
            ]
    for place in structure.separators:
        recovery = structure.band("recovery", place)
        spread = (recovery.high - recovery.low) / (2 * BAND * (1 - recovery.point))
        for element in LANTHANIDES_AND_Y:
            loss = u.pick("separation-loss", place, element=element)
            base = feed_of(u, structure, place, element)
            found.append(Expectation(f"recovery {place}", loss, base, 1 - recovery.point, spread, 0.0))
    for place in structure.origins("magnet"):
        everything = u.pick("magnet-feed", place)
        for element in MAGNET_MAKING:
            mix = structure.band("magnet-mix", element)
            flow = u.pick("magnet-feed", place, element=element)
            spread = (mix.high - mix.point) / (BAND * mix.point)
            found.append(Expectation(f"magnet-mix {element}", flow, everything, mix.point, spread, 0.0))
    return found


def _of_ores_and_magnets(row: Row, u: Unknowns) -> list[tuple[Form, Form]]:
    """Flow and base of a row that is not told apart by element."""
    if row.kind == "mine":
        return [(u.pick("mine", row.origin, ore=row.item), u.pick("mine", row.origin))]
    if row.kind == "feed":
        return [(u.pick("feed", row.origin, row.destination, row.item), u.pick("feed", row.origin, ore=row.item))]
    if row.kind == "magnet":
        return [(u.pick("magnets", row.origin), u.pick("magnets"))]
    if row.kind == "magnet-trade":
        return [(u.pick("magnet-trade", row.origin, row.destination), u.pick("magnets", row.origin))]
    return []


def _of_elements(row: Row, u: Unknowns, structure: Structure) -> list[tuple[Form, Form]]:
    """Flow and base of a row, for each element of its group."""
    pairs = []
    for element in GROUPS[row.item]:
        kind = "recycled" if row.kind == "recycling" else row.kind
        flow = u.pick(kind, row.origin, row.destination or None, element=element)
        if row.kind == "recycling":
            base = u.pick(("recycled", "swarf-lost"), row.origin, element=element)
        elif row.kind == "metal-trade":
            base = metal_supply(u, structure, row.origin, element)
        else:
            base = oxide_supply(u, row.origin, element)
        pairs.append((flow, base))
    return pairs


def residual(expectation: Expectation) -> Form:
    """The linear form that is expected to be zero."""
    scaled = {i: -expectation.share * c for i, c in expectation.base.items()}
    return add(expectation.flow, scaled)
