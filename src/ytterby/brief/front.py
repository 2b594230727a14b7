"""The pictures on the front of the page: the map, the chain of the base year, prices by case."""

from __future__ import annotations

import pandas as pd

from ytterby.brief.context import Context
from ytterby.pictures import Picture, bar_picture, map_picture, sankey_picture
from ytterby.routes.export import leg_lines, split_at_antimeridian, wrapped
from ytterby.world.terms import Freight

STAGES = ("mine", "separation", "magnet", "use")
STAGE_TITLES = {"mine": "Mined", "separation": "Separated", "magnet": "Magnets made", "use": "Used"}
PRICED = (
    ("ndpr-oxide", "japan", "NdPr oxide, Japan"),
    ("tb-oxide", "japan", "Tb oxide, Japan"),
    ("y-oxide", "japan", "Y oxide, Japan"),
    ("ndfeb-n", "usa", "Magnets without Dy, US"),
    ("ndfeb-sh", "usa", "Heat-proof magnets, US"),
)
MAP_CENTRE = 20.0
"""Longitude in the middle of the map."""
EDGE = 0.9999
"""Keeps a line's end on its own side of the map's edge."""
ORIGIN, GOAL = "kuirektykol", "fort-worth"
LABELLED = (
    "bayan-obo-mine",
    "mountain-pass-mine",
    "mount-weld-mine",
    "kachin-clays",
    "lynas-kuantan",
    "kuirektykol",
)


def front_pictures(context: Context) -> tuple[Picture, ...]:
    """The map of sites and ways, the flow of magnet elements by stage and country, and prices by case."""
    return (route_map(context), chain_picture(context), price_picture(context))


def route_map(context: Context) -> Picture:
    """Sites that operate, and the cheapest ways for Kazakh carbonate as borders close."""
    sites = context.world.table("sites")
    sites = sites[(sites["status"] == "operating") | (sites["site"] == ORIGIN)]
    capacity = context.base.assembly.facts.sites["capacity_t"]
    shown = pd.DataFrame(
        {
            "name": sites["name"],
            "lat": sites["lat"],
            "lon": sites["lon"],
            "stage": sites["stage"],
            "size": sites["site"].map(capacity).fillna(500.0).clip(lower=500.0) ** 0.5,
            "label": sites["name"]
            .where(sites["site"].isin(LABELLED), "")
            .str.split(",")
            .str[0]
            .str.split("(")
            .str[0]
            .str.strip(),
        }
    )
    ways = {
        "all borders open": context.router.cheapest(ORIGIN, GOAL, "carbonate"),
        "Russia closed": context.router.cheapest(ORIGIN, GOAL, "carbonate", avoid=("RUS",)),
        "Russia and China closed": context.router.cheapest(ORIGIN, GOAL, "carbonate", avoid=("RUS", "CHN")),
    }
    lines = pd.concat(
        [
            _points(context, f"{words}: {way.usd_per_t:,.0f} USD/t, {way.days:.0f} days", way)
            for words, way in ways.items()
            if way.lawful
        ],
        ignore_index=True,
    )
    return map_picture(
        shown, lines, name="map", title="Where rare earths are made, and the ways out of Kazakhstan",
        source_line="Sites: sites table, larger is more capacity. Ways: cheapest lawful for mixed carbonate to Texas on the brief's day; "
        "most prices of legs are assumptions. Outlines: Natural Earth.",
        centre=(MAP_CENTRE, 18.0), scale=1.12, height_ratio=0.46,
        alternative="World map of mines, separators, metal and magnet plants, with three ways from central Kazakhstan to Texas.",
    )  # fmt: skip


def _points(context: Context, label: str, way: Freight) -> pd.DataFrame:
    """The points of a way in order, cut into parts at the map's edge: way, part, order, lat, lon, dashed."""
    lines = leg_lines(context.world)
    hubs = context.world.table("hubs").set_index("hub")
    points: list[tuple[float, float]] = []
    for leg in way.legs:
        line = list(lines[leg.leg])
        start = (float(hubs.at[leg.origin, "lon"]), float(hubs.at[leg.origin, "lat"]))
        if _far(line[0], start) > _far(line[-1], start):
            line.reverse()
        points += line
    rows = [
        (label, f"{label}{part}", order, lat, lon)
        for part, piece in enumerate(split_at_antimeridian([(wrapped(lon - MAP_CENTRE), lat) for lon, lat in points]))
        for order, (lon, lat) in enumerate((wrapped(EDGE * x + MAP_CENTRE), y) for x, y in piece)
    ]
    return pd.DataFrame(rows, columns=["way", "part", "order", "lat", "lon"]).assign(dashed=False)


