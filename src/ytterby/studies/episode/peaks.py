"""Prices at their highest: how far a replay comes, and what buyers would have had to go without to pay what was seen.

A buyer of elasticity e who pays k times a price buys k**e of what he bought at it: the rest is what would have had to
be missing, by being put into stock or by not being made.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.network import HELD
from ytterby.chain.oxides import OxideMarket
from ytterby.studies.episode.months import Episode
from ytterby.studies.episode.quotas import DAYS_A_YEAR, Buyers
from ytterby.studies.episode.score import Score
from ytterby.studies.episode.show import TITLES
from ytterby.studies.path.record import PathOutcome
from ytterby.world import World

PEAK_COLUMNS = [
    "commodity", "when", "seen", "modelled", "twofold", "inside", "outside", "elasticity", "use_t", "missing_t",
]  # fmt: skip


def highest(home: str, scored: Score) -> pd.DataFrame:
    """Rows of a score: prices outside at their highest of those seen, one a commodity, above what they were before."""
    table = scored.table
    prices = table[(table["measure"] == "price") & table["place"].ne(home) & table["before"].gt(0)]
    top = prices.assign(times=prices["observed"] / prices["before"]).sort_values("times")
    return top.groupby("commodity").tail(1).sort_values("before")


def peaks(world: World, market: OxideMarket, found: PathOutcome, scored: Score) -> pd.DataFrame:
    """One row a commodity: when, seen and modelled (USD/kg), twofold; inside and outside (modelled price over that of
    the last period before the announcement); elasticity of use in the period; use_t (bought outside for use, as
    modelled) and missing_t (how much less of it leads to the price that was seen)."""
    episode = Episode.of(world, str(found.meta["episode"]))
    buyers = Buyers(world, market, episode, bounded=False)
    periods = {p.label: p for p in episode.months}
    before = [p.label for p in episode.months if p.last < episode.known_on]
    adapting = "adaptation" not in found.meta["without"]
    price = found.prices.set_index(["period", "place", "commodity"])["point"]
    used = found.consumption[found.consumption["good"].ne(HELD) & found.consumption["place"].ne(market.home)]
    bought = used.groupby(["period", used["demand"].str.split("|").str[1]])["bought_t"].sum()
    rows = []
    for row in highest(market.home, scored).to_dict("records"):
        when, good, seen, said = (
            str(row["months"]).split("..")[-1],
            str(row["commodity"]),
            row["observed"],
            row["modelled"],
        )
        if when not in periods or not before:
            continue
        since = (periods[when].middle - episode.known_on).days / DAYS_A_YEAR
        elasticity = buyers.elasticity(max(since, 0.0) if adapting else 0.0)
        use = float(bought[when, good])
        rise = [float(price[when, p, good] / price[before[-1], p, good]) for p in (market.home, str(row["place"]))]
        missing = max(use * (1.0 - float(seen / said) ** elasticity), 0.0)
        rows.append((good, when, seen, said, row["twofold"], *rise, elasticity, use, missing))
    return pd.DataFrame(rows, columns=PEAK_COLUMNS)


def split(home: str, scored: Score) -> tuple[int, int]:
    """Of commodities whose prices at home and outside were seen in one period: for how many the replay says rightly
    which is the higher, and how many there are."""
    table = scored.table[scored.table["measure"] == "price"]
    at_home, away = (table[table["place"].eq(home) == inside] for inside in (True, False))
    both = at_home.merge(away, on=["commodity", "months"], suffixes=("_home", "_away"))
    order = [np.sign(both[f"{c}_away"] - both[f"{c}_home"]) for c in ("observed", "modelled")]
    return int((order[0] == order[1]).sum()), len(both)


def peak_lines(told: pd.DataFrame, market: OxideMarket, scored: Score) -> list[str]:
    """Sentences on the peaks, from computed facts alone."""
    if not len(told):
        return []
    right, of = split(market.home, scored)
    lines = [
        f"Peaks: {int(told['twofold'].sum())} of {len(told)} within a factor of two (seen / modelled "
        f"{(told['seen'] / told['modelled']).median():.1f}, median). Outside above inside, or below it, as seen: "
        f"{right} of {of}."
    ]
    for when, own in told.groupby("when"):
        missing, use = own["missing_t"].sum(), own["use_t"].sum()
        goods = ", ".join(str(g).removesuffix("-oxide").capitalize() for g in own["commodity"])
        lines.append(
            f"{when}: buyers outside who answer with {own['elasticity'].iloc[0]:.2f} pay the peaks of {goods} once "
            f"{missing:,.0f} t of the {use:,.0f} t that they use are missing ({missing / use:.0%})."
        )
    lines += _recorded(told, scored)
    gap = float((told["seen"] - told["modelled"]).min())
    lines += [
        f"The tax on the ore of {ore} is {usd:.1f} USD/kg of oxides. Output is given, so that the mine bears it and no "
        f"price moves; passed on whole it would be {usd / gap:.1%} of the smallest gap (USD/kg) at a peak."
        for ore, usd in market.values("resource-tax").items()
        if gap > 0
    ]
    return lines


def _recorded(told: pd.DataFrame, scored: Score) -> list[str]:
    """What was recorded of quantities in the years of the peaks, where it leaves no room for what would be missing."""
    table = scored.table[scored.table["measure"].isin(["licensed-export", "use"]) & scored.table["unit"].eq("t")]
    same = table[table["months"].str.split("..", regex=False).str[-1].isin(told["when"])]
    short = told["missing_t"].sum() / told["use_t"].sum()
    if not len(same) or (1.0 - same["observed"] / same["modelled"]).max() >= short:
        return []
    seen = [
        f"{TITLES[str(row.measure)].lower()} {row.observed:,.0f} t seen, {row.modelled:,.0f} t modelled"
        for row in same.itertuples()
    ]
    return [
        f"Recorded in the year of the peaks: {'; '.join(seen)}. So much is not missing: the peaks are not the price of "
        "use. What was bought to be kept, inside China as well, was reported in words and money, not in tonnes: beyond "
        "the stocks put aside and the hoarding outside while a quota is cut, the replay has none of it."
    ]
