"""Downstream of the oxide: metal, strip-cast alloy, powder, sintered block, finished magnet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from ytterby.separation.feeds import feed_of_commodity
from ytterby.world import World
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Band, Confidence

ANYWHERE = "world"
METAL_STEP = "electrolysis"
MAGNET_STEPS = ("strip-cast", "decrepitate-mill", "press-sinter", "machine-coat")
DIFFUSION = "grain-boundary-diffusion"
DIDYMIUM = "ndpr-oxide"


@dataclass(frozen=True)
class DownstreamStep:
    """One step at one country's cost."""

    step: str
    country: str
    """Whose row was used: the country's own or ``world``."""
    yield_share: Band
    kwh_per_kg: Band
    usd_per_kg: Band
    recovered_share: float
    """Share of the rare earth in the loss that recycling brings back."""
    heavy_factor: float
    """Share of a bulk alloy's Dy and Tb still needed; NaN where the step does not change it."""
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class MetalCost:
    """Oxide to metal."""

    oxide_kg_per_kg: Band
    """kg of oxide per kg of metal, yield included."""
    kwh_per_kg: Band
    usd_per_kg: Band
    """Conversion cost per kg of metal, without the oxide."""
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class MagnetCost:
    """Alloy to finished magnet."""

    gross_kg_per_kg: Band
    """kg of metal charged per kg of finished magnet."""
    net_kg_per_kg: Band
    """The same less what comes back from swarf and rejects."""
    swarf_kg_per_kg: float
    """kg of material lost to swarf and rejects per kg of finished magnet, before recycling."""
    kwh_per_kg: float
    usd_per_kg: Band
    """Conversion cost per kg of finished magnet, without material."""
    sources: tuple[str, ...]
    confidence: Confidence


@dataclass(frozen=True)
class Downstream:
    """Steps of a world by step and country."""

    steps: Mapping[tuple[str, str], DownstreamStep]
    didymium: Mapping[str, float]
    """Oxide mass shares of traded didymium, from its element content."""

    def step(self, name: str, country: str) -> DownstreamStep:
        """One step, the country's own row or the world's; raises UnknownNameError."""
        for where in (country, ANYWHERE):
            if (name, where) in self.steps:
                return self.steps[(name, where)]
        raise UnknownNameError("downstream step", name, {s for s, _ in self.steps})

    def metal(self, country: str, oxide_shares: Mapping[str, float] | None = None) -> MetalCost:
        """Oxide per metal, power and toll; ``oxide_shares``: oxide mass shares by element, default
        didymium."""
        s = self.step(METAL_STEP, country)
        ideal = oxide_per_metal(oxide_shares or self.didymium)
        y = s.yield_share
        return MetalCost(
            Band(ideal / y.point, ideal / y.high, ideal / y.low, y.basis),
            s.kwh_per_kg,
            s.usd_per_kg,
            s.source,
            s.confidence,
        )

    def magnet(self, country: str, *, diffusion: bool = False) -> MagnetCost:
        """Material, power and conversion cost of one kg of finished magnet; ``diffusion`` adds that step."""
        steps = [self.step(n, country) for n in MAGNET_STEPS]
        gross = _through(steps)
        net, low, high, lost = 1.0, 1.0, 1.0, 0.0
        usd, spread, kwh = 0.0, [0.0, 0.0], 0.0
        carried = 1.0
        for s in reversed(steps):
            usd += carried * s.usd_per_kg.point
            kwh += carried * s.kwh_per_kg.point
            spread[0] += (carried * (s.usd_per_kg.point - s.usd_per_kg.low)) ** 2
            spread[1] += (carried * (s.usd_per_kg.high - s.usd_per_kg.point)) ** 2
            lost += carried / s.yield_share.point - carried
            carried /= s.yield_share.point
            net *= _net(s.yield_share.point, s.recovered_share)
            low *= _net(s.yield_share.high, s.recovered_share)
            high *= _net(s.yield_share.low, s.recovered_share)
        if diffusion:
            extra = self.step(DIFFUSION, country)
            usd += extra.usd_per_kg.point
            kwh += extra.kwh_per_kg.point
        return MagnetCost(
            gross,
            Band(net, low, high, "yields and recycling"),
            lost,
            kwh,
            Band(usd, usd - sqrt(spread[0]), usd + sqrt(spread[1]), "conversion costs of the steps"),
            tuple(sorted({s.source for s in steps})),
            max((s.confidence for s in steps), key=lambda c: c.value),
        )

    def heavy_factor(self, country: str) -> float:
        """Dy and Tb that a magnet with grain-boundary diffusion needs, as a share of bulk alloying."""
        return self.step(DIFFUSION, country).heavy_factor


def oxide_per_metal(oxide_shares: Mapping[str, float]) -> float:
    """kg of mixed oxide per kg of metal at full yield.

    >>> round(oxide_per_metal({"Nd": 0.75, "Pr": 0.25}), 4)
    1.1765
    """
    total = sum(oxide_shares.values())
    return total / sum(v / oxide_per_element(e) for e, v in oxide_shares.items())


def downstream(world: World) -> Downstream:
    """Read table ``downstream_steps`` and the composition of didymium."""
    found = {}
    for r in world.table("downstream_steps").to_dict("records"):
        source = str(r["source"])
        found[(str(r["step"]), str(r["country"]))] = DownstreamStep(
            str(r["step"]),
            str(r["country"]),
            Band(float(r["yield_share"]), float(r["yield_low"]), float(r["yield_high"]), source),
            Band(float(r["kwh_per_kg"]), float(r["kwh_low"]), float(r["kwh_high"]), source),
            Band(float(r["usd_per_kg"]), float(r["usd_low"]), float(r["usd_high"]), source),
            float(r["swarf_share"]),
            float(r["heavy_factor"]),
            source,
            Confidence(str(r["confidence"])),
        )
    return Downstream(found, feed_of_commodity(world.table("commodity_elements"), DIDYMIUM).shares)


def _through(steps: list[DownstreamStep]) -> Band:
    point = low = high = 1.0
    for s in steps:
        point /= s.yield_share.point
        low /= s.yield_share.high
        high /= s.yield_share.low
    return Band(point, low, high, "yields of the steps")


def _net(share: float, recovered: float) -> float:
    """Charge per output when the recovered part of the loss replaces fresh charge."""
    return (1 - (1 - share) * recovered) / share
