"""What is wrong with a brief's file: every fault at once, before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ytterby.brief.computed import Computed
from ytterby.brief.questions import QUESTIONS
from ytterby.world import World
from ytterby.world.errors import Fault, nearest


def model_faults(error: ValidationError, where: str, model: type[BaseModel]) -> list[Fault]:
    """Turn what pydantic found into faults; unknown keys come with the nearest that are known."""
    faults = []
    for item in error.errors():
        *parents, key = item["loc"] or ("",)
        place = f"{where}: {_dotted(item['loc'])}" if item["loc"] else where
        if item["type"] == "extra_forbidden":
            faults.append(Fault(place, f"unknown key {key!r}", nearest(str(key), _fields(model, parents))))
        elif item["type"] == "missing":
            faults.append(Fault(place, "nothing", f"the key {key!r}"))
        else:
            message = item["msg"].removeprefix("Value error, ")
            faults.append(Fault(place, repr(item["input"])[:80], message[:1].lower() + message[1:]))
    return faults


def _dotted(loc: Sequence[int | str]) -> str:
    """Write a place in a file as a reader counts: claims 2, verdicts 1, verdict."""
    words = ""
    for part in loc:
        words += f" {part + 1}" if isinstance(part, int) else f", {part}"
    return words.removeprefix(", ")


def _fields(model: type[BaseModel], parents: Sequence[int | str]) -> list[str]:
    """Known keys of the model that stands at a place below ``model``."""
    for name in parents:
        if isinstance(name, str) and name in model.model_fields:
            model = next(_models(model.model_fields[name].annotation), model)
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def brief_faults(raw: Mapping[str, Any], file: str, world: World | None) -> list[Fault]:
    """Faults that a form alone does not show: names that nothing answers to, ids given twice, parameters.

    Looks at whatever can be read of a brief, whether or not the rest of it fits its form.
    """
    faults: list[Fault] = []
    groups = [g.get("id") for g in _dicts(raw.get("groups"))]
    seen: set[str] = set()
    for number, claim in enumerate(_dicts(raw.get("claims")), start=1):
        where = f"{file}: claims {number} ({claim.get('id', 'no id')})"
        if (name := claim.get("id")) in seen:
            faults.append(Fault(where, f"id {name!r} a second time", "an id of its own"))
        seen.add(str(name))
        if (group := claim.get("group")) is not None and group not in groups:
            faults.append(Fault(f"{where}, group", repr(group), nearest(str(group), [str(g) for g in groups])))
        faults += _question_faults(claim, where, world)
        if world is not None:
            faults += _world_faults(claim, where, world)
    if world is not None and isinstance(raw.get("year"), int) and raw["year"] != world.base_year:
        faults.append(Fault(f"{file}: year", str(raw["year"]), f"the world's base year, {world.base_year}"))
    return faults


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _question_faults(claim: Mapping[str, Any], where: str, world: World | None) -> list[Fault]:
    """Faults of a claim's question, its parameters, and the numbers that its verdict rests on."""
    name = claim.get("question")
    if not isinstance(name, str):
        return []
    if name not in QUESTIONS:
        return [Fault(f"{where}, question", repr(name), nearest(name, QUESTIONS))]
    model = QUESTIONS[name]
    params = claim.get("params", {})
    faults: list[Fault] = []
    wrong: list[tuple[int | str, ...]] = []
    try:
        model.model_validate(params, context=world)
    except ValidationError as error:
        faults = model_faults(error, f"{where}, params", model)
        wrong = [item["loc"] for item in error.errors()]
    if not isinstance(params, Mapping):
        return faults
    computed = Computed(model, params, wrong)
    used = [("headline", claim.get("headline"))]
    for rule_number, rule in enumerate(_dicts(claim.get("verdicts")), start=1):
        for condition in _dicts(rule.get("when")):
            used.append((f"verdicts {rule_number}", condition.get("number")))
            if isinstance(condition.get("than"), str):
                used.append((f"verdicts {rule_number}", condition["than"]))
    return faults + [
        Fault(f"{where}, {place}", f"number {number!r}", nearest(number, computed.names))
        for place, number in used
        if isinstance(number, str) and not computed.may_hold(number)
    ]


def _world_faults(claim: Mapping[str, Any], where: str, world: World) -> list[Fault]:
    """Faults of a claim that a look into the world shows: facts and sources that are not there."""
    facts = world.table("reported_facts")["fact"].unique()
    sources = world.table("sources")["source"]
    faults = [
        Fault(f"{where}, facts", repr(fact), f"{nearest(str(fact), facts)} (table reported_facts)")
        for fact in claim.get("facts", ())
        if fact not in facts
    ]
    origin = claim.get("origin")
    if isinstance(origin, str) and origin not in set(sources):
        faults.append(Fault(f"{where}, origin", repr(origin), f"{nearest(origin, sources)} (table sources)"))
    return faults
