"""Price floors as contracts for difference: what a producer is paid beside the price depends on the price itself.

A contract pays, per kg, s = max(0, floor - p) - min(m, u max(0, p - q)) with the benchmark price p, the upside share u,
the price q from which it is taken, and m what the share may come to in a year over the kg that are covered. The
producer decides at p + s; so the market is solved at a payment, the payment is computed again at its price, and so on
until both agree. A contract over a limited tonnage moves a decision only where output would otherwise be less than
that, and a share that has reached its yearly limit takes nothing more of the next kg: both are then income and no
incentive. Many years in one programme keep their own prices and payments: column ``period`` of the contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.chain.supply import KG_PER_T
from ytterby.market.outcome import Outcome
from ytterby.world.difference import difference_usd_per_kg

AGREED_USD_PER_T = 1e-6
"""Two payments that differ by less are the same."""
ROUNDS = 12
SMALL_T = 1e-9
PERIOD = "period"
Benchmark = tuple[str, str, str]
"""Period, commodity and place of a benchmark price."""


def payment(
    floors: pd.DataFrame, price: Mapping[Benchmark, float], most_usd_per_kg: float | np.ndarray = np.inf
) -> np.ndarray:
    """Payment of every floor at benchmark prices, USD per kg of its commodity (F,): negative where a share is taken.

    ``price``: USD/kg by period, commodity and place; nothing is paid where the benchmark does not trade.
    ``most_usd_per_kg``: what the upside share may come to per kg, (F,) or one for all.
    """
    at = np.array([price.get(k, np.nan) for k in _keys(floors)])
    floor = floors["floor_usd_per_kg"].to_numpy(float)
    share = floors["upside_share"].fillna(0.0).to_numpy(float)
    above = floors["upside_above_usd_per_kg"].fillna(np.inf).to_numpy(float)
    return np.where(np.isfinite(at), difference_usd_per_kg(at, floor, share, above, most_usd_per_kg), 0.0)


def with_floors(
    network: Network, solve: Callable[[Network, Outcome | None], Outcome], start: Outcome | None
) -> Outcome:
    """Solve a network whose producers hold price floors: prices and payments that agree.

    The outcome's activities carry ``support_usd_per_t`` (paid per t of level, within their cost), its ``meta`` the
    payments by contract. Where no payment agrees with its own price within a dozen rounds the notes say so.
    """
    floors = network.price_floors.reset_index(drop=True)
    solved, used = start, np.zeros(len(floors))
    if start is not None:
        used = _incentive(floors, start)
    gap = np.inf
    for _ in range(ROUNDS):
        solved = solve(supported(network, floors, used), solved)
        wanted = _incentive(floors, solved)
        gap = float(np.max(np.abs(wanted - used), initial=0.0)) * KG_PER_T
        if gap <= AGREED_USD_PER_T:
            break
        used = wanted
    assert solved is not None
    notes = list(solved.meta["notes"])
    over = (used > 0) & (
        floors["contract"].map(_output(floors, solved)).to_numpy(float)
        > floors["limit_t"].fillna(np.inf).to_numpy(float) * (1.0 + 1e-6)
    )
    if over.any():
        names = ", ".join(sorted(set(floors.loc[over, "contract"])))
        notes.append(f"Price floors: {names} is needed for part of its tonnage only; all of the output decides at it.")
    if gap > AGREED_USD_PER_T:
        notes.append(f"Price floors: payments and prices still differ by {gap / KG_PER_T:.3g} USD/kg.")
    return replace(solved, meta={**solved.meta, "notes": notes, "support": _booked(floors, solved)})


def supported(network: Network, floors: pd.DataFrame, usd_per_kg: np.ndarray) -> Network:
    """Return the network with payments of ``usd_per_kg`` (F,) taken off what the activities cost."""
    per_t = pd.Series(usd_per_kg * KG_PER_T * floors["t_per_t"].to_numpy(float)).groupby(floors["activity"]).sum()
    activities = network.activities
    support = activities["activity"].map(per_t).fillna(0.0)
    return replace(
        network,
        activities=activities.assign(cost_usd_per_t=activities["cost_usd_per_t"] - support, support_usd_per_t=support),
        price_floors=floors.iloc[:0],
    )


def _incentive(floors: pd.DataFrame, solved: Outcome) -> np.ndarray:
    """What of a payment moves output: nothing where output without it is past the tonnage that is covered, nothing of
    a share that has reached its limit."""
    price = _benchmarks(floors, solved)
    free, most = payment(floors, price), _most(floors, solved)
    paid = np.where(free < -most, 0.0, free)
    covered = floors["limit_t"].fillna(np.inf).to_numpy(float)
    made = floors["contract"].map(_output(floors, solved)).to_numpy(float)
    held = solved.network.activities.set_index("activity")
    unpaid = (
        held["support_usd_per_t"].reindex(floors["activity"]).fillna(0.0).eq(0.0).to_numpy()
        if "support_usd_per_t" in held
        else np.ones(len(floors), bool)
    )
    return np.where(unpaid & (made >= covered), 0.0, paid)


def _output(floors: pd.DataFrame, solved: Outcome) -> pd.Series:
    """t of what each contract covers that was made."""
    level = solved.production.set_index("activity")["level_t"]
    made = floors["activity"].map(level).fillna(0.0) * floors["t_per_t"]
    return made.groupby(floors["contract"]).sum()


def _most(floors: pd.DataFrame, solved: Outcome) -> np.ndarray:
    """What the upside share of each contract may come to per kg that it covers, USD (F,)."""
    made = floors["contract"].map(_output(floors, solved)).to_numpy(float)
    covered = np.minimum(made, floors["limit_t"].fillna(np.inf).to_numpy(float))
    limit = floors["upside_cap_usd_per_year"].fillna(np.inf).to_numpy(float)
    return np.asarray(limit / np.fmax(covered, SMALL_T) / KG_PER_T)


def _keys(floors: pd.DataFrame) -> list[Benchmark]:
    """Benchmark of each contract."""
    return list(zip(_periods(floors), floors["commodity"], floors["benchmark_place"], strict=True))


def _periods(floors: pd.DataFrame) -> pd.Series:
    """What the keys of each contract's period begin with; blank where there is but one."""
    return floors[PERIOD] if PERIOD in floors else pd.Series("", index=floors.index)


