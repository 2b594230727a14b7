"""Exporters who know that they move the price: a conjectural-variations equilibrium as one convex quadratic programme.

Around a solved market each product's price abroad is taken as linear in what exporters sell, P(Q) = a - b Q. Exporter i
sells q_i <= K_i at cost c_i + d_i q_i and believes that the others answer one tonne of its own with theta_i - 1 tonnes
of theirs: theta = 0 takes the price as given, theta = 1 is Cournot, theta = sum of all is a cartel's belief. Its
first-order condition

    P(Q) - theta_i b q_i - c_i - d_i q_i <= 0,   = 0 where 0 < q_i < K_i,   >= 0 at K_i

is that of the programme (Slade 1994; Hashimoto 1985)

    max   a Q - b Q^2 / 2 - sum_i [ c_i q_i + d_i q_i^2 / 2 + theta_i b q_i^2 / 2 ],    0 <= q <= K

which is strictly concave where demand falls, so that the equilibrium is one. The certificate computes the first-order
conditions afresh from the answer alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium
from ytterby.market.accounts import TRADED_T
from ytterby.market.report import known
from ytterby.world.errors import CertificateError, Fault, InputError, SolveError

Array = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Largest residual with which an answer is shown."""
OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "qp_regularization_value": 0.0,
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}
"""Settings of the solver: without regularisation, so that the answer is the programme's own."""
STEP = 0.05
"""Share of a product's exports that is held back to see how its price abroad answers."""
PRICE_TAKING, COURNOT = 0.0, 1.0
"""Conjectures: no influence on the price, and the others' sales as given."""


@dataclass(frozen=True)
class Rivalry:
    """One product's exporters against linear demand abroad; arrays (I,) in the order of ``names``."""

    names: tuple[str, ...]
    cost_usd_per_t: Array
    """Cost of the first tonne, c."""
    steepness_usd_per_t2: Array
    """Rise of cost a tonne, d (zero or more)."""
    capacity_t: Array
    """Most that each can sell, K; infinite where nothing limits."""
    conjecture: Array
    """theta: 0 price-taking, 1 Cournot."""
    intercept_usd_per_t: float
    """Price at which nothing is bought, a."""
    slope_usd_per_t2: float
    """Fall of the price a tonne, b (above zero)."""

    def price(self, sold: Array) -> float:
        """Price abroad for what all sell (I,), USD/t."""
        return self.intercept_usd_per_t - self.slope_usd_per_t2 * float(sold.sum())

    def marginal_gain(self, sold: Array) -> Array:
        """What each believes that one tonne more earns it, USD/t (I,)."""
        own = (self.conjecture * self.slope_usd_per_t2 + self.steepness_usd_per_t2) * sold
        return np.asarray(self.price(sold) - own - self.cost_usd_per_t)


@dataclass(frozen=True)
class Optimality:
    """Relative residuals of the first-order conditions, each the worst over exporters."""

    bounds: float
    """How far a quantity is beyond its bounds, over the market."""
    gain_left: float
    """What one tonne more would still earn an exporter who could sell it, over the price at which nothing is bought."""
    loss_borne: float
    """What the last tonne loses an exporter who sells it, likewise."""

    @property
    def holds(self) -> bool:
        """Whether every residual is within tolerance."""
        return max(self.bounds, self.gain_left, self.loss_borne) <= TOLERANCE

    def demand(self) -> None:
        """Raise CertificateError unless it holds."""
        if not self.holds:
            raise CertificateError(f"the exporters' first-order conditions do not hold; it is not shown: {self}")


@dataclass(frozen=True)
class Sold:
    """Equilibrium of one rivalry."""

    exporters: pd.DataFrame
    """exporter, conjecture, sold_t, share, cost_usd_per_t (of the last tonne), margin (price less that cost, over the
    price), profit_usd."""
    price_usd_per_t: float
    total_t: float
    buyers_usd: float
    """Surplus of buyers abroad, USD."""
    certificate: Optimality


