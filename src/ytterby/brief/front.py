"""The pictures on the front of the page: the map, the chain of the base year, prices by case."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ytterby.brief.claims import Front, Priced, RouteMap
from ytterby.brief.context import Context
from ytterby.brief.words import cell, short_name
from ytterby.market.pictures import STAGE_TITLES, STAGES, chain_flows
from ytterby.pictures import Picture, bar_picture, map_picture, sankey_picture
from ytterby.routes.export import leg_lines, split_at_antimeridian, wrapped
from ytterby.world.terms import Freight

EDGE = 0.9999
"""Keeps a line's end on its own side of the map's edge."""
SMALLEST_SITE = 500.0
"""Capacity that the smallest mark stands for, t; sites whose capacity is not known are drawn as small."""


def front_pictures(context: Context, front: Front) -> tuple[Picture, ...]:
    """The map of sites and ways, the flow of magnet elements by stage and country, and prices by case."""
    return (
        route_map(context, front.map),
        chain_picture(context),
        *((price_picture(context, front.prices),) if context.cases else ()),
    )


def route_map(context: Context, asked: RouteMap) -> Picture:
    """Sites that operate, and the cheapest ways of one product as borders close."""
    sites = context.world.table("sites")
    sites = sites[(sites["status"] == "operating") | sites["site"].isin(asked.besides)]
    capacity = context.base.assembly.facts.sites["capacity_t"]
    shown = pd.DataFrame(
        {
            "name": sites["name"],
            "lat": sites["lat"],
            "lon": sites["lon"],
            "stage": sites["stage"],
            "size": sites["site"].map(capacity).fillna(SMALLEST_SITE).clip(lower=SMALLEST_SITE) ** 0.5,
            "label": [
                short_name(str(name)) if site in asked.labelled else ""
                for site, name in zip(sites["site"], sites["name"], strict=True)
            ],
        }
    )
    ways = {
        way.words: context.router.cheapest(asked.origin, asked.destination, asked.form, avoid=way.avoid)
        for way in asked.ways
    }
    lines = [
        _points(context, f"{words}: {way.usd_per_t:,.0f} USD/t, {way.days:.0f} days", way, asked.centre[0])
        for words, way in ways.items()
        if way.lawful
    ]
    none = pd.DataFrame(columns=["way", "part", "order", "lat", "lon", "dashed"])
    return map_picture(
        shown,
        pd.concat(lines, ignore_index=True) if lines else none,
        name="map",
        title=asked.title,
        source_line="Sites: sites table, larger is more capacity. Ways: cheapest lawful for "
        f"{asked.form} on the brief's day, at the rates of table freight_rates. Outlines: Natural Earth.",
        centre=asked.centre,
        scale=1.12,
        height_ratio=0.46,
        alternative=asked.alternative,
    )


def _points(context: Context, label: str, way: Freight, centre: float) -> pd.DataFrame:
    """The points of a way in order, cut into parts at the map's edge: way, part, order, lat, lon, dashed."""
    lines = leg_lines(context.world)
    hubs = context.world.table("hubs").set_index("hub")
    points: list[tuple[float, float]] = []
    for leg in way.legs:
        line = list(lines[leg.leg])
        start = (cell(hubs, leg.origin, "lon"), cell(hubs, leg.origin, "lat"))
        if _far(line[0], start) > _far(line[-1], start):
            line.reverse()
        points += line
    rows = [
        (label, f"{label}{part}", order, lat, lon)
        for part, piece in enumerate(split_at_antimeridian([(wrapped(lon - centre), lat) for lon, lat in points]))
        for order, (lon, lat) in enumerate((wrapped(EDGE * x + centre), y) for x, y in piece)
    ]
    return pd.DataFrame(rows, columns=["way", "part", "order", "lat", "lon"]).assign(dashed=False)


def _far(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def chain_picture(context: Context) -> Picture:
    """NdPr through the chain of the base year: the balanced mines, then the solved flows, in t of oxide."""
    names = context.world.table("places").set_index("place")["name"].to_dict()
    flows = chain_flows(context.base.outcome)
    return sankey_picture(
        flows,
        stages=STAGES,
        stage_titles=STAGE_TITLES,
        names={str(k): str(v) for k, v in names.items()},
        name="chain",
        title=f"Neodymium and praseodymium from mine to use, {context.year}",
        unit="t of oxide",
        source_line="Mines, separators and magnet makers: balanced year; links between them: solved base case.",
        alternative="Flow diagram: neodymium and praseodymium from mines over separators and magnet makers to use.",
    )


def price_picture(context: Context, priced: Sequence[Priced]) -> Picture:
    """Prices by case, against the base."""
    rows = []
    for name in context.cases:
        case = context.case(name)
        for product in priced:
            before = context.base.outcome.price(product.commodity, product.place)
            after = case.price(product.commodity, product.place)
            if before and after:
                rows.append((product.words, context.scenario(name).title, 100 * (after / before - 1)))
    table = pd.DataFrame(rows, columns=["Product", "Case", "Change, %"])
    return bar_picture(
        table,
        name="prices",
        title="What each case does to prices",
        category="Product",
        value="Change, %",
        series="Case",
        unit="per cent change of the delivered price",
        label_format="+.0f",
        label_from=0.5,
        source_line="Solved cases of this model, base year; each with its certificate.",
        alternative=f"Bars: change of {len(priced)} prices by case.",
    )
