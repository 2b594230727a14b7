"""What is inside: mass by element and origin, value of listed inputs, at every part, by one sweep over the
levels.

With A[parent, part] the quantities and C what each part holds by itself, the totals are T = C + A T: the
parts are
taken level by level from the materials up, each line once. Very deep trees are solved as one triangular
system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import splu

from ytterby.rules.bom.lines import MATERIAL_FORMS, Bom
from ytterby.rules.bom.listed import MAY_HOLD_MAGNETS, UNKNOWN_ORIGIN, listed_value
from ytterby.rules.items import ItemLists
from ytterby.rules.value import ValueLimit
from ytterby.world.terms import PriceDeck

MOST_LEVELS = 2000
"""Above this depth one sparse triangular solve is faster than a sweep."""
ORIGIN_TELLS = frozenset({"metal", "alloy", "oxide", "target", "compound"})
"""Forms whose own origin is that of the listed input; where a magnet was made says nothing about its
dysprosium."""

MADE_FORMS = frozenset({"magnet", "metal", "alloy", "oxide", "target"})
"""Forms whose maker's technology counts."""
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """Totals of every part of a bill of materials, in the order of ``bom.parts``."""

    bom: Bom
    kg: Mapping[tuple[str, str], Array]
    """kg in one unit, by element and origin of the listed input (``?`` where unknown)."""
    gap: npt.NDArray[np.bool_]
    """Whether the part itself is a material whose content is not told."""
    gaps: Array
    """Materials below (and the part itself) whose content is not told."""
    mass: Array
    """kg of one unit: as told, else the sum of its lines; NaN where one of them is not told."""
    counted: Mapping[str, Array]
    """USD of parts that count for a measure (column counts_for) in one unit, by measure."""
    value_low: Array
    value_high: Array
    """USD of one unit: as told, else between what its lines are worth and infinity."""
    listed_low: Mapping[str, Array]
    listed_high: Mapping[str, Array]
    """USD of listed inputs of the clause's origin in one unit, by clause with a value limit."""
    technology: Mapping[str, Array]
    """Materials with listed elements below, by origin of their makers' technology; ``?`` where unknown."""
    by_technology: npt.NDArray[np.bool_]
    """Whether the part itself is such a material."""
    listed_origin: npt.NDArray[np.object_]
    """Origin of the listed input in each part by itself; ``?`` where unknown."""
    made_in: Mapping[str, Array]
    """Magnets below by country of making; ``?`` where unknown."""

    def elements(self) -> pd.DataFrame:
        """kg by part, element and origin, where there is any. Columns: part, element, origin, kg."""
        frames = [
            pd.DataFrame({"part": self.bom.parts["part"][kg > 0], "element": e, "origin": o, "kg": kg[kg > 0]})
            for (e, o), kg in self.kg.items()
        ]
        empty = pd.DataFrame(columns=["part", "element", "origin", "kg"])
        return pd.concat(frames, ignore_index=True) if frames else empty

    def values(self) -> pd.DataFrame:
        """USD of one unit of every part and of listed inputs in it.

        Columns: part, usd_low, usd_high, clause, listed_low, listed_high; an end that nothing bounds is blank.
        """
        frames = [
            pd.DataFrame(
                {
                    "part": self.bom.parts["part"],
                    "usd_low": self.value_low,
                    "usd_high": np.where(np.isinf(self.value_high), np.nan, self.value_high),
                    "clause": clause,
                    "listed_low": self.listed_low[clause],
                    "listed_high": np.where(np.isinf(high), np.nan, high),
                }
            )
            for clause, high in self.listed_high.items()
        ]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def held(self, element: str) -> Array:
        """kg of an element in one unit, whatever its origin."""
        total = np.zeros(self.bom.size)
        for (name, _), kg in self.kg.items():
            if name == element:
                total += kg
        return total

    def shares(self, clause: str) -> tuple[Array, Array]:
        """Low and high value share under a clause with a value limit."""
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(self.listed_low[clause] > 0, self.listed_low[clause] / self.value_high, 0.0)
            high = np.where(self.listed_high[clause] > 0, self.listed_high[clause] / self.value_low, 0.0)
        return np.minimum(low, 1.0), np.minimum(np.nan_to_num(high, nan=1.0, posinf=1.0), 1.0)


