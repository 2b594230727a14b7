"""How different a supply chain can be at a little more cost: near-optimal alternatives of one outcome.

The optimum is one plan; plans that cost a little more may look very different, and the model's cost figures are not
so good that the difference counts. All plans x within a budget make up the near-optimal space

    { x : A x and x within their bounds,  c'x <= c'x* + eps C* }

with c'x* the optimum's cost less worth, C* what production, transport and duties cost in it, and eps the share of
that cost which may be lost. With *same use*, every buyer gets what the optimum gives him, so that eps is simply the
extra cost; without it buyers may also go without, at their own willingness to pay.

*Ranges*: the least and the most of each group's output in that space, one linear programme each.
*Plans*: hop, skip and jump (Brill, Chang and Hopkins 1982, Management Science 28:221-235): each next plan makes as
little as it can where the plans before it made most. The *most different* plan moves as much of the stages' output
to other hands as the budget allows: the distance between shares, sum |y - y*| / 2, is raised step by step along its
own signs, from those plans and from the ends of the ranges that are farthest (it is convex: the best of several local
maxima is reported, a lower bound of the greatest distance).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ytterby.market.arrays import MONEY, Array, Arrays
from ytterby.market.outcome import Outcome
from ytterby.market.report import NOT_OUTPUT
from ytterby.market.simplex import Basis, given, loaded
from ytterby.market.start import standing
from ytterby.world.errors import CertificateError, Fault, InputError, SolveError, UnknownNameError

GROUPING = ("country", "place", "site")
"""Columns of ``activities`` by which output can be grouped."""

SMALL = 1e-3
"""Groups that make less than this share of their stage's output in the optimum, and cannot reach it, are left out."""

WITHIN = 1e-7
"""Feasibility tolerance of the solver here, t and share of cost: the optimum's own levels are that precise."""

BEYOND = 1e-6
"""Relative residual with which a plan still counts as one."""


@dataclass(frozen=True)
class Alternatives:
    """Near-optimal alternatives of an outcome."""

    ranges: pd.DataFrame
    """stage, group, budget (share of cost), optimum_t, least_t, most_t, share, least_share, most_share (of the stage's
    output in the optimum)."""
    plans: pd.DataFrame
    """plan, budget, stage, group, optimum_t, t."""
    difference: pd.DataFrame
    """plan, budget, stage, moved (share of the stage's output that is made by others than in the optimum),
    extra_cost_usd, extra_cost (share)."""
    cost_usd: float
    """What production, transport and duties cost in the optimum."""
    by: str
    same_use: bool


@dataclass(frozen=True)
class Groups:
    """Output of each group, t per t of each column of the programme: (G, n), and what each stage makes in the
    optimum."""

    stage: list[str]
    name: list[str]
    weight: sp.csr_matrix
    optimum_t: Array
    stage_t: Array


def alternatives(
    outcome: Outcome,
    *,
    budgets: Sequence[float] = (0.01, 0.02, 0.05),
    by: str = "country",
    stages: Sequence[str] | None = None,
    plans: int = 4,
    same_use: bool = True,
    progress: Callable[[float, str], None] | None = None,
) -> Alternatives:
    """Find how far an outcome's supply chain can change at up to ``budgets`` more cost (shares of its cost).

    ``by`` groups output by country, place or site; ``stages`` picks stages, by default all that make something;
    ``plans`` is the number of hop-skip-jump plans at each budget. Raises InputError for a budget that is no share
    above zero, UnknownNameError for names that are not there, CertificateError where a plan fails its check.
    """
    _checked(budgets, by)
    tell = progress or (lambda _done, _remark: None)
    arrays, basis, x = standing(outcome)
    groups = _groups(outcome, arrays, x, by, stages)
    other = slice(0, arrays.pieces.start)
    cost = float(arrays.c[other] @ x[other])
    if same_use:
        arrays = _with_use(arrays, x)
    ranges, told, moved = [], [], []
    for i, budget in enumerate(budgets):
        tell(i / len(budgets), f"{budget:.0%} more cost")
        space = _Space(arrays, basis, float(arrays.c @ x), cost, budget)
        ends = [(space.best(groups.weight[g]), space.best(-groups.weight[g])) for g in range(len(groups.name))]
        ranges.append(_ranges(groups, ends, budget))
        found = _hops(space, groups, x, plans)
        found["most different"] = _farthest(space, groups, [*found.values(), *(p for pair in ends for p in pair)])
        for name, plan in found.items():
            extra = space.extra(plan)
            told.append(_plan(groups, name, budget, plan))
            moved.append(_moved(groups, name, budget, plan, MONEY * extra, extra / cost))
    table = pd.concat(ranges, ignore_index=True)
    seen = table.groupby(["stage", "group"])["most_share"].transform("max") >= SMALL
    return Alternatives(
        ranges=table[seen].reset_index(drop=True),
        plans=pd.concat(told, ignore_index=True),
        difference=pd.concat(moved, ignore_index=True),
        cost_usd=MONEY * cost,
        by=by,
        same_use=same_use,
    )


