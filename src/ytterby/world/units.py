"""Unit texts that a world may use: known bases, joined by ``/``, each with a qualifier that says of what.

``t``, ``t REO``, ``USD/kg of the commodity``, ``million USD``, ``% of TREO``, ``kg/MW``, ``t/year``.
"""

from __future__ import annotations

import re

SCALES = ("thousand", "million", "billion", "1000", "1e6", "k", "M", "nautical")
"""Words before a base that scale it."""

BASES = frozenset({
    "mile", "miles", "1", "-", "d", "count", "piece", "pieces", "motor", "motors", "rotor", "rotors",
    "trains", "wagons", "deaths", "tkm", "t-km", "TEU-km", "tU", "points", "index", "%", "%/year", "wt",
    "wt%", "mol", "mol%", "ppm", "ppb", "share", "fraction", "ratio", "probability", "percent", "t", "kg",
    "g", "mg", "kt", "Mt", "lb", "mmol", "kmol", "L", "l", "mL", "m3", "Nm3", "gal", "km", "m", "mm", "cm",
    "km2", "m2", "ha", "kWh", "MWh", "GWh", "TWh", "MJ", "GJ", "TJ", "kW", "MW", "GW", "kJ", "currency",
    "USD", "CNY", "RMB", "EUR", "JPY", "RUB", "KZT", "AUD", "CAD", "INR", "KRW", "GBP", "day", "days", "h",
    "hour", "hours", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years", "yr", "y",
    "a", "min", "minutes", "s", "TEU", "FEU", "container", "wagon", "truck", "shipment", "hop", "handling",
    "crossing", "Bq", "kBq", "degrees", "degree", "°C", "K", "vehicle", "vehicles", "car", "cars",
    "scooter", "scooters", "unit", "units", "ship", "ships", "aircraft", "robot", "robots", "turbine",
    "turbines", "person", "persons", "people", "stoppage", "stoppages", "stage", "stages", "plant",
    "plants", "licence", "licences", "case", "cases", "event", "events",
})  # fmt: skip
"""First word of each side of a unit."""

QUALIFIERS = frozenset({
    "residue", "residues", "salt", "salts", "closed", "ad", "valorem", "REO", "TREO", "element", "elements",
    "metal", "oxide", "oxides", "magnet", "magnets", "ore", "concentrate", "gross", "net", "product",
    "goods", "good", "feed", "alloy", "fed", "made", "separated", "recovered", "solution", "liquor",
    "organic", "charged", "old", "new", "vehicles", "carbonate", "scrap", "swarf", "rock", "acid", "base",
    "water", "waste", "CO2e", "CO2", "real", "nominal", "dry", "wet", "HCl", "H2SO4", "NaOH", "NH3", "HNO3",
    "H+", "100%",
})  # fmt: skip
"""Words after a base that say of what."""

FORMULA = re.compile(r"([A-Z][a-z]?\d*)+([+-]([A-Z][a-z]?\d*)+)*")
FREE = ("of", "by", "at", "in", "per", "or", "from", "to", "with", "without")
"""Words after which a unit says the rest in its own words."""


def known_unit(text: str) -> bool:
    """Say whether a unit text is made of known parts.

    >>> [known_unit(unit) for unit in ("t REO", "USD/kg of oxide", "million USD", "wt % of TREO")]
    [True, True, True, True]
    >>> [known_unit(unit) for unit in ("tonns", "USD/lbs", "")]
    [False, False, False]
    """
    if re.fullmatch(r"as [a-z_]+", text):
        return True
    sides = _sides(text)
    return bool(sides) and all(_known_side(side) for side in sides)


def _sides(text: str) -> list[str]:
    """Cut at slashes, but not inside what a unit says in its own words or in brackets."""
    bare = re.sub(r"\s+\([^()]*\)", "", text)
    bare = re.sub(r"/\(([^()]*)\)", r"/\1", bare)
    cut = re.split(rf"\s(?:{'|'.join(FREE)})\s", bare, maxsplit=1)
    head = cut[0]
    if len(cut) > 1 and not head:
        return []
    return [side.strip() for side in head.split("/")]


def _known_side(side: str) -> bool:
    words = side.split()
    while len(words) > 1 and words[0] in SCALES:
        words = words[1:]
    if not words or words[0] not in BASES:
        return False
    rest = words[1:]
    if words[0] in ("wt", "mol") and rest[:1] == ["%"]:
        rest = rest[1:]
    return all(word in QUALIFIERS or FORMULA.fullmatch(word) is not None for word in rest)
