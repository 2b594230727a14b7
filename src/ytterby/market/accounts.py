"""The solver's numbers as the tables of an outcome: who makes, ships, buys, earns and pays what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.market.arrays import MONEY, Array, Arrays
from ytterby.market.certificate import certify
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.inputs import tables_of
from ytterby.market.outcome import Outcome
from ytterby.market.paid import paid_prices
from ytterby.market.refine import segments_of
from ytterby.market.rents import rents
from ytterby.market.simplex import BASIC, Vertex

TRADED_T = 1e-5
"""Quantity, t, below which nothing is taken to pass: a price needs a trade."""

WIDE = 0.01
"""Relative width from which an interval is flagged: the optimum leaves the price open."""


def outcome_of(
    network: Network,
    arrays: Arrays,
    vertex: Vertex,
    plan: Array,
    asked: np.ndarray,
    low: Array,
    high: Array,
    meta: Mapping[str, Any],
) -> Outcome:
    """Account for an optimum: ``plan`` are the levels to report, ``vertex`` the prices and the basis."""
    basic = vertex.basis.columns == BASIC
    price = MONEY * vertex.price[: arrays.n_nodes]
    production, flows = _production(network, arrays, plan, basic), _flows(network, arrays, plan, basic)
    pieces = _pieces(network, arrays, plan, basic)
    balances = _balances(network, production, flows, pieces, price, vertex)
    consumption = _consumption(network, pieces, balances)
    earned = rents(network, arrays, vertex)
    limits = _limits(network, arrays, production, flows, vertex)
    prices = _prices(network, balances, asked, MONEY * low, MONEY * high)
    paid, held_t = paid_prices(
        tables_of(network),
        production["level_t"].to_numpy(float),
        flows["flow_t"].to_numpy(float),
        price,
        limits["rent_usd_per_t"].to_numpy(float),
    )
    tables = {
        "prices": prices.assign(paid=np.where(prices["point"].notna(), paid / MONEY, np.nan), held_t=held_t),
        "production": production,
        "flows": flows,
        "consumption": consumption,
        "rents": earned,
        "welfare": _welfare(production, flows, consumption, earned, _support(network, production)),
        "balances": balances,
        "pieces": pieces,
        "limits": limits,
    }
    certificate = certify({**tables_of(network), **tables})
    return Outcome(network=network, certificate=certificate, meta=dict(meta), **tables)


def _production(network: Network, arrays: Arrays, plan: Array, basic: np.ndarray) -> pd.DataFrame:
    table = network.activities[
        [
            "activity",
            "kind",
            "site",
            "country",
            "place",
            "stage",
            "capacity_t",
            "minimum_t",
            "cost_usd_per_t",
            "holder",
            "status",
        ]
    ].copy()
    level = plan[arrays.activities]
    recipes = network.recipes
    made = (
        recipes["coefficient"].clip(lower=0.0).groupby(recipes["activity"]).sum().reindex(table["activity"]).fillna(0.0)
    )
    table["level_t"] = level
    table["output_t"] = level * made.to_numpy(float)
    table["cost_usd"] = level * table["cost_usd_per_t"]
    table["basic"] = basic[arrays.activities]
    return table


def _flows(network: Network, arrays: Arrays, plan: Array, basic: np.ndarray) -> pd.DataFrame:
    links = network.links
    nodes = network.nodes.set_index("node")
    ends = {"from": nodes.reindex(links["from_node"]), "to": nodes.reindex(links["to_node"])}
    flow = plan[arrays.links]
    return pd.DataFrame(
        {
            "link": links["link"],
            "commodity": ends["from"]["commodity"].to_numpy(object),
            "from_place": ends["from"]["place"].to_numpy(object),
            "to_place": ends["to"]["place"].to_numpy(object),
            "origin_tag": ends["from"]["origin_tag"].to_numpy(object),
            "from_node": links["from_node"],
            "to_node": links["to_node"],
            "flow_t": flow,
            "capacity_t": links["capacity_t"],
            "cost_usd_per_t": links["cost_usd_per_t"],
            "duty_usd_per_t": links["duty_usd_per_t"],
            "cost_usd": flow * links["cost_usd_per_t"],
            "duty_usd": flow * links["duty_usd_per_t"],
            "decision": links["decision"],
            "basic": basic[arrays.links],
        }
    )


def _pieces(network: Network, arrays: Arrays, plan: Array, basic: np.ndarray) -> pd.DataFrame:
    utility = segments_of(arrays)
    count = utility.width_t.shape[1]
    return pd.DataFrame(
        {
            "demand": np.repeat(network.demands["demand"].to_numpy(object), count),
            "piece": np.tile(np.arange(count), len(network.demands)),
            "width_t": utility.width_t.ravel(),
            "usd_per_t": utility.usd_per_t.ravel(),
            "bought_t": plan[arrays.pieces],
            "basic": basic[arrays.pieces],
        }
    )


def _balances(
    network: Network,
    production: pd.DataFrame,
    flows: pd.DataFrame,
    pieces: pd.DataFrame,
    price: Array,
    vertex: Vertex,
) -> pd.DataFrame:
    node = network.nodes["node"]
    level = production.set_index("activity")["level_t"]
    terms = network.recipes["coefficient"] * network.recipes["activity"].map(level)

    def at(values: pd.Series, keys: pd.Series) -> Array:
        return np.asarray(values.groupby(keys).sum().reindex(node).fillna(0.0).to_numpy(float))

    bought = pieces["bought_t"].groupby(pieces["demand"]).sum()
    made, used = (
        at(terms.clip(lower=0.0), network.recipes["node"]),
        -at(terms.clip(upper=0.0), network.recipes["node"]),
    )
    inflow, outflow = at(flows["flow_t"], flows["to_node"]), at(flows["flow_t"], flows["from_node"])
    sold = at(network.demands["demand"].map(bought).fillna(0.0), network.demands["node"])
    return pd.DataFrame(
        {
            "node": node,
            "made_t": made,
            "used_t": used,
            "inflow_t": inflow,
            "outflow_t": outflow,
            "bought_t": sold,
            "surplus_t": made - used + inflow - outflow - sold,
            "price_usd_per_t": price,
            "basic": vertex.basis.rows[: len(node)] == BASIC,
        }
    )


def _prices(network: Network, balances: pd.DataFrame, asked: np.ndarray, low: Array, high: Array) -> pd.DataFrame:
    nodes = network.nodes
    coming = (balances["made_t"] + balances["inflow_t"]).to_numpy(float)
    going = (balances["used_t"] + balances["outflow_t"] + balances["bought_t"]).to_numpy(float)
    through = np.maximum(coming, going)
    traded = through > TRADED_T
    table = nodes[["node", "commodity", "place", "origin_tag", "stage", "unit"]].copy()
    table["tax"], table["incoterm"] = "net", "market"
    point = np.where(traded, balances["price_usd_per_t"] / MONEY, np.nan)
    table["low"], table["point"], table["high"] = np.nan, point, np.nan
    ends = np.full((2, len(nodes)), np.nan)
    ends[0, asked], ends[1, asked] = low / MONEY, high / MONEY
    table["low"], table["high"] = (np.where(traded & np.isfinite(e), e, np.nan) for e in ends)
    table["open_low"], table["open_high"] = (traded & np.isinf(e) for e in ends)
    spread = (table["high"] - table["low"]) / table["point"].abs().clip(lower=1e-9)
    table["wide"] = (spread > WIDE) | table["open_low"] | table["open_high"]
    table["traded_t"] = np.where(traded, through, 0.0)
    return table


def _consumption(network: Network, pieces: pd.DataFrame, balances: pd.DataFrame) -> pd.DataFrame:
    demands = network.demands
    bought = demands["demand"].map(pieces["bought_t"].groupby(pieces["demand"]).sum()).fillna(0.0).to_numpy(float)
    price = demands["node"].map(balances.set_index("node")["price_usd_per_t"]).to_numpy(float)
    utility = DemandCurves.of(demands).utility(bought)
    return pd.DataFrame(
        {
            "demand": demands["demand"],
            "node": demands["node"],
            "good": demands["good"],
            "place": demands["place"],
            "segment": demands["segment"],
            "reference_t": demands["reference_t"],
            "bought_t": bought,
            "price_usd_per_t": price,
            "paid_usd": price * bought,
            "worth_usd": utility,
            "surplus_usd": utility - price * bought,
        }
    )


def _limits(
    network: Network, arrays: Arrays, production: pd.DataFrame, flows: pd.DataFrame, vertex: Vertex
) -> pd.DataFrame:
    quotas, members = network.quotas, network.quota_members
    level = pd.concat(
        [
            pd.Series(production["level_t"].to_numpy(float), index="activity:" + production["activity"]),
            pd.Series(flows["flow_t"].to_numpy(float), index="link:" + flows["link"]),
        ]
    )
    counted = members["weight"] * (members["kind"] + ":" + members["member"]).map(level)
    used = counted.groupby(members["quota"]).sum()
    rows = slice(arrays.n_nodes, arrays.n_nodes + len(quotas))
    known = len(vertex.price) > arrays.n_nodes
    table = quotas[["quota", "sense", "limit_t", "holder", "instrument"]].copy()
    table["used_t"] = quotas["quota"].map(used).fillna(0.0).to_numpy(float)
    table["rent_usd_per_t"] = -MONEY * vertex.price[rows] if known else np.zeros(len(quotas))
    table["basic"] = vertex.basis.rows[rows] == BASIC if known else np.ones(len(quotas), bool)
    return table


def _support(network: Network, production: pd.DataFrame) -> float:
    """What price floors pay to producers beside the price, USD: a transfer, not a saving of cost."""
    if "support_usd_per_t" not in network.activities:
        return 0.0
    return float((network.activities["support_usd_per_t"].to_numpy(float) * production["level_t"]).sum())


def _welfare(
    production: pd.DataFrame,
    flows: pd.DataFrame,
    consumption: pd.DataFrame,
    earned: pd.DataFrame,
    support: float,
) -> pd.DataFrame:
    """Who gains: the items add up to total welfare; resource cost is shown beside, as what was given up for it."""
    by_kind = earned.groupby("kind")["rent_usd"].sum() if len(earned) else pd.Series(dtype=float)
    gains = {
        "consumer surplus": float(consumption["surplus_usd"].sum()),
        "capacity rent": float(by_kind.get("capacity", 0.0)),
        "minimum output": float(by_kind.get("minimum", 0.0)),
        "link allowance rent": float(by_kind.get("allowance", 0.0)),
        "quota rent": float(by_kind.get("quota", 0.0)),
        "tax revenue": float(flows["duty_usd"].sum()),
    }
    if support:
        gains["support paid by price floors"] = -support
    cost = {
        "resource cost: production": float(production["cost_usd"].sum()) + support,
        "resource cost: transport": float(flows["cost_usd"].sum()),
        "worth of what is bought": float(consumption["worth_usd"].sum()),
        "paid by buyers": float(consumption["paid_usd"].sum()),
    }
    rows = [("gain", item, usd) for item, usd in gains.items()]
    rows.append(("total", "welfare", sum(gains.values())))
    rows += [("memo", item, usd) for item, usd in cost.items()]
    return pd.DataFrame(rows, columns=["account", "item", "usd"])
