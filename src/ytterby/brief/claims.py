"""A brief as data: claims with their origin, their premise, a question to the model and the rule of the verdict."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ytterby.world import SHIPPED
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Verdict

BRIEFS = SHIPPED / "briefs"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """One comparison of a computed number with a bound."""

    number: str
    """Name of a number that the question computes."""
    at: Literal["value", "low", "high"] = "value"
    op: Literal[">", ">=", "<", "<="]
    than: float | str
    """A bound, or the name of another computed number (read at its value)."""


class Rule(_Strict):
    """A verdict and the conditions that must all hold for it."""

    verdict: Verdict
    when: tuple[Condition, ...] = Field(min_length=1)


class Claim(_Strict):
    """One statement that is reported, and how it is put to the model."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    group: str
    claim: str
    origin: str
    """Where the statement was read: a key of the sources table."""
    facts: tuple[str, ...] = ()
    """Keys of the reported_facts table on which the premise rests."""
    question: str
    """Name of a question (``ytterby brief --questions`` lists them)."""
    params: dict[str, Any] = Field(default_factory=dict)
    headline: str
    """Name of the computed number that is shown beside the verdict."""
    verdicts: tuple[Rule, ...] = ()
    """Tried in order; the first whose conditions hold gives the verdict."""
    otherwise: Verdict = Verdict.FAILS


class Group(_Strict):
    """A heading that claims stand under."""

    id: str
    title: str


class Brief(_Strict):
    """A list of claims with a title."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    standfirst: str
    year: int
    on: str
    """Date on which rules and routes are asked, ISO."""
    groups: tuple[Group, ...]
    claims: tuple[Claim, ...] = Field(min_length=1)


def load_brief(name: str | Path) -> Brief:
    """Load a shipped brief by name, or a TOML file by path.

    Raises InputError with every fault that was found, UnknownNameError with near matches.
    """
    path = Path(name)
    if path.suffix != ".toml":
        known = sorted(p.stem for p in BRIEFS.glob("*.toml"))
        if str(name) not in known:
            raise UnknownNameError("brief", str(name), known)
        path = BRIEFS / f"{name}.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("brief cannot be read", [Fault(str(path), str(error), "a UTF-8 TOML file")]) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError("brief is not TOML", [Fault(str(path), str(error), "valid TOML")]) from error
    try:
        brief = Brief.model_validate(raw)
    except ValidationError as error:
        faults = [
            Fault(f"{path.name}: {'.'.join(str(p) for p in e['loc'])}", repr(e.get("input"))[:80], e["msg"])
            for e in error.errors()
        ]
        raise InputError("brief does not fit its form", faults) from error
    _check(brief, path)
    return brief


def _check(brief: Brief, path: Path) -> None:
    from ytterby.brief.questions import QUESTIONS

    groups = {g.id for g in brief.groups}
    faults: list[Fault] = []
    seen: set[str] = set()
    for number, claim in enumerate(brief.claims, start=1):
        where = f"{path.name}: claim {number} ({claim.id})"
        if claim.id in seen:
            faults.append(Fault(where, f"id {claim.id!r} a second time", "an id of its own"))
        seen.add(claim.id)
        if claim.group not in groups:
            faults.append(Fault(where, f"group {claim.group!r}", f"one of {', '.join(sorted(groups))}"))
        if claim.question not in QUESTIONS:
            faults.append(UnknownNameError("question", claim.question, QUESTIONS, where).faults[0])
    if faults:
        raise InputError("brief does not fit its form", faults)
