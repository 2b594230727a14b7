"""Questions with several mistakes in them: all are told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ytterby.world.errors import Fault, InputError

S = TypeVar("S")
T = TypeVar("T")


class Asked:
    """Collects the mistakes of one question.

    >>> asked = Asked()
    >>> asked.of(lambda: int("1"), 0)
    1
    >>> asked.settle()
    """

    def __init__(self) -> None:
        self._errors: list[InputError] = []

    def of(self, check: Callable[[], T], instead: T) -> T:
        """Return what a check finds; where it raises InputError, keep that and return ``instead``."""
        try:
            return check()
        except InputError as error:
            self._errors.append(error)
            return instead

    def each(self, check: Callable[[S], T], names: Iterable[S]) -> list[T]:
        """Return what a check finds for each name, leaving out those that are wrong."""
        found: list[T] = []
        for name in names:
            try:
                found.append(check(name))
            except InputError as error:
                self._errors.append(error)
        return found

    def settle(self) -> None:
        """Raise what was collected: the one mistake as it is, several as one InputError."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            faults = [fault for error in self._errors for fault in error.faults]
            raise InputError(f"{len(faults)} mistakes in the question", faults)


def share(value: float, name: str) -> float:
    """Return a value from 0 to below 1; raises InputError."""
    if not 0 <= value < 1:
        raise InputError(f"{name} is a share", [Fault(name, repr(value), f"0 <= {name} < 1")])
    return value
