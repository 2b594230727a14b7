"""Delays beyond a leg's band, all year or in some months: storms, ice, rains, queues, late ships.

A row of leg_delays says how likely one journey over its subject meets the delay, and how many days more it
then takes (lognormal, by its median and 95 % point). The month is that of the network's date.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.routes.tariffs import rows_of
from ytterby.world.load import World

Z95 = 1.6448536269514722
"""95 % point of the standard normal distribution."""


@dataclass(frozen=True)
class Delay:
    """One row of leg_delays that holds in the month of the date."""

    delay: str
    title: str
    probability: float
    """Chance that one journey over the subject meets it."""
    days_p50: float
    days_p95: float
    """Median and 95 % point of the days more, when it is met."""
    seasonal: bool
    """Does it hold in some months only?"""
    closed_share: float = 0.0
    """Share of the days on which the subject cannot be used; 1 shuts it."""
    capacity_factor: float = 1.0

    @property
    def sigma(self) -> float:
        """Spread of the logarithm: ln(p95 / p50) / 1.645; zero for a fixed delay."""
        if self.days_p50 <= 0 or self.days_p95 <= self.days_p50:
            return 0.0
        return math.log(self.days_p95 / self.days_p50) / Z95

    @property
    def expected_days(self) -> float:
        """p x the mean of the lognormal, exp(mu + sigma^2 / 2)."""
        return self.probability * self.days_p50 * math.exp(self.sigma**2 / 2)


Delays = dict[tuple[str, str], tuple[Delay, ...]]
"""(kind of subject, subject) -> delays."""


def read_delays(world: World, on: datetime.date) -> Delays:
    """Return the delays that hold on the date, by kind of subject and subject."""
    when = pd.Timestamp(on)
    table = world.table("leg_delays")
    held = table[
        (table["valid_from"].isna() | (table["valid_from"] <= when))
        & (table["valid_to"].isna() | (table["valid_to"] >= when))
    ]
    found: dict[tuple[str, str], tuple[Delay, ...]] = {}
    for row in rows_of(held):
        months = [int(m) for m in row.months.split("|") if m]
        if months and on.month not in months:
            continue
        key = (row.subject_kind, row.subject)
        delay = Delay(
            delay=row.delay,
            title=row.title,
            probability=float(row.probability),
            days_p50=float(row.days_p50),
            days_p95=float(row.days_p95),
            seasonal=bool(months),
            closed_share=float(np.nan_to_num(row.closed_share)),
            capacity_factor=1.0 if math.isnan(row.capacity_factor) else float(row.capacity_factor),
        )
        found[key] = (*found.get(key, ()), delay)
    return found
