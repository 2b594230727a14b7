"""How a condition of a clause is asked of the facts: three-valued, for all rows at once.

========================  ==================================================================================
fact                      tests
========================  ==================================================================================
item                      in_list (table controlled_items), controlled_by (regimes in force), in (forms)
elements                  contains: at least one of them; not_in: none of them
ship_from, ship_to        in, not_in (countries)
origin                    in, not_in (countries): origin of the item as such
crosses_border            no test: ship_from and ship_to are two countries
end_user                  in_list (table parties); with at_least also those held by so much
user_kind, end_use        in, not_in
step_country, technology  steps + contains: one of the steps, or its technology, is of a country
operator                  steps + contains (countries) or in_list: who runs one of the steps is of a country, or
                          listed; with at_least also those held by so much from there, or by listed parties
value_share               numerator + origin + a comparison
switch                    in: "switch:option" as chosen
measure:NAME              a comparison
any_of, all_of            instead of a fact: some, all of these hold
========================  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ytterby.rules.facts import Facts, Operators, Steps, steps_of
from ytterby.rules.items import MAY_HOLD_MORE, ItemLists
from ytterby.rules.law import Law
from ytterby.rules.logic import NO, UNKNOWN, YES, Truth, all_of, any_of
from ytterby.rules.model import Condition, Regime
from ytterby.rules.parties import PartyLists, held_from
from ytterby.rules.shipment import NOT_LISTED, Item, Party
from ytterby.world.errors import Fault, InputError

RELATIVE_TOLERANCE = 1e-12
"""Two numbers closer than this are equal: a ratio that should be the limit exactly is not moved by
rounding."""

MEASURE = "measure:"


@dataclass(frozen=True)
class Asking:
    """What conditions are asked against, besides the facts."""

    law: Law
    regimes: Mapping[str, Regime]
    items: ItemLists
    parties: PartyLists

    @property
    def value_basis(self) -> str:
        """The switches that a value share depends on, as one text."""
        s = self.law.selection
        return f"{s['value-basis']}@{s['valuation-date']}|{s['origin-rule']}|{s['lot-allocation']}"


def ask(condition: Condition, facts: Facts, asking: Asking) -> Truth:
    """Truth of a condition in every row; asked once for one set of facts, unless it depends on the law."""
    if any(atom.controlled_by or atom.fact == "switch" for atom in atoms(condition)):
        return _ask(condition, facts, asking)
    key = (condition, asking.law.on, asking.value_basis)
    if key not in facts.cache:
        facts.cache[key] = _ask(condition, facts, asking)
    return facts.cache[key]  # type: ignore[no-any-return]


def _ask(condition: Condition, facts: Facts, asking: Asking) -> Truth:  # noqa: PLR0911, PLR0912 - one case a fact
    if condition.any_of:
        return any_of((ask(c, facts, asking) for c in condition.any_of), facts.size)
    if condition.all_of:
        return all_of((ask(c, facts, asking) for c in condition.all_of), facts.size)
    match condition.fact:
        case "item":
            return _item(condition, facts, asking)
        case "elements":
            wanted = set(condition.contains or ())
            unwanted = set(condition.not_in or ())
            return facts.item.map(
                lambda i: min(_holds(i, wanted) if wanted else 1, -_holds(i, unwanted) if unwanted else 1)
            )
        case "ship_from" | "ship_to" | "origin" | "user_kind" | "end_use":
            return getattr(facts, condition.fact).map(lambda v: _among(condition, v))  # type: ignore[no-any-return]
        case "end_user":
            names, day, held = condition.in_list or (), asking.law.on, condition.at_least
            return facts.end_user.map(lambda p: asking.parties.match(p, names, day, held))
        case "step_country":
            return _steps(condition, facts, facts.step_countries)
        case "technology":
            return _steps(condition, facts, facts.technology)
        case "operator":
            return facts.operators.map(lambda pairs: _operators(pairs, condition, asking))
        case "value_share":
            low, high = facts.value_share(condition.numerator, condition.origin, asking.items, asking.value_basis)
            return compare(condition, low, high)
        case "crosses_border":
            return _crosses(facts)
        case "switch":
            on = any(asking.law.selection.get(t.split(":")[0]) == t.split(":")[1] for t in condition.in_ or ())
            return np.full(facts.size, YES if on else NO, dtype=np.int8)
        case name if name.startswith(MEASURE):
            values = facts.measures.get(name.removeprefix(MEASURE), np.full(facts.size, np.nan))
            return compare(condition, values, values)
        case unknown:
            raise InputError(
                "a clause asks for an unknown fact",
                [Fault("condition", repr(unknown), "see rules.conditions")],
            )


def _sign(truth: bool) -> int:
    return 1 if truth else -1


def _holds(item: Item, wanted: set[str]) -> int:
    if item.elements is None:
        return 0
    return 1 if wanted & set(item.elements) else (0 if MAY_HOLD_MORE in item.elements else -1)


def _among(condition: Condition, value: str) -> int:
    if condition.in_ is not None and value not in condition.in_:
        return -1
    return -1 if condition.not_in is not None and value in condition.not_in else 1


def _item(condition: Condition, facts: Facts, asking: Asking) -> Truth:
    truths = []
    if condition.in_ is not None:
        forms = condition.in_
        truths.append(facts.item.map(lambda i: 0 if i.form is None else _sign(i.form in forms)))
    if condition.in_list is not None:
        lists = condition.in_list
        truths.append(facts.item.map(lambda i: asking.items.match(i, lists)[0]))
    if condition.controlled_by is not None:
        active = [key for key in condition.controlled_by if asking.law.state(asking.regimes[key])[0] == "in force"]
        truths.append(
            facts.item.map(lambda i: asking.items.match(i, active)[0])
            if active
            else np.full(facts.size, NO, dtype=np.int8)
        )
    return all_of(truths, facts.size)


def _crosses(facts: Facts) -> Truth:
    """Whether the shipment goes from one country to another."""
    codes = {country: n for n, country in enumerate(facts.ship_from.values)}
    to = np.array([*(codes.get(country, -2) for country in facts.ship_to.values), -1])[facts.ship_to.codes]
    unknown = (facts.ship_from.codes < 0) | (facts.ship_to.codes < 0)
    truth = np.where(unknown, UNKNOWN, np.where(facts.ship_from.codes == to, NO, YES))
    return truth.astype(np.int8)


def _steps(condition: Condition, facts: Facts, column: Any) -> Truth:
    """Some of the steps lies in one of the countries; steps that the item's form rules out are not asked."""
    countries = set(condition.contains or ())
    size = len(facts.item.values) + 1
    combined = (column.codes.astype(np.int64) + 1) * size + facts.item.codes + 1
    pairs, codes = np.unique(combined, return_inverse=True)
    answers = np.empty(len(pairs), dtype=np.int8)
    for n, pair in enumerate(pairs):
        known: Steps = column.values[pair // size - 1] if pair >= size else ()
        item: Item | None = facts.item.values[pair % size - 1] if pair % size else None
        answers[n] = _step_answer(known, item, condition.steps, countries)
    return answers[codes]


def _step_answer(known: Steps, item: Item | None, steps: tuple[str, ...], countries: set[str]) -> int:
    by_step: dict[str, set[str]] = {}
    for step, country in known:
        by_step.setdefault(step, set()).add(country)
    everywhere = by_step.get("any", set())
    gone_through = steps_of(item)
    result = -1
    for step in steps:
        if step not in gone_through and step not in by_step:
            continue
        found = by_step.get(step, everywhere)
        if found & countries:
            return 1
        if not found or "?" in found:
            result = 0
    return result


def _operators(pairs: Operators, condition: Condition, asking: Asking) -> int:
    """Somebody who runs one of the steps is of a country or listed; a step whose operator is not told may be."""
    asked = [party for step, party in pairs if step in condition.steps]
    if not asked:
        return 0
    return max(0 if party is None else _operator(party, condition, asking) for party in asked)


def _operator(party: Party, condition: Condition, asking: Asking) -> int:
    if condition.in_list is not None:
        return asking.parties.match(party, condition.in_list, asking.law.on, condition.at_least)
    countries = set(condition.contains or ())
    if party.country in countries:
        return 1
    answer = 0 if party.country is None and party.name != NOT_LISTED else -1
    if condition.at_least is None:
        return answer
    sure, possible = held_from(party.owners, countries)
    if sure >= condition.at_least * (1 - RELATIVE_TOLERANCE):
        return 1
    return max(answer, 0 if possible >= condition.at_least * (1 - RELATIVE_TOLERANCE) else -1)


def compare(condition: Condition, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
    """Compare an interval with the condition's limits: yes or no only where every number inside agrees."""
    result = np.full(len(low), YES, dtype=np.int8)
    for limit, strict, upward in (
        (condition.above, True, True),
        (condition.at_least, False, True),
        (condition.below, True, False),
        (condition.at_most, False, False),
    ):
        if limit is None:
            continue
        safe, risky = (low, high) if upward else (high, low)
        yes, possible = _beyond(safe, limit, strict, upward), _beyond(risky, limit, strict, upward)
        truth = np.where(yes, YES, np.where(possible, UNKNOWN, NO)).astype(np.int8)
        truth[np.isnan(low) | np.isnan(high)] = UNKNOWN
        np.minimum(result, truth, out=result)
    return result


def _beyond(values: npt.NDArray[np.float64], limit: float, strict: bool, upward: bool) -> npt.NDArray[np.bool_]:
    equal = np.abs(values - limit) <= RELATIVE_TOLERANCE * max(abs(limit), 1e-300)
    beyond = values > limit if upward else values < limit
    return (beyond & ~equal) if strict else (beyond | equal)


def atoms(condition: Condition) -> Iterator[Condition]:
    """The single tests inside a condition."""
    for inner in (*condition.any_of, *condition.all_of):
        yield from atoms(inner)
    if condition.fact:
        yield condition
