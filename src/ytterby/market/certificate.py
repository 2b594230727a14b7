"""Is the answer an answer? Checked from the tables alone: no model builder and no solver is known here.

From levels, flows, pieces bought and node prices, with the network's own numbers, it is computed afresh

- *primal*: largest violation of a balance, bound or quota, relative to what passes there;
- *dual*: largest gain that an unbounded activity, link or piece would still make at the prices, and wrong signs;
- *complementarity*: no activity runs at a loss, none that gains is held back, no surplus has a price;
- *gap*: dual less primal objective, relative to all sales;
- *mass_balance*: for every element, what was mined less what was bought, left over and lost; and no process may make
  an element that it was not fed; relative to the element's throughput;
- *curve_gap*: how much welfare the linear pieces can have missed on the true demand curves, relative to all sales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ytterby.market.ledger import Array, Curve, Ledger, aligned
from ytterby.market.paid import paid_prices
from ytterby.world.errors import CertificateError

TOLERANCES: Mapping[str, float] = {
    "primal": 1e-6,
    "dual": 1e-6,
    "complementarity": 1e-6,
    "gap": 1e-6,
    "mass_balance": 1e-9,
    "curve_gap": 1e-4,
    "tables": 1e-9,
}
"""Largest residual with which an answer is shown."""


@dataclass(frozen=True)
class Certificate:
    """Relative residuals of an answer, and where each is largest."""

    primal: float
    dual: float
    complementarity: float
    gap: float
    mass_balance: float
    curve_gap: float
    tables: float
    """Disagreement of the printed tables with one another (prices with balances, consumption with its pieces)."""
    worst: Mapping[str, str] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether every residual is within its tolerance."""
        return not self.failures()

    def failures(self) -> list[str]:
        """Each residual that is too large, in words."""
        return [
            f"{name} residual {getattr(self, name):.2e} is above {limit:.0e}"
            + (f", at {self.worst[name]}" if self.worst.get(name) else "")
            for name, limit in TOLERANCES.items()
            if not getattr(self, name) <= limit
        ]

    def demand(self) -> None:
        """Raise CertificateError unless the certificate holds."""
        if not self.holds:
            raise CertificateError(
                "the answer's certificate does not hold; it is not shown\n  - " + "\n  - ".join(self.failures())
            )


def certify(tables: Mapping[str, pd.DataFrame]) -> Certificate:
    """Certify an answer from its network's tables and its own: production, flows, pieces, balances, limits,
    prices, consumption.

    Raises CertificateError when a table lacks rows that the network has.
    """
    found = _Checks(tables)
    checks = {
        "primal": found.primal(),
        "dual": found.dual(),
        "complementarity": found.complementarity(),
        "gap": (found.gap(), ""),
        "mass_balance": found.mass_balance(),
        "curve_gap": found.curve_gap(),
        "tables": found.agreement(),
    }
    return Certificate(**{k: v[0] for k, v in checks.items()}, worst={k: v[1] for k, v in checks.items() if v[1]})


