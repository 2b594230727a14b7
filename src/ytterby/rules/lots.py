"""Queries on a lot graph: origin, countries and technologies of its steps, and the value of listed inputs
inside.

Counting rule for a value share (what the instruments leave open is a switch): from the item down, each path
stops
at the first listed input of the origin asked, and counts its value; what lies below it is in that value
already.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ytterby.rules.items import ItemLists
from ytterby.rules.shipment import STEP_KINDS, Shipment, Step
from ytterby.world.errors import Fault, InputError

ValueShare = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]

BY_TRANSFORMATION, BY_SEPARATION, BY_MINE = "last-transformation", "separation", "mine"
MASS_BALANCE = "mass-balance"
_MADE_FROM_LISTED = frozenset({"reduce", "alloy", "magnet", "assemble"})


@dataclass(frozen=True)
class LotFacts:
    """What a shipment says about its making, with the lot graph read."""

    origin: str | None
    countries: tuple[tuple[str, str], ...]
    technology: tuple[tuple[str, str], ...]


def lot_facts(shipment: Shipment, origin_rule: str, allocation: str) -> LotFacts:
    """Origin, step countries and technology origins of a shipment under an origin rule and a lot allocation.

    A kind of step counts as known only if the country of every step of that kind is; where steps of one
    kind lie in
    several countries all are listed.
    """
    countries = _told(shipment.step_countries)
    technology = _told(shipment.technology_countries)
    for kind in STEP_KINDS:
        steps = [s for s in shipment.steps if s.kind == kind]
        for pairs, found in (
            (countries, [s.country for s in steps]),
            (technology, [s.technology_country for s in steps]),
        ):
            known = {c for c in found if c is not None}
            pairs.update(dict.fromkeys((kind, c) for c in sorted(known)))
            if known and None in found:
                pairs[(kind, "?")] = None
    origin = shipment.origin_country
    if origin is None and shipment.steps:
        origin = origin_of(final_step(shipment), {s.id: s for s in shipment.steps}, origin_rule, allocation)
    return LotFacts(origin, tuple(sorted(countries)), tuple(sorted(technology)))


def _told(by_step: Mapping[str, str]) -> dict[tuple[str, str], None]:
    return dict.fromkeys((k, c.strip()) for k, text in by_step.items() for c in text.split(";") if c.strip())


def final_step(shipment: Shipment) -> Step:
    """The step whose output is shipped; raises InputError unless there is exactly one."""
    taken = {i.step for step in shipment.steps for i in step.inputs}
    final = [step for step in shipment.steps if step.id not in taken]
    if len(final) != 1:
        raise InputError(
            "the lot graph must end in one step",
            [Fault("steps", ", ".join(s.id for s in final) or "a circle", "one step that no other takes from")],
        )
    return final[0]


def in_making_order(shipment: Shipment) -> list[Step]:
    """Steps, each after its inputs; raises InputError with the path of a circle."""
    steps = {s.id: s for s in shipment.steps}
    waiting = {s.id: len(s.inputs) for s in shipment.steps}
    users: dict[str, list[str]] = {}
    for step in shipment.steps:
        for taken in step.inputs:
            users.setdefault(taken.step, []).append(step.id)
    ready = [name for name, count in waiting.items() if not count]
    order: list[Step] = []
    while ready:
        name = ready.pop()
        order.append(steps[name])
        for user in users.get(name, []):
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    if len(order) < len(steps):
        name = next(n for n, count in waiting.items() if count)
        path = [name]
        while path.count(path[-1]) < 2:
            path.append(next(i.step for i in steps[path[-1]].inputs if waiting[i.step]))
        raise InputError(
            "the lot graph goes in a circle",
            [Fault("steps", " <- ".join(path[path.index(path[-1]) :]), "each lot made before it is used")],
        )
    return order


def origin_of(step: Step, steps: Mapping[str, Step], origin_rule: str, allocation: str) -> str | None:
    """Country of origin of a step's output; None where unknown or where inputs of several origins meet."""
    if allocation == MASS_BALANCE and step.allocated_origin is not None:
        return step.allocated_origin
    if origin_rule == BY_TRANSFORMATION:
        return step.country
    wanted = "separate" if origin_rule == BY_SEPARATION else "mine"
    found: set[str | None] = set()
    seen: set[str] = set()
    stack = [step]
    while stack:
        at = stack.pop()
        if at.id in seen:
            continue
        seen.add(at.id)
        if at.kind == wanted or (at.kind in ("mine", "recycle")):
            found.add(at.country)
        elif at.inputs:
            stack.extend(steps[i.step] for i in at.inputs)
        else:
            found.add(None)
    return found.pop() if len(found) == 1 else None


def value_of(step: Step | Shipment, basis: str) -> float | None:
    """Value of a step's output or of the shipment on a basis (``basis@date``), USD; None where unknown."""
    for key in (basis, basis.split("@", maxsplit=1)[0]):
        if key in step.values_usd:
            return step.values_usd[key]
    return step.value_usd


def implied_value_share(
    shipment: Shipment, numerator: str, origins: tuple[str, ...], lists: ItemLists, basis: str
) -> tuple[float, float]:
    """Low and high end of the value share of listed inputs of some origins, from the lot graph.

    ``basis`` is ``value basis @ valuation date | origin rule | lot allocation``, as the switches say. Every
    way to
    fill the gaps of the graph gives a share inside the interval.
    """
    valued, origin_rule, allocation = basis.split("|")
    steps = {s.id: s for s in shipment.steps}
    final = final_step(shipment)
    elements = lists.elements_of(numerator)
    inside: dict[str, tuple[float, float]] = {}
    for step in in_making_order(shipment):
        low = sum(i.share * inside[i.step][0] for i in step.inputs)
        high = sum(i.share * inside[i.step][1] for i in step.inputs)
        value = value_of(step, valued)
        most = math.inf if value is None else value
        if step.kind in _MADE_FROM_LISTED and not _explained(step, steps, elements):
            high = max(high, most)
        truth, _ = lists.match(step.output, (numerator,))
        if truth >= 0 and step is not final:
            origin = origin_of(step, steps, origin_rule, allocation)
            if truth == 1 and origin in origins:
                low, high = (0.0, math.inf) if value is None else (value, value)
            elif origin is None or origin in origins:
                low, high = min(low, most), max(high, most)
        inside[step.id] = (low, high)
    low, high = inside[final.id]
    whole = value_of(shipment, valued)
    whole = value_of(final, valued) if whole is None else whole
    if whole is None or whole <= 0:
        return (0.0, 0.0) if high == 0 else (0.0, 1.0)
    return min(low / whole, 1.0), min(high / whole, 1.0)


def _explained(step: Step, steps: Mapping[str, Step], elements: frozenset[str]) -> bool:
    """Whether every listed element in a step's output comes in by an input that is declared to hold it."""
    if step.output.elements is None:
        return False
    brought: set[str] = set()
    for taken in step.inputs:
        brought.update(steps[taken.step].output.elements or ())
    return not (elements & set(step.output.elements)) - brought
