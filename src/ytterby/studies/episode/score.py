"""A replay held against what was seen: log error, factor of two, direction, beside two forecasts that know no model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from ytterby.chain.origin import ANY
from ytterby.studies.path.record import PathOutcome
from ytterby.world import World

EVERYWHERE = "any"
TWOFOLD = float(np.log(2.0))
SAME = 0.05
"""Relative change below which a series counts as having stayed."""
TINY = 1e-9


@dataclass(frozen=True)
class Score:
    """What a replay got right."""

    table: pd.DataFrame
    """series, measure, months, observed, low, high, modelled, log_error (blank where a log does not exist), twofold,
    direction (blank where nothing was known before), no_change (log error of "as before"), last_seen (of "as when last
    seen"), beats (is the model nearer than both that there are?)."""

    def summary(self) -> pd.DataFrame:
        """Counts and medians, for all and by measure: n, inside, twofold, direction, of, errors, beats."""
        parts = [("all", self.table)] + [(str(m), t) for m, t in self.table.groupby("measure")]
        return pd.DataFrame([{"measure": name, **_counts(part)} for name, part in parts])


def score(world: World, found: PathOutcome) -> Score:
    """Score a replay against table ``episode_series``.

    Rows from before the announcement are left out, and those with a month that was not replayed.
    """
    rows = world.table("episode_series")
    rows = rows[(rows["episode"] == found.meta["episode"]) & (rows["role"] == "test")]
    known_on = pd.Period(str(found.meta["known_on"])[:7], freq="M")
    before = [str(known_on - 1)]
    replayed = set(found.prices["period"])
    lines = []
    last_seen: dict[tuple[str, ...], float] = {}
    for r in rows.sort_values(["last", "first", "series"]).to_dict("records"):
        months = [str(p) for p in pd.period_range(r["first"], r["last"], freq="M")]
        if not replayed.issuperset(months):
            continue
        modelled = measure(found, r, months)
        usual = measure(found, r, before, per=len(months))
        key = tuple(str(r[c]) for c in ("measure", "commodity", "place", "partner"))
        count = len(months) if r["measure"] == "export" else 1
        observed, prior = float(r["value"]), r["before"]
        naive = _log_error(float(prior), observed) if pd.notna(prior) else np.nan
        seen = last_seen.get(key)
        lasting = _log_error(seen * count, observed) if seen is not None else np.nan
        last_seen[key] = observed / count
        error = _log_error(modelled, observed)
        low, high = (float(r[c]) if pd.notna(r[c]) else observed for c in ("low", "high"))
        rivals = [abs(e) for e in (naive, lasting) if np.isfinite(e)]
        known = pd.notna(prior)
        lines.append(
            {
                "series": r["series"], "measure": r["measure"], "months": f"{months[0]}..{months[-1]}",
                "observed": observed, "low": low, "high": high, "modelled": modelled, "unit": r["unit"],
                "log_error": error, "twofold": bool(abs(error) <= TWOFOLD) if np.isfinite(error) else None,
                "direction": _turn(modelled, usual) == _turn(observed, float(prior)) if known else None,
                "no_change": naive, "last_seen": lasting,
                "beats": bool(abs(error) < min(rivals)) if rivals and np.isfinite(error) else None,
            }
        )  # fmt: skip
    return Score(pd.DataFrame(lines).sort_values(["measure", "series"], ignore_index=True))


def measure(found: PathOutcome, row: dict[str, object], months: list[str], per: int = 1) -> float:
    """What a replay says of a row of ``episode_series`` in some months.

    Exports are summed over the months (times ``per`` for a stretch as long), prices weighted by what passes, a ratio
    is its highest month; a change is against as many months before the announcement. NaN where nothing trades.
    """
    names = str(row["commodity"]).split("|")
    if row["measure"] in ("export", "export-change"):
        flows = found.flows[found.flows["commodity"].str.startswith(tuple(names))]
        flows = flows[(flows["from_place"] == row["place"]) & flows["period"].isin(months)]
        if row["partner"] != EVERYWHERE:
            flows = flows[flows["to_place"] == row["partner"]]
        total = float(flows["flow_t"].sum()) * per
        if row["measure"] == "export":
            return total
        known_on = pd.Period(str(found.meta["known_on"])[:7], freq="M")
        usual = measure(found, {**row, "measure": "export"}, [str(known_on - 1)]) * len(months)
        return total / usual - 1.0 if usual > TINY and len(months) > 1 else 0.0
    if row["measure"] == "price-ratio":
        here, there = (_by_month(found, names, str(row[c]), months) for c in ("place", "partner"))
        return float((here / there).max())
    if row["measure"] == "paid":
        return paid(found, names, str(row["place"]), months)
    prices = _rows(found, names, str(row["place"]), months)
    weight = prices["traded_t"]
    return float((prices["point"] * weight).sum() / weight.sum()) if weight.sum() > 0 else np.nan


def paid(found: PathOutcome, names: list[str], place: str, months: list[str]) -> float:
    """Mean of what is paid, USD/kg: a permitted lot is paid as where it comes from, at its cost landed; all else at
    the price of what is sold next. NaN where nothing trades."""
    prices = _rows(found, names, place, months)
    worth, t = float((prices["point"] * prices["traded_t"]).sum()), float(prices["traded_t"].sum())
    flows = found.flows[found.flows["commodity"].isin(names) & found.flows["period"].isin(months)]
    flows = flows[flows["permitted"] & (flows["to_place"].eq(place) | (place == EVERYWHERE))]
    gain = (flows["sold_usd_per_kg"] - flows["landed_usd_per_kg"]).clip(lower=0.0) * flows["flow_t"]
    return (worth - float(gain.sum())) / t if t > 0 else float("nan")


def _rows(found: PathOutcome, names: list[str], place: str, months: list[str]) -> pd.DataFrame:
    prices = found.prices
    own = prices["commodity"].isin(names) & prices["period"].isin(months) & prices["origin_tag"].ne(ANY)
    return prices[own & (prices["place"].eq(place) | (place == EVERYWHERE))]


def _by_month(found: PathOutcome, names: list[str], place: str, months: list[str]) -> pd.Series:
    rows = _rows(found, names, place, months)
    worth = (rows["point"] * rows["traded_t"]).groupby(rows["period"]).sum()
    mean: pd.Series = worth / rows.groupby("period")["traded_t"].sum()
    return mean


def _log_error(modelled: float, observed: float) -> float:
    """ln(modelled / observed); NaN where one of them is not above zero."""
    return float(np.log(modelled / observed)) if modelled > TINY and observed > TINY else float("nan")


def _turn(now: float, before: float) -> int | None:
    """Up (1), down (-1) or about as before (0); None where nothing trades."""
    if not (np.isfinite(now) and np.isfinite(before)):
        return None
    change = now - before if abs(before) <= TINY else (now - before) / abs(before)
    return 0 if abs(change) <= SAME else int(np.sign(change))


def _counts(table: pd.DataFrame) -> dict[str, object]:
    told = table["direction"].dropna().astype(bool)
    held = table["beats"].dropna().astype(bool)
    interval = binomtest(int(held.sum()), len(held)).proportion_ci() if len(held) else None
    inside = (table["modelled"] >= table["low"] * (1 - TINY)) & (table["modelled"] <= table["high"] * (1 + TINY))
    return {
        "n": len(table),
        "inside": int(inside.sum()),
        "twofold": int(table["twofold"].dropna().astype(bool).sum()),
        "direction": int(told.sum()),
        "of": len(told),
        "median_log_error": float(table["log_error"].abs().median()),
        "no_change_error": float(table["no_change"].abs().median()),
        "last_seen_error": float(table["last_seen"].abs().median()),
        "beats_both": int(held.sum()),
        "rivals": len(held),
        "beats_low": float(interval.low) if interval else float("nan"),
        "beats_high": float(interval.high) if interval else float("nan"),
    }
