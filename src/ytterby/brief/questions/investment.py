"""The find and the money: what the number means, what a sum buys, which ways lead out, who becomes less dependent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.words import exact, from_band, listed, percent
from ytterby.pictures import bar_picture, range_picture
from ytterby.projects import basket_usd_per_kg, fund, headline, observed_deck
from ytterby.routes import product_form
from ytterby.routes.resilience import smallest_country_cut
from ytterby.routes.simulate import compare_ways
from ytterby.world.terms import Freight

MEGA, KILO = 1e6, 1e3
FORMS = ("ore", "concentrate", "carbonate", "oxide")


def resource(context: Context, params: Mapping[str, Any]) -> Answer:
    """What a deposit's headline number is worth: class, rock, contents, years of demand, and whether it would pay.

    Params: deposit (key of deposits), claimed_mt.
    """
    found = headline(context.world, str(params["deposit"]), context.year)
    claimed = float(params["claimed_mt"])
    classified = found.treo_t if found.kind in ("reserve", "resource") else 0.0
    deck = observed_deck(context.world, "china", context.year)
    baskets = [basket_usd_per_kg(context.world, (ore,), deck) for ore in found.ores]
    basket = basket_usd_per_kg(context.world, found.ores, deck)
    deposits = context.world.table("deposits").set_index("deposit")
    grade = float(dict(zip(deposits.index, deposits["resource_treo_pct"], strict=True))[found.deposit]) / 100.0
    named = context.world.table("capital_claims").set_index("claim")
    years = found.years_of_demand.set_index("element")
    numbers = {
        "reserve_mt": exact("Booked as a reserve", found.reserve_t / MEGA, "Mt TREO"),
        "classified_mt": exact("Booked in any resource class of a reporting code", classified / MEGA, "Mt TREO"),
        "claimed_mt": exact("Announced, as a forecast", claimed, "Mt TREO"),
        "rock_gt": exact("Rock to be dug if 20 Mt is metal", found.rock_t / 1e9, "Gt"),
        "metal_if_ore_t": exact("Rare earths in it if 20 Mt is ore", found.metal_if_ore_t, "t"),
        "named_kt": exact("Announced for the named prospects", float(named.at["kuirektykol-1mt", "value"]), "kt"),
        "years_ndpr": Number(
            "NdPr in it over a year's world demand", float(years.at["NdPr", "years"]), "years",
            float(years.at["NdPr", "low"]), float(years.at["NdPr", "high"]), "from 20 Mt of ore to 20 Mt of metal, and over analogue ores",
        ),
        "usd_per_t_rock": Number(
            "Worth of the rare earths in a tonne of rock", grade * KILO * basket, "USD/t", grade * KILO * min(baskets),
            grade * KILO * max(baskets), "analogue ores, Chinese oxide prices of the base year, nothing lost",
        ),
    }  # fmt: skip
    table = found.contained.rename(
        columns={"element": "Oxide", "t_oxide": "Contained, t", "low": "Low, t", "high": "High, t"}
    )[["Oxide", "Contained, t", "Low, t", "High, t"]]
    return Answer(
        numbers=numbers,
        because=(
            f"It is a forecast over a wide area at about {grade * MEGA:,.0f} g/t, and none of it is a reserve or a resource under "
            f"any code: as metal it means {found.rock_t / 1e9:.1f} billion tonnes of rock, read as ore it is "
            f"{found.metal_if_ore_t:,.0f} tonnes of rare earths."
        ),
        details=(
            found.sentence,
            f"Class: {found.resource_class}. It shows {_lower(found.proves)}; it does not show {_lower(found.does_not_prove)}.",
            "The element split of the find is not published, so its worth is an envelope over analogue ores.",
        ),
        caveats=("Contents are in the ground, before mining, recovery and cost.",),
        tables=(Table("Magnet oxides in the announced 20 Mt, by analogue ore", table),),
        sources=(*found.sources, str(named.at["kuirektykol-1mt", "source"])),
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def money(context: Context, params: Mapping[str, Any]) -> Answer:
    """What a sum of money buys on the way from a forecast to oxide. Params: musd, deposit."""
    found = fund(context.world, float(params["musd"]), seed=context.seed)
    claims = context.world.table("capital_claims").set_index("claim")
    share = found.share_of_total
    numbers = {
        "share_of_capital": Number(
            "The sum over the capital to first oxide",
            100 * share.point,
            "%",
            100 * share.low,
            100 * share.high,
            share.basis,
        ),
        "total_musd": from_band("Capital to first oxide, all stages", found.total_musd, "M USD"),
        "years_to_oxide": from_band(
            "Years to first oxide, if all is paid and goes well", found.years_to_oxide, "years"
        ),
        "chance_of_oxide": from_band(
            "Chance to get there from where it stands", found.chance_to_oxide.scaled(100.0), "%"
        ),
        "tungsten_musd": exact(
            "US-Kazakh deal of November 2025, for tungsten",
            float(claims.at["usd-1100m-tungsten", "value"]),
            "M USD",
        ),
    }
    stages = found.stages.assign(chance=found.stages["chance"] * 100, covered=found.stages["covered"] * 100)
    table = stages[["name", "cost_musd", "years", "chance", "cumulative_musd", "covered"]]
    table.columns = pd.Index(
        ["Stage", "Cost, M USD", "Years", "Chance to pass, %", "Cumulative, M USD", "Paid by the sum, %"]
    )
    return Answer(
        numbers=numbers,
        because=(
            f"The sum has no source. If it were paid it would cover about {percent(share.point)} of the way to "
            f"{found.ndpr_t_per_y:,.0f} t of NdPr oxide a year, first oxide would be some {found.years_to_oxide.point:.0f} years "
            f"off, and the base rate of getting there is {percent(found.chance_to_oxide.point)}."
        ),
        details=(f"{found.sentence}.",),
        caveats=("Stage costs and chances are base rates from other projects; none is published for this one.",),
        tables=(Table("Stages to first oxide, and what the sum pays", table),),
        sources=(
            *found.stages["source"].astype(str),
            str(claims.at["usd-110m", "source"]),
            str(claims.at["usd-1100m-tungsten", "source"]),
        ),
    )


def ways_out(context: Context, params: Mapping[str, Any]) -> Answer:
    """Which lawful ways lead out, at what share of the product's value, with states closed one after another.

    Params: origin, destination (hubs), closed (ISO3 codes), bearable_share (per cent of value).
    """
    router, origin, goal = context.router, str(params["origin"]), str(params["destination"])
    closed = [str(c) for c in params["closed"]]
    countries = context.world.table("countries")
    names = dict(zip(countries["iso3"], countries["name"], strict=True))
    rows: list[dict[str, object]] = []
    kept: dict[tuple[str, tuple[str, ...]], Freight] = {}
    for form in FORMS:
        value = product_form(context.world, form).usd_per_t
        for avoid in [(), *((c,) for c in closed), tuple(closed)]:
            way = router.cheapest(origin, goal, form, avoid=avoid)
            kept[(form, avoid)] = way
            rows.append(
                {
                    "Product": form, "Closed": listed([names[c] for c in avoid]) or "none", "Cheapest way": _through(way, names),
                    "USD/t": way.usd_per_t, "Low": way.low_usd_per_t, "High": way.high_usd_per_t, "Days": way.days,
                    "Risk, %": 100 * way.risk, "Share of value, %": 100 * way.usd_per_t / value,
                }
            )  # fmt: skip
    both = tuple(closed)
    left = router.ways(origin, goal, "concentrate", avoid=both)
    lawful = [w for w in left if w.lawful]
    cut = smallest_country_cut(router, origin, goal, "concentrate", modes=("rail", "road", "sea", "ferry"))
    numbers: dict[str, Number] = {
        "ways_left": exact(
            "Different ways left for concentrate with Russia and China closed", float(len(lawful)), "ways"
        )
    }
    for form in FORMS:
        value, way = product_form(context.world, form).usd_per_t, kept[(form, both)]
        numbers[f"freight_share_{form}"] = Number(
            f"Freight over value, {form}, both closed", 100 * way.usd_per_t / value, "%", 100 * way.low_usd_per_t / value,
            100 * way.high_usd_per_t / value, "bands of the legs",
        )  # fmt: skip
    free, shut = kept[("concentrate", ())], kept[("concentrate", both)]
    numbers["extra_usd_per_t"] = exact("What closing both adds, concentrate", shut.usd_per_t - free.usd_per_t, "USD/t")
    extra: tuple[str, ...] = ()
    if lawful and kept[("carbonate", ("RUS",))].lawful and kept[("carbonate", both)].lawful:
        found = compare_ways(
            context.router, kept[("carbonate", ("RUS",))], kept[("carbonate", both)], seed=context.seed
        )
        extra = (
            "The portals say that the way through China is 20 % cheaper and a week faster than the Caspian one. On the same "
            f"draws it is {-100 * found.cost_share.point:.0f} % cheaper here ({-100 * found.cost_share.high:.0f} to "
            f"{-100 * found.cost_share.low:.0f}) and {-found.days.point:.0f} days faster ({-found.days.high:.0f} to "
            f"{-found.days.low:.0f}), on rates most of which are assumptions: the direction is plausible, the size is not "
            f"established. What decides it: {listed(found.deciding)}.",
        )
    ore, concentrate = numbers["freight_share_ore"], numbers["freight_share_concentrate"]
    holders = listed([names.get(c, c) for c in cut.members]) if cut.possible else ""
    return Answer(
        numbers=numbers,
        because=(
            f"Raw ore cannot travel at all: its freight is {ore.value / 100:,.0f} times its worth. Concentrate and anything finer "
            f"can: with Russia and China both closed {len(lawful)} lawful ways across the Caspian are left, at "
            f"{shut.usd_per_t:,.0f} USD/t or {concentrate.value:.0f} % of the value of concentrate."
        ),
        details=(
            *(
                (f"By land and sea it takes the refusal of {holders} together to close the last way; then only air is left.",)
                if holders
                else ()
            ),
            *extra,
        ),
        caveats=(
            "Most leg prices are assumptions with their basis in the row; bands are wide.",
            "Thorium and uranium of the find are unpublished: whether its concentrate is Class 7 cannot be told.",
        ),
        tables=(Table("Cheapest lawful way by product and closure", pd.DataFrame(rows)),),
        pictures=(
            bar_picture(
                pd.DataFrame(rows).assign(Closed=lambda t: t["Closed"].replace("none", "all open")),
                name="freight", title="Freight to Texas by product, as borders close", category="Product", value="USD/t",
                series="Closed", unit="USD per tonne", low="Low", high="High", label_format=",.0f",
                source_line="Legs and prices: corridor tables of this world; bands from the legs' own.",
                alternative="Bars of freight in USD per tonne for ore, concentrate, carbonate and oxide with borders open and closed.",
            ),
        ),
        sources=tuple(dict.fromkeys(leg.source for way in (free, shut) for leg in way.legs)),
    )  # fmt: skip


def _through(way: Freight, names: Mapping[str, str]) -> str:
    if not way.lawful:
        return "no lawful way: " + "; ".join(way.reasons)
    countries = [names.get(c, c) for leg in way.legs for c in leg.countries]
    modes = list(dict.fromkeys(leg.mode for leg in way.legs))
    return f"{listed(list(dict.fromkeys(countries)))} by {listed(modes)}"


def reliance(context: Context, params: Mapping[str, Any]) -> Answer:
    """How much of a place's use comes from the dominant producer, with and without a new chain.

    Params: scenario, place (default usa), chance_from (deposit fund base rate is used to weigh the result).
    """
    place = str(params.get("place", "usa"))
    name = str(params["scenario"])
    base, case = context.base.outcome, context.case(name)
    rows, numbers = [], {}
    for group in ("NdPr", "Dy", "Tb"):
        metric = f"reliance|{place}|{group}"
        before, after = context.metric(base, metric), context.metric(case, metric)
        band = context.ensemble_band(metric, name, "difference", after - before)
        rows.append((group, 100 * before, 100 * after, 100 * (after - before), 100 * band.low, 100 * band.high))
        numbers[f"reliance_{group.lower()}"] = Number(
            f"Share of US use that has passed China, {group}, now" if place == "usa" else f"Share of use at {place}, {group}, now",
            100 * before,
            "%",
            100 * before,
            100 * before,
        )
        numbers["reliance_change" if group == "NdPr" else f"reliance_change_{group.lower()}"] = Number(
            f"Change of that share, {group}, chain running",
            100 * (after - before),
            "points",
            100 * band.low,
            100 * band.high,
            band.basis,
        )
    odds = fund(context.world, float(params.get("musd", 0.0)), seed=context.seed)
    expected = numbers["reliance_change"].value * odds.chance_to_oxide.point
    numbers["expected_change"] = Number(
        "The same, times the base rate that such a chain comes", expected, "points",
        numbers["reliance_change"].value * odds.chance_to_oxide.high, numbers["reliance_change"].value * odds.chance_to_oxide.low,
        "base rates of projects by stage",
    )  # fmt: skip
    table = pd.DataFrame(rows, columns=["Element", "Now, %", "With the chain, %", "Change, points", "Low", "High"])
    return Answer(
        numbers=numbers,
        because=(
            f"If a mine and a US separator of common size both ran, the Chinese share of the magnet elements in US use would move by "
            f"{numbers['reliance_change'].value:+.2f} points for NdPr; weighed with the base rate of getting there "
            f"({percent(odds.chance_to_oxide.point)}) and at the earliest in {odds.years_to_oxide.low:.0f} years, that is "
            f"{expected:+.4f} points."
        ),
        details=("Most US use arrives inside magnets and goods made elsewhere, so oxide alone changes little without metal and magnet plants.",),
        caveats=(
            "No element vector of the find is published: the chain is computed on analogue ores.",
            "The case supposes the chain in the base year; it does not forecast 2040.",
        ),
        tables=(Table("Chinese share of the magnet elements in US use", table),),
        pictures=(
            range_picture(
                table, name="reliance", title="Change of the Chinese share in US use, if the chain ran", category="Element",
                point="Change, points", low="Low", high="High", unit="percentage points",
                source_line="Solved cases of this model; bands from common samples.",
                alternative="Dots with bands: change of the Chinese share in US use for NdPr, Dy and Tb.",
            ),
        ),
        sources=("balance", "assumption"),
    )  # fmt: skip
