"""What the base year's answer was given beforehand: named, counted, and scored nothing."""

from __future__ import annotations

import pandas as pd

from ytterby.chain.habits import HABIT
from ytterby.market import Outcome
from ytterby.studies.scores.targets import BY_CONSTRUCTION, FITTED
from ytterby.studies.solve import Base


def forced(base: Base) -> pd.DataFrame:
    """List what the answer of the base year was given: what, status, count, amount, unit, why, taken_from.

    ``count`` numbers are each set by one figure of the world; ``taken_from`` names the tables they come from.
    """
    network, outcome, gaps = base.outcome.network, base.outcome, base.reference.gaps
    mines = network.activities[network.activities["kind"] == "mine"]
    mines = mines[mines["status"] == BY_CONSTRUCTION]
    dug, unrecorded = mines[mines["site"] != ""], mines[mines["site"] == ""]
    named = network.demands[network.demands["status"] == BY_CONSTRUCTION]
    tied = network.quotas[network.quotas["sense"] == "min"]
    habits = network.quotas[network.quotas["instrument"] == HABIT]
    floors = network.activities[network.activities["minimum_t"] > 0]
    surplus, deficit = gaps[gaps["gap_t"] > 0], gaps[gaps["gap_t"] < 0]
    rows: list[tuple[object, ...]] = [
        ("output of mines", BY_CONSTRUCTION, len(dug), dug["capacity_t"].sum(), "t REO",
         "a mine can give what it gave in the balanced year, and no more", "balance"),
        ("output of producers without a site of their own", BY_CONSTRUCTION, len(unrecorded),
         unrecorded["capacity_t"].sum(), "t REO", "recorded for a country, or unrecorded: closes the balanced year",
         "balance"),
        ("output of state-directed mines", BY_CONSTRUCTION, len(floors), floors["minimum_t"].sum(), "t REO",
         "runs whatever the price", "state_directed, model_settings"),
        ("prices of oxides at the place of reference", BY_CONSTRUCTION, len(base.assembly.base_prices), float("nan"),
         "USD/t", "what buyers of everything made from them are willing to pay is reckoned at these prices", "prices"),
        ("final use of goods", BY_CONSTRUCTION, len(named), float("nan"), "t",
         "each demand curve runs through what was used at the price of that year", "demand"),
        ("supply tied to its buyers", BY_CONSTRUCTION, len(tied), tied["limit_t"].sum(), "t magnet",
         "a share of recorded output is sold whatever it costs", "balance, model_settings"),
        ("trade in magnets between places that know one another", BY_CONSTRUCTION, len(habits), habits["limit_t"].sum(),
         "t magnet", "beyond the upper end of what the balanced year saw a new maker costs more, by a share that was "
         "chosen after the trade without it had been seen", "balance, model_settings"),
        ("use that no statistic names", FITTED, len(surplus), surplus["gap_t"].sum(), "t REO",
         "one number an oxide, so that recorded supply and use meet at the observed price", "balance, demand"),
        ("supply that no statistic records", FITTED, len(deficit), -deficit["gap_t"].sum(), "t REO",
         "one number an oxide, so that recorded supply and use meet at the observed price", "balance, demand"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["what", "status", "count", "amount", "unit", "why", "taken_from"])
    at_top = _at_limit(outcome)
    full = pd.DataFrame(
        [("separators at their capacity", BY_CONSTRUCTION, len(at_top), at_top["limit_t"].sum(), "t REO",
          "their output is their capacity: it is no find of the model", "capacities")],
        columns=table.columns,
    )  # fmt: skip
    return pd.concat([table, full], ignore_index=True)


def fitted_parameters(base: Base) -> int:
    """How many numbers were set so that the base year comes out: one an oxide whose supply and use were closed."""
    return int((base.reference.gaps["gap_t"] != 0).sum())


def anchored(base: Base) -> int:
    """How many observed prices the demand curves of the base year run through."""
    return len(base.assembly.base_prices)


def closed_prices(base: Base) -> set[tuple[str, str]]:
    """(product, place) whose base-year price is forced: its gap was closed at the observed price."""
    return set(zip(base.reference.gaps["commodity"], base.reference.gaps["place"], strict=True))


def _at_limit(outcome: Outcome) -> pd.DataFrame:
    """Capacities of separators that are used up in the answer."""
    members = outcome.network.quota_members
    kind = outcome.network.activities.set_index("activity")["kind"]
    separating = set(members.loc[members["member"].map(kind) == "separation", "quota"])
    limits = outcome.limits[outcome.limits["quota"].isin(separating) & (outcome.limits["sense"] == "max")]
    return limits[limits["used_t"] >= limits["limit_t"] * (1.0 - 1e-9)]
