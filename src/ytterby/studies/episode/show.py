"""Episodes for people: what is bought of what is needed, what is left in stock, a score in a table and a picture."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.network import HELD
from ytterby.pictures import Picture
from ytterby.pictures.beside import Family, beside_picture
from ytterby.studies.episode.score import EVERYWHERE, TEST
from ytterby.studies.path.record import PathOutcome
from ytterby.world import World

MAGNETS = ("ndfeb", "smco")


def shortfalls(found: PathOutcome) -> pd.DataFrame:
    """One row a month: period, then by place the share of its need of magnets that is bought, and the share of the
    first month's stock of magnets that users still hold."""
    table = found.consumption
    commodity = table["demand"].str.split("|").str[1]
    magnets = table[commodity.str.startswith(MAGNETS)].copy()
    stock = magnets[magnets["good"] == HELD].groupby(["period", "place"])["bought_t"].sum().unstack()
    use = magnets[magnets["good"] != HELD].groupby(["period", "place"])[["reference_t", "bought_t"]].sum()
    bought = (use["bought_t"] / use["reference_t"]).unstack()
    parts = {f"bought, {p}": bought[p] for p in bought.columns}
    if len(stock):
        parts |= {f"held, {p}": stock[p] / stock[p].iloc[0] for p in stock.columns if stock[p].iloc[0] > 0}
    large = use["reference_t"].groupby("place").sum().nlargest(5).index
    shown = [c for c in parts if c.split(", ")[1] in set(large)]
    return pd.DataFrame({c: parts[c] for c in shown}).reset_index()


TITLES = {
    "export": "Exports",
    "licensed-export": "Exports with a licence",
    "export-change": "Exports, change on the time before",
    "use": "Use",
    "price": "Prices",
    "paid": "Prices paid",
    "unit-value": "Worth of a kilogram exported",
    "premium": "Premium of a licence",
    "price-ratio": "Prices, one place over another",
}
"""What the measures of table ``episode_series`` are called."""
FORECASTS = {"no_change": "as before", "last_seen": "as when last seen"}
"""Forecasts that know no model, by the column of their log error."""


def named(world: World, table: pd.DataFrame) -> pd.DataFrame:
    """A score's table with words for people: kind, good, where, when."""
    partner = world.table("episode_series").set_index("series")["partner"].reindex(table["series"]).to_numpy(object)
    rows = []
    for row, other in zip(table.to_dict("records"), partner, strict=True):
        goods = str(row["commodity"]).split("|")
        where = str(row["place"]) if row["place"] != EVERYWHERE else "everywhere"
        if pd.notna(other) and other not in ("", EVERYWHERE, row["place"]):
            where += f" > {other}" if "export" in str(row["measure"]) else f" over {other}"
        rows.append(
            {
                "kind": TITLES.get(str(row["measure"]), str(row["measure"])),
                "good": goods[0] if len(goods) <= 2 else f"{len(goods)} goods",
                "where": where,
                "when": _span(str(row["months"])),
            }
        )
    return pd.concat(
        [table.reset_index(drop=True), pd.DataFrame(rows, columns=["kind", "good", "where", "when"])], axis=1
    )


def _span(months: str) -> str:
    """2025-01..2025-06 as 2025-01..06; one period as itself."""
    first, last = months.split("..")
    return first if first == last else f"{first}..{last.removeprefix(first[:5])}"


def score_tables(world: World, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A score for people, one table a kind of figure, errors as ln(said / seen)."""
    told = named(world, table)
    told["what"] = told["good"] + ", " + told["where"]
    columns = {
        "what": "what", "when": "when", "observed": "seen", "modelled": "said", "log_error": "error",
        "twofold": "x2", "direction": "turn", "no_change": "as before", "last_seen": "last seen", "beats": "beats both",
    }  # fmt: skip
    for error in ("log_error", "no_change", "last_seen"):
        told[error] = told[error].astype(float).round(2)
    parts = {f"{kind}, {own['unit'].iloc[0]}": own for kind, own in told.groupby("kind", sort=False)}
    return {title: own[list(columns)].rename(columns=columns) for title, own in parts.items()}


def counted(summary: pd.DataFrame) -> pd.DataFrame:
    """The counts of a score for people: so many of so many."""

    def of(count: str, total: str) -> pd.Series:
        return summary[count].astype(str) + " of " + summary[total].astype(str)

    low, high = ((summary[c] * 100).round() for c in ("beats_low", "beats_high"))
    return pd.DataFrame(
        {
            "kind": summary["measure"].map(lambda m: TITLES.get(str(m), str(m))),
            "inside": of("inside", "n"),
            "within x2": of("twofold", "n"),
            "right turn": of("direction", "of"),
            "error": summary["median_log_error"].round(2),
            "as before": summary["no_change_error"].round(2),
            "last seen": summary["last_seen_error"].round(2),
            "beats both": of("beats_both", "rivals"),
            "share, 95 %": [f"{a:.0f} to {b:.0f} %" if pd.notna(a) else "" for a, b in zip(low, high, strict=True)],
        }
    )


def _short(told: pd.DataFrame) -> pd.Series:
    """What a narrow drawing says of each figure: its good where a kind has several, the far end, the time."""
    several = told.groupby("kind")["good"].transform("nunique").gt(1)
    good = (told["good"].str.removesuffix("-oxide") + " ").where(several, "")
    far = told["where"].str.replace(r".* > ", "> ", regex=True).str.replace(" over ", " / ")
    return good + far + " " + told["when"].str.removeprefix("20")


def score_picture(world: World, table: pd.DataFrame, title: str) -> Picture:
    """What was seen, what the replay says and what two naive forecasts say, by kind of figure.

    A forecast is what was seen times what it is off by. A figure is missed that is off by more than a factor of two;
    where no factor can be told, that goes the wrong way.
    """
    told = named(world, table)
    off = told["log_error"].abs().gt(np.log(2.0))
    missed = off.where(told["log_error"].notna(), told["direction"].eq(False)).astype(bool)
    told = told.assign(
        words=told["good"] + ", " + told["where"] + ", " + told["when"],
        short=_short(told),
        seen=told["observed"],
        missed=missed,
        **{words: told["observed"] * np.exp(told[column].astype(float)) for column, words in FORECASTS.items()},
    )
    for column in ("low", "high"):
        told[column] = told[column].where(told["low"] < told["high"])
    families = [Family(str(kind), str(own["unit"].iloc[0]), own) for kind, own in told.groupby("kind", sort=False)]
    families.sort(key=lambda f: list(TITLES.values()).index(f.title) if f.title in TITLES.values() else len(TITLES))
    count = f"{int(missed.sum())} of {len(told)} are missed"
    what = "nothing here tests the model, it is what parameters are fitted to" if told["role"].ne(TEST).any() else count
    return beside_picture(
        families,
        forecasts=list(FORECASTS.values()),
        name="backtest",
        title=title,
        source_line=f"Seen: table episode_series, with its sources. Missed: off by more than a factor of two, or, "
        f"where there is no factor, the wrong way; {what}.",
        alternative=f"Dots by kind of figure: seen, modelled and forecast without a model; {count}.",
    )
