"""Tables that put answers side by side: routes of an ore, factors of a circuit, cheapest sequences, magnets."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ytterby.separation.circuit import Circuit, run_circuit
from ytterby.separation.downstream import downstream
from ytterby.separation.factors import Factors
from ytterby.separation.feeds import Feed
from ytterby.separation.inventory import take_inventory
from ytterby.separation.process import Separation
from ytterby.separation.stoichiometry import BASE_EQUIVALENTS, CHARGE, MOLAR_MASS, SALT_OF_BASE
from ytterby.separation.synthesis import Weights, synthesise
from ytterby.world.elements import oxide_molar_mass_per_atom

HOLDUP_SHARE = 0.0005
"""Cost of a mole held over that of a mole of fresh organic; see :class:`~ytterby.separation.synthesis.Weights`."""
G_PER_T = 1e6


def route_table(separation: Separation, feed: str) -> pd.DataFrame:
    """One row an item of every route that opens a feed: step, item, amount with its band, unit, source, grade.

    The route's own acid for dissolution, recovery and cerium recovery are rows too; impurities and radioactivity are
    rows with a text in place of an amount.
    """
    mineral = separation.feed(feed).mineral
    rows: list[dict[str, object]] = []
    for route in separation.routes.values():
        if mineral and not route.opens(mineral):
            continue

        def row(step: str, item: str, amount: object, unit: str, name: str = route.name, grade: str = "") -> None:
            rows.append({"route": name, "step": step, "item": item, "amount": amount, "unit": unit, "grade": grade})

        row("leach", "recovery", route.recovery.point, "share", grade=route.confidence)
        row("leach", "recovery of cerium", route.cerium_recovery.point, "share", grade=route.confidence)
        row("leach", "hcl to dissolve", route.hcl_mol_per_mol_re, "mol/mol RE", grade=route.confidence)
        for item in route.items:
            row(item.step, item.item, item.amount.point, item.unit, grade=item.confidence)
        row("leach", "impurities", route.impurities, "", grade=route.confidence)
        row("leach", "radioactivity", route.radioactivity, "", grade=route.confidence)
    return pd.DataFrame(rows, columns=["route", "step", "item", "amount", "unit", "grade"])


def factor_table(separation: Separation, circuit: str) -> pd.DataFrame:
    """Neighbouring separation factors of a circuit's extractants, then the measured spans that check their products."""
    rows: list[dict[str, object]] = []
    for factors in separation.chemistry(separation.circuit(circuit)).values():
        for pair in factors.pairs:
            rows.append(
                {
                    "extractant": factors.extractant,
                    "pair": f"{pair.heavier}/{pair.lighter}",
                    "beta": pair.band.point,
                    "low": pair.band.low,
                    "high": pair.band.high,
                    "measurements": pair.measurements,
                    "basis": pair.band.basis,
                    "grade": pair.confidence.value,
                }
            )
        rows += _spans(separation, factors)
    return pd.DataFrame(rows)


def _spans(separation: Separation, factors: Factors) -> list[dict[str, object]]:
    """Pairs that are no neighbours and were measured: the measurement beside the product of the links."""
    table = separation.world.table("separation_factors")
    own = table[(table["extractant"] == factors.extractant) & table["basis"].isin(["measured", "published"])]
    rows: list[dict[str, object]] = []
    for (heavier, lighter), group in own.groupby(["heavier", "lighter"]):
        if factors.position[str(heavier)] - factors.position[str(lighter)] < 2:
            continue
        chained, _ = factors.between(str(heavier), str(lighter))
        measured = float(group["beta"].median())
        rows.append(
            {
                "extractant": factors.extractant,
                "pair": f"{heavier}/{lighter}",
                "beta": chained.point,
                "low": chained.low,
                "high": chained.high,
                "measurements": len(group),
                "basis": f"chained from neighbours; measured {measured:.3g}",
                "grade": "C",
            }
        )
    return rows


def weights_of(separation: Separation, country: str, base: str, feed: Feed) -> Weights:
    """What a mole of fresh organic costs at a country's prices, USD: acid, base, salt; and cerium oxidation.

    Per mole of rare earth 3 mol HCl, 3 mol of base equivalents and the chloride they leave.
    """
    price = separation.prices
    acid = CHARGE * MOLAR_MASS["hcl"] * price.quotation("hcl", country).price.point
    alkali = CHARGE / BASE_EQUIVALENTS[base] * MOLAR_MASS[base] * price.quotation(base, country).price.point
    salt = SALT_OF_BASE[base]
    brine = CHARGE / BASE_EQUIVALENTS[base] * MOLAR_MASS[salt] * price.quotation("salt-disposal", country).price.point
    mole = (acid + alkali + brine) / G_PER_T
    oxidation = separation.parameters["cerium-oxidation"] * oxide_molar_mass_per_atom("Ce") / 1000
    return Weights(
        per_extraction=mole,
        per_holdup=HOLDUP_SHARE * mole,
        cerium_oxidation=oxidation if feed.moles.get("Ce") else None,
        margin=separation.parameters["reflux-margin"],
        purity=separation.parameters["purity"],
    )


