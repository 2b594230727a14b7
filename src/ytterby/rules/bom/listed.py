"""Value of listed inputs in every part: sure, and possible where origins, compositions or prices are not told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from ytterby.rules.bom.lines import Bom
from ytterby.rules.items import MAY_HOLD_MORE, ItemLists
from ytterby.rules.shipment import Item
from ytterby.rules.value import ValueLimit, element_value
from ytterby.world.terms import PriceDeck

UNKNOWN_ORIGIN = "?"
MAY_HOLD_MAGNETS = frozenset({"", "assembly", "end product"})
"""Forms of a bought part that may hold magnets from other makers, if what is inside is not told."""

Array = npt.NDArray[np.float64]


def listed_value(
    bom: Bom,
    own: Mapping[str, Array],
    gap: npt.NDArray[np.bool_],
    origin: npt.NDArray[np.generic],
    value_high: Array,
    deck: PriceDeck,
    limit: ValueLimit,
    lists: ItemLists,
    summed: Callable[[Array, npt.NDArray[np.bool_] | None], Array],
) -> tuple[Array, Array]:
    """USD of listed inputs of the limit's origin: sure, and possible where origins, compositions or prices
    are unknown."""
    parts, size = bom.parts, bom.size
    here = np.isin(origin.astype(str), list(limit.origin))
    may = here | (origin.astype(str) == UNKNOWN_ORIGIN)
    item = _listed_items(bom, own, limit, lists)
    sure_item, may_item = (item == 1) & here, (item >= 0) & may & ~parts["form"].eq("magnet").to_numpy()
    value = parts["value"].to_numpy(dtype=float)
    content = np.zeros(size)
    unpriced = np.zeros(size, dtype=bool)
    for element in lists.elements_of(limit.numerator) & set(own):
        usd = element_value(element, deck)
        if np.isnan(usd):
            unpriced |= own[element] > 0
        else:
            content += own[element] * usd
    low_own = np.where(here, content, 0.0)
    low_own = np.where(sure_item, np.where(np.isnan(value), content, value), low_own)
    high_own = np.where(may, content, 0.0)
    high_own = np.where(may_item & ~np.isnan(value), np.maximum(value, high_own), high_own)
    may_hold = gap & ~parts["form"].isin({"compound", "scrap", "phosphor"}).to_numpy() & (item >= 0)
    magnets = gap & (parts["form"].isin(MAY_HOLD_MAGNETS) | parts["form"].eq("magnet")).to_numpy()
    unvalued = may_item & np.isnan(value)
    limitless = (may_hold | magnets | unpriced | unvalued) & may
    high_own = np.where(limitless, np.where(np.isinf(value_high), np.inf, value_high), high_own)
    low = summed(low_own[:, None], sure_item)[:, 0]
    finite = np.where(np.isinf(high_own), 0.0, high_own)
    high = summed(np.stack([finite, np.isinf(high_own).astype(float)], axis=1), may_item & ~np.isnan(value))
    return low, np.where(high[:, 1] > 0, np.inf, high[:, 0])


def _listed_items(bom: Bom, own: Mapping[str, Array], limit: ValueLimit, lists: ItemLists) -> npt.NDArray[np.int8]:
    """Whether each part is itself a listed input."""
    rows = lists.rows_of(limit.numerator)
    forms = {form for row in rows for form in row.forms}
    result = np.full(bom.size, -1, dtype=np.int8)
    columns = bom.parts[["form", "base"]].to_numpy(dtype=object)
    for n in np.flatnonzero(bom.parts["form"].isin(forms).to_numpy()):
        elements = tuple(e for e, kg in own.items() if kg[n] > 0)
        item = Item(form=columns[n, 0], elements=elements or (MAY_HOLD_MORE,), base=columns[n, 1] or None)
        result[n] = lists.match(item, (limit.numerator,))[0]
    return result
