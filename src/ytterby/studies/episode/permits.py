"""Licences over time: asked for as goods would have gone, granted after a wait, never taken back.

Every buyer goes on asking for what he bought before. An application of day s is decided by day d with the share
(d - s) / L of the wait L, and of what is decided the granted share G(d) passes; the largest share seen so far counts,
since what is granted stays granted. So x months after the rule began, in months of usual trade,

    passed(x) = G D(x),   D(x) = x - L/2   for x >= L,     x^2 / (2 L)   before.

A reported share g of all applications counts those that still wait as not granted, and the wait has them already: a
report x months after the rule began says G = g x / D(x), at most one. Where granted, refused and waiting ones were
counted apart, G is the granted among the decided.
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
from ytterby.studies.periods import MONTHS_A_YEAR, Period

DAYS_A_MONTH = DAYS_A_YEAR / MONTHS_A_YEAR
DIGITS = 9
"""To which a reported share is known again after having been turned into a share that was not granted."""


def decided(x: float, wait: float) -> float:
    """What of x months' applications is decided, in months, when an answer takes up to ``wait`` months."""
    return x - wait / 2.0 if x >= wait else x * x / (2.0 * wait)


def granted_of_decided(rows: pd.DataFrame) -> dict[float, float]:
    """Share granted of what was decided, by the share of all applications that was reported.

    ``rows``: table licence_practice. A report of a practice's first day, and one without any wait known, stay as
    they are.
    """
    found: dict[float, float] = {}
    for _, own in rows.sort_values("from").groupby("practice"):
        waits = own["lead_days"].ffill()
        for (_, row), wait in zip(own.iterrows(), waits, strict=True):
            reported = float(row["granted_share"])
            if not np.isfinite(reported):
                continue
            share = reported
            x = (row["from"] - own["from"].iloc[0]).days / DAYS_A_MONTH
            if pd.notna(row["pending"]) and pd.notna(row["approved"]):
                refused = float(row["rejected"]) if pd.notna(row["rejected"]) else 0.0
                share = float(row["approved"]) / (float(row["approved"]) + refused)
            elif x > 0 and np.isfinite(wait) and wait > 0:
                share = min(reported * x / decided(x, float(wait) / DAYS_A_MONTH), 1.0)
            found[round(reported, DIGITS)] = share
    return found


@dataclass
class Permits:
    """What may pass each licensed link, month after month."""

    usual: pd.Series
    """t a year before the rule, by (commodity, origin_tag, from_place, to_place)."""
    changes: list[datetime.date]
    """Days on which a rule begins or ends."""
    opening: str
    """Label of the first month: what is licensed from its first day has been asked for long before."""
    since: dict[str, datetime.date] = field(default_factory=dict)
    granted: dict[str, float] = field(default_factory=dict)
    passed: dict[str, float] = field(default_factory=dict)

    def allowances(
        self, network: Network, trade: pd.DataFrame, month: Period, practice_rows: pd.DataFrame
    ) -> np.ndarray:
        """Capacity of every link in a month, t (L,): infinite where nothing is asked for.

        ``practice_rows``: table licence_practice, from which the reported shares in ``trade`` come.
        """
        of_decided = granted_of_decided(practice_rows)
        links = network.links
        asked = links["decision"].isin(LICENSED).to_numpy()
        capacity = np.full(len(links), np.inf)
        practice = trade.drop_duplicates(["from_node", "to_node"]).set_index(["from_node", "to_node"])
        for link in set(self.since) - set(links.loc[asked, "link"]):
            del self.since[link], self.granted[link], self.passed[link]
        for i in np.flatnonzero(asked).tolist():
            row = links.iloc[i]
            key = str(row["link"])
            if key.startswith(NEW):
                capacity[i] = 0.0
                continue
            way = practice.loc[(row["from_node"], row["to_node"])].copy()
            reported = 1.0 - float(way["refusal_probability"])
            way["refusal_probability"] = 1.0 - of_decided.get(round(reported, DIGITS), reported)
            monthly = self._usual(str(row["from_node"]), str(row["to_node"])) / MONTHS_A_YEAR
            capacity[i] = monthly * self._months_passed(key, month, way)
        return capacity

    def by_link(self, tables: Sequence[pd.DataFrame]) -> pd.Series:
        """t a year before the rule, by the key of every link in some tables of links."""
        links = pd.concat(tables)[["link", "from_node", "to_node"]].drop_duplicates("link")
        links = links[~links["link"].str.startswith(NEW)]
        start = links["from_node"].str.split("|", expand=True)
        pairs = pd.MultiIndex.from_arrays([*(start[c] for c in range(3)), links["to_node"].str.split("|").str[2]])
        return pd.Series(self.usual.reindex(pairs).fillna(0.0).to_numpy(float), index=links["link"].to_numpy())

    def _usual(self, start: str, end: str) -> float:
        commodity, tag, place = start.split("|")
        return float(self.usual.get((commodity, tag, place, end.split("|")[2]), 0.0))

    def _months_passed(self, key: str, month: Period, way: pd.Series) -> float:
        """Months of usual trade that pass in a month: what is granted in it, and what passed before the rule began."""
        before = 0.0
        if key not in self.since:
            begun = [d for d in self.changes if month.first <= d <= month.middle]
            self.since[key] = begun[-1] if begun else month.first
            if month.label == self.opening and not begun:
                self._long_before(key, month, way)
            before = max((self.since[key] - month.first).days, 0) / DAYS_A_MONTH
        return before + self._granted(key, month.last, way)

    def _long_before(self, key: str, month: Period, way: pd.Series) -> None:
        """Let the first applications be as old as the wait, and what they brought be gone."""
        wait = math.ceil(float(way["lead_days"]))
        self.since[key] = month.first - datetime.timedelta(days=wait)
        self._granted(key, month.first - datetime.timedelta(days=1), way)

    def _granted(self, key: str, until: datetime.date, way: pd.Series) -> float:
        """Months of usual trade that are granted up to the end of a day and have not passed before."""
        x = ((until - self.since[key]).days + 1) / DAYS_A_MONTH
        wait = float(way["lead_days"]) / DAYS_A_MONTH
        share = max(1.0 - float(way["refusal_probability"]), self.granted.get(key, 0.0))
        self.granted[key] = share
        total = max(share * decided(x, wait), self.passed.get(key, 0.0))
        now = total - self.passed.get(key, 0.0)
        self.passed[key] = total
        return now
