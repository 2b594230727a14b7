"""A regime file, checked: does it fit its model, and does every condition ask for what its fact can tell?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ytterby.rules.conditions import MEASURE
from ytterby.rules.model import Condition, Regime, read_regime
from ytterby.world.errors import Fault, InputError

COMPARISONS = ("above", "at_least", "below", "at_most")
_AMONG = frozenset({"in_", "not_in"})


@dataclass(frozen=True)
class Asking:
    """What a condition on a fact may and must say."""

    may: frozenset[str]
    needs: tuple[str, ...] = ()
    """All of these."""
    one_of: tuple[str, ...] = ()
    """At least one of these."""


FACTS: Mapping[str, Asking] = {
    "item": Asking(frozenset({"in_", "in_list", "controlled_by"}), one_of=("in_", "in_list", "controlled_by")),
    "elements": Asking(frozenset({"contains", "not_in"}), one_of=("contains", "not_in")),
    **dict.fromkeys(
        ("ship_from", "ship_to", "origin", "user_kind", "end_use"), Asking(_AMONG, one_of=("in_", "not_in"))
    ),
    "crosses_border": Asking(frozenset()),
    "end_user": Asking(frozenset({"in_list", "at_least"}), needs=("in_list",)),
    **dict.fromkeys(
        ("step_country", "technology"), Asking(frozenset({"steps", "contains"}), needs=("steps", "contains"))
    ),
    "operator": Asking(
        frozenset({"steps", "contains", "in_list", "at_least"}), needs=("steps",), one_of=("contains", "in_list")
    ),
    "value_share": Asking(
        frozenset({"numerator", "origin", "basis", *COMPARISONS}), needs=("numerator", "origin"), one_of=COMPARISONS
    ),
    "switch": Asking(frozenset({"in_"}), needs=("in_",)),
}
"""Facts by name; what they mean stands in :mod:`ytterby.rules.conditions`."""
MEASURED = Asking(frozenset({"basis", *COMPARISONS}), one_of=COMPARISONS)
_NAMES = {"in_": "in"}


def regime_faults(file: str, content: Mapping[str, Any]) -> list[Fault]:
    """Every fault of one parsed regime file, each with its place."""
    name = file.rpartition("/")[2].removesuffix(".toml")
    try:
        regime = read_regime(content, name)
    except InputError as error:
        return list(error.faults)
    faults = [] if regime.regime == name else [Fault(f"{file}, regime", repr(regime.regime), repr(name))]
    twice = {c.clause for c in regime.clauses if sum(other.clause == c.clause for other in regime.clauses) > 1}
    faults += [Fault(f"{file}, clause {clause}", "the same key twice", "each key once") for clause in sorted(twice)]
    for place, condition in _conditions(regime):
        faults += _faults(f"{file}, {place}", condition)
    return faults


def _conditions(regime: Regime) -> Iterator[tuple[str, Condition]]:
    for n, outcome in enumerate(regime.outcomes, 1):
        for condition in outcome.conditions:
            yield f"outcome {n}", condition
    for clause in regime.clauses:
        for condition in (*clause.conditions, *(c for o in clause.outcomes for c in o.conditions)):
            yield f"clause {clause.clause}", condition


def _faults(where: str, condition: Condition) -> Iterator[Fault]:
    inner = (*condition.any_of, *condition.all_of)
    for one in inner:
        yield from _faults(where, one)
    kinds = [bool(condition.fact), bool(condition.any_of), bool(condition.all_of)]
    if sum(kinds) != 1:
        yield Fault(where, condition.fact or "no fact", "one of fact, any_of, all_of")
        return
    if inner:
        return
    asked = MEASURED if condition.fact.startswith(MEASURE) else FACTS.get(condition.fact)
    if asked is None:
        yield Fault(f"{where}, fact", repr(condition.fact), ", ".join((*FACTS, "measure:NAME")))
        return
    said = {
        name for name in Condition.model_fields if name != "fact" and getattr(condition, name) not in (None, (), "")
    }
    for name in sorted(said - asked.may):
        allowed = ", ".join(sorted(_NAMES.get(n, n) for n in asked.may)) or "nothing more"
        yield Fault(f"{where}, {condition.fact}", _NAMES.get(name, name), allowed)
    for name in asked.needs:
        if name not in said:
            yield Fault(f"{where}, {condition.fact}", f"no {_NAMES.get(name, name)}", "it is needed")
    if asked.one_of and not said & set(asked.one_of):
        yield Fault(
            f"{where}, {condition.fact}", "no test", "one of " + ", ".join(_NAMES.get(n, n) for n in asked.one_of)
        )
    if condition.fact == "switch":
        for text in condition.in_ or ():
            if text.count(":") != 1:
                yield Fault(f"{where}, switch", repr(text), "switch:option")
