"""Would rock of this grade pay at all? A first screening of a deposit that has no study of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from ytterby.projects.finance import annuity
from ytterby.projects.montecarlo import draw
from ytterby.projects.register import basket_usd_per_kg
from ytterby.projects.resources import deposit_row
from ytterby.projects.settings import number, setting
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Band, PriceDeck

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Screening:
    """A deposit's rock at a price deck, route by route and analogue by analogue."""

    deposit: str
    grade_pct: float
    deck: str
    table: pd.DataFrame
    """ore, route, basket_usd_per_kg, value_usd_per_t (of rock, recovered), cost_usd_per_t (with downstream),
    margin_usd_per_t, capital_usd_per_t, breakeven_grade_pct (before capital), breakeven_with_capital_pct,
    price_multiple (of the deck at which the mean grade pays, capital included), chance_pays (share of draws
    over the cost bands in which it does), metal_share_above (share of the metal in rock above the break-even
    grade)."""

    @property
    def pays(self) -> bool:
        """Whether the mean grade covers cost and capital for any ore and route."""
        return bool((self.table["price_multiple"] <= 1).any())

    @property
    def sentence(self) -> str:
        """The best case in words."""
        best = self.table.sort_values("price_multiple").to_dict("records")[0]
        multiple, grade = float(best["price_multiple"]), float(best["breakeven_with_capital_pct"])
        word = "pays" if multiple <= 1 else "does not pay"
        rock = "no grade would do at those prices"
        if np.isfinite(grade):
            share = float(best["metal_share_above"])
            rock = f"or rock of {grade:.2f} %, with {share:.0%} of the metal if grades scatter as assumed"
        return (
            f"{self.deposit} at its mean grade of {self.grade_pct:g} % {word} at the prices of {self.deck}: "
            f"the best case ({best['ore']}, {best['route']}) needs {multiple:.1f} times those prices; {rock}"
        )


def screen(
    world: World,
    deposit: str,
    deck: PriceDeck,
    *,
    routes: Sequence[str] = (),
    grade_pct: float | None = None,
    discount: float = 0.10,
    life_y: int = 20,
    n: int = 5000,
    seed: int = 1,
) -> Screening:
    """Set the value in a tonne of rock against what it costs to win it, over the deposit's ore vectors.

        value = g R P,   cost = c + g R d,   capital charge = g R k / annuity(discount, life)

    g grade, R recovery, P basket of the ore at the deck (USD per t TREO), c cost per t of ore, d downstream
    cost and k capital per yearly t of TREO. Break-even grade: c / (R (P - d)), or infinite where P <= d.
    ``routes``: keys of ``screening_costs``; by default those that suit each ore's type of deposit. Raises
    InputError where no grade is known.
    """
    row = deposit_row(world, deposit)
    grade = float(str(row["resource_treo_pct"])) if grade_pct is None else grade_pct
    if not 0 < grade <= 100:
        fault = Fault(f"deposits, {deposit}", str(grade), "a grade in wt %; pass grade_pct")
        raise InputError("no grade to screen", [fault])
    costs = world.table("screening_costs")
    for route in routes:
        if route not in set(costs["route"]):
            raise UnknownNameError("route", route, costs["route"])
    types = world.table("ores")
    kinds = {str(k): str(v) for k, v in zip(types["ore"], types["deposit_type"], strict=True)}
    spread, rows = setting(world, "project-grade-spread"), []
    for ore in str(row["ores"]).split():
        basket = basket_usd_per_kg(world, (ore,), deck)
        for cost in costs.to_dict("records"):
            suited = kinds[ore] in str(cost["deposit_types"]).split(";") or kinds[ore] == "envelope of analogues"
            chosen = cost["route"] in routes if routes else suited and cost["deposit_types"]
            if chosen:
                named = {str(k): v for k, v in cost.items()}
                rows.append(_line(ore, named, basket, grade / 100.0, annuity(discount, life_y), spread, n, seed))
    if not rows:
        raise InputError("no route to screen", [Fault(f"ores of {deposit}", str(row["ores"]), "routes, named")])
    return Screening(deposit, grade, deck.place, pd.DataFrame(rows))


