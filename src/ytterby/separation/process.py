"""Separation at a site: what comes out of one t REO of an ore, what it takes and what it costs there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.separation.circuit import UNFINISHED, Circuit, CircuitFlows, Cut, read_circuit, run_circuit
from ytterby.separation.costing import OPERATING, SITE_COSTS, cost_of, operating_costs
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
from ytterby.world.terms import Confidence, ProcessCost

__all__ = ["OPERATING", "SITE_COSTS", "Separation", "worst"]


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
    def operating(self) -> Mapping[str, Quotation]:
        """Operating cost without reagents, USD/t REO fed, of the sites that table ``site_costs`` knows."""
        return operating_costs(self.world)

    @cached_property
    def _carbon(self) -> Mapping[str, float]:
        rows = self.world.table("reagents")
        return dict(zip(rows["reagent"], rows["kg_co2e_per_unit"], strict=True))

    @cached_property
    def traded(self) -> frozenset[str]:
        """Commodities that a market knows."""
        return frozenset(self.world.table("commodities")["commodity"])

    @cached_property
    def losses(self) -> Mapping[str, tuple[float, float]]:
        """Losses of extractant and diluent, kg per t REO extracted, by extractant."""
        rows = self.world.table("extractants")
        lost = (rows[c].astype(float) for c in ("loss_kg_per_t", "diluent_loss_kg_per_t"))
        return dict(zip(rows["extractant"], zip(*lost, strict=True), strict=True))

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
        return cost_of(self, ore, circuit, route, country, site)

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