class _Checks(Ledger):
    """Each residual of the answer: how large, and where it is largest."""

    def primal(self) -> tuple[float, str]:
        free = self.t["nodes"]["free_disposal"].to_numpy(bool)
        balance = np.where(free, np.maximum(-self.surplus, 0.0), np.abs(self.surplus)) / self.throughput
        over = np.where(self.is_max, self.used - self.limit, self.limit - self.used) / np.maximum(
            np.abs(self.limit), 1.0
        )
        return _worst(
            ("node", self.node, balance),
            ("activity", self.activity, _outside(self.z, self.z_min, self.K)),
            ("link", self.link, _outside(self.f, np.zeros_like(self.f), self.F)),
            (
                "buyer",
                self.demand[self.piece_demand],
                _outside(self.bought, np.zeros_like(self.width), self.width),
            ),
            ("quota", self.quota, np.maximum(over, 0.0)),
        )

    def dual(self) -> tuple[float, str]:
        free = self.t["nodes"]["free_disposal"].to_numpy(bool)
        scale = np.maximum(float(np.max(np.abs(self.price), initial=0.0)) * 1e-3, 1.0)
        return _worst(
            ("node", self.node, np.where(free, np.maximum(-self.price, 0.0), 0.0) / scale),
            (
                "activity",
                self.activity,
                np.where(np.isinf(self.K), np.maximum(self.gain_z, 0.0), 0.0) / self.scale_z,
            ),
            ("link", self.link, np.where(np.isinf(self.F), np.maximum(self.gain_f, 0.0), 0.0) / self.scale_f),
            ("quota", self.quota, np.maximum(np.where(self.is_max, -self.pi, self.pi), 0.0) / scale),
        )

    def complementarity(self) -> tuple[float, str]:
        free = self.t["nodes"]["free_disposal"].to_numpy(bool)
        left = np.where(
            free,
            np.minimum(
                np.abs(self.price) / np.maximum(np.abs(self.price), 1.0),
                np.abs(self.surplus) / self.throughput,
            ),
            0.0,
        )
        slack = np.minimum(
            np.abs(self.pi) / np.maximum(np.abs(self.pi), 1.0),
            np.abs(self.limit - self.used) / np.maximum(np.abs(self.limit), 1.0),
        )
        return _worst(
            ("node", self.node, left),
            ("activity", self.activity, _at_odds(self.gain_z / self.scale_z, self.z, self.z_min, self.K)),
            ("link", self.link, _at_odds(self.gain_f / self.scale_f, self.f, np.zeros_like(self.f), self.F)),
            (
                "buyer",
                self.demand[self.piece_demand],
                _at_odds(self.gain_d / self.scale_d, self.bought, np.zeros_like(self.width), self.width),
            ),
            ("quota", self.quota, slack),
        )

    def _rents(self) -> float:
        bound = np.where(np.isinf(self.K), 0.0, self.K)
        allowance = np.where(np.isinf(self.F), 0.0, self.F)
        capacity = float(bound @ np.maximum(self.gain_z, 0.0) - self.z_min @ np.maximum(-self.gain_z, 0.0))
        return capacity + float(allowance @ np.maximum(self.gain_f, 0.0)) + float(self.limit @ self.pi)

    def _cost(self) -> float:
        return float(self.k @ self.z + self.toll @ self.f)

    def gap(self) -> float:
        dual = self._rents() + float(self.width @ np.maximum(self.gain_d, 0.0))
        primal = float(self.worth @ self.bought) - self._cost()
        return abs(dual - primal) / self.sales

    def curve_gap(self) -> tuple[float, str]:
        curve = Curve(self.t["demands"])
        price = self.price[self.at]
        best = curve.quantity(price)
        missed = curve.utility(best) - price * best - (curve.utility(self.d) - price * self.d)
        worst = self.demand[int(np.argmax(missed))] if len(missed) else ""
        return abs(float(np.sum(missed))) / self.sales, f"buyer {worst}" if worst else ""

    def mass_balance(self) -> tuple[float, str]:
        contents = self.t["contents"]
        table = contents.pivot_table(
            index="commodity", columns="element", values="t_per_t", aggfunc="sum", fill_value=0.0
        )
        share = table.reindex(self.t["nodes"]["commodity"]).fillna(0.0).to_numpy(float)
        elements = table.columns.astype(str)
        flow = (self.rho * self.z[self.ra])[:, None] * share[self.rn]
        made = np.zeros((len(self.activity), share.shape[1]))
        fed = np.zeros_like(made)
        np.add.at(made, self.ra, np.maximum(flow, 0.0))
        np.add.at(fed, self.ra, np.maximum(-flow, 0.0))
        source = fed.sum(axis=1) == 0.0
        mined = made[source].sum(axis=0)
        lost = (fed - made)[~source].sum(axis=0)
        bought = (self.d[:, None] * share[self.at]).sum(axis=0)
        left = np.maximum(self.surplus, 0.0) * self.t["nodes"]["free_disposal"].to_numpy(bool)
        kept = (left[:, None] * share).sum(axis=0)
        throughput = np.maximum(np.maximum(mined, bought), 1.0)
        created = np.where(source[:, None], 0.0, np.maximum(made - fed, 0.0)) / throughput
        worst_process = np.max(created, axis=1, initial=0.0)
        return _worst(
            ("element", elements, np.abs(mined - bought - lost - kept) / throughput),
            ("activity that makes more of an element than it is fed:", self.activity, worst_process),
        )

    def agreement(self) -> tuple[float, str]:
        shown = self.t["prices"].dropna(subset=["point"])
        price = self.price[self.node.get_indexer(shown["node"])] / 1000.0
        off = np.abs(shown["point"].to_numpy(float) - price) / np.maximum(np.abs(price), 1e-3)
        said = aligned(self.t["consumption"], "demand", "bought_t", self.demand)
        curve = Curve(self.t["demands"])
        full: Array = np.bincount(self.piece_demand, self.width, len(self.demand)).astype(float)
        worth = np.bincount(self.piece_demand, self.width * self.worth, len(self.demand))
        over = np.maximum(worth - curve.utility(full) * (1 + 1e-9), 0.0) / np.maximum(worth, 1.0)
        return _worst(
            ("price of node", pd.Index(shown["node"]), off),
            ("price paid at node", pd.Index(shown["node"]), self._paid_as_told(shown)),
            ("consumption of", self.demand, np.abs(said - self.d) / np.maximum(self.d, 1.0)),
            ("pieces of the demand curve of", self.demand, over),
            *self._rents_as_told(),
        )

    def _paid_as_told(self, shown: pd.DataFrame) -> Array:
        """Prices paid in the prices table against those that flows, prices and rents imply."""
        if "paid" not in shown:
            return np.zeros(len(shown))
        due = paid_prices(self.t, self.z, self.f, self.price, self.pi)[0][self.node.get_indexer(shown["node"])] / 1000.0
        said = shown["paid"].to_numpy(float)
        off = np.abs(said - due) / np.maximum(np.abs(due), 1e-3)
        return np.asarray(np.where(np.isnan(due) & np.isnan(said), 0.0, off))

    def _rents_as_told(self) -> list[tuple[str, pd.Index, Array]]:
        """Rents per t in the rents table against the gains that the prices imply."""
        told = self.t["rents"]
        per_t = pd.Series(told["rent_usd_per_t"].to_numpy(float), index=pd.MultiIndex.from_frame(told[["kind", "key"]]))
        checks = []
        for kinds, keys, gain, scale, level in (
            (("capacity", "minimum"), self.activity, self.gain_z, self.scale_z, self.z),
            (("allowance",), self.link, self.gain_f, self.scale_f, self.f),
        ):
            due = np.where(level > 0, np.where(np.abs(gain) > 1e-9 * scale, gain, 0.0), 0.0)
            said = sum(
                np.asarray(per_t.reindex(pd.MultiIndex.from_product([[kind], keys])).fillna(0.0), float)
                for kind in kinds
            )
            off = np.abs(np.where(np.abs(due) > 1e-3, due, 0.0) - np.where(np.abs(said) > 1e-3, said, 0.0))
            small = np.maximum(np.abs(due), np.abs(said)) < 2e-3
            held = np.maximum(np.abs(level), 0.0) > 1e-3
            checks.append(("rent of", keys, np.where(small | ~held, 0.0, off / np.maximum(scale, 1.0))))
        return checks


