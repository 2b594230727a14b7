"""What the structure expects before any figure is read: soft shares, each with its spread."""

from __future__ import annotations

from dataclasses import dataclass

from ytterby.balance.equations import feed_of, metal_supply, oxide_supply
from ytterby.balance.evidence import BAND
from ytterby.balance.structure import GROUPS, MAGNET_MAKING, Structure
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


def expectations(u: Unknowns, structure: Structure) -> list[Expectation]:
    """All expectations of a structure."""
    found: list[Expectation] = []
    for row in structure.rows.itertuples():
        found += _of_row(row, u, structure)
    for place, _ in structure.separators.items():
        value, low, high = (structure.parameter("recovery", place, f) for f in ("value", "low", "high"))
        spread = (high - low) / (2 * BAND * (1 - value))
        for element in LANTHANIDES_AND_Y:
            loss = u.pick("separation-loss", place, element=element)
            base = feed_of(u, structure, place, element)
            found.append(Expectation(f"recovery {place}", loss, base, 1 - value, spread, 0.0))
    for place in structure.kind("magnet")["origin"]:
        everything = u.pick("magnet-feed", place)
        for element in MAGNET_MAKING:
            value, high = (structure.parameter("magnet-mix", element, f) for f in ("value", "high"))
            flow = u.pick("magnet-feed", place, element=element)
            spread = (high - value) / (BAND * value)
            found.append(Expectation(f"magnet-mix {element}", flow, everything, value, spread, 0.0))
    return found


def _of_row(row: object, u: Unknowns, structure: Structure) -> list[Expectation]:
    key, kind, origin, destination, item = (
        str(getattr(row, name)) for name in ("structure", "kind", "origin", "destination", "item")
    )
    share, spread, spread_t = (float(getattr(row, name)) for name in ("share", "spread", "spread_t"))
    if spread_t == spread_t:
        kinds = ("concentrate-build", "concentrate-draw") if kind == "concentrate-stock" else (kind,)
        return [Expectation(key, u.pick(k, origin, ore=item), {}, 0.0, 0.0, spread_t) for k in kinds]
    if spread != spread:
        return []
    if kind == "mine":
        return [Expectation(key, u.pick("mine", origin, ore=item), u.pick("mine", origin), share, spread, 0.0)]
    if kind == "feed":
        base = u.pick("feed", origin, ore=item)
        return [Expectation(key, u.pick("feed", origin, destination, item), base, share, spread, 0.0)]
    if kind == "magnet":
        return [Expectation(key, u.pick("magnets", origin), u.pick("magnets"), share, spread, 0.0)]
    if kind == "magnet-trade":
        flow = u.pick("magnet-trade", origin, destination)
        return [Expectation(key, flow, u.pick("magnets", origin), share, spread, 0.0)]
    found = []
    for element in GROUPS[item]:
        if kind == "recycling":
            flow = u.pick("recycled", origin, element=element)
            base = u.pick(("recycled", "swarf-lost"), origin, element=element)
        elif kind == "metal-trade":
            flow, base = u.pick(kind, origin, destination, element=element), metal_supply(u, structure, origin, element)
        else:
            flow = u.pick(kind, origin, destination or None, element=element)
            base = oxide_supply(u, origin, element)
        if flow and base:
            found.append(Expectation(key, flow, base, share, spread, 0.0))
    return found


def residual(expectation: Expectation) -> Form:
    """The linear form that is expected to be zero."""
    scaled = {i: -expectation.share * c for i, c in expectation.base.items()}
    return add(expectation.flow, scaled)
