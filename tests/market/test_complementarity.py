"""The equilibrium as a mixed complementarity problem, solved by other means: no programme, no solver, no linear pieces.

    0 <= z, f within bounds   perpendicular to   cost less what is earned
    0 <= lambda               perpendicular to   made + arriving - leaving - d(lambda)
    0 <= pi                   perpendicular to   limit - used

written with the smoothed Fischer-Burmeister function for boxes (Billups 1995; Kanzow 1996), and followed to zero
smoothing by scipy's root finder.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import root
from worlds import Draft

from ytterby.chain.network import Network
from ytterby.market import equilibrium

T, USD = 100.0, 1000.0
"""Units of the complementarity problem: 100 t and thousand USD per t."""


def _world(seed: int) -> Network:
    """Two mines of two ores, a separator at each of two places, three markets, freight, a quota; all elastic."""
    rng = np.random.default_rng(seed)
    draft = Draft()
    places = ["a", "b", "c"]
    for product in ("light", "heavy"):
        for p in places:
            draft.node(product, p)
    for p in places[:2]:
        ore = draft.node(f"ore-{p}", p)
        draft.activity(f"mine {p}", {ore: 1.0}, rng.uniform(500, 1500), capacity=rng.uniform(200, 600))
        heavy = rng.uniform(0.05, 0.3)
        recipe = {ore: -1.0, f"light|{p}": 0.9 - heavy, f"heavy|{p}": heavy}
        draft.activity(f"separate {p}", recipe, rng.uniform(200, 900), capacity=rng.uniform(100, 500))
    for product in ("light", "heavy"):
        for i, p in enumerate(places):
            for j, q in enumerate(places):
                if i != j:
                    draft.link(f"{product}|{p}", f"{product}|{q}", rng.uniform(30, 120), rng.uniform(0, 50))
        for p in places:
            price = (2000.0 if product == "light" else 8000.0) * rng.uniform(0.7, 1.4)
            draft.demand(f"{product}|{p}", rng.uniform(30, 100), price, -rng.uniform(0.4, 1.5), choke=500 * price)
    made = {("activity", "separate a"): 1.0, ("activity", "separate b"): 0.8}
    draft.quota("licence", rng.uniform(250, 700), made)
    return draft.network()


def _phi(a: np.ndarray, b: np.ndarray, smooth: float) -> np.ndarray:
    return a + b - np.sqrt(a * a + b * b + 2.0 * smooth * smooth)


def _box(x: np.ndarray, low: np.ndarray, high: np.ndarray, F: np.ndarray, smooth: float) -> np.ndarray:
    """Zero where x is at its lower bound with F >= 0, at its upper bound with F <= 0, or between them with F = 0."""
    inner = np.where(np.isfinite(high), -_phi(np.where(np.isfinite(high), high - x, 1.0), -F, smooth), F)
    return _phi(x - low, inner, smooth)


def _complementarity(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels (t), prices (USD/t) by node and quota rents (USD/t) of the problem."""
    a, links, d, q = network.activities, network.links, network.demands, network.quotas
    node = {n: i for i, n in enumerate(network.nodes["node"])}
    act = {n: i for i, n in enumerate(a["activity"])}
    n_a, n_l, n_n, n_q = len(a), len(links), len(node), len(q)
    A = np.zeros((n_n, n_a + n_l))
    for r in network.recipes.itertuples():
        A[node[r.node], act[r.activity]] += r.coefficient
    for i, link in enumerate(links.itertuples()):
        A[node[link.to_node], n_a + i] += 1.0
        A[node[link.from_node], n_a + i] -= 1.0
    Q = np.zeros((n_q, n_a + n_l))
    for m in network.quota_members.itertuples():
        Q[list(q["quota"]).index(m.quota), act[m.member]] += m.weight
    cost = np.concatenate([a["cost_usd_per_t"], links["cost_usd_per_t"] + links["duty_usd_per_t"]]) / USD
    high = np.concatenate([a["capacity_t"], links["capacity_t"]]) / T
    limit, at = q["limit_t"].to_numpy() / T, [node[n] for n in d["node"]]
    d0, p0 = d["reference_t"].to_numpy() / T, d["reference_usd_per_t"].to_numpy() / USD
    e, choke = d["elasticity"].to_numpy(), d["choke_usd_per_t"].to_numpy() / USD

    def residual(v: np.ndarray, smooth: float) -> np.ndarray:
        x, price, rent = np.split(v, [n_a + n_l, n_a + n_l + n_n])
        bought = np.zeros(n_n)
        np.add.at(bought, at, d0 * (np.clip(price[at], 0.05 * p0, choke) / p0) ** e)
        return np.concatenate(
            [
                _box(x, np.zeros_like(x), high, cost - A.T @ price + Q.T @ rent, smooth),
                _phi(price, A @ x - bought, smooth),
                _phi(rent, limit - Q @ x, smooth),
            ]
        )

    start = np.ones(n_a + n_l + n_n)
    start[n_a + n_l :][at] = p0
    v = np.concatenate([start, np.ones(n_q)])
    smooth = 4.0
    while smooth > 1e-9:
        smooth *= 0.6
        found = root(residual, v, args=(smooth,), method="hybr", options={"xtol": 1e-13})
        v = found.x if found.success else root(residual, v, args=(smooth,), method="lm", options={"xtol": 1e-13}).x
    v = root(residual, v, args=(1e-10,), method="hybr", options={"xtol": 1e-14}).x
    assert np.max(np.abs(residual(v, 0.0))) < 1e-7, "the complementarity problem is solved"
    return v[: n_a + n_l] * T, v[n_a + n_l : n_a + n_l + n_n] * USD, v[n_a + n_l + n_n :] * USD


@pytest.mark.parametrize("seed", range(10))
def test_the_equilibrium_solves_the_complementarity_problem(seed: int) -> None:
    network = _world(seed)
    out = equilibrium(network)
    _, price, rent = _complementarity(network)
    ours = out.balances.set_index("node")["price_usd_per_t"].reindex(network.nodes["node"]).to_numpy()
    sold = network.nodes["node"].isin(network.demands["node"]).to_numpy()
    assert ours[sold] == pytest.approx(price[sold], rel=1e-6)
    limits = out.limits["rent_usd_per_t"].to_numpy()
    assert limits == pytest.approx(rent, rel=1e-6, abs=1e-3)
