"""How declarations name the rare earths: registry numbers of elements and oxides, beginnings of their names."""

from __future__ import annotations

from collections.abc import Mapping

CAS_OF_ELEMENT: Mapping[str, str] = {
    "7439-91-0": "La", "7440-45-1": "Ce", "7440-10-0": "Pr", "7440-00-8": "Nd", "7440-19-9": "Sm",
    "7440-53-1": "Eu", "7440-54-2": "Gd", "7440-27-9": "Tb", "7429-91-6": "Dy", "7440-60-0": "Ho",
    "7440-52-0": "Er", "7440-30-4": "Tm", "7440-64-4": "Yb", "7439-94-3": "Lu", "7440-65-5": "Y",
    "7440-20-2": "Sc",
}  # fmt: skip
"""Chemical Abstracts numbers of the rare-earth elements."""
CAS_OF_OXIDE: Mapping[str, str] = {
    "1312-81-8": "La", "1306-38-3": "Ce", "12037-29-5": "Pr", "1313-97-9": "Nd", "12060-58-1": "Sm",
    "1308-96-9": "Eu", "12064-62-9": "Gd", "12037-01-3": "Tb", "1308-87-8": "Dy", "12055-62-8": "Ho",
    "12061-16-4": "Er", "12036-44-1": "Tm", "1314-37-0": "Yb", "12032-20-1": "Lu", "1314-36-9": "Y",
    "12060-08-1": "Sc",
}  # fmt: skip
"""Chemical Abstracts numbers of their oxides."""
NAMES_OF_ELEMENTS: tuple[str, ...] = (
    "lanthan", "cerium", "praseodym", "neodym", "samarium", "europium", "gadolinium", "terbium", "dysprosium",
    "holmium", "erbium", "thulium", "ytterbium", "lutetium", "yttrium", "scandium", "rare earth",
)  # fmt: skip
"""Beginnings of their names, as substances without a known number are told by."""
