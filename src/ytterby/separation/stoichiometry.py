"""What one mole of rare earth takes: acid, base, precipitant and the salts they leave.

Acidic extractants (dimers, ``H2L2``) exchange cations::

    RE3+ + 3 H2L2(org) = RE(HL2)3(org) + 3 H+

so holding the pH takes three moles of base for each mole of rare earth that is loaded, and bringing a mole
back
to water (scrubbing or stripping) takes three moles of hydrochloric acid. In a cascade whose organic carries
``S`` moles of rare earth for each mole of feed, scrub and strip together take ``3 S`` moles of acid, and
saponification ``3 S`` moles of base: one number ties purity, separation factor, acid, base and salt together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ytterby.world.elements import oxide_molar_mass_per_atom
from ytterby.world.errors import Fault, InputError

CHARGE = 3
"""Charge of a rare-earth ion in solution, mol H+ exchanged per mol RE."""

MOLAR_MASS: Mapping[str, float] = MappingProxyType(
    {
        "hcl": 36.461, "h2so4": 98.079, "hno3": 63.013, "oxalic-acid": 126.065,
        "naoh": 39.997, "nh3": 17.031, "cao": 56.077, "mgo": 40.304, "na2co3": 105.988, "nh4hco3": 79.056,
        "nacl": 58.443, "nh4cl": 53.491, "cacl2": 110.984, "mgcl2": 95.211,
    }
)  # fmt: skip
"""g/mol from the IUPAC abridged atomic weights of 2021; oxalic acid as the dihydrate that is traded."""

BASE_EQUIVALENTS: Mapping[str, float] = MappingProxyType({"naoh": 1.0, "nh3": 1.0, "cao": 2.0, "mgo": 2.0})
"""Moles of H+ that one mole of each saponifying base takes up."""

SALT_OF_BASE: Mapping[str, str] = MappingProxyType({"naoh": "nacl", "nh3": "nh4cl", "cao": "cacl2", "mgo": "mgcl2"})
"""Chloride that each base leaves in the waste water."""

ACID_EQUIVALENTS: Mapping[str, float] = MappingProxyType({"hcl": 1.0, "h2so4": 2.0, "hno3": 1.0})
"""Moles of H+ that one mole of each mineral acid gives."""

PRECIPITANT_MOLES: Mapping[str, float] = MappingProxyType({"oxalic-acid": 1.5, "nh4hco3": 3.0, "na2co3": 1.5})
"""Moles of precipitant for one mole of rare earth: RE2(C2O4)3 from oxalic acid, RE2(CO3)3 from the
carbonates."""


def reagent_per_reo(reagent: str, moles_per_mole_re: float, reo_g_per_mol: float) -> float:
    r"""Mass of a reagent per mass of rare-earth oxide.

    .. math:: m = \nu M_{reagent} / M_{REO}

    ``moles_per_mole_re``: mol of reagent per mol RE; ``reo_g_per_mol``: g of oxide that hold one mol RE.
    Returns kg (100 %) per kg REO. Exact. Raises InputError for a reagent without a molar mass.

    >>> round(reagent_per_reo("hcl", 3, 168.24), 3)
    0.65
    >>> round(reagent_per_reo("naoh", 3, 168.24), 3)
    0.713
    """
    if reagent not in MOLAR_MASS:
        raise InputError("unknown reagent", [Fault("reagent", repr(reagent), ", ".join(MOLAR_MASS))])
    return moles_per_mole_re * MOLAR_MASS[reagent] / reo_g_per_mol


def base_per_reo(base: str, extraction_amount: float, reo_g_per_mol: float) -> float:
    """Base for saponifying an organic that carries ``extraction_amount`` (S) mol RE per mol RE fed, kg/kg
    REO.

    >>> round(base_per_reo("nh3", 1.0, 168.24), 3)
    0.304
    >>> round(base_per_reo("cao", 1.0, 168.24), 3)
    0.5
    """
    return reagent_per_reo(base, CHARGE * extraction_amount / BASE_EQUIVALENTS[base], reo_g_per_mol)


def acid_per_reo(extraction_amount: float, reo_g_per_mol: float, acid: str = "hcl") -> float:
    """Acid for scrubbing and stripping S mol RE per mol RE fed, kg (100 %) per kg REO.

    >>> round(acid_per_reo(4.0844, 168.24), 2)
    2.66
    """
    return reagent_per_reo(acid, CHARGE * extraction_amount / ACID_EQUIVALENTS[acid], reo_g_per_mol)


def salt_per_reo(base: str, extraction_amount: float, reo_g_per_mol: float) -> float:
    """Chloride salt left by base and acid together, kg per kg REO.

    >>> round(salt_per_reo("naoh", 1.0, 168.24), 3)
    1.042
    """
    moles = CHARGE * extraction_amount / BASE_EQUIVALENTS[base]
    return reagent_per_reo(SALT_OF_BASE[base], moles, reo_g_per_mol)


def precipitant_per_reo(precipitant: str, reo_g_per_mol: float, excess: float = 0.0) -> float:
    """Precipitant for one mole of rare earth, kg per kg REO, with a fractional excess.

    >>> round(precipitant_per_reo("oxalic-acid", 168.24), 3)
    1.124
    """
    return (1 + excess) * reagent_per_reo(precipitant, PRECIPITANT_MOLES[precipitant], reo_g_per_mol)


def protons(reagent: str, kg: float) -> float:
    """Kilomoles of H+ in a mass of mineral acid.

    >>> round(protons("h2so4", 98.079), 6)
    2.0
    """
    return ACID_EQUIVALENTS[reagent] * kg / MOLAR_MASS[reagent]


def faraday_ah_per_kg(element: str) -> float:
    """Charge for reducing one kilogram of a trivalent rare earth to metal, Ah/kg: 3 F / M.

    >>> round(faraday_ah_per_kg("Nd"), 1)
    557.4
    """
    from ytterby.world.elements import ATOMIC_MASS

    return CHARGE * 96485.332 / 3600 / ATOMIC_MASS[element] * 1000


def mean_reo_g_per_mol(mole_fractions: Mapping[str, float]) -> float:
    """Mean mass of traded oxide that holds one mole of a mixture, g/mol.

    >>> round(mean_reo_g_per_mol({"Nd": 1.0}), 2)
    168.24
    """
    total = sum(mole_fractions.values())
    return sum(f * oxide_molar_mass_per_atom(e) for e, f in mole_fractions.items()) / total
