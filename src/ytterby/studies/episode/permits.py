"""Licences over time: asked for as goods would have gone, granted after a wait, never taken back.

Every buyer goes on asking for what he bought before. An application of day s is decided by day d with the share
(d - s) / L of the wait L, so that of the applications of x days D(x) are decided (:mod:`ytterby.rules.practice`), and
the granted share G of the days in question passes of what they decide:

    passed(x1) - passed(x0) = G (D(x1) - D(x0)),

in days of usual trade. A later, lower report lowers what is granted from then on, and takes nothing back. Goods leave
some days after their licence (``clearance``).
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ytterby.chain.habits import NEW
from ytterby.chain.network import Network
from ytterby.chain.trade import DAYS_A_YEAR, LICENSED
from ytterby.rules.practice import days_decided
from ytterby.studies.periods import MONTHS_A_YEAR, Period

DAYS_A_MONTH = DAYS_A_YEAR / MONTHS_A_YEAR
ONE_DAY = datetime.timedelta(days=1)


@dataclass
class Permits:
    """What may pass each licensed link, month after month."""

    usual: pd.Series
    """t a year before the rule, by (commodity, origin_tag, from_place, to_place)."""
    changes: list[datetime.date]
    """Days on which a rule begins or ends."""
    opening: str
    """Label of the first month: what is licensed from its first day has been asked for long before."""
    clearance_days: float = 0.0
    """From a licence to the customs declaration."""
    since: dict[str, datetime.date] = field(default_factory=dict)
    until: dict[str, datetime.date] = field(default_factory=dict)
    """Last day up to which what was granted has passed, by link."""

    def allowances(self, network: Network, trade: pd.DataFrame, month: Period) -> np.ndarray:
        """Capacity of every link in a month, t (L,): infinite where nothing is asked for."""
        links = network.links
        asked = links["decision"].isin(LICENSED).to_numpy()
        capacity = np.full(len(links), np.inf)
        practice = trade.drop_duplicates(["from_node", "to_node"]).set_index(["from_node", "to_node"])
        for link in set(self.since) - set(links.loc[asked, "link"]):
            del self.since[link], self.until[link]
        for i in np.flatnonzero(asked).tolist():
            row = links.iloc[i]
            key = str(row["link"])
            if key.startswith(NEW):
                capacity[i] = 0.0
                continue
            way = practice.loc[(row["from_node"], row["to_node"])]
            monthly = usual_t(self.usual, str(row["from_node"]), str(row["to_node"])) / MONTHS_A_YEAR
            capacity[i] = monthly * self._months_passed(key, month, way)
        return capacity

    def by_link(self, tables: Sequence[pd.DataFrame]) -> pd.Series:
        """t a year before the rule, by the key of every link in some tables of links."""
        links = pd.concat(tables)[["link", "from_node", "to_node"]].drop_duplicates("link")
        links = links[~links["link"].str.startswith(NEW)]
        start = links["from_node"].str.split("|", expand=True)
        pairs = pd.MultiIndex.from_arrays([*(start[c] for c in range(3)), links["to_node"].str.split("|").str[2]])
        return pd.Series(self.usual.reindex(pairs).fillna(0.0).to_numpy(float), index=links["link"].to_numpy())

    def _months_passed(self, key: str, month: Period, way: pd.Series) -> float:
        """Months of usual trade that pass in a month: what is granted in it, and what passed before the rule began."""
        before = 0.0
        if key not in self.since:
            begun = [d for d in self.changes if month.first <= d <= month.middle]
            self.since[key] = begun[-1] if begun else month.first
            self.until[key] = self.since[key] - ONE_DAY
            if month.label == self.opening and not begun:
                self._long_before(key, month, way)
            before = max((self.since[key] - month.first).days, 0) / DAYS_A_MONTH
        return before + self._granted(key, month.last, way)

    def _long_before(self, key: str, month: Period, way: pd.Series) -> None:
        """Let the first applications be as old as the wait, and what they brought be gone."""
        wait = math.ceil(float(way["lead_days"]) + self.clearance_days)
        self.since[key] = month.first - datetime.timedelta(days=wait)
        self.until[key] = month.first - ONE_DAY

    def _granted(self, key: str, until: datetime.date, way: pd.Series) -> float:
        """Months of usual trade that are granted up to the end of a day and have not passed before."""
        wait = float(way["lead_days"])
        reached, last = (
            days_decided((day - self.since[key]).days + 1 - self.clearance_days, wait)
            for day in (until, self.until[key])
        )
        self.until[key] = max(until, self.until[key])
        return max(reached - last, 0.0) * float(way["granted_of_decided"]) / DAYS_A_MONTH


def usual_t(usual: pd.Series, start: str, end: str) -> float:
    """What passed between two nodes in the year before, t."""
    commodity, tag, place = start.split("|")
    return float(usual.get((commodity, tag, place, end.split("|")[2]), 0.0))