def _benchmarks(floors: pd.DataFrame, solved: Outcome) -> dict[Benchmark, float]:
    """Price of every benchmark, USD/kg, mean by what passes."""
    found: dict[Benchmark, float] = {}
    for period, commodity, place in sorted(set(_keys(floors))):
        of_period = solved.prices["node"].str.startswith(period)
        price = (replace(solved, prices=solved.prices[of_period]) if period else solved).price(commodity, place)
        if price is not None:
            found[period, commodity, place] = price
    return found


def _booked(floors: pd.DataFrame, solved: Outcome) -> list[dict[str, object]]:
    """Payments by contract: contract, holder, commodity, benchmark_usd_per_kg, paid_usd_per_kg, t, usd."""
    benchmark = _benchmarks(floors, solved)
    paid = payment(floors, benchmark, _most(floors, solved))
    keys = _keys(floors)
    made = _output(floors, solved)
    rows: list[dict[str, object]] = []
    for contract, group in floors.groupby("contract"):
        first = group.iloc[0]
        t = min(float(made[str(contract)]), float(group["limit_t"].fillna(np.inf).iloc[0]))
        per_kg = float(paid[group.index[0]])
        at = benchmark.get(keys[group.index[0]])
        rows.append(
            {
                "contract": str(contract), "holder": str(first["holder"]), "commodity": str(first["commodity"]),
                "benchmark_usd_per_kg": at, "paid_usd_per_kg": per_kg, "t": t, "usd": per_kg * t * KG_PER_T,
            }
        )  # fmt: skip
    return rows
