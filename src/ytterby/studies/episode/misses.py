"""What a replay of a quota does not explain, and which computed facts stand against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.chain.oxides import OxideMarket
from ytterby.studies.episode.months import Episode
from ytterby.studies.episode.peaks import highest, peak_lines, peaks
from ytterby.studies.episode.score import Score, of_licensed
from ytterby.studies.path.record import PathOutcome
from ytterby.studies.periods import Period
from ytterby.world import World


@dataclass(frozen=True)
class Explained:
    """What is told of the replay of a quota; each as its function describes it."""

    quota_use: pd.DataFrame
    uniform_rent: pd.DataFrame
    peaks: pd.DataFrame
    misses: list[str]


def explained(world: World, found: PathOutcome, scored: Score) -> Explained:
    """What the quota did period by period, what one rent would have done, and what is missed."""
    name = str(found.meta["episode"])
    market = OxideMarket.of(world, name)
    use = quota_use(market, Episode.of(world, name).months, found)
    top = peaks(world, market, found, scored)
    lines = [*misses(use, scored), *peak_lines(top, market, scored)]
    return Explained(use, uniform_rent(market.home, scored), top, lines)


def quota_use(market: OxideMarket, periods: Sequence[Period], found: PathOutcome) -> pd.DataFrame:
    """One row a period: period, quota_t (gross), licensed_t, used (share), premium (USD/kg, what a licence is worth),
    unlicensed_t."""
    gross = market.one("gross-per-reo")
    flows = found.flows[found.flows["from_place"] == market.home]
    rows = []
    for period in periods:
        part = flows[flows["period"] == period.label]
        quota, t = market.one("quota", period.middle), of_licensed(part, "licensed-export")
        rows.append(
            {
                "period": period.label, "quota_t": quota, "licensed_t": t, "used": t * gross / quota,
                "premium": round(of_licensed(part, "premium"), 6) + 0.0,
                "unlicensed_t": float(part["flow_t"].sum()) - t,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def uniform_rent(home: str, scored: Score) -> pd.DataFrame:
    """What one rent per kilogram on every oxide would have done, from the premium that was seen and prices before it:
    commodity, before (USD/kg), then times the price before: uniform, seen (at its highest), modelled."""
    table = scored.table
    rent = table.loc[table["measure"] == "premium", "observed"]
    top = highest(home, scored)
    if not len(rent) or not len(top):
        return pd.DataFrame()
    r = float(rent.iloc[0])
    return pd.DataFrame(
        {
            "commodity": top["commodity"], "before": top["before"], "uniform": 1.0 + r / top["before"],
            "seen": top["times"], "when": top["months"], "modelled": top["modelled"] / top["before"],
        }
    )  # fmt: skip


def misses(used: pd.DataFrame, scored: Score) -> list[str]:
    """Sentences, from computed facts alone: periods whose prices are off by more than a factor of two, and whether the
    quota of the period bound."""
    use = used.set_index("period")
    table = scored.table
    off = table[(table["measure"] == "price") & table["twofold"].eq(False)]
    lines = []
    for months, group in off.groupby("months"):
        labels = [p for p in use.index if str(months).startswith(p)]
        if not labels:
            continue
        row, factor = use.loc[labels[0]], float(np.exp(-group["log_error"].median()))
        binds = "binds" if row["used"] > 0.999 else "does not bind"
        lines.append(
            f"{labels[0]}: {len(group)} prices off by more than two (seen / modelled {factor:.1f}, median). The quota "
            f"{binds} ({row['used']:.0%} used, a licence is worth {row['premium']:.1f} USD/kg), so that what is left "
            + ("over is more than the quota's rent." if row["used"] > 0.999 else "open is no rent of the quota.")
        )
    return lines
