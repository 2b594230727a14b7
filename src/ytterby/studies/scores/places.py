"""Where the answer puts separation, magnets and trade, beside the balanced year and customs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.supply import CONCENTRATE
from ytterby.chain.trade import Places
from ytterby.market import Outcome
from ytterby.studies.scores.targets import BY_CONSTRUCTION, TESTED, TOLERANCE, band
from ytterby.studies.solve import Base
from ytterby.world import World

PLACES = [
    "what", "place", "modelled", "observed", "low", "high", "unit", "status", "counted", "hit_low", "hit_high",
    "log_error", "hit", "origin", "source", "remark",
]  # fmt: skip
WORLD, MAGNET, MIXED = "world", "magnets", "ores-compounds-metals"
MAGNET_KIND = "magnet"
SEPARATED, MADE, MAGNETS_TO, OXIDES_TO = " separated", "magnets made", "magnets exported to", "oxides exported to"
REPORTED = ", reported"
SMALL_T = 100.0
"""Flows below this many t on both sides are left out: no statistic of this trade is that exact."""
AT_BOUND = 1e-6


def production_and_trade(world: World, base: Base) -> pd.DataFrame:
    """Return modelled against balanced or reported t of the base year, by place; see ``PLACES`` for the columns.

    A hit that was given scores nothing, a miss always counts. Given are: an answer that rests on a bound which lies
    inside the tolerance; the last maker of magnets where all others rest on such bounds; a place that has nearly all
    of the world's output, which follows from what was mined; imports of magnets, which follow from recorded use and
    output. Figures that are weak (a band wider than half of the value) or cover part of a place are not counted.
    """
    table = pd.concat(
        [_separation(base), _magnets(base), _balanced_trade(base), _reported_trade(world, base)], ignore_index=True
    )
    table = table[(table["modelled"] > SMALL_T) | (table["observed"] > SMALL_T)].reset_index(drop=True)
    table["hit_low"], table["hit_high"] = band(table["observed"], table["low"], table["high"])
    table["hit"] = table["modelled"].between(table["hit_low"], table["hit_high"])
    given = _given(table)
    table["status"] = np.where(given != "", BY_CONSTRUCTION, TESTED)
    some = (table["modelled"] > 1.0) & (table["observed"] > 1.0)
    table["log_error"] = np.log(table["modelled"].where(some) / table["observed"].where(some))
    reported = set(table.loc[table["origin"] == "reported", "what"].str.removesuffix(REPORTED) + table["place"])
    twice = (table["what"] + table["place"]).isin(reported)
    table.loc[twice, "origin"] = "reported apart"
    table["counted"] = (table["status"] == TESTED) & table["origin"].isin(("balanced", "reported"))
    table["remark"] = given.where(
        given != "", np.where(table["counted"], table["held"], "the figure is " + table["origin"])
    )
    return table[PLACES]


def _given(table: pd.DataFrame) -> pd.Series:
    """Why a hit was given beforehand; blank for hits that were not, and for misses."""
    why = pd.Series("", index=table.index)
    rests = table["bound"].between(table["hit_low"], table["hit_high"])
    why[rests] = "rests on a bound taken from recorded output or capacity"
    makers = table["what"] == MADE
    free = makers & ~rests
    if free.sum() == 1:
        why[free] = "all other makers rest on bounds"
    output = table["what"].str.endswith(SEPARATED)
    share = table["observed"] / table.groupby("what")["observed"].transform("sum")
    why[output & (share >= 1.0 - TOLERANCE) & (why == "")] = (
        "nearly all of the world's output, which follows from what was mined"
    )
    why[table["what"].str.startswith(MAGNETS_TO) & (why == "")] = "follows from recorded use and output"
    return why.where(table["hit"], "")


def _rows(what: str, model: pd.Series, seen: pd.DataFrame, unit: str, bound: pd.Series | None = None) -> pd.DataFrame:
    """Put modelled t beside observed t, low, high (index: place) of one kind of figure."""
    places = sorted(set(model.index) | set(seen.index))
    table = seen.reindex(places)
    table.insert(0, "modelled", model.reindex(places).fillna(0.0))
    for column in ("observed", "low", "high"):
        table[column] = table[column].fillna(0.0)
    table["bound"] = np.nan if bound is None else bound.reindex(places)
    table["held"] = np.where(table["bound"].notna(), "rests on a bound", "")
    table["origin"] = table["origin"].fillna("balanced")
    table["source"] = table["source"].fillna("balance")
    return table.rename_axis("place").reset_index().assign(what=what, unit=unit)


def _balanced(flows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Sum balanced flows by place: observed, low, high, origin. Elements of a flow go together, other flows do not."""
    rows = flows.assign(half=(flows["high"] - flows["low"]) / 2.0)
    one = rows.groupby([key, "kind", "country", "place", "destination", "ore"], as_index=False)[["t", "half"]].sum()
    total = one.assign(square=one["half"] ** 2).groupby(key)[["t", "square"]].sum()
    half = np.sqrt(total["square"])
    low, high = (total["t"] - half).clip(lower=0.0), total["t"] + half
    origin = np.where(half > 0.5 * total["t"], "weak", "balanced")
    return pd.DataFrame({"observed": total["t"], "low": low, "high": high, "origin": origin, "source": "balance"})


