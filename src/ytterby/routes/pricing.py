"""What each arc of the network costs one shipment: money, days, risk, carbon, with bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ytterby.routes.network import Floats, RouteNetwork
from ytterby.routes.policy import Charges
from ytterby.world.terms import ProductForm


@dataclass(frozen=True)
class ArcCosts:
    """Per arc of the network, for one form and one set of policies; ``usd`` and ``days`` with bands."""

    usd: Floats
    """Shape (3, arcs): point, low, high in USD/t; freight, transfers, surcharges, permits; no interest."""
    days: Floats
    """Shape (2, arcs): low, high."""
    log_pass: Floats
    """-ln(1 - p), which adds up along a way; p is the chance that the arc fails or is refused."""
    kg_co2e: Floats
    """kg CO2e per t."""
    open: NDArray[np.bool_]
    delay: Floats
    """Expected days of delay in the month of the date, beyond the band."""

    @property
    def mean_days(self) -> Floats:
        """Middle of the days' band, plus the expected delay."""
        middle: Floats = self.days.mean(axis=0) + self.delay
        return middle


@dataclass(frozen=True)
class CarriageArrays:
    """The carriages' numbers as arrays, made once per network."""

    usd_per_teu: Floats
    usd_per_t: Floats
    days: Floats
    log_pass: Floats
    kg_co2e: Floats
    mode: NDArray[np.str_]
    class7: NDArray[np.bool_]
    shut: NDArray[np.bool_]
    move_usd: Floats
    """Shape (3, arcs): cost of the transfer arcs, zero elsewhere."""
    move_days: Floats
    delay: Floats
    """Expected days of delay by carriage."""


def carriage_arrays(network: RouteNetwork) -> CarriageArrays:
    """Collect the network's numbers: (3, carriages) prices, (2, carriages) days and so on."""
    rides, moves = network.carriages, network.transfer
    shut = np.zeros(len(rides), dtype=bool)
    shut[list(network.blocked)] = True
    return CarriageArrays(
        usd_per_teu=np.array([c.usd_per_teu for c in rides]).T,
        usd_per_t=np.array([c.usd_per_t for c in rides]).T,
        days=np.array([c.days for c in rides]).T,
        log_pass=-np.log1p(-np.minimum([c.risk for c in rides], 0.999)),
        kg_co2e=np.array([c.kg_co2e_per_t for c in rides]),
        mode=np.array([c.mode for c in rides]),
        class7=np.array([c.class7 for c in rides]),
        shut=shut,
        move_usd=np.array([m.usd_per_t if m else (0.0, 0.0, 0.0) for m in moves]).T,
        move_days=np.array([m.days if m else (0.0, 0.0) for m in moves]).T,
        delay=np.array([c.delay_days for c in rides]),
    )


def price_arcs(
    network: RouteNetwork,
    arrays: CarriageArrays,
    form: ProductForm,
    charges: Charges,
    *,
    class7: bool,
    closed: NDArray[np.bool_] | None = None,
) -> ArcCosts:
    """Price every arc for a form: USD/t = USD/TEU / payload + USD/t, plus what policies add.

    ``closed`` (carriages) adds closures of the caller. Refused modes and, for Class 7, carriages that do not
    take it are shut.
    """
    usd = (arrays.usd_per_teu + charges.usd_per_teu) / form.payload_t_per_teu + arrays.usd_per_t
    days = arrays.days + charges.days
    log_pass = arrays.log_pass + charges.log_pass
    shut = arrays.shut | charges.closed | np.isin(arrays.mode, sorted(form.refused_modes))
    if class7:
        shut = shut | ~arrays.class7
    if closed is not None:
        shut = shut | closed
    ride = network.carriage
    rides = ride >= 0
    at = ride[rides]
    arc_usd, arc_days = arrays.move_usd.copy(), arrays.move_days.copy()
    arc_usd[:, rides] = usd[:, at]
    arc_days[:, rides] = days[:, at]
    arc_log, arc_co2, arc_delay = np.zeros(len(ride)), np.zeros(len(ride)), np.zeros(len(ride))
    arc_delay[rides] = arrays.delay[at]
    arc_log[rides] = log_pass[at]
    arc_co2[rides] = arrays.kg_co2e[at]
    arc_open = np.ones(len(ride), dtype=bool)
    arc_open[rides] = ~shut[at]
    return ArcCosts(arc_usd, arc_days, arc_log, arc_co2, arc_open, arc_delay)
