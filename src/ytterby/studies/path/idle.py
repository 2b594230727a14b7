"""Plants that stand still are mothballed, and take time to come back.

A plant outside the dominant producer that makes next to nothing for some years is closed: it no longer answers to a
price within the year. It is opened again once what it makes, at the prices of a year that is over, would have paid for
running it with something to spare; it runs after the time that reopening takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ytterby.chain.supply import KG_PER_T
from ytterby.market import Outcome
from ytterby.world import World
from ytterby.world.choices import number
from ytterby.world.terms import Stage

KINDS = (Stage.MINE.value, Stage.SEPARATION.value)


@dataclass
class Mothballed:
    """Which sites are closed, and since when."""

    dominant: str
    still_years: int
    """Years of standing still after which a plant is closed."""
    still_share: float
    """Share of its capacity below which it stands still."""
    margin: float
    """What the value of its output must exceed its cost by, as a share of cost, to open it again."""
    reopening_years: int
    still: dict[str, int] = field(default_factory=dict)
    """Years that a site has stood still by now."""
    closed: set[str] = field(default_factory=set)
    """Sites that are closed, those that are being reopened among them."""
    opens: dict[str, int] = field(default_factory=dict)
    """Year in which a closed site runs again."""
    history: list[dict[str, object]] = field(default_factory=list)
    """period, site, what (closed, reopened)."""

    @classmethod
    def of(cls, world: World, dominant: str) -> Mothballed:
        """Read when plants are closed and opened."""
        return cls(
            dominant,
            round(number(world, "mothball-years")),
            number(world, "mothball-share"),
            number(world, "restart-margin"),
            round(number(world, "restart-years")),
        )

    def sites(self, year: int) -> set[str]:
        """Sites that are closed in a year."""
        return {s for s in self.closed if self.opens.get(s, year + 1) > year}

    def learn(self, solved: Outcome, year: int) -> None:
        """Close what has stood still for long enough, and reopen what would have paid in a year that is over."""
        for site in [s for s, ready in self.opens.items() if ready <= year]:
            self.closed.remove(site)
            del self.opens[site]
            self.still[site] = 0
        made = solved.production[
            solved.production["kind"].isin(KINDS)
            & solved.production["site"].ne("")
            & solved.production["country"].ne(self.dominant)
        ]
        used = made.groupby("site")["level_t"].sum()
        can = self._capacity(solved, made)
        gain = self._gain(solved, made)
        for site in used.index.astype(str):
            if site in self.closed:
                if site not in self.opens and gain[site] > self.margin:
                    self.opens[site] = year + 1 + self.reopening_years
                    self.history.append({"period": self.opens[site], "site": site, "what": "reopened"})
            elif can.get(site, 0.0) > 0:
                stands = used[site] < self.still_share * can[site]
                self.still[site] = self.still.get(site, 0) + 1 if stands else 0
                if self.still[site] >= self.still_years:
                    self.closed.add(site)
                    self.history.append({"period": year + 1, "site": site, "what": "closed"})

    @staticmethod
    def _capacity(solved: Outcome, made: pd.DataFrame) -> dict[str, float]:
        """t of level that every site could run."""
        limits = solved.limits.set_index("quota")["limit_t"]
        own = made[made["kind"] == Stage.MINE.value].groupby("site")["capacity_t"].sum()
        shared = {str(q).split(":")[1]: float(t) for q, t in limits.items() if str(q).startswith("capacity:")}
        return shared | {str(s): float(t) for s, t in own.items()}

    @staticmethod
    def _gain(solved: Outcome, made: pd.DataFrame) -> dict[str, float]:
        """Best of what a site's activities would have earned over their cost, as a share of it, at the year's prices.

        A separator's cost is its own and that of what it is fed. Only what trades has a price: an output that nobody
        buys counts for nothing, and what cannot be bought cannot be fed.
        """
        price = solved.prices.set_index("node")["point"] * KG_PER_T
        recipes = solved.network.recipes[solved.network.recipes["activity"].isin(made["activity"])]
        missing = np.where(recipes["coefficient"] > 0, 0.0, np.inf)
        worth = recipes["coefficient"] * recipes["node"].map(price).fillna(pd.Series(missing, index=recipes.index))
        out = worth.clip(lower=0.0).groupby(recipes["activity"]).sum()
        fed = -worth.clip(upper=0.0).groupby(recipes["activity"]).sum()
        table = made.set_index("activity")
        cost = table["cost_usd_per_t"] + fed.reindex(table.index).fillna(0.0)
        share = (out.reindex(table.index).fillna(0.0) - cost) / cost.clip(lower=1.0)
        best = share.groupby(table["site"]).max()
        return {str(s): float(g) for s, g in best.items()}
