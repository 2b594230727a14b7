"""Why is a price what it is? The answer of the optimum itself, line by line, adding up to the price.

One tonne more at a node changes the plan along the optimal basis: B^-1 e_n says by how much each activity, link and
buyer moves. Price is the sum of those changes times their unit costs (and of what buyers elsewhere forgo times its
worth to them): that is the *marginal* table. The *ladder* goes from the node upstream along the largest supply
and splits each step into cost, duty and rent. The *binding* table lists limits met on the way, with their holders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ytterby.chain.network import DRAW, STOCK
from ytterby.market.ladder import binding_on, ladder_of
from ytterby.market.report import price_rows
from ytterby.world.errors import Fault, InputError, UnknownNameError

if TYPE_CHECKING:
    from ytterby.market.outcome import Outcome

Array = npt.NDArray[np.float64]

CAUSES = ("process", "freight", "duty", "scarcity")
"""What a price is made of: unit costs of activities and links, duties, and what others forgo: a buyer elsewhere, or a
user whose stock is drawn."""


@dataclass(frozen=True)
class Why:
    """A price explained."""

    product: str
    place: str
    node: str
    price_usd_per_kg: float
    marginal: pd.DataFrame
    """cause, stage, item, place, change_t (per t more), usd_per_t, usd_per_kg (its part of the price), source;
    adds up to the price."""
    ladder: pd.DataFrame
    """step, node, price_usd_per_kg, share (of supply), way, kind, cost, duty, rent, inputs, coproducts (USD/kg of
    this node's
    product), source."""
    binding: pd.DataFrame
    """kind, key, holder, instrument, rent_usd_per_t, source: limits on the ladder that earn a rent."""
    sentence: str

    def by_stage(self) -> pd.DataFrame:
        """Parts of the price by cause and stage, USD/kg: swaps among equal sites cancel out here."""
        return self.marginal.groupby(["cause", "stage"], sort=True)["usd_per_kg"].sum().reset_index()

    def by_cause(self) -> pd.Series:
        """Parts of the price by cause, USD/kg."""
        return self.marginal.groupby("cause")["usd_per_kg"].sum().reindex(CAUSES).fillna(0.0)


def why(outcome: Outcome, what: str, *, product: str, place: str, origin_tag: str | None = None) -> Why:
    """Explain the price of a product at a place (of the origin tag that trades most, unless one is named).

    Raises UnknownNameError for names that are not there, InputError where the product does not trade.
    """
    if what != "price":
        raise UnknownNameError("question", what, ["price"], "why")
    rows = price_rows(outcome, product, place, origin_tag)
    if not len(rows):
        found = Fault(
            "product and place",
            f"{product} at {place} does not trade",
            "a product that is made, shipped or bought there",
        )
        raise InputError("no price to explain", [found])
    row = rows.sort_values(["traded_t", "node"], ascending=[False, True]).iloc[0]
    margin = Margin(outcome)
    marginal = margin.lines(str(row["node"]))
    ladder = ladder_of(outcome, str(row["node"]))
    binding = binding_on(outcome, ladder)
    node = str(row["node"])
    return Why(
        str(row["commodity"]),
        str(row["place"]),
        node,
        float(row["point"]),
        marginal,
        ladder,
        binding,
        _sentence(row, marginal, binding),
    )


class Margin:
    """The optimal basis of an outcome, factorised once from its tables."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome, self.network = outcome, outcome.network

    @cached_property
    def _parts(self) -> tuple[npt.NDArray[np.int64], sp.csc_matrix, int, int]:
        network, outcome = self.network, self.outcome
        node, quota = pd.Index(network.nodes["node"]), pd.Index(network.quotas["quota"])
        activity, link = pd.Index(network.activities["activity"]), pd.Index(network.links["link"])
        n, q, a, ell, p = len(node), len(quota), len(activity), len(link), len(outcome.pieces)
        recipes, links, members = network.recipes, network.links, network.quota_members
        piece_node = pd.Index(network.demands["demand"]).get_indexer(outcome.pieces["demand"])
        piece_node = node.get_indexer(network.demands["node"])[piece_node]
        of_activity = (members["kind"] == "activity").to_numpy(bool)
        column = np.where(of_activity, activity.get_indexer(members["member"]), a + link.get_indexer(members["member"]))
        slack, made = np.arange(n + q), activity.get_indexer(recipes["activity"])
        to, of = node.get_indexer(links["to_node"]), node.get_indexer(links["from_node"])
        flow, piece, held = a + np.arange(ell), a + ell + np.arange(p), n + quota.get_indexer(members["quota"])
        row = [node.get_indexer(recipes["node"]), to, of, piece_node, held, slack]
        col = [made, flow, flow, piece, column, a + ell + p + slack]
        value = [recipes["coefficient"], np.ones(ell), -np.ones(ell), -np.ones(p), members["weight"], -np.ones(n + q)]
        whole = sp.csc_matrix(
            (np.concatenate([np.asarray(v, float) for v in value]), (np.concatenate(row), np.concatenate(col))),
            (n + q, a + ell + p + n + q),
        )
        flags = [
            outcome.production["basic"],
            outcome.flows["basic"],
            outcome.pieces["basic"],
            outcome.balances["basic"],
            outcome.limits["basic"],
        ]
        basic = np.flatnonzero(np.concatenate([np.asarray(f, bool) for f in flags]))
        return basic, sp.csc_matrix(whole[:, basic]), a, ell

    def moves(self, nodes: Sequence[str]) -> tuple[npt.NDArray[np.int64], Array]:
        """Basic columns, and their change per tonne more at each node, shape (columns, nodes)."""
        basic, B, _, _ = self._parts
        at = pd.Index(self.network.nodes["node"]).get_indexer(list(nodes))
        right = np.zeros((B.shape[0], len(nodes)))
        right[at, np.arange(len(nodes))] = 1.0
        return basic, np.asarray(splu(B).solve(right))

    def by_cause(self, nodes: Sequence[str]) -> pd.DataFrame:
        """Parts of the price of each node by cause, USD/kg; index node, columns CAUSES; rows add up to the prices."""
        basic, moved = self.moves(nodes)
        unit = self._unit_costs()
        parts = {cause: (unit[cause][basic] @ moved) / 1000.0 for cause in CAUSES}
        return pd.DataFrame(parts, index=pd.Index(nodes, name="node"))

    def _unit_costs(self) -> dict[str, Array]:
        network, outcome = self.network, self.outcome
        a, ell, p = len(network.activities), len(network.links), len(outcome.pieces)
        rest = len(network.nodes) + len(network.quotas)
        cost = {cause: np.zeros(a + ell + p + rest) for cause in CAUSES}
        drawn = network.activities["kind"].eq(STOCK).to_numpy()
        cost["process"][:a] = network.activities["cost_usd_per_t"].where(~drawn, 0.0)
        cost["scarcity"][:a] = network.activities["cost_usd_per_t"].where(drawn, 0.0)
        cost["freight"][a : a + ell] = network.links["cost_usd_per_t"]
        cost["duty"][a : a + ell] = network.links["duty_usd_per_t"]
        cost["scarcity"][a + ell : a + ell + p] = -outcome.pieces["usd_per_t"]
        return cost

    def lines(self, node: str) -> pd.DataFrame:
        """The marginal table of one node, largest part first."""
        network, outcome = self.network, self.outcome
        basic, moved = self.moves([node])
        _, _, a, ell = self._parts
        demands = network.demands.set_index("demand")
        rows = []
        for column, change in zip(basic, moved[:, 0], strict=True):
            if abs(change) < 1e-9:
                continue
            if column < a:
                r = network.activities.iloc[column]
                cause = "scarcity" if r["kind"] == STOCK else "process"
                rows.append(
                    (cause, r["stage"], r["activity"], r["place"], change, r["cost_usd_per_t"], r["cost_source"])
                )
            elif column < a + ell:
                r = network.links.iloc[column - a]
                way = outcome.flows.iloc[column - a]
                between = f"{way['from_place']} to {way['to_place']}"
                rows.append(("freight", "transport", r["link"], between, change, r["cost_usd_per_t"], r["source"]))
                if r["duty_usd_per_t"]:
                    rows.append(("duty", "transport", r["link"], between, change, r["duty_usd_per_t"], r["source"]))
            elif column < a + ell + len(outcome.pieces):
                piece = outcome.pieces.iloc[column - a - ell]
                r = demands.loc[piece["demand"]]
                rows.append(("scarcity", "use", piece["demand"], r["place"], change, -piece["usd_per_t"], r["source"]))
        table = pd.DataFrame(rows, columns=["cause", "stage", "item", "place", "change_t", "usd_per_t", "source"])
        table.insert(6, "usd_per_kg", table["change_t"] * table["usd_per_t"] / 1000.0)
        order = np.lexsort((table["item"], -table["usd_per_kg"].abs()))
        return table.iloc[order].reset_index(drop=True)


