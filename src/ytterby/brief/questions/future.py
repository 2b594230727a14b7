"""What comes next: the cost of decoupling, the delay of electric cars, and which lever holds the grip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.words import exact, percent
from ytterby.demand import motor_cost, shortfall
from ytterby.demand.goods import parameter
from ytterby.pictures import bar_picture

MILLION = 1e6
OUTSIDE = ("europe", "usa", "japan", "korea", "india")
"""Places whose car makers are asked about."""
OXIDES = (("ndpr-oxide", "NdPr oxide"), ("dy-oxide", "Dy oxide"), ("tb-oxide", "Tb oxide"))


def decoupling_cost(context: Context, params: Mapping[str, Any]) -> Answer:
    """What users outside lose when ties are cut, by depth. Params: partial, full, against (scenarios)."""
    against = str(params["against"])
    base = context.case(against)
    rows, numbers = [], {}
    for depth, key in (("partial", "partial"), ("full", "full")):
        name = str(params[key])
        case = context.case(name)
        change = {
            m: context.metric(case, m) - context.metric(base, m)
            for m in (
                "resource_cost_usd",
                "outside_welfare_usd",
                "magnets_outside_t",
                "magnets_bought_outside_t",
            )
        }
        loss = -change["outside_welfare_usd"]
        band = context.ensemble_band("outside_welfare_usd", name, "difference", change["outside_welfare_usd"], against)
        rows.append(
            (
                depth,
                loss / MILLION,
                -band.high / MILLION,
                -band.low / MILLION,
                change["magnets_outside_t"],
                change["magnets_bought_outside_t"],
            )
        )
        label = "resource_cost_musd" if depth == "partial" else "resource_cost_full_musd"
        numbers[label] = Number(
            f"Cost to users outside China, {depth}",
            loss / MILLION,
            "M USD a year",
            -band.high / MILLION,
            -band.low / MILLION,
            band.basis,
        )
        numbers[f"magnets_lost_{depth}_t"] = exact(
            f"Magnets bought outside China, {depth}, change", change["magnets_bought_outside_t"], "t a year"
        )
        for commodity, words in OXIDES:
            before, after = base.price(commodity, "usa"), case.price(commodity, "usa")
            if before and after:
                numbers[f"{commodity}_{depth}"] = exact(
                    f"{words} in the US, {depth}, change", 100 * (after / before - 1), "%"
                )
    used = context.metric(base, "magnets_bought_outside_t")
    per_kg = numbers["resource_cost_full_musd"].value * MILLION / (used * 1000.0)
    per_car = per_kg * parameter(context.world, "ev-car", "ndfeb_kg")
    numbers["usd_per_kg_magnet"] = exact("Full decoupling per kg of magnet used outside China", per_kg, "USD/kg")
    numbers["usd_per_car"] = exact("The same per electric car", per_car, "USD")
    table = pd.DataFrame(
        rows,
        columns=[
            "Depth",
            "Cost, M USD a year",
            "Low",
            "High",
            "Magnets made outside, change t",
            "Magnets bought outside, change t",
        ],
    )
    partial, full = numbers["resource_cost_musd"], numbers["resource_cost_full_musd"]
    return Answer(
        numbers=numbers,
        because=(
            f"With plants built elsewhere and three years to adapt, halving the tie costs users outside China {partial.value:,.0f} M USD a year "
            f"({partial.low:,.0f} to {partial.high:,.0f}), cutting it {full.value:,.0f} M ({full.low:,.0f} to {full.high:,.0f}): "
            f"large for this market, {per_car:,.0f} USD for an electric car."
        ),
        details=("The cost is what is lost by buyers and makers outside China together: dearer plants and energy, and goods not made. Rents that only change hands are not in it.",),
        caveats=("The base year's supply chain adapted once; learning and new deposits beyond the planned ones are not in it.",),
        tables=(Table("Cost by depth", table),),
        pictures=(
            bar_picture(
                table, name="decoupling", title="Yearly cost of decoupling to users outside China", category="Depth", value="Cost, M USD a year",
                series="Depth", unit="M USD a year (2024)", low="Low", high="High", label_format=",.0f",
                source_line="Solved cases of this model; bands from common samples.",
                alternative="Bars: yearly cost of partial and of full decoupling with bands.",
            ),
        ),
        sources=("balance", "aumanufacturing-iluka-and-government-agree-to-fu-2024", "reuters-oe-digital-2025", "rare-element-resources-bear-lodge-pfs-ni-43-101-2014"),
    )  # fmt: skip


def ev_delay(context: Context, params: Mapping[str, Any]) -> Answer:
    """Months by which electric cars come later, through missing magnets and through cost.

    Params: partial, full, against (scenarios), months.
    """
    base = context.case(str(params["against"]))
    years = int(params.get("years", 3))
    start = context.year + 1
    places = [p for p in OUTSIDE if context.metric(base, f"use|{p}|ev-traction") > 0]
    rows, numbers = [], {}
    for depth in ("partial", "full"):
        case = context.case(str(params[depth]))
        delays, weights = [], []
        for place in places:
            have, had = (
                context.metric(case, f"use|{place}|ev-traction"),
                context.metric(base, f"use|{place}|ev-traction"),
            )
            missing = min(max(1.0 - have / had, 0.0), 1.0) if had > 0 else 0.0
            found = shortfall(context.world, place, missing, 12 * years, start_year=start, catch_up=False)
            delays.append(found.delay_months)
            weights.append(had)
            rows.append((depth, place, 100 * missing, found.delay_months, found.lost_vehicles / MILLION))
        mean = float(np.average(delays, weights=weights))
        numbers[f"months_{depth}"] = Number(
            f"Delay of the electric share outside China, {depth}",
            mean,
            "months",
            min(delays),
            max(delays),
            "range over regions",
        )
    full = context.case(str(params["full"]))
    change = {c: (full.price(c, "usa") or 0.0) - (base.price(c, "usa") or 0.0) for c, _ in OXIDES}
    cost = motor_cost(context.world, change)
    numbers["usd_per_car"] = exact("Dearer material in one electric car, full", cost.usd_per_vehicle, "USD")
    numbers["share_of_car"] = exact("The same, of the car's price", 100 * cost.share_of_car, "%")
    stopped = float(params.get("stop", 0.9))
    sudden = {p: shortfall(context.world, p, stopped, 12, start_year=start, catch_up=False) for p in places}
    late = [d.delay_months for d in sudden.values()]
    numbers["months_sudden"] = Number(
        f"Delay if {percent(stopped)} of magnets stopped for a year, unprepared", float(np.average(late, weights=weights)),
        "months", min(late), max(late), "range over regions",
    )  # fmt: skip
    table = pd.DataFrame(
        rows, columns=["Depth", "Place", "Traction magnets missing, %", "Delay, months", "Cars lost, M"]
    )
    worst = float(table.loc[table["Depth"] == "full", "Traction magnets missing, %"].max())
    return Answer(
        numbers=numbers,
        because=(
            f"It depends on depth and warning. With plants built and three years to adapt, half a decoupling delays the electric "
            f"share outside China by {numbers['months_partial'].value:.1f} months and a full one by "
            f"{numbers['months_full'].value:.1f}, with up to {worst:.0f} % of traction magnets missing; {percent(stopped)} of "
            f"magnets stopped for a year without warning, {numbers['months_sudden'].value:.1f}. Cars are stopped by missing "
            f"units: the dearer material is {cost.usd_per_vehicle:,.0f} USD a car ({100 * cost.share_of_car:.1f} %)."
        ),
        caveats=(
            "Stock cover across firms is drawn from the stops of 2025; other shortages may find other stocks.",
            "Sales paths are the IEA's; policy changes of the same size as this delay are not counted.",
        ),
        tables=(Table("Delay by depth and region", table),),
        pictures=(
            bar_picture(
                table, name="delay", title="Delay of the electric-car share, by region", category="Place", value="Delay, months", series="Depth",
                unit="months", source_line="Solved cases of this model; line stops by stock cover across firms.",
                alternative="Bars: months of delay by region under partial and full decoupling.",
            ),
        ),
        sources=("reuters-via-timeslive-2025", "derived-from-demand-shortfall-events-csv-2025", "iea-critical-minerals-dataset-may-2025-cc-by-4-0"),
    )  # fmt: skip


def leverage(context: Context, params: Mapping[str, Any]) -> Answer:
    """How much of the grip is ore, processing, transit and rules, in the base year."""
    del params
    found = context.leverage
    table = found.table.copy()
    index = table.set_index("lever")
    total = float(index["shapley_usd"].sum())

    def number(lever: str, column: str) -> float:
        return float(index.at[lever, column])

    numbers = {}
    for lever in index.index:
        numbers[f"{lever}_share"] = exact(
            f"Share of the grip: {lever} (Shapley)", 100 * number(lever, "shapley_usd") / total, "%"
        )
        numbers[f"{lever}_alone"] = exact(
            f"Pulled alone: {lever}", number(lever, "alone_usd") / MILLION, "M USD a year"
        )
        numbers[f"{lever}_last"] = exact(f"Pulled last: {lever}", number(lever, "last_usd") / MILLION, "M USD a year")
        same = number(lever, "equal_cost_loss_usd")
        if same == same:
            numbers[f"{lever}_equal"] = exact(
                f"Pulled as far as costs China the same export revenue: {lever}", same / MILLION, "M USD a year"
            )
    order = index["shapley_usd"].sort_values(ascending=False)
    shown = pd.DataFrame(
        {
            "Lever": table["lever"],
            "Alone, M USD": table["alone_usd"] / MILLION,
            "Last, M USD": table["last_usd"] / MILLION,
            "Shapley, M USD": table["shapley_usd"] / MILLION,
            "Share, %": 100 * table["shapley_usd"] / total,
            "Revenue China forgoes, M USD": table["china_revenue_lost_usd"] / MILLION,
            "At equal cost, M USD": table["equal_cost_loss_usd"] / MILLION,
            "Remark": table["remark"],
        }
    )
    picture = pd.DataFrame(
        [
            (str(lever), words, float(index.at[lever, column]) / MILLION)
            for lever in order.index
            for column, words in (
                ("alone_usd", "pulled alone"),
                ("last_usd", "pulled last"),
                ("shapley_usd", "Shapley value"),
            )
        ],
        columns=["Lever", "Measure", "M USD a year"],
    )
    return Answer(
        numbers=numbers,
        untestable=(
            "a movement needs more than one year: the market of 2010 is not in this world yet and that of 2035 would be a supposition. "
            f"In the base year alone the grip is {order.index[0]} {100 * order.iloc[0] / total:.0f} %, "
            + ", ".join(f"{lever} {max(100 * value / total, 0.0):.0f} %" for lever, value in order.iloc[1:].items())
            + " (Shapley shares of what buyers outside China lose)."
        ),
        because="",
        details=tuple(found.notes),
        caveats=("Point values: no band is computed for leverage yet.",),
        tables=(Table("Loss outside China by lever", shown),),
        pictures=(
            bar_picture(
                picture, name="leverage", title="What each lever costs buyers outside China", category="Lever", value="M USD a year",
                series="Measure", unit="M USD a year (2024)", label_format=",.0f", source_line="Sixteen solved cases of this model, base year.",
                alternative="Bars: loss outside China for resource, processing, transit and rules, pulled alone, last, and as Shapley value.",
            ),
        ),
        sources=("balance", "assumption", "mofcom-gac-ann-18-2025-text-copy"),
    )  # fmt: skip
