"""How different the supply chain of a year could be at a little more cost."""

from __future__ import annotations

from collections.abc import Sequence

from ytterby.market.alternatives import Alternatives
from ytterby.market.alternatives import alternatives as within
from ytterby.studies.solve import Progress, solve
from ytterby.world import Scenario, World


def alternatives(
    world: World | None = None,
    scenario: Scenario | str | None = None,
    year: int | None = None,
    *,
    budgets: Sequence[float] = (0.01, 0.02, 0.05),
    by: str = "country",
    stages: Sequence[str] | None = None,
    plans: int = 4,
    same_use: bool = True,
    progress: Progress | None = None,
) -> Alternatives:
    """Solve a year under a scenario and find near-optimal alternatives of its supply chain.

    ``budgets`` are shares of what production, transport and duties cost in the optimum; the rest is as in
    ``market.alternatives``. Raises InputError and UnknownNameError for bad input, SolveError naming what clashes.
    """
    tell = progress or (lambda _done, _remark: None)
    outcome = solve(world, scenario, year, progress=lambda done, remark: tell(0.3 * done, remark))
    return within(
        outcome,
        budgets=budgets,
        by=by,
        stages=stages,
        plans=plans,
        same_use=same_use,
        progress=lambda done, remark: tell(0.3 + 0.7 * done, remark),
    )
