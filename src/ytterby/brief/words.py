"""Numbers and lists as words for the answers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pandas as pd

from ytterby.brief.answer import Number
from ytterby.world.terms import Band

NAN = float("nan")


def exact(label: str, value: float, unit: str) -> Number:
    """A number without a band."""
    return Number(label, float(value), unit, float(value), float(value))


def from_band(label: str, band: Band, unit: str) -> Number:
    """A number with its band."""
    return Number(label, band.point, unit, band.low, band.high, band.basis)


def cell(table: pd.DataFrame, row: Hashable, column: str) -> float:
    """One number of a table that is indexed by its key."""
    return float(table[column].to_dict()[row])


def text(table: pd.DataFrame, row: Hashable, column: str) -> str:
    """One text of a table that is indexed by its key."""
    return str(table[column].to_dict()[row])


def band_of(table: pd.DataFrame, row: Hashable, columns: tuple[str, str, str], basis: str = "") -> Band:
    """Point, low and high of a row of a table that is indexed by its key."""
    point, low, high = (cell(table, row, column) for column in columns)
    return Band(point, low, high, basis)


def with_span(number: Number, form: str = ",.0f") -> str:
    """A number with its band in brackets, where it has one.

    >>> with_span(Number("", 5.0, "", 4.0, 11.0))
    '5 (4 to 11)'
    """
    if number.low == number.high == number.value:
        return f"{number.value:{form}}"
    return f"{number.value:{form}} ({number.low:{form}} to {number.high:{form}})"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Join names as a reader would: "a, b and c".

    >>> listed(["rail", "sea", "road"])
    'rail, sea and road'
    """
    names = [str(n) for n in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""


def short_name(name: str) -> str:
    """A name up to its first comma or bracket.

    >>> short_name("Neodymium-praseodymium oxide (didymium)")
    'Neodymium-praseodymium oxide'
    """
    return name.split(",", maxsplit=1)[0].split("(", maxsplit=1)[0].strip()


def percent(share: float) -> str:
    """A share as per cent, two figures.

    >>> percent(0.0076)
    '0.76 %'
    """
    return f"{100 * share:.2g} %"


def lower(sentence: str) -> str:
    """A sentence to stand inside another: small first letter, no full stop."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "way")
    '1 way'
    """
    return f"{count} {one if count == 1 else many or one + 's'}"
