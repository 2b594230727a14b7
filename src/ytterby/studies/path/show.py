"""A path for people: prices of some products at some places, output on either side, and a picture."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ytterby.chain.origin import ANY
from ytterby.market.report import known
from ytterby.pictures import Picture, line_picture
from ytterby.studies.path.record import PathOutcome
from ytterby.studies.periods import MONTHS_A_YEAR, length_of, period_of, periods_between
from ytterby.world import World
from ytterby.world.choices import choice
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Stage

SPLIT = "|"
LEAST_T = 1e-6
"""Levels below this, a gram, are the solver's rounding of nothing."""
OUTPUT_KINDS = [f"{new}{s.value}" for s in Stage for new in ("", "new ")]


def price_paths(found: PathOutcome, world: World, products: list[str] | None, places: list[str] | None) -> pd.DataFrame:
    """Prices by period, over origins, weighted by what passes: period, product, place, usd_per_kg, traded_t.

    Without names, those of the settings ``path-products`` and ``path-places`` that the path has, or all. Raises
    UnknownNameError.
    """
    table = found.prices[found.prices["origin_tag"] != ANY]
    wanted = [
        known("product", p, table["commodity"]) for p in products or _usual(world, "products", table["commodity"])
    ]
    where = [known("place", p, table["place"]) for p in places or _usual(world, "places", table["place"])]
    table = table[table["commodity"].isin(wanted) & table["place"].isin(where)]
    table = table.assign(worth=table["point"] * table["traded_t"])
    rows = table.groupby(["period", "commodity", "place"], as_index=False)[["worth", "traded_t"]].sum()
    rows["usd_per_kg"] = rows["worth"] / rows["traded_t"]
    rows["order"] = rows["commodity"].map({c: i for i, c in enumerate(wanted)})
    rows = rows.sort_values(["order", "place", "period"], ignore_index=True)
    return rows.rename(columns={"commodity": "product"})[["period", "product", "place", "usd_per_kg", "traded_t"]]


def _usual(world: World, what: str, there: pd.Series) -> list[str]:
    names = set(there)
    return [n for n in choice(world, f"path-{what}").split(SPLIT) if n in names] or sorted(names)


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


def over_time(prices: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Prices as lines are drawn: a ``series`` for each product and place, years as numbers, shorter periods as the day
    in their middle with their ``label``; and the months of a period (0: periods that are not alike)."""
    frame = prices.assign(series=prices["product"] + ", " + prices["place"])
    length = length_of(list(frame["period"].unique()))
    if length == MONTHS_A_YEAR:
        return frame.assign(period=frame["period"].astype(int)), length
    days = {p: period_of(p).middle.isoformat() for p in frame["period"].unique()}
    label = frame["period"].astype(str)
    return frame.assign(period=frame["period"].map(days), label=label).sort_values("period", kind="stable"), length


PACE = {1: "month by month", 3: "quarter by quarter", 6: "half-year by half-year", MONTHS_A_YEAR: "year by year"}


def prices_picture(prices: pd.DataFrame, title: str, said: str = "") -> Picture:
    """Draw prices over time, one line a product and place, on a scale of ratios; ``said``: what they come from."""
    frame, length = over_time(prices)
    pace = PACE.get(length, "period by period")
    usual = (
        f"Solved market, {pace}; use grows along the agency's path, what pays is built."
        if length == MONTHS_A_YEAR
        else f"Solved market, {pace}, with stocks of users and licences as they are granted."
    )
    return line_picture(
        frame,
        name="path-prices",
        title=f"Prices, {title}",
        x="period",
        value="usd_per_kg",
        series="series",
        unit="USD/kg",
        source_line=said or usual,
        alternative="Lines of the price of each product at each place over time.",
        log=True,
        months=length != MONTHS_A_YEAR,
        label="" if length in (1, MONTHS_A_YEAR) else "label",
    )


def alike(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Prices with periods of one length, the longest that there is; years are numbers where every table has years."""
    lengths = [length_of(list(t["period"].unique())) for t in tables]
    longest = max(lengths)
    if all(lengths) and len(set(lengths)) > 1 and not any(longest % n for n in lengths):
        tables = [lengthened(t, longest) if n < longest else t for t, n in zip(tables, lengths, strict=True)]
    if len({t["period"].dtype.kind for t in tables}) == 1:
        return list(tables)
    return [t.astype({"period": str}) for t in tables]


def lengthened(prices: pd.DataFrame, length: int) -> pd.DataFrame:
    """Prices of shorter periods as those of periods of ``length`` months, weighted by what passes."""
    periods = {p: period_of(p) for p in prices["period"].unique()}
    longer = {p: periods_between(d.first, d.first, length)[0].label for p, d in periods.items()}
    rows = prices.assign(period=prices["period"].map(longer), worth=prices["usd_per_kg"] * prices["traded_t"])
    rows = rows.groupby(["period", "product", "place"], as_index=False, sort=False)[["worth", "traded_t"]].sum()
    rows["usd_per_kg"] = rows["worth"] / rows["traded_t"]
    return rows[["period", "product", "place", "usd_per_kg", "traded_t"]]


def compared(
    a: PathOutcome, b: PathOutcome, world: World, products: list[str] | None, places: list[str] | None
) -> pd.DataFrame:
    """Prices of two paths side by side: period, product, place, before, after, change (USD/kg), relative.

    Where the periods of one are longer, those of the other are put together. Raises InputError where no period is in
    both.
    """
    keys = ["period", "product", "place"]
    both = [price_paths(p, world, products, places) for p in (a, b)]
    before, after = (p[[*keys, "usd_per_kg"]] for p in alike(both))
    if not set(before["period"]) & set(after["period"]):
        spans = [f"{p['period'].min()} to {p['period'].max()}" for p in (before, after)]
        raise InputError("the two have no period in common", [Fault("periods", spans[1], f"some of {spans[0]}")])
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
    both = pd.concat(parts, ignore_index=True).dropna(subset=["usd_per_kg"])
    return prices_picture(both, " and ".join(names), "Solved market of two runs, the shorter periods put together.")
