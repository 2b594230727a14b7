"""The exact balances: what goes in comes out, for every mine, separator, oxide pool, metal pool and magnet maker."""

from __future__ import annotations

from ytterby.balance.structure import MAGNET_MAKING, OXIDE_PER_ELEMENT, Structure
from ytterby.balance.unknowns import Form, Unknowns, add, times
from ytterby.world.elements import LANTHANIDES_AND_Y


def feed_of(u: Unknowns, structure: Structure, place: str, element: str) -> Form:
    """Oxide of one element that comes to a separator in concentrates, t REO."""
    form: Form = {}
    for position in u.pick("feed", destination=place):
        share = structure.content(u.keys[position][3], element)
        if share > 0:
            form[position] = share
    return form


def oxide_supply(u: Unknowns, place: str, element: str | tuple[str, ...]) -> Form:
    """Oxides that a place has: separated, recycled and imported, t REO."""
    return add(
        u.pick(("separated", "recycled"), origin=place, element=element),
        u.pick("oxide-trade", destination=place, element=element),
    )


def metal_supply(u: Unknowns, structure: Structure, place: str, element: str | tuple[str, ...]) -> Form:
    """Metal that a place has, made and imported, as t REO equivalent."""
    made = times(u.pick("metal", origin=place, element=element), structure.parameter("metal-yield", "all"))
    return add(made, u.pick("metal-trade", destination=place, element=element))


def balances(u: Unknowns, structure: Structure) -> list[tuple[str, Form]]:
    """All balances as (name, linear form that must be zero); t REO, of magnets t."""
    rows: list[tuple[str, Form]] = []
    mines = sorted({(k[1], k[3]) for k in u.keys if k[0] in ("mine", "unrecorded")})
    for country, ore in mines:
        rows.append(
            (
                f"mine {country} {ore}",
                add(
                    u.pick(("mine", "unrecorded", "concentrate-draw"), country, ore=ore),
                    times(u.pick(("feed", "concentrate-build"), country, ore=ore), -1.0),
                ),
            )
        )
    for place in structure.separators:
        for element in LANTHANIDES_AND_Y:
            out = u.pick(("separated", "separation-loss"), place, element=element)
            rows.append((f"separation {place} {element}", add(feed_of(u, structure, place, element), times(out, -1.0))))
    for place in structure.origins("use"):
        for element in LANTHANIDES_AND_Y:
            out = u.pick(("oxide-trade", "metal", "use", "surplus"), place, element=element)
            rows.append((f"oxide {place} {element}", add(oxide_supply(u, place, element), times(out, -1.0))))
    rows += _magnet_balances(u, structure)
    return [(name, form) for name, form in rows if form]


def _magnet_balances(u: Unknowns, structure: Structure) -> list[tuple[str, Form]]:
    rows: list[tuple[str, Form]] = []
    magnet_yield = structure.parameter("magnet-yield", "all")
    fraction = structure.parameter("rare-earth-fraction", "all")
    makers = structure.origins("magnet")
    for place in structure.origins("magnet", "metal"):
        for element in MAGNET_MAKING:
            out = u.pick(("metal-trade", "magnet-feed"), place, element=element)
            rows.append((f"metal {place} {element}", add(metal_supply(u, structure, place, element), times(out, -1.0))))
    for row in structure.kind("recycling"):
        for element in MAGNET_MAKING:
            swarf = times(u.pick("magnet-feed", row.origin, element=element), 1.0 - magnet_yield)
            gone = u.pick(("recycled", "swarf-lost"), row.origin, element=element)
            rows.append((f"swarf {row.origin} {element}", add(swarf, times(gone, -1.0))))
    for place in makers:
        inside = [
            times(u.pick("magnet-feed", place, element=e), magnet_yield / OXIDE_PER_ELEMENT[e]) for e in MAGNET_MAKING
        ]
        rows.append((f"magnets {place}", add(*inside, times(u.pick("magnets", place), -fraction))))
    for place in structure.origins("use"):
        have = add(u.pick("magnets", place), u.pick("magnet-trade", destination=place))
        gone = u.pick(("magnet-trade", "magnet-use"), place)
        rows.append((f"magnet market {place}", add(have, times(gone, -1.0))))
    return rows
