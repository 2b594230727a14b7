"""What the questions of one brief share: the world, the day, the rooms, and every case solved once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from ytterby.balance import BalancedYear
from ytterby.market import Outcome
from ytterby.routes import Router
from ytterby.rules import Rules
from ytterby.separation import Separation
from ytterby.studies import Base, base_case, solve
from ytterby.studies.ensemble import Ensemble
from ytterby.world import Scenario, World

Progress = Callable[[float, str], None]


@dataclass
class Context:
    """One run of a brief; nothing here is changed by a question."""

    world: World
    year: int
    on: datetime.date
    samples: int
    seed: int
    cases: tuple[str, ...]
    """Scenarios that the claims compare with the base: their bands are drawn with common samples."""
    workers: int = 2
    progress: Progress = field(default=lambda _done, _remark: None)
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    @cached_property
    def base(self) -> Base:
        """The base year, closed and solved."""
        return base_case(self.world)

    @cached_property
    def balanced(self) -> BalancedYear:
        """The reconciled base year."""
        return self.base.assembly.balanced

    @cached_property
    def router(self) -> Router:
        """Ways on the day of the brief."""
        return Router(self.world, on=self.on)

    @cached_property
    def rules(self) -> Rules:
        """Rules on the day of the brief."""
        return Rules(self.world, self.on)

    @cached_property
    def separation(self) -> Separation:
        """Processes and their costs."""
        return self.base.assembly.separation

    def scenario(self, name: str) -> Scenario:
        """A shipped scenario."""
        return Scenario.load(name)

    def case(self, name: str) -> Outcome:
        """The outcome of a scenario in the brief's year, solved once."""
        if name not in self._outcomes:
            self._outcomes[name] = solve(self.world, self.scenario(name), self.year)
        return self._outcomes[name]

    @cached_property
    def ensemble(self) -> Ensemble:
        """Base and cases under common samples of the world's bands."""
        return Ensemble.run(
            self.world, self.cases, year=self.year, samples=self.samples, seed=self.seed, workers=self.workers,
            progress=self.progress,
        )  # fmt: skip
