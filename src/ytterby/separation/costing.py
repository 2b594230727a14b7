"""What separation costs at a place: amounts per t REO fed times the country's prices, with bands."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import TYPE_CHECKING

from ytterby.separation.circuit import Circuit
from ytterby.separation.inventory import Inventory
from ytterby.separation.prices import Quotation
from ytterby.world import World
from ytterby.world.terms import Band, Confidence, CostLine, ProcessCost

if TYPE_CHECKING:
    from ytterby.separation.process import Separation

SITE_COSTS, OPERATING = "site_costs", "separation-opex"
"""Table and item of a site's own operating cost without reagents: labour, power, steam, upkeep, overhead."""

DISPOSAL = {
    "residue": "residue-disposal",
    "neutralisation-residue": "residue-disposal",
    "radioactive-residue": "radioactive-disposal",
}
"""Wastes of a route that are paid for by the tonne, and the price row that pays them."""


def operating_costs(world: World) -> Mapping[str, Quotation]:
    """Operating cost without reagents, USD/t REO fed, of the sites that table ``site_costs`` knows."""
    if SITE_COSTS not in world.table_names:
        return {}
    rows = world.table(SITE_COSTS)
    return {
        str(r["site"]): Quotation(
            OPERATING,
            "",
            str(r["basis_year"]),
            Band(1000 * float(r["usd_per_kg"]), 1000 * float(r["low"]), 1000 * float(r["high"])),
            "USD/t REO fed",
            str(r["source"]),
            Confidence(str(r["confidence"])),
        )
        for r in rows[rows["item"] == OPERATING].to_dict("records")
    }


def cost_of(
    separation: Separation, ore: str, circuit: str, route: str | None, country: str, site: str = ""
) -> ProcessCost:
    """:class:`ProcessCost` of an ore in a circuit at one country's prices; a site's own operating cost where known."""
    inventory = separation.inventory(ore, circuit, route)
    tree = separation.circuit(circuit)
    low, high = (separation.inventory(ore, circuit, route, b).hcl.net for b in ("high", "low"))
    swing = (
        Band(1.0, min(low / inventory.hcl.net, 1.0), max(high / inventory.hcl.net, 1.0))
        if inventory.hcl.net
        else Band(1.0, 1.0, 1.0)
    )
    lines, spread_low, spread_high = [], 0.0, 0.0
    for item, amount, own in _amounts(separation, inventory, tree, site):
        quotation = separation.operating[site] if item == OPERATING else separation.prices.quotation(item, country)
        cost = amount * quotation.price.point
        relative = swing if item in ("hcl", inventory.base, "salt-disposal") else own
        lines.append(CostLine(item, cost, quotation.source, quotation.confidence))
        spread_low += (cost * (1 - relative.low * quotation.price.low / (quotation.price.point or 1.0))) ** 2
        spread_high += (cost * (relative.high * quotation.price.high / (quotation.price.point or 1.0) - 1)) ** 2
    total = sum(line.usd_per_t for line in lines)
    left_out = [p for p in inventory.products if p not in separation.traded]
    way = separation.route(route or tree.route, ore)
    notes = [f"route {way.name}, circuit {circuit}"]
    if route and way.name != route:
        notes.append(f"{route} does not open this ore: {way.name} taken")
    if left_out:
        notes.append("kept as residue, no traded commodity: " + ", ".join(left_out))
    if way.cerium_recovery.point < way.recovery.point / 2:
        notes.append(f"cerium left behind: {1 - way.cerium_recovery.point:.0%} stays in the leach residue")
    return ProcessCost(
        site=site,
        feed=ore,
        yields={p: t for p, t in inventory.products.items() if p in separation.traded},
        lines=tuple(lines),
        reagents_t=inventory.reagents,
        low_usd_per_t=max(total - sqrt(spread_low), 0.0),
        high_usd_per_t=total + sqrt(spread_high),
        notes=tuple(notes),
    )


def _amounts(separation: Separation, inventory: Inventory, tree: Circuit, site: str) -> list[tuple[str, float, Band]]:
    """Everything that is paid for: item, amount per t REO fed, relative band of the amount.

    A site's own operating cost covers labour, power and steam, but not the power of a chlor-alkali loop.
    """
    own_cost = site in separation.operating
    loop_kwh = inventory.hcl.made * separation.parameters["chlor-alkali-power"]
    extracted = inventory.dissolved if tree.cuts else 0.0
    solvent, diluent = separation.losses[tree.extractant]
    flat = Band(1.0, 1.0, 1.0)
    way = separation.routes[inventory.route]

    def relative(item: str) -> Band:
        own = [i.amount for i in way.items if i.item == item]
        point = sum(b.point for b in own)
        return Band(1.0, sum(b.low for b in own) / point, sum(b.high for b in own) / point) if point else flat

    paid = [(k, v, relative(k)) for k, v in inventory.reagents.items()]
    paid += [
        ("power", loop_kwh if own_cost else inventory.power_kwh, flat if own_cost else relative("power")),
        ("heat", 0.0 if own_cost else inventory.heat_gj, relative("heat")),
        ("water", inventory.water_m3, relative("water")),
        ("p507", solvent * extracted / 1000, Band(1.0, 0.5, 1.5)),
        ("kerosene", diluent * extracted / 1000, Band(1.0, 0.5, 1.5)),
        ("salt-disposal", sum(inventory.salts.values()), flat),
        *(
            (d, sum(v for k, v in inventory.wastes.items() if DISPOSAL.get(k) == d), flat)
            for d in sorted(set(DISPOSAL.values()))
        ),
        (OPERATING if own_cost else tree.labour, 1.0, flat),
    ]
    return [row for row in paid if row[1] > 0]
