"""Rules: the 0.1 % rule as written, quotas against licences, and the paths that partners can take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.words import exact, listed
from ytterby.pictures import bar_picture, range_picture
from ytterby.rules import Rules
from ytterby.rules.paths import decide_paths, standard_paths
from ytterby.rules.products import limit_of, product_table, threshold_sweep
from ytterby.rules.value import price_deck
from ytterby.studies.ensemble import BASE, Ensemble
from ytterby.world.terms import Decision

FREE = (Decision.ALLOWED.value, Decision.EXEMPT_WITH_REPORT.value)
THIRD_COUNTRY, BUYER = "KOR", "USA"
"""A shipment between two places outside China, as the rule asks: from a magnet maker's country to a buyer's."""
MILLION = 1e6
SMALLEST_SHOWN = 1e-3
"""Smallest share of value that the picture's log axis shows, per cent."""


def value_share_rule(context: Context, params: Mapping[str, Any]) -> Answer:
    """The value-share rule, product by product on the brief's day, and as if it were in force. Params: regime."""
    regime = str(params["regime"])
    deck = price_deck(context.world, "china", context.year)
    now = product_table(context.rules, deck, ship_from=THIRD_COUNTRY, ship_to=BUYER, technology_country=THIRD_COUNTRY)
    forced = Rules(context.world, context.on, regimes={regime: "in force"})
    then = product_table(forced, deck, ship_from=THIRD_COUNTRY, ship_to=BUYER, technology_country=THIRD_COUNTRY)
    limit = limit_of(context.rules)
    caught_now = int((~now["decision"].isin(FREE)).sum())
    caught_then = int((~then["decision"].isin(FREE)).sum())
    light = [p for p in then["product"] if then.set_index("product").at[p, "share"] == 0.0]
    limits = [limit.limit / 10, limit.limit, limit.limit * 10, limit.limit * 100]
    swept = threshold_sweep(context.rules, deck, limits)
    counts = swept[swept["caught"].astype(bool)].groupby("limit").size().reindex(limits).fillna(0).astype(int)
    numbers = {
        "products_needing_licence": exact(
            "Products that needed a licence under it on the day", float(caught_now), "products"
        ),
        "products": exact("Products tested", float(len(now)), "products"),
        "products_if_in_force": exact("Products it would catch if it were in force", float(caught_then), "products"),
        "products_without_listed": exact(
            "Products whose counted share is zero: only neodymium and praseodymium in them",
            float(len(light)),
            "products",
        ),
        "limit": exact("Limit, as a share of value", 100 * limit.limit, "% of value"),
    }
    table = then[["name", "form", "share_low", "share", "share_high", "decision"]].assign(
        share_low=100 * then["share_low"],
        share=100 * then["share"],
        share_high=100 * then["share_high"],
        today=now["decision"].to_numpy(),
    )
    table.columns = pd.Index(["Product", "Form", "Low, %", "Share of value, %", "High, %", "If in force", "On the day"])
    drawn = then[then["share"] > 0].sort_values("share", ascending=False)
    drawn = pd.DataFrame(
        {
            "Product": drawn["name"].str.split(",").str[0].str.split("(").str[0].str.strip(),
            "share": 100 * drawn["share"],
            "low": (100 * drawn["share_low"]).clip(lower=SMALLEST_SHOWN),
            "high": 100 * drawn["share_high"],
        }
    )
    sweep_table = pd.DataFrame({"Limit, % of value": [100 * x for x in limits], "Products caught": counts.to_numpy()})
    return Answer(
        numbers=numbers,
        because=(
            f"Not as written and not then: the share is of value, of samarium, gadolinium, terbium, dysprosium, lutetium, scandium and "
            f"yttrium only, in a listed magnet or part, between two places outside China; that limb was suspended before it began. On the day "
            f"{caught_now} of {len(now)} products needed a licence under it; in force it would catch {caught_then}."
        ),
        details=(
            "Neodymium and praseodymium do not count: a motor whose magnets hold nothing else scores zero.",
            "For a bare magnet with any intended dysprosium the limit is passed many times over; it discriminates only among assemblies.",
            "Two further limbs have no percentage: Chinese technology at any step, and Chinese origin as such.",
        ),
        caveats=(
            "Whether the rule came back after 10 November 2026 was not found in any source.",
            "What the text leaves open (value basis, date, origin of mixed lots) is a declared switch; the defaults are used here.",
        ),
        tables=(
            Table("Product by product: Chinese listed inputs over value", table, "Priced at Chinese reference prices of the base year, all listed inputs Chinese."),
            Table("Where the limit stands decides little for magnets", sweep_table),
        ),
        pictures=(
            range_picture(
                drawn, name="value-share", title="Chinese listed inputs as a share of value, if all were Chinese",
                category="Product", point="share", low="low", high="high", unit="per cent of the product's value", log=True,
                marks=((100 * limit.limit, "limit"),),
                source_line="Compositions and reference prices of this world; bands from both.",
                alternative="Dots with bands on a log scale: magnets lie far above the limit, whole cars and loudspeakers near it.",
            ),
        ),
        sources=("china-review-news-mofcom-text-2025", "chemradar-pillsbury-2025", "mofcom-info-net-peer-repo-copy-news-mirrors-2025"),
    )  # fmt: skip


