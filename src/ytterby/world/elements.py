"""The rare-earth elements and their oxides, from standard atomic masses.

Source of the masses: IUPAC Commission on Isotopic Abundances and Atomic Weights, abridged standard
atomic weights 2021 (g/mol). Oxides are those in which each element is traded.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OXYGEN = 15.999

ATOMIC_MASS: Mapping[str, float] = MappingProxyType(
    {
        "La": 138.91, "Ce": 140.12, "Pr": 140.91, "Nd": 144.24, "Sm": 150.36, "Eu": 151.96, "Gd": 157.25,
        "Tb": 158.93, "Dy": 162.50, "Ho": 164.93, "Er": 167.26, "Tm": 168.93, "Yb": 173.05, "Lu": 174.97,
        "Y": 88.906, "Sc": 44.956,
    }
)  # fmt: skip
"""Atomic mass in g/mol of each rare-earth element that is traded (Pm has no stable isotope)."""

OXIDE_FORMULA: Mapping[str, tuple[int, int]] = MappingProxyType(
    dict.fromkeys(ATOMIC_MASS, (2, 3)) | {"Ce": (1, 2), "Pr": (6, 11), "Tb": (4, 7)}
)
"""(atoms of the element, atoms of oxygen) in the traded oxide: CeO2, Pr6O11, Tb4O7, otherwise RE2O3."""

LANTHANIDES_AND_Y: tuple[str, ...] = tuple(e for e in ATOMIC_MASS if e != "Sc")
"""The fifteen elements that an ore's vector lists: La to Lu without Pm, and Y."""

LIGHT: tuple[str, ...] = ("La", "Ce", "Pr", "Nd")
MAGNET: tuple[str, ...] = ("Pr", "Nd", "Tb", "Dy")


def oxide_per_element(element: str) -> float:
    """Mass of the traded oxide per mass of element, kg/kg.

    >>> round(oxide_per_element("Nd"), 4)
    1.1664
    """
    atoms, oxygens = OXIDE_FORMULA[element]
    return (atoms * ATOMIC_MASS[element] + oxygens * OXYGEN) / (atoms * ATOMIC_MASS[element])


def oxide_molar_mass_per_atom(element: str) -> float:
    """Mass of the traded oxide that holds one mole of the element, g/mol of element.

    >>> round(oxide_molar_mass_per_atom("Nd"), 2)
    168.24
    """
    return ATOMIC_MASS[element] * oxide_per_element(element)
