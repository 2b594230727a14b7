"""The dominant exporter's best tax or quota: what its country gains by letting less go, found over solved markets.

The optimum tariff argument (Bickerdike 1906; Johnson 1951): a country that is large in a market gains by moving its
terms of trade until what it loses on the last tonne held back is what it gains on all others. Everybody else answers
as a competitive market does. Its welfare counts its buyers' surplus, its makers' rents and its own taxes and permits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from ytterby.chain.network import Network
from ytterby.strategy.cournot import Sold, rivalry_of, rivals
from ytterby.strategy.instrument import Instrument, Market, gains_by_place
from ytterby.studies.assembling import assembly_of
from ytterby.studies.ensemble import metrics_of
from ytterby.studies.solve import base_case
from ytterby.world import Scenario, World
from ytterby.world.choices import choice, number
from ytterby.world.errors import CertificateError, Fault, InputError

Progress = Callable[[float, str], None]
SPLIT = "|"
TAXES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
"""Taxes at which the curve is drawn, as shares of the untaxed price."""
QUOTAS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Shares of untaxed exports at which the curve is drawn."""
STEP = 0.01
"""Distance of the neighbours of an optimum, as a share of the instrument's own unit."""
NEAR = 1e-3
"""How near the search goes to the optimum, in the instrument's own unit."""
LONGER = Scenario.parse(
    {
        "title": "Buyers adapted, new plants built",
        "changes": [
            {
                "table": "model_settings",
                "where": {"setting": "new-plants"},
                "set": {"value": 1.0},
                "because": "in the long run plants are built outside where they pay at their full cost",
            },
            {
                "table": "model_settings",
                "where": {"setting": "demand-horizon"},
                "set": {"choice": "three-years"},
                "because": "in the long run buyers have adapted",
            },
        ],
    }
)


@dataclass(frozen=True)
class Optimality:
    """Whether the optimum is one, within what was tried."""

    step: float
    below_usd: float
    """What the exporter's country would gain a step lower, USD a year (not above zero at an optimum); blank at an
    end."""
    above_usd: float
    """The same a step higher."""
    curve_usd: float
    """What the best point of the whole curve gains over the optimum."""
    worst_residual: float
    """Largest residual of any solved market, as a share of its tolerance."""
    rounding_usd: float

    @property
    def holds(self) -> bool:
        """Whether no neighbour and no point of the curve is better, and every market is certified."""
        better = np.nanmax([self.below_usd, self.above_usd, self.curve_usd])
        return bool(better <= self.rounding_usd and self.worst_residual <= 1.0)

    def demand(self) -> None:
        """Raise CertificateError unless it holds."""
        if not self.holds:
            raise CertificateError(f"the exporter's optimum does not hold; it is not shown: {self}")


@dataclass(frozen=True)
class BestExport:
    """The curve of national welfare over the instrument, its top, and who pays for it."""

    instrument: Instrument
    products: tuple[str, ...]
    place: str
    level: float
    """The optimum, in the instrument's unit."""
    gain_usd: float
    """What the exporter's country gains by it, USD a year."""
    curve: pd.DataFrame
    """level, national_usd, gain_usd, surplus_usd, rents_usd, taxes_usd (of the exporter's country), outside_usd,
    world_usd, exported_t (of the products), residual (of the market's certificate, as a share of its tolerance)."""
    places: pd.DataFrame
    """place, change_usd, surplus_usd, rents_usd, taxes_usd: change at the optimum, largest loss first."""
    prices: pd.DataFrame
    """product, place, before, after (USD/kg net of VAT, mean by what passes)."""
    certificate: Optimality
    notes: tuple[str, ...]


def best_export(market: Market, *, most: float | None = None, progress: Progress | None = None) -> BestExport:
    """Draw the curve of national welfare, search its top by a bounded scalar search beside the best point drawn, and
    certify it.

    ``most``: highest tax (share of the untaxed price), or largest quota (share of free exports), that is tried.
    Raises SolveError where no market clears, CertificateError where a neighbour does better.
    """
    tell = progress or (lambda _done, _remark: None)
    whole = TAXES if market.instrument == "tax" else QUOTAS
    top = whole[-1] if most is None else most
    if not 0.0 < top <= (float("inf") if market.instrument == "tax" else 1.0):
        expected = "above 0" if market.instrument == "tax" else "above 0, at most 1"
        raise InputError("the instrument has no range", [Fault("most", f"{top:g}", expected)])
    grid = [g for g in whole if g < top] + [top]
    for number_, level in enumerate(grid):
        tell(0.6 * number_ / len(grid), f"{market.instrument} {level:g}")
        market.at(level)
    best = max(grid, key=market.national_usd)
    low, high = (grid[min(max(grid.index(best) + d, 0), len(grid) - 1)] for d in (-1, 1))
    tell(0.6, "searching")
    found = minimize_scalar(
        lambda level: -market.national_usd(level), bounds=(low, high), method="bounded", options={"xatol": NEAR}
    )
    level = max((float(round(found.x, 9)), best), key=market.national_usd)
    tell(0.9, "neighbours")
    for _ in range(len(grid)):
        better = max(_beside(level, grid), key=market.national_usd)
        if market.national_usd(better) <= market.national_usd(level):
            break
        level = better
    as_good = market.national_usd(level) - market.rounding_usd
    level = min((x for x in market.solved if market.national_usd(x) >= as_good), key=lambda x: abs(x - market.none))
    return _told(market, grid, level)


