"""Facts as columns: many shipments at once, each column a few distinct values and one code a row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.rules.items import MAY_HOLD_MORE, ItemLists
from ytterby.rules.logic import Truth
from ytterby.rules.lots import ValueShare, implied_value_share, lot_facts
from ytterby.rules.shipment import NOT_LISTED, Item, Party, Shipment

FORM_STEPS: Mapping[str, tuple[str, ...]] = {
    "ore": ("mine",),
    "concentrate": ("mine", "crack"),
    "carbonate": ("mine", "crack"),
    "oxide": ("mine", "crack", "separate"),
    "compound": ("mine", "crack", "separate"),
    "metal": ("mine", "crack", "separate", "reduce"),
    "alloy": ("mine", "crack", "separate", "reduce", "alloy"),
    "target": ("mine", "crack", "separate", "reduce", "alloy"),
    "magnet": ("mine", "crack", "separate", "reduce", "alloy", "magnet"),
    "scrap": ("recycle",),
}
"""Steps that material of each form has gone through; anything else may have gone through all."""
ALL_STEPS = ("mine", "crack", "separate", "reduce", "alloy", "magnet", "recycle")

Steps = tuple[tuple[str, str], ...]
"""Known countries of steps, as sorted (step, country) pairs."""
Operators = tuple[tuple[str, Party | None], ...]
"""Who ran each step of a lot graph, as (step, party) pairs; None where the graph does not say."""


@dataclass(frozen=True)
class Column:
    """One fact of every row: a code into the distinct values; code -1 is unknown."""

    codes: npt.NDArray[np.int32]
    values: Sequence[Any]

    def map(self, test: Callable[[Any], int], unknown: int = 0) -> Truth:
        """Ask each distinct value once; ``unknown`` is the answer where the fact is not known."""
        answers = np.array([*(test(value) for value in self.values), unknown], dtype=np.int8)
        return answers[self.codes]

    @classmethod
    def of(cls, values: Iterable[Hashable | None]) -> Column:
        """Build from one value a row; None is unknown."""
        index: dict[Hashable, int] = {}
        codes = [-1 if v is None else index.setdefault(v, len(index)) for v in values]
        return cls(np.array(codes, dtype=np.int32), list(index))

    @classmethod
    def of_text(cls, series: pd.Series) -> Column:
        """Build from a text column; blank and NaN are unknown."""
        codes, uniques = pd.factorize(series.where(series.ne("")), use_na_sentinel=True)
        return cls(codes.astype(np.int32), [str(u) for u in uniques])

    @classmethod
    def constant(cls, value: Hashable | None, size: int) -> Column:
        """The same value in every row."""
        return cls(np.full(size, -1 if value is None else 0, dtype=np.int32), [] if value is None else [value])


@dataclass(frozen=True)
class Facts:
    """Facts of N shipments."""

    size: int
    item: Column
    """Item."""
    origin: Column
    """Country of origin of the item as such."""
    part_origin: Column
    """Country of origin of the listed inputs in the item."""
    ship_from: Column
    ship_to: Column
    end_user: Column
    """Party."""
    user_kind: Column
    end_use: Column
    step_countries: Column
    """Steps."""
    technology: Column
    """Steps."""
    operators: Column
    """Operators."""
    share_low: npt.NDArray[np.float64]
    share_high: npt.NDArray[np.float64]
    """Value share where it was given as a fact; NaN otherwise."""
    measures: Mapping[str, npt.NDArray[np.float64]]
    """Other quantities; NaN where unknown."""
    label: Column | None = None
    lots: tuple[Shipment, ...] | None = None
    """Shipments with lot graphs, one a row, where there are any."""
    cache: dict[Any, Any] = field(default_factory=dict, compare=False)

    def value_share(self, numerator: str, origins: tuple[str, ...], lists: ItemLists, basis: str) -> ValueShare:
        """Value of inputs on a list and of an origin over the item's value: low and high ends by row.

        Taken from the fact where it is given, else from the lot graph, else zero where nothing on the list
        can
        be inside, else [0, 1].
        """
        key = (numerator, origins, basis)
        if key in self.cache:
            return self.cache[key]  # type: ignore[no-any-return]
        low, high = np.zeros(self.size), np.ones(self.size)
        elements = lists.elements_of(numerator)
        holds_none = self.item.map(lambda item: _without(item, elements))
        elsewhere = self.part_origin.map(lambda country: -1 if country in origins else 1)
        high[(holds_none == 1) | (elsewhere == 1)] = 0.0
        if self.lots is not None:
            for row, shipment in enumerate(self.lots):
                if shipment.steps:
                    low[row], high[row] = implied_value_share(shipment, numerator, origins, lists, basis)
        given_low, given_high = ~np.isnan(self.share_low), ~np.isnan(self.share_high)
        low[given_low] = self.share_low[given_low]
        high[given_high] = self.share_high[given_high]
        self.cache[key] = (low, high)
        return low, high

    def take(self, rows: npt.NDArray[np.int64]) -> Facts:
        """The facts of some rows, in their order; rows may repeat."""
        columns = {
            f.name: Column(value.codes[rows], value.values)
            for f in fields(self)
            if isinstance(value := getattr(self, f.name), Column)
        }
        return replace(
            self,
            size=len(rows),
            **columns,
            share_low=self.share_low[rows],
            share_high=self.share_high[rows],
            measures={name: values[rows] for name, values in self.measures.items()},
            lots=None if self.lots is None else tuple(self.lots[r] for r in rows),
            cache={},
        )

    @classmethod
    def of_shipments(cls, shipments: Sequence[Shipment], origin_step: str, allocation: str) -> Facts:
        """Facts of shipments; what their lot graphs say counts as if it had been declared."""
        lots = [lot_facts(s, origin_step, allocation) for s in shipments]
        size = len(shipments)

        def number(name: str) -> npt.NDArray[np.float64]:
            return np.array([s.measures.get(name, np.nan) for s in shipments], dtype=float)

        def end(first: str) -> npt.NDArray[np.float64]:
            values = []
            for s in shipments:
                given = getattr(s, first)
                values.append(np.nan if given is None and s.value_share is None else given or s.value_share or 0.0)
            return np.array(values, dtype=float)

        return cls(
            size=size,
            item=Column.of(s.item if s.item != Item() else None for s in shipments),
            origin=Column.of(lot.origin for lot in lots),
            part_origin=Column.of([None] * size),
            ship_from=Column.of(s.ship_from for s in shipments),
            ship_to=Column.of(s.ship_to for s in shipments),
            end_user=Column.of(_located(s.end_user, s.ship_to) for s in shipments),
            user_kind=Column.of(s.user_kind for s in shipments),
            end_use=Column.of(s.end_use for s in shipments),
            step_countries=Column.of(lot.countries for lot in lots),
            technology=Column.of(lot.technology for lot in lots),
            operators=Column.of(tuple((step.kind, step.operator) for step in s.steps) or None for s in shipments),
            share_low=end("value_share_low"),
            share_high=end("value_share_high"),
            measures={name: number(name) for name in sorted({m for s in shipments for m in s.measures})},
            lots=tuple(shipments),
        )


def _located(party: Party | None, ship_to: str | None) -> Party | None:
    if party is None or party.country is not None or party.name == NOT_LISTED:
        return party
    return party.model_copy(update={"country": ship_to})


def _without(item: Item, elements: frozenset[str]) -> int:
    if item.elements is None:
        return 0
    if elements & set(item.elements):
        return -1
    return 0 if MAY_HOLD_MORE in item.elements else 1


def steps_of(item: Item | None) -> tuple[str, ...]:
    """Steps that an item may have gone through."""
    form = item.form if item is not None else None
    return FORM_STEPS.get(form or "", ALL_STEPS)
