"""A way given by its legs: what a planner has in mind, priced like any other."""

from __future__ import annotations

from collections.abc import Sequence

from ytterby.routes.cases import Case, CaseBook, Closures
from ytterby.routes.explain import freight_of
from ytterby.routes.policy import charges
from ytterby.routes.pricing import carriage_arrays, price_arcs
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Freight


def follow(book: CaseBook, form: str, legs: Sequence[str], *, premiums: bool = True) -> Freight:
    """Return the way that follows these legs in order, whether or not it is the best or lawful.

    With ``premiums`` False, transit policies are left out: the bare leg table. Raises InputError where the
    legs do not join, UnknownNameError for a leg that is not there.
    """
    network = book.network
    for name in legs:
        if name not in book.facts.alone:
            raise UnknownNameError("leg", name, book.facts.alone, "legs")
    if not legs:
        raise InputError("no legs", [Fault("legs", "an empty list", "keys of the table legs")])
    hubs = [str(h) for h in network.hubs.index]
    ends = _ends(book, legs)
    case = book.case(hubs[ends[0]], hubs[ends[1]], form, Closures(), None)
    charge = case.charge if premiums else charges(network, ())
    costs = price_arcs(network, carriage_arrays(network), case.form, charge, class7=False)
    arcs: list[int] = []
    state = network.start[ends[0]]
    for name in legs:
        step = _step(book, state, name)
        if step is None:
            raise InputError("legs do not join", [Fault("legs", name, f"a leg from {hubs[network.state_hub[state]]}")])
        arcs += step
        state = int(network.head[step[-1]])
    told = freight_of(
        network, book.facts, costs, charge, arcs, case.form, (hubs[ends[0]], hubs[network.state_hub[state]])
    )
    shut = [reason for a in arcs if not case.costs.open[a] for reason in _why(book, case, a)]
    if not shut:
        return told
    return Freight(**{**told.__dict__, "lawful": False, "reasons": (*shut, *told.reasons)})


def _why(book: CaseBook, case: Case, arc: int) -> tuple[str, ...]:
    return book.blockers(case).get(int(book.network.carriage[arc]), ())


def _ends(book: CaseBook, legs: Sequence[str]) -> tuple[int, int]:
    first, last = book.facts.alone[legs[0]], book.facts.alone[legs[-1]]
    begin = {first.origin, first.destination}
    finish = {last.origin, last.destination}
    if len(legs) == 1:
        return first.origin, first.destination
    second, before = book.facts.alone[legs[1]], book.facts.alone[legs[-2]]
    starts = begin - {second.origin, second.destination}
    stops = finish - {before.origin, before.destination}
    if len(starts) != 1 or len(stops) != 1:
        raise InputError("legs do not join", [Fault("legs", ", ".join(legs), "each leg to begin where the last ended")])
    return starts.pop(), stops.pop()


def _step(book: CaseBook, state: int, leg: str) -> list[int] | None:
    """Arcs that carry from a state along a leg: the transfer, then the carriage."""
    network = book.network
    for move in (network.tail == state).nonzero()[0].tolist():
        if network.carriage[move] >= 0:
            continue
        for ride in (network.tail == network.head[move]).nonzero()[0].tolist():
            number = int(network.carriage[ride])
            if number >= 0 and network.carriages[number].legs == (leg,):
                return [move, ride]
    return None
