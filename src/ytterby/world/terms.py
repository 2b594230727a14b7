"""The typed values that the domain rooms give and the chain takes: defined once, here.

Units are in the names. Money is USD of base year 2024; oxide masses are t or kg REO, metal and magnet
masses are t or kg of the product itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """Where in the chain a site, a commodity or a number stands."""

    MINE = "mine"
    SEPARATION = "separation"
    METAL = "metal"
    MAGNET = "magnet"
    USE = "use"


class Confidence(StrEnum):
    """How far a source can be trusted."""

    OFFICIAL = "A"
    SECONDARY = "B"
    DERIVED = "C"
    ASSUMED = "D"


class Decision(StrEnum):
    """What the rules say about one shipment, from free to strict; the last is a gap, not an answer."""

    ALLOWED = "allowed"
    EXEMPT_WITH_REPORT = "exempt with report"
    LICENCE = "licence"
    CASE_BY_CASE = "case by case"
    DENIED = "denied in principle"
    CANNOT_TELL = "cannot tell"


class Premise(StrEnum):
    """Is the reported fact itself sourced?"""

    ESTABLISHED = "established"
    UNVERIFIED = "unverified"
    CONTRADICTED = "contradicted"


class Verdict(StrEnum):
    """What computed numbers say about a claim."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    FAILS = "does not hold"
    UNTESTABLE = "cannot be tested"


@dataclass(frozen=True)
class Band:
    """A number that is not certain: point value with the low and high end of what its sources allow."""

    point: float
    low: float
    high: float
    basis: str = ""
    """Where the spread comes from: the row's own low/high, cells.csv, or the pedigree table."""

    def scaled(self, factor: float) -> Band:
        """Return the band multiplied by a positive factor."""
        return Band(self.point * factor, self.low * factor, self.high * factor, self.basis)


@dataclass(frozen=True)
class CostLine:
    """One line of a unit cost."""

    item: str
    usd_per_t: float
    source: str
    """Key in the sources table."""
    confidence: Confidence


@dataclass(frozen=True)
class ProcessCost:
    """What one site does to one t REO of one feed: what comes out, what it takes, what it costs.

    Amounts are per t REO fed.
    """

    site: str
    feed: str
    """Key in the ores table, or a commodity."""
    yields: Mapping[str, float]
    """t of each commodity made per t REO fed; what is missing from one is lost to residue."""
    lines: tuple[CostLine, ...]
    reagents_t: Mapping[str, float] = field(default_factory=dict)
    """t of each reagent (100 % basis) per t REO fed."""
    low_usd_per_t: float = float("nan")
    high_usd_per_t: float = float("nan")
    notes: tuple[str, ...] = ()

    @property
    def usd_per_t(self) -> float:
        """Unit cost, USD per t REO fed."""
        return sum(line.usd_per_t for line in self.lines)


@dataclass(frozen=True)
class Leg:
    """One leg of a way, as it is explained to a planner."""

    leg: str
    origin: str
    destination: str
    mode: str
    distance_km: float
    usd_per_t: float
    days_low: float
    days_high: float
    countries: tuple[str, ...]
    passages: tuple[str, ...]
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class Freight:
    """A way from one hub to another for one product form; ``lawful`` is False where none is left."""

    origin: str
    destination: str
    form: str
    lawful: bool
    usd_per_t: float
    low_usd_per_t: float
    high_usd_per_t: float
    days: float
    days_low: float
    days_high: float
    risk: float
    """Chance that the way fails or is refused when it is needed, 0 to 1."""
    kg_co2e_per_t: float
    legs: tuple[Leg, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why it is unlawful (who closes it), or what a permit needs."""


@dataclass(frozen=True)
class Permission:
    """What the rules in force on a date say about one shipment."""

    decision: Decision
    reasons: tuple[str, ...]
    clauses: tuple[str, ...]
    missing: tuple[str, ...] = ()
    lead_days: float = 0.0
    refusal_probability: float = 0.0
    branches: Mapping[str, Decision] = field(default_factory=dict)
    """Where the law itself is unknown: the decision under each reading."""


@dataclass(frozen=True)
class PriceDeck:
    """Prices by commodity at one place, net of value-added tax, USD per kg of product."""

    place: str
    year: int
    usd_per_kg: Mapping[str, float]
    incoterm: str
    tax: str
    origin: str
    """Where the deck comes from: observed, a solved outcome, or a study's own."""


@dataclass(frozen=True)
class ProductForm:
    """A form in which material travels."""

    form: str
    stage: Stage
    usd_per_t: float
    payload_t_per_teu: float
    bq_per_g: float | None
    """Activity; None where Th and U are unpublished: then the hazard class cannot be told."""
    refused_modes: frozenset[str] = frozenset()
