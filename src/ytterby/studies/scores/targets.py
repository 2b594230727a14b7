"""What the answers are held against: observed prices, how far their sources agree, and how a hit is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from ytterby.chain.deck import ANNUAL_REFERENCE
from ytterby.world import World
from ytterby.world.errors import Fault, InputError

TOLERANCE = 0.10
"""Least relative tolerance; wider where the sources of a figure are further apart."""
ROUNDING = 1e-9
PRICE_INDEX = "cpi"
"""Series of the deflators table that turns dollars of a year into dollars of the base year."""
ANNUAL_MEAN, OBSERVATION = "annual mean", "observation"
ASSUMED = "D"

BY_CONSTRUCTION, FITTED, TESTED = "by construction", "fitted", "tested"


def observed_prices(world: World, year: int) -> pd.DataFrame:
    """Return the annual reference prices of a year in dollars of the base year, USD/kg net of value-added tax.

    Columns product, place, observed, low, high, origin, source. ``origin`` is "observed" where an annual mean of
    that product, place and year is published, "derived" where the reference is worked out from another price (another
    place or product), "assumed" where it is an assumption: only the first can test anything. The newest vintage of a
    reference is kept. Raises InputError where the year has no price index.
    """
    prices = world.table("prices")
    of_year = prices[prices["period"] == str(year)]
    rows = of_year[of_year["series"] == ANNUAL_REFERENCE].sort_values("vintage", kind="stable")
    rows = rows.drop_duplicates(["commodity", "place"], keep="last")
    seen = of_year[(of_year["series"] == OBSERVATION) & (of_year["statistic"] == ANNUAL_MEAN)]
    published = set(zip(seen["commodity"], seen["place"], strict=True))
    origin = [
        "assumed" if r.confidence == ASSUMED else "observed" if (r.commodity, r.place) in published else "derived"
        for r in rows.itertuples()
    ]
    factor = rows["usd_per_kg_excl_vat"] / price_index(world, year)
    table = pd.DataFrame(
        {
            "product": rows["commodity"],
            "place": rows["place"],
            "observed": factor,
            "low": rows["low"] / rows["point"] * factor,
            "high": rows["high"] / rows["point"] * factor,
            "origin": origin,
            "source": rows["source"],
        }
    )
    return table.sort_values(["product", "place"], ignore_index=True)


def price_index(world: World, year: int) -> float:
    """Dollars of a year that buy what one dollar of the base year buys. Raises InputError where it is not known."""
    table = world.table("deflators")
    found = table.loc[(table["series"] == PRICE_INDEX) & (table["year"] == year), "index"]
    if found.empty:
        raise InputError("no price index", [Fault("deflators.csv", f"no {PRICE_INDEX} for {year}", "one row a year")])
    return float(found.iloc[0])


def band(observed: pd.Series, low: pd.Series, high: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Low and high end of what counts as a hit: 10 % either side, or the sources' own spread where that is wider."""
    below = pd.concat([low, observed * (1.0 - TOLERANCE)], axis=1).min(axis=1)
    above = pd.concat([high, observed * (1.0 + TOLERANCE)], axis=1).max(axis=1)
    return below * (1.0 - ROUNDING), above * (1.0 + ROUNDING)


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Add how far off each answer is, beside the answer that nothing changed since the year of comparison.

    Wants modelled, no_change (price of the year of comparison), modelled_before (the model's own answer for that year),
    observed, low, high. Adds hit_low, hit_high, log_error, log_error_no_change (natural logarithm of answer over
    observed), hit, hit_no_change, and right_way: whether the model moved as the price did, blank where the price
    itself stayed inside the tolerance. Where nothing trades in the answer, hit is False: no price is no hit.
    """
    out = table.copy()
    out["hit_low"], out["hit_high"] = band(out["observed"], out["low"], out["high"])
    for answer, suffix in (("modelled", ""), ("no_change", "_no_change")):
        positive = out[answer].where(out[answer] > 0)
        out[f"log_error{suffix}"] = np.log(positive / out["observed"])
        out[f"hit{suffix}"] = out[answer].between(out["hit_low"], out["hit_high"])
    moved = ~out["no_change"].between(out["hit_low"], out["hit_high"]) & out["no_change"].notna()
    known = moved & out["modelled"].notna() & out["modelled_before"].notna()
    same = np.sign(out["modelled"] - out["modelled_before"]) == np.sign(out["observed"] - out["no_change"])
    out["right_way"] = same.astype(object).where(known, None)
    return out


COUNTS = [
    "test", "answers", "hits", "share", "low", "high", "hits_no_change", "share_no_change", "asked_way", "right_way",
    "mean_abs_log_error", "mean_abs_log_error_no_change",
]  # fmt: skip


def counted(test: str, table: pd.DataFrame) -> dict[str, object]:
    """Count the hits of a test over its counted rows, with Wilson's 95 % interval of their share (scipy.stats)."""
    rows = table[table["counted"]]
    n, hits = len(rows), int(rows["hit"].sum())
    interval = binomtest(hits, n).proportion_ci(method="wilson") if n else None
    plain = "hit_no_change" in rows
    base = int(rows["hit_no_change"].sum()) if plain and n else 0
    way = rows["right_way"].dropna().astype(bool) if "right_way" in rows else pd.Series(dtype=bool)
    nan = float("nan")
    return {
        "test": test,
        "answers": n,
        "hits": hits,
        "share": hits / n if n else nan,
        "low": float(interval.low) if interval else nan,
        "high": float(interval.high) if interval else nan,
        "hits_no_change": base if plain else None,
        "share_no_change": base / n if n and plain else nan,
        "asked_way": len(way),
        "right_way": int(way.sum()),
        "mean_abs_log_error": float(rows["log_error"].abs().mean()) if n else nan,
        "mean_abs_log_error_no_change": float(rows["log_error_no_change"].abs().mean()) if n and plain else nan,
    }
