"""What one plan of numbers comes to: statement, value, rate of return, unit cost, break-even."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.projects.breakeven import breakeven_multiple
from ytterby.projects.cashflow import flows
from ytterby.projects.finance import irr, npv, payback, sign_changes
from ytterby.projects.mine import Mine
from ytterby.world.errors import Fault, InputError


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
