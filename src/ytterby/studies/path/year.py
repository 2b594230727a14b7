"""One year's network: the base year's, with the year's use, capacities and plants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ytterby.chain.assemble import Assembly
from ytterby.chain.contracts import add_offtakes, price_floors, public_purchases
from ytterby.chain.network import Network
from ytterby.chain.settings import dated
from ytterby.studies.path.hosts import Hosts
from ytterby.studies.path.scrap import RECYCLING, with_end_of_life
from ytterby.studies.path.standing import YET_TO_BUILD, Standing
from ytterby.world.terms import Stage

NEW = "new "
"""How the kinds of activities on new capacity of a stage begin."""


@dataclass(frozen=True)
class Plants:
    """What has been added to the standing capacities by a year, t: by site, and by (stage, place) where no site is."""

    sites: Mapping[str, float]
    places: Mapping[tuple[str, str], float]
    closed: frozenset[str] = frozenset()
    """Sites that are mothballed."""


@dataclass(frozen=True)
class Template:
    """The network of the base year with every plant that may be built, and how its numbers follow the year."""

    network: Network
    standing: Standing
    growth: pd.DataFrame
    """Use as a multiple of the base year's, by use and year."""
    capital: pd.Series
    """Annual capital in an activity's cost (USD/t), zero on standing capacity; by activity."""
    first_limit: Mapping[str, float]
    """Limits of the base year, in which nothing is new, by quota."""
    assembly: Assembly
    """What knows the contracts of every date, and whose law a place stands under."""
    floors: pd.DataFrame
    """Price floors of every date, on activities that there are."""
    scrap: Mapping[str, pd.Series]
    """What can be won from products at the end of their lives, t a year, by activity and year."""
    hosts: Hosts
    """What mines that run for another product can still make."""

    @classmethod
    def of(
        cls, network: Network, base: Network, assembly: Assembly, standing: Standing, growth: pd.DataFrame
    ) -> Template:
        """Take down what the assembly knows of capital, and what the ``base`` year's own network allows."""
        activities = network.activities
        of_site = activities["site"].map(assembly.facts.sites["capital_usd_per_t"]).fillna(0.0)
        stages = assembly.world.table("expansion_costs").set_index("stage")["capital_usd_per_t"]
        anew = activities["stage"].map(stages).fillna(0.0) * assembly.settings.capital_charge
        fresh = activities["kind"].str.startswith(NEW)
        capital = anew.where(fresh, of_site).set_axis(activities["activity"], axis=0)
        first = {str(q): float(t) for q, t in zip(base.quotas["quota"], base.quotas["limit_t"], strict=True)}
        network, scrap = with_end_of_life(network, assembly, growth)
        capital = capital.reindex(network.activities["activity"], fill_value=0.0)
        floors = price_floors(assembly.world, assembly.draft)
        floors = floors[floors["activity"].isin(network.activities["activity"])]
        hosts = Hosts.of(assembly.world, [int(y) for y in growth.columns], assembly.settings.rules_day)
        return cls(network, standing, growth, capital, first, assembly, floors, scrap, hosts)

    def use(self, year: int) -> pd.Series:
        """Use of every demand as a multiple of the base year's, by row of the network's demands."""
        named = self.network.demands["use"].isin(self.growth.index)
        factor = self.network.demands["use"].map(self.growth[year]).where(named, 1.0)
        return factor.astype(float)

    def in_year(
        self, year: int, plants: Plants, use: pd.Series, *, planning: bool, usual: Mapping[str, float]
    ) -> Network:
        """Return the network of a year.

        ``use`` multiplies the base year's use row by row. ``planning``: what is announced may be built at its full
        annual cost, in any year; otherwise only what has been built produces, at what running it costs. ``usual``:
        trade between makers and buyers who know one another by now, t by quota.
        """
        network, standing = self.network, self.standing
        table = network.activities.copy()
        cost = table["cost_usd_per_t"].to_numpy(float).copy()
        capacity = table["capacity_t"].to_numpy(float).copy()
        capital = self.capital.to_numpy(float)
        fresh = table["kind"].str.startswith(NEW).to_numpy()
        mines = table["stage"].eq(Stage.MINE.value).to_numpy() & table["kind"].eq("mine").to_numpy()
        for i in np.flatnonzero(table["kind"].eq(RECYCLING)).tolist():
            capacity[i] = float(self.scrap[str(table["activity"].iat[i])][year])
        for i in np.flatnonzero(mines).tolist():
            site, country = str(table["site"].iat[i]), str(table["country"].iat[i])
            if not site:
                capacity[i] *= standing.grown(country, year)
            elif capital[i] == 0.0:
                capacity[i] = max(capacity[i] * standing.grown(country, year), capacity[i] + standing.added(site, year))
            elif not planning or plants.sites.get(site, 0.0) > 0:
                capacity[i] = plants.sites.get(site, 0.0)
            capacity[i] *= self.hosts.share(site, year)
        capacity[mines & table["site"].isin(plants.closed).to_numpy()] = 0.0
        built = table["site"].map(plants.sites).fillna(0.0).gt(0).to_numpy()
        running = ~fresh & (built | (not planning))
        cost[running] -= capital[running]
        if not planning:
            capacity[fresh] = 0.0
        first, least = (table[c].to_numpy(float) for c in ("capacity_t", "minimum_t"))
        minimum = np.zeros(len(table))
        bound = least > 0
        minimum[bound] = capacity[bound] * least[bound] / first[bound]
        activities = table.assign(cost_usd_per_t=cost, capacity_t=capacity, minimum_t=minimum)
        world, day = self.assembly.world, f"{year}-{self.assembly.settings.rules_day}"
        public = network.demands["demand"].map(public_purchases(world, day))
        wanted = public.fillna(network.demands["reference_t"] * use.to_numpy(float))
        quotas = network.quotas.assign(limit_t=self._limits(year, plants, planning, usual))
        quotas, members = add_offtakes(quotas, network.quota_members, self.assembly.draft, network.links, world, day)
        return replace(
            network, year=year, activities=activities, demands=network.demands.assign(reference_t=wanted),
            quotas=quotas, quota_members=members, price_floors=dated(self.floors, day),
        )  # fmt: skip

    def _limits(self, year: int, plants: Plants, planning: bool, usual: Mapping[str, float]) -> list[float]:
        """Limit of every quota in a year."""
        standing, limits = self.standing, []
        status = standing.sites["status"].to_dict()
        for row in self.network.quotas.itertuples(index=False):
            key, limit = str(row.quota), float(str(row.limit_t))
            parts = key.split(":")
            if parts[0] == "capacity" and len(parts) == 3:
                stage, first = Stage(parts[1]), self.first_limit.get(key, 0.0)
                own = first * standing.grown(self.assembly.place_country[parts[2]], year)
                if key in self.first_limit:
                    own = max(own, first + standing.added_at(stage, parts[2], year))
                limits.append(own + plants.places.get((parts[1], parts[2]), 0.0))
            elif parts[0] == "capacity":
                site = parts[1]
                if site in plants.closed:
                    limits.append(0.0)
                elif status[site] in YET_TO_BUILD:
                    added = plants.sites.get(site, 0.0)
                    limits.append(added if added > 0 or not planning else limit)
                else:
                    country = standing.country[site]
                    limits.append(max(limit * standing.grown(country, year), limit + standing.added(site, year)))
            elif parts[0] == "usual":
                limits.append(max(limit, usual.get(key, 0.0)))
            else:
                limits.append(limit)
        return limits