def rivals(case: Rivalry) -> Sold:
    """Solve a rivalry as a quadratic programme (HiGHS), and certify it.

    Raises InputError with all faults, SolveError, CertificateError.

    >>> two = Rivalry(("a", "b"), np.zeros(2), np.zeros(2), np.full(2, np.inf), np.ones(2), 90.0, 1.0)
    >>> [round(t, 6) for t in rivals(two).exporters["sold_t"]]
    [30.0, 30.0]
    """
    _check(case)
    sold = _optimum(case)
    proof = certify(case, sold)
    proof.demand()
    price = case.price(sold)
    last = case.cost_usd_per_t + case.steepness_usd_per_t2 * sold
    cost = case.cost_usd_per_t * sold + 0.5 * case.steepness_usd_per_t2 * sold**2
    total = float(sold.sum())
    table = pd.DataFrame(
        {
            "exporter": list(case.names), "conjecture": case.conjecture, "sold_t": sold,
            "share": sold / total if total > 0 else np.zeros(len(sold)), "cost_usd_per_t": last,
            "margin": (price - last) / price, "profit_usd": price * sold - cost,
        }
    )  # fmt: skip
    return Sold(table, price, total, 0.5 * case.slope_usd_per_t2 * total**2, proof)


def certify(case: Rivalry, sold: Array) -> Optimality:
    """First-order conditions of every exporter at what is sold (I,)."""
    gain = case.marginal_gain(sold) / case.intercept_usd_per_t
    size = max(float(sold.sum()), 1e-300)
    near = 1e-9 * size
    more, less = sold < case.capacity_t - near, sold > near
    beyond = np.maximum(np.maximum(-sold, sold - case.capacity_t), 0.0) / size
    return Optimality(
        bounds=float(np.max(beyond)),
        gain_left=float(np.max(np.where(more, np.maximum(gain, 0.0), 0.0))),
        loss_borne=float(np.max(np.where(less, np.maximum(-gain, 0.0), 0.0))),
    )


def _optimum(case: Rivalry) -> Array:
    """Quantities (I,), t: the programme in shares of what demand would take for nothing, so that it is well scaled.

    With the total as a column of its own the Hessian is diagonal.
    """
    n, unit = len(case.names), case.intercept_usd_per_t / case.slope_usd_per_t2
    own = case.conjecture + case.steepness_usd_per_t2 / case.slope_usd_per_t2
    total = sp.csc_matrix(np.concatenate([-np.ones(n), [1.0]])[None, :])
    hessian = sp.csc_matrix(sp.diags(np.concatenate([own, [1.0]])))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n + 1, 1
    lp.col_cost_ = np.concatenate([case.cost_usd_per_t / case.intercept_usd_per_t - 1.0, [0.0]])
    lp.col_lower_ = np.zeros(n + 1)
    lp.col_upper_ = np.concatenate([np.minimum(case.capacity_t / unit, 1.0), [np.inf]])
    lp.row_lower_ = lp.row_upper_ = np.zeros(1)
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = total.indptr, total.indices, total.data
    model = highspy.HighsModel()
    model.lp_ = lp
    model.hessian_.dim_, model.hessian_.format_ = n + 1, highspy.HessianFormat.kTriangular
    model.hessian_.start_, model.hessian_.index_, model.hessian_.value_ = hessian.indptr, hessian.indices, hessian.data
    # The plain class: highspy.Highs prints a banner on standard output.
    solver: highspy.Highs = highspy._Highs()  # type: ignore[attr-defined]
    for name, value in OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolveError(f"exporters' quantities: the solver stopped with {solver.modelStatusToString(status)}")
    return np.asarray(solver.getSolution().col_value, float)[:n] * unit


