"""What replaces a magnet when it does not come: technologies with a price, a lag, a pace and a ceiling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ytterby.demand.goods import parameter
from ytterby.world.errors import UnknownNameError
from ytterby.world.load import World

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Substitute:
    """Another machine or another magnet for one use."""

    technology: str
    name: str
    use: str
    grade: str
    """Magnet grade that it replaces, or ``any``."""
    saved_share: float
    """Share of the grade's magnet that a machine no longer needs."""
    penalty_usd: float
    """Extra cost of a machine (a vehicle or a MW)."""
    lag_months: float
    per_year: float
    """Share of machines that change each year after the lag."""
    ceiling: float
    """Largest share of machines that can change."""
    switch_usd_per_kg_magnet: float
    """Rise of the magnet price at which it costs the same, USD/kg of the magnet that it saves; 0 where it is cheaper
    already and taste, not cost, holds it back."""
    note: str

    def share(self, months: Array) -> Array:
        """Share of machines that have changed so many months into a shortage; shape of ``months``."""
        return np.clip(self.per_year * (np.asarray(months, dtype=float) - self.lag_months) / 12.0, 0.0, self.ceiling)


def substitutes(world: World, magnet_kg: float | None = None, use: str = "ev-traction") -> tuple[Substitute, ...]:
    """Return the technologies of table ``substitutes`` for a use, cheapest switch first.

    ``magnet_kg`` per machine defaults to the world's intensity: kg a vehicle, or kg a MW of direct-drive machine.
    Raises UnknownNameError for a use without substitutes.
    """
    table = world.table("substitutes")
    rows = table[table["use"] == use]
    if rows.empty:
        raise UnknownNameError("use", use, sorted(set(table["use"])), "table substitutes")
    product, name = ("wind-direct-drive", "ndfeb_kg_per_mw") if use == "wind" else ("ev-car", "ndfeb_kg")
    kg = parameter(world, product, name) if magnet_kg is None else magnet_kg
    found = [
        Substitute(
            str(r["technology"]), str(r["name"]), use, str(r["grade"]), float(r["saved_share"]),
            float(r["penalty_usd"]), float(r["lag_months"]), float(r["per_year"]), float(r["ceiling"]),
            max(0.0, float(r["penalty_usd"])) / (float(r["saved_share"]) * kg), str(r["note"]),
        )
        for r in rows.to_dict("records")
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda s: (s.switch_usd_per_kg_magnet, s.technology)))


@dataclass(frozen=True)
class Relief:
    """How much less of a grade is needed, month by month into a shortage."""

    saved: Array
    """Share of the grade's need that is saved, shape (months,)."""
    penalty_usd: Array
    """Mean extra cost of a machine, over all machines of the use, shape (months,)."""


def relief(
    world: World,
    use: str,
    grade: str,
    elapsed_months: Array,
    *,
    per_year: float,
    ceiling: float,
) -> Relief:
    """Return what thrift and substitutes save of a grade after months of shortage.

    ``elapsed_months`` counts months of shortage up to each month, 0 where nothing is missing. Technologies come in
    after their lag, together at most ``per_year`` of need for each year of shortage (what was seen in 2010-12) and at
    most ``ceiling``. Saving before any technology is ready is thrift: the same pace, at no cost.
    """
    months = np.asarray(elapsed_months, dtype=float)
    pace = np.minimum(ceiling, per_year * months / 12.0)
    left, cost = pace.copy(), np.zeros_like(pace)
    for technology in substitutes(world, use=use):
        if technology.grade not in ("any", grade):
            continue
        taken = np.minimum(left, technology.share(months) * technology.saved_share)
        cost += taken / technology.saved_share * technology.penalty_usd
        left = left - taken
    return Relief(pace, cost)
