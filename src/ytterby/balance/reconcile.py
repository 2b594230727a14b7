"""One balanced year out of statistics that do not close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from ytterby.balance.balanced import BalancedYear, tabulate
from ytterby.balance.equations import balances
from ytterby.balance.evidence import Evidence, SetAside, gather
from ytterby.balance.expectations import Expectation, expectations, residual
from ytterby.balance.least_squares import Estimate, balance
from ytterby.balance.measures import Measure, measures
from ytterby.balance.structure import Structure, read_structure
from ytterby.balance.unknowns import Form, Unknowns, add, declare_unknowns, times, value
from ytterby.world.elements import LANTHANIDES_AND_Y
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

KT = 1000.0
"""The solver works in thousand t; tables and figures are in t."""

PASSES = 4
"""Rounds in which the size of each flow, on which the spread of a share depends, is taken from the round before."""


@dataclass(frozen=True)
class Problem:
    """A year set up for balancing."""

    year: int
    structure: Structure
    u: Unknowns
    evidence: list[Evidence]
    measures: list[Measure | None]
    aside: list[SetAside]
    expected: list[Expectation]
    exact: list[tuple[str, Form]]


def set_up(world: World, year: int) -> Problem:
    """Read a world's tables and state the balance of a year.

    Raises InputError where no published figure speaks about the year or its neighbours.
    """
    structure = read_structure(world)
    u = declare_unknowns(structure)
    evidence, aside = gather(world, structure, year)
    found = measures(evidence, u, structure)
    for seen, meant in zip(evidence, found, strict=True):
        if meant is None:
            reason = "no flow of the balance: kept as context"
            aside.append(
                SetAside(seen.observation, seen.series, seen.year, seen.target, seen.unit, seen.source, reason)
            )
    kept = [(s, m) for s, m in zip(evidence, found, strict=True) if m is not None]
    if not any(s.year == year and s.series == "mine-production" for s, _ in kept):
        years = sorted({int(y) for y in world.table("observations")["year"]})
        raise InputError(
            "no published mine production for that year",
            [Fault("year", str(year), f"a year with mine-production rows in observations ({years[0]} to {years[-1]})")],
        )
    return Problem(
        year,
        structure,
        u,
        [s for s, _ in kept],
        [m for _, m in kept],
        aside,
        expectations(u, structure),
        balances(u, structure),
    )


def reconcile(
    world: World, year: int, *, without: Sequence[str] = (), weights: dict[str, float] | None = None
) -> BalancedYear:
    """Balance a year: constrained weighted least squares over everything that is published about it.

    ``without`` leaves out figures of these publishers; ``weights`` multiplies the weight of single figures, by key.
    Returns flows in t REO (magnets: t of magnet) with bands. Raises UnknownNameError for a publisher or figure that is
    not there, InputError where nothing is published about the year, SolveError where the balance has no solution.
    """
    problem = set_up(world, year)
    publishers = {s.publisher for s in problem.evidence}
    for name in without:
        if name not in publishers:
            raise UnknownNameError("publisher", name, publishers, "without")
    for key in weights or {}:
        if key not in {s.observation for s in problem.evidence}:
            raise UnknownNameError("observation", key, [s.observation for s in problem.evidence], "weights")
    dropped = [s for s in problem.evidence if s.publisher in without]
    estimate, scales = solve(problem, without=without, weights=weights or {})
    return tabulate(problem, estimate, scales, frozenset(s.observation for s in dropped))


def solve(
    problem: Problem,
    *,
    without: Sequence[str] = (),
    weights: dict[str, float] | None = None,
    start: Estimate | None = None,
    covariance: bool = True,
) -> tuple[Estimate, NDArray[np.float64]]:
    """Solve a balance; returns the estimate in t and the scale (t) of each expectation's base in the last round.

    ``start`` is a solved neighbour (in t): sizes and zeros are taken from it, which saves the first rounds.
    """
    n = len(problem.u.keys)
    seen = [(s, m) for s, m in zip(problem.evidence, problem.measures, strict=True) if s.publisher not in without and m]
    factors = weights or {}
    exact = _matrix([form for _, form in problem.exact], n)
    expected = [residual(e) for e in problem.expected]
    x = None if start is None else start.x
    zero = None if start is None else start.at_zero
    scales = _first_scales(problem) if x is None else _scales(problem, x)
    for number in range(PASSES if start is None else PASSES - 2, 0, -1):
        linear = [_linear(s, m, x) for s, m in seen]
        sigma = [g / np.sqrt(factors.get(s.observation, 1.0)) for (s, _), (_, _, g) in zip(seen, linear, strict=True)]
        sigma += [e.sigma(scale) for e, scale in zip(problem.expected, scales, strict=True)]
        estimate = balance(
            _matrix([form for form, _, _ in linear] + expected, n),
            np.array([target for _, target, _ in linear] + [0.0] * len(expected)) / KT,
            np.array(sigma) / KT,
            exact,
            np.zeros(len(problem.exact)),
            start_at_zero=zero,
            covariance=covariance and number == 1,
        )
        x, zero = estimate.x * KT, estimate.at_zero
        if number > 1:
            scales = _scales(problem, x)
    assert x is not None
    whole = Estimate(x, estimate.standard_error * KT, estimate.covariance * KT**2, estimate.at_zero, estimate.rounds)
    return whole, scales


def _scales(problem: Problem, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Size of each expectation's base at x (t), not below 20 t."""
    return np.array([max(value(e.base, x), 20.0) for e in problem.expected])


