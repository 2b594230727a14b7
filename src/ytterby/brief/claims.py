"""A brief as data: claims with their origin, their premise, a question to the model and the rule of the verdict."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from ytterby.brief.names import Commodity, Country, Form, Hub, Place, Site, Strict
from ytterby.world import SHIPPED, World
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Verdict

BRIEFS = SHIPPED / "briefs"


class Condition(Strict):
    """One comparison of a computed number with a bound."""

    number: str
    """Name of a number that the question computes."""
    at: Literal["value", "low", "high"] = "value"
    op: Literal[">", ">=", "<", "<="]
    than: float | str
    """A bound, or the name of another computed number (read at its value)."""


class Rule(Strict):
    """A verdict and the conditions that must all hold for it."""

    verdict: Verdict
    when: tuple[Condition, ...] = Field(min_length=1)


class Claim(Strict):
    """One statement that is reported, and how it is put to the model."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    group: str
    claim: str
    origin: str
    """Where the statement was read: a key of the sources table."""
    facts: tuple[str, ...] = Field(min_length=1)
    """Keys of the reported_facts table on which the premise rests."""
    question: str
    """Name of a question (``ytterby brief --questions`` lists them)."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The question's own parameters."""
    headline: str
    """Name of the computed number that is shown beside the verdict."""
    verdicts: tuple[Rule, ...] = ()
    """Tried in order; the first whose conditions hold gives the verdict."""
    otherwise: Verdict = Verdict.FAILS


class Group(Strict):
    """A heading that claims stand under."""

    id: str
    title: str


class Way(Strict):
    """A way on the map: the cheapest lawful one with these countries closed."""

    words: str
    avoid: tuple[Country, ...] = ()


class RouteMap(Strict):
    """The map on the front: sites that operate, and ways of one product between two hubs."""

    title: str
    alternative: str
    """What the map shows, for those who cannot see it."""
    origin: Hub
    destination: Hub
    form: Form
    ways: tuple[Way, ...] = Field(min_length=1)
    labelled: tuple[Site, ...] = ()
    """Sites whose names are written."""
    besides: tuple[Site, ...] = ()
    """Sites that are shown although they do not operate."""
    centre: tuple[float, float]
    """Longitude and latitude in the middle, degrees."""


class Priced(Strict):
    """A product whose price is compared over cases."""

    commodity: Commodity
    place: Place
    words: str


class Front(Strict):
    """The pictures on the front of the page."""

    map: RouteMap
    prices: tuple[Priced, ...] = Field(min_length=1)


class Brief(Strict):
    """A list of claims with a title."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    standfirst: str
    year: int
    """The world's base year."""
    on: datetime.date
    """Day on which rules and routes are asked, ISO."""
    front: Front | None = None
    groups: tuple[Group, ...] = Field(min_length=1)
    claims: tuple[Claim, ...] = Field(min_length=1)


def shipped_briefs() -> list[str]:
    """Names of the briefs that ship."""
    return sorted(path.stem for path in BRIEFS.glob("*.toml"))


def load_brief(name: str | Path, world: World | None = None) -> Brief:
    """Load a shipped brief by name, or a TOML file by path.

    With a world, every name in the brief is looked up in it as well: facts, sources, places, products. Raises
    InputError with every fault that was found, UnknownNameError with near matches.
    """
    path = Path(name)
    if path.suffix != ".toml":
        if str(name) not in shipped_briefs():
            raise UnknownNameError("brief", str(name), shipped_briefs(), "brief: a shipped name or a .toml file")
        path = BRIEFS / f"{name}.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("brief cannot be read", [Fault(str(path), str(error), "a UTF-8 TOML file")]) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError("brief is not TOML", [Fault(str(path), str(error), "valid TOML")]) from error
    return parse_brief(raw, path.name, world)


def parse_brief(raw: dict[str, Any], file: str = "brief", world: World | None = None) -> Brief:
    """Build a brief from parsed TOML; raises InputError with every fault, by its place in the file."""
    from ytterby.brief.faults import brief_faults, model_faults

    faults: list[Fault] = []
    try:
        brief = Brief.model_validate(raw, context=world)
    except ValidationError as error:
        faults += model_faults(error, file, Brief)
    faults += brief_faults(raw, file, world)
    if faults:
        raise InputError("brief does not fit its form", faults)
    return brief