def product_groups(circuit: Circuit, feed: Feed, separation: Separation) -> list[list[str]]:
    """Elements of each product of a circuit for a feed, runs of its extractant's order, least extractable first.

    Elements of the order that the feed lacks go with the group before them.
    """
    order = separation.factors(circuit.extractant).order
    outlets = separation.run(circuit, feed).outlets
    place = {e: p for p, elements in outlets.items() for e in elements}
    groups: list[list[str]] = []
    last = ""
    for e in order:
        own = place.get(e, last)
        if own != last or not groups:
            groups.append([])
        groups[-1].append(e)
        last = own
    return groups


def cheapest_table(separation: Separation, feed: str, circuit: str, country: str) -> pd.DataFrame:
    """A circuit's slate by its own tree and by the cheapest ones: extraction amounts, acid, reagent cost.

    Rows: the tree as it is filed, unlinked and linked; the cheapest sequence of cuts with two outlets; with cascades of
    three outlets; both linked; and with cerium oxidised beforehand where that pays. Columns: ``sequence``, ``cuts``,
    ``three_outlets``, ``S`` and ``fresh`` (mol per mol RE in the liquor), ``hcl_t`` (used up, t/t REO fed),
    ``usd_per_t`` (acid, base, salt and oxidation of the extraction, USD/t REO fed), ``order`` (the splits, in turn).
    """
    tree = separation.circuit(circuit)
    ore = separation.feed(feed)
    route = separation.route(tree.route, feed)
    liquor, _, moles = route.leach(ore)
    weights = weights_of(separation, country, tree.base, liquor)
    groups = product_groups(tree, liquor, separation)
    factors = separation.factors(tree.extractant)
    share = separation.parameters["link-share"]
    kmol = 1000 * moles

    def row(name: str, made: Circuit, removed: bool) -> dict[str, object]:
        left = {e: n for e, n in liquor.moles.items() if not (removed and e == "Ce")}
        kept = sum(left.values())
        fed = Feed.of_moles(liquor.name, left, liquor.mineral)
        chemistry = separation.chemistry(made)
        margin = separation.parameters["reflux-margin"]
        flows = run_circuit(made, fed, chemistry, separation.betas(made), margin=margin, link_share=share)
        cerium = liquor.moles.get("Ce", 0.0) * (weights.cerium_oxidation or 0.0) if removed else 0.0
        whole = take_inventory(ore, route, flows, separation.parameters).hcl
        acid = whole.dissolution * (kept if removed else 1.0) + whole.gangue + whole.extraction * kept
        return {
            "sequence": name + (", cerium oxidised" if removed else ""),
            "cuts": len(made.cuts),
            "three_outlets": sum(c.upper_split is not None for c in made.cuts),
            "S": flows.extraction * kept,
            "fresh": flows.fresh * kept,
            "hcl_t": acid,
            "usd_per_t": 1000 * kmol * (flows.fresh * kept * weights.per_extraction + cerium),
            "order": ", ".join("|".join((*c.split, *(c.upper_split or ())[1:])) for c in made.cuts),
        }

    rows = [
        row("as filed, unlinked", tree.link(False), False),
        row("as filed, linked", tree.link(True), False),
    ]
    plain = Weights(weights.per_extraction, weights.per_holdup, None, weights.margin, weights.purity)
    options: Sequence[tuple[str, bool, bool, Weights]] = (
        ("cheapest, two outlets", False, False, plain),
        ("cheapest, three outlets", True, False, plain),
        ("cheapest, two outlets, linked", False, True, plain),
        ("cheapest, three outlets, linked", True, True, plain),
        ("cheapest of all", True, True, weights),
    )
    for name, three, linked, price in options:
        found = synthesise(
            liquor, groups, factors, price, basis=separation.basis, three_outlets=three,
            link_share=share if linked else None,
        )  # fmt: skip
        rows.append(row(name, found.circuit, found.cerium_removed))
    table = pd.DataFrame(rows)
    return table.assign(hcl_over_filed=table["hcl_t"] / table["hcl_t"].iloc[0])


def magnet_table(separation: Separation, countries: Sequence[str]) -> pd.DataFrame:
    """Oxide to finished magnet at each country's costs: material gross and net of swarf, power, conversion."""
    steps = downstream(separation.world)
    rows = []
    for country in countries:
        metal = steps.metal(country)
        rows.append(
            {
                "country": country,
                "product": "didymium metal",
                "gross_kg_per_kg": metal.oxide_kg_per_kg.point,
                "net_kg_per_kg": metal.oxide_kg_per_kg.point,
                "swarf_kg_per_kg": 0.0,
                "kwh_per_kg": metal.kwh_per_kg.point,
                "usd_per_kg": metal.usd_per_kg.point,
                "low": metal.usd_per_kg.low,
                "high": metal.usd_per_kg.high,
                "heavy_share": float("nan"),
                "grade": metal.confidence.value,
            }
        )
        for diffusion in (False, True):
            made = steps.magnet(country, diffusion=diffusion)
            rows.append(
                {
                    "country": country,
                    "product": "magnet, grain boundaries diffused" if diffusion else "magnet",
                    "gross_kg_per_kg": made.gross_kg_per_kg.point,
                    "net_kg_per_kg": made.net_kg_per_kg.point,
                    "swarf_kg_per_kg": made.swarf_kg_per_kg,
                    "kwh_per_kg": made.kwh_per_kg,
                    "usd_per_kg": made.usd_per_kg.point,
                    "low": made.usd_per_kg.low,
                    "high": made.usd_per_kg.high,
                    "heavy_share": steps.heavy_factor(country) if diffusion else 1.0,
                    "grade": made.confidence.value,
                }
            )
    return pd.DataFrame(rows)