def trace(bom: Bom, deck: PriceDeck, limits: Mapping[str, ValueLimit], lists: ItemLists) -> Trace:
    """Sum up every part. ``deck`` values elements in materials that have no lines of their own."""
    parts = bom.parts
    summed = summer(bom)
    own = {e: np.nan_to_num(parts[f"{e}_kg"].to_numpy(dtype=float)) for e in bom.elements}
    gap = _gaps(bom, lists)
    own_origin = parts["origin"].where(parts["form"].isin(ORIGIN_TELLS), "")
    origin = np.where(parts["listed_origin"].eq(""), own_origin, parts["listed_origin"])
    origin = np.where(origin == "", UNKNOWN_ORIGIN, origin)
    keys, columns = [], []
    for element, kg in own.items():
        for country in sorted(set(origin[kg > 0])):
            keys.append((element, str(country)))
            columns.append(np.where(origin == country, kg, 0.0))
    keys_made, columns_made = _made(parts, gap)
    listed = gap.copy()
    for element in {e for limit in limits.values() for e in lists.elements_of(limit.numerator)} & set(own):
        listed |= own[element] > 0
    by_technology = _made_by_technology(parts, listed, gap)
    keys_tech, columns_tech = _technology(parts, by_technology)
    everything = [gap.astype(float), *columns, *columns_made, *columns_tech]
    totals = summed(np.stack(everything, axis=1), None)
    value = parts["value"].to_numpy(dtype=float)
    lines_worth = _worth(value, summed)
    low = np.where(np.isnan(value), lines_worth, value)
    high = np.where(np.isnan(value), np.inf, value)
    listed_low, listed_high = {}, {}
    for name, limit in limits.items():
        listed_low[name], listed_high[name] = listed_value(bom, own, gap, origin, high, deck, limit, lists, summed)
    a, b = 1 + len(keys), 1 + len(keys) + len(keys_made)
    return Trace(
        bom=bom,
        kg={key: totals[:, 1 + n] for n, key in enumerate(keys)},
        gap=gap,
        gaps=totals[:, 0],
        mass=_mass(parts, summed),
        counted=_counted(parts, value, summed),
        value_low=low,
        value_high=high,
        listed_low=listed_low,
        listed_high=listed_high,
        listed_origin=np.asarray(origin, dtype=object),
        made_in={key: totals[:, a + n] for n, key in enumerate(keys_made)},
        by_technology=by_technology,
        technology={key: totals[:, b + n] for n, key in enumerate(keys_tech)},
    )


def _gaps(bom: Bom, lists: ItemLists) -> npt.NDArray[np.bool_]:
    """Materials whose content is not told: no element at all, or nothing in the column of one that some list names."""
    parts = bom.parts
    listed = [e for e in bom.elements if e in lists.all_elements]
    blank = np.ones(bom.size, dtype=bool) if not listed else np.zeros(bom.size, dtype=bool)
    for element in listed:
        blank |= parts[f"{element}_kg"].isna().to_numpy()
    return np.asarray(blank & ~parts["has_lines"].to_numpy() & parts["form"].isin(MATERIAL_FORMS).to_numpy())


