"""Wind generators: what magnets cost a megawatt, and how many megawatts wait when magnets are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ytterby.demand.goods import parameter
from ytterby.world.elements import oxide_per_element
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World


@dataclass(frozen=True)
class WindShortfall:
    """Megawatts that a shortage of magnets holds up in a year."""

    missing_t: float
    waiting_mw: float
    """If every machine with magnets waits in proportion."""
    waiting_share: float
    """Of the world's yearly additions."""
    waiting_mw_geared_first: float
    """If direct-drive machines are replaced by geared ones with a fraction of the magnet, as far as that
    goes."""


def generator_cost(
    world: World,
    price_change_usd_per_kg: Mapping[str, float],
    premium_usd_per_kg: float = 0.0,
    machine: str = "wind-direct-drive",
) -> float:
    """Return the extra cost of the magnets in one MW, USD: sum of q k / y dP over Nd, Pr, Dy and Tb, and the
    premium.

    q kg of element per MW of the machine (``intensities``), k oxide per element, y net yield with the scrap
    loop; ``price_change_usd_per_kg`` by ``ndpr-oxide``, ``dy-oxide``, ``tb-oxide``. Raises InputError for
    another key.
    """
    oxides = {"nd": "ndpr-oxide", "pr": "ndpr-oxide", "dy": "dy-oxide", "tb": "tb-oxide"}
    unknown = sorted(set(price_change_usd_per_kg) - set(oxides.values()))
    if unknown:
        wanted = ", ".join(sorted(set(oxides.values())))
        raise InputError("no such oxide in a generator", [Fault("price_change_usd_per_kg", ", ".join(unknown), wanted)])
    y = parameter(world, "magnet-making", "net_yield_with_scrap_loop")
    total = 0.0
    for element, oxide in oxides.items():
        kg = parameter(world, machine, f"{element}_kg_per_mw")
        total += kg * oxide_per_element(element.capitalize()) / y * price_change_usd_per_kg.get(oxide, 0.0)
    return total + premium_usd_per_kg * parameter(world, machine, "ndfeb_kg_per_mw")


def wind_shortfall(world: World, missing_t: float) -> WindShortfall:
    """Turn missing t of finished magnets a year into megawatts that wait, for the world's mix of machines.

    Raises InputError for a negative amount or for more than the world's turbines use.
    """
    mw = parameter(world, "wind", "gw_added") * 1000.0
    direct, geared = (parameter(world, "wind", k) for k in ("direct_drive_share", "geared_pm_share"))
    kg_direct, kg_geared = (parameter(world, k, "ndfeb_kg_per_mw") for k in ("wind-direct-drive", "wind-geared-pm"))
    used = mw * (direct * kg_direct + geared * kg_geared) / 1000.0
    if not 0 <= missing_t <= used:
        fault = Fault("missing_t", str(missing_t), f"0 to {used:,.0f} t, what turbines take in a year")
        raise InputError("wind shortfall cannot be computed", [fault])
    waiting = missing_t / used * mw * (direct + geared)
    saved = mw * direct * (kg_direct - kg_geared) / 1000.0
    left = max(0.0, missing_t - saved)
    geared_first = left * 1000.0 / kg_geared
    return WindShortfall(missing_t, waiting, waiting / mw, min(waiting, geared_first))
