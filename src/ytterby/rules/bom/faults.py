"""What does not hang together in a bill of materials that can be read: located, and told beside the decisions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ytterby.rules.bom.lines import Bom
from ytterby.rules.bom.trace import Trace
from ytterby.rules.items import ItemLists
from ytterby.rules.value import ValueLimit
from ytterby.world.errors import Fault


def silent_columns(bom: Bom, limit: ValueLimit, lists: ItemLists) -> tuple[Fault, ...]:
    """Elements of the limit's list for which the bill has no column, while it has one for others."""
    silent = sorted(lists.elements_of(limit.numerator) - set(bom.elements))
    if not silent or not bom.elements:
        return ()
    columns = ", ".join(f"{e}_kg" for e in silent)
    return (Fault("header", f"no column {columns}", "these elements are counted as none in parts that tell others"),)


def value_and_mass_faults(found: Trace, at: npt.NDArray[np.int64]) -> list[Fault]:
    """Missing prices among the decided parts (rows ``at``), parts worth or weighing less than their lines."""
    parts = found.bom.parts
    value = parts["value"].to_numpy(dtype=float)
    names = parts["part"].to_numpy(dtype=object)
    faults = [
        Fault(f"part {names[n]}", "no value", "a price: its share is only an interval")
        for n in at[np.isnan(value[at])][:20]
    ]
    mass = parts["mass_kg"].to_numpy(dtype=float)
    weight = found.bom.quantity @ np.nan_to_num(found.mass)
    for n in np.flatnonzero(~np.isnan(mass) & (weight > mass * (1 + 1e-9)))[:20]:
        faults.append(
            Fault(f"part {names[n]}", f"mass {mass[n]:g} kg, lines {weight[n]:g} kg", "not less than its lines")
        )
    told = np.where(np.isnan(value), 0.0, value)
    worth = found.bom.quantity @ told
    for n in np.flatnonzero(~np.isnan(value) & (worth > value * (1 + 1e-9)) & (value > 0))[:20]:
        faults.append(
            Fault(
                f"part {names[n]}",
                f"value {value[n]:g} USD, lines worth {worth[n]:g} USD",
                "not less than its lines",
            )
        )
    return faults