def _sentence(row: pd.Series, marginal: pd.DataFrame, binding: pd.DataFrame) -> str:
    parts = marginal.groupby("cause")["usd_per_kg"].sum().sort_values(key=abs, ascending=False)
    told = ", ".join(f"{usd:,.4g} {cause}" for cause, usd in parts.items() if abs(usd) > 1e-6)
    scarce = marginal[(marginal["cause"] == "scarcity") & (marginal["change_t"] < 0)]
    text = (
        f"{row['commodity']} at {row['place']} costs {row['point']:,.4g} USD/kg: one tonne more costs {told} (USD/kg)."
    )
    if len(scarce):
        first = scarce.iloc[0]
        text += f" At the margin {first['item']} goes without, worth {-first['usd_per_t'] / 1000:,.4g} USD/kg to it."
    drawn = marginal[marginal["item"].str.startswith(DRAW) & (marginal["change_t"] > 0)]
    if len(drawn):
        first = drawn.iloc[0]
        name = str(first["item"]).removeprefix(DRAW).rpartition(":")[0]
        worth = f"worth {first['usd_per_t'] / 1000:,.4g} USD/kg to keep"
        text += f" Stock of users is drawn at the margin: {name}, {worth}."
    if len(binding):
        limits = "; ".join(f"{b.key} ({b.holder})" for b in binding.head(3).itertuples())
        text += f" Limits on its way that earn a rent: {limits}."
    return text
