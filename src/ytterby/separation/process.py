"""Separation at a site: what comes out of one t REO of an ore, what it takes and what it costs there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.separation.circuit import UNFINISHED, Circuit, CircuitFlows, Cut, read_circuit, run_circuit
from ytterby.separation.design import CircuitDesign, design
from ytterby.separation.factors import Basis, Factors, read_factors
from ytterby.separation.feeds import (
    HEAVY_CONCENTRATE,
    LIGHT_CONCENTRATE,
    SCRAP,
    Feed,
    feed_from_ores,
    read_feed,
)
from ytterby.separation.inventory import AcidUse, Inventory, take_inventory
from ytterby.separation.parameters import CircuitParameters, read_parameters
from ytterby.separation.prices import PriceBook, Quotation
from ytterby.separation.routes import CrackingRoute, choose_route, read_routes
from ytterby.world import World
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Band, Confidence, CostLine, ProcessCost

SITE_COSTS, OPERATING = "site_costs", "separation-opex"
"""Table and item of a site's own operating cost without reagents: labour, power, steam, upkeep, overhead."""

DISPOSAL = {
    "residue": "residue-disposal",
    "neutralisation-residue": "residue-disposal",
    "radioactive-residue": "radioactive-disposal",
}
"""Wastes of a route that are paid for by the tonne, and the price row that pays them."""


