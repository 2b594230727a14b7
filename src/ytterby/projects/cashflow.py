"""A mine plan and its cash flow: from ore in the ground to money, or not.

Prices, unit costs and freight come in as numbers; where they come from (separation, routes, a market) is not
known here. Every amount may be a number or an array over draws of shape (n,): the same lines run one case or
ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq

from ytterby.projects.finance import Timing, irr, npv, payback, sign_changes
from ytterby.world.errors import Fault, InputError

Array = npt.NDArray[np.float64]
Amount = float | Array


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
    closure_usd: Amount = 0.0
    """Paid in the year after the last output."""
    royalty: float = 0.0
    """Share of revenue."""
    tax: float = 0.0
    """Share of taxable profit; losses are carried forward without limit."""
    depreciation_y: int = 10
    """Straight-line years, from first output."""
    working_capital_share: float = 0.0
    """Of next year's revenue, held until the end."""
    discount: Amount = 0.08
    timing: Timing = Timing.START
    price_floor_usd_per_kg: Mapping[str, float] = field(default_factory=dict)
    """A contract for difference: the state pays the gap to the floor on these products."""
    floor_years: int = 10
    grant_usd: Amount = 0.0
    """Paid with the capital, not taxed."""
    resource_ore_t: float | None = None
    """Ore that the plan may draw on; None where it is not checked."""

    @property
    def treo_t_per_y(self) -> Amount:
        """TREO in product at full output, t/y."""
        return self.ore_t_per_y * self.grade * self.recovery


@dataclass(frozen=True)
class Appraisal:
    """What a plan comes to."""

    name: str
    statement: pd.DataFrame
    """year (0 = first building year), output, revenue, royalty, opex, freight, capital, sustaining,
    working_capital, depreciation, tax, net
    (USD)."""
    npv_usd: float
    irr: float
    """Fraction; NaN where it does not exist."""
    irr_unique: bool
    """False where the flows change sign more than once."""
    payback_y: float
    """From first output."""
    unit_cost_usd_per_kg: float
    """Operating cost, freight, royalty and sustaining capital per kg TREO, over the life."""
    basket_usd_per_kg: float
    """Revenue per kg TREO."""
    breakeven_basket_usd_per_kg: float
    """Basket at which NPV is zero, all prices moving together; NaN where none does it."""
    breakeven_multiple: float
    """The same as a multiple of the prices given."""
    capex_usd: float
    discount: float
    timing: str


def check(mine: Mine) -> None:
    """Raise InputError with every input that cannot be: where, what was found, what would do."""
    faults = [*_amount_faults(mine), *_plan_faults(mine), *_product_faults(mine)]
    if faults:
        raise InputError("project cannot be appraised", faults)


def _amount_faults(mine: Mine) -> list[Fault]:
    """Faults of single numbers."""
    faults = []
    for where, value in (("grade", mine.grade), ("recovery", mine.recovery)):
        if not (_low(value) > 0 and _high(value) <= 1):
            worst = _low(value) if _low(value) <= 0 else _high(value)
            faults.append(_fault(mine, where, worst, "a fraction above 0 and up to 1 (not per cent)"))
    for where, value in (
        ("ore_t_per_y", mine.ore_t_per_y), ("capex_usd", mine.capex_usd), ("grant_usd", mine.grant_usd),
        ("opex_usd_per_kg_treo", mine.opex_usd_per_kg_treo), ("freight_usd_per_kg", mine.freight_usd_per_kg),
        ("sustaining_usd_per_y", mine.sustaining_usd_per_y), ("closure_usd", mine.closure_usd),
    ):  # fmt: skip
        if not _low(value) >= 0:
            faults.append(_fault(mine, where, _low(value), "a number of at least 0"))
    for where, share in (
        ("royalty", mine.royalty), ("tax", mine.tax), ("working_capital_share", mine.working_capital_share),
        ("opex_fixed_share", mine.opex_fixed_share),
    ):  # fmt: skip
        if not 0 <= share < 1:
            faults.append(_fault(mine, where, share, "a fraction of at least 0 and below 1"))
    if _low(mine.discount) <= -1:
        faults.append(_fault(mine, "discount", _low(mine.discount), "a rate above -100 %, as a fraction"))
    return faults


