"""Where a market settles after part of its supply is withheld: price, and what users still get."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ytterby.world.errors import Fault, InputError


@dataclass(frozen=True)
class Settled:
    """A market outside the country that withholds, before and after, in units of what was used before."""

    price_ratio: float
    """New price over the old."""
    quantity_ratio: float
    """What users get over what they used."""
    expansion: float
    """Further output of the producers who stay, over what was used before."""
    choked: bool
    """Whether the price stands at the level above which users give up instead of paying."""

    @property
    def shortage(self) -> float:
        """Share of the former use that is missing, 0 to 1."""
        return max(0.0, 1.0 - self.quantity_ratio)


def settle(
    withheld: float,
    *,
    demand_elasticity: float,
    supply_elasticity: float,
    spare_capacity: float,
    choke_ratio: float,
) -> Settled:
    """Find the price at which what is left meets what is still wanted.

        P^e_d = (1 - w) + min(k, (1 - w) (P^e_s - 1)),   P = new price over old

    w: share of the former use that is withheld, 0 to 1; k: ``spare_capacity``, what the producers who stay can add
    within the time, over the former use; e_d below 0, e_s at least 0. The post-disruption
    equilibrium from elasticities and excess capacity of USGS Open-File Reports 2024-1057 and 2025-1047, whose
    summaries name these terms; constant elasticities are this model's reading. Above ``choke_ratio`` users stop
    rather than pay. Raises InputError for terms out of range.
    """
    faults = []
    if not 0 <= withheld <= 1:
        faults.append(Fault("withheld", str(withheld), "a share between 0 and 1"))
    if not demand_elasticity < 0:
        faults.append(Fault("demand_elasticity", str(demand_elasticity), "a number below 0"))
    if supply_elasticity < 0:
        faults.append(Fault("supply_elasticity", str(supply_elasticity), "0 or more"))
    if spare_capacity < 0:
        faults.append(Fault("spare_capacity", str(spare_capacity), "0 or more, over the former use"))
    if choke_ratio < 1:
        faults.append(Fault("choke_ratio", str(choke_ratio), "at least 1, over the old price"))
    if faults:
        raise InputError("market cannot be settled", faults)
    staying = 1.0 - withheld

    def supplied(price: float) -> float:
        return float(staying + min(spare_capacity, staying * (price**supply_elasticity - 1.0)))

    def excess(log_price: float) -> float:
        price = float(np.exp(log_price))
        return float(price**demand_elasticity) - supplied(price)

    top = float(np.log(choke_ratio))
    if top == 0.0 or excess(top) > 0:
        made = supplied(choke_ratio)
        return Settled(choke_ratio, made, made - staying, True)
    price = float(np.exp(brentq(excess, 0.0, top))) if excess(0.0) > 0 else 1.0
    made = supplied(price)
    return Settled(price, made, made - staying, False)
