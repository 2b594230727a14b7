"""What the assembly needs to know beside the facts: choices and conventions, each a row of the world."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ytterby.world import World
from ytterby.world.errors import Fault, InputError

FIRST_YEAR = "year"
"""How long buyers have had to adapt in the first year of a change."""
STOCKS = "stock-elasticity"
"""Setting that says how stocks answer to the price."""


@dataclass(frozen=True)
class Settings:
    """The rows of table ``model_settings`` that the assembly reads."""

    demand_horizon: str
    """How long buyers have had to adapt: months, year or three-years."""
    rules_on: str
    """ISO date on which rules and transit policies are asked; blank: the middle of the year solved."""
    rules_day: str
    """Month and day that stand for a year."""
    new_plants: bool
    """May new plants be built outside at their full annual cost?"""
    capital_charge: float
    """Share of capital that a new plant must earn a year."""
    storage_usd_per_t: float
    """Cost of putting a surplus oxide into store."""
    value_of_slack: float
    """Multiple of its reference price at which an oxide that is nowhere recorded is offered while gaps are measured."""
    china_state_floor: float
    """Share of the year's recorded output that state-directed mines produce whatever the price."""
    tied_supply_share: float
    """Share of recorded magnet output outside the dominant producer whose buyers do not switch within the year."""
    qualifying_share: float
    """Share of a magnet's value that buying it from a maker in a place not bought from before costs at first."""
    stock_share: float
    """Share of a year's supply of an oxide that holders of stock offer and buy back at the observed price."""
    saturation_share: float
    """Share of its reference price below which nothing more of a good is bought."""
    gap_elasticity: float
    """Elasticity of the use that no statistic names."""
    stock_source: str
    """Source of how stocks answer to the price."""

    @property
    def first_year(self) -> bool:
        """Is it the first year of a change: buyers have had no more than a year, and nothing new stands?"""
        return self.demand_horizon == FIRST_YEAR and not self.new_plants

    def day(self, year: int) -> str:
        """ISO date on which rules and ways are asked for a year."""
        return self.rules_on or f"{year}-{self.rules_day}"


def read_settings(world: World) -> Settings:
    """Read the settings; raises InputError naming every one that is missing."""
    table = world.table("model_settings").set_index("setting")
    values = {str(k): float(v) for k, v in table["value"].items()}
    wanted = [f.replace("_", "-") for f in Settings.__dataclass_fields__ if f != "stock_source"] + [STOCKS]
    missing = [w for w in wanted if w not in table.index]
    if missing:
        raise InputError(
            "settings are missing",
            [Fault("model_settings.csv", f"no row {m}", "one row a setting") for m in missing],
        )

    def number(name: str) -> float:
        return values[name]

    return Settings(
        demand_horizon=str(table.at["demand-horizon", "choice"]),
        rules_on=str(table.at["rules-on", "choice"]),
        rules_day=str(table.at["rules-day", "choice"]),
        new_plants=number("new-plants") > 0,
        capital_charge=number("capital-charge"),
        storage_usd_per_t=number("storage-usd-per-t"),
        value_of_slack=number("value-of-slack"),
        china_state_floor=number("china-state-floor"),
        tied_supply_share=number("tied-supply-share"),
        qualifying_share=number("qualifying-share"),
        stock_share=number("stock-share"),
        saturation_share=number("saturation-share"),
        gap_elasticity=number("gap-elasticity"),
        stock_source=str(table.at[STOCKS, "source"]),
    )


def dated(table: pd.DataFrame, day: str) -> pd.DataFrame:
    """Rows of a dated table that hold on a day (``valid_from`` <= day < ``valid_to``; blank ends are open)."""
    at = pd.Timestamp(day)
    begun = table["valid_from"].isna() | (table["valid_from"] <= at)
    if "valid_to" not in table:
        return table[begun]
    return table[begun & (table["valid_to"].isna() | (table["valid_to"] > at))]
