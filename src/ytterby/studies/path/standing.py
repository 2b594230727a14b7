"""What stands in a year: sites at their stated capacity of that year, and what the dominant state lets grow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ytterby.chain.assemble import Assembly
from ytterby.chain.supply import LIMITING
from ytterby.world import World
from ytterby.world.choices import number
from ytterby.world.terms import Stage

YET_TO_BUILD = ("construction", "planned")


@dataclass(frozen=True)
class Standing:
    """Capacities by site and year, from the tables alone."""

    sites: pd.DataFrame
    """site (index), stage, place, country, status, start_year, announced_t."""
    by_year: pd.DataFrame
    """Capacity of what operates, t, by site and year; what is yet to be built is not in it."""
    base_year: int
    grown_by: dict[int, float]
    """What capacities that the dominant state directs have grown to, by year."""
    dominant: str
    """Country whose state sets totals."""

    @classmethod
    def of(cls, world: World, assembly: Assembly, last: int, use: pd.Series) -> Standing:
        """Read the capacities of every year from the base year to ``last``.

        ``use`` is the world's use of magnets by year, as a multiple of the base year's: the state lets what it directs
        grow with it.
        """
        follow = number(world, "state-growth")
        sites = world.table("sites").set_index("site")
        place = world.table("countries").set_index("iso3")["place"]
        table = world.table("capacities")
        limiting = [
            c in LIMITING[s] for c, s in zip(table["commodity_class"], table["site"].map(sites["stage"]), strict=True)
        ]
        table = table[limiting].sort_values(["site", "commodity_class", "valid_from"])
        table = table.assign(t=table["capacity_t"] * table["available_share"].fillna(1.0))
        announced = table.drop_duplicates(["site", "commodity_class"], keep="last").groupby("site")["t"].sum()
        columns = {}
        for year in range(assembly.year, last + 1):
            day = pd.Timestamp(f"{year}-{assembly.settings.rules_day}")
            held = table[table["valid_from"] <= day].drop_duplicates(["site", "commodity_class"], keep="last")
            columns[year] = held.groupby("site")["t"].sum()
        standing = pd.DataFrame(columns).reindex(sites.index)
        standing[sites["status"].ne("operating")] = 0.0
        described = sites[["name", "stage", "country", "status", "start_year"]].assign(
            place=sites["country"].map(place), announced_t=announced.reindex(sites.index)
        )
        return cls(
            sites=described,
            by_year=standing,
            base_year=assembly.year,
            grown_by={int(str(y)): 1.0 + follow * (float(g) - 1.0) for y, g in use.items()},
            dominant=assembly.claiming_country,
        )

    @cached_property
    def country(self) -> dict[str, str]:
        """Country of every site."""
        return {str(k): str(v) for k, v in self.sites["country"].items()}

    @cached_property
    def stated(self) -> dict[int, dict[str, float]]:
        """Capacity of what operates, t, by year and site."""
        return {int(str(y)): {str(s): float(t) for s, t in held.items()} for y, held in self.by_year.items()}

    def grown(self, country: str, year: int) -> float:
        """What a capacity of the base year has grown to by the state's own plan; one outside its country."""
        return self.grown_by[year] if country == self.dominant else 1.0

    def added(self, site: str, year: int) -> float:
        """What a site has added to its capacity since the base year, t, as stated."""
        now, then = (self.stated[y].get(site, 0.0) for y in (year, self.base_year))
        return max(0.0, now - then) if math.isfinite(now) and math.isfinite(then) else 0.0

    def added_at(self, stage: Stage, place: str, year: int) -> float:
        """What all sites of a stage at a place have added since the base year, t, as stated."""
        own = self.sites[(self.sites["stage"] == stage.value) & (self.sites["place"] == place)].index
        return sum(self.added(str(s), year) for s in own)

    def candidates(self) -> pd.DataFrame:
        """Sites that are announced or in construction: name, stage, country, status, start_year, place, announced_t."""
        own = self.sites[self.sites["status"].isin(YET_TO_BUILD) & self.sites["announced_t"].gt(0)]
        return own[own["country"] != self.dominant]
