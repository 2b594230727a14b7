"""What the questions of one brief share: the world, the day, the rooms, and every case solved once."""

from __future__ import annotations

import datetime
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ytterby.balance import BalancedYear
from ytterby.market import Outcome
from ytterby.routes import Router
from ytterby.rules import Rules
from ytterby.separation import Separation
from ytterby.strategy import Leverage, leverage
from ytterby.studies import Base, base_case, solve
from ytterby.studies.ensemble import BASE, Ensemble, How, metrics_of
from ytterby.world import Scenario, World
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Band

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
    _metrics: dict[int, dict[str, float]] = field(default_factory=dict)
    _leverage: Future[Leverage] | None = None

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

    def start_leverage(self) -> None:
        """Begin the sixteen cases of leverage in a process of their own, where there is one to spare."""
        if self.workers > 1 and self._leverage is None:
            pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
            self._leverage = pool.submit(leverage, self.world)
            pool.shutdown(wait=False)

    @cached_property
    def leverage(self) -> Leverage:
        """Loss by lever in the base year."""
        return self._leverage.result() if self._leverage is not None else leverage(self.world)

    def metric(self, outcome: Outcome, name: str) -> float:
        """One number of an outcome, by the names of :func:`ytterby.studies.ensemble.metrics_of`."""
        key = id(outcome)
        if key not in self._metrics:
            self._metrics[key] = metrics_of(outcome)
        known = self._metrics[key]
        if name not in known:
            raise UnknownNameError("metric", name, known)
        return known[name]

    def ensemble_band(self, metric: str, case: str, how: How, point: float, against: str = BASE) -> Band:
        """Band of a case's number against another's, sample by sample; no spread where no samples were asked for."""
        if self.samples == 0:
            return Band(point, point, point, "no samples drawn")
        band = self.ensemble.band(metric, case, versus=against, how=how)
        return Band(point, min(band.low, point), max(band.high, point), band.basis)

    def band_of(self, values: Callable[[Ensemble], pd.Series], point: float) -> Band:
        """Band of what a function makes of the samples (a value a sample); no spread where none were asked for."""
        if self.samples == 0:
            return Band(point, point, point, "no samples drawn")
        found = values(self.ensemble).replace([np.inf, -np.inf], np.nan).dropna().to_numpy(float)
        if not len(found):
            return Band(point, point, point, "no sample has an answer")
        low, high = np.percentile(found, (5.0, 95.0))
        return Band(point, min(low, point), max(high, point), f"5 to 95 % of {len(found)} samples of the world's bands")

    @cached_property
    def ensemble(self) -> Ensemble:
        """Base and cases under common samples of the world's bands."""
        return Ensemble.run(
            self.world, self.cases, year=self.year, samples=self.samples, seed=self.seed, workers=self.workers,
            progress=self.progress,
        )  # fmt: skip
