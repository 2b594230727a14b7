"""Starting a designed cut: days from the first fill to products of final purity, and what is locked up meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ytterby.separation.transient import StartUp, start_up
from ytterby.world.errors import UnknownNameError

if TYPE_CHECKING:
    from ytterby.separation.design import CircuitDesign

MINUTES_A_DAY = 1440.0
LONGEST_YEARS = 10.0
"""Span that a start-up is followed for, at most."""
FIRST_SPAN = 2e4
"""Residence times followed at first; ten times more where a product has not settled."""
CONTROLLED_SPAN = 50.0
"""Lock-up times that a controlled start-up is followed for."""
WITHIN = 0.1
"""A product is settled when its impurity stays within this share above its final value."""
SIDES = ("raffinate", "organic")


@dataclass(frozen=True)
class Commissioning:
    """Start-up of one cut in days."""

    cut: str
    residence_minutes: float
    """Time that either phase stays in one stage: mixer and settler."""
    run: StartUp
    total_reflux_days: float
    locked_up_days: float
    """Rare earth held in the cascade, as days of its feed."""
    raffinate_days: float
    """Days of drawing until the raffinate stays within a tenth of its final impurity; infinite if not in ten years."""
    organic_days: float
    """The same for the organic product."""
    final: tuple[float, float]
    """Impurity of raffinate and organic product at steady state."""

    @property
    def days(self) -> float:
        """Days from the first fill to both products settled, total reflux included."""
        return self.total_reflux_days + max(self.raffinate_days, self.organic_days)

    def table(self) -> pd.DataFrame:
        """Days since products are drawn, and impurity of both products."""
        frame = self.run.table()
        frame.insert(0, "days", frame.pop("time") * self.residence_minutes / MINUTES_A_DAY)
        return frame


def commission(
    design: CircuitDesign, cut: str, *, total_reflux_days: float = 0.0, controlled: bool = True
) -> Commissioning:
    """Follow one cut from its first fill with feed to steady state.

    Both phases stay for mixer time x (1 + settler over mixer volume) in each stage, from ``circuit_parameters``; a
    theoretical stage holds what a real one does. ``total_reflux_days``: days of total reflux before products are
    drawn. ``controlled``: draws follow the composition inside (see :mod:`~ytterby.separation.transient`), as in a
    plant with analysis on line; otherwise they are those of the steady state from the first hour. Raises
    UnknownNameError for a cut that the design lacks.
    """
    if cut not in design.cuts:
        raise UnknownNameError("cut", cut, design.cuts)
    d, p = design.cuts[cut], design.parameters
    minutes = p["mixer-minutes"] * (1 + p["settler-ratio"])
    each = MINUTES_A_DAY / minutes
    state = d.simulate()
    final = (
        float(state.aqueous_fractions[0, d.boundary :].sum()),
        float(state.organic_fractions[-1, : d.boundary].sum()),
    )
    longest = LONGEST_YEARS * 365 * each
    span = min(CONTROLLED_SPAN * d.holdup if controlled else FIRST_SPAN, longest)
    target = state.aqueous_fractions if controlled else None
    while True:
        run = start_up(d.cascade, d.boundary, span, total_reflux=total_reflux_days * each, target=target)
        settled = [run.settling_time(side, value, WITHIN) for side, value in zip(SIDES, final, strict=True)]
        if max(settled) < float("inf") or controlled or span >= longest:
            break
        span = min(10 * span, longest)
    held = run.inventory / each
    return Commissioning(cut, minutes, run, total_reflux_days, held, settled[0] / each, settled[1] / each, final)


def commissioning_table(design: CircuitDesign, total_reflux_days: float | None = None) -> pd.DataFrame:
    """One row a cut: lock-up in days of its feed, and days until both products are steady, by way of starting.

    ``constant_days``: draws of the steady state from the first hour, infinite where not steady in ten years;
    ``controlled_days``: draws after the composition inside; ``reflux_days``: the same after total reflux, that
    included. ``total_reflux_days``: default the lock-up of each cut.
    """
    rows = []
    for cut in design.cuts:
        constant, controlled = commission(design, cut, controlled=False), commission(design, cut)
        closed = constant.locked_up_days if total_reflux_days is None else total_reflux_days
        rows.append(
            {
                "cut": cut,
                "locked_up_days": constant.locked_up_days,
                "constant_days": constant.days,
                "controlled_days": controlled.days,
                "reflux_days": commission(design, cut, total_reflux_days=closed).days,
            }
        )
    return pd.DataFrame(rows)
