"""Real options: not to build, to stop for good while running, to wait before building."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from ytterby.projects.cashflow import flows
from ytterby.projects.finance import npv
from ytterby.projects.mine import Array, Mine
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

STEPS_PER_YEAR = 12
"""Steps of the lattice a year: the value moves by less than a thousandth beyond."""


@dataclass(frozen=True)
class Options:
    """Value of a plan with each freedom of its owner, USD; means over draws where the plan holds draws."""

    as_planned_usd: float
    not_to_build_usd: float
    """All being known before the capital is spent: mean of max(0, value)."""
    to_stop_usd: float
    """Built as planned, output ended for good in the best year of each draw, closure paid then."""
    to_wait_usd: float
    """Value of the right to build at any time within ``wait_y``."""
    build_now: bool
    """Whether building at once is worth at least as much as waiting."""
    wait_y: float
    volatility: float


def values(mine: Mine, volatility: float, wait_y: float = 5.0) -> Options:
    """Value a plan of numbers or of draws under each freedom.

    ``volatility``: standard deviation of the yearly logarithm of what the plan is worth when built, for which a
    price history stands (:func:`price_volatility`). Raises InputError for a volatility or time below zero.
    """
    if not (volatility >= 0 and wait_y >= 0):
        fault = Fault("volatility, wait_y", f"{volatility}, {wait_y}", "numbers of at least 0")
        raise InputError("options cannot be valued", [fault])
    lines = flows(mine)
    rate = np.asarray(mine.discount, dtype=float)
    plain = npv(rate, lines["net"], mine.timing)
    capital = npv(rate, lines["capital"] - lines["grant"], mine.timing)
    waiting, now = waiting_value(
        float((plain + capital).mean()), float(capital.mean()), volatility, float(rate.mean()), wait_y
    )
    return Options(
        as_planned_usd=float(plain.mean()),
        not_to_build_usd=float(np.maximum(0.0, plain).mean()),
        to_stop_usd=float(stop_value(mine).mean()),
        to_wait_usd=waiting,
        build_now=now,
        wait_y=wait_y,
        volatility=volatility,
    )


def stop_value(mine: Mine) -> Array:
    """Return the value of each draw if output ends for good after its best year, USD, shape (n,).

    Closure is paid and working capital comes back in the year after the last output; the capital to first
    output is sunk. Ending
    after the planned life is one of the choices, so the value is never below the plan's own.
    """
    lines = flows(mine)
    build, life = len(mine.build_shares), mine.life_y
    n, periods = lines["net"].shape
    years = np.arange(periods) + mine.timing.shift
    rate = np.broadcast_to(np.asarray(mine.discount, dtype=float), (n,))
    factor = 1.0 / (1.0 + rate[:, None]) ** years[None, :]
    sunk = ((lines["grant"] - lines["capital"]) * factor)[:, :build].sum(axis=1)
    spent = ("royalty", "opex", "freight", "sustaining", "capital", "tax")
    running = (lines["revenue"] - sum((lines[k] for k in spent), np.zeros((n, periods)))) * factor
    held = np.cumsum(lines["working_capital"], axis=1)
    paid_in = np.cumsum(lines["working_capital"] * factor, axis=1)
    best = np.full(n, -np.inf)
    earned = np.zeros(n)
    for last in range(life + 1):
        end = build + last
        if last:
            earned = earned + running[:, end - 1]
        closing = (held[:, end - 1] - lines["closure"][:, -1]) * factor[:, end]
        best = np.maximum(best, sunk + earned - paid_in[:, end - 1] + closing)
    return best


def waiting_value(
    worth_usd: float, capital_usd: float, volatility: float, discount: float, wait_y: float
) -> tuple[float, bool]:
    """Return the value of the right to build within ``wait_y``, and whether building at once is best.

    What is built is worth V, a geometric walk without drift; the capital I is fixed. On a lattice with
    u = exp(s sqrt(dt)), d = 1/u, p = (1 - d)/(u - d):

        W = max(V - I, 0, (p W_u + (1 - p) W_d) / (1 + r)^dt)

    (Cox, Ross and Rubinstein, J. Financial Economics 7 (1979) 229; Dixit and Pindyck, Investment under
    Uncertainty, 1994, chapter 5).

    >>> waiting_value(100.0, 80.0, 0.0, 0.08, 5.0)
    (20.0, True)
    """
    now = worth_usd - capital_usd
    steps = round(STEPS_PER_YEAR * wait_y)
    if steps == 0 or volatility == 0 or worth_usd <= 0:
        return max(0.0, now), now >= 0
    dt = wait_y / steps
    up = exp(volatility * sqrt(dt))
    chance, keep = (1.0 - 1.0 / up) / (up - 1.0 / up), (1.0 + discount) ** -dt
    worth = worth_usd * up ** np.arange(-steps, steps + 1, 2, dtype=float)
    value = np.maximum(0.0, worth - capital_usd)
    for step in range(steps - 1, -1, -1):
        worth = worth_usd * up ** np.arange(-step, step + 1, 2, dtype=float)
        value = np.maximum(worth - capital_usd, keep * (chance * value[1:] + (1.0 - chance) * value[:-1]))
    return float(value[0]), bool(now >= value[0] - 1e-9 * abs(capital_usd))


def price_volatility(world: World, commodity: str, place: str) -> float:
    """Return the standard deviation of the yearly logarithm of a commodity's observed price at a place.

    From the longest series of annual means of one quoter, incoterm and currency in table ``prices``; years without
    a price are bridged by the square root of the time between. Raises InputError with fewer than five means.
    """
    table = world.table("prices")
    own = table[(table["statistic"] == "annual mean") & (table["commodity"] == commodity) & (table["place"] == place)]
    own = own[own["period"].str.fullmatch(r"\d{4}") & own["point"].gt(0)]
    best = np.empty(0), np.empty(0)
    own = own.drop_duplicates(["quoter", "incoterm", "currency", "period"], keep="last").sort_values("period")
    for _, series in own.groupby(["quoter", "incoterm", "currency"]):
        if len(series) > len(best[0]):
            best = series["period"].to_numpy(dtype=float), series["point"].to_numpy(dtype=float)
    if len(best[0]) < 5:
        fault = Fault("prices", f"{len(best[0])} annual means of {commodity} at {place}", "at least five of one quoter")
        raise InputError("no volatility", [fault])
    steps = np.diff(np.log(best[1])) / np.sqrt(np.diff(best[0]))
    return float(steps.std(ddof=1))
