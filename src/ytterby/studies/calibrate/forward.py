"""What the market answers for a set of observations when the parameters stand elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.assemble import Assembly
from ytterby.chain.trade import offers
from ytterby.market import equilibrium
from ytterby.market.report import prices_by_place
from ytterby.studies.assembling import KEPT
from ytterby.studies.calibrate.estimate import Array
from ytterby.studies.solve import Base
from ytterby.world import Scenario, World

KEYS = ["product", "place"]
MONEY = frozenset({"model_settings", "elasticities"})
"""Tables that bear on who may trade what with whom only through the day and through who makes and uses what."""


class Market:
    """Years of a world held against its base year, as :func:`ytterby.studies.solve` solves them under a scenario.

    Gaps and willingness to pay are the base year's without the scenario; what a scenario does not touch is assembled
    once.
    """

    def __init__(self, world: World, base: Base) -> None:
        self.world, self.base = world, base
        self.first: dict[int, Assembly] = {}

    def assembly(self, scenario: Scenario | None, year: int) -> Assembly:
        """Assembly of a year under a scenario; None: as the world stands."""
        base_year = self.base.assembly.year
        if year not in self.first:
            self.first[year] = Assembly(self.world, year, base_year=base_year)
        first = self.first[year]
        if scenario is None or not scenario.changes:
            return first
        case = Assembly(scenario.apply(self.world), year, base_year=base_year)
        changed = {change.table or "document" for change in scenario.changes}
        for tables, steps in KEPT:
            if changed <= tables:
                case.__dict__.update({step: getattr(first, step) for step in steps})
                break
        if changed <= MONEY and case.day == first.day and offers(case.draft).equals(offers(first.draft)):
            case.__dict__["trade"] = first.trade
        return case

    def prices(self, scenario: Scenario | None, year: int) -> pd.Series:
        """Price of every product that trades, by (product, place): USD/kg of the base year, net of VAT."""
        outcome = equilibrium(self.assembly(scenario, year).network(self.base.reference), intervals="none")
        return prices_by_place(outcome).set_index(KEYS)["point"]

    def answers(self, scenario: Scenario | None, seen: pd.DataFrame) -> Array:
        """Answer to each row of a table of observations (year, product, place); NaN where nothing trades."""
        found = np.full(len(seen), np.nan)
        years = seen["year"].to_numpy()
        for year in sorted(set(years.tolist())):
            prices = self.prices(scenario, int(year))
            asked = pd.MultiIndex.from_frame(seen.loc[years == year, KEYS])
            found[years == year] = prices.reindex(asked).to_numpy(float)
        return found
