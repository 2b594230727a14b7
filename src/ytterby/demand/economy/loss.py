"""From a cut of rare-earth supply to value added: the market settles, lines stop, the economy is rationed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.demand.economy.ration import ripple
from ytterby.demand.economy.sectors import DETAILED, dependence, sectors, standing_still, zone
from ytterby.demand.economy.settling import Settled, settle
from ytterby.demand.goods import HORIZONS
from ytterby.demand.stops import StockCover, line_stops
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

BAND = ("low", "share", "high")


@dataclass(frozen=True)
class EconomyLoss:
    """What a cut costs the economy of the input-output table over the year after it began."""

    uses: pd.DataFrame
    """use, withheld, price_ratio, shortage (of material, after price and spare capacity), stopped (share of the
    year's output that needs it, after stock cover)."""
    table: pd.DataFrame
    """sector, name, output_musd, value_added_musd (lost), stopped."""
    value_added_musd: float
    """Lost value added, M USD of the table's year."""
    direct_musd: float
    """Part of it in the sectors that lack material, for their own lack alone."""
    low_musd: float
    high_musd: float
    """With the low and the high end of every sector's dependence."""
    closed_musd: float
    """Lost value added if nothing more than before could be imported in place of what home industry lacks."""
    product_musd: float
    """Gross domestic product of the table, M USD."""
    money: str
    """Unit of all money, with the table's year."""

    @property
    def share(self) -> float:
        """Lost value added over gross domestic product."""
        return self.value_added_musd / self.product_musd


def economy_loss(
    world: World,
    withheld: float | Mapping[str, float],
    months: int = 12,
    *,
    place: str = DETAILED,
    horizon: str = "year",
    spare_capacity: float | None = None,
    supply_elasticity: float | None = None,
) -> EconomyLoss:
    """Return what a cut of supply costs: ``withheld`` is the share of former use, 0 to 1, by use or for all uses.

    ``months``, 1 to 12, is how long it lasts. Price and thrift follow ``horizon`` of ``elasticities``; producers
    who stay add up to the settings ``spare-capacity`` and ``supply-elasticity``. ``place`` is whose economy it is
    (``economies``): the stocks of its zone are drawn down first and thrift grows with the months
    (``thrift-per-year``); then a sector loses the dependent share of its output in proportion.
    Raises InputError for shares or months out of range, UnknownNameError for a use, place or horizon.
    """
    accounts = sectors(world, place)
    shares = dependence(world)
    uses = [str(u) for u in shares.columns]
    wanted = dict.fromkeys(uses, float(withheld)) if isinstance(withheld, int | float) else dict(withheld)
    for use in wanted:
        if use not in uses:
            raise UnknownNameError("use", use, uses, "table sector_dependence")
    if horizon not in HORIZONS:
        raise UnknownNameError("horizon", horizon, HORIZONS)
    faults = [
        Fault(f"withheld[{u!r}]", str(v), "a share between 0 and 1") for u, v in wanted.items() if not 0 <= v <= 1
    ]
    if not 1 <= months <= 12:
        faults.append(Fault("months", str(months), "1 to 12: the table is of one year"))
    if faults:
        raise InputError("loss cannot be computed", faults)
    settings = world.table("model_settings").set_index("setting")["value"]
    spare = float(settings["spare-capacity"]) if spare_capacity is None else spare_capacity
    elastic = float(settings["supply-elasticity"]) if supply_elasticity is None else supply_elasticity
    response = _response(world, horizon)
    cover = StockCover.of(world, zone(world, place))
    rows = []
    for use in uses:
        cut = wanted.get(use, 0.0)
        settled = settle(
            cut,
            demand_elasticity=response[use],
            supply_elasticity=elastic,
            spare_capacity=spare,
            choke_ratio=float(settings["choke-price-ratio"]),
        )
        stopped_share = _stopped(settled, months, cover, float(settings["thrift-per-year"]))
        rows.append((use, cut, settled.price_ratio, settled.shortage, stopped_share))
    table = pd.DataFrame(rows, columns=["use", "withheld", "price_ratio", "shortage", "stopped"])
    stopped = table.set_index("use")["stopped"]
    found, closed = {}, 0.0
    for which in BAND:
        caps = standing_still(world, stopped, place, which)
        lacking = {str(k): float(v) for k, v in caps.items() if v > 0}
        found[which] = ripple(accounts, lacking)
        if which == "share":
            closed = float(ripple(accounts, lacking, "closed")["value_added_musd"].sum())
    total = {which: float(frame["value_added_musd"].sum()) for which, frame in found.items()}
    direct = float(found["share"]["stopped"].to_numpy(dtype=float) @ accounts.value_added)
    return EconomyLoss(
        table,
        found["share"],
        total["share"],
        direct,
        total["low"],
        total["high"],
        closed,
        accounts.product,
        accounts.money,
    )


def estimates(world: World) -> pd.DataFrame:
    """Return published estimates to set beside ours: estimate, what, value, low, high, unit, source, confidence."""
    return world.table("economy_estimates").drop(columns="note")


def _stopped(settled: Settled, months: int, cover: StockCover, thrift: float) -> float:
    """Share of a year's dependent output that is lost, once stocks are used up; thrift in shares a year."""
    path = np.zeros(12)
    path[:months] = np.maximum(0.0, settled.shortage - thrift * np.arange(1, months + 1) / 12.0)
    return float(line_stops(path, cover).sum()) / 12.0


def _response(world: World, horizon: str) -> Mapping[str, float]:
    """Own-price elasticity of demand by use: the mean over its goods' classes."""
    goods = world.table("goods")[["use", "elasticity_class"]].drop_duplicates()
    table = world.table("elasticities")
    table = table[table["horizon"] == horizon]
    by_class = table.groupby("elasticity_class")["elasticity"].mean().reset_index()
    mean = goods.merge(by_class, on="elasticity_class").groupby("use")["elasticity"].mean()
    return {str(use): float(value) for use, value in mean.items()}