def precision(context: Context, params: Mapping[str, Any]) -> Answer:
    """One quota on everything against licences by element, in the same world. Params: broad, precise (scenarios)."""
    base = context.base.outcome
    names = {"broad": str(params["broad"]), "precise": str(params["precise"])}
    rows, harm, withheld, revenue = [], {}, {}, {}
    for key, name in names.items():
        case = context.case(name)
        harm[key] = context.metric(base, "outside_welfare_usd") - context.metric(case, "outside_welfare_usd")
        withheld[key] = context.metric(base, "china_exports_t") - context.metric(case, "china_exports_t")
        revenue[key] = context.metric(case, "china_revenue_usd") - context.metric(base, "china_revenue_usd")
        for commodity, words in (
            ("ndpr-oxide", "NdPr oxide"),
            ("dy-oxide", "Dy oxide"),
            ("tb-oxide", "Tb oxide"),
            ("la-oxide", "La oxide"),
            ("y-oxide", "Y oxide"),
        ):
            before, after = base.price(commodity, "japan"), case.price(commodity, "japan")
            rows.append((words, "one quota on all" if key == "broad" else "licences by element", before, after))
    leverage = {k: harm[k] / withheld[k] if withheld[k] > 0 else float("nan") for k in names}
    ratio = leverage["precise"] / leverage["broad"]
    tonnes = withheld["precise"] / withheld["broad"]
    prices = pd.DataFrame(rows, columns=["Product", "Instrument", "Before, USD/kg", "After, USD/kg"])
    prices["Change, %"] = 100 * (prices["After, USD/kg"] / prices["Before, USD/kg"] - 1)

    def by_sample(ensemble: Ensemble) -> pd.Series:
        per_t = {}
        for key, name in names.items():
            hurt = -ensemble.values("outside_welfare_usd", name, BASE)
            per_t[key] = hurt / -ensemble.values("china_exports_t", name, BASE)
        return per_t["precise"] / per_t["broad"]

    band = context.band_of(by_sample, ratio)
    numbers = {
        "leverage_ratio": Number(
            "Harm outside China per tonne withheld, licences over quota",
            ratio,
            "ratio",
            band.low,
            band.high,
            band.basis,
        ),
        "tonnes_ratio": exact("Tonnes withheld, licences over quota", tonnes, "ratio"),
        "harm_broad_musd": exact("Harm outside China, quota", harm["broad"] / MILLION, "M USD a year"),
        "harm_precise_musd": exact("Harm outside China, licences", harm["precise"] / MILLION, "M USD a year"),
        "withheld_broad_t": exact("Withheld by the quota", withheld["broad"], "t a year"),
        "withheld_precise_t": exact("Withheld by the licences", withheld["precise"], "t a year"),
        "revenue_broad_musd": exact(
            "Chinese export revenue, quota, change", revenue["broad"] / MILLION, "M USD a year"
        ),
        "revenue_precise_musd": exact(
            "Chinese export revenue, licences, change", revenue["precise"] / MILLION, "M USD a year"
        ),
    }
    return Answer(
        numbers=numbers,
        because=(
            f"In the same world a licence by element does {ratio:.1f} times the harm per tonne withheld that a quota on everything does "
            f"({leverage['precise'] / 1e3:,.0f} against {leverage['broad'] / 1e3:,.0f} thousand USD per t), while it holds back "
            f"{tonnes:.2f} times the tonnes."
        ),
        details=("A quota in gross tonnes puts one rent per kilogram on every element, so cheap elements rise most; a licence bites where it is aimed.",),
        caveats=(
            "Both instruments are set on the flows of the base year; the licence at the shares granted in mid-2025.",
            "What buyers held in stock is not in a yearly model: the months after an order look worse.",
        ),
        tables=(Table("Prices at Japan under either instrument", prices),),
        pictures=(
            bar_picture(
                prices, name="precision", title="Price outside China under one quota and under licences", category="Product",
                value="Change, %", series="Instrument", unit="per cent change, delivered Japan", label_format="+.0f", label_from=0.5,
                source_line="Solved cases of this model, base year.",
                alternative="Bars: price change outside China by product under a quota on everything and under licences by element.",
            ),
        ),
        sources=("technology-metals-research-hatch-2011", "mofcom-gac-ann-18-2025-text-copy", "fpj-oecd-export-tax-2012"),
    )  # fmt: skip


