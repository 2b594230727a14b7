"""What a separation costs by the model and as plants, studies and press have it, site by site."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from ytterby.separation.process import OPERATING, SITE_COSTS, Separation
from ytterby.separation.stoichiometry import MOLAR_MASS
from ytterby.world import World
from ytterby.world.terms import ProcessCost

LABOUR = "labour-overhead"
"""Beginning of the rows of reagent_prices that pay labour, upkeep and overhead."""
ENERGY = ("power", "heat", "water")
DISPOSAL_END = "-disposal"
MINE = "mine-concentrate"
DEFLATOR = ("USA", "gdp-deflator")
"""Country and series that bring nominal dollars to the base year."""


def reagent_usd_per_t(cost: ProcessCost) -> float:
    """Reagents alone: acid, base, precipitant, extractant; no energy, water, disposal, labour. USD/t REO fed."""
    return sum(line.usd_per_t for line in cost.lines if line.item in MOLAR_MASS or line.item in ("p507", "kerosene"))


def against_costs(separation: Separation) -> pd.DataFrame:
    """One row a published cost of table ``separation_costs``, in the base year's money, beside the model's.

    Columns ``published`` (with its band), ``modelled`` (with its band), both USD/t REO of the row's base, ``ratio``.
    """
    rows = []
    for r in separation.world.table("separation_costs").to_dict("records"):
        level = price_level(separation.world, int(r["year"]))
        modelled, low, high = _modelled(separation, r)
        rows.append(
            {
                "plant": r["plant"],
                "item": r["item"],
                "per": r["per"],
                "published": float(r["usd_per_t"]) / level,
                "low": float(r["low"]) / level,
                "high": float(r["high"]) / level,
                "modelled": modelled,
                "modelled_low": low,
                "modelled_high": high,
                "ratio": modelled / float(r["usd_per_t"]) * level,
                "money_of": int(r["year"]),
                "confidence": r["confidence"],
                "note": r["note"],
                "source": r["source"],
            }
        )
    return pd.DataFrame(rows)


def site_table(separation: Separation) -> pd.DataFrame:
    """One row a separator and feed of the market: computed cost by kind of line, and what is published of the site.

    USD/t REO fed, USD/kg NdPr oxide where it is made; ``published`` is text: item, figure and its base.
    """
    sites = separation.world.table("sites").set_index("site")
    said = _said(separation)
    rows = []
    for site in separation.site_processes.index:
        for feed in _feeds(sites, str(site)):
            cost = separation.process(str(site), feed)
            inventory = separation.inventory(feed, *separation.site_processes.loc[site, ["circuit", "route"]])
            by_kind = {"reagents": 0.0, "energy and water": 0.0, "disposal": 0.0, "labour, upkeep": 0.0}
            for line in cost.lines:
                by_kind[_kind(line.item)] += line.usd_per_t
            ndpr = inventory.per("ndpr")
            rows.append(
                {
                    "site": site,
                    "country": separation.site_processes.loc[site, "country"],
                    "feed": feed,
                    "hcl_t": inventory.hcl.net,
                    "recovery": sum(cost.yields.values()),
                    **by_kind,
                    "usd_per_t": cost.usd_per_t,
                    "low": cost.low_usd_per_t,
                    "high": cost.high_usd_per_t,
                    "usd_per_kg_ndpr": cost.usd_per_t / ndpr / 1000 if ndpr > 0 else float("nan"),
                    "published": said.get(str(site), ""),
                }
            )
    return pd.DataFrame(rows)


def _feeds(sites: pd.DataFrame, site: str) -> list[str]:
    return [f.strip() for f in str(sites["feeds"].to_dict().get(site, "")).split(";") if f.strip()]


def _kind(item: str) -> str:
    if item == OPERATING or item.startswith(LABOUR):
        return "labour, upkeep"
    if item in ENERGY:
        return "energy and water"
    return "disposal" if item.endswith(DISPOSAL_END) else "reagents"


def _said(separation: Separation) -> Mapping[str, str]:
    """Published unit costs of each site, as text; assumptions and rows that enter the model left out."""
    found: dict[str, list[str]] = {}
    rows = separation.world.table(SITE_COSTS)
    for r in rows[(rows["source"] != "assumption") & (rows["item"] != OPERATING)].to_dict("records"):
        found.setdefault(str(r["site"]), []).append(f"{r['item']} {float(r['usd_per_kg']):g} USD/kg ({r['basis']})")
    for r in separation.world.table("separation_costs").to_dict("records"):
        if isinstance(r["site"], str) and r["site"]:
            kg = float(r["usd_per_t"]) / 1000
            found.setdefault(r["site"], []).append(f"{r['item']} {kg:.3g} USD/kg ({r['plant']}, {r['year']})")
    return {k: "; ".join(v) for k, v in found.items()}


def price_level(world: World, year: int) -> float:
    """Price level of a year's dollars over the base year's; 1 where the table has none."""
    rows = world.table("deflators")
    country, series = DEFLATOR
    fits = rows[(rows["country"] == country) & (rows["series"] == series) & (rows["year"] == year)]
    return float(fits["index"].iloc[0]) if len(fits) else 1.0


def _modelled(s: Separation, row: Mapping[Hashable, Any]) -> tuple[float, float, float]:
    """Model's cost of a row's scope with its band, USD/t of the row's base."""
    feed, circuit, route, country = (str(row[k]) for k in ("feed", "circuit", "route", "country"))
    cost = s.cost(feed, circuit, route, country)
    made = sum(s.inventory(feed, circuit, route).products.values())
    base = made if row["per"] == "products" else 1.0
    point, low, high = cost.usd_per_t, cost.low_usd_per_t, cost.high_usd_per_t
    if row["item"] == "reagents":
        share = reagent_usd_per_t(cost)
        low, high = share - (point - low), share + (high - point)
        point = share
    if row["item"] == "mine-to-oxide":
        mine = _mine(s, feed)
        point, low, high = point + mine[0], low + mine[1], high + mine[2]
    return point / base, max(low, 0.0) / base, high / base


def _mine(s: Separation, ore: str) -> tuple[float, float, float]:
    """Cost of the concentrate of an ore's cheapest mine, USD/t REO; zero where none is known."""
    sites = s.world.table("sites")
    mines = set(sites.loc[(sites["ore"] == ore) & (sites["stage"] == "mine"), "site"])
    rows = s.world.table(SITE_COSTS)
    own = rows[(rows["item"] == MINE) & rows["site"].isin(mines)]
    if own.empty:
        return 0.0, 0.0, 0.0
    r = own.sort_values("usd_per_kg").iloc[0]
    return 1000 * float(r["usd_per_kg"]), 1000 * float(r["low"]), 1000 * float(r["high"])
