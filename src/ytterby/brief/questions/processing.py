"""Processing: who needs how much acid, who makes what share, what it takes to replace a separator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.words import exact, from_band, percent
from ytterby.pictures import bar_picture, range_picture
from ytterby.separation.compare import Comparison, compare
from ytterby.world.terms import Band

PLANTS = (
    (
        "ratio_as_built",
        "Mountain Pass as built against Baotou, unlinked",
        "us-chlor-alkali",
        "cn-p507",
    ),
    (
        "ratio_linked",
        "Mountain Pass as built against Baotou with linked cuts",
        "us-chlor-alkali",
        "cn-p507-linked",
    ),
    ("ratio_same", "the same conventional circuit on both ores", "cn-p507", "cn-p507"),
    (
        "ratio_conventional",
        "conventional circuit on US ore against Baotou with linked cuts",
        "cn-p507",
        "cn-p507-linked",
    ),
)
"""The comparisons that span what "US" and "Chinese" plants can mean: key, words, US circuit, Chinese circuit."""
US_ORE, CHINESE_ORE = "mountain-pass", "bayan-obo"
SAMPLES = 128
PERCENT = 100.0


def acid(context: Context, params: Mapping[str, Any]) -> Answer:
    """Hydrochloric acid of US circuits over Chinese ones, with the causes; price apart from quantity."""
    del params
    found = {
        key: compare(
            context.world, US_ORE, a, CHINESE_ORE, b, n=SAMPLES, seed=context.seed, countries=("USA", "CHN"),
            separation=context.separation,
        )
        for key, _, a, b in PLANTS
    }  # fmt: skip
    as_built = found["ratio_as_built"]
    numbers = {
        key: from_band(f"Acid, US over China: {words}", found[key].ratios["net"], "ratio")
        for key, words, _, _ in PLANTS
    }
    numbers["us_t_per_t"] = from_band("Acid at Mountain Pass as built", as_built.a.net, "t HCl (100 %) per t REO fed")
    numbers["cn_t_per_t"] = from_band("Acid at Baotou, unlinked", as_built.b.net, "t HCl (100 %) per t REO fed")
    numbers["ratio_per_ndpr"] = from_band(
        "The same ratio per kg of NdPr oxide", as_built.ratios["net per ndpr"], "ratio"
    )
    price = as_built.price_ratio or Band(float("nan"), float("nan"), float("nan"))
    numbers["price_ratio"] = Number(
        "Price of the acid, US over China", price.point, "ratio", price.low, price.high, as_built.price_basis
    )
    numbers["bill_ratio"] = exact("Acid bill, US over China, as built", as_built.cost_ratio or float("nan"), "ratio")
    spread = [found[k].ratios["net"] for k, _, _, _ in PLANTS]
    low, high = min(b.low for b in spread), max(b.high for b in spread)
    causes = pd.DataFrame(
        [(_cause(k), v) for k, v in as_built.causes.items()],
        columns=["Cause", "Multiplies Chinese acid use by"],
    ).sort_values("Multiplies Chinese acid use by", ignore_index=True)
    table = pd.DataFrame(
        [
            (words, b.point, b.low, b.high, found[k].a.net.point, found[k].b.net.point)
            for (k, words, _, _), b in zip(PLANTS, spread, strict=True)
        ],
        columns=["Comparison", "Ratio", "Low", "High", "US, t/t", "China, t/t"],
    )
    return Answer(
        numbers=numbers,
        because=(
            f"Acid follows route, products and linkage, not the flag: as built, Mountain Pass needs {as_built.ratios['net'].point:.2f} "
            f"times the acid of Baotou, because it leaves most cerium behind; over what the two countries' plants can be, "
            f"the ratio runs from {low:.1f} to {high:.1f}. What is much higher in the US is its price: {price.point:.1f} times."
        ),
        details=(
            f"Against plants it {as_built.because}.",
            f"Per tonne of rare earths fed: {as_built.a.net.point:.2f} t of acid (100 %) at Mountain Pass, "
            f"{as_built.b.net.point:.2f} t at Baotou. At its country's price the US bill is {as_built.cost_ratio or 0:.1f} times the Chinese.",
        ),
        caveats=(
            "Separation factors are measured medians with their spread; textbook averages would lower both sides.",
            "No plant on either side has two sourced inventories of hydrochloric acid, so this is the model's range, not a measurement.",
        ),
        tables=(Table("Acid ratio by what is compared", table), Table("Causes, as built", causes, "The factors multiply to the ratio.")),
        pictures=(
            range_picture(
                table, name="acid", title="Acid per tonne of feed, US over Chinese", category="Comparison", point="Ratio", low="Low",
                high="High", unit="ratio (1: the same)", marks=((1.0, "the same"),),
                source_line="Cascade theory on sourced separation factors and route inventories; 5 to 95 % of samples.",
                alternative="Dots with bands: ratio of acid use for four pairs of circuits; as built it lies well under one.",
            ),
        ),
        sources=_sources(context, as_built),
    )  # fmt: skip


def _cause(key: str) -> str:
    words = {
        "feed": "composition of the ore", "route": "how the ore is opened", "cerium": "cerium left behind before extraction",
        "recovery": "recovery", "slate": "which products are split", "linkage": "linked cuts", "purity": "purity",
    }  # fmt: skip
    return words.get(key, key)


def _sources(context: Context, found: Comparison) -> tuple[str, ...]:
    world = context.world
    factors = world.table("separation_factors")
    prices = world.table("reagent_prices")
    routes = world.table("route_reagents")
    used = [
        *factors["source"].value_counts().index[:4],
        *prices.loc[prices["reagent"] == "hcl", "source"].unique()[:6],
        *routes.loc[routes["route"].isin((found.a.route, found.b.route)), "source"].unique()[:6],
    ]
    return tuple(dict.fromkeys(str(s) for s in used))


def us_share(context: Context, params: Mapping[str, Any]) -> Answer:
    """A country's share at every stage and by every statistics office. Params: claimed (per cent), country (default USA)."""
    country, claimed = str(params.get("country", "USA")), float(params["claimed"])
    seen = context.world.table("observations")
    rows: list[tuple[str, str, int, float, float, float, str]] = []

    def reading(stage: str, series: str, item: str, publisher: str) -> None:
        """One office's figures as it publishes them, also those that the balance sets aside as doubtful."""
        named = seen["series"].isin((series, f"{series}-doubtful"))
        part = seen[named & (seen["item"] == item) & (seen["publisher"] == publisher)]
        own = part[part["area"] == country].sort_values(["year", "vintage"])
        own = own[own["year"] <= context.year]
        if own.empty:
            return
        last = own.iloc[-1]
        same = part[(part["year"] == last["year"]) & (part["vintage"] == last["vintage"])]
        world = same.loc[same["area"] == "world", "value"]
        total = float(world.iloc[0]) if len(world) else float(same["value"].sum())
        value = float(last["value"])
        rows.append((stage, publisher, int(last["year"]), value, total, PERCENT * value / total, str(last["source"])))

    reading("mined", "mine-production", "treo", "USGS")
    reading("mined", "mine-production", "treo", "BGS")
    reading("magnet elements refined", "refined-content", "magnet-elements", "IEA")
    reading("magnet elements mined", "mine-content", "magnet-elements", "IEA")
    made = seen[
        (seen["series"] == "compounds-metals-production") & (seen["area"] == country) & (seen["year"] == context.year)
    ]
    separated = float(context.balanced.separated())
    if len(made):
        own = float(made["value"].iloc[-1])
        rows.append(
            (
                "compounds and metals",
                "USGS over balanced world",
                context.year,
                own,
                separated,
                PERCENT * own / separated,
                str(made["source"].iloc[-1]),
            )
        )
    place = str(context.world.table("countries").set_index("iso3").at[country, "place"])
    magnets = context.balanced.magnets(place) / context.balanced.magnets() * PERCENT
    rows.append(
        (
            "finished magnets",
            "balanced year",
            context.year,
            context.balanced.magnets(place),
            context.balanced.magnets(),
            magnets,
            "balance",
        )
    )
    table = pd.DataFrame(rows, columns=["Stage", "Office", "Year", "Country, t", "World, t", "Share, %", "source"])
    shares = table["Share, %"]
    mined = table[(table["Stage"] == "mined") & (table["Office"] == "USGS")].iloc[0]
    bgs = table[(table["Stage"] == "mined") & (table["Office"] == "BGS")]
    nearest = table.iloc[(shares - claimed).abs().argmin()]
    numbers = {
        "mined_share": Number(
            f"Share of mined output, USGS {mined['Year']}", float(mined["Share, %"]), "%", float(shares.min()), float(shares.max()),
            "readings by stage and office",
        ),
        "claimed": exact("Claimed", claimed, "%"),
        "lowest_reading": exact(f"Lowest reading: {table.iloc[shares.argmin()]['Stage']}", float(shares.min()), "%"),
        "highest_reading": exact(f"Highest reading: {table.iloc[shares.argmax()]['Stage']}", float(shares.max()), "%"),
        "nearest_reading": exact(f"Reading nearest to the claim: {nearest['Stage']}, {nearest['Office']} {nearest['Year']}", float(nearest["Share, %"]), "%"),
    }  # fmt: skip
    second = f", {float(bgs['Share, %'].iloc[0]):.1f} % by BGS {int(bgs['Year'].iloc[0])}" if len(bgs) else ""
    refined = table[table["Stage"] == "magnet elements refined"]
    third = f"; of refined magnet elements it is {float(refined['Share, %'].iloc[0]):.1f} %" if len(refined) else ""
    shown = table.drop(columns="source").assign(
        Reading=table["Stage"] + ", " + table["Office"] + " " + table["Year"].astype(str)
    )
    return Answer(
        numbers=numbers,
        because=(
            f"It depends on the stage: of mined output the US share is {float(mined['Share, %']):.1f} % by USGS {mined['Year']}{second}{third}. "
            f"No office gives {claimed:.0f} % for what the sentence says; the nearest reading is {nearest['Stage']} "
            f"({float(nearest['Share, %']):.1f} %, {nearest['Office']} {nearest['Year']})."
        ),
        tables=(Table("US share by stage and office", shown.drop(columns="Reading")),),
        pictures=(
            bar_picture(
                shown, name="us-share", title="US share of the world, by stage and statistics office", category="Reading", value="Share, %",
                series="Stage", unit="per cent of world", source_line="USGS, BGS, IEA, and the balanced year of this world.",
                alternative="Bars: US share of mined output by two offices, of compounds, of refined magnet elements and of magnets.",
            ),
        ),
        sources=tuple(table["source"]),
    )  # fmt: skip


