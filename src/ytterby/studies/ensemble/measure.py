"""Numbers of an equilibrium by name: the same for a certified outcome and for a sample of an ensemble.

Names are ``measure|place|what``, or one word for a total. Money is USD of base year 2024 a year, quantities t a year.
The *dominant place* (``china_...``) is the one whose separators' material carries the tag ``listed``.

- ``price|PLACE|COMMODITY``: USD/kg, mean over origin tags by what passes; blank where nothing trades.
- ``use|PLACE|USE``: t bought for a use. ``surplus|PLACE``: consumer surplus.
- ``magnets|PLACE``: t made. ``magnets_outside_t``, ``magnets_bought_outside_t``: made, and bought, outside.
- ``imports|PLACE|COMMODITY``: t that arrive from the dominant place; ``import_share|PLACE|COMMODITY``: the same over
  what the place uses and buys of it.
- ``reliance|PLACE|GROUP``: share of the element group in what a place's final buyers buy that has passed a mine or
  plant of the dominant place. GROUP is NdPr, Dy or Tb.
- ``rent|PLACE|KIND``: revenue less cost of the mines, separators, metal and magnet makers there, of holders of
  permits to trade (KIND ``permit``), and of users whose stock is drawn (``stock``; what it was worth to keep is cost).
  A permit belongs to the place of destination where it is a buyer's (a licence, a share in a limit), otherwise to the
  place that limits.
- ``china_exports_t`` (t of oxide contained), ``china_revenue_usd`` (exports at the price there, with the rents of
  permits that it holds), ``china_welfare_usd``, ``outside_welfare_usd`` (surplus, rents and taxes), ``welfare_usd``,
  ``resource_cost_usd``. Taxes on what leaves the dominant place are booked there (they are mostly value-added tax that
  is not refunded), other taxes at the destination.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.chain.network import STOCK, Network
from ytterby.chain.origin import ANY, LISTED
from ytterby.chain.supply import KG_PER_T
from ytterby.market import Outcome
from ytterby.market.accounts import TRADED_T
from ytterby.market.arrays import Array
from ytterby.market.demand_curve import DemandCurves

GROUPS = ("NdPr", "Dy", "Tb")
PASSING = ("accept", "store")
"""Kinds of activity that neither make nor use anything of their own."""
PERMIT = "permit"
LIMIT = "limit:"
BUYERS = "buyers"
"""Holders of a limit whose name begins so are the buyers at the end of the link."""
KINDS = {"unrecorded": "mine", "new metal": "metal", "new magnet": "magnet"}
"""Kinds of activity that share their holder's name with another."""


@dataclass(frozen=True)
class Plan:
    """What is measured: one equilibrium's numbers, in the row order of its network's tables."""

    price_usd_per_t: Array
    """Dual of every node, of idle ones too (N,)."""
    level_t: Array
    flow_t: Array
    bought_t: Array
    coefficient: Array
    """Recipe coefficients (R,)."""
    activity_cost_usd_per_t: Array
    link_cost_usd_per_t: Array
    link_duty_usd_per_t: Array
    curves: DemandCurves