def _checked(budgets: Sequence[float], by: str) -> None:
    if by not in GROUPING:
        raise UnknownNameError("grouping", by, list(GROUPING))
    wrong = [Fault("budgets", f"{b:g}", "a share of cost above 0 and up to 1") for b in budgets if not 0.0 < b <= 1.0]
    if wrong or not budgets:
        raise InputError("no budget to look within", wrong or [Fault("budgets", "none", "at least one share of cost")])


def _groups(outcome: Outcome, arrays: Arrays, x: Array, by: str, stages: Sequence[str] | None) -> Groups:
    network = outcome.network
    activities, recipes = network.activities, network.recipes
    recipes = recipes[recipes["coefficient"] > 0]
    made = recipes["coefficient"].groupby(recipes["activity"]).sum().reindex(activities["activity"]).fillna(0.0)
    names = activities[by].astype(str).to_numpy(object)
    counted = ~activities["kind"].isin(NOT_OUTPUT) & (made.to_numpy(float) > 0.0) & (names != "")
    known = sorted(set(activities.loc[counted, "stage"]))
    for wanted in stages or ():
        if wanted not in known:
            raise UnknownNameError("stage", wanted, known)
    counted &= activities["stage"].isin(list(stages) if stages else known)
    keys = pd.MultiIndex.from_arrays([activities["stage"], names])[counted]
    unique = keys.unique().sort_values()
    column = np.flatnonzero(counted)
    entries = (made.to_numpy(float)[column], (unique.get_indexer(keys), column))
    weight = sp.csr_matrix(entries, (len(unique), len(arrays.c)))
    optimum = np.asarray(weight @ x)
    stage = [str(s) for s, _ in unique]
    total = pd.Series(optimum).groupby(stage).transform("sum").to_numpy(float)
    if not len(unique):
        raise InputError("nothing to compare", [Fault("stages", "no output", f"a stage of {', '.join(known)}")])
    return Groups(stage, [str(n) for _, n in unique], weight, optimum, np.maximum(total, 1e-9))


def _with_use(arrays: Arrays, x: Array) -> Arrays:
    """The programme in which every buyer gets what he got."""
    low, high = arrays.low.copy(), arrays.high.copy()
    low[arrays.pieces] = high[arrays.pieces] = x[arrays.pieces]
    return replace(arrays, low=low, high=high)


class _Space:
    """Plans within a budget, and the best of them for any aim; each from the optimum's basis, so in any order."""

    def __init__(self, arrays: Arrays, basis: Basis, objective: float, cost: float, budget: float) -> None:
        self.arrays, self._objective, self._cost, self._budget = arrays, objective, max(cost, 1e-9), budget
        spent = sp.csr_matrix(arrays.c / self._cost)
        with_budget = replace(
            arrays,
            A=sp.csc_matrix(sp.vstack([arrays.A, spent])),
            row_low=np.append(arrays.row_low, -np.inf),
            row_high=np.append(arrays.row_high, objective / self._cost + budget),
        )
        self._highs = loaded(with_budget)
        for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self._highs.setOptionValue(option, WITHIN)
        # Only the aim changes: the optimum's basis stays feasible, which is where the primal method begins.
        self._highs.setOptionValue("simplex_strategy", 4)
        self._start = given(Basis(basis.columns, np.append(basis.rows, np.int8(1))))
        self._columns = np.arange(len(arrays.c), dtype=np.int32)

    def best(self, weight: sp.csr_matrix | Array) -> Array:
        """The plan with the least of a weighted sum of levels."""
        cost = np.asarray(weight.todense()).ravel() if sp.issparse(weight) else np.asarray(weight)
        size = float(np.max(np.abs(cost), initial=0.0)) or 1.0
        self._highs.changeColsCost(len(cost), self._columns, cost / size)
        self._highs.setBasis(self._start)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolveError(f"no end of an aggregate within the budget: {self._highs.modelStatusToString(status)}")
        x: Array = np.clip(np.array(self._highs.getSolution().col_value), self.arrays.low, self.arrays.high)
        self._certified(x)
        return x

    def extra(self, x: Array) -> float:
        """What a plan costs more than the optimum, thousand USD (bought less counts as a cost)."""
        return float(self.arrays.c @ x) - self._objective

    def _certified(self, x: Array) -> None:
        rows, passing = self.arrays.A @ x, np.maximum(abs(self.arrays.A) @ np.abs(x), 1.0)
        off = np.max(np.maximum(self.arrays.row_low - rows, rows - self.arrays.row_high) / passing, initial=0.0)
        over = self.extra(x) / self._cost - self._budget
        if off > BEYOND or over > BEYOND:
            raise CertificateError(
                f"a plan is off its balances by {off:.1e} or over its budget by {over:.1e} of the cost; it is not shown"
            )