def _check(case: Rivalry) -> None:
    n, faults = len(case.names), []
    for name in ("cost_usd_per_t", "steepness_usd_per_t2", "capacity_t", "conjecture"):
        values = getattr(case, name)
        if len(values) != n:
            faults.append(Fault(f"rivalry, {name}", f"{len(values)} numbers", f"one for each of {n} exporters"))
            continue
        for who, value in zip(case.names, values, strict=True):
            finite = np.isfinite(value) or (name == "capacity_t" and value > 0)
            if not finite or (value < 0 and name != "cost_usd_per_t"):
                faults.append(Fault(f"rivalry, {name} of {who}", f"{value:g}", "a number, zero or more"))
    for name in ("intercept_usd_per_t", "slope_usd_per_t2"):
        if not getattr(case, name) > 0:
            faults.append(Fault(f"rivalry, {name}", f"{getattr(case, name):g}", "above zero"))
    if not n:
        faults.append(Fault("rivalry, names", "none", "at least one exporter"))
    if faults:
        raise InputError("the rivalry does not hold together", faults)


def rivalry_of(
    network: Network, product: str, *, supply_elasticity: float, conjecture: float = COURNOT, step: float = STEP
) -> tuple[Rivalry, Sold]:
    """Linearise a market around its competitive solution, and return one product's exporters with what they sell there.

    Exporters are the places that a product leaves. Demand abroad: its fall is measured, by holding all its exports
    back by a share ``step`` and solving the market anew. Cost: its rise follows ``supply_elasticity`` at the
    competitive quantity, and its level is such that price-taking exporters sell what they do. Raises
    UnknownNameError for a product that crosses no border, SolveError where its price abroad does not rise.
    """
    free = equilibrium(network, intervals="none")
    crossing = free.flows[free.flows["from_place"].ne(free.flows["to_place"]) & free.flows["flow_t"].gt(TRADED_T)]
    name = known("product that crosses a border", product, crossing["commodity"].str.split(":").str[0])
    own = crossing["commodity"].str.split(":").str[0].eq(name)
    sold = crossing[own].groupby("from_place")["flow_t"].sum()
    total, price = float(sold.sum()), _landed(free, name)
    links = free.flows.loc[
        free.flows["commodity"].str.split(":").str[0].eq(name) & free.flows["from_place"].ne(free.flows["to_place"]),
        "link",
    ]
    quota = pd.DataFrame(
        [("rivals", (1.0 - step) * total, "max", "", "exports held back", "")],
        columns=["quota", "limit_t", "sense", "holder", "instrument", "source"],
    )
    members = pd.DataFrame({"quota": "rivals", "kind": "link", "member": links.to_numpy(object), "weight": 1.0})
    held = equilibrium(
        replace(
            free.network,
            quotas=pd.concat([free.network.quotas, quota], ignore_index=True),
            quota_members=pd.concat([free.network.quota_members, members], ignore_index=True),
        ),
        intervals="none",
        start=free,
    )
    slope = (_landed(held, name) - price) / (step * total)
    if not slope > 0:
        raise SolveError(
            f"the price of {name} abroad does not rise when {step:.0%} of its exports are held back: buyers have "
            "another source at the same cost, and no exporter moves it"
        )
    quantity = sold.to_numpy(float)
    rise = price / (supply_elasticity * quantity)
    n = len(quantity)
    case = Rivalry(
        names=tuple(str(p) for p in sold.index),
        cost_usd_per_t=price - rise * quantity,
        steepness_usd_per_t2=rise,
        capacity_t=np.full(n, np.inf),
        conjecture=np.full(n, conjecture),
        intercept_usd_per_t=price + slope * total,
        slope_usd_per_t2=slope,
    )
    return case, rivals(replace(case, conjecture=np.zeros(n)))


def _landed(outcome: Outcome, product: str) -> float:
    """Mean price of a product where it arrives from another place, by what arrives, USD/t."""
    flows = outcome.flows
    own = flows["commodity"].str.split(":").str[0].eq(product) & flows["from_place"].ne(flows["to_place"])
    own &= flows["flow_t"].gt(TRADED_T)
    price = flows["to_node"].map(outcome.balances.set_index("node")["price_usd_per_t"])
    weight = flows["flow_t"].where(own, 0.0)
    return float((price.to_numpy(float) * weight.to_numpy(float)).sum() / weight.to_numpy(float).sum())
