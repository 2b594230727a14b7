"""What a project plans: one dataclass, explained field by field, and the inputs that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ytterby.projects.finance import Timing
from ytterby.world.errors import Fault, InputError

Array = npt.NDArray[np.float64]
Amount = float | Array

LONGEST_Y = 200
"""Longest life that is computed; no plan of record comes near it."""


@dataclass(frozen=True)
class Mine:
    """What a project plans. Money in USD of one base year (real)."""

    name: str
    ore_t_per_y: Amount
    """Plant feed, t of ore a year at full output."""
    grade: Amount
    """TREO in the feed, fraction of mass."""
    recovery: Amount
    """TREO in product over TREO in feed, fraction."""
    products: Mapping[str, Amount]
    """t of each product (commodity) per t of TREO recovered."""
    prices_usd_per_kg: Mapping[str, Amount]
    """Price received per kg of each product, payability and tax already taken off."""
    opex_usd_per_kg_treo: Amount
    """Operating cost per kg of TREO recovered, freight apart."""
    capex_usd: Amount
    """Capital to first output."""
    life_y: int
    """Years of output."""
    build_shares: tuple[float, ...] = (0.5, 0.5)
    """How the capital falls over the building years; sums to one."""
    ramp: tuple[float, ...] = (1.0,)
    """Output of the first years over full output; full afterwards."""
    grade_profile: tuple[float, ...] = ()
    """Grade of the first years over ``grade``; one afterwards."""
    opex_fixed_share: float = 0.0
    """Part of the operating cost that does not follow output."""
    freight_usd_per_kg: Amount = 0.0
    """Freight per kg of TREO shipped."""
    byproduct_usd_per_y: Amount = 0.0
    """Net revenue of by-products (Nb, P, Fe, U) a year at full output."""
    sustaining_usd_per_y: Amount = 0.0
    expansion_usd: tuple[float, ...] = ()
    """Capital of later stages, by year of output from the first; none afterwards."""
    closure_usd: Amount = 0.0
    """Paid in the year after the last output."""
    royalty: float = 0.0
    """Share of revenue."""
    tax: float = 0.0
    """Share of taxable profit; losses are carried forward without limit."""
    minimum_tax: float = 0.0
    """Share of profit before depletion that is paid where the tax would be less."""
    depletion: tuple[float, ...] = ()
    """Share of each year's revenue deducted for the ore used up; the last holds."""
    depletion_limit: float = 1.0
    """Most of a year's profit that depletion takes."""
    depreciation_y: int = 10
    """Straight-line years, from first output."""
    working_capital_share: float = 0.0
    """Of next year's revenue, held until the end."""
    working_capital_usd: Amount = 0.0
    """The same as a sum, beside the share."""
    discount: Amount = 0.08
    timing: Timing = Timing.START
    price_floor_usd_per_kg: Mapping[str, float] = field(default_factory=dict)
    """A contract for difference: the state pays the gap to the floor on these products."""
    upside_share: float = 0.0
    """Share that the state takes of what a price exceeds ``upside_above_usd_per_kg``."""
    upside_above_usd_per_kg: Mapping[str, float] = field(default_factory=dict)
    upside_cap_usd_per_y: Mapping[str, float] = field(default_factory=dict)
    """What that share comes to in a year at most; no limit where a product is not named."""
    floor_years: int | None = None
    """Years of output that the contract covers; None: the whole life."""
    floor_t_per_y: Mapping[str, float] = field(default_factory=dict)
    """t of a product that the contract covers a year; all of it where a product is not named."""
    floor_benchmark: Mapping[str, float] = field(default_factory=dict)
    """The contract's benchmark price over the price received; one where a product is not named."""
    grant_usd: Amount = 0.0
    """Paid with the capital, not taxed."""
    resource_ore_t: float | None = None
    """Ore that the plan may draw on; None where it is not checked."""

    @property
    def treo_t_per_y(self) -> Amount:
        """TREO in product at full output, t/y."""
        return self.ore_t_per_y * self.grade * self.recovery


def check(mine: Mine) -> None:
    """Raise InputError with every input that cannot be: where, what was found, what would do."""
    faults = faults_of(mine)
    if faults:
        raise InputError("project cannot be appraised", faults)


def faults_of(mine: Mine) -> list[Fault]:
    """Return every input that cannot be: where, what was found, what would do."""
    return [*_amount_faults(mine), *_plan_faults(mine), *_product_faults(mine), *_contract_faults(mine)]


def _amount_faults(mine: Mine) -> list[Fault]:
    """Faults of single numbers."""
    faults = []
    for where, value in (("grade", mine.grade), ("recovery", mine.recovery)):
        if not (_low(value) > 0 and _high(value) <= 1):
            worst = _low(value) if _low(value) <= 0 else _high(value)
            faults.append(_fault(mine, where, worst, "a fraction above 0 and up to 1 (not per cent)"))
    if not _low(mine.ore_t_per_y) > 0:
        faults.append(_fault(mine, "ore_t_per_y", _low(mine.ore_t_per_y), "a number above 0"))
    for where, value in (
        ("capex_usd", mine.capex_usd), ("grant_usd", mine.grant_usd),
        ("opex_usd_per_kg_treo", mine.opex_usd_per_kg_treo), ("freight_usd_per_kg", mine.freight_usd_per_kg),
        ("sustaining_usd_per_y", mine.sustaining_usd_per_y), ("closure_usd", mine.closure_usd),
        ("working_capital_usd", mine.working_capital_usd),
    ):  # fmt: skip
        if not _low(value) >= 0:
            faults.append(_fault(mine, where, _low(value), "a number of at least 0"))
    for where, share in (
        ("royalty", mine.royalty), ("tax", mine.tax), ("working_capital_share", mine.working_capital_share),
        ("opex_fixed_share", mine.opex_fixed_share), ("minimum_tax", mine.minimum_tax),
        ("upside_share", mine.upside_share),
    ):  # fmt: skip
        if not 0 <= share < 1:
            faults.append(_fault(mine, where, share, "a fraction of at least 0 and below 1"))
    if not 0 <= mine.depletion_limit <= 1:
        faults.append(_fault(mine, "depletion_limit", mine.depletion_limit, "a fraction of 0 to 1"))
    if not _low(mine.discount) > -1:
        faults.append(_fault(mine, "discount", _low(mine.discount), "a rate above -100 %, as a fraction"))
    return faults


