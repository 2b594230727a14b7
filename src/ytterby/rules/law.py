"""What the law was, is or may be on a day: two time axes (when it held, when it could be known) and
declared unknowns."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytterby.rules.model import Clause, LawState, Regime, State, read_regime
from ytterby.world.errors import Fault, InputError, UnknownNameError

if TYPE_CHECKING:
    from ytterby.world import World

LAW, READING = "law", "reading"


@dataclass(frozen=True)
class Switch:
    """Something that the texts leave open, or that is not known: its options and the one taken by default."""

    switch: str
    kind: str
    """``law``: what happened is not known; ``reading``: the text leaves it open."""
    title: str
    options: Mapping[str, str]
    """Option -> what it means."""
    default: str


def read_switches(world: World) -> Mapping[str, Switch]:
    """Read the table rule_switches."""
    switches: dict[str, Switch] = {}
    for name, rows in world.table("rule_switches").groupby("switch", sort=True):
        defaults = rows.loc[rows["is_default"].astype(bool), "option"]
        if len(defaults) != 1:
            raise InputError(
                "a switch needs one default",
                [Fault(f"rule_switches, {name}", ", ".join(defaults) or "none", "is_default true in one row")],
            )
        switches[str(name)] = Switch(
            switch=str(name),
            kind=str(rows["kind"].iloc[0]),
            title=str(rows["title"].iloc[0]),
            options=dict(zip(rows["option"], rows["meaning"], strict=True)),
            default=str(defaults.iloc[0]),
        )
    return switches


def chosen(switches: Mapping[str, Switch], wanted: Mapping[str, str] | None) -> Mapping[str, str]:
    """Every switch's option: the default, or what is wanted; raises UnknownNameError with near matches."""
    selection = {name: switch.default for name, switch in switches.items()}
    for name, option in (wanted or {}).items():
        if name not in switches:
            raise UnknownNameError("switch", name, switches)
        if option not in switches[name].options:
            raise UnknownNameError(f"option of {name}", option, switches[name].options)
        selection[name] = option
    return selection


def read_regimes(world: World) -> Mapping[str, Regime]:
    """Read and check every regime file of a world, by regime key."""
    regimes = (read_regime(world.document("regimes", name), name) for name in world.documents("regimes"))
    return {regime.regime: regime for regime in regimes}


def state_on(states: Sequence[State], on: datetime.date, known: datetime.date) -> State | None:
    """The state that holds on a day, as it could be known on another; None before the first.

    What became known later overrides what was known before, from its own first day on.
    """
    seen = [state for state in states if state.from_ <= on and state.known_on <= known]
    return max(seen, key=lambda state: (state.known_on, state.from_), default=None)


@dataclass(frozen=True)
class Law:
    """The states of all clauses on one day, with the choices that settle what is unknown."""

    on: datetime.date
    known: datetime.date
    selection: Mapping[str, str]
    overrides: Mapping[str, LawState]
    """Regime or clause -> state that a what-if imposes."""

    def state(self, regime: Regime, clause: Clause | None = None) -> tuple[LawState, State | None]:
        """State of a clause (or of the regime), and the record that says so; ``unknown`` stays unknown."""
        for key in ([clause.clause] if clause else []) + [regime.regime]:
            if key in self.overrides:
                return self.overrides[key], None
        record = state_on(regime.states_of(clause) if clause else regime.states, self.on, self.known)
        if record is None:
            return "not law", None
        if record.state == "unknown":
            return record.readings.get(self.selection.get(record.decided_by, ""), "unknown"), record
        return record.state, record

    def undecided(self, regimes: Mapping[str, Regime]) -> Mapping[str, tuple[str, ...]]:
        """Law switches that are open on this day, with the options that some clause reads."""
        found: dict[str, dict[str, None]] = {}
        for regime in regimes.values():
            for clause in (None, *regime.clauses):
                state, record = self.state(regime, clause)
                if state == "unknown" and record is not None:
                    found.setdefault(record.decided_by, {}).update(dict.fromkeys(record.readings))
        return {name: tuple(options) for name, options in sorted(found.items())}

    def branches(self, regimes: Mapping[str, Regime]) -> list[tuple[Mapping[str, str], Law]]:
        """Every combination of readings of what is undecided, with the law that it makes; one, if nothing
        is."""
        open_switches = self.undecided(regimes)
        result: list[tuple[Mapping[str, str], Law]] = []
        for combination in itertools.product(*open_switches.values()):
            readings = dict(zip(open_switches, combination, strict=True))
            result.append((readings, Law(self.on, self.known, {**self.selection, **readings}, self.overrides)))
        return result
