"""Where a solve may begin: the basis and the prices of another outcome, matched key by key.

What two networks share keeps its place in the basis; what is new starts at rest, and buyers' curves are cut at the
prices that they paid there. A start changes how long a solve takes, not what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.chain.network import Network
from ytterby.market.arrays import Array, Arrays, written
from ytterby.market.demand_curve import DemandCurves, Segments
from ytterby.market.outcome import Outcome
from ytterby.market.refine import pieces
from ytterby.market.simplex import AT_LOWER, AT_UPPER, BASIC, Basis

NEAR_STEP = 0.05
"""Relative width of the pieces at the prices of another outcome."""


@dataclass(frozen=True)
class Start:
    """Where a solve begins: a basis for its arrays, and the prices at which each buyer's curve is cut (USD/t, (J,))."""

    basis: Basis
    centre: Array


def start_from(outcome: Outcome, network: Network, arrays: Arrays, curves: DemandCurves, tolerance: float) -> Start:
    """Return where a solve of ``network`` begins that is much like one whose outcome is known."""
    production, flows, balances, limits = outcome.production, outcome.flows, outcome.balances, outcome.limits
    levels = _columns(network.activities["activity"], production, "activity", "level_t")
    carried = _columns(network.links["link"], flows, "link", "flow_t")
    count = pieces(tolerance)
    centre, middle = _bought(network, outcome, curves)
    shape = np.where(np.arange(count + 1) <= count // 2, AT_UPPER, AT_LOWER)
    drawn = np.tile(shape, (len(network.demands), 1))
    drawn[middle, count // 2] = BASIC
    rows = [
        _rows(network.nodes["node"], balances, "node", np.zeros(len(network.nodes), bool)),
        _rows(network.quotas["quota"], limits, "quota", network.quotas["sense"].to_numpy(object) == "max"),
    ]
    columns = np.concatenate([levels, carried, drawn.ravel()]).astype(np.int8)
    return Start(Basis(columns, np.concatenate(rows).astype(np.int8)[: len(arrays.row_low)]), centre)


def _columns(keys: pd.Series, table: pd.DataFrame, key: str, level: str) -> npt.NDArray[np.int8]:
    known = table.set_index(key)
    basic = known["basic"].reindex(keys).fillna(False).to_numpy(bool)
    full = (known[level] >= known["capacity_t"]) & (known["capacity_t"] > 0)
    at_upper = full.reindex(keys).fillna(False).to_numpy(bool)
    return np.where(basic, BASIC, np.where(at_upper, AT_UPPER, AT_LOWER)).astype(np.int8)


def _rows(keys: pd.Series, table: pd.DataFrame, key: str, upper: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    basic = table.set_index(key)["basic"].reindex(keys).fillna(True).to_numpy(bool)
    return np.where(basic, BASIC, np.where(upper, AT_UPPER, AT_LOWER)).astype(np.int8)


def _bought(network: Network, outcome: Outcome, curves: DemandCurves) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Price of every buyer there, or the reference price here; and whose last piece was in part bought."""
    demand = network.demands["demand"]
    price = outcome.consumption.set_index("demand")["price_usd_per_t"].reindex(demand).to_numpy(float)
    price = np.where(np.isfinite(price), price, curves.reference_usd_per_t)
    centre = np.clip(price, curves.saturation_usd_per_t, curves.choke_usd_per_t)
    held = outcome.pieces.groupby("demand")["basic"].any().reindex(demand).fillna(False).to_numpy(bool)
    return centre, held


def standing(outcome: Outcome) -> tuple[Arrays, Basis, Array]:
    """Return an outcome's programme with its own pieces, its basis, and its plan x (t), in the arrays' order."""
    network = outcome.network
    shape = (len(network.demands), -1) if len(network.demands) else (0, 1)
    width, worth, bought = (outcome.pieces[c].to_numpy(float) for c in ("width_t", "usd_per_t", "bought_t"))
    arrays = written(network, Segments(width.reshape(shape), worth.reshape(shape)))
    held = outcome.pieces["basic"].to_numpy(bool)
    full = (bought >= width * (1.0 - 1e-9)) & (width > 0.0)
    columns = [
        _columns(network.activities["activity"], outcome.production, "activity", "level_t"),
        _columns(network.links["link"], outcome.flows, "link", "flow_t"),
        np.where(held, BASIC, np.where(full, AT_UPPER, AT_LOWER)).astype(np.int8),
    ]
    rows = [
        _rows(network.nodes["node"], outcome.balances, "node", np.zeros(len(network.nodes), bool)),
        _rows(network.quotas["quota"], outcome.limits, "quota", network.quotas["sense"].to_numpy(object) == "max"),
    ]
    level = outcome.production.set_index("activity")["level_t"].reindex(network.activities["activity"])
    flow = outcome.flows.set_index("link")["flow_t"].reindex(network.links["link"])
    basis = Basis(np.concatenate(columns), np.concatenate(rows)[: len(arrays.row_low)])
    return arrays, basis, np.concatenate([level.to_numpy(float), flow.to_numpy(float), bought])
