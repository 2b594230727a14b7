"""Laws of the competitive one-period model, each on its own domain."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from worlds import chain

from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium
from ytterby.market.arrays import MONEY, exported, written
from ytterby.market.clash import irreducible
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.inputs import checked
from ytterby.market.outcome import TABLES
from ytterby.market.refine import first_cut
from ytterby.market.simplex import optimum


def small(seed: int) -> Network:
    return chain(seed, places=12, ores=4, separators=4, wide_links=False)


def prefixed(network: Network, name: str) -> Network:
    """The same network under other names, so that it touches no other."""
    keys = {"node", "commodity", "place", "activity", "link", "from_node", "to_node", "demand", "quota", "member"}
    tables = {}
    for f in fields(network):
        table = getattr(network, f.name)
        if isinstance(table, pd.DataFrame):
            tables[f.name] = table.assign(**{c: name + table[c] for c in table.columns if c in keys})
    return replace(network, **tables)


def shuffled(network: Network, seed: int) -> Network:
    rng = np.random.default_rng(seed)
    tables = {}
    for f in fields(network):
        table = getattr(network, f.name)
        if isinstance(table, pd.DataFrame):
            tables[f.name] = table.iloc[rng.permutation(len(table))]
    return replace(network, **tables)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.floats(1.0, 3.0), st.sampled_from(["capacity", "quota", "freight", "link"]))
def test_relaxing_a_constraint_never_lowers_welfare(seed: int, factor: float, which: str) -> None:
    """Domain: one period, no duties (they are wedges: with them a laxer limit can cost more revenue than it brings)."""
    network = small(seed)
    network = replace(network, links=network.links.assign(duty_usd_per_t=0.0))
    if which == "link":
        network.links["capacity_t"] = 500.0
    rng = np.random.default_rng(seed)
    activities, quotas, links = network.activities.copy(), network.quotas.copy(), network.links.copy()
    if which == "capacity":
        activities["capacity_t"] *= np.where(rng.random(len(activities)) < 0.5, factor, 1.0)
    elif which == "quota":
        quotas["limit_t"] *= factor
    elif which == "link":
        links["capacity_t"] *= factor
    else:
        links["cost_usd_per_t"] /= factor
    before = equilibrium(network, intervals="none").total_welfare_usd
    after = equilibrium(
        replace(network, activities=activities, quotas=quotas, links=links), intervals="none"
    ).total_welfare_usd
    assert after >= before * (1 - 1e-7)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_mass_is_conserved_and_every_residual_is_small(seed: int) -> None:
    certificate = equilibrium(small(seed), intervals="none").certificate
    assert max(certificate.primal, certificate.dual, certificate.complementarity, certificate.gap) <= 1e-6
    assert certificate.mass_balance <= 1e-9


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 2.0))
def test_any_prices_bound_welfare_from_above(seed: int, spread: float) -> None:
    """Weak duality. Domain: bounded activities and links, free disposal, prices of zero or more."""
    network = WEAK
    out = WEAK_OUTCOME
    rng = np.random.default_rng(seed)
    price = out.balances["price_usd_per_t"].to_numpy() * np.exp(spread * rng.standard_normal(len(out.balances)))
    at = dict(zip(out.balances["node"], np.maximum(price, 0.0), strict=True))
    value = network.recipes["coefficient"] * network.recipes["node"].map(at)
    gain = value.groupby(network.recipes["activity"]).sum().reindex(network.activities["activity"]).to_numpy()
    gain = gain - network.activities["cost_usd_per_t"].to_numpy()
    wedge = network.links["to_node"].map(at) - network.links["from_node"].map(at) - network.links["cost_usd_per_t"]
    curves = DemandCurves.of(network.demands)
    paid = network.demands["node"].map(at).to_numpy()
    best = curves.quantity(paid)
    bound = float(
        np.maximum(gain, 0.0) @ network.activities["capacity_t"]
        + np.maximum(wedge, 0.0) @ network.links["capacity_t"]
        + np.sum(curves.utility(best) - paid * best)
    )
    assert bound >= out.total_welfare_usd * (1 - 1e-9)


def _bounded() -> Network:
    network = small(3)
    return replace(
        network,
        nodes=network.nodes.assign(free_disposal=True),
        activities=network.activities.assign(capacity_t=network.activities["capacity_t"].clip(upper=5e4)),
        links=network.links.assign(capacity_t=2e4, duty_usd_per_t=0.0),
        quotas=network.quotas.iloc[:0],
        quota_members=network.quota_members.iloc[:0],
    )


WEAK = checked(_bounded())
WEAK_OUTCOME = equilibrium(WEAK, intervals="none")


def test_two_regions_that_do_not_touch_price_independently() -> None:
    a, b = prefixed(small(1), "a/"), prefixed(small(2), "b/")
    both = replace(
        a,
        **{
            f.name: pd.concat([getattr(a, f.name), getattr(b, f.name)], ignore_index=True)
            for f in fields(a)
            if isinstance(getattr(a, f.name), pd.DataFrame)
        },
    )
    # Pieces are cut by rounds that end together: agreement is that of two cuts of the curves, not of rounding.
    together = equilibrium(both, intervals="none", tolerance=1e-6).prices.set_index("node")["point"]
    for part in (a, b):
        alone = equilibrium(part, intervals="none", tolerance=1e-6).prices.set_index("node")["point"]
        joint = together.reindex(alone.index)
        assert (alone.isna() == joint.isna()).all()
        sold = alone.index.isin(part.demands["node"]) & alone.notna()
        assert np.max(np.abs(joint - alone)[sold] / alone[sold].abs().clip(lower=1e-3)) < 1e-4


def test_the_same_programme_through_another_solver(network: Network) -> None:
    net = checked(small(5))
    arrays = exported(net, first_cut(DemandCurves.of(net.demands)))
    ours = optimum(arrays)
    equal = arrays.row_low == arrays.row_high
    upper, lower = np.isfinite(arrays.row_high) & ~equal, np.isfinite(arrays.row_low) & ~equal
    A = arrays.A.tocsr()
    theirs = linprog(
        arrays.c,
        A_ub=sp.vstack([A[upper], -A[lower]]) if (upper | lower).any() else None,
        b_ub=np.concatenate([arrays.row_high[upper], -arrays.row_low[lower]]) if (upper | lower).any() else None,
        A_eq=A[equal],
        b_eq=arrays.row_low[equal],
        bounds=np.column_stack([arrays.low, arrays.high]),
        method="highs-ipm",
    )
    assert theirs.fun == pytest.approx(ours.objective, rel=1e-8)
    assert MONEY * theirs.fun < 0


def test_arrays_written_from_the_tables_are_those_of_the_documented_model(network: Network) -> None:
    for net in (checked(network), checked(small(5)), WEAK):
        utility = first_cut(DemandCurves.of(net.demands))
        documented, direct = exported(net, utility), written(net, utility)
        for name in ("c", "low", "high", "row_low", "row_high"):
            assert np.array_equal(getattr(documented, name), getattr(direct, name)), name
        assert documented.A.shape == direct.A.shape
        for name in ("indptr", "indices", "data"):
            assert np.array_equal(getattr(documented.A, name), getattr(direct.A, name)), name
        assert documented.row_names == direct.row_names
        assert documented.column_names == direct.column_names


def test_row_order_changes_no_byte(network: Network, outcome: Outcome) -> None:
    again = equilibrium(shuffled(network, 7))
    for name in TABLES:
        assert getattr(again, name).to_csv(index=False) == getattr(outcome, name).to_csv(index=False), name


def test_the_plan_does_not_depend_on_the_vertex_that_the_solver_met(network: Network) -> None:
    """Columns and rows in another order lead the simplex method elsewhere; the tie-break leads back."""
    from ytterby.market.gifts import gifts, nudged
    from ytterby.market.simplex import Basis, exact
    from ytterby.market.tiebreak import spread

    net = checked(network)
    arrays = exported(net, first_cut(DemandCurves.of(net.demands)))
    gift = gifts(net, arrays)
    # Without a trifle on each cost, ties among levels fall as the solver's path has it; prices stay the gifts' own.
    given = nudged(arrays, replace(gift, costs=np.zeros_like(gift.costs)))
    first = exact(arrays, optimum(arrays, optimum(given).basis))
    plan = spread(arrays, first)
    rng = np.random.default_rng(0)
    p, q = rng.permutation(len(arrays.c)), rng.permutation(arrays.A.shape[0])

    def moved(a):  # type: ignore[no-untyped-def]
        return replace(
            a,
            A=a.A[q][:, p].tocsc(),
            c=a.c[p],
            low=a.low[p],
            high=a.high[p],
            row_low=a.row_low[q],
            row_high=a.row_high[q],
        )

    other = optimum(moved(arrays), optimum(moved(given)).basis)
    basis = Basis(np.empty_like(first.basis.columns), np.empty_like(first.basis.rows))
    basis.columns[p], basis.rows[q] = other.basis.columns, other.basis.rows
    back = replace(
        first, x=np.empty_like(first.x), rows=np.empty_like(first.rows), price=np.empty_like(first.price), basis=basis
    )
    back.x[p], back.rows[q], back.price[q] = other.x, other.rows, other.price
    back = exact(arrays, back)
    levels = slice(0, arrays.n_activities + arrays.n_links)
    assert np.max(np.abs(back.x - first.x)[levels]) > 1.0, "the two vertices differ"
    assert np.max(np.abs(spread(arrays, back) - plan)[levels]) < 1e-4
    passing = (abs(arrays.A) @ plan)[: arrays.n_nodes] > 1e-5
    assert np.max(np.abs(back.price - first.price)[: arrays.n_nodes][passing]) < 1e-7


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["quota", "minimum"]))
def test_a_named_contradiction_is_one_and_is_irreducible(seed: int, kind: str) -> None:
    """Domain: any infeasible network. The named rows and bounds alone clash; without any one of them they do not."""
    network = small(seed)
    rng = np.random.default_rng(seed)
    activities, quotas = network.activities.copy(), network.quotas.copy()
    if kind == "quota":
        one = rng.integers(len(quotas))
        made = activities["activity"].str.startswith("separate")
        activities.loc[made, "capacity_t"] = quotas["limit_t"].min() / 100.0
        quotas.loc[one, "sense"] = "min"
    else:
        mine = activities.index[activities["kind"] == "mine"][rng.integers((activities["kind"] == "mine").sum())]
        activities.loc[mine, "minimum_t"] = activities.loc[mine, "capacity_t"]
        network = replace(network, nodes=network.nodes.assign(free_disposal=False))
        quotas["limit_t"] *= 1e-3
        activities.loc[activities["kind"] == "disposal", "capacity_t"] = 1.0
    net = checked(replace(network, activities=activities, quotas=quotas))
    arrays = written(net, first_cut(DemandCurves.of(net.demands)))
    clash = irreducible(arrays, np.arange(len(arrays.row_low)))
    assert clash is not None

    def meets(rows: tuple[int, ...], lower: tuple[int, ...], upper: tuple[int, ...]) -> bool:
        low, high = np.full_like(arrays.low, -np.inf), np.full_like(arrays.high, np.inf)
        low[list(lower)], high[list(upper)] = arrays.low[list(lower)], arrays.high[list(upper)]
        kept = list(rows)
        above = np.concatenate([arrays.row_high[kept], -arrays.row_low[kept]])
        sides = sp.vstack([arrays.A.tocsr()[kept], -arrays.A.tocsr()[kept]]).tocsr()
        told, touched = np.isfinite(above), np.unique(sides.indices)
        if not len(touched):
            return bool((above[told] >= 0.0).all())
        part = linprog(
            np.zeros(len(touched)),
            A_ub=sides[told][:, touched],
            b_ub=above[told],
            bounds=np.column_stack([low, high])[touched],
        )
        assert part.status in (0, 2), part.message
        return part.status == 0

    assert not meets(clash.rows, clash.lower, clash.upper)
    for name in ("rows", "lower", "upper"):
        members = getattr(clash, name)
        for i in range(min(len(members), 6)):
            fewer = {**vars(clash), name: members[:i] + members[i + 1 :]}
            assert meets(fewer["rows"], fewer["lower"], fewer["upper"])
