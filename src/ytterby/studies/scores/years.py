"""The neighbouring years, solved with their own exogenous rows and the base year's buyers; and one price withheld."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from ytterby.chain.assemble import Assembly, Reference
from ytterby.chain.deck import cost_build_up
from ytterby.chain.supply import KG_PER_T
from ytterby.market import Outcome, equilibrium
from ytterby.market.report import prices_by_place
from ytterby.studies.scores.drivers import Moves
from ytterby.studies.scores.forced import closed_prices
from ytterby.studies.scores.targets import BY_CONSTRUCTION, TESTED, judged, observed_prices
from ytterby.studies.solve import Base, measure_gaps
from ytterby.world import World

PRICES = [
    "year", "product", "place", "status", "counted", "modelled", "model_low", "model_high", "observed", "low", "high",
    "no_change", "hit_low", "hit_high", "log_error", "log_error_no_change", "hit", "hit_no_change", "right_way",
    "origin", "source", "remark",
]  # fmt: skip


def base_year_prices(world: World, base: Base) -> pd.DataFrame:
    """Prices of the base year beside the observed ones: forced where a gap was closed at that price, else tested."""
    return _beside(world, base, base.outcome, base.assembly)


def other_year_prices(world: World, base: Base, year: int) -> tuple[pd.DataFrame, Assembly]:
    """Solve another year with only its exogenous rows changed, beside its observed prices and the base year's.

    Mines, demand, capacities, rules and taxes are the year's; gaps and willingness to pay are the base year's.
    """
    case = Assembly(world, year, base_year=base.assembly.year)
    outcome = equilibrium(case.network(base.reference), intervals="none")
    return _beside(world, base, outcome, case), case


def _beside(world: World, base: Base, outcome: Outcome, case: Assembly) -> pd.DataFrame:
    keys, year = ["product", "place"], case.year
    seen = observed_prices(world, year)
    model = prices_by_place(outcome).rename(columns={"low": "model_low", "point": "modelled", "high": "model_high"})
    before = prices_by_place(base.outcome).rename(columns={"point": "modelled_before"})
    then = observed_prices(world, base.assembly.year).rename(columns={"observed": "no_change"})
    table = (
        seen.merge(model[[*keys, "model_low", "modelled", "model_high"]], on=keys, how="left")
        .merge(before[[*keys, "modelled_before"]], on=keys, how="left")
        .merge(then[[*keys, "no_change"]], on=keys, how="left")
    )
    forced = closed_prices(base) if year == base.assembly.year else set()
    table["year"] = year
    table["status"] = [
        BY_CONSTRUCTION if k in forced else TESTED for k in zip(table["product"], table["place"], strict=True)
    ]
    if year == base.assembly.year:
        table["no_change"] = float("nan")
    table = judged(table)
    if year == base.assembly.year:
        table["hit_no_change"] = None
    table["counted"] = (table["origin"] == "observed") & (table["status"] == TESTED) & table["modelled"].notna()
    moves = Moves.between(case, base.assembly)
    gap = base.reference.gaps.set_index("commodity")["gap_t"]
    table["remark"] = [
        _remark(r) or moves.explained(str(r["product"]), gap.get(r["product"])) for r in table.to_dict("records")
    ]
    return table[PRICES]


def _remark(row: dict[Any, Any]) -> str:
    """Why a row is not counted; blank where it is."""
    if row["counted"]:
        return ""
    if row["status"] == BY_CONSTRUCTION:
        return "forced: the gap was closed at this price"
    if row["origin"] == "assumed":
        return "the reference is an assumption"
    if row["origin"] == "derived":
        return "the reference is worked out from another price"
    return "nothing trades in the answer"


def withheld_prices(
    world: World, base: Base, before: Assembly, tell: Callable[[float, str], None] | None = None
) -> pd.DataFrame:
    """Predict each closed oxide's base-year price from the year before, its own anchor and gap withheld.

    For one oxide at a time its anchor is the price of the year before, and its gap is measured in that year's supply
    and use (``before``); every other anchor and gap is the base year's. The base year is solved and the oxide's price
    read, beside its observed price and the price of the year before (no change). Columns as in ``PRICES``.
    """
    base_year, year_before = base.assembly.year, before.year
    earlier = measure_gaps(before).set_index("commodity")["gap_t"]
    keys = ["product", "place"]
    seen = observed_prices(world, base_year)
    then = observed_prices(world, year_before).set_index(keys)["observed"]
    gaps, links = base.reference.gaps, base.assembly.links()
    activities, recipes = base.assembly.draft.activity_table(), base.assembly.draft.recipe_table()
    rows = []
    for number, gap in enumerate(gaps.to_dict("records")):
        if tell:
            tell(number / len(gaps), f"withholding {gap['commodity']}")
        product, place = str(gap["commodity"]), str(gap["place"])
        if (product, place) not in then.index or product not in earlier.index:
            continue
        anchors = base.assembly.base_prices.copy()
        anchors[gap["node"]] = float(then[(product, place)]) * KG_PER_T
        cost = cost_build_up(anchors, activities, recipes, links)
        changed = gaps.assign(gap_t=gaps["gap_t"].where(gaps["commodity"] != product, float(earlier[product])))
        outcome = equilibrium(base.assembly.network(Reference(gaps=changed, anchors=cost)), intervals="none")
        found = prices_by_place(outcome).set_index(keys)
        point = float(found["point"][(product, place)]) if (product, place) in found.index else float("nan")
        rows.append(
            {
                "year": base_year, "product": product, "place": place, "status": TESTED, "modelled": point,
                "model_low": float("nan"), "model_high": float("nan"), "no_change": float(then[(product, place)]),
                "modelled_before": float(then[(product, place)]),
            }
        )  # fmt: skip
    columns = ["year", *keys, "status", "modelled", "model_low", "model_high", "no_change", "modelled_before"]
    table = judged(pd.DataFrame(rows, columns=columns).merge(seen, on=keys, how="inner"))
    table["counted"] = (table["origin"] == "observed") & table["modelled"].notna()
    moves = Moves.between(base.assembly, before)
    table["remark"] = [
        _remark(r) or moves.explained(str(r["product"]), earlier.get(r["product"])) for r in table.to_dict("records")
    ]
    return table[PRICES].reset_index(drop=True)
