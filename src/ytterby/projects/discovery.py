"""Supply from deposits that are not yet known: stochastic draws of tonnage, grade, chance and time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.projects.montecarlo import draw
from ytterby.projects.settings import setting
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World
from ytterby.world.terms import Band

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GradeTonnage:
    """Lognormal tonnage and grade of known deposits, with their correlation."""

    n: int
    mean_log_t: float
    sigma_log_t: float
    mean_log_grade: float
    sigma_log_grade: float
    correlation: float

    def draw(self, size: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw tonnage (t of ore) and grade (fraction TREO, at most 0.2); shapes (size,)."""
        a, b = rng.standard_normal(size), rng.standard_normal(size)
        rho = self.correlation
        tonnes = np.exp(self.mean_log_t + self.sigma_log_t * a)
        grade = np.exp(self.mean_log_grade + self.sigma_log_grade * (rho * a + np.sqrt(1 - rho**2) * b))
        return np.asarray(tonnes, dtype=float), np.asarray(np.minimum(0.2, grade), dtype=float)


@dataclass(frozen=True)
class Discovery:
    """Yearly output of deposits found from a year on."""

    supply: pd.DataFrame
    """year, p05_t, p50_t, p95_t, mean_t: TREO a year over the draws."""
    finds_per_year: float
    chance: float
    """That a find comes to lasting output."""
    model: GradeTonnage


def grade_tonnage(world: World, kinds: tuple[str, ...] = ("resource", "reserve")) -> GradeTonnage:
    """Fit lognormal tonnage and grade to the deposits whose figure is of one of these kinds of class.

    Known deposits are the large ones: a fit to them overstates what is still to be found. Needs at least
    five.
    """
    classes = world.table("resource_classes").set_index("resource_class")["kind"]
    table = world.table("deposits")
    table = table[table["resource_class"].map(classes).isin(kinds)].dropna(subset=["resource_mt", "resource_treo_pct"])
    table = table[(table["resource_mt"] > 0) & (table["resource_treo_pct"] > 0)]
    if len(table) < 5:
        raise InputError(
            "too few deposits to fit", [Fault("deposits", f"{len(table)} rows", "at least five with both")]
        )
    t = np.log(table["resource_mt"].to_numpy(dtype=float) * 1e6)
    g = np.log(table["resource_treo_pct"].to_numpy(dtype=float) / 100.0)
    return GradeTonnage(
        len(table), float(t.mean()), float(t.std(ddof=1)), float(g.mean()), float(g.std(ddof=1)),
        float(np.corrcoef(t, g)[0, 1]),
    )  # fmt: skip


def mine_life(ore_t: Array) -> Array:
    """Life in years by Taylor's rule, 6.5 x (ore in Mt)^0.25 (Taylor 1977, 1986), at least 5 and at most
    60."""
    return np.asarray(np.clip(6.5 * (ore_t / 1e6) ** 0.25, 5.0, 60.0), dtype=float)


def discover(
    world: World,
    first_year: int | None = None,
    last_year: int | None = None,
    *,
    finds_per_year: float | None = None,
    recovery: float | None = None,
    usable_share: float | None = None,
    draws: int = 500,
    seed: int = 1,
) -> Discovery:
    """Draw finds, their size, whether and when they come to output, and sum their supply.

    Finds a year (a Poisson number) default to the projects in the register over the years that it spans; a
    find is a first resource, so chance and time are those of the stages after target drilling.
    ``usable_share`` of the ore is taken to be mined. Years default to the newest study of the register and to the
    world's setting, shares and ramp to the world's settings. Raises InputError for years out of order or shares
    outside 0 to 1.
    """
    studies = world.table("project_studies")
    first_year = int(studies["year"].max()) if first_year is None else first_year
    last_year = round(setting(world, "discovery-last-year")) if last_year is None else last_year
    recovery = setting(world, "discovery-recovery") if recovery is None else recovery
    usable_share = setting(world, "discovery-usable-share") if usable_share is None else usable_share
    ramp_y = setting(world, "discovery-ramp-years")
    faults = []
    if last_year <= first_year:
        faults.append(Fault("last_year", str(last_year), f"a year after {first_year}"))
    for name, value in (("recovery", recovery), ("usable_share", usable_share)):
        if not 0 < value <= 1:
            faults.append(Fault(name, str(value), "a share above 0 and up to 1"))
    if faults:
        raise InputError("no discovery run", faults)
    span = int(studies["year"].max()) - int(studies["year"].min()) + 1
    rate = studies["deposit"].nunique() / span if finds_per_year is None else finds_per_year
    stages = world.table("project_stages").sort_values("order")
    stages = stages[stages["stage"] != "target-drilling"]
    chance = float(np.prod(stages["chance"].to_numpy(dtype=float)))
    model = grade_tonnage(world)
    rng = np.random.default_rng(seed)
    years = np.arange(first_year, last_year + 1)
    supply = np.zeros((draws, len(years)))
    for k in range(draws):
        found = np.repeat(years, rng.poisson(rate, len(years)))
        found = found[rng.random(len(found)) < chance]
        tonnes, grade = model.draw(len(found), rng)
        common = rng.random(len(found))
        lag = np.zeros(len(found))
        for low, point, high in zip(stages["years_low"], stages["years"], stages["years_high"], strict=True):
            lag += draw(Band(float(point), float(low), float(high)), common)
        ore = tonnes * usable_share
        life = mine_life(ore)
        since = years[None, :] - (found + lag)[:, None]
        running = (since >= 0) & (since < life[:, None])
        ramp = np.clip((since + 1.0) / ramp_y, 0.0, 1.0)
        supply[k] = (running * ramp * (ore * grade * recovery / life)[:, None]).sum(axis=0)
    table = pd.DataFrame({"year": years})
    for name, q in (("p05_t", 0.05), ("p50_t", 0.5), ("p95_t", 0.95)):
        table[name] = np.quantile(supply, q, axis=0)
    table["mean_t"] = supply.mean(axis=0)
    return Discovery(table, float(rate), chance, model)