def _beside(level: float, grid: list[float]) -> list[float]:
    """Both neighbours of a level, at most a step away, within the range that is tried."""
    both = (max(level - STEP, grid[0]), min(level + STEP, grid[-1]))
    return [round(x, 9) for x in both if x != level]


def _told(market: Market, grid: list[float], level: float) -> BestExport:
    curve = pd.DataFrame([market.row(x) for x in sorted(market.solved)])
    now = market.national_usd(level)
    first = gains_by_place(market.free)
    before = float(first.loc[market.place].to_numpy(float).sum())
    curve.insert(2, "gain_usd", curve["national_usd"] - before)
    ends = grid[0], grid[-1]

    beside = _beside(level, grid)

    def against(side: list[float]) -> float:
        return market.national_usd(side[0]) - now if side else float("nan")

    proof = Optimality(
        step=STEP,
        below_usd=against([x for x in beside if x < level]),
        above_usd=against([x for x in beside if x > level]),
        curve_usd=float(curve["national_usd"].max() - now),
        worst_residual=float(curve["residual"].max()),
        rounding_usd=market.rounding_usd,
    )
    proof.demand()
    change = gains_by_place(market.at(level)) - first
    places = change.assign(change_usd=change.sum(axis=1)).sort_values("change_usd").reset_index(names="place")
    notes = [
        "Everybody else takes prices as given and does not answer with measures of their own.",
        "Limits, licences and taxes that hold already stay as they are; the instrument comes on top.",
    ]
    if level in (ends[0], ends[1]) and level != market.none:
        notes.append(f"The optimum lies at the end of what was tried ({level:g}): the true one may lie beyond.")
    if level == market.none:
        notes.append("No level tried does better than leaving exports free.")
    return BestExport(
        instrument=market.instrument,
        products=market.products,
        place=market.place,
        level=level,
        gain_usd=now - before,
        curve=curve,
        places=places[["place", "change_usd", "surplus_usd", "rents_usd", "taxes_usd"]],
        prices=_prices(market, level),
        certificate=proof,
        notes=tuple(notes),
    )


def _prices(market: Market, level: float) -> pd.DataFrame:
    rows = []
    after = metrics_of(market.at(level))
    for key, usd_per_kg in metrics_of(market.free).items():
        parts = key.split("|")
        if parts[0] == "price" and parts[2] in market.products:
            rows.append((parts[2], parts[1], usd_per_kg, after.get(key, float("nan"))))
    table = pd.DataFrame(rows, columns=["product", "place", "before", "after"])
    return table.dropna(subset=["before"]).sort_values(["product", "place"], ignore_index=True)


def exporter(
    world: World | None = None,
    products: Sequence[str] = (),
    instrument: Instrument = "tax",
    *,
    scenario: Scenario | None = None,
    longer: bool = False,
    most: float | None = None,
    progress: Progress | None = None,
) -> BestExport:
    """The tax or quota on ``products`` that suits the dominant exporter best, in the world's base year.

    Without names, the products of setting ``exporter-products``. ``longer``: buyers have had three years, and plants
    are built outside where they pay. Raises InputError, UnknownNameError for bad input.
    """
    world = world or World.load()
    network, names = _asked(world, products, scenario, longer)
    return best_export(Market.of(network, names, instrument), most=most, progress=progress)


def rivalries(
    world: World | None = None,
    products: Sequence[str] = (),
    *,
    scenario: Scenario | None = None,
    longer: bool = False,
    progress: Progress | None = None,
) -> dict[str, tuple[Sold, Sold]]:
    """Exporters of each product as price-takers, and as Cournot rivals, around the base year's market.

    Rise of their cost: setting ``supply-elasticity``. Raises as :func:`exporter` does, SolveError for a product whose
    price nobody moves.
    """
    tell = progress or (lambda _done, _remark: None)
    world = world or World.load()
    network, names = _asked(world, products, scenario, longer)
    found = {}
    for number_, product in enumerate(names):
        tell(number_ / len(names), product)
        case, taking = rivalry_of(network, product, supply_elasticity=number(world, "supply-elasticity"))
        found[product] = (taking, rivals(case))
    return found


def _asked(world: World, products: Sequence[str], scenario: Scenario | None, longer: bool) -> tuple[Network, list[str]]:
    """The base year's network under what is asked for, and the products."""
    base = base_case(world)
    parts = [*([scenario] if scenario else []), *([LONGER] if longer else [])]
    network = base.outcome.network
    if parts:
        network = assembly_of(base, Scenario.stack(parts)).network(base.reference)
    return network, list(products) or choice(world, "exporter-products").split(SPLIT)
