"""Places in a data file: ``clauses[id=limb-1].states[0]``, and changing what stands there."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from ytterby.world.errors import Fault, InputError, nearest

STEP = re.compile(r"\.?(?P<name>[A-Za-z0-9_-]+)|\[(?P<index>\d+)\]|\[(?P<key>[A-Za-z0-9_-]+)=(?P<value>[^\]]+)\]")


def change_document(
    document: Mapping[str, Any],
    path: str,
    *,
    set_: Mapping[str, Any] | None = None,
    append: Any = None,
    remove: bool = False,
) -> dict[str, Any]:
    """Return a copy of a data file, changed at a path.

    ``set_`` updates the table there (or each table of the list there); ``append`` adds to the list there;
    ``remove`` takes out what stands there. Raises InputError with what is there instead.
    """
    changed = copy.deepcopy(dict(document))
    steps = _steps(path)
    if remove:
        if not steps:
            raise _no_place(path, "the whole file", "a path to what is taken out")
        holder = _walk(changed, steps[:-1], path)
        _walk(holder, steps[-1:], path)
        if isinstance(holder, dict):
            del holder[steps[-1]]
        else:
            del holder[_position(holder, steps[-1])]
        return changed
    place = _walk(changed, steps, path)
    if append is not None:
        if not isinstance(place, list):
            raise _no_place(path, f"a {_kind(place)}", "a list to append to")
        place.extend(copy.deepcopy(append) if isinstance(append, list) else [copy.deepcopy(append)])
        return changed
    targets = place if isinstance(place, list) else [place]
    if not targets or not all(isinstance(target, dict) for target in targets):
        raise _no_place(path, f"a {_kind(place)}", "a table, or a list of tables, whose values are set")
    for target in targets:
        target.update(copy.deepcopy(dict(set_ or {})))
    return changed


def _steps(path: str) -> list[str | int | tuple[str, str]]:
    steps: list[str | int | tuple[str, str]] = []
    at = 0
    while at < len(path):
        match = STEP.match(path, at)
        if match is None:
            raise _no_place(path, repr(path[at:]), "a path like clauses[id=limb-1].states[0]")
        if match["name"]:
            steps.append(match["name"])
        elif match["index"]:
            steps.append(int(match["index"]))
        else:
            steps.append((match["key"], match["value"].strip("\"'")))
        at = match.end()
    return steps


def _walk(place: Any, steps: list[str | int | tuple[str, str]], path: str) -> Any:
    for step in steps:
        if isinstance(step, str):
            if not isinstance(place, dict):
                raise _no_place(path, f"a {_kind(place)}", f"a table that has {step}")
            if step not in place:
                raise _no_place(path, f"no {step!r}", nearest(step, place))
            place = place[step]
            continue
        if not isinstance(place, list):
            raise _no_place(path, f"a {_kind(place)}", "a list")
        position = _position(place, step)
        if position is None or not 0 <= position < len(place):
            if isinstance(step, int):
                raise _no_place(path, f"no entry [{step}]", f"[0] to [{len(place) - 1}]")
            known = [str(entry.get(step[0])) for entry in place if isinstance(entry, dict) and step[0] in entry]
            raise _no_place(path, f"no entry with {step[0]} = {step[1]!r}", nearest(step[1], known))
        place = place[position]
    return place


def _position(entries: list[Any], step: str | int | tuple[str, str]) -> int | None:
    if isinstance(step, int):
        return step
    for position, entry in enumerate(entries):
        if isinstance(step, tuple) and isinstance(entry, dict) and str(entry.get(step[0])) == step[1]:
            return position
    return None


def _kind(place: Any) -> str:
    return "table" if isinstance(place, dict) else "list" if isinstance(place, list) else "single value"


def _no_place(path: str, found: str, expected: str) -> InputError:
    return InputError("no such place", [Fault(path or "(top)", found, expected)])
