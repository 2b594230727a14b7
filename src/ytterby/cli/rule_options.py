"""Options that the commands on rules and on bills of materials share, and how they are read."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ytterby.world.errors import Fault, InputError, UnknownNameError

if TYPE_CHECKING:
    from ytterby.rules import Rules
    from ytterby.world import World
    from ytterby.world.terms import PriceDeck

OnOption = Annotated[str, typer.Option("--on", metavar="DATE", help="Day to decide on; default: today.")]
KnownOption = Annotated[str, typer.Option("--known", metavar="DATE", help="Count only what was known on that day.")]
SwitchOption = Annotated[
    list[str] | None,
    typer.Option("--switch", metavar="NAME=OPTION", help="Settle what is open, e.g. cn70=revived; may be repeated."),
]
ForceOption = Annotated[
    list[str] | None,
    typer.Option("--force", metavar="REGIME=STATE", help="What if, e.g. cn-61-2025='in force'; may be repeated."),
]
EvidenceOption = Annotated[
    Path | None, typer.Option("--evidence", metavar="FILE", help="Write the evidence pack: .html or .xlsx.")
]
SinceOption = Annotated[str, typer.Option("--since", metavar="DATE", help="First day; default: the world's.")]
UntilOption = Annotated[str, typer.Option("--until", metavar="DATE", help="Last day; default: the world's.")]

BillArgument = Annotated[
    Path,
    typer.Argument(help="Bill of materials: .csv, .xlsx, .parquet, .json, or an IPC-1752 or IEC 62474 .xml"),
]
AddOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--add", metavar="FILE", help="Table that describes parts by their numbers: prices, origins; may be repeated."
    ),
]
FromOption = Annotated[
    str, typer.Option("--from", metavar="COUNTRY", help="Country that it leaves: ISO3 code or name.")
]
ToOption = Annotated[str, typer.Option("--to", metavar="COUNTRY", help="Country that it goes to: ISO3 code or name.")]
UserOption = Annotated[str, typer.Option("--user", help="civil, military, us-dod; default: the world's.")]
UseOption = Annotated[
    str, typer.Option("--use", help="End use: civil, military, humanitarian ...; default: the world's.")
]
EndUserOption = Annotated[
    str, typer.Option("--end-user", help="Name; unlisted: declared to be on no list; default: the world's.")
]
PlaceOption = Annotated[
    str, typer.Option("--prices-at", metavar="PLACE", help="Place of the prices of the elements; default: the world's.")
]
YearOption = Annotated[
    str, typer.Option("--prices-of", metavar="YEAR", help="Year of the prices of the elements; default: the world's.")
]
FactorOption = Annotated[
    list[str] | None,
    typer.Option("--price-factor", metavar="COMMODITY=X", help="Move a price, e.g. dy-metal=4; may be repeated."),
]


def day(text: str, name: str = "--on") -> datetime.date:
    """Read a date option; blank is today."""
    if not text:
        return datetime.date.today()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise InputError("not a date", [Fault(name, repr(text), "YYYY-MM-DD")]) from error


def settings(pairs: list[str] | None, name: str) -> dict[str, str]:
    """Read NAME=VALUE options."""
    found = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError("option cannot be read", [Fault(name, repr(pair), "NAME=VALUE")])
        found[key.strip()] = value.strip()
    return found


def forced_states(force: list[str] | None) -> dict[str, Any]:
    """Read ``--force`` options: legal states by regime or clause."""
    from typing import get_args

    from ytterby.rules.model import LawState

    states: dict[str, Any] = settings(force, "--force")
    for name, state in states.items():
        if state not in get_args(LawState):
            raise InputError("unknown state", [Fault(f"--force {name}", repr(state), ", ".join(get_args(LawState)))])
    return states


def load_rules(
    world: str | None, on: str, switch: list[str] | None, force: list[str] | None = None, known: str = ""
) -> Rules:
    """Rules of a world as the common options ask."""
    from ytterby.rules import Rules
    from ytterby.world import World

    return Rules(
        World.load(world),
        day(on),
        settings(switch, "--switch"),
        known=day(known, "--known") if known else None,
        regimes=forced_states(force),
    )


def span(world: World, since: str, until: str) -> tuple[datetime.date, datetime.date]:
    """First and last day of a calendar, as asked or as the world's settings say."""
    from ytterby.world.choices import choice

    first = day(since or choice(world, "calendar-first-day"), "--since")
    last = day(until or choice(world, "calendar-last-day"), "--until")
    if last < first:
        raise InputError("the calendar ends before it begins", [Fault("--until", str(last), f"{first} or later")])
    return first, last


def load_deck(world: World, place: str, year: str, factors: list[str] | None) -> PriceDeck:
    """Prices of the elements, as asked or as the world's settings say, moved by the factors."""
    from dataclasses import replace

    from ytterby.rules.value import price_deck
    from ytterby.world.choices import choice

    asked = year or choice(world, "bill-prices-year")
    if not asked.isdecimal():
        raise InputError("not a year", [Fault("--prices-of", repr(asked), "YYYY")])
    deck = price_deck(world, place or choice(world, "bill-prices-place"), int(asked))
    prices = dict(deck.usd_per_kg)
    for name, text in settings(factors, "--price-factor").items():
        if name not in prices:
            raise UnknownNameError("price of commodity", name, prices)
        try:
            prices[name] *= float(text)
        except ValueError as error:
            raise InputError("not a factor", [Fault("--price-factor", repr(text), "a number")]) from error
    return replace(deck, usd_per_kg=prices)