def _outside(value: Array, low: Array, high: Array) -> Array:
    scale = np.maximum(np.where(np.isfinite(high), np.abs(high), np.abs(value)), 1.0)
    return np.maximum(np.maximum(low - value, value - high), 0.0) / scale


def _at_odds(gain: Array, value: Array, low: Array, high: Array) -> Array:
    """The smaller of relative gain (or loss) and relative distance from the bound where it ought to be."""
    scale = np.maximum(np.abs(value), 1.0)
    held_back = np.where(
        np.isfinite(high), (high - value) / np.maximum(np.where(np.isfinite(high), high, 1.0), 1.0), 0.0
    )
    up = np.minimum(np.maximum(gain, 0.0), np.maximum(held_back, 0.0))
    down = np.minimum(np.maximum(-gain, 0.0), np.maximum(value - low, 0.0) / scale)
    return np.maximum(up, down)


def _worst(*parts: tuple[str, pd.Index, Array]) -> tuple[float, str]:
    """Largest residual over the parts, and the name of the row that has it; a missing number counts as infinite."""
    top, where = 0.0, ""
    for kind, names, residual in parts:
        if not len(residual):
            continue
        size = np.where(np.isnan(residual), np.inf, residual)
        i = int(np.argmax(size))
        if size[i] > top:
            top, where = float(size[i]), f"{kind} {names[i]}"
    return top, where