def _plan_faults(mine: Mine) -> list[Fault]:
    """Faults of the plan over time."""
    faults = []
    if mine.life_y < 1:
        return [_fault(mine, "life_y", mine.life_y, "at least one year of output")]
    if not mine.build_shares or abs(sum(mine.build_shares) - 1.0) > 1e-9 or min(mine.build_shares) < 0:
        faults.append(_fault(mine, "build_shares", mine.build_shares, "shares that sum to one"))
    if any(not 0 <= r <= 1.5 for r in mine.ramp):
        faults.append(_fault(mine, "ramp", mine.ramp, "fractions of full output"))
    need = _high(mine.ore_t_per_y) * sum(_path(mine.ramp, mine.life_y))
    if mine.resource_ore_t is not None and need > mine.resource_ore_t * (1 + 1e-9):
        limit = f"at most the resource of {mine.resource_ore_t:,.0f} t"
        faults.append(_fault(mine, "life_y", f"{need:,.0f} t of ore over the life", limit))
    return faults


def _product_faults(mine: Mine) -> list[Fault]:
    """Faults of products and prices."""
    if not mine.products:
        return [_fault(mine, "products", "none", "t of each product per t of TREO recovered")]
    faults = []
    for product, amount in mine.products.items():
        if _low(amount) < 0:
            faults.append(_fault(mine, f"products[{product}]", _low(amount), "a number of at least 0"))
        if product not in mine.prices_usd_per_kg:
            faults.append(_fault(mine, "prices_usd_per_kg", f"no price for {product}", "USD/kg net of tax"))
    return faults


def _fault(mine: Mine, where: str, value: object, expected: str) -> Fault:
    return Fault(f"{mine.name}: {where}", str(value), expected)


def _low(value: Amount) -> float:
    return float(np.min(np.asarray(value, dtype=float)))


def _high(value: Amount) -> float:
    return float(np.max(np.asarray(value, dtype=float)))


def flows(mine: Mine) -> dict[str, Array]:
    """Return the statement's lines, each of shape (n, T) in USD, n = 1 for a plan of numbers.

    T = building years + years of output + one for closure. Tax in a year = rate x max(0, revenue - royalty -
    opex - freight - depreciation - losses brought forward).
    """
    check(mine)
    build, life = len(mine.build_shares), mine.life_y
    periods = build + life + 1
    n = max(1, *(np.asarray(v).size for v in _amounts(mine)))

    def column(value: Amount) -> Array:
        return np.broadcast_to(np.atleast_1d(np.asarray(value, dtype=float))[:, None], (n, 1)).astype(float)

    def over_life(value: Array) -> Array:
        out = np.zeros((n, periods))
        out[:, build : build + life] = value
        return out

    ramp = np.asarray(_path(mine.ramp, life))[None, :]
    profile = ramp * np.asarray(_path(mine.grade_profile or (1.0,), life))[None, :]
    treo = column(mine.treo_t_per_y) * profile
    revenue = np.zeros((n, life))
    support = np.zeros((n, life))
    for product, amount in mine.products.items():
        kg = treo * column(amount) * 1000.0
        price = column(mine.prices_usd_per_kg[product])
        revenue += kg * price
        if product in mine.price_floor_usd_per_kg:
            gap = np.maximum(0.0, mine.price_floor_usd_per_kg[product] - price)
            support[:, : mine.floor_years] += (kg * gap)[:, : mine.floor_years]
    revenue = revenue + support + column(mine.byproduct_usd_per_y) * ramp
    fixed = mine.opex_fixed_share
    opex = column(mine.opex_usd_per_kg_treo) * 1000.0 * (treo * (1 - fixed) + column(mine.treo_t_per_y) * fixed)
    freight = column(mine.freight_usd_per_kg) * 1000.0 * treo
    royalty = mine.royalty * revenue
    capital = np.zeros((n, periods))
    capital[:, :build] = column(mine.capex_usd) * np.asarray(mine.build_shares)[None, :]
    sustaining = np.broadcast_to(column(mine.sustaining_usd_per_y), (n, life))
    years = min(mine.depreciation_y, life)
    depreciation = np.zeros((n, life))
    depreciation[:, :years] = column(mine.capex_usd) / years
    depreciation = depreciation + sustaining
    taxable = revenue - royalty - opex - freight - depreciation
    tax = np.zeros((n, life))
    loss = np.zeros(n)
    for year in range(life):
        profit = taxable[:, year] - loss
        tax[:, year] = mine.tax * np.maximum(0.0, profit)
        loss = np.maximum(0.0, -profit)
    held = np.zeros((n, periods))
    held[:, build - 1 : build + life - 1] = mine.working_capital_share * revenue
    working = np.diff(np.concatenate([np.zeros((n, 1)), held], axis=1), axis=1)
    closure = np.zeros((n, periods))
    closure[:, -1] = column(mine.closure_usd)[:, 0]
    grant = np.zeros((n, periods))
    grant[:, :build] = column(mine.grant_usd) * np.asarray(mine.build_shares)[None, :]
    lines = {
        "output_t": over_life(treo),
        "revenue": over_life(revenue),
        "support": over_life(support),
        "royalty": over_life(royalty),
        "opex": over_life(opex),
        "freight": over_life(freight),
        "capital": capital,
        "grant": grant,
        "sustaining": over_life(sustaining),
        "closure": closure,
        "working_capital": working,
        "depreciation": over_life(depreciation),
        "tax": over_life(tax),
    }
    spent = ("royalty", "opex", "freight", "capital", "sustaining", "closure", "working_capital", "tax")
    lines["net"] = lines["revenue"] + grant - sum((lines[name] for name in spent), np.zeros((n, periods)))
    return lines