def _far(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def chain_picture(context: Context) -> Picture:
    """NdPr through the chain of the base year: the balanced mines, then the solved flows, in t of oxide."""
    names = context.world.table("places").set_index("place")["name"].to_dict()
    flows = chain_flows(context)
    return sankey_picture(
        flows, stages=STAGES, stage_titles=STAGE_TITLES, names={str(k): str(v) for k, v in names.items()}, name="chain",
        title=f"Neodymium and praseodymium from mine to use, {context.year}", unit="t of oxide",
        source_line="Mines, separators and magnet makers: balanced year; links between them: solved base case of this model.",
        alternative="Flow diagram: most neodymium and praseodymium is mined, separated and made into magnets in China.",
    )  # fmt: skip


def chain_flows(context: Context) -> pd.DataFrame:
    """Flows of NdPr between stages and places in the base case, t of oxide: from_stage, from_place, to_stage, to_place, value."""
    outcome = context.base.outcome
    content = outcome.network.contents
    held = content[content["element"] == "NdPr"].set_index("commodity")["t_per_t"]
    made = outcome.made.assign(oxide=lambda t: t["made_t"] * t["commodity"].map(held).fillna(0.0))
    moved = outcome.flows.assign(oxide=lambda t: t["flow_t"] * t["commodity"].map(held).fillna(0.0))
    generic = moved["commodity"].str.split(":").str[0]
    rows: list[pd.DataFrame] = []

    def stage(source: str, target: str, output: pd.Series, trade: pd.DataFrame) -> None:
        sent = trade.groupby(["from_place", "to_place"])["oxide"].sum()
        for place, total in output.items():
            away = sent[sent.index.get_level_values(0) == place]
            away = away[away > 1.0]
            stays = float(total) - float(away.sum())
            parts = [(source, place, target, str(b), float(v)) for (_, b), v in away.items()]
            if stays > 1.0:
                parts.append((source, place, target, place, stays))
            if parts:
                rows.append(pd.DataFrame(parts, columns=["from_stage", "from_place", "to_stage", "to_place", "value"]))

    positive = made[made["oxide"] > 0]
    mined = positive[positive["kind"] == "mine"].groupby("place")["oxide"].sum()
    stage("mine", "separation", mined, moved[generic == "concentrate"])
    split = positive[(positive["kind"].isin(("separation", "unrecorded"))) & (positive["commodity"] == "ndpr-oxide")]
    upstream = moved[generic.isin(("ndpr-oxide", "ndpr-metal"))]
    stage("separation", "magnet", split.groupby("place")["oxide"].sum(), upstream)
    magnets = positive[positive["commodity"].str.startswith("ndfeb") & positive["kind"].str.contains("magnet")]
    stage("magnet", "use", magnets.groupby("place")["oxide"].sum(), moved[generic.str.startswith("ndfeb")])
    return pd.concat(rows, ignore_index=True)


def price_picture(context: Context) -> Picture:
    """Prices outside China by case, against the base."""
    rows = []
    for name in context.cases:
        case = context.case(name)
        for commodity, place, words in PRICED:
            before, after = context.base.outcome.price(commodity, place), case.price(commodity, place)
            if before and after:
                rows.append((words, context.scenario(name).title, 100 * (after / before - 1)))
    table = pd.DataFrame(rows, columns=["Product", "Case", "Change, %"])
    return bar_picture(
        table, name="prices", title="What each case does to prices outside China", category="Product", value="Change, %", series="Case",
        unit="per cent change of the delivered price", label_format="+.0f", label_from=0.5,
        source_line="Solved cases of this model, base year; each with its certificate.",
        alternative="Bars: change of oxide and magnet prices outside China by case.",
    )  # fmt: skip