def summer(bom: Bom) -> Callable[[Array, npt.NDArray[np.bool_] | None], Array]:
    """A function that adds up what parts hold by themselves; parts that are ``closed`` do not look inside."""
    depth = int(bom.levels.max(initial=0))
    if depth > MOST_LEVELS:
        order = np.argsort(bom.levels, kind="stable")

        def solve(own: Array, closed: npt.NDArray[np.bool_] | None) -> Array:
            matrix = bom.quantity if closed is None else sparse.diags_array((~closed).astype(float)) @ bom.quantity
            system = (sparse.eye_array(bom.size, format="csr") - matrix).tocsr()[order][:, order].tocsc()
            factors = splu(system, permc_spec="NATURAL", diag_pivot_thresh=0.0)
            result = np.empty_like(own)
            result[order] = factors.solve(own[order])
            return result

        return solve
    order = np.argsort(bom.levels, kind="stable")
    ends = np.searchsorted(bom.levels[order], np.arange(depth + 2))
    rows = [order[ends[k] : ends[k + 1]] for k in range(1, depth + 1)]
    blocks = [bom.quantity[r] for r in rows]

    def sweep(own: Array, closed: npt.NDArray[np.bool_] | None) -> Array:
        totals = own.copy()
        for at, block in zip(rows, blocks, strict=True):
            below = block @ totals
            if closed is not None:
                below[closed[at]] = 0.0
            totals[at] += below
        return totals

    return sweep


def _worth(value: Array, summed: Callable[[Array, npt.NDArray[np.bool_] | None], Array]) -> Array:
    """What the lines of each part are worth at told prices, at least: told parts are not looked into."""
    known = ~np.isnan(value)
    totals = summed(np.where(known, value, 0.0)[:, None], known)[:, 0]
    return np.asarray(totals, dtype=float)


def _mass(parts: pd.DataFrame, summed: Callable[[Array, npt.NDArray[np.bool_] | None], Array]) -> Array:
    mass = parts["mass_kg"].to_numpy(dtype=float)
    known = ~np.isnan(mass)
    if not known.any():
        return mass
    silent = ~known & ~parts["has_lines"].to_numpy()
    totals = summed(np.stack([np.where(known, mass, 0.0), silent.astype(float)], axis=1), known)
    return np.where(totals[:, 1] > 0, np.nan, totals[:, 0])


def _counted(
    parts: pd.DataFrame, value: Array, summed: Callable[[Array, npt.NDArray[np.bool_] | None], Array]
) -> dict[str, Array]:
    """Value of the parts that are told to count for each measure; what lies inside one is in its value already."""
    found = {}
    for measure in sorted(set(parts["counts_for"]) - {""}):
        counts = parts["counts_for"].eq(measure).to_numpy()
        found[str(measure)] = summed(np.where(counts, value, 0.0)[:, None], counts)[:, 0]
    return found


def _made(parts: pd.DataFrame, gap: npt.NDArray[np.bool_]) -> tuple[list[str], list[Array]]:
    """Countries of magnet making; what may hold magnets that are not told may have them from anywhere."""
    magnet = parts["form"].eq("magnet").to_numpy()
    where = np.where(magnet, parts["origin"].replace("", UNKNOWN_ORIGIN), UNKNOWN_ORIGIN)
    holds = magnet | (gap & parts["form"].isin(MAY_HOLD_MAGNETS).to_numpy())
    names = sorted(set(where[holds]))
    return [str(n) for n in names], [(holds & (where == n)).astype(float) for n in names]


def _made_by_technology(
    parts: pd.DataFrame, listed: npt.NDArray[np.bool_], gap: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Materials that hold, or may hold, listed elements, and whose makers' technology therefore counts."""
    maker = parts["form"].isin(MADE_FORMS).to_numpy()
    return np.asarray(listed & (maker | (gap & parts["form"].isin(MAY_HOLD_MAGNETS).to_numpy())))


def _technology(parts: pd.DataFrame, made: npt.NDArray[np.bool_]) -> tuple[list[str], list[Array]]:
    """Those materials by origin of their makers' technology; of what is bought with unknown content it is unknown."""
    maker = parts["form"].isin(MADE_FORMS).to_numpy()
    where = np.where(maker, parts["technology"].replace("", UNKNOWN_ORIGIN), UNKNOWN_ORIGIN)
    names = sorted(set(where[made]))
    return [str(n) for n in names], [(made & (where == n)).astype(float) for n in names]
