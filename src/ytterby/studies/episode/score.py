"""A replay held against what was seen: log error, factor of two, direction, beside two forecasts that know no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from ytterby.chain.network import HELD
from ytterby.chain.origin import ANY
from ytterby.studies.path.record import PathOutcome
from ytterby.studies.periods import periods_between
from ytterby.world import World

EVERYWHERE = "any"
TEST, FIT = "test", "fit"
"""Roles of rows; those of an episode that is there to fit to test nothing."""
TWOFOLD = float(np.log(2.0))
SAME = 0.05
"""Relative change below which a series counts as having stayed."""
TINY = 1e-9
LICENSED_MEASURES = ("licensed-export", "premium", "unit-value")
SUMMED = ("export", "licensed-export", "use")
"""Measures that add up over periods."""


@dataclass(frozen=True)
class Score:
    """What a replay got right."""

    table: pd.DataFrame
    """series, measure, commodity, place, before,
    months, observed, low, high, modelled, log_error (blank where a log does not exist), twofold,
    direction (blank where nothing was known before), no_change (log error of "as before"), last_seen (of "as when last
    seen"), beats (is the model nearer than both that there are?), role (test, or fit: nothing is tested)."""

    @property
    def tests(self) -> bool:
        """Is anything tested?"""
        return bool(self.table["role"].eq(TEST).all())

    def summary(self) -> pd.DataFrame:
        """Counts and medians, for all and by measure: n, inside, twofold, direction, of, errors, beats."""
        parts = [("all", self.table)] + [(str(m), t) for m, t in self.table.groupby("measure")]
        return pd.DataFrame([{"measure": name, **_counts(part)} for name, part in parts])


def score(world: World, found: PathOutcome) -> Score:
    """Score a replay against table ``episode_series``.

    Rows from before the announcement are left out, and those with a month that was not replayed. Where an episode has
    no rows to test, those that parameters are fitted to stand in, and their role says so.
    """
    rows = world.table("episode_series")
    rows = rows[rows["episode"] == found.meta["episode"]]
    role = TEST if rows["role"].eq(TEST).any() else FIT
    rows = rows[rows["role"] == role]
    earlier = before(found)
    replayed = set(found.prices["period"])
    lines = []
    last_seen: dict[tuple[str, ...], float] = {}
    for r in rows.sort_values(["last", "first", "series"]).to_dict("records"):
        months = months_of(found, r)
        if not replayed.issuperset(months):
            continue
        modelled = measure(found, r, months)
        usual = measure(found, r, earlier, per=len(months))
        key = tuple(str(r[c]) for c in ("measure", "commodity", "place", "partner"))
        count = len(months) if r["measure"] in SUMMED else 1
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
                "series": r["series"], "measure": r["measure"], "commodity": r["commodity"], "place": r["place"],
                "before": prior, "months": f"{months[0]}..{months[-1]}",
                "observed": observed, "low": low, "high": high, "modelled": modelled, "unit": r["unit"],
                "log_error": error, "twofold": bool(abs(error) <= TWOFOLD) if np.isfinite(error) else None,
                "direction": _turn(modelled, usual) == _turn(observed, float(prior)) if known else None,
                "role": role,
                "no_change": naive, "last_seen": lasting,
                "beats": bool(abs(error) < min(rivals)) if rivals and np.isfinite(error) else None,
            }
        )  # fmt: skip
    return Score(pd.DataFrame(lines).sort_values(["measure", "series"], ignore_index=True))


def answer(found: PathOutcome, row: dict[str, object]) -> float:
    """What a replay says of a row of ``episode_series``; NaN where it was not replayed over all its days."""
    months = months_of(found, row)
    return measure(found, row, months) if set(found.prices["period"]).issuperset(months) else float("nan")


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
        usual = measure(found, {**row, "measure": "export"}, before(found)) * len(months)
        return total / usual - 1.0 if usual > TINY and len(months) > 1 else 0.0
    if row["measure"] in OF_PERIODS:
        return OF_PERIODS[str(row["measure"])](found, names, str(row["place"]), months) * per
    if row["measure"] == "price-ratio":
        here, there = (_by_month(found, names, str(row[c]), months) for c in ("place", "partner"))
        return float((here / there).max())
    if row["measure"] == "paid":
        return paid(found, names, str(row["place"]), months)
    prices = _rows(found, names, str(row["place"]), months)
    weight = prices["traded_t"]
    return float((prices["point"] * weight).sum() / weight.sum()) if weight.sum() > 0 else np.nan


def of_licensed(flows: pd.DataFrame, name: str) -> float:
    """Of what passes with a permission: ``licensed-export``, t; ``unit-value``, its mean worth where it arrives, and
    ``premium``, that worth above what it cost landed, USD/kg. NaN where nothing passes."""
    flows = flows[flows["permitted"]]
    t = float(flows["flow_t"].sum())
    if name == "licensed-export":
        return t
    worth = flows["sold_usd_per_kg"] - (flows["landed_usd_per_kg"] if name == "premium" else 0.0)
    return float((worth * flows["flow_t"]).sum()) / t if t > TINY else float("nan")


def _licensed(name: str) -> Callable[[PathOutcome, list[str], str, list[str]], float]:
    def of(found: PathOutcome, names: list[str], place: str, months: list[str]) -> float:
        flows = found.flows[found.flows["commodity"].isin(names) & found.flows["period"].isin(months)]
        return of_licensed(flows[flows["from_place"] == place], name)

    return of


def _used(found: PathOutcome, _names: list[str], place: str, months: list[str]) -> float:
    """Bought for use in a place, t."""
    used = found.consumption[found.consumption["period"].isin(months) & found.consumption["good"].ne(HELD)]
    return float(used.loc[used["place"] == place, "bought_t"].sum())


OF_PERIODS = {"use": _used, **{name: _licensed(name) for name in LICENSED_MEASURES}}
"""What is read from a place's flows and use alone, by measure."""


def _step(found: PathOutcome) -> int:
    """Months a period."""
    return int(found.meta.get("months_a_period", 1))


def months_of(found: PathOutcome, row: Mapping[Any, object]) -> list[str]:
    """The periods of a row of ``episode_series``."""
    first, last = (pd.Timestamp(str(row[c])).date() for c in ("first", "last"))
    return [m.label for m in periods_between(first, last, _step(found))]


def before(found: PathOutcome) -> list[str]:
    """The period before the one in which the episode was announced."""
    known_on = pd.Timestamp(str(found.meta["known_on"]))
    span = periods_between((known_on - pd.DateOffset(years=1)).date(), known_on.date(), _step(found))
    return [span[-2].label]


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