def share_above(cutoff: float, mean: float, sigma_log: float) -> float:
    """Share of the metal in rock above a cut-off, for lognormal grades of a given mean: N(sigma/2 -
    ln(c/m)/sigma).

    >>> round(share_above(1e-9, 1.0, 0.7), 6)
    1.0
    """
    if not np.isfinite(cutoff):
        return 0.0
    return float(norm.cdf(sigma_log / 2.0 - np.log(cutoff / mean) / sigma_log))


@dataclass(frozen=True)
class AboveCutoff:
    """Rock above a cut-off grade, if grades scatter lognormally about the deposit's mean."""

    deposit: str
    cutoff_pct: float
    rock_t: float
    grade_pct: float
    """Mean grade of the rock above the cut-off."""
    treo_t: float
    rock_share: float
    metal_share: float


def above_cutoff(world: World, deposit: str, cutoff_pct: float) -> AboveCutoff:
    """Return tonnage and grade above a cut-off from a deposit's figure and the spread of the settings.

        rock share = N(-ln(c/m)/s - s/2),   metal share = N(s/2 - ln(c/m)/s)

    m mean grade, c cut-off, s standard deviation of the logarithm of grade (Lasky's relation in its lognormal form;
    Matheron 1959). Stands in for a published grade-tonnage curve, never instead of one. Raises UnknownNameError;
    InputError where no grade or tonnage is known or the cut-off is no grade.
    """
    if not 0 <= cutoff_pct < 100:
        raise InputError("no cut-off", [Fault("cutoff_pct", str(cutoff_pct), "a grade of 0 to below 100 wt %")])
    row = deposit_row(world, deposit)
    mean, rock = number(row["resource_treo_pct"]), number(row["resource_mt"]) * 1e6
    if not mean > 0 or not rock > 0:
        content = number(row["contained_treo_kt"]) * 1000.0
        rock = content / (mean / 100.0) if mean > 0 else float("nan")
    if not rock > 0:
        fault = Fault(f"deposits, {deposit}", "no grade with a tonnage", "both")
        raise InputError("no grade-tonnage curve", [fault])
    sigma = setting(world, "project-grade-spread")
    if cutoff_pct == 0:
        rocks, metal = 1.0, 1.0
    else:
        depth = np.log(cutoff_pct / mean) / sigma
        rocks, metal = float(norm.cdf(-depth - sigma / 2.0)), share_above(cutoff_pct, mean, sigma)
    return AboveCutoff(
        deposit, cutoff_pct, rock * rocks, mean * metal / rocks, rock * mean / 100.0 * metal, rocks, metal
    )


def _line(
    ore: str, cost: dict[str, object], basket: float, grade: float, years: float, spread: float, n: int, seed: int
) -> dict[str, object]:
    def band(name: str, low: str, high: str) -> Band:
        point, bottom, top = (float(str(cost[k])) for k in (name, low, high))
        return Band(point, bottom, top, "screening_costs")

    per_t = band("usd_per_t_ore", "usd_per_t_low", "usd_per_t_high")
    recovery = band("recovery", "recovery_low", "recovery_high")
    downstream = band("downstream_usd_per_kg", "downstream_low", "downstream_high")
    capital = band("capex_usd_per_kg_treo", "capex_low", "capex_high")
    kg = grade * 1000.0 * recovery.point
    charge = capital.point / years
    need = (per_t.point + kg * (downstream.point + charge)) / kg

    def breakeven(extra: float) -> float:
        margin = basket - downstream.point - extra
        return 100.0 * per_t.point / (1000.0 * recovery.point * margin) if margin > 0 else float("inf")

    rng = np.random.default_rng(seed)
    c, r, d, k = (draw(b, rng.random(n)) for b in (per_t, recovery, downstream, capital))
    drawn = grade * 1000.0 * r * (basket - d - k / years) - c
    return {
        "ore": ore,
        "route": cost["route"],
        "basket_usd_per_kg": basket,
        "value_usd_per_t": kg * basket,
        "cost_usd_per_t": per_t.point + kg * downstream.point,
        "margin_usd_per_t": kg * (basket - downstream.point) - per_t.point,
        "capital_usd_per_t": kg * charge,
        "breakeven_grade_pct": breakeven(0.0),
        "breakeven_with_capital_pct": breakeven(charge),
        "price_multiple": need / basket,
        "chance_pays": float((drawn > 0).mean()),
        "metal_share_above": share_above(breakeven(charge) / 100.0, grade, spread),
    }
