"""Conditions of clauses, and what the facts say to them, as short sentences for the people who read a decision."""

from __future__ import annotations

from typing import Any

import numpy as np

from ytterby.rules.conditions import MEASURE, Asking
from ytterby.rules.facts import Column, Facts
from ytterby.rules.model import Condition
from ytterby.rules.shipment import NOT_LISTED, Item, Party


def in_words(condition: Condition) -> str:
    """A condition as a short sentence."""
    if condition.any_of:
        return "(" + " or ".join(in_words(c) for c in condition.any_of) + ")"
    if condition.all_of:
        return "(" + " and ".join(in_words(c) for c in condition.all_of) + ")"
    name = condition.fact.removeprefix(MEASURE).replace("_", " ")
    parts = [name]
    if condition.steps:
        parts.append("of a step among " + ", ".join(condition.steps))
    if condition.numerator:
        parts.append(f"of {condition.numerator} originating in {', '.join(condition.origin)}")
    for text, values in (
        ("is one of", condition.in_),
        ("is none of", condition.not_in),
        ("is on", condition.in_list),
        ("is controlled, in force, by", condition.controlled_by),
        ("include", condition.contains),
    ):
        if values is not None:
            parts.append(f"{text} {', '.join(values)}")
    for text, limit in (
        (">", condition.above),
        (">=", condition.at_least),
        ("<", condition.below),
        ("<=", condition.at_most),
    ):
        if limit is not None:
            parts.append(f"{'or held' if condition.fact in ('end_user', 'operator') else ''} {text} {limit:g}".strip())
    if condition.basis:
        parts.append(f"({condition.basis})")
    return " ".join(parts)


def found_in_words(condition: Condition, facts: Facts, row: int, asking: Asking) -> str:  # noqa: PLR0911 - one case a fact
    """What the facts of one row say to a condition; blank for a test of several facts, ``not told`` where they are
    silent."""

    def told(column: Column) -> Any:
        code = int(column.codes[row])
        return column.values[code] if code >= 0 else None

    match condition.fact:
        case "":
            inner = [found_in_words(c, facts, row, asking) for c in (*condition.any_of, *condition.all_of)]
            return "; ".join(dict.fromkeys(text for text in inner if text))
        case "switch":
            return ""
        case "value_share":
            shares = facts.value_share(condition.numerator, condition.origin, asking.items, asking.value_basis)
            low, high = (float(end[row]) for end in shares)
            return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
        case "item" | "elements":
            item = told(facts.item)
            return "not told" if item is None else _item_in_words(item)
        case "end_user":
            party = told(facts.end_user)
            return "not told" if party is None else _party_in_words(party)
        case "step_country" | "technology":
            pairs = told(facts.step_countries if condition.fact == "step_country" else facts.technology) or ()
            asked = [f"{step} {country}" for step, country in pairs if step in (*condition.steps, "any")]
            return ", ".join(asked) or "not told"
        case "operator":
            pairs = [(step, who) for step, who in told(facts.operators) or () if step in condition.steps]
            return (
                "; ".join(f"{step}: {_party_in_words(who) if who else 'not told'}" for step, who in pairs) or "not told"
            )
        case "crosses_border":
            return f"{told(facts.ship_from) or 'not told'} to {told(facts.ship_to) or 'not told'}"
        case name if name.startswith(MEASURE):
            value = facts.measures.get(name.removeprefix(MEASURE))
            return "not told" if value is None or np.isnan(value[row]) else f"{value[row]:.6g}"
        case name:
            return str(told(getattr(facts, name)) or "not told")


def _item_in_words(item: Item) -> str:
    elements = "elements not told" if item.elements is None else ", ".join(item.elements) or "no rare earths"
    told = [item.form or "form not told", elements, item.base or "", item.code or "", item.cas or ""]
    return "; ".join(text for text in told if text)


def _party_in_words(party: Party) -> str:
    if party.owners is None:
        return party.name if party.name == NOT_LISTED else f"{party.name}, owners not told"
    held = ", ".join(f"{h.holder} {h.share:.4g}" for h in party.owners) or "no owner that matters"
    return f"{party.name}, held by {held}"
