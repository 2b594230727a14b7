"""What is inside one part: every material with listed content, how much of it, from where, shown by what; and the
price moves that would flip a part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import spsolve

from ytterby.rules.bom.lines import Bom
from ytterby.rules.bom.listed import UNKNOWN_ORIGIN
from ytterby.rules.bom.trace import Trace
from ytterby.rules.items import ItemLists
from ytterby.rules.value import ValueLimit, element_value
from ytterby.world.terms import PriceDeck

CONTENT_COLUMNS = ("material", "name", "form", "units", "element", "kg", "listed_usd", "listed_origin", "evidence")
FLIP_COLUMNS = ("part", "element", "price_factor")


def units_in(bom: Bom, part: int) -> npt.NDArray[np.float64]:
    """Units of every part (N,) in one unit of the part with that row in ``bom.parts``."""
    nodes = np.sort(breadth_first_order(bom.quantity, part, return_predecessors=False))
    inner = bom.quantity[nodes][:, nodes]
    system = (sparse.eye_array(len(nodes), format="csc") - inner.T).tocsc()
    wanted = (nodes == part).astype(float)
    units = np.zeros(bom.size)
    units[nodes] = spsolve(system, wanted) if len(nodes) > 1 else wanted
    return units


def contents(found: Trace, part: int, deck: PriceDeck, limit: ValueLimit, lists: ItemLists) -> pd.DataFrame:
    """Materials in one unit of a part that hold, or may hold, elements of a limit's list.

    Columns: :data:`CONTENT_COLUMNS`. ``kg`` and ``listed_usd`` are for one unit of the part; both are blank (NaN) for a
    material whose content is not told.
    """
    bom, parts = found.bom, found.bom.parts
    units = units_in(bom, part)
    elements = sorted(lists.elements_of(limit.numerator) & set(bom.elements))
    rows: list[tuple[object, ...]] = []
    text = parts[["part", "name", "form", "evidence"]].astype(str)
    own = {element: parts[f"{element}_kg"].to_numpy(dtype=float) for element in elements}
    for n in map(int, np.flatnonzero(units > 0)):
        name, called, form, evidence = text.iloc[n]
        origin = str(found.listed_origin[n])
        for element in elements:
            kg = own[element][n]
            if kg > 0:
                usd = kg * units[n] * element_value(element, deck)
                rows.append((name, called, form, units[n], element, kg * units[n], usd, origin, evidence))
        if found.gap[n]:
            rows.append((name, called, form, units[n], UNKNOWN_ORIGIN, float("nan"), float("nan"), origin, evidence))
    return pd.DataFrame(rows, columns=list(CONTENT_COLUMNS))


def price_flips(
    found: Trace, at: npt.NDArray[np.int64], deck: PriceDeck, limit: ValueLimit, lists: ItemLists
) -> pd.DataFrame:
    """By how much the price of one element must move, the others standing, for the high share to reach the limit.

    Columns: :data:`FLIP_COLUMNS`; above 1 it would catch a part that is free, below 1 free one that is caught; a part
    that no price of this element alone would move has no row.
    """
    frames = []
    names = found.bom.parts["part"].to_numpy(dtype=object)[at]
    listed, value = found.listed_high[limit.clause][at], found.value_low[at]
    for element in sorted(lists.elements_of(limit.numerator) & {e for e, _ in found.kg}):
        usd = element_value(element, deck)
        kg = np.zeros(len(at))
        for (name, origin), held in found.kg.items():
            if name == element and origin in (*limit.origin, UNKNOWN_ORIGIN):
                kg += held[at]
        moved = (kg > 0) & np.isfinite(listed) & np.isfinite(kg * usd)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = 1.0 + (limit.limit * value - listed) / (kg * usd)
        told = moved & (factor > 0)
        frames.append(pd.DataFrame({"part": names[told], "element": element, "price_factor": factor[told]}))
    empty = pd.DataFrame(columns=list(FLIP_COLUMNS))
    return pd.concat(frames, ignore_index=True).sort_values(["part", "element"], ignore_index=True) if frames else empty