def _plan_faults(mine: Mine) -> list[Fault]:
    """Faults of the plan over time."""
    faults = []
    if not isinstance(mine.life_y, int) or not 1 <= mine.life_y <= LONGEST_Y:
        return [_fault(mine, "life_y", mine.life_y, f"1 to {LONGEST_Y} whole years of output")]
    if not isinstance(mine.depreciation_y, int) or not 1 <= mine.depreciation_y <= LONGEST_Y:
        faults.append(_fault(mine, "depreciation_y", mine.depreciation_y, f"1 to {LONGEST_Y} whole years"))
    if not mine.build_shares or abs(sum(mine.build_shares) - 1.0) > 1e-9 or min(mine.build_shares) < 0:
        faults.append(_fault(mine, "build_shares", mine.build_shares, "shares that sum to one"))
    if any(not amount >= 0 for amount in mine.expansion_usd) or len(mine.expansion_usd) > mine.life_y:
        faults.append(_fault(mine, "expansion_usd", mine.expansion_usd, "amounts of at least 0 within the life"))
    if any(share < 0 for share in mine.depletion):
        faults.append(_fault(mine, "depletion", mine.depletion, "shares of revenue of at least 0"))
    if any(not 0 <= r <= 1.5 for r in mine.ramp) or not sum(path(mine.ramp, mine.life_y)) > 0:
        faults.append(_fault(mine, "ramp", mine.ramp, "fractions of full output, some above 0"))
    if mine.grade_profile and not (min(mine.grade_profile) >= 0 and max(mine.grade_profile) * _high(mine.grade) <= 1):
        limit = "factors of at least 0 that leave the grade at most 1"
        faults.append(_fault(mine, "grade_profile", mine.grade_profile, limit))
    need = _high(mine.ore_t_per_y) * sum(path(mine.ramp, mine.life_y))
    if mine.resource_ore_t is not None and not need <= mine.resource_ore_t * (1 + 1e-9):
        limit = f"at most the resource of {mine.resource_ore_t:,.0f} t"
        faults.append(_fault(mine, "life_y", f"{need:,.0f} t of ore over the life", limit))
    return faults


def _product_faults(mine: Mine) -> list[Fault]:
    """Faults of products and prices."""
    if not mine.products:
        return [_fault(mine, "products", "none", "t of each product per t of TREO recovered")]
    faults = []
    for product, amount in mine.products.items():
        if not _low(amount) >= 0:
            faults.append(_fault(mine, f"products[{product}]", _low(amount), "a number of at least 0"))
        if product not in mine.prices_usd_per_kg:
            faults.append(_fault(mine, "prices_usd_per_kg", f"no price for {product}", "USD/kg net of tax"))
        elif not np.all(np.isfinite(np.asarray(mine.prices_usd_per_kg[product], dtype=float))):
            faults.append(_fault(mine, f"prices_usd_per_kg[{product}]", mine.prices_usd_per_kg[product], "a number"))
    return faults


def _contract_faults(mine: Mine) -> list[Fault]:
    """Faults of a contract for difference."""
    faults = []
    if mine.floor_years is not None and not mine.floor_years >= 0:
        faults.append(_fault(mine, "floor_years", mine.floor_years, "a number of years of at least 0"))
    for where, values in (
        ("price_floor_usd_per_kg", mine.price_floor_usd_per_kg),
        ("upside_above_usd_per_kg", mine.upside_above_usd_per_kg),
        ("upside_cap_usd_per_y", mine.upside_cap_usd_per_y),
        ("floor_t_per_y", mine.floor_t_per_y),
    ):
        for product, value in values.items():
            if not value >= 0:
                faults.append(_fault(mine, f"{where}[{product}]", value, "a number of at least 0"))
    for product, above in mine.upside_above_usd_per_kg.items():
        floor = mine.price_floor_usd_per_kg.get(product, 0.0)
        if above < floor:
            faults.append(
                _fault(mine, f"upside_above_usd_per_kg[{product}]", above, f"at least the floor of {floor:g}")
            )
    return faults


def _fault(mine: Mine, where: str, value: object, expected: str) -> Fault:
    return Fault(f"{mine.name}: {where}", str(value), expected)


def _low(value: Amount) -> float:
    return float(np.min(np.asarray(value, dtype=float)))


def _high(value: Amount) -> float:
    return float(np.max(np.asarray(value, dtype=float)))


def path(first: tuple[float, ...], life: int) -> list[float]:
    """Return the factors of all years of output: those given, then one."""
    return [*first[:life], *[1.0] * max(0, life - len(first))]
