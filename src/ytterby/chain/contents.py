"""What commodities hold, on one basis: t of oxide of each element per t, so that nothing appears or vanishes unseen.

Neodymium and praseodymium are one entry, didymium, because the trade does not tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ytterby.world import World
from ytterby.world.elements import LANTHANIDES_AND_Y, oxide_per_element

DIDYMIUM = "NdPr"


def _entry(element: str) -> str:
    return DIDYMIUM if element in ("Nd", "Pr") else element


def ore_contents(world: World) -> pd.DataFrame:
    """Return ore, element, share (t of oxide per t REO), Nd and Pr together."""
    table = world.table("ore_elements")[["ore", "element", "share_pct"]]
    table = table[table["element"].isin(LANTHANIDES_AND_Y)].assign(
        element=lambda t: t["element"].map(_entry), share=lambda t: t["share_pct"] / 100.0
    )
    return table.groupby(["ore", "element"], as_index=False)[["share"]].sum()


def content_table(
    world: World, commodities: set[str], held: Mapping[str, Mapping[str, float]] | None = None
) -> pd.DataFrame:
    """Return commodity, element, t_per_t for the network's commodities, in t of oxide.

    ``held`` gives the content of commodities that follows from a process. Unsplit lanthanum-cerium that is sold has
    none.
    """
    ores = ore_contents(world)
    fixed = world.table("commodity_elements")
    rows: list[pd.DataFrame] = []
    for commodity in sorted(commodities):
        generic, _, ore = commodity.partition(":")
        if held and commodity in held:
            part = pd.DataFrame({"element": list(held[commodity]), "t_per_t": list(held[commodity].values())})
            rows.append(part.assign(commodity=commodity)[["commodity", "element", "t_per_t"]])
        elif ore:
            vector = ores[ores["ore"] == ore]
            if generic == "seg-heavy":
                vector = vector[~vector["element"].isin(("La", "Ce", DIDYMIUM))]
                vector = vector.assign(share=vector["share"] / vector["share"].sum())
            rows.append(
                vector.assign(commodity=commodity, t_per_t=vector["share"])[["commodity", "element", "t_per_t"]]
            )
        elif generic != "lace-carbonate":
            known = fixed[fixed["commodity"] == commodity]
            amounts = known["t_per_t"] * known["element"].map(oxide_per_element)
            part = pd.DataFrame({"element": known["element"].map(_entry), "t_per_t": amounts})
            part = part.groupby("element", as_index=False)["t_per_t"].sum().assign(commodity=commodity)
            rows.append(part[["commodity", "element", "t_per_t"]])
    return pd.concat(rows, ignore_index=True)
