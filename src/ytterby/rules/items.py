"""Is an item on a list? Matching by control code or CAS number, or by form, contained elements and alloy
family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytterby.rules.shipment import Item
from ytterby.world.errors import UnknownNameError

if TYPE_CHECKING:
    from ytterby.world import World

ANY_RARE_EARTH = "REE"
MAY_HOLD_MORE = "?"
"""Among an item's elements: it may hold others that are not told."""


@dataclass(frozen=True)
class ListedItem:
    """One row of the table controlled_items."""

    item: str
    list: str
    regime: str
    control_code: str
    name: str
    elements: frozenset[str]
    forms: frozenset[str]
    bases: frozenset[str]
    """Alloy families, one of which is needed; empty: any."""
    cas: str
    by_code_only: bool
    """Only a classification (control code, CAS number) can put an item here."""


@dataclass(frozen=True)
class ItemLists:
    """All lists of controlled items, by name."""

    rows: Mapping[str, tuple[ListedItem, ...]]

    @classmethod
    def from_world(cls, world: World) -> ItemLists:
        """Read the table controlled_items."""
        lists: dict[str, list[ListedItem]] = {}
        for row in world.table("controlled_items").to_dict("records"):
            listed = ListedItem(
                item=row["item"],
                list=row["list"],
                regime=row["regime"],
                control_code=row["control_code"],
                name=row["name"],
                elements=_split(row["elements"]),
                forms=_split(row["forms"]),
                bases=_split(row["bases"]),
                cas=row["cas"],
                by_code_only=bool(row["by_code_only"]),
            )
            lists.setdefault(listed.list, []).append(listed)
        return cls({name: tuple(rows) for name, rows in lists.items()})

    def rows_of(self, name: str) -> tuple[ListedItem, ...]:
        """Rows of one list; raises UnknownNameError with near matches."""
        if name not in self.rows:
            raise UnknownNameError("list of controlled items", name, self.rows)
        return self.rows[name]

    def elements_of(self, name: str) -> frozenset[str]:
        """Elements that any row of a list names."""
        return frozenset(e for row in self.rows_of(name) for e in row.elements)

    @property
    def all_elements(self) -> frozenset[str]:
        """Elements that any row of any list names."""
        return frozenset(e for rows in self.rows.values() for row in rows for e in row.elements)

    def match(self, item: Item | None, names: Sequence[str]) -> tuple[int, tuple[ListedItem, ...]]:
        """Whether an item stands on one of the lists (1 yes, 0 cannot tell, -1 no), and the rows that say
        so."""
        best, hits = -1, []
        for name in names:
            for row in self.rows_of(name):
                truth = matches(item, row)
                if truth > best:
                    best, hits = truth, [row]
                elif truth == best and truth >= 0:
                    hits.append(row)
        return best, tuple(hits) if best >= 0 else ()


def family(item: Item) -> str | None:
    """Alloy family of a magnet: as declared, or by its light elements; None where it cannot be told."""
    if item.base is not None:
        return item.base
    if item.form != "magnet" or item.elements is None:
        return None
    contained = set(item.elements)
    if contained & {"Nd", "Pr"}:
        return "NdFeB"
    if "Sm" in contained:
        return "SmCo"
    return None if MAY_HOLD_MORE in contained else "other"


def matches(item: Item | None, row: ListedItem) -> int:  # noqa: PLR0911, PLR0912 - one test a line
    """Whether one item is what one row lists: 1 yes, 0 cannot tell, -1 no."""
    if item is None:
        return 0
    if item.code and row.control_code and _same_code(item.code, row.control_code):
        return 1
    if item.cas and row.cas and item.cas == row.cas:
        return 1
    truth = 1
    if item.form is None:
        truth = 0
    elif row.forms and item.form not in row.forms:
        return -1
    if row.by_code_only:
        return -1 if item.code or item.cas else min(truth, 0)
    if row.elements:
        if item.elements is None:
            truth = 0
        elif ANY_RARE_EARTH in row.elements:
            if not item.elements:
                return -1
        elif not row.elements & set(item.elements):
            if MAY_HOLD_MORE not in item.elements:
                return -1
            truth = 0
    if row.bases:
        base = family(item)
        if base is None:
            truth = 0
        elif not row.bases & (set(base.split(";")) | {base}):
            return -1
    return truth


def _same_code(declared: str, listed: str) -> bool:
    a, b = declared.upper(), listed.upper()
    return a == b or a.startswith(b + ".") or b.startswith(a + ".")


def _split(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(";") if part.strip())