class Measure:
    """The measures of one network; indices are found once, so that a sample costs milliseconds."""

    def __init__(self, network: Network) -> None:
        self.nodes, self.activities, self.links = network.nodes, network.activities, network.links
        self.demands, self.recipes = network.demands, network.recipes
        at = {n: i for i, n in enumerate(self.nodes["node"])}
        act = {a: i for i, a in enumerate(self.activities["activity"])}
        self.place = self.nodes["place"].to_numpy(object)
        self.generic = self.nodes["commodity"].str.split(":").str[0].to_numpy(object)
        self.row = np.fromiter((at[n] for n in self.recipes["node"]), np.int64)
        self.column = np.fromiter((act[a] for a in self.recipes["activity"]), np.int64)
        self.start = np.fromiter((at[n] for n in self.links["from_node"]), np.int64)
        self.end = np.fromiter((at[n] for n in self.links["to_node"]), np.int64)
        self.buyer = np.fromiter((at[n] for n in self.demands["node"]), np.int64)
        kind = self.activities["kind"]
        self.passing = kind.isin(PASSING).to_numpy()
        self.accept = kind.eq("accept").to_numpy()
        self.kind = kind.map(KINDS).fillna(kind).to_numpy(object)
        self.where = self.activities["place"].to_numpy(object)
        self.dominant = self._dominant()
        self.permit_place = self._permit_place(network)
        self.contents = self._contents(network)

    def _dominant(self) -> str:
        separates = (self.activities["kind"] == "separation").to_numpy()[self.column]
        tagged = (self.nodes["origin_tag"] == LISTED).to_numpy()[self.row] & (self.recipes["coefficient"] > 0)
        places = self.where[self.column][separates & tagged]
        return str(places[0]) if len(places) else ""

    def _permit_place(self, network: Network) -> np.ndarray:
        """Who holds the right to use each link: its destination, or for a seller's limit the place that it leaves."""
        holder = self.place[self.end].copy()
        members = network.quota_members[network.quota_members["kind"] == "link"]
        if len(members):
            names = network.quotas.set_index("quota")["holder"].astype(str)
            sellers = {q for q, h in names.items() if not h.startswith(BUYERS)}
            held = set(members.loc[members["quota"].isin(sellers), "member"])
            mine = self.links["link"].isin(held).to_numpy()
            holder[mine] = self.place[self.start][mine]
        return np.asarray(holder)

    def _contents(self, network: Network) -> pd.DataFrame:
        """t of oxide per t at each node (rows), by element group and in all (columns)."""
        table = network.contents
        whole = table.groupby("commodity")["t_per_t"].sum()
        names = self.nodes["commodity"]
        found = {"all": names.map(whole).fillna(1.0).to_numpy(float)}
        for group in GROUPS:
            part = table[table["element"] == group].set_index("commodity")["t_per_t"]
            found[group] = names.map(part).fillna(0.0).to_numpy(float)
        return pd.DataFrame(found)

    def __call__(self, plan: Plan) -> dict[str, float]:
        """All measures of one plan."""
        found: dict[str, float] = {}
        terms = plan.coefficient * plan.level_t[self.column]
        made, used = self._at(self.row, np.maximum(terms, 0.0)), self._at(self.row, np.maximum(-terms, 0.0))
        inflow, outflow = self._at(self.end, plan.flow_t), self._at(self.start, plan.flow_t)
        bought = self._at(self.buyer, plan.bought_t)
        self._prices(found, plan, np.maximum(made + inflow, used + outflow + bought))
        self._quantities(found, plan, terms)
        self._money(found, plan)
        supplied = made + inflow
        for group in GROUPS:
            share = self._passed(plan, terms, supplied, self.contents[group].to_numpy())
            weight = plan.bought_t * self.contents[group].to_numpy()[self.buyer]
            total = _sums(self.place[self.buyer], weight)
            passed = _sums(self.place[self.buyer], weight * share[self.buyer])
            found.update({f"reliance|{p}|{group}": passed[p] / t for p, t in total.items() if t > TRADED_T})
        return found

    def _at(self, rows: np.ndarray, values: Array) -> Array:
        return np.bincount(rows, values, len(self.nodes)).astype(float)

    def _prices(self, found: dict[str, float], plan: Plan, through: Array) -> None:
        traded = np.where(through > TRADED_T, through, 0.0)
        single = np.array([":" not in c for c in self.nodes["commodity"]])
        keys = np.array([f"price|{p}|{c}" for p, c in zip(self.place, self.generic, strict=True)], object)
        tagged = (self.nodes["origin_tag"] != ANY).to_numpy()
        counted = tagged | ~np.isin(keys, keys[single & tagged & (traded > 0)])
        weight = _sums(keys[single], np.where(counted, traded, 0.0)[single])
        worth = _sums(keys[single], np.where(counted, traded * plan.price_usd_per_t, 0.0)[single])
        for key, amount in weight.items():
            found[key] = worth[key] / amount / KG_PER_T if amount > 0 else float("nan")

    def _quantities(self, found: dict[str, float], plan: Plan, terms: Array) -> None:
        at, stage = self.place[self.buyer], self.nodes["stage"].to_numpy(object)
        uses = self.demands["use"] if "use" in self.demands else self.demands["good"]
        keys = [f"use|{p}|{u}" for p, u in zip(at, uses, strict=True)]
        found.update(_sums(np.array(keys, object), plan.bought_t))
        makes = (terms > 0) & ~self.passing[self.column] & (stage[self.row] == "magnet")
        magnets = _sums(self.place[self.row][makes], terms[makes])
        found.update({f"magnets|{p}": magnets.get(p, 0.0) for p in sorted(set(self.place))})
        found["magnets_outside_t"] = sum(t for p, t in magnets.items() if p != self.dominant)
        outside = (at != self.dominant) & (stage[self.buyer] == "magnet")
        found["magnets_bought_outside_t"] = float(plan.bought_t[outside].sum())
        leaves = (self.place[self.start] == self.dominant) & (self.place[self.end] != self.dominant)
        oxide = self.contents["all"].to_numpy()[self.start]
        found["china_exports_t"] = float((plan.flow_t * oxide)[leaves].sum())
        arrives = _sums(_pairs(self.place[self.end], self.generic[self.end])[leaves], plan.flow_t[leaves])
        own = (terms < 0) & ~self.passing[self.column]
        taken = _sums(_pairs(self.place[self.row], self.generic[self.row])[own], -terms[own])
        for key, t in _sums(_pairs(at, self.generic[self.buyer]), plan.bought_t).items():
            taken[key] = taken.get(key, 0.0) + t
        for key, t in arrives.items():
            found[f"imports|{key}"] = t
            found[f"import_share|{key}"] = t / taken[key] if taken.get(key, 0.0) > TRADED_T else float("nan")

    def _money(self, found: dict[str, float], plan: Plan) -> None:
        price = plan.price_usd_per_t
        value = np.bincount(self.column, plan.coefficient * price[self.row], len(self.activities))
        profit = plan.level_t * (value - plan.activity_cost_usd_per_t)
        spread = price[self.end] - price[self.start] - plan.link_cost_usd_per_t - plan.link_duty_usd_per_t
        permit = plan.flow_t * spread
        duty = plan.flow_t * plan.link_duty_usd_per_t
        surplus = plan.curves.utility(plan.bought_t) - price[self.buyer] * plan.bought_t
        leaves = self.place[self.start] == self.dominant
        taxed = np.where(leaves, self.dominant, self.place[self.end])
        rents = {f"{p}|{STOCK}": 0.0 for p in sorted(set(self.place))} | _sums(_pairs(self.where, self.kind), profit)
        for key, usd in _sums(_pairs(self.permit_place, np.full(len(permit), PERMIT, object)), permit).items():
            rents[key] = rents.get(key, 0.0) + usd
        found.update({f"rent|{key}": usd for key, usd in rents.items() if key.split("|")[1] not in PASSING})
        gains = _sums(self.place[self.buyer], surplus)
        found.update({f"surplus|{p}": usd for p, usd in gains.items()})
        for key, usd in (*rents.items(), *((f"{p}|tax", usd) for p, usd in _sums(taxed, duty).items())):
            place = key.split("|")[0]
            gains[place] = gains.get(place, 0.0) + usd
        found["consumer_surplus_usd"] = float(surplus.sum())
        found["consumer_surplus_outside_usd"] = float(surplus[self.place[self.buyer] != self.dominant].sum())
        found["tax_usd"] = float(duty.sum())
        found["welfare_usd"] = sum(gains.values())
        found["china_welfare_usd"] = gains.get(self.dominant, 0.0)
        found["outside_welfare_usd"] = found["welfare_usd"] - found["china_welfare_usd"]
        cost = plan.level_t @ plan.activity_cost_usd_per_t + plan.flow_t @ plan.link_cost_usd_per_t
        found["resource_cost_usd"] = float(cost)
        away = leaves & (self.place[self.end] != self.dominant)
        earned = plan.flow_t * price[self.start] + np.where(self.permit_place == self.dominant, permit, 0.0)
        found["china_revenue_usd"] = float(earned[away].sum())

    def _passed(self, plan: Plan, terms: Array, supplied: Array, content: Array) -> Array:
        """Share of an element group at each node that has passed a mine or plant of the dominant place.

        What is mixed at a node is mixed evenly; a product has the share of its inputs, weighted by what they hold, or
        one where it is made at the dominant place.
        """
        n = len(self.nodes)
        inputs = np.maximum(-terms, 0.0) * content[self.row]
        held = np.bincount(self.column, inputs, len(self.activities))
        makes = np.maximum(terms, 0.0)
        home = (self.where == self.dominant) & ~self.accept
        through = ~home & (held > 0)
        known = np.bincount(self.row, makes * home[self.column], n)
        size = (n, len(self.activities))
        spread = sp.csr_matrix((makes * through[self.column], (self.row, self.column)), size)
        weights = np.where(held[self.column] > 0, inputs / np.where(held > 0, held, 1.0)[self.column], 0.0)
        mix = sp.csr_matrix((weights, (self.column, self.row)), (size[1], n))
        moved = sp.csr_matrix((plan.flow_t, (self.end, self.start)), (n, n))
        idle = supplied <= TRADED_T
        system = sp.diags(np.where(idle, 1.0, supplied * (1.0 + 1e-12))) - sp.diags((~idle).astype(float)) @ (
            moved + spread @ mix
        )
        share = splu(sp.csc_matrix(system)).solve(np.where(idle, 0.0, known))
        return np.asarray(np.clip(share, 0.0, 1.0))