def _bounds(outcome: Outcome, kind: str) -> pd.Series:
    """Bound on which the output of a kind rests at each place, where all that is made there rests on one."""
    network = outcome.network
    activities = outcome.production[outcome.production["kind"] == kind].set_index("activity")
    limits = outcome.limits[
        (outcome.limits["used_t"] - outcome.limits["limit_t"]).abs() <= AT_BOUND * outcome.limits["limit_t"]
    ]
    members = network.quota_members[
        network.quota_members["quota"].isin(limits["quota"]) & network.quota_members["member"].isin(activities.index)
    ]
    bound = set(members["member"])
    made = activities[activities["level_t"] > 0]
    return made.groupby("place")["level_t"].sum()[
        made.assign(held=made.index.isin(bound)).groupby("place")["held"].all()
    ]


def _separation(base: Base) -> pd.DataFrame:
    made = base.outcome.made
    fed = made[(made["kind"] == "separation") & (made["made_t"] < 0) & made["commodity"].str.startswith(CONCENTRATE)]
    flows = base.assembly.balanced.flows
    ore = _rows(
        f"concentrate{SEPARATED}", -fed.groupby("place")["made_t"].sum(),
        _balanced(flows[flows["kind"] == "feed"], "destination"), "t REO", _bounds(base.outcome, "separation"),
    )  # fmt: skip
    split = made[(made["kind"] == "separation") & (made["made_t"] > 0)]
    parts = [ore]
    seen = flows[flows["kind"] == "separated"]
    for commodity in sorted(set(base.reference.gaps["commodity"]) & set(seen["commodity"])):
        model = split[split["commodity"] == commodity].groupby("place")["made_t"].sum()
        parts.append(
            _rows(f"{commodity}{SEPARATED}", model, _balanced(seen[seen["commodity"] == commodity], "place"), "t REO")
        )
    return pd.concat(parts, ignore_index=True)


def _magnets(base: Base) -> pd.DataFrame:
    made = base.outcome.made
    model = made[(made["kind"] == "magnet") & (made["made_t"] > 0)].groupby("place")["made_t"].sum()
    flows = base.assembly.balanced.flows
    return _rows(
        MADE, model, _balanced(flows[flows["kind"] == "magnets"], "place"), "t magnet", _bounds(base.outcome, "magnet")
    )


def _exports(base: Base, kinds: tuple[str, ...]) -> pd.Series:
    """Modelled exports of the claiming country by destination: magnets in t of magnet, all else in t REO."""
    flows, kind = base.outcome.flows, base.assembly.world.table("commodities").set_index("commodity")["kind"]
    of = flows["commodity"].str.split(":").str[0].map(kind).isin(kinds)
    leaving = flows[of & (flows["from_place"] == _home(base)) & (flows["flow_t"] > 0)]
    reo = base.outcome.network.contents.groupby("commodity")["t_per_t"].sum()
    factor = 1.0 if kinds == (MAGNET_KIND,) else leaving["commodity"].map(reo).fillna(1.0)
    return (leaving["flow_t"] * factor).groupby(leaving["to_place"]).sum()


def _home(base: Base) -> str:
    places: Places = base.assembly.places
    return next(p for p, c in places.country.items() if c == base.assembly.claiming_country)


def _balanced_trade(base: Base) -> pd.DataFrame:
    flows = base.assembly.balanced.flows
    leaving = flows[flows["place"] == _home(base)]
    return pd.concat(
        [
            _rows(OXIDES_TO, _exports(base, ("oxide", "separation")),
                  _balanced(leaving[leaving["kind"] == "oxide-trade"], "destination"), "t REO"),
            _rows(MAGNETS_TO, _exports(base, (MAGNET_KIND,)),
                  _balanced(leaving[leaving["kind"] == "magnet-trade"], "destination"), "t magnet"),
        ],
        ignore_index=True,
    )  # fmt: skip


def _reported_trade(world: World, base: Base) -> pd.DataFrame:
    """Exports of the claiming country as customs report them: to the world, and to countries.

    A country that is the only one of its place with plants or trade in the tables stands for it.
    """
    table = world.table("trade_flows")
    rows = table[
        (table["year"] == base.assembly.year)
        & (table["origin"] == base.assembly.claiming_country)
        & table["product"].isin((MAGNET, MIXED))
        & table["net_weight_t"].notna()
    ]
    countries = world.table("countries")
    named = {*world.table("sites")["country"], *table["origin"], *table["destination"]}
    members = countries[countries["iso3"].isin(named)].groupby("place")["iso3"].agg(list)
    whole = {str(m[0]): str(p) for p, m in members.items() if len(m) == 1}
    parts = []
    for r in rows.to_dict("records"):
        if r["destination"] != WORLD and r["destination"] not in countries["iso3"].to_numpy():
            continue
        magnets = r["product"] == MAGNET
        place = WORLD if r["destination"] == WORLD else whole.get(str(r["destination"]))
        share, low, high = (
            (1.0, 1.0, 1.0) if magnets else (float(r["reo_per_t"]), float(r["reo_low"]), float(r["reo_high"]))
        )
        exports = _exports(base, (MAGNET_KIND,) if magnets else ("oxide", "separation", "metal"))
        if place is None:
            place = str(countries.set_index("iso3").at[r["destination"], "place"])
            origin = "part of a place"
        else:
            origin = "reported"
        t = float(r["net_weight_t"])
        parts.append(
            {
                "what": f"{MAGNETS_TO if magnets else OXIDES_TO}{REPORTED}", "place": place,
                "modelled": float(exports.sum() if place == WORLD else exports.get(place, 0.0)),
                "observed": t * share, "low": t * low, "high": t * high, "unit": "t magnet" if magnets else "t REO",
                "origin": origin, "source": r["source"], "bound": np.nan, "held": "",
            }
        )  # fmt: skip
    return pd.DataFrame(parts)
