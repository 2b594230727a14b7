"""A price over several runs of years or months: where most of them lie, and their middle."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ytterby.pictures import Picture, line_picture
from ytterby.studies.path.record import PathOutcome
from ytterby.studies.path.show import alike, over_time, price_paths
from ytterby.studies.periods import MONTHS_A_YEAR
from ytterby.world import World
from ytterby.world.errors import Fault, InputError

LEAST = 2


def price_fan(
    paths: Sequence[PathOutcome], world: World, products: list[str] | None, places: list[str] | None
) -> pd.DataFrame:
    """Prices over runs: period, product, place, low, middle (median), high (USD/kg), runs (that have the period).

    Low and high are the lowest and highest of the runs: they are scenarios that were chosen, and no sample of a
    distribution. Raises InputError for fewer than two runs, UnknownNameError with near matches.
    """
    if len(paths) < LEAST:
        raise InputError("a fan needs several runs", [Fault("runs", str(len(paths)), f"at least {LEAST}")])
    rows = pd.concat(
        [t.assign(run=i) for i, t in enumerate(alike([price_paths(p, world, products, places) for p in paths]))],
        ignore_index=True,
    )
    found = rows.groupby(["period", "product", "place"], sort=False)["usd_per_kg"].agg(
        low="min", middle="median", high="max", runs="count"
    )
    return found.reset_index().sort_values(["product", "place", "period"], ignore_index=True)


def fan_picture(fan: pd.DataFrame, runs: int) -> Picture:
    """Lines of the middle with a band from the lowest to the highest run, one for each product at a place."""
    table, length = over_time(fan)
    return line_picture(
        table,
        name="fan",
        title=f"Prices over {runs} runs",
        x="period",
        value="middle",
        low="low",
        high="high",
        series="series",
        unit="USD/kg net of VAT",
        log=True,
        months=length != MONTHS_A_YEAR,
        label="" if length in (1, MONTHS_A_YEAR) else "label",
        source_line="Median of the runs, band from the lowest to the highest: chosen cases, no distribution.",
        alternative=f"Lines with bands: prices in {runs} runs, period by period.",
    )
