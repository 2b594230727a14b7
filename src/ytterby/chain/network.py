"""The network of places, commodities, activities and links that a market solves: tables only, one period.

Letters are those of the market's equations:

    max   sum_j U_j(d_j) - sum_a k_a z_a - sum_l t_l f_l
    s.t.  sum_a rho[a,n] z_a + inflow_n - outflow_n - d_n >= 0      for every node n   (price lambda_n)
          0 <= z_a <= K_a,   0 <= f_l <= F_l,   sum of weights in a quota <= its limit
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

STOCK, ACCEPT = "stock", "accept"
"""Kinds of activity that make nothing: drawing on what users hold, and handing a product on under another tag."""
DRAW, HELD = "stock:", "stock of users"
"""How the keys of activities that draw on stock begin, and the instrument under which their holders earn."""


@dataclass(frozen=True)
class Network:
    """One period of the chain. Quantities in t per period, money in USD of base year 2024.

    Every ``*_source`` field holds keys of the sources table; every ``holder`` says who earns the rent.
    """

    year: int
    label: str

    nodes: pd.DataFrame
    """node (key), commodity, place, origin_tag, stage, unit ('t REO', 't metal', 't magnet', ...),
    free_disposal (bool: may a surplus vanish at no cost; otherwise the balance is an equality and the price may be
    negative)."""

    activities: pd.DataFrame
    """activity (key), kind ('mine', 'separation', 'metal', 'magnet', 'finishing', 'disposal', 'stock', 'accept', ...),
    site, country, place, stage, cost_usd_per_t (k, per t of level), capacity_t (K; inf where unbounded),
    minimum_t (0 unless state-set), holder, status ('by construction', 'fitted', 'free'), cost_source,
    capacity_source."""

    recipes: pd.DataFrame
    """activity, node, coefficient (rho: t of the node's commodity per t of level; + made, - used)."""

    links: pd.DataFrame
    """link (key), from_node, to_node, cost_usd_per_t (freight + insurance + inventory interest + fees),
    duty_usd_per_t (taxes and tariffs: a transfer, not a resource), capacity_t, days, decision, holder, reason,
    source."""

    demands: pd.DataFrame
    """demand (key), node, good, place, segment, reference_t, reference_usd_per_t, elasticity (negative),
    choke_usd_per_t (nothing is bought above it), floor_share (share of reference_t bought even at the choke price,
    usually 0), status, source."""

    quotas: pd.DataFrame
    """quota (key), limit_t, sense ('max' or 'min'), holder, instrument, source."""

    quota_members: pd.DataFrame
    """quota, kind ('activity' or 'link'), member (its key), weight (t counted per t of level or flow)."""

    contents: pd.DataFrame
    """commodity, element, t_per_t: t of the element per t of commodity (in its own unit); drives the element mass
    balance."""

    observed_prices: pd.DataFrame
    """commodity, place, tax, incoterm, low, point, high (USD/kg net of VAT, real 2024), status, source: shown beside
    the answer."""

    observed_production: pd.DataFrame
    """stage, country, commodity, observed_t, low_t, high_t, status, source: shown beside the answer."""

    price_floors: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Contracts for difference: contract, activity, commodity, benchmark_place, t_per_t (of the commodity per t of
    level), floor_usd_per_kg, upside_share, upside_above_usd_per_kg, upside_cap_usd_per_year (blank: no limit), limit_t
    (a year, blank: all), holder, valid_from, valid_to. Whether one is paid, and how much, follows from the prices."""

    notes: tuple[str, ...] = field(default=())
    """What was assumed on the way, in plain sentences."""