class Separation:
    """Separation as a world knows it: routes, circuits, factors and prices, computed once for each feed
    and circuit."""

    def __init__(self, world: World, *, year: float = 2024.0, basis: Basis = "measured") -> None:
        self.world = world
        self.basis: Basis = basis
        self.parameters: CircuitParameters = read_parameters(world)
        self.routes: Mapping[str, CrackingRoute] = read_routes(world)
        self.prices = PriceBook(world, year)
        self._factors: dict[str, Factors] = {}
        self._circuits: dict[str, Circuit] = {}
        self._feeds: dict[str, Feed] = {}
        self._inventories: dict[tuple[str, str, str, Basis], Inventory] = {}
        self._flows: dict[tuple[str, str, str, Basis], CircuitFlows] = {}

    @cached_property
    def _ores(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.world.table("ores"), self.world.table("ore_elements")

    @cached_property
    def site_processes(self) -> pd.DataFrame:
        """Table ``site_processes`` by site, with the site's country where ``sites`` knows it."""
        rows = self.world.table("site_processes").set_index("site")
        rows["country"] = self.world.table("sites").set_index("site")["country"].reindex(rows.index).fillna("")
        return rows

    @cached_property
    def _operating(self) -> Mapping[str, Quotation]:
        """Operating cost without reagents, USD/t REO fed, of the sites that table ``site_costs`` knows."""
        if SITE_COSTS not in self.world.table_names:
            return {}
        rows = self.world.table(SITE_COSTS)
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

    @cached_property
    def _carbon(self) -> Mapping[str, float]:
        rows = self.world.table("reagents")
        return dict(zip(rows["reagent"], rows["kg_co2e_per_unit"], strict=True))

    @cached_property
    def _commodities(self) -> frozenset[str]:
        return frozenset(self.world.table("commodities")["commodity"])

    def factors(self, extractant: str) -> Factors:
        """Separation factors of one extractant."""
        if extractant not in self._factors:
            self._factors[extractant] = read_factors(self.world, extractant)
        return self._factors[extractant]

    def chemistry(self, tree: Circuit) -> Mapping[str, Factors]:
        """Separation factors of every extractant of a circuit."""
        return {e: self.factors(e) for e in tree.extractants}

    def betas(self, tree: Circuit, basis: Basis | None = None) -> Mapping[str, NDArray[np.float64]]:
        """Neighbouring factors of every extractant of a circuit, on one basis."""
        return {e: f.betas(basis or self.basis) for e, f in self.chemistry(tree).items()}

    def run(self, tree: Circuit, liquor: Feed, basis: Basis | None = None) -> CircuitFlows:
        """A circuit computed for a liquor at the world's parameters."""
        return run_circuit(
            tree,
            liquor,
            self.chemistry(tree),
            self.betas(tree, basis),
            margin=self.parameters["reflux-margin"],
            link_share=self.parameters["link-share"],
        )

    def circuit(self, name: str) -> Circuit:
        """One circuit of the world; ``<name>:unfinished`` is it without the cut of lanthanum from cerium."""
        if name not in self._circuits:
            whole = read_circuit(self.world, name.removesuffix(UNFINISHED))
            self._circuits[name] = whole.unfinished() if name.endswith(UNFINISHED) else whole
        return self._circuits[name]

    def feed(self, name: str) -> Feed:
        """A feed by its name: an ore, ``scrap``, ``seg-heavy:<ore>``, ``lace-carbonate:<ore>``, or written out.

        Written out, it is a list of oxide shares such as ``La=26,Ce=50.5,Pr=5,Nd=16.5,Sm=2``.
        """
        if name not in self._feeds:
            plain = name != SCRAP and "=" not in name
            self._feeds[name] = feed_from_ores(*self._ores, name) if plain else read_feed(self.world, name)
        return self._feeds[name]

    def route(self, preferred: str, ore: str) -> CrackingRoute:
        """The route that an ore takes: the preferred one where it opens the mineral, otherwise the first
        that does."""
        concentrate = not ore.startswith((HEAVY_CONCENTRATE, LIGHT_CONCENTRATE))
        return choose_route(self.routes, preferred, self.feed(ore).mineral, concentrate)

    def inventory(self, ore: str, circuit: str, route: str | None = None, basis: Basis | None = None) -> Inventory:
        """Reagents, wastes and products of one t REO of an ore in a circuit, by the route's own chemistry."""
        tree = self.circuit(circuit)
        way = self.route(route or tree.route, ore)
        used = basis or self.basis
        key = (ore, circuit, way.name, used)
        if key not in self._inventories:
            self._inventories[key] = take_inventory(
                self.feed(ore), way, self._run(ore, tree, way, used), self.parameters, self._carbon
            )
        return self._inventories[key]

    def flows(self, ore: str, circuit: str, route: str | None = None, basis: Basis | None = None) -> CircuitFlows:
        """Cuts of a circuit for an ore's liquor, per mol RE in the liquor."""
        tree = self.circuit(circuit)
        return self._run(ore, tree, self.route(route or tree.route, ore), basis or self.basis)

    def _run(self, ore: str, tree: Circuit, way: CrackingRoute, basis: Basis) -> CircuitFlows:
        key = (ore, tree.name, way.name, basis)
        if key not in self._flows:
            self._flows[key] = self.run(tree, way.leach(self.feed(ore))[0], basis)
        return self._flows[key]

    def acid(
        self,
        route: str,
        ore: str,
        slate: str = "cn-p507",
        linked: bool | None = None,
        *,
        basis: Basis | None = None,
    ) -> AcidUse:
        """Hydrochloric acid for one t REO: ``route`` names a cracking route or a site, ``slate`` a circuit.

        ``linked`` None keeps the circuit as it is; True or False links or unlinks its cuts.
        """
        preferred = str(self.site_processes.loc[route, "route"]) if route in self.site_processes.index else route
        tree = self.circuit(slate)
        way = self.route(preferred, ore)
        if linked is not None and linked != tree.linked:
            tree = tree.link(linked)
            flows = self.run(tree, way.leach(self.feed(ore))[0], basis)
            return take_inventory(self.feed(ore), way, flows, self.parameters).hcl
        return self.inventory(ore, slate, preferred, basis).hcl

    def process(self, site: str, ore: str, *, finished: bool = True) -> ProcessCost:
        """What one separation site makes of one t REO of an ore, and at what cost at its country's prices.

        ``ore``: an ore, or ``seg-heavy:<ore>`` for what a light-only plant leaves. Yields are t of
        commodity per t
        REO fed. ``finished`` False leaves lanthanum and cerium together as ``lace-carbonate`` and saves what
        splitting them takes, so that a market can leave it undone. A product that is no traded commodity
        is left out and named in the notes. Raises
        UnknownNameError.
        """
        if site not in self.site_processes.index:
            raise UnknownNameError("separation site", site, self.site_processes.index)
        row = self.site_processes.loc[site]
        circuit = str(row["circuit"]) + ("" if finished else UNFINISHED)
        return self.cost(ore, circuit, str(row["route"]), str(row["country"]), site)

    def cost(self, ore: str, circuit: str, route: str | None, country: str, site: str = "") -> ProcessCost:
        """:class:`ProcessCost` of an ore in a circuit at one country's prices."""
        inventory = self.inventory(ore, circuit, route)
        tree = self.circuit(circuit)
        low, high = (self.inventory(ore, circuit, route, b).hcl.net for b in ("high", "low"))
        swing = (
            Band(1.0, min(low / inventory.hcl.net, 1.0), max(high / inventory.hcl.net, 1.0))
            if inventory.hcl.net
            else Band(1.0, 1.0, 1.0)
        )
        lines, spread_low, spread_high = [], 0.0, 0.0
        for item, amount, own in self._amounts(inventory, tree, site):
            quotation = self._operating[site] if item == OPERATING else self.prices.quotation(item, country)
            cost = amount * quotation.price.point
            relative = swing if item in ("hcl", inventory.base, "salt-disposal") else own
            lines.append(CostLine(item, cost, quotation.source, quotation.confidence))
            spread_low += (cost * (1 - relative.low * quotation.price.low / (quotation.price.point or 1.0))) ** 2
            spread_high += (cost * (relative.high * quotation.price.high / (quotation.price.point or 1.0) - 1)) ** 2
        total = sum(line.usd_per_t for line in lines)
        left_out = [p for p in inventory.products if p not in self._commodities]
        way = self.route(route or tree.route, ore)
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
            yields={p: t for p, t in inventory.products.items() if p in self._commodities},
            lines=tuple(lines),
            reagents_t=inventory.reagents,
            low_usd_per_t=max(total - sqrt(spread_low), 0.0),
            high_usd_per_t=total + sqrt(spread_high),
            notes=tuple(notes),
        )

    def _amounts(self, inventory: Inventory, tree: Circuit, site: str) -> list[tuple[str, float, Band]]:
        """Everything that is paid for: item, amount per t REO fed, relative band of the amount.

        A site's own operating cost covers labour, power and steam, but not the power of a chlor-alkali loop.
        """
        own_cost = site in self._operating
        loop_kwh = inventory.hcl.made * self.parameters["chlor-alkali-power"]
        extracted = inventory.dissolved if tree.cuts else 0.0
        flat = Band(1.0, 1.0, 1.0)
        way = self.routes[inventory.route]

        def relative(item: str) -> Band:
            own = [i.amount for i in way.items if i.item == item]
            point = sum(b.point for b in own)
            return Band(1.0, sum(b.low for b in own) / point, sum(b.high for b in own) / point) if point else flat

        paid = [(k, v, relative(k)) for k, v in inventory.reagents.items()]
        paid += [
            ("power", loop_kwh if own_cost else inventory.power_kwh, flat if own_cost else relative("power")),
            ("heat", 0.0 if own_cost else inventory.heat_gj, relative("heat")),
            ("water", inventory.water_m3, relative("water")),
            ("p507", self._loss(tree.extractant, "loss_kg_per_t") * extracted / 1000, Band(1.0, 0.5, 1.5)),
            ("kerosene", self._loss(tree.extractant, "diluent_loss_kg_per_t") * extracted / 1000, Band(1.0, 0.5, 1.5)),
            ("salt-disposal", sum(inventory.salts.values()), flat),
            *(
                (d, sum(v for k, v in inventory.wastes.items() if DISPOSAL.get(k) == d), flat)
                for d in sorted(set(DISPOSAL.values()))
            ),
            (OPERATING if own_cost else tree.labour, 1.0, flat),
        ]
        return [row for row in paid if row[1] > 0]

    @cached_property
    def _losses(self) -> pd.DataFrame:
        return self.world.table("extractants").set_index("extractant")

    def _loss(self, extractant: str, column: str) -> float:
        return float(self._losses[column].to_dict()[extractant])

    def design(
        self, ore: str, circuit: str | Circuit, route: str | None = None, *, simulate: bool = True
    ) -> CircuitDesign:
        """Design a circuit for an ore: stages, purities, profiles; ``circuit`` names a file or is one's
        own tree.

        ``simulate`` False gives shortcut stages only, about thirty times faster.
        """
        tree = self.circuit(circuit) if isinstance(circuit, str) else circuit
        return design(
            self.feed(ore),
            tree,
            self.route(route or tree.route, ore),
            self.chemistry(tree),
            self.parameters,
            basis=self.basis,
            simulate=simulate,
        )

    def finishing(self, country: str, ore: str = "") -> ProcessCost:
        """Splitting one t REO of a La-Ce carbonate into lanthanum and cerium oxide: the cost that can be
        avoided.

        ``ore``: whose La-Ce; default the bastnaesite mix of one part lanthanum to two of cerium.
        """
        name = f"{LIGHT_CONCENTRATE}:{ore}" if ore else LIGHT_CONCENTRATE
        if not ore and name not in self._feeds:
            self._feeds[name] = Feed.of_shares(name, {"La": 1 / 3, "Ce": 2 / 3})
        self._circuits.setdefault(
            "finish-la-ce",
            Circuit(
                "finish-la-ce",
                "Lanthanum from cerium",
                (Cut("la-ce", "feed", ("La", "Ce")),),
                {"la-oxide": "la-ce.raffinate", "ce-oxide": "la-ce.extract"},
                route="chemical-concentrate",
            ),
        )
        return self.cost(name, "finish-la-ce", None, country)

    def split_ndpr(self, country: str) -> ProcessCost:
        """Splitting one t of didymium oxide (75 : 25) into neodymium and praseodymium oxide."""
        name = f"{HEAVY_CONCENTRATE}-ndpr"
        self._feeds.setdefault(name, Feed.of_shares(name, {"Pr": 0.25, "Nd": 0.75}))
        self._circuits.setdefault(
            "split-ndpr",
            Circuit(
                "split-ndpr",
                "Neodymium from praseodymium",
                (Cut("pr-nd", "feed", ("Pr", "Nd")),),
                {"pr-oxide": "pr-nd.raffinate", "nd-oxide": "pr-nd.extract"},
                route="chemical-concentrate",
            ),
        )
        return self.cost(name, "split-ndpr", None, country)


def worst(*grades: Confidence) -> Confidence:
    """The weakest of several grades."""
    return max(grades, key=lambda g: g.value)