def _ranges(groups: Groups, ends: list[tuple[Array, Array]], budget: float) -> pd.DataFrame:
    least, most = (
        np.array([float((groups.weight[g] @ pair[side])[0]) for g, pair in enumerate(ends)]) for side in (0, 1)
    )
    optimum = groups.optimum_t
    table = pd.DataFrame({"stage": groups.stage, "group": groups.name, "budget": budget, "optimum_t": optimum})
    table["least_t"], table["most_t"] = np.minimum(least, optimum), np.maximum(most, optimum)
    for name, value in (("share", optimum), ("least_share", table["least_t"]), ("most_share", table["most_t"])):
        table[name] = value / groups.stage_t
    return table


def _hops(space: _Space, groups: Groups, x: Array, count: int) -> dict[str, Array]:
    """Plans that one after another make least where those before them made most."""
    share = sp.diags(1.0 / groups.stage_t) @ groups.weight
    weight, found = np.asarray(share @ x), {}
    for i in range(count):
        plan = space.best(np.asarray(share.T @ weight))
        found[f"hop {i + 1}"] = plan
        weight = weight + share @ plan
    return found


def _farthest(space: _Space, groups: Groups, starts: list[Array]) -> Array:
    """Of the plans at which the distance from the optimum no longer rises, the farthest."""
    share = sp.diags(1.0 / groups.stage_t) @ groups.weight
    optimum = groups.optimum_t / groups.stage_t

    def far(plan: Array) -> float:
        return float(np.sum(_apart(groups, plan)["apart"]))

    best = max(starts, key=far)
    reached: set[bytes] = set()
    for start in sorted(starts, key=far, reverse=True)[:8]:
        plan = start
        for _ in range(20):
            signs = np.where(_apart(groups, plan)["share"].to_numpy(float) >= optimum, 1.0, -1.0)
            if signs.tobytes() in reached:
                break
            reached.add(signs.tobytes())
            further = space.best(-np.asarray(share.T @ signs))
            if far(further) <= far(plan) * (1.0 + 1e-9):
                break
            plan = further
        best = plan if far(plan) > far(best) * (1.0 + 1e-9) else best
    return best


def _plan(groups: Groups, name: str, budget: float, plan: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plan": name,
            "budget": budget,
            "stage": groups.stage,
            "group": groups.name,
            "optimum_t": groups.optimum_t,
            "t": np.asarray(groups.weight @ plan),
        }
    )


def _apart(groups: Groups, plan: Array) -> pd.DataFrame:
    """Each group's share of its stage's output in a plan, and half its distance from the optimum's."""
    table = pd.DataFrame({"stage": groups.stage, "made": np.asarray(groups.weight @ plan), "before": groups.optimum_t})
    total = table.groupby("stage")[["made", "before"]].transform("sum").clip(lower=1e-9)
    table["share"] = table["made"] / total["made"]
    return table.assign(apart=0.5 * (table["share"] - table["before"] / total["before"]).abs())


def _moved(groups: Groups, name: str, budget: float, plan: Array, extra_usd: float, extra: float) -> pd.DataFrame:
    moved = _apart(groups, plan).groupby("stage")["apart"].sum()
    table = pd.DataFrame({"plan": name, "budget": budget, "stage": moved.index, "moved": moved.to_numpy(float)})
    return table.assign(extra_cost_usd=extra_usd, extra_cost=extra)
