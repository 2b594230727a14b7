"""An answer beside its network, as arrays in the network's order, and the sums that its certificate needs.

Read from the tables alone: no model builder and no solver is known here, and demand is written a second time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.world.errors import CertificateError

Array = npt.NDArray[np.float64]


class Ledger:
    """The answer as arrays in the network's order, and the sums that every check needs."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.t = tables
        self.node = pd.Index(tables["nodes"]["node"])
        self.activity = pd.Index(tables["activities"]["activity"])
        self.link = pd.Index(tables["links"]["link"])
        self.demand = pd.Index(tables["demands"]["demand"])
        self.quota = pd.Index(tables["quotas"]["quota"])
        self.z = aligned(tables["production"], "activity", "level_t", self.activity)
        self.f = aligned(tables["flows"], "link", "flow_t", self.link)
        self.price = aligned(tables["balances"], "node", "price_usd_per_t", self.node)
        self.pi = aligned(tables["limits"], "quota", "rent_usd_per_t", self.quota)
        pieces = tables["pieces"]
        self.piece_demand = self.demand.get_indexer(pieces["demand"])
        self.width, self.worth, self.bought = (pieces[c].to_numpy(float) for c in ("width_t", "usd_per_t", "bought_t"))
        self.d: Array = np.bincount(self.piece_demand, self.bought, len(self.demand)).astype(float)
        self.at = self.node.get_indexer(tables["demands"]["node"])
        recipes = tables["recipes"]
        self.ra, self.rn = (
            self.activity.get_indexer(recipes["activity"]),
            self.node.get_indexer(recipes["node"]),
        )
        self.rho = recipes["coefficient"].to_numpy(float)
        links = tables["links"]
        self.lf, self.lt = self.node.get_indexer(links["from_node"]), self.node.get_indexer(links["to_node"])
        made, n = self.rho * self.z[self.ra], len(self.node)
        self.surplus = (
            np.bincount(self.rn, made, n)
            + np.bincount(self.lt, self.f, n)
            - np.bincount(self.lf, self.f, n)
            - np.bincount(self.at, self.d, n)
        )
        passing = (
            np.bincount(self.rn, np.abs(made), n) + np.bincount(self.lt, self.f, n) + np.bincount(self.lf, self.f, n)
        )
        self.throughput = np.maximum(0.5 * (passing + np.bincount(self.at, self.d, n)), 1.0)
        self.K, self.z_min, self.k = (
            tables["activities"][c].to_numpy(float) for c in ("capacity_t", "minimum_t", "cost_usd_per_t")
        )
        self.F = links["capacity_t"].to_numpy(float)
        self.toll = links["cost_usd_per_t"].to_numpy(float) + links["duty_usd_per_t"].to_numpy(float)
        self._quotas()
        value = self.rho * self.price[self.rn]
        self.gain_z = np.bincount(self.ra, value, len(self.z)) - self.k - self.charge_z
        self.scale_z = np.maximum(np.maximum(np.bincount(self.ra, np.abs(value), len(self.z)), np.abs(self.k)), 1.0)
        self.gain_f = self.price[self.lt] - self.price[self.lf] - self.toll - self.charge_f
        self.scale_f = np.maximum(np.maximum(np.abs(self.price[self.lt]), np.abs(self.price[self.lf])), 1.0)
        at_piece = self.price[self.at][self.piece_demand]
        self.gain_d, self.scale_d = (
            self.worth - at_piece,
            np.maximum(np.abs(at_piece), np.maximum(np.abs(self.worth), 1.0)),
        )
        self.sales = max(float(np.sum(np.abs(self.price[self.at]) * self.d)), 1.0)

    def _quotas(self) -> None:
        members, quotas = self.t["quota_members"], self.t["quotas"]
        self.limit = quotas["limit_t"].to_numpy(float)
        self.is_max = quotas["sense"].to_numpy(object) == "max"
        q, w = self.quota.get_indexer(members["quota"]), members["weight"].to_numpy(float)
        self.used = np.zeros(len(self.quota))
        charges = []
        for kind, index, level in (("activity", self.activity, self.z), ("link", self.link, self.f)):
            pick = members["kind"].to_numpy(object) == kind
            i = index.get_indexer(members["member"][pick])
            self.used += np.bincount(q[pick], w[pick] * level[i], len(self.quota))
            charges.append(np.bincount(i, w[pick] * self.pi[q[pick]], len(index)))
        self.charge_z, self.charge_f = charges


class Curve:
    """Iso-elastic demand closed by a choke price, written a second time, from the table's own columns."""

    def __init__(self, demands: pd.DataFrame) -> None:
        self.d0, self.p0, self.e, self.choke, floor = (
            demands[c].to_numpy(float)
            for c in ("reference_t", "reference_usd_per_t", "elasticity", "choke_usd_per_t", "floor_share")
        )
        self.low = np.minimum(demands["saturation_usd_per_t"].to_numpy(float), self.choke)
        self.block = np.maximum(self.d0 * (self.choke / self.p0) ** self.e, floor * self.d0)

    def quantity(self, price: Array) -> Array:
        """Bought at prices (USD/t, (J,)), t."""
        bought = np.maximum(self.d0 * (np.clip(price, self.low, self.choke) / self.p0) ** self.e, self.block)
        return np.where(price > self.choke, 0.0, bought)

    def utility(self, q: Array) -> Array:
        """Worth of quantities (t, (J,)), USD."""
        top = np.maximum(q, self.block)
        e = np.where(self.e == 0.0, -2.0, self.e)
        a = 1.0 + 1.0 / e
        d0 = np.maximum(self.d0, 1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            power = ((top / d0) ** a - (self.block / d0) ** a) / a
            log = np.log(np.where(self.block > 0, top / np.maximum(self.block, 1e-300), 1.0))
        tail = self.p0 * self.d0 * np.where(np.abs(a) < 1e-12, log, power)
        return np.asarray(self.choke * np.minimum(q, self.block) + np.where(top > self.block, tail, 0.0))


def aligned(table: pd.DataFrame, key: str, value: str, index: pd.Index) -> Array:
    """A column in the network's order; raises CertificateError where a key is missing or comes twice."""
    column = pd.Series(table[value].to_numpy(float), index=pd.Index(table[key]))
    missing = index.difference(column.index)
    if len(missing) or column.index.has_duplicates:
        raise CertificateError(
            f"the answer's {value} does not have each {key} of the network once (for instance {list(missing[:1])})"
        )
    return np.asarray(column.reindex(index).to_numpy(float))
