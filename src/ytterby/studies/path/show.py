"""A path for people: prices of some products at some places, output on either side, and a picture."""

from __future__ import annotations

import pandas as pd

from ytterby.chain.origin import ANY
from ytterby.market.report import known
from ytterby.pictures import Picture, line_picture
from ytterby.studies.path.record import PathOutcome
from ytterby.world import World
from ytterby.world.choices import choice
from ytterby.world.terms import Stage

SPLIT = "|"
LEAST_T = 1e-6
"""Levels below this, a gram, are the solver's rounding of nothing."""
OUTPUT_KINDS = [f"{new}{s.value}" for s in Stage for new in ("", "new ")]


def price_paths(found: PathOutcome, world: World, products: list[str] | None, places: list[str] | None) -> pd.DataFrame:
    """Prices by period, over origins, weighted by what passes: period, product, place, usd_per_kg, traded_t.

    Without names, those of the settings ``path-products`` and ``path-places``. Raises UnknownNameError.
    """
    table = found.prices[found.prices["origin_tag"] != ANY]
    wanted = [known("product", p, table["commodity"]) for p in products or choice(world, "path-products").split(SPLIT)]
    where = [known("place", p, table["place"]) for p in places or choice(world, "path-places").split(SPLIT)]
    table = table[table["commodity"].isin(wanted) & table["place"].isin(where)]
    table = table.assign(worth=table["point"] * table["traded_t"])
    rows = table.groupby(["period", "commodity", "place"], as_index=False)[["worth", "traded_t"]].sum()
    rows["usd_per_kg"] = rows["worth"] / rows["traded_t"]
    rows["order"] = rows["commodity"].map({c: i for i, c in enumerate(wanted)})
    rows = rows.sort_values(["order", "place", "period"], ignore_index=True)
    return rows.rename(columns={"commodity": "product"})[["period", "product", "place", "usd_per_kg", "traded_t"]]


def output_by_side(found: PathOutcome) -> pd.DataFrame:
    """Output by stage and period: period, then one column a stage in t, and the share made elsewhere than most."""
    made = found.production[found.production["kind"].isin(OUTPUT_KINDS)]
    made = made.assign(level_t=made["level_t"].where(made["level_t"].abs() >= LEAST_T, 0.0))
    by_place = made.groupby(["stage", "place"])["level_t"].sum()
    largest = {s: by_place[s].idxmax() for s in by_place.index.get_level_values(0).unique()}
    rows = []
    for period, table in made.groupby("period"):
        row: dict[str, object] = {"period": period}
        for stage, home in largest.items():
            own = table[table["stage"] == stage]
            total = float(own["level_t"].sum())
            row[f"{stage}, t"] = total
            elsewhere = float(own.loc[own["place"] != home, "level_t"].sum())
            row[f"{stage}, outside {home}"] = elsewhere / total if total > 0.0 else 0.0
        rows.append(row)
    return pd.DataFrame(rows)


def over_time(prices: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Prices as lines are drawn: a ``series`` for each product and place, months as days; and whether it is months."""
    frame = prices.assign(series=prices["product"] + ", " + prices["place"])
    monthly = not pd.api.types.is_numeric_dtype(frame["period"])
    return (frame.assign(period=frame["period"].astype(str) + "-15") if monthly else frame), monthly


def prices_picture(prices: pd.DataFrame, title: str) -> Picture:
    """Draw prices over time, one line a product and place, on a scale of ratios."""
    frame, monthly = over_time(prices)
    return line_picture(
        frame,
        name="path-prices",
        title=f"Prices, {title}",
        x="period",
        value="usd_per_kg",
        series="series",
        unit="USD/kg",
        source_line="Solved market, month by month, with stocks of users and licences as they are granted."
        if monthly
        else "Solved market, year by year; use grows along the agency's path, what pays is built.",
        alternative="Lines of the price of each product at each place over time.",
        log=True,
        months=monthly,
    )


def compared(
    a: PathOutcome, b: PathOutcome, world: World, products: list[str] | None, places: list[str] | None
) -> pd.DataFrame:
    """Prices of two paths side by side: period, product, place, before, after, change (USD/kg), relative."""
    keys = ["period", "product", "place"]
    before, after = (price_paths(p, world, products, places)[[*keys, "usd_per_kg"]] for p in (a, b))
    table = before.merge(after, on=keys, how="outer", suffixes=("_before", "_after"))
    table = table.rename(columns={"usd_per_kg_before": "before", "usd_per_kg_after": "after"})
    table["change"] = table["after"] - table["before"]
    table["relative"] = table["change"] / table["before"]
    return table.sort_values(["product", "place", "period"], ignore_index=True)


def compared_picture(table: pd.DataFrame, names: tuple[str, str]) -> Picture:
    """Draw the prices of two paths, one line a product, place and run."""
    parts = [
        table.assign(usd_per_kg=table[column], product=table["product"] + " (" + name + ")")
        for column, name in zip(("before", "after"), names, strict=True)
    ]
    return prices_picture(pd.concat(parts, ignore_index=True).dropna(subset=["usd_per_kg"]), " and ".join(names))
