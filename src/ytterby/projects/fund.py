"""What a sum of money buys on the way from a prospect to oxide: stages paid, years, chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.projects.montecarlo import draw
from ytterby.projects.settings import setting
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Band

Array = npt.NDArray[np.float64]

BUILDING = ("mine-concentrator", "cracking-leaching", "separation")
"""Stages after the decision to build."""


@dataclass(frozen=True)
class Funding:
    """A sum set against the stages that are left."""

    sum_musd: float
    ndpr_t_per_y: float
    stages: pd.DataFrame
    """stage, name, cost_musd, cost_low, cost_high, years, years_low, years_high, chance, chance_low,
    chance_high,
    cumulative_musd, reach_chance (chance to get through), covered (share paid by the sum, 0 to 1), buys,
    source, confidence."""
    paid_through: str
    """Last stage that the sum pays in full; empty where it pays none."""
    total_musd: Band
    """All stages to oxide: mean, 5 % and 95 % of draws."""
    share_of_total: Band
    """The sum over the total: median, 5 % and 95 % of draws, at most 1."""
    years_to_oxide: Band
    """If all goes on and is paid: median, 5 % and 95 %."""
    years_paid: float
    """Years that the paid stages take."""
    chance_to_oxide: Band
    """From the first stage left: point, and with all chances at their low or high end."""
    chance_to_paid_end: float
    """Chance to come through the stages that the sum pays."""
    sentence: str


def stage_table(world: World, ndpr_t_per_y: float) -> pd.DataFrame:
    """Return the stages in order with costs in M USD for a plant of ``ndpr_t_per_y`` t NdPr oxide a year."""
    if not ndpr_t_per_y > 0:
        raise InputError("no plant to fund", [Fault("ndpr_t_per_y", str(ndpr_t_per_y), "a capacity above 0 t/y")])
    table = world.table("project_stages").sort_values("order", ignore_index=True)
    reference = setting(world, "project-reference-ndpr-t")
    plant = reference * (ndpr_t_per_y / reference) ** setting(world, "project-scale-exponent") / 1000.0
    factor = np.where(table["cost_basis"] == "usd_per_kg_ndpr", plant, 1.0)
    for source, target in (("cost", "cost_musd"), ("cost_low", "cost_low"), ("cost_high", "cost_high")):
        table[target] = table[source] * factor
    return table.drop(columns=["cost", "cost_basis", "note", "order"])


def fund(
    world: World,
    sum_musd: float,
    *,
    done: str = "",
    ndpr_t_per_y: float = 2000.0,
    n: int = 10_000,
    seed: int = 1,
) -> Funding:
    """Set a sum against the stages that are left after ``done`` (a stage key; empty: nothing is done).

    Costs and times are drawn from triangles; chances multiply. A slow project is taken to be slow in every
    stage and a dear one dear in every stage (draws move together), because single mines took 6 to 32 years
    from discovery. The plant size decides the capital of the last three stages. Raises InputError for a
    negative sum, UnknownNameError for a stage.
    """
    if not sum_musd >= 0:
        raise InputError("no sum to spend", [Fault("sum_musd", str(sum_musd), "a sum of at least 0 M USD")])
    table = stage_table(world, ndpr_t_per_y)
    if done:
        if done not in set(table["stage"]):
            raise UnknownNameError("stage", done, table["stage"])
        table = table.iloc[int(table.index[table["stage"] == done][0]) + 1 :].reset_index(drop=True)
        if table.empty:
            raise InputError("nothing is left to fund", [Fault("done", done, "a stage before the last")])
    costs = _draws(table, ("cost_musd", "cost_low", "cost_high"), n, seed)
    years = _draws(table, ("years", "years_low", "years_high"), n, seed + 1)
    total, duration = costs.sum(axis=0), years.sum(axis=0)
    cumulative = table["cost_musd"].cumsum()
    before = cumulative - table["cost_musd"]
    table["cumulative_musd"] = cumulative
    table["reach_chance"] = table["chance"].cumprod()
    table["covered"] = ((sum_musd - before) / table["cost_musd"]).clip(0.0, 1.0)
    paid = table[cumulative <= sum_musd]
    last = "" if paid.empty else str(paid["stage"].iloc[-1])
    share = np.minimum(1.0, sum_musd / total)
    point, low, high = (float(np.prod(table[k].to_numpy(dtype=float))) for k in ("chance", "chance_low", "chance_high"))
    chance = Band(point, low, high, "product over stages")
    reach = float(np.prod(paid["chance"].to_numpy(dtype=float)))
    took = float(paid["years"].sum())
    time = _band(duration, "draws of stage times")
    fraction = _band(share, "draws of stage costs")
    what = "pays for none of the stages in full"
    if not paid.empty:
        what = f"pays for everything through {paid['name'].iloc[-1].lower()}"
    sentence = (
        f"{sum_musd:,.0f} M USD {what}, about {fraction.point:.0%} of the way to {ndpr_t_per_y:,.0f} t/y "
        "of NdPr oxide; "
        f"with all the rest paid too, first oxide after {time.point:.0f} years "
        f"({time.low:.0f} to {time.high:.0f}) "
        f"and with a chance of {chance.point:.2%} ({chance.low:.2%} to {chance.high:.2%})"
    )
    columns = [
        "stage", "name", "cost_musd", "cost_low", "cost_high", "years", "years_low", "years_high", "chance",
        "chance_low",
        "chance_high", "cumulative_musd", "reach_chance", "covered", "buys", "source", "confidence",
    ]  # fmt: skip
    return Funding(
        sum_musd, ndpr_t_per_y, table[columns], last, _band(total, "draws of stage costs"), fraction,
        time, took, chance,
        reach, sentence,
    )  # fmt: skip


def expected_value_usd(
    funding: Funding, npv_at_build_usd: float, discount: float = 0.08, abandon: bool = True
) -> float:
    """Expected value today of going on, USD: stage costs as they fall, each only if reached, then the
    project.

    ``npv_at_build_usd``: value at the decision to build of the project, its building cost included; so only
    the stages before building are charged here. ``abandon``: whether the owner may walk away when that value
    is negative.
    """
    lumps = funding.stages[~funding.stages["stage"].isin(BUILDING)]
    value, elapsed, reach = 0.0, 0.0, 1.0
    for row in lumps.to_dict("records"):
        value -= reach * float(row["cost_musd"]) * 1e6 / (1.0 + discount) ** elapsed
        elapsed += float(row["years"])
        reach *= float(row["chance"])
    prize = max(0.0, npv_at_build_usd) if abandon else npv_at_build_usd
    return float(value + reach * prize / (1.0 + discount) ** elapsed)


def _draws(table: pd.DataFrame, names: tuple[str, str, str], n: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    rows = []
    common = rng.random(n)
    for row in table.to_dict("records"):
        point, low, high = (float(row[name]) for name in names)
        rows.append(draw(Band(point, low, high), common))
    return np.asarray(rows, dtype=float)


def _band(values: Array, basis: str) -> Band:
    low, mid, high = (float(np.quantile(values, q)) for q in (0.05, 0.5, 0.95))
    return Band(mid, low, high, basis)