def appraise(mine: Mine) -> Appraisal:
    """Appraise one plan of numbers: statement, NPV, IRR, payback, unit cost and break-even basket.

    Raises InputError as :func:`check` does, and for a plan that holds draws (use ``montecarlo``).
    """
    lines = flows(mine)
    if lines["net"].shape[0] != 1:
        raise InputError("a plan of draws", [Fault(mine.name, "arrays", "numbers, or projects.simulate for draws")])
    one = {name: values[0] for name, values in lines.items()}
    net, build = one["net"], len(mine.build_shares)
    value = float(npv(np.asarray(mine.discount, dtype=float), net, mine.timing))
    kg = one["output_t"].sum() * 1000.0
    basket = float((one["revenue"] - one["support"]).sum() / kg)
    multiple = breakeven_multiple(mine)
    costs = one["opex"] + one["freight"] + one["royalty"] + one["sustaining"]
    return Appraisal(
        name=mine.name,
        statement=pd.DataFrame({"year": np.arange(len(net)), **one}),
        npv_usd=value,
        irr=irr(net),
        irr_unique=sign_changes(net) <= 1,
        payback_y=payback(net, build),
        unit_cost_usd_per_kg=float(costs.sum() / kg),
        basket_usd_per_kg=basket,
        breakeven_basket_usd_per_kg=basket * multiple,
        breakeven_multiple=multiple,
        capex_usd=float(np.asarray(mine.capex_usd)),
        discount=float(np.asarray(mine.discount)),
        timing=mine.timing.value,
    )


def breakeven_multiple(mine: Mine, highest: float = 50.0) -> float:
    """Multiple of all prices at which NPV is zero; NaN where none up to ``highest`` does it."""

    def at(multiple: float) -> float:
        scaled = replace(mine, prices_usd_per_kg={k: v * multiple for k, v in mine.prices_usd_per_kg.items()})
        return float(npv(np.asarray(mine.discount, dtype=float), flows(scaled)["net"][0], mine.timing))

    if at(0.0) > 0 or at(highest) < 0:
        return float("nan")
    return float(brentq(at, 0.0, highest, xtol=1e-9))


def breakeven_price(mine: Mine, product: str, highest_usd_per_kg: float = 10_000.0) -> float:
    """Price of one product at which NPV is zero, the others as given, USD/kg; NaN where none does it."""

    def at(price: float) -> float:
        changed = replace(mine, prices_usd_per_kg={**mine.prices_usd_per_kg, product: price})
        return float(npv(np.asarray(mine.discount, dtype=float), flows(changed)["net"][0], mine.timing))

    if at(0.0) > 0 or at(highest_usd_per_kg) < 0:
        return float("nan")
    return float(brentq(at, 0.0, highest_usd_per_kg, xtol=1e-9))


def price_floor_payment(floor_usd_per_kg: float, price_usd_per_kg: float, t_per_y: float) -> float:
    """What a contract for difference pays a year: max(0, floor - price) x volume, USD.

    >>> price_floor_payment(110.0, 49.0, 6000.0) / 1e6
    366.0
    """
    return max(0.0, floor_usd_per_kg - price_usd_per_kg) * t_per_y * 1000.0


def _path(first: tuple[float, ...], life: int) -> list[float]:
    return [*first[:life], *[1.0] * max(0, life - len(first))]


def _amounts(mine: Mine) -> list[Amount]:
    own = [
        mine.ore_t_per_y, mine.grade, mine.recovery, mine.opex_usd_per_kg_treo, mine.capex_usd,
        mine.freight_usd_per_kg,
        mine.byproduct_usd_per_y, mine.sustaining_usd_per_y, mine.closure_usd, mine.grant_usd, mine.discount,
    ]  # fmt: skip
    return [*own, *mine.products.values(), *mine.prices_usd_per_kg.values()]
