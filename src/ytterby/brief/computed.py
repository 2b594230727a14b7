"""Names of the numbers that a question computes, as far as parameters that hold faults tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from ytterby.brief.question import Question

OPEN = "\0"
"""Stands in a name where a faulty parameter would stand."""

Loc = tuple[int | str, ...]


class _Open:
    """Stands for a faulty parameter, whatever it should have been: text, a list, a part with keys of its own."""

    def __str__(self) -> str:
        return OPEN

    def __format__(self, spec: str) -> str:
        return OPEN

    def __iter__(self) -> Iterator[_Open]:
        return iter((self,))

    def __getitem__(self, key: object) -> _Open:
        return self

    def __getattr__(self, name: str) -> _Open:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object) -> _Open:
        return self


class Computed:
    """Names that a question with these parameters computes; ``wrong`` are the places where parameters hold faults."""

    def __init__(self, model: type[Question], params: Mapping[str, Any], wrong: Sequence[Loc]) -> None:
        written = vars(_written(params, wrong))
        known = {key: value for key, value in written.items() if key in model.model_fields}
        names = [str(name) for name in model.model_construct(**known).numbers()]
        self.names = tuple(n for n in names if OPEN not in n)
        """Those that no fault touches."""
        self._open = [re.compile(".+".join(map(re.escape, n.split(OPEN)))) for n in names if OPEN in n]

    def may_hold(self, name: str) -> bool:
        """Whether the name is computed, or could be once the faulty parameters are right."""
        return name in self.names or any(form.fullmatch(name) for form in self._open)


def _written(value: Any, wrong: Sequence[Loc]) -> Any:
    """Parameters as they are written, an open place wherever one is wrong or missing; keys become attributes."""
    if isinstance(value, Mapping):
        keys = dict.fromkeys([*value, *(loc[0] for loc in wrong if loc)])
        return SimpleNamespace(**{str(k): _part(value.get(k, _Open()), k, wrong) for k in keys})
    if isinstance(value, list | tuple):
        return tuple(_part(part, number, wrong) for number, part in enumerate(value))
    return value


def _part(value: Any, key: int | str, wrong: Sequence[Loc]) -> Any:
    below = [loc[1:] for loc in wrong if loc[:1] == (key,)]
    deeper = isinstance(value, Mapping | list | tuple) and all(below)
    return _Open() if below and not deeper else _written(value, below)
