"""Why a replay of licences misses what was seen: one line a figure, from what the replay itself computed.

A figure is missed that is off by more than a factor of two, turns the other way, or is farther off than the nearer of
the two naive forecasts. Its line says how far off the replay stood before anything was announced, how far both have
moved since, and what in the replay makes the move: how much of the goods under licence and of the rest passed, whether
buyers stand at the most that those pay who can wait, and how little is sold at the price.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.network import HELD
from ytterby.chain.use import UNNAMED_USE
from ytterby.studies.episode.score import EVERYWHERE, Score, before, measure, months_of
from ytterby.studies.path.record import PathOutcome
from ytterby.world import World

EXPORTS = ("export", "export-change")
LICENSED_GOODS = "under licence"
MONTHS = "months"
"""Horizon of table elasticities that replays take."""
NEAR = 0.02
"""Relative distance at which a price stands at a ceiling."""
RISEN = 1.5
"""Times the price before, above which it is asked who pays a price."""
THIN = 0.25
"""Share of what is sold before an episode below which a price is one of few deals."""


def reasons(world: World, found: PathOutcome, scored: Score) -> list[str]:
    """One line for each figure of a replay of licences that is missed."""
    rows = world.table("episode_series").set_index("series")
    table = scored.table
    off = table["twofold"].eq(False) | table["direction"].eq(False) | table["beats"].eq(False)
    lines = []
    for _, row in table[off].iterrows():
        asked = {str(k): v for k, v in rows.loc[str(row["series"])].items()}
        lines.append(_line(world, found, {**asked, "series": row["series"]}, row))
    return lines


def _line(world: World, found: PathOutcome, asked: dict[str, object], scored: pd.Series) -> str:
    """A missed figure: what is missed, and by what the replay comes there."""
    missed = [
        told
        for column, told in (("twofold", "off by more than two"), ("direction", "turns another way"))
        if scored[column] is not None and scored[column] == False  # noqa: E712
    ] or ["a naive forecast is nearer"]
    months = months_of(found, asked)
    start = measure(found, asked, before(found), per=len(months))
    parts = [_start(start, scored)]
    if asked["measure"] in EXPORTS:
        parts.append(_passed(found, asked, months, scored))
    elif np.isfinite(start) and scored["modelled"] > RISEN * start:
        parts.append(_paid(world, found, asked, months, scored))
    said = f"{_figure(scored['modelled'])} said, {_figure(scored['observed'])} {scored['unit']} seen"
    return f"{asked['series']}: {', '.join(missed)} ({said}). " + " ".join(p for p in parts if p)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def _start(start: float, scored: pd.Series) -> str:
    """How far off the replay stood before, and how both moved."""
    known = float(scored["before"]) if pd.notna(scored["before"]) else float("nan")
    if not (np.isfinite(start) and np.isfinite(known) and start > 0 and known > 0):
        return ""
    moved, seen = scored["modelled"] / start - 1.0, scored["observed"] / known - 1.0
    return f"It began {start / known - 1.0:+.0%} from what was seen before; since then {moved:+.0%}, seen {seen:+.0%}."


def _passed(found: PathOutcome, asked: dict[str, object], months: list[str], scored: pd.Series) -> str:
    """How much of the goods under licence and of the others passed, over as many months before."""
    flows = found.flows[found.flows["commodity"].str.startswith(tuple(str(asked["commodity"]).split("|")))]
    flows = flows[flows["from_place"] == asked["place"]]
    if asked["partner"] != EVERYWHERE:
        flows = flows[flows["to_place"] == asked["partner"]]
    under = set(flows.loc[flows["permitted"], "commodity"])
    told, counted = [], False
    for name, part in (
        (LICENSED_GOODS, flows[flows["commodity"].isin(under)]),
        ("free of it", flows[~flows["commodity"].isin(under)]),
    ):
        usual = float(part.loc[part["period"].isin(before(found)), "flow_t"].sum()) * len(months)
        now = float(part.loc[part["period"].isin(months), "flow_t"].sum())
        if usual > 0:
            told.append(f"{now / usual:.0%} of the usual {usual:,.0f} t {name}")
            counted |= name == LICENSED_GOODS and now < usual and scored["modelled"] < scored["observed"]
    if not told:
        return ""
    weighed = " The reports count applications, not tonnes: more may have passed than they say." if counted else ""
    return f"Of the goods {' and '.join(told)} pass.{weighed}"


def _paid(world: World, found: PathOutcome, asked: dict[str, object], months: list[str], scored: pd.Series) -> str:
    """Where buyers stand who pay a price, and how much is sold at it."""
    names, place = str(asked["commodity"]).split("|"), str(asked["place"])
    prices = found.prices[found.prices["commodity"].isin(names)]
    here = prices if place == EVERYWHERE else prices[prices["place"] == place]
    sold = float(here.loc[here["period"].isin(months), "traded_t"].sum())
    usual = float(here.loc[here["period"].isin(before(found)), "traded_t"].sum()) * len(months)
    told = []
    if usual > 0:
        few = " a price of few deals" if sold < THIN * usual else ""
        told.append(f"{sold:,.3g} t are sold at it, {sold / usual:.0%} of what was usual{':' + few if few else ''}.")
    top = float(here["point"].max())
    high = here[here["point"] >= (1.0 - NEAR) * top]["period"].nunique()
    if scored["modelled"] >= (1.0 - NEAR) * top and high > 1:
        told.append(
            f"It stands in {high} months at {top:,.4g}, where buyers rather put a sale off{_end(world, names, place)}."
        )
    own = found.consumption[found.consumption["demand"].str.split("|").str[1].isin(names)]
    own = own[~own["good"].isin([HELD, UNNAMED_USE])]
    if own.empty:
        told.append("No use buys it as such: its price is what magnets made of it are worth, over the little in them.")
    return " ".join(told)


def _end(world: World, names: list[str], place: str) -> str:
    """Where use would end were nothing made up later, and what is; empty where no use buys a product as such."""
    elastic = world.table("elasticities")
    own = elastic[elastic["commodity"].isin(names) & elastic["horizon"].eq(MONTHS)]["choke_usd_per_kg"]
    made_up = world.table("stock_cover").set_index("place")["catch_up_share"].get(place)
    if own.empty or made_up is None:
        return ""
    return f": use ends at {own.max():,.4g}, and of a sale put off {made_up:.0%} is made up later"
