"""What the questions of one brief share: the world, the day, the rooms, and every case solved once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType

import numpy as np
import pandas as pd

from ytterby.balance import BalancedYear
from ytterby.brief.aside import Aside
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
    """One run of a brief; nothing here is changed by a question. Leaving it ends what runs beside it."""

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
    _beside: Aside[World, Leverage] | None = None

    def __enter__(self) -> Context:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beside is not None:
            self._beside.stop()

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
        if self.workers > 1 and self._beside is None:
            self._beside = Aside(leverage, self.world)

    @cached_property
    def leverage(self) -> Leverage:
        """Loss by lever in the base year."""
        return self._beside.result() if self._beside is not None else leverage(self.world)

    @property
    def dominant(self) -> str:
        """The place whose grip the claims are about: the market zone of the country that claims its material."""
        assembly = self.base.assembly
        return next(p for p, country in assembly.place_country.items() if country == assembly.claiming_country)

    def scenario_sources(self, *names: str) -> tuple[str, ...]:
        """Keys of the sources that the changes of these scenarios and their rows name."""
        found: list[str] = []
        for name in names:
            for change in self.scenario(name).changes:
                rows = [row for part in (change.append, change.set) for row in _rows(part)]
                found += [change.source or "", *(str(row.get("source", "")) for row in rows)]
        known = set(self.world.table("sources")["source"])
        return tuple(dict.fromkeys(key for key in found if key in known))

    def place_name(self, place: str) -> str:
        """A market zone's name."""
        return self._name("places", "place", place)

    def country_name(self, country: str) -> str:
        """A country's name, by its ISO 3166-1 alpha-3 code."""
        return self._name("countries", "iso3", country)

    def commodity_name(self, commodity: str) -> str:
        """A commodity's name."""
        return self._name("commodities", "commodity", commodity)

    def hub_name(self, hub: str) -> str:
        """A hub's name."""
        return self._name("hubs", "hub", hub)

    def _name(self, table: str, key: str, value: str) -> str:
        rows = self.world.table(table)
        return str(dict(zip(rows[key], rows["name"], strict=True))[value])

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
            self.world,
            self.cases,
            year=self.year,
            samples=self.samples,
            seed=self.seed,
            workers=self.workers,
            progress=self.progress,
        )


def _rows(part: object) -> list[dict[str, object]]:
    rows = part if isinstance(part, list) else [part]
    return [row for row in rows if isinstance(row, dict)]
