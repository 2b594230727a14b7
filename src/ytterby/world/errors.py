"""Errors for the person who made the mistake: where, what was found, what would do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class YtterbyError(Exception):
    """Base of every error that ytterby raises on purpose; the command line turns it into exit code 2."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input."""

    where: str
    """File, row and column, or the argument's name."""
    found: str
    """What stands there."""
    expected: str
    """What would do."""
    file: str = ""
    """The file alone, where the fault is in one."""
    row: int | None = None
    """Row in the file as a spreadsheet counts it: the header is row 1."""
    column: str = ""
    """The column alone."""

    @classmethod
    def at(cls, file: str, found: str, expected: str, *, row: int | None = None, column: str = "") -> Fault:
        """Return a fault in a file; ``where`` is put together from file, row and column."""
        parts = [file] if file else []
        if row is not None:
            parts.append(f"row {row}")
        if column:
            parts.append(f"column {column}")
        return cls(", ".join(parts), found, expected, file=file, row=row, column=column)

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}"


class InputError(YtterbyError):
    """Bad input: carries every fault that was found, not only the first."""

    def __init__(self, title: str, faults: Sequence[Fault] = ()) -> None:
        self.title = title
        self.faults = tuple(faults)
        lines = [title, *(f"  - {fault}" for fault in self.faults)]
        super().__init__("\n".join(lines))


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known names are near to a name that is not known: ``one of a, b``.

    >>> nearest("chian", ["china", "japan"])
    'one of china'
    """
    options = sorted(set(known))
    near = difflib.get_close_matches(name, options, n=3, cutoff=0.5)
    if not options:
        return "nothing is known by such a name"
    if near:
        return f"one of {', '.join(near)}"
    return f"one of {', '.join(options[:12])}" + (f" ... ({len(options)} in all)" if len(options) > 12 else "")


class UnknownNameError(InputError):
    """A name that is not there, with the nearest ones that are."""

    def __init__(self, kind: str, name: str, known: Iterable[str], where: str = "") -> None:
        super().__init__(f"unknown {kind} {name!r}", [Fault(where or kind, repr(name), nearest(name, known))])


class SolveError(YtterbyError):
    """The model has no solution, or the solver stopped; the message names what clashes."""


class CertificateError(YtterbyError):
    """An answer whose certificate does not hold: it is not shown."""