def partner_paths(context: Context, params: Mapping[str, Any]) -> Answer:
    """What the rules say of each path for ore of one country. Params: mine, refiner, separators, user (ISO3)."""
    mine, refiner = str(params.get("mine", "KAZ")), str(params.get("refiner", "CHN"))
    separators, user = (
        [str(s) for s in params.get("separators", ["USA", "EST"])],
        str(params.get("user", "USA")),
    )
    paths = standard_paths(mine, refiner, separators, user)
    decided = decide_paths(context.rules, paths)
    revived = decide_paths(Rules(context.world, context.on, regimes={"cn-61-2025": "in force"}), paths)
    free = decided.groupby("path")["decision"].agg(lambda d: all(x in FREE for x in d))
    free_then = revived.groupby("path")["decision"].agg(lambda d: all(x in FREE for x in d))
    civil = [p for p in free.index if not str(p).endswith("us-dod")]
    outside = [p for p in civil if not str(p).startswith(refiner)]
    numbers = {
        "free_paths": exact("Paths free of any licence on the day", float(free.sum()), "paths"),
        "paths": exact("Paths tested", float(len(free)), "paths"),
        "free_outside": exact(
            "Civil paths that avoid Chinese processing, free",
            float(free[outside].sum()),
            f"of {len(outside)}",
        ),
        "free_if_revived": exact("Paths free if the 0.1 % package were in force", float(free_then.sum()), "paths"),
    }
    worst = decided.assign(rank=decided["decision"].map({d.value: i for i, d in enumerate(Decision)}))
    worst = worst.sort_values("rank").groupby("path", as_index=False).last().sort_values("path")
    table = worst[["title", "form", "ship_from", "ship_to", "decision", "clauses"]].assign(
        revived=worst["path"].map(lambda p: "free" if free_then[p] else "licence or worse")
    )
    table.columns = pd.Index(["Path", "Decided by", "From", "To", "Decision", "Clauses", "If the package returned"])
    lost = [t for p, t in zip(worst["path"], worst["title"], strict=True) if free[p] and not free_then[p]]
    return Answer(
        numbers=numbers,
        because=(
            f"{int(free.sum())} of {len(free)} paths for Kazakh ore need no licence on the day: those that keep out of Chinese plants; "
            f"ore that is separated in China comes back under a licence. If the suspended package returned, {int(free_then.sum())} would be left."
        ),
        details=(
            (
                f"What would be lost: {listed(lost[:4])}: Chinese technology at one step is enough, without any Chinese material.",
            )
            if lost
            else ()
        ),
        caveats=(
            "Free under the rules is not the same as built: no separator outside China is contracted for this ore.",
        ),
        tables=(Table("Each path and what decides it", table),),
        sources=(
            "mofcom-gac-ann-18-2025-text-copy",
            "china-review-news-mofcom-text-2025",
            "us-code-tracker-to-pl-119-73-lawserver-2026",
            "kazinform-citing-akorda-2025",
        ),
    )
