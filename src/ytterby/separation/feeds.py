"""Feeds: what enters a separation plant, as mass shares of oxide and as moles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.world import World
from ytterby.world.elements import LANTHANIDES_AND_Y, oxide_molar_mass_per_atom, oxide_per_element
from ytterby.world.errors import Fault, InputError, UnknownNameError

HEAVY_CONCENTRATE = "seg-heavy"
"""Prefix of a feed that is what a light-only plant leaves: ``seg-heavy:<ore>``."""

LIGHT_CONCENTRATE = "lace-carbonate"
SCRAP = "scrap"
OWN = "own feed"
"""Name of a feed that is written out instead of named."""
SUM_TOLERANCE = 0.02
"""How far shares may be from one: published vectors are rounded."""


@dataclass(frozen=True)
class Feed:
    """A feed's rare earths; shares are mass fractions of the traded oxides."""

    name: str
    shares: Mapping[str, float]
    """Oxide mass fraction by element; sums to one."""
    mineral: str = ""
    """Rare-earth minerals, the main one first; decides which routes can open it."""

    @classmethod
    def of_shares(cls, name: str, shares: Mapping[str, float], mineral: str = "") -> Feed:
        """Check and normalise oxide shares; raises InputError with every share that cannot be."""
        faults = [
            Fault(f"{name}: share of {e}", f"{v:g}", "a fraction from 0 to 1")
            for e, v in shares.items()
            if not (np.isfinite(v) and 0 <= v <= 1 + SUM_TOLERANCE)
        ]
        faults += [
            Fault(f"{name}: element", repr(e), ", ".join(LANTHANIDES_AND_Y))
            for e in shares
            if e not in LANTHANIDES_AND_Y
        ]
        total = float(sum(shares.values()))
        if not faults and abs(total - 1) > SUM_TOLERANCE:
            faults.append(Fault(f"{name}: shares", f"a sum of {total:.4g}", f"1 within {SUM_TOLERANCE:g}"))
        if faults:
            raise InputError("feed cannot be used", faults)
        return cls(name, {e: v / total for e, v in shares.items() if v > 0}, mineral)

    @classmethod
    def of_moles(cls, name: str, moles: Mapping[str, float], mineral: str = "") -> Feed:
        """Make a feed from amounts of substance."""
        masses = {e: n * oxide_molar_mass_per_atom(e) for e, n in moles.items() if n > 0}
        total = sum(masses.values())
        return cls(name, {e: m / total for e, m in masses.items()}, mineral)

    @cached_property
    def moles(self) -> Mapping[str, float]:
        """Mole fractions by element; sums to one."""
        raw = {e: s / oxide_molar_mass_per_atom(e) for e, s in self.shares.items()}
        total = sum(raw.values())
        return {e: n / total for e, n in raw.items()}

    @cached_property
    def reo_g_per_mol(self) -> float:
        """Mass of oxide that holds one mole of the mixture, g/mol."""
        return sum(f * oxide_molar_mass_per_atom(e) for e, f in self.moles.items())

    def only(self, elements: frozenset[str], name: str) -> tuple[Feed, float]:
        """The part made of these elements as a feed of its own, and its mass share of this one."""
        kept = {e: s for e, s in self.shares.items() if e in elements}
        share = sum(kept.values())
        if share <= 0:
            raise InputError(
                "empty feed", [Fault(self.name, "none of " + ", ".join(sorted(elements)), "a share of them")]
            )
        return Feed(name, {e: s / share for e, s in kept.items()}, self.mineral), share


def feed_from_ores(ores: pd.DataFrame, vectors: pd.DataFrame, name: str) -> Feed:
    """A feed by its name: an ore, ``concentrate:<ore>``, ``seg-heavy:<ore>`` or ``lace-carbonate:<ore>``.

    ``ores``, ``vectors``: tables ``ores`` and ``ore_elements``. Raises UnknownNameError with near matches.
    """
    kind, _, ore = name.rpartition(":")
    known = list(vectors["ore"].unique())
    if ore not in known:
        raise UnknownNameError("ore", ore, known)
    rows = vectors[vectors["ore"] == ore]
    value = rows["share_pct"].where(rows["share_pct"].notna(), (rows["low"] + rows["high"]) / 2).fillna(0.0) / 100
    mineral = ores.loc[ores["ore"] == ore, "mineral"]
    feed = Feed.of_shares(
        ore, dict(zip(rows["element"], value, strict=True)), "" if mineral.empty else str(mineral.iloc[0])
    )
    if kind in ("", "concentrate"):
        return feed
    light = {"La", "Ce"} if kind == LIGHT_CONCENTRATE else {"La", "Ce", "Pr", "Nd"}
    wanted = light if kind == LIGHT_CONCENTRATE else set(feed.shares) - light
    if kind not in (HEAVY_CONCENTRATE, LIGHT_CONCENTRATE):
        raise UnknownNameError("feed kind", kind, ["concentrate", HEAVY_CONCENTRATE, LIGHT_CONCENTRATE])
    part, _ = feed.only(frozenset(wanted), name)
    return part


def feed_of_commodity(contents: pd.DataFrame, name: str) -> Feed:
    """A feed of fixed composition (scrap) from table ``commodity_elements``; raises UnknownNameError."""
    rows = contents[contents["commodity"] == name]
    if rows.empty:
        raise UnknownNameError("commodity with an element vector", name, contents["commodity"].unique())
    oxide = {
        str(e): float(t) * oxide_per_element(str(e))
        for e, t in zip(rows["element"], rows["t_per_t"], strict=True)
        if e in LANTHANIDES_AND_Y
    }
    total = sum(oxide.values())
    return Feed(name, {e: v / total for e, v in oxide.items() if v > 0}, name)


def feed_of_text(text: str) -> Feed:
    """A feed written out as oxide shares, ``La=26,Ce=50.5,Nd=16.5,Pr=5,Sm=2``: fractions, or parts of any sum near 100.

    Its mineral is open, so any route takes it. Raises InputError with everything that is no element or no number.

    >>> {e: round(s, 3) for e, s in feed_of_text("Nd=75,Pr=25").shares.items()}
    {'Nd': 0.75, 'Pr': 0.25}
    """
    shares: dict[str, float] = {}
    faults: list[Fault] = []
    for part in text.replace(";", ",").split(","):
        element, _, amount = (p.strip() for p in part.partition("="))
        try:
            value = float(amount)
        except ValueError:
            faults.append(Fault(f"feed, {part.strip()!r}", "no share", "an element and its share, such as Nd=16.5"))
            continue
        if element in shares:
            faults.append(Fault(f"feed, {element}", "given twice", "one share"))
        shares[element] = value
    if faults:
        raise InputError("feed cannot be read", faults)
    per_cent = sum(shares.values()) > 2
    return Feed.of_shares(OWN, {e: v / 100 if per_cent else v for e, v in shares.items()})


def read_feed(world: World, name: str) -> Feed:
    """A feed by its name from a world's tables: ``scrap``, as in :func:`feed_from_ores`, or written out."""
    if "=" in name:
        return feed_of_text(name)
    if name == SCRAP:
        return feed_of_commodity(world.table("commodity_elements"), name)
    return feed_from_ores(world.table("ores"), world.table("ore_elements"), name)


def moles_vector(feed: Feed, elements: tuple[str, ...]) -> NDArray[np.float64]:
    """Mole fractions in the order given."""
    return np.array([feed.moles.get(e, 0.0) for e in elements])