def replacement(context: Context, params: Mapping[str, Any]) -> Answer:
    """What it takes to replace a share of the dominant producer's separation: years, capital, stages, lock-up. Params: share."""
    share = float(params["share"])
    world, assembly = context.world, context.base.assembly
    stages = world.table("project_stages").set_index("stage").loc[["feasibility", "permits-finance", "separation"]]
    years = Band(
        *(float(stages[c].sum()) for c in ("years", "years_low", "years_high")),
        basis="study, permit, build and ramp stages of projects",
    )
    capital = world.table("expansion_costs").set_index("stage").loc["separation"]
    place = next(p for p, c in assembly.place_country.items() if c == assembly.claiming_country)
    tonnes = share * context.balanced.separated(place)
    bill = Band(
        *(float(capital[c]) * tonnes / 1e9 for c in ("capital_usd_per_t", "capital_low", "capital_high")),
        basis="published separator budgets",
    )
    built = world.table("plant_capital")
    overrun = built[built["plant"].str.startswith("molycorp")].sort_values("capital")
    growth = float(overrun["capital"].iloc[-1] / overrun["capital"].iloc[0] - 1.0) * PERCENT
    design = (
        context.separation.stage_count(CHINESE_ORE, "cn-p507")
        if hasattr(context.separation, "stage_count")
        else float("nan")
    )
    numbers = {
        "years_to_replace": from_band("Years from study to a separator at capacity", years, "years"),
        "capital_busd": from_band(f"Capital to replace {percent(share)} of Chinese separation", bill, "bn USD"),
        "tonnes": exact(f"Feed that is {percent(share)} of Chinese separation", tonnes, "t REO a year"),
        "budget_growth": exact("How far the last US plant of this kind outgrew its budget", growth, "%"),
    }
    if design == design:
        numbers["mixer_settlers"] = exact(
            "Mixer-settler stages for La, Ce, NdPr and a heavy concentrate", design, "stages"
        )
    return Answer(
        numbers=numbers,
        because=(
            f"Replacing {percent(share)} of Chinese separation ({tonnes:,.0f} t a year) takes about {years.point:.0f} years "
            f"({years.low:.0f} to {years.high:.0f}) from study to a plant at capacity and {bill.point:.1f} bn USD "
            f"({bill.low:.1f} to {bill.high:.1f}); the chemistry is published, the time is permits, building and start-up."
        ),
        details=(
            "The last US plant of this kind, Molycorp's, cost two thirds more than announced and made a quarter of its capacity after two years.",
        )
        if growth > 60
        else (),
        caveats=("Mines, metal and magnet plants come on top: this is the separators alone.",),
        tables=(
            Table(
                "Published separators and what they cost per yearly tonne",
                built[["plant", "scope", "year", "usd_per_unit", "capacity_unit", "build_years"]].rename(
                    columns={
                        "plant": "Plant",
                        "scope": "Scope",
                        "year": "Year",
                        "usd_per_unit": "USD per unit",
                        "capacity_unit": "Unit",
                        "build_years": "Years to build",
                    }
                ),
            ),
        ),
        sources=(
            *stages["source"].astype(str),
            str(capital["source"]),
            *built["source"].astype(str).unique()[:8],
        ),
    )
