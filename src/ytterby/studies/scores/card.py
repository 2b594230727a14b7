"""The card of scores: every test of the market beside its baseline, and what was forced or fitted before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from ytterby.studies.scores.forced import anchored, fitted_parameters, forced
from ytterby.studies.scores.margins import margins
from ytterby.studies.scores.places import SEPARATED, production_and_trade
from ytterby.studies.scores.targets import counted
from ytterby.studies.scores.years import base_year_prices, other_year_prices, withheld_prices
from ytterby.studies.solve import base_case
from ytterby.world import World

Progress = Callable[[float, str], None]
AROUND = (-1, 1)
"""Test years, counted from the base year."""
WORST = 8
OXIDES = "oxides separated"


@dataclass(frozen=True)
class Scores:
    """How well the market answers what it was not told. Prices in USD/kg of the base year, net of value-added tax."""

    base_year: int
    forced: pd.DataFrame
    """what, status (by construction, fitted), count, amount, unit, why, taken_from: scored nothing."""
    base_prices: pd.DataFrame
    """Prices of the base year; those whose gap was closed are by construction. Columns as ``years``."""
    years: pd.DataFrame
    """year, product, place, status, counted, modelled, model_low, model_high, observed, low, high, no_change, hit_low,
    hit_high, log_error, log_error_no_change, hit, hit_no_change, right_way, origin, source, remark."""
    withheld: pd.DataFrame
    """Each closed oxide's base-year price, predicted from the year before. Columns as ``years``."""
    margins: pd.DataFrame
    """site, name, stage, country, place, feed, runs, output_t, value_usd_per_kg, own_cost_usd_per_kg,
    upstream_usd_per_kg, margin_usd_per_kg, margin_low, margin_high, unpriced_share, reason."""
    places: pd.DataFrame
    """what, place, modelled, observed, low, high, unit, status, counted, hit_low, hit_high, log_error, hit, origin,
    source, remark."""
    summary: pd.DataFrame
    """test, answers, hits, share, low, high (Wilson, 95 %), hits_no_change, share_no_change, asked_way, right_way,
    mean_abs_log_error, mean_abs_log_error_no_change."""
    count: Mapping[str, int]
    """fitted_parameters, anchored_prices, observations_tested: figures that set the answer and figures that test it.

    Observations are counted once: prices predicted by withholding are those of the base year, and oxides separated
    follow from the concentrate separated; neither is counted again."""

    def worst(self, most: int = WORST) -> pd.DataFrame:
        """The counted misses, prices by how far off, then quantities by t.

        Columns test, what, place, modelled, observed, unit, remark; at most ``most`` of each.
        """
        columns = ["test", "what", "place", "modelled", "observed", "unit", "remark"]
        prices = pd.concat(
            [
                self.base_prices.assign(test=f"prices {self.base_year}"),
                self.years.assign(test="prices " + self.years["year"].astype(str)),
                self.withheld.assign(test="price withheld"),
            ],
            ignore_index=True,
        ).assign(unit="USD/kg")
        prices = prices.rename(columns={"product": "what"})
        rest = self.places.assign(test="production and trade")
        parts = []
        for table, size in (
            (prices, prices["log_error"].abs().fillna(float("inf"))),
            (rest, (rest["modelled"] - rest["observed"]).abs()),
        ):
            missed = table["counted"].astype(bool) & ~table["hit"].astype(bool)
            order = size[missed].sort_values(ascending=False, kind="stable").index
            parts.append(table.loc[order, columns].head(most))
        return pd.concat(parts, ignore_index=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        names = ("forced", "base_prices", "years", "withheld", "margins", "places", "summary")
        return {name: getattr(self, name) for name in names}


def scores(world: World | None = None, progress: Progress | None = None) -> Scores:
    """Score the market of a world: what was forced, what was fitted, and how well the rest is met.

    The base year is closed and solved (once in a process); the years around it are solved with its buyers; each closed
    oxide is predicted from the year before. Raises InputError where the tables do not reach, SolveError and
    CertificateError where a year cannot be solved.
    """
    world = world or World.load()
    tell = progress or (lambda _done, _remark: None)
    tell(0.02, "base year")
    base = base_case(world)
    base_prices = base_year_prices(world, base)
    found, cases = [], {}
    for number, step in enumerate(AROUND):
        year = base.assembly.year + step
        tell(0.2 + 0.15 * number, f"{year} with the base year's buyers")
        table, cases[year] = other_year_prices(world, base, year)
        found.append(table)
    years = pd.concat(found, ignore_index=True)
    before = cases[base.assembly.year + min(AROUND)]
    withheld = withheld_prices(world, base, before, lambda done, remark: tell(0.5 + 0.45 * done, remark))
    tell(0.96, "margins, production and trade")
    sites, places = margins(world, base), production_and_trade(world, base)
    tests = [
        counted(f"prices {base.assembly.year}, not forced", base_prices.drop(columns="hit_no_change")),
        *(counted(f"prices {year}, place of reference", part) for year, part in years.groupby("year")),
        counted("each price withheld, from the year before", withheld),
        *(
            counted(str(test), part)
            for test, part in places.groupby(places["what"].map(_test), sort=False)
            if part["counted"].any()
        ),
    ]
    apart = places["counted"] & (places["what"].map(_test) != OXIDES)
    tested = int(base_prices["counted"].sum() + years["counted"].sum() + apart.sum())
    return Scores(
        base_year=base.assembly.year,
        forced=forced(base),
        base_prices=base_prices,
        years=years,
        withheld=withheld,
        margins=sites,
        places=places,
        summary=pd.DataFrame(tests),
        count={
            "fitted_parameters": fitted_parameters(base),
            "anchored_prices": anchored(base),
            "observations_tested": tested,
        },
    )


def _test(what: str) -> str:
    """Name of the test that a figure of production or trade belongs to."""
    return OXIDES if what.endswith(SEPARATED) and "-oxide" in what else what