def _pairs(places: np.ndarray, what: np.ndarray) -> np.ndarray:
    return np.array([f"{p}|{w}" for p, w in zip(places, what, strict=True)], object)


def _sums(keys: np.ndarray, values: Array) -> dict[str, float]:
    """Sum of values by key, keys in order."""
    if not len(keys):
        return {}
    names, codes = np.unique(keys.astype(str), return_inverse=True)
    return dict(zip(names.tolist(), np.bincount(codes, values, len(names)).tolist(), strict=True))


def metrics_of(outcome: Outcome) -> dict[str, float]:
    """Measures of a certified outcome, by the names that this module's docstring lists."""
    network = outcome.network
    return Measure(network)(
        Plan(
            price_usd_per_t=outcome.balances["price_usd_per_t"].to_numpy(float),
            level_t=outcome.production["level_t"].to_numpy(float),
            flow_t=outcome.flows["flow_t"].to_numpy(float),
            bought_t=outcome.consumption["bought_t"].to_numpy(float),
            coefficient=network.recipes["coefficient"].to_numpy(float),
            activity_cost_usd_per_t=network.activities["cost_usd_per_t"].to_numpy(float),
            link_cost_usd_per_t=network.links["cost_usd_per_t"].to_numpy(float),
            link_duty_usd_per_t=network.links["duty_usd_per_t"].to_numpy(float),
            curves=DemandCurves.of(network.demands),
        )
    )
