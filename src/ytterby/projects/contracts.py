"""Contracts for difference by name: the terms that the world publishes, or terms of one's own, put on a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan

import numpy as np
import pandas as pd

from ytterby.projects.mine import Mine
from ytterby.projects.settings import number, setting
from ytterby.world.difference import PRICE_FLOOR
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Contract:
    """Terms of a contract for difference on one commodity."""

    name: str
    commodity: str
    floor_usd_per_kg: float
    years: int
    """Years of output that it covers, from the first."""
    upside_share: float = 0.0
    upside_above_usd_per_kg: float = float("inf")
    upside_cap_usd_per_y: float = float("inf")
    """What the share comes to in a year at most."""
    t_per_y: float = float("inf")
    benchmark_place: str = ""
    """Whose price the difference is taken to; blank: the price received."""
    site: str = ""
    """Whose output the published contract covers."""
    source: str = ""

    def on(self, mine: Mine, benchmark_usd_per_kg: float | None = None) -> Mine:
        """Return the plan with the contract on its output; unchanged where it does not make the commodity.

        ``benchmark_usd_per_kg``: the price that the difference is taken to; it keeps its ratio to the price received
        where that is drawn. Raises InputError where the price received is zero and another one is the benchmark.
        """
        if self.commodity not in mine.products:
            return mine
        received = float(np.mean(np.asarray(mine.prices_usd_per_kg[self.commodity], dtype=float)))
        ratio = 1.0
        if benchmark_usd_per_kg is not None and benchmark_usd_per_kg != received:
            if received <= 0:
                fault = Fault(f"price of {self.commodity}", f"{received:g} USD/kg", "a price above zero")
                raise InputError("contract cannot be applied", [fault])
            ratio = benchmark_usd_per_kg / received
        shared = {} if np.isinf(self.upside_above_usd_per_kg) else {self.commodity: self.upside_above_usd_per_kg}
        limit = {} if np.isinf(self.upside_cap_usd_per_y) else {self.commodity: self.upside_cap_usd_per_y}
        return replace(
            mine,
            price_floor_usd_per_kg={self.commodity: self.floor_usd_per_kg},
            upside_share=self.upside_share,
            upside_above_usd_per_kg=shared,
            upside_cap_usd_per_y=limit,
            floor_years=self.years,
            floor_t_per_y={} if np.isinf(self.t_per_y) else {self.commodity: self.t_per_y},
            floor_benchmark={self.commodity: ratio},
        )

    @property
    def sentence(self) -> str:
        """The terms in words."""
        head = f"{self.name}: " if self.site else "floor of "
        text = f"{head}{self.floor_usd_per_kg:g} USD/kg {self.commodity} for {self.years} years of output"
        if self.upside_share and not np.isinf(self.upside_above_usd_per_kg):
            text += f", less {100.0 * self.upside_share:g} % of what the price exceeds {self.upside_above_usd_per_kg:g}"
            if not np.isinf(self.upside_cap_usd_per_y):
                text += f", at most {self.upside_cap_usd_per_y / 1e6:g} M USD a year"
        if not np.isinf(self.t_per_y):
            text += f", on {self.t_per_y:,.0f} t a year"
        text += f"; measured by the price in {self.benchmark_place}" if self.benchmark_place else ""
        return text + (f"; terms of {self.site}, as if signed for this project" if self.site else "")


def published_contracts(world: World) -> pd.DataFrame:
    """Return the published contracts for difference, as table ``market_contracts`` holds them."""
    table = world.table("market_contracts")
    return table[table["kind"] == PRICE_FLOOR].reset_index(drop=True)


def published_contract(world: World, name: str) -> Contract:
    """Return the terms of a published contract: its length in whole years, counted from a project's first output.

    Raises UnknownNameError for one that is not there; InputError where it names no end.
    """
    table = published_contracts(world).set_index("contract")
    if name not in table.index:
        raise UnknownNameError("contract", name, [str(c) for c in table.index], "table market_contracts, price floors")
    row = table.loc[name].to_dict()
    start, end = (pd.to_datetime(row[k]) for k in ("valid_from", "valid_to"))
    if pd.isna(start) or pd.isna(end):
        raise InputError("contract without a length", [Fault(name, "no first or last day", "both")])
    terms = ("upside_share", "upside_above_usd_per_kg", "upside_cap_usd_per_year", "t_per_year")
    share, above, most, tonnes = (number(row[k]) for k in terms)
    return Contract(
        name=name,
        commodity=str(row["commodity"]),
        floor_usd_per_kg=float(row["usd_per_kg"]),
        years=round((end - start).days / DAYS_A_YEAR),
        upside_share=0.0 if isnan(share) else share,
        upside_above_usd_per_kg=float("inf") if isnan(above) else above,
        upside_cap_usd_per_y=float("inf") if isnan(most) else most,
        t_per_y=float("inf") if isnan(tonnes) else tonnes,
        benchmark_place=str(row["benchmark_place"] or ""),
        site=str(row["site"] or ""),
        source=str(row["source"]),
    )


def own_contract(
    world: World,
    commodity: str,
    floor_usd_per_kg: float,
    *,
    years: int | None = None,
    upside_share: float = 0.0,
    upside_above_usd_per_kg: float | None = None,
) -> Contract:
    """Return terms of one's own on the price received; years as in the world's settings where not given.

    A share without its price is taken above the floor.
    """
    return Contract(
        name=f"floor of {floor_usd_per_kg:g} USD/kg",
        commodity=commodity,
        floor_usd_per_kg=floor_usd_per_kg,
        years=round(setting(world, "project-floor-years")) if years is None else years,
        upside_share=upside_share,
        upside_above_usd_per_kg=floor_usd_per_kg if upside_above_usd_per_kg is None else upside_above_usd_per_kg,
    )
