"""What users hold: weeks of their use, drawn when prices rise, filled up again when they fall.

A holder opens the month with what he has, and buys stock for its end along a curve through what he wants to hold at
the usual price: a closing stock is a demand, an opening stock a supply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ytterby.chain.network import HELD, Network
from ytterby.chain.stocks import TINY_T, WEEKS_A_YEAR, use_of
from ytterby.chain.use import UNNAMED_USE
from ytterby.market import Outcome
from ytterby.world import World
from ytterby.world.choices import number
from ytterby.world.terms import Stage

DRAW, HOLD = "draw|", "hold|"


@dataclass(frozen=True)
class Holdings:
    """Nodes at which users hold stock."""

    table: pd.DataFrame
    """node, place, commodity, target_t (weeks of cover times use), usd_per_t (usual price), choke_usd_per_t."""
    elasticity: float
    saturation_share: float
    hoarding_share: float

    @classmethod
    def of(cls, world: World, base: Outcome, saturation_share: float) -> Holdings:
        """Take the use of every node in the base year, and the weeks that its place's users hold."""
        cover = world.table("stock_cover").set_index("place")["median_weeks"]
        nodes = base.network.nodes.set_index("node")
        use = use_of(
            base.network.activities, base.network.recipes, base.network.demands,
            base.production.set_index("activity")["level_t"], base.consumption.set_index("demand")["bought_t"],
        )  # fmt: skip
        price = base.balances.set_index("node")["price_usd_per_t"]
        choke = base.network.demands.groupby("node")["choke_usd_per_t"].max()
        table = pd.DataFrame({"node": use.index, "use_t": use.to_numpy()})
        table["place"] = table["node"].map(nodes["place"])
        table["commodity"] = table["node"].map(nodes["commodity"])
        table["target_t"] = table["use_t"] * table["place"].map(cover) / WEEKS_A_YEAR
        table["usd_per_t"] = table["node"].map(price)
        table["choke_usd_per_t"] = np.fmax(
            table["node"].map(choke).to_numpy(float), table["usd_per_t"] * number(world, "value-of-slack")
        )
        kept = table[table["target_t"].gt(TINY_T) & table["usd_per_t"].gt(0)].sort_values("node", ignore_index=True)
        return cls(kept, number(world, "stock-elasticity"), saturation_share, number(world, "hoarding-share"))

    def anchored(self, solved: Outcome, periods_a_year: float) -> Holdings:
        """Stocks that follow what was bought for use in a period, and paid for it, at the weeks of cover as before."""
        used = solved.consumption[~solved.consumption["good"].isin([HELD, UNNAMED_USE])]
        bought = used.groupby("node")["bought_t"].sum() * periods_a_year
        table = self.table.copy()
        now = table["node"].map(bought).fillna(table["use_t"])
        price = table["node"].map(solved.balances.set_index("node")["price_usd_per_t"])
        table["target_t"] *= now / table["use_t"]
        table["use_t"] = now
        table["usd_per_t"] = price.where(price > 0, table["usd_per_t"])
        kept = table[table["target_t"] > TINY_T].reset_index(drop=True)
        return replace(self, table=kept)

    def opening(self) -> pd.Series:
        """What is held before the episode: the target, t, by node."""
        return self.table.set_index("node")["target_t"]

    def wanted(self, network: Network, waited_for: set[str]) -> pd.Series:
        """What is wanted at the usual price, t, by node: more where a permission has to be waited for."""
        table = self.table[self.table["node"].isin(network.nodes["node"])]
        more = table["node"].isin(waited_for) * self.hoarding_share
        return pd.Series((table["target_t"] * (1.0 + more)).to_numpy(), index=table["node"])

    def joined(self, network: Network, held: Mapping[str, float], wanted: pd.Series) -> Network:
        """The month's network with opening stocks as supply and closing stocks as demand."""
        table = self.table[self.table["node"].isin(wanted.index)].reset_index(drop=True)
        count = len(table)
        blank = [""] * count
        activities = pd.DataFrame(
            {
                "activity": DRAW + table["node"], "kind": "stock", "site": blank, "country": blank,
                "place": table["place"], "stage": Stage.USE.value, "cost_usd_per_t": 0.0,
                "capacity_t": [float(held.get(n, 0.0)) for n in table["node"]], "minimum_t": 0.0,
                "holder": "users in " + table["place"], "status": "free", "cost_source": blank,
                "capacity_source": "stock_cover",
            }
        )  # fmt: skip
        recipes = pd.DataFrame({"activity": activities["activity"], "node": table["node"], "coefficient": 1.0})
        demands = pd.DataFrame(
            {
                "demand": HOLD + table["node"], "node": table["node"], "good": HELD, "place": table["place"],
                "segment": HELD, "use": HELD, "commodity": table["commodity"],
                "reference_t": wanted.reindex(table["node"]).to_numpy(),
                "reference_usd_per_t": table["usd_per_t"], "elasticity": self.elasticity,
                "choke_usd_per_t": table["choke_usd_per_t"],
                "saturation_usd_per_t": table["usd_per_t"] * self.saturation_share, "floor_share": 0.0,
                "status": "free", "source": "stock_cover",
            }
        )  # fmt: skip
        return replace(
            network,
            activities=pd.concat([network.activities, activities], ignore_index=True),
            recipes=pd.concat([network.recipes, recipes], ignore_index=True),
            demands=pd.concat([network.demands, demands], ignore_index=True),
        )


def closing(solved: Outcome) -> pd.Series:
    """What users hold at the end of a month, t, by node."""
    held = solved.consumption[solved.consumption["good"] == HELD]
    return pd.Series(held["bought_t"].to_numpy(float), index=held["node"])