def _linear(seen: Evidence, meant: Measure, x: NDArray[np.float64] | None) -> tuple[Form, float, float]:
    """A figure as a linear equation; a ratio a/b = r becomes a - r b = 0 with its standard error times b."""
    if meant.per is None:
        return meant.form, seen.target, seen.sigma
    size = KT * 100 if x is None else max(value(meant.per, x), 1.0)
    return add(meant.form, times(meant.per, -seen.target)), 0.0, seen.sigma * size


def _first_scales(problem: Problem) -> NDArray[np.float64]:
    """Before anything is known: every base could be as large as the world's mine output of its elements."""
    mined = max((s.target for s in problem.evidence if s.series == "mine-production"), default=KT)
    ores = sorted({k[3] for k in problem.u.keys if k[3]})
    share = {e: sum(problem.structure.content(o, e) for o in ores) / len(ores) for e in LANTHANIDES_AND_Y}
    scales = []
    for e in problem.expected:
        elements = sorted({problem.u.keys[i][4] for i in e.base} - {""})
        scales.append(mined * (sum(share[x] for x in elements) if elements else 1.0))
    return np.array(scales)


def _matrix(forms: list[Form], n: int) -> sp.csr_array:
    rows = np.repeat(np.arange(len(forms)), [len(f) for f in forms])
    columns = np.fromiter((i for f in forms for i in f), dtype=np.int64, count=len(rows))
    data = np.fromiter((c for f in forms for c in f.values()), dtype=np.float64, count=len(rows))
    return sp.csr_array((data, (rows, columns)), shape=(len(forms), n))


def leave_one_out(world: World, year: int) -> pd.DataFrame:
    """Key totals when one publisher's figures are left out.

    Returns publisher, figures (how many it has), total, t, without_t, change_t and change_share, largest change first.
    """
    problem = set_up(world, year)
    base, _ = solve(problem, covariance=False)
    totals = problem_totals(problem)
    rows = []
    for publisher in sorted({s.publisher for s in problem.evidence}):
        other, _ = solve(problem, without=(publisher,), start=base, covariance=False)
        for name, form in totals.items():
            t, w = value(form, base.x), value(form, other.x)
            rows.append(
                (
                    publisher,
                    sum(s.publisher == publisher for s in problem.evidence),
                    name,
                    t,
                    w,
                    w - t,
                    w / t - 1 if t else 0.0,
                )
            )
    frame = pd.DataFrame(rows, columns=["publisher", "figures", "total", "t", "without_t", "change_t", "change_share"])
    return frame.sort_values("change_share", key=lambda c: c.abs(), ascending=False, ignore_index=True)


def problem_totals(problem: Problem) -> dict[str, Form]:
    """The totals that a reader asks for first, as linear forms (t REO; magnets t)."""
    u = problem.u
    return {
        "mined, recorded": u.pick("mine"),
        "mined, unrecorded": u.pick("unrecorded"),
        "separated": u.pick("separated"),
        "NdPr oxide separated": u.pick("separated", element=("Pr", "Nd")),
        "Dy oxide separated": u.pick("separated", element="Dy"),
        "Tb oxide separated": u.pick("separated", element="Tb"),
        "La and Ce separated": u.pick("separated", element=("La", "Ce")),
        "La and Ce unsold": u.pick("surplus", element=("La", "Ce")),
        "recycled": u.pick("recycled"),
        "magnets": u.pick("magnets"),
    }
