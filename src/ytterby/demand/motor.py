"""What a magnet price does to an electric motor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ytterby.demand.goods import parameter
from ytterby.demand.substitution import substitutes
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World


@dataclass(frozen=True)
class MotorCost:
    """Extra cost of one vehicle's magnets, USD, part by part."""

    ndpr_usd: float
    dy_usd: float
    tb_usd: float
    premium_usd: float
    car_price_usd: float

    @property
    def usd_per_vehicle(self) -> float:
        """Sum of the parts, USD per vehicle."""
        return self.ndpr_usd + self.dy_usd + self.tb_usd + self.premium_usd

    @property
    def share_of_car(self) -> float:
        """Extra cost as a fraction of the car's price."""
        return self.usd_per_vehicle / self.car_price_usd


def motor_cost(
    world: World,
    price_change_usd_per_kg: Mapping[str, float],
    *,
    magnet_kg: float | None = None,
    premium_usd_per_kg: float = 0.0,
    net_yield: float | None = None,
    dy_kg: float | None = None,
    tb_kg: float | None = None,
) -> MotorCost:
    """Return the extra cost per vehicle of a change of oxide prices and of the magnet maker's premium.

        dC = m (w_NdPr k_NdPr / y dP_NdPr + dPrem) + q_Dy k_Dy / y dP_Dy + q_Tb k_Tb / y dP_Tb

    m magnet kg per vehicle, w mass share of NdPr, k oxide per metal (kg/kg), y net yield with the scrap loop,
    q kg of Dy or Tb metal per vehicle. ``price_change_usd_per_kg`` has keys ``ndpr-oxide``, ``dy-oxide``,
    ``tb-oxide``, in USD/kg; what is absent is 0. Amounts default to the world's intensities.
    Raises InputError for another key or for an amount below zero.
    Worked: m = 2 kg, +10 USD/kg NdPr oxide and y = 0.9 give +7.5 USD per vehicle.
    """
    allowed = ("ndpr-oxide", "dy-oxide", "tb-oxide")
    faults = [
        Fault(
            f"price_change_usd_per_kg[{key!r}]",
            "a commodity that no motor price depends on",
            ", ".join(allowed),
        )
        for key in price_change_usd_per_kg
        if key not in allowed
    ]
    m = parameter(world, "ev-car", "ndfeb_kg") if magnet_kg is None else magnet_kg
    y = parameter(world, "magnet-making", "net_yield_with_scrap_loop") if net_yield is None else net_yield
    q_dy = parameter(world, "ev-car", "dy_kg") if dy_kg is None else dy_kg
    q_tb = parameter(world, "ev-car", "tb_kg") if tb_kg is None else tb_kg
    faults += [
        Fault(name, str(value), "a number of at least 0")
        for name, value in (("magnet_kg", m), ("dy_kg", q_dy), ("tb_kg", q_tb))
        if value < 0
    ]
    if not 0 < y <= 1:
        faults.append(Fault("net_yield", str(y), "a share above 0 and up to 1"))
    if faults:
        raise InputError("motor cost cannot be computed", faults)
    k_ndpr = 0.76 * oxide_per_element("Nd") + 0.24 * oxide_per_element("Pr")
    w = parameter(world, "ev-car", "ndpr_share")
    change = price_change_usd_per_kg.get
    return MotorCost(
        ndpr_usd=m * w * k_ndpr / y * change("ndpr-oxide", 0.0),
        dy_usd=q_dy * oxide_per_element("Dy") / y * change("dy-oxide", 0.0),
        tb_usd=q_tb * oxide_per_element("Tb") / y * change("tb-oxide", 0.0),
        premium_usd=m * premium_usd_per_kg,
        car_price_usd=parameter(world, "ev-car", "car_price_usd"),
    )


HEAVY = "ndfeb-uh-eh"


def motor_types(
    world: World,
    price_change_usd_per_kg: Mapping[str, float] | None = None,
    *,
    premium_usd_per_kg: float = 0.0,
    magnet_kg: float | None = None,
) -> pd.DataFrame:
    """Return what each type of traction motor holds and costs more than today's magnet motor at today's prices.

    Columns: motor, magnet_kg, ndpr_kg, dy_kg, tb_kg (element per vehicle), extra_usd (material dearer by these changes
    and premium, and the type's own penalty), ready_after_months; cheapest first. A substitute for the heavy grade
    saves its share of Dy and Tb, one for the other grades its share of NdPr, a motor without magnets all of it.
    Raises InputError as :func:`motor_cost` does.
    """
    kg = parameter(world, "ev-car", "ndfeb_kg") if magnet_kg is None else magnet_kg
    dy, tb, w = (parameter(world, "ev-car", name) for name in ("dy_kg", "tb_kg", "ndpr_share"))
    change = price_change_usd_per_kg or {}

    def row(name: str, light: float, heavy: float, penalty: float, lag: float) -> tuple[str | float, ...]:
        cost = motor_cost(
            world,
            change,
            magnet_kg=kg * light,
            premium_usd_per_kg=premium_usd_per_kg,
            dy_kg=dy * heavy,
            tb_kg=tb * heavy,
        )
        return (name, kg * light, kg * light * w, dy * heavy, tb * heavy, cost.usd_per_vehicle + penalty, lag)

    rows = [row("Magnet motor of today", 1.0, 1.0, 0.0, 0.0)]
    for other in substitutes(world, magnet_kg=kg):
        left = 1.0 - other.saved_share
        light = 1.0 if other.grade == HEAVY else left
        heavy = 1.0 if other.grade not in ("any", HEAVY) else left
        rows.append(row(other.name, light, heavy, other.penalty_usd, other.lag_months))
    columns = ["motor", "magnet_kg", "ndpr_kg", "dy_kg", "tb_kg", "extra_usd", "ready_after_months"]
    return pd.DataFrame(rows, columns=columns).sort_values("extra_usd", ignore_index=True)
