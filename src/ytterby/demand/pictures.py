"""Pictures of demand: curves against what came, magnets in use, a shortage month by month, an economy's losses."""

from __future__ import annotations

import pandas as pd

from ytterby.demand.adoption import AdoptionTest, ev_history
from ytterby.demand.economy import DETAILED, EconomyLoss
from ytterby.pictures import Picture, bar_picture, line_picture
from ytterby.world.load import World

MILLION = 1e6
METHODS = {
    "observed": "Observed",
    "logistic": "Logistic curve",
    "bass": "Bass curve",
    "target": "Target known then",
    "naive": "Straight line",
}
SECTORS = 9
"""Sectors shown in a picture of losses."""
TOGETHER = {"defence": "defence and SmCo", "smco": "defence and SmCo"}
"""Small uses drawn as one: a picture tells eight colours apart."""


def forecast_picture(world: World, test: AdoptionTest) -> Picture:
    """Electric cars of a region: what was sold, and what each method said of the years that it had not seen."""
    history = ev_history(world, test.region)[["year", "sales"]]
    told = test.table.drop(columns="observed").melt(id_vars="year", var_name="method", value_name="sales")
    start = history[history["year"] == test.fit.last_year]
    told = pd.concat([*(start.assign(method=m) for m in told["method"].unique()), told])
    frame = pd.concat([history.assign(method="observed"), told])
    frame = frame.assign(cars=frame["sales"] / MILLION, line=frame["method"].map(METHODS))
    return line_picture(
        frame[["year", "cars", "line"]],
        name=f"forecast-{test.region}",
        title=f"Electric cars sold, {_place(world, test.region)}: fitted to {test.fit.last_year}",
        x="year",
        value="cars",
        series="line",
        unit="million cars a year",
        source_line=f"{_credit(world, 'ev_sales', test.region)}. Methods see nothing after {test.fit.last_year}.",
        alternative="Lines: cars sold by year and the forecasts of each method.",
    )


def in_use_picture(table: pd.DataFrame, column: str = "stock_t") -> Picture:
    """Magnets in use, sold or scrapped by use and year; ``column`` is stock_t, inflow_t or outflow_t."""
    titles = {"stock_t": "Magnets in use", "inflow_t": "Magnets sold", "outflow_t": "Magnets scrapped"}
    merged = table.assign(use=table["use"].replace(TOGETHER)).groupby(["use", "year"], as_index=False)[[column]].sum()
    frame = merged.assign(kt=merged[column] / 1000.0)
    return line_picture(
        frame[["year", "kt", "use"]],
        name=column.removesuffix("_t"),
        title=f"{titles[column]}, world",
        x="year",
        value="kt",
        series="use",
        unit="thousand t of finished magnet",
        source_line="Demand of the base year; growth: IEA stated policies; lives: table product_lives, mostly assumed.",
        alternative=f"Lines: {titles[column].lower()} by use and year.",
    )


def retired_picture(won: pd.DataFrame) -> Picture:
    """Rare earths that leave use with magnets and what of them is won back, by year; ``won`` is of ``recoverable``."""
    by_year = won.groupby("year", as_index=False)[["retired_t", "t"]].sum()
    long = by_year.rename(columns={"retired_t": "leaves use", "t": "won back"}).melt("year", var_name="what")
    return line_picture(
        long.assign(kt=long["value"] / 1000.0)[["year", "kt", "what"]],
        name="retired",
        title="Rare earths in magnets that leave use",
        x="year",
        value="kt",
        series="what",
        unit="thousand t of element",
        source_line=(
            "Shares: table end_of_life (Global E-waste Monitor, European Commission, DERA, assumptions); lives: table "
            "product_lives, mostly assumed."
        ),
        alternative="Lines: rare earths that leave use and what of them is won back, by year.",
    )


def shortage_picture(world: World, monthly: pd.DataFrame, place: str) -> Picture:
    """A shortage month by month: what is missing, what is still missing after thrift, what stands."""
    shown = monthly[monthly["place"] == place]
    last = int(shown["shortage"].to_numpy().nonzero()[0].max()) + 7 if shown["shortage"].gt(0).any() else 12
    shown = shown.head(min(len(shown), last)).reset_index(drop=True)
    names = {"shortage": "Missing", "effective": "Missing after thrift and substitutes", "stopped": "Output stopped"}
    parts = [
        pd.DataFrame({"month": range(1, len(shown) + 1), "share": 100 * shown[c], "what": label})
        for c, label in names.items()
    ]
    return line_picture(
        pd.concat(parts, ignore_index=True),
        name=f"shortage-{place}",
        title=f"Traction magnets and stopped lines, {_place(world, place)}: month 1 is {shown['month'].iloc[0]}",
        x="month",
        value="share",
        series="what",
        unit="% of normal, by month",
        source_line="Stock cover: table stock_cover, from dated stops of firms; substitutes: table substitutes.",
        alternative="Lines: share of magnets missing and share of car output stopped, month by month.",
    )


def economy_picture(world: World, loss: EconomyLoss, place: str = DETAILED) -> Picture:
    """Sectors that lose most: for want of material, and because others do."""
    credit = _credit(world, "io_sectors") if place == DETAILED else _credit(world, "national_sectors", place=place)
    top = loss.table.nlargest(SECTORS, "value_added_musd")
    lacking = loss.table["stopped"] > 0
    frame = pd.DataFrame(
        {
            "sector": top["name"].str.removesuffix(" manufacturing"),
            "lost": top["value_added_musd"] / 1000.0,
            "why": lacking.loc[top.index].map({True: "lacks material", False: "sells or gets less"}),
        }
    )
    return bar_picture(
        frame,
        name="economy",
        title=f"Value added lost, largest sectors, {_place(world, place)}",
        category="sector",
        value="lost",
        series="why",
        unit=loss.money.replace("M USD", "billion USD"),
        source_line=f"{credit}; dependence of sectors: table sector_dependence, assumed.",
        alternative="Bars: lost value added of the sectors that lose most.",
    )


def _place(world: World, place: str) -> str:
    """Name of a place or an economy for people; a region that is neither keeps its key."""
    names = world.table("places").set_index("place")["name"]
    economies = world.table("economies").set_index("economy")["name"]
    return str(names.get(place, economies.get(place, place)))


def _credit(world: World, table: str, region: str = "", place: str = "") -> str:
    """Titles of the sources of a table's rows, of a region's history or of a place if named, most used first."""
    rows = world.table(table)
    if place:
        rows = rows[rows["place"] == place]
    if region:
        rows = rows[(rows["region"] == region) & (rows["scenario"] == "history")]
    titles = world.table("sources").set_index("source")["title"]
    return "; ".join(str(titles[s]) for s in rows["source"].value_counts().index[:2])
