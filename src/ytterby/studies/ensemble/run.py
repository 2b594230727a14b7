"""The ensemble: base and cases under common quasi-random samples, their measures, and the bands of any comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from ytterby.studies.assembling import assembly_of
from ytterby.studies.ensemble.anchors import BuildUp
from ytterby.studies.ensemble.drivers import Drivers, drivers
from ytterby.studies.ensemble.sampling import FAILED, MARK, Sampler
from ytterby.studies.ensemble.template import template
from ytterby.studies.solve import base_case
from ytterby.uncertainty import run as run_samples
from ytterby.world import Scenario, World
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Band

BASE = "baseline"
"""Name of the world as it is, in every ensemble."""
How = Literal["difference", "ratio", "level"]
PERCENTILES = (5.0, 50.0, 95.0)
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Ensemble:
    """Measures of base and cases in every sample; a sample is the same world in all of them."""

    wide: pd.DataFrame
    """A row a sample; columns case, metric."""
    shares: pd.DataFrame
    """The drivers' quantiles: a row a sample, a column a driver."""
    failed: pd.DataFrame
    """sample, case: what has no answer, because its market does not clear."""
    notes: tuple[str, ...]
    """What is sampled and what is not, in sentences."""

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """sample, case, metric, value."""
        long = pd.Series(self.wide.stack(["case", "metric"], future_stack=True), name="value")
        return long.dropna().reset_index()

    @property
    def samples(self) -> int:
        """How many were drawn."""
        return len(self.wide)

    def values(self, metric: str, case: str, versus: str | None = None, how: How = "difference") -> pd.Series:
        """A measure by sample, or its difference from (ratio to) another case in the same sample; blank: no answer."""
        own = self._column(metric, case)
        if versus is None or how == "level":
            return own
        other = self._column(metric, versus)
        return own - other if how == "difference" else own / other.where(other != 0.0)

    def band(self, metric: str, case: str, versus: str | None = None, how: How = "difference") -> Band:
        """P5, P50 (point) and P95 of a measure, paired sample by sample with ``versus`` where one is named.

        Percentiles interpolate linearly between samples. Raises UnknownNameError for a metric or case that is not
        there.
        """
        found = self.values(metric, case, versus, how).dropna().to_numpy(float)
        lost = self.samples - len(found)
        basis = f"5 to 95 % of {len(found)} samples of the world's bands" + (
            f", {lost} without an answer" if lost else ""
        )
        low, middle, high = np.percentile(found, PERCENTILES) if len(found) else (float("nan"),) * 3
        return Band(float(middle), float(low), float(high), basis)

    def _column(self, metric: str, case: str) -> pd.Series:
        if case not in self.wide.columns.get_level_values(0):
            raise UnknownNameError("case", case, self.wide.columns.get_level_values(0).unique())
        if (case, metric) not in self.wide.columns:
            raise UnknownNameError("metric", metric, self.wide[case].columns)
        return self.wide[(case, metric)]

    @classmethod
    def run(
        cls,
        world: World,
        cases: tuple[str | Scenario, ...],
        *,
        year: int | None = None,
        samples: int = 32,
        seed: int = 1,
        workers: int = 2,
        progress: Progress | None = None,
    ) -> Ensemble:
        """Draw the world's bands and solve base and cases under every draw.

        ``cases`` are names or files of scenarios, or scenarios; ``samples`` is best a power of two. The answer depends
        on neither the number of workers nor their order. Raises InputError for another year than the world's base year.
        """
        tell = progress or (lambda _done, _remark: None)
        sampler = prepared(world, cases, year, lambda done, remark: tell(0.3 * done, remark))
        shares = sampler.drivers.shares(samples, seed)
        found = run_samples(
            sampler, shares, workers=workers, progress=lambda done, remark: tell(0.3 + 0.7 * done, f"sample {remark}")
        )
        found.columns = pd.MultiIndex.from_tuples(
            [tuple(c.split(MARK)) for c in found.columns], names=["case", "metric"]
        )
        lost = (
            found.xs(FAILED, axis=1, level=1)
            if FAILED in found.columns.get_level_values(1)
            else pd.DataFrame(index=found.index)
        )
        failed = [(i, str(case)) for i, row in lost.iterrows() for case, flag in row.items() if flag == 1.0]
        kept = found.loc[:, found.columns.get_level_values(1) != FAILED].sort_index(axis=1)
        table = pd.DataFrame(failed, columns=["sample", "case"])
        return cls(kept, shares, table, _notes(sampler.drivers, samples, table))


def prepared(
    world: World, cases: tuple[str | Scenario, ...], year: int | None = None, progress: Progress | None = None
) -> Sampler:
    """Everything that samples share: the networks of base and cases, solved once, and how draws enter them."""
    tell = progress or (lambda _done, _remark: None)
    base = base_case(world)
    assembly, reference = base.assembly, base.reference
    if year is not None and year != assembly.year:
        fault = Fault(
            "year", str(year), f"the world's base year, {assembly.year}: other years have no gaps of their own"
        )
        raise InputError("bands are drawn for the base year", [fault])
    found = drivers(world, assembly.year)
    nodes = reference.gaps["node"].tolist()
    tell(0.05, "the base")
    assert reference.stocks is not None
    closed = replace(reference, flows=None, stocks=None)
    factors = assembly.use_factors
    first = template(BASE, assembly, assembly.network(closed), found, nodes, factors)
    gap = template("gaps", assembly, assembly.network(measure_gaps=True), found, [], factors, first)
    build_up = BuildUp.of(first.network, assembly.base_prices)
    prepared_cases = []
    scenarios = [c if isinstance(c, Scenario) else Scenario.load(c) for c in cases]
    scenarios = [s for s in scenarios if s.changes]
    for number, scenario in enumerate(scenarios):
        tell(0.1 + 0.9 * number / len(scenarios), scenario.name)
        case = assembly_of(base, scenario)
        prepared_cases.append(template(scenario.name, case, case.network(reference), found, nodes, factors, first))
    count = len(first.network.nodes)
    coefficient = first.network.recipes["coefficient"].to_numpy(float)
    value = build_up.cost(first.cost, coefficient, first.freight[1], count)
    return Sampler(found, gap, first, tuple(prepared_cases), build_up, value, reference.stocks)


def _notes(found: Drivers, samples: int, failed: pd.DataFrame) -> tuple[str, ...]:
    sizes = found.cells.groupby("table").size()
    drawn = ", ".join(f"{t} {n}" for t, n in sizes.items())
    lost = (
        "Every sample of every case has an answer."
        if failed.empty
        else f"No answer in {len(failed)} of the solved samples (the market does not clear there): "
        + ", ".join(f"{case} {n}" for case, n in failed.groupby("case").size().items()) + "."
    )  # fmt: skip
    return (
        f"Bands: {samples} scrambled Sobol samples of {len(found.names)} drivers behind {len(found.cells)} banded "
        f"numbers of the world ({drawn}) and the freight of every way; the same draws in base and cases, and gaps "
        "between recorded supply and use closed anew in each.",
        "Together move: elasticities of all goods, choke prices of a class of goods, the use of a good in all "
        "places, all freight. Everything else is drawn on its own. Where the balanced year knows how much of a "
        "product a place uses, that total stays, and only its split among goods is drawn.",
        "Not sampled: element vectors of ores, the reconciled year itself, observed oxide prices, acid and reagent "
        "amounts of separation, capacities, taxes, and what the rules say. Ends are the 5th and 95th percentile; "
        "point values are of the centre.",
        lost,
    )
