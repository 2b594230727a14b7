"""The welfare maximum, as it is written down: activity analysis in space (Koopmans 1951), one convex programme.

    max   sum_j U_j(d_j) - sum_a k_a z_a - sum_l (t_l + tau_l) f_l
    s.t.  sum_a rho[a,n] z_a + inflow_n - outflow_n - d_n >= 0   (= 0 without free disposal)     price lambda[n]
          z_min <= z <= K,   0 <= f <= F,   sum of weights in a quota <= its limit

A duty tau is a wedge between two prices: it steers the decision here, and is booked as revenue, not as a
resource, when the answer is accounted for. A node is a commodity at a place with an origin tag; periods are
more nodes, linked by stock activities.
"""

from __future__ import annotations

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from ytterby.chain.network import Network
from ytterby.market.demand_curve import Segments


def welfare_maximum(network: Network, utility: Segments) -> linopy.Model:
    """Write a checked network as a linopy model: variables z, f, d; constraints balance and quota.

    ``utility`` holds U_j as linear pieces, one row per row of ``network.demands``.
    """
    nodes, activities, links = network.nodes, network.activities, network.links
    recipes, demands, quotas = network.recipes, network.demands, network.quotas

    node = pd.Index(nodes["node"], name="node")
    activity = pd.Index(activities["activity"], name="activity")
    link = pd.Index(links["link"], name="link")
    demand = pd.Index(demands["demand"], name="demand")
    piece = pd.RangeIndex(utility.width_t.shape[1], name="piece")

    K, z_min, k = (_by(activity, activities[c]) for c in ("capacity_t", "minimum_t", "cost_usd_per_t"))
    F, t, tau = (_by(link, links[c]) for c in ("capacity_t", "cost_usd_per_t", "duty_usd_per_t"))
    width, worth = (xr.DataArray(v, coords=[demand, piece]) for v in (utility.width_t, utility.usd_per_t))

    m = linopy.Model()
    z = m.add_variables(lower=z_min, upper=K, coords=[activity], name="z")
    f = m.add_variables(lower=0.0, upper=F, coords=[link], name="f")
    d = m.add_variables(lower=0.0, upper=width, coords=[demand, piece], name="d")

    terms: list[linopy.LinearExpression] = []
    if len(recipes):
        rho = _along("entry", recipes["coefficient"])
        terms.append(
            (rho * _pick(z, "activity", recipes["activity"], "entry")).groupby(_group(recipes["node"], "entry")).sum()
        )
    if len(links):
        terms.append(f.groupby(_group(links["to_node"], "link", link)).sum())
        terms.append(-1 * f.groupby(_group(links["from_node"], "link", link)).sum())
    if len(demands):
        terms.append(-1 * d.sum("piece").groupby(_group(demands["node"], "demand", demand)).sum())
    surplus = linopy.merge([term.reindex(node=node).fillna(0) for term in terms], cls=linopy.LinearExpression)
    sense = xr.DataArray(np.where(nodes["free_disposal"].to_numpy(bool), ">=", "="), coords=[node])
    m.add_constraints(surplus, sense, 0.0, name="balance")

    if len(quotas):
        quota = pd.Index(quotas["quota"], name="quota")
        counted: list[linopy.LinearExpression] = []
        for variable, dim, kind in ((z, "activity", "activity"), (f, "link", "link")):
            members = network.quota_members[network.quota_members["kind"] == kind].reset_index(drop=True)
            if len(members):
                weight = _along("entry", members["weight"])
                total = (
                    (weight * _pick(variable, dim, members["member"], "entry"))
                    .groupby(_group(members["quota"], "entry"))
                    .sum()
                )
                counted.append(total.reindex(quota=quota).fillna(0))
        bound = xr.DataArray(np.where(quotas["sense"] == "max", "<=", ">="), coords=[quota])
        if counted:
            m.add_constraints(
                linopy.merge(counted, cls=linopy.LinearExpression),
                bound,
                _by(quota, quotas["limit_t"]),
                name="quota",
            )

    m.add_objective((worth * d).sum() - (k * z).sum() - ((t + tau) * f).sum(), sense="max")
    return m


def _by(index: pd.Index, values: pd.Series) -> xr.DataArray:
    return xr.DataArray(values.to_numpy(float), coords=[index])


def _along(dim: str, values: pd.Series) -> xr.DataArray:
    return xr.DataArray(values.to_numpy(float), dims=dim, coords={dim: np.arange(len(values))})


def _pick(variable: linopy.Variable, dim: str, keys: pd.Series, entry: str) -> linopy.Variable:
    chosen = xr.DataArray(keys.to_numpy(object), dims=entry, coords={entry: np.arange(len(keys))})
    return variable.sel({dim: chosen})


def _group(keys: pd.Series, dim: str, index: pd.Index | None = None) -> pd.Series:
    name = "quota" if keys.name == "quota" else "node"
    labels = pd.RangeIndex(len(keys), name=dim) if index is None else index
    return pd.Series(keys.to_numpy(object), index=labels, name=name)
