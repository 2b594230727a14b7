"""Who builds what: announced plants that would pay at their full cost, no faster than new supply ever grew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from ytterby.market import Outcome
from ytterby.studies.path.standing import Standing
from ytterby.studies.path.year import NEW, Plants
from ytterby.world import World
from ytterby.world.choices import number
from ytterby.world.terms import Stage

Expectations = Literal["myopic", "announced", "foresight"]
"""``myopic``: what would pay if today's rules and last year's growth went on is begun; ``announced``: what is announced
comes on its day, with the chance that such plants have; ``foresight``: what all years together are best off with."""

ENOUGH = 0.5
"""Share of its announced capacity that must pay before a site is begun."""
STAGES = (Stage.MINE.value, Stage.SEPARATION.value, Stage.METAL.value, Stage.MAGNET.value)
BUILT_BY = {Stage.MINE.value: "mine-concentrator", Stage.SEPARATION.value: "separation"}
"""Step of table project_stages that stands for building; the other stages have none and are held to succeed."""
LEFT_TO_DO = ("permits-finance",)
"""Steps that a plant which is only planned still has before it."""


@dataclass
class Pipeline:
    """Plants that have been begun: how much, when they run, and by what chance."""

    standing: Standing
    times: pd.DataFrame
    """stage (index), years, ramp_years."""
    chance: Mapping[str, float]
    """Chance of the steps of a project."""
    speed: float
    """New supply outside the dominant producer a year, as a share of world output, at most; infinite without bound."""
    begun: list[dict[str, object]] = field(default_factory=list)
    """site (or place), stage, place, capacity_t, decided, ready, chance, why."""
    allowed_t: dict[str, float] = field(default_factory=dict)
    """New supply that may have been begun by now, by stage."""

    @classmethod
    def of(cls, world: World, standing: Standing, expectations: Expectations, bounded: bool) -> Pipeline:
        """Begin with what is in construction; with ``announced``, with everything that has a day."""
        steps = world.table("project_stages").set_index("stage")["chance"]
        pipeline = cls(
            standing,
            world.table("build_times").set_index("stage")[["years", "ramp_years"]],
            {str(k): float(v) for k, v in steps.items()},
            number(world, "spare-capacity") if bounded else float("inf"),
        )
        for site, row in standing.candidates().iterrows():
            construction = row["status"] == "construction"
            if pd.notna(row["start_year"]) and (construction or expectations == "announced"):
                pipeline.add(
                    str(site), str(row["stage"]), str(row["place"]), float(row["announced_t"]),
                    decided=standing.base_year, ready=int(row["start_year"]), planned=not construction,
                    why="in construction" if construction else "announced",
                )  # fmt: skip
        return pipeline

    def add(
        self, site: str, stage: str, place: str, capacity_t: float, *, decided: int, ready: int, planned: bool, why: str
    ) -> None:
        """Begin a plant."""
        steps = [*(LEFT_TO_DO if planned else ()), BUILT_BY.get(stage, "")]
        chance = 1.0
        for step in steps:
            chance *= self.chance.get(step, 1.0)
        self.begun.append(
            {
                "site": site, "stage": stage, "place": place, "capacity_t": capacity_t, "decided": decided,
                "ready": ready, "chance": chance, "why": why,
            }
        )  # fmt: skip

    def plants(self, year: int) -> Plants:
        """What runs in a year, weighted with its chance: from first to full output along the ramp."""
        sites: dict[str, float] = {}
        places: dict[tuple[str, str], float] = {}
        for row in self.begun:
            stage, ready = str(row["stage"]), int(str(row["ready"]))
            ramp = float(str(self.times.at[stage, "ramp_years"])) + 1.0
            share = min(max((year - ready + 1) / ramp, 0.0), 1.0)
            t = float(str(row["capacity_t"])) * float(str(row["chance"])) * share
            if t <= 0:
                continue
            if row["site"] and stage in (Stage.MINE.value, Stage.SEPARATION.value):
                sites[str(row["site"])] = sites.get(str(row["site"]), 0.0) + t
            else:
                key = (stage, str(row["place"]))
                places[key] = places.get(key, 0.0) + t
        return Plants(sites, places)

    def begun_sites(self) -> set[str]:
        """Sites that have been begun, running or not."""
        return {str(row["site"]) for row in self.begun if row["site"]}

    def decide(self, plan: Outcome, year: int, output: Mapping[str, float]) -> None:
        """Begin what the plan builds at its full cost, best first, within the speed that was ever seen.

        ``output``: world output of each stage in the year, t. What may be begun and is not is left for later years.
        """
        wanted = pd.concat([self._sites(plan), self._places(plan)], ignore_index=True)
        for stage in STAGES:
            self.allowed_t[stage] = self.allowed_t.get(stage, 0.0) + self.speed * output.get(stage, 0.0)
            ready = year + round(float(str(self.times.at[stage, "years"])))
            of_stage = wanted[wanted["stage"] == stage].sort_values(
                ["rent_usd_per_t", "site", "place"], ascending=[False, True, True]
            )
            for row in of_stage.itertuples(index=False):
                room = self.allowed_t[stage]
                t = float(str(row.capacity_t)) if row.site else min(float(str(row.capacity_t)), max(room, 0.0))
                if t <= 0 or room <= 0:
                    continue
                self.allowed_t[stage] -= t
                self.add(
                    str(row.site), stage, str(row.place), t, decided=year, ready=ready, planned=False,
                    why="pays at its full cost",
                )  # fmt: skip

    def _sites(self, plan: Outcome) -> pd.DataFrame:
        """Announced sites that the plan would use well: site, stage, place, capacity_t, rent_usd_per_t."""
        columns = ["site", "stage", "place", "capacity_t", "rent_usd_per_t"]
        begun = self.begun_sites()
        made = plan.production.set_index("activity")
        rents = plan.rents.set_index("key")["rent_usd_per_t"].to_dict()
        limits = plan.limits.set_index("quota")
        rows = []
        for site, row in self.standing.candidates().iterrows():
            name, stage = str(site), str(row["stage"])
            if name in begun or stage not in BUILT_BY:
                continue
            key = f"mine:{name}" if stage == Stage.MINE.value else f"capacity:{name}"
            used = made["level_t"].get(key, 0.0) if stage == Stage.MINE.value else limits["used_t"].get(key, 0.0)
            if float(used) >= ENOUGH * float(row["announced_t"]):
                rows.append((name, stage, str(row["place"]), float(row["announced_t"]), float(rents.get(key, 0.0))))
        return pd.DataFrame(rows, columns=columns)

    def _places(self, plan: Outcome) -> pd.DataFrame:
        """New capacity at places where no site is named: the same columns, with a blank site."""
        made = plan.production[plan.production["kind"].str.startswith(NEW) & plan.production["level_t"].gt(1.0)]
        t = made.groupby(["stage", "place"], as_index=False)[["level_t"]].sum()
        return t.rename(columns={"level_t": "capacity_t"}).assign(site="", rent_usd_per_t=0.0)
