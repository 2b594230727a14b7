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

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}"


class InputError(YtterbyError):
    """Bad input: carries every fault that was found, not only the first."""

    def __init__(self, title: str, faults: Sequence[Fault] = ()) -> None:
        self.title = title
        self.faults = tuple(faults)
        lines = [title, *(f"  - {fault}" for fault in self.faults)]
        super().__init__("\n".join(lines))


class UnknownNameError(InputError):
    """A name that is not there, with the nearest ones that are."""

    def __init__(self, kind: str, name: str, known: Iterable[str], where: str = "") -> None:
        options = sorted(set(known))
        near = difflib.get_close_matches(name, options, n=3, cutoff=0.5)
        hint = f"one of {', '.join(near)}" if near else f"one of {', '.join(options[:12])}"
        if not near and len(options) > 12:
            hint += f" ... ({len(options)} in all)"
        super().__init__(f"unknown {kind} {name!r}", [Fault(where or kind, repr(name), hint)])


class SolveError(YtterbyError):
    """The model has no solution, or the solver stopped; the message names what clashes."""


class CertificateError(YtterbyError):
    """An answer whose certificate does not hold: it is not shown."""
