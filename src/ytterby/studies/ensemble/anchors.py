"""What every node costs at observed oxide prices, for one sample: the build-up of chain.deck, on arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.market.arrays import Array

ROUNDS = 60


@dataclass(frozen=True)
class BuildUp:
    """Least cost of every node of a network when the oxides cost what was observed."""

    start: np.ndarray
    end: np.ndarray
    row: np.ndarray
    column: np.ndarray
    step: np.ndarray
    """Activities with inputs that make one thing."""
    target: np.ndarray
    made: np.ndarray
    """Node that each step makes, and the recipe row that says how much."""
    fixed: np.ndarray
    """Nodes with an observed price, and the price (USD/t)."""
    price: Array

    @classmethod
    def of(cls, network: Network, base_usd_per_t: pd.Series) -> BuildUp:
        """Take the structure from a checked network."""
        at = {n: i for i, n in enumerate(network.nodes["node"])}
        number = {a: i for i, a in enumerate(network.activities["activity"])}
        recipes = network.recipes
        row = recipes["node"].map(at).to_numpy()
        column = recipes["activity"].map(number).to_numpy()
        makes = np.flatnonzero(recipes["coefficient"] > 0)
        uses = np.unique(column[recipes["coefficient"] < 0])
        counts = np.bincount(column[makes], minlength=len(number))
        single = makes[(counts[column[makes]] == 1) & np.isin(column[makes], uses)]
        known = base_usd_per_t[[n in at for n in base_usd_per_t.index]]
        return cls(
            start=network.links["from_node"].map(at).to_numpy(),
            end=network.links["to_node"].map(at).to_numpy(),
            row=row,
            column=column,
            step=column[single],
            target=row[single],
            made=single,
            fixed=np.array([at[n] for n in known.index]),
            price=known.to_numpy(float),
        )

    def cost(self, activity_usd_per_t: Array, coefficient: Array, link_usd_per_t: Array, nodes: int) -> Array:
        """Cost of every node (N,), USD/t; infinite where it cannot be supplied at observed prices."""
        cost = np.full(nodes, np.inf)
        cost[self.fixed] = self.price
        uses = coefficient < 0
        for _ in range(ROUNDS):
            new = cost.copy()
            np.minimum.at(new, self.end, cost[self.start] + link_usd_per_t)
            taken = np.bincount(self.column[uses], -coefficient[uses] * cost[self.row[uses]], len(activity_usd_per_t))
            np.minimum.at(new, self.target, (activity_usd_per_t[self.step] + taken[self.step]) / coefficient[self.made])
            new[self.fixed] = self.price
            with np.errstate(invalid="ignore"):
                settled = not np.any(cost - new > 1e-9)
            cost = new
            if settled:
                break
        return cost
