"""Countries as people write them, told as the codes that every rule compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ytterby.world import World
from ytterby.world.errors import Fault, InputError, nearest

UNKNOWN = ("", "?")
ENDS = ("ship_from", "ship_to")
"""Columns whose value must be a country where one is told."""


def country_codes(world: World, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the ISO 3166-1 alpha-3 code of each country asked for, by argument; codes and English names are read.

    A rule on exports from China compares codes: ``China`` left as it is would be no country that any rule names, and
    everything would be allowed. Raises InputError with every name that is none.

    >>> country_codes(World.load(), {"ship_from": "China", "ship_to": "usa"})
    {'ship_from': 'CHN', 'ship_to': 'USA'}
    """
    table = world.table("countries")
    codes = {str(code): str(code) for code in table["iso3"]}
    names = {str(name).casefold(): str(code) for name, code in zip(table["name"], table["iso3"], strict=True)}
    found, faults = {}, []
    for argument, text in asked.items():
        code = codes.get(text.strip().upper()) or names.get(text.strip().casefold())
        if code is None:
            like = f"a country by its name or ISO 3166-1 alpha-3 code; {nearest(text, [*codes, *table['name']])}"
            faults.append(Fault(argument, repr(text), like))
        else:
            found[argument] = code
    if faults:
        raise InputError("unknown country", faults)
    return found


def refuse_unknown(world: World, told: Mapping[str, Iterable[object]]) -> None:
    """Raise InputError with every value, by column, that is no ISO 3166-1 alpha-3 code; blank and ``?`` are unknown."""
    codes = set(world.table("countries")["iso3"])
    wrong = {(column, str(v).strip()) for column, values in told.items() for v in values if isinstance(v, str)}
    faults = [
        Fault(column, repr(value), f"an ISO 3166-1 alpha-3 code; {nearest(value.upper(), codes)}")
        for column, value in sorted(wrong)
        if value not in codes and value not in UNKNOWN
    ]
    if faults:
        raise InputError("unknown country", faults)
