"""World and date -> the network that the market solves: where the domain rooms meet."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ytterby.balance import BalancedYear, reconcile
from ytterby.chain import contents, observed
from ytterby.chain.contracts import add_offtakes, add_stockpiles, price_floors
from ytterby.chain.deck import cost_build_up, reference_deck, unsplit_value
from ytterby.chain.draft import Draft
from ytterby.chain.habits import with_habits
from ytterby.chain.limits import add_limits
from ytterby.chain.making import Maker, add_acceptance, add_magnets, add_metal
from ytterby.chain.network import Network
from ytterby.chain.origin import LISTED
from ytterby.chain.reach import within_reach
from ytterby.chain.separators import add_new_separators, add_separators
from ytterby.chain.settings import Settings, dated, read_settings
from ytterby.chain.stocks import add_stocks
from ytterby.chain.supply import (
    CONCENTRATE,
    KG_PER_T,
    LEFTOVER,
    SiteFacts,
    add_mines,
    add_stores,
    site_facts,
)
from ytterby.chain.taxes import duties
from ytterby.chain.trade import Places, link_table, offers, with_decisions, with_freight
from ytterby.chain.use import close_gaps, demand_rows, demand_table, scaled, slack, use_factors
from ytterby.routes import Router
from ytterby.rules import Rules
from ytterby.rules.value import price_deck
from ytterby.separation import Separation
from ytterby.separation.downstream import downstream
from ytterby.world import World
from ytterby.world.choices import choice
from ytterby.world.terms import Stage

ANCHOR_STAGES = ("oxide",)
SURPLUS_BY_DESIGN = ("la-oxide", "ce-oxide", "lace-carbonate")
"""Products of an avoidable step: their price follows from its cost, so nothing is closed for them."""


@dataclass(frozen=True)
class Reference:
    """What a case is measured against: the gaps of the balanced year and the flows of the case without limits."""

    gaps: pd.DataFrame
    """node, commodity, place, gap_t, supply_t."""
    factors: pd.Series | None = None
    """Scale of recorded use to the balanced base year, by (place, commodity)."""
    flows: pd.DataFrame | None = None
    """commodity, origin_tag, from_place, to_place, t."""
    anchors: pd.Series | None = None
    """Cost of every node at observed prices in the base case, USD/t: buyers keep their willingness to pay."""
    stocks: pd.DataFrame | None = None
    """What users hold where the year begins (``chain.stocks.opening_stocks``); None: nothing to draw on."""


class Assembly:
    """The steps from a world to a network, each computed once and open to inspection."""

    def __init__(self, world: World, year: int, base_year: int | None = None) -> None:
        self.world = world
        self.year = year
        self.base_year = base_year or year

    @cached_property
    def settings(self) -> Settings:
        """Choices and conventions."""
        return read_settings(self.world)

    @cached_property
    def day(self) -> str:
        """The date on which rules and ways are asked."""
        return self.settings.day(self.year)

    @cached_property
    def balanced(self) -> BalancedYear:
        """The reconciled year."""
        return reconcile(self.world, self.year)

    @cached_property
    def facts(self) -> SiteFacts:
        """What operates."""
        return site_facts(self.world, f"{self.year}-{self.settings.rules_day}", self.settings)

    @cached_property
    def separation(self) -> Separation:
        """Processes of separators and of the makers of metal and magnets."""
        return Separation(self.world)

    @cached_property
    def rules(self) -> Rules:
        """Every regime on the day."""
        return Rules(self.world, datetime.date.fromisoformat(self.day))

    @cached_property
    def claiming_country(self) -> str:
        """The jurisdiction whose material carries the tag ``listed``."""
        return choice(self.world, "claiming-country")

    @cached_property
    def draft(self) -> Draft:
        """Activities and nodes."""
        draft = Draft()
        add_mines(draft, self.facts, self.balanced, self.world, self.settings)
        ores = {n.commodity.split(":", 1)[1] for n in draft.nodes.values() if n.commodity.startswith(CONCENTRATE)}
        separation = self.separation
        add_separators(draft, self.facts, separation, ores, {self.claiming_country: True})
        expansion = self.world.table("expansion_costs").set_index("stage")
        if self.settings.new_plants and not bool(expansion.at[Stage.SEPARATION.value, "bounded"]):
            capital = float(str(expansion.at[Stage.SEPARATION.value, "capital_usd_per_t"]))
            annual = capital * self.settings.capital_charge
            add_new_separators(draft, self.facts, separation, ores, {self.claiming_country: True}, annual)
        add_metal(draft, self.facts, self.maker("metal"), pd.Series(dtype=float))
        magnets = self.balanced.by("place", stage="magnet", kind="magnets")
        add_magnets(
            draft,
            self.facts,
            self.maker("magnet"),
            self.controlled_metals,
            magnets,
            self.settings.tied_supply_share,
        )
        tags: dict[str, set[str]] = {}
        for node in draft.nodes.values():
            tags.setdefault(node.commodity, set()).add(node.tag)
        for commodity, group in self.demand_rows.groupby("commodity"):
            add_acceptance(draft, str(commodity), sorted(group["place"].unique()), tags.get(str(commodity), set()))
        add_stores(draft, self.settings)
        return draft

    def maker(self, stage: str) -> Maker:
        """Steps, contents and the cost of new capacity for metal or magnets."""
        capital = self.world.table("expansion_costs").set_index("stage")["capital_usd_per_t"]
        kinds = self.column("commodities", "commodity", "kind")
        fixed = {c for c, k in kinds.items() if k in ("oxide", "metal", "magnet")}
        return Maker(
            downstream=downstream(self.world),
            contents=contents.content_table(self.world, fixed),
            kinds=kinds,
            new_usd_per_t=float(capital[stage]) * self.settings.capital_charge
            if self.settings.new_plants
            else float("nan"),
            dominant=self.claiming_country,
        )

    @cached_property
    def demand_rows(self) -> pd.DataFrame:
        """Final use of the year."""
        return demand_rows(self.world, self.year, self.day, self.settings)

    @cached_property
    def use_factors(self) -> pd.Series:
        """Scale of recorded use to the balanced year."""
        return use_factors(self.demand_rows, self.balanced)

    @cached_property
    def place_country(self) -> dict[str, str]:
        """The country whose law a place stands under."""
        return self.column("place_law", "place", "country")

    def column(self, table: str, key: str, value: str) -> dict[str, str]:
        """One text column of a table by its key."""
        rows = self.world.table(table)
        return dict(zip(rows[key].astype(str), rows[value].astype(str), strict=True))

    @cached_property
    def controlled_metals(self) -> set[str]:
        """Metals whose origin re-export rules ask about."""
        return {f"{e.lower()}-metal" for e in choice(self.world, "claimed-elements").split("|")}

    @cached_property
    def places(self) -> Places:
        """Customs countries and hubs."""
        site_hub = self.column("site_hubs", "site", "hub")
        largest: dict[tuple[str, str], tuple[float, str]] = {}
        for activity in self.draft.activities:
            if activity["kind"] == "mine" and activity["site"]:
                site, size = str(activity["site"]), float(activity["capacity_t"])
                ore = str(self.facts.sites["ore"].to_dict()[site])
                key = (f"{CONCENTRATE}:{ore}", str(activity["place"]))
                if site in site_hub and size > largest.get(key, (-1.0, ""))[0]:
                    largest[key] = (size, site_hub[site])
        hubs = self.column("place_hubs", "place", "hub")
        return Places(self.place_country, hubs, {k: h for k, (_, h) in largest.items()})

    @cached_property
    def trade(self) -> pd.DataFrame:
        """Every pair that could trade, with freight, decision and duty."""
        forms = self.world.table("commodity_forms").set_index("commodity")["form"]
        pairs = offers(self.draft)
        form = dict(zip(pairs["commodity"], pairs["commodity"].str.split(":").str[0].map(forms), strict=True))
        table = with_freight(pairs, Router(self.world, on=self.day), self.places, form)
        deck = price_deck(self.world, self.reference_place, self.base_year)
        return with_decisions(table, self.rules, self.places, self.claiming_country, deck)

    @cached_property
    def reference_place(self) -> str:
        """The place whose observed prices anchor the year."""
        return next(p for p, c in self.place_country.items() if c == self.claiming_country)

    @cached_property
    def base_prices(self) -> pd.Series:
        """Observed prices of the oxides at the place of reference, USD/t by node."""
        place = self.reference_place
        deck = reference_deck(self.world, place, self.base_year)
        kind = self.column("commodities", "commodity", "kind")
        rows = {
            self.draft.node(c, LISTED, place): p * KG_PER_T
            for c, p in deck.usd_per_kg.items()
            if kind.get(c) in ANCHOR_STAGES
        }
        made = {r["node"] for r in self.draft.recipes if float(r["coefficient"]) > 0}
        observed_prices = pd.Series({n: p for n, p in rows.items() if n in made}, dtype=float)
        unsplit = unsplit_value(self.draft, observed_prices, place)
        both: pd.Series = pd.concat([observed_prices, unsplit])
        return both

    @property
    def anchored(self) -> set[str]:
        """Commodities whose observed price the year's demand is anchored on and whose gap is closed."""
        if self.year != self.base_year:
            return set()
        names = {self.draft.nodes[n].commodity for n in self.base_prices.index}
        return {c for c in names if c not in SURPLUS_BY_DESIGN}

    def links(self, reference: Reference | None = None) -> pd.DataFrame:
        """Lawful links with freight and duty."""
        forms = self.column("product_forms", "form", "source")
        flows = reference.flows if reference else None
        untaxed = link_table(self.trade, pd.Series(dtype=float), flows, forms)
        duty = duties(self.trade, self.anchors(untaxed), self.world, self.day, self.places)
        pair, way = (pd.MultiIndex.from_frame(table[["from_node", "to_node"]]) for table in (self.trade, untaxed))
        return untaxed.assign(duty_usd_per_t=duty.set_axis(pair).reindex(way).to_numpy())

    def anchors(self, links: pd.DataFrame) -> pd.Series:
        """Cost of every node at observed oxide prices, USD/t."""
        return cost_build_up(self.base_prices, self.draft.activity_table(), self.draft.recipe_table(), links)

    def network(self, reference: Reference | None = None, *, measure_gaps: bool = False) -> Network:
        """Return the network; with ``measure_gaps`` the one in which recorded use is fixed and oxides have slack."""
        links = self.links(reference)
        cost = self.anchors(links)
        if reference is not None and reference.anchors is not None:
            cost = reference.anchors.reindex(cost.index.union(reference.anchors.index)).fillna(cost)
        factors = reference.factors if reference is not None and reference.factors is not None else self.use_factors
        demands = demand_table(scaled(self.demand_rows, factors), cost, self.draft, self.settings.saturation_share)
        draft = self.draft
        if measure_gaps:
            draft = draft.copy()
            demands = demands.assign(elasticity=0.0, choke_usd_per_t=demands["choke_usd_per_t"] * 1e3)
            for activity in draft.activities:
                if activity["kind"] == "mine":
                    activity["minimum_t"] = activity["capacity_t"]
                if str(activity["activity"]).startswith((f"store:{CONCENTRATE}", f"store:{LEFTOVER}")):
                    activity["cost_usd_per_t"] = float(cost.max()) * self.settings.value_of_slack
            slack(draft, list(self.base_prices.index), cost, self.settings)
        elif reference is not None:
            draft = draft.copy()
            demands = close_gaps(draft, demands, reference.gaps, cost, self.settings, "balance")
            if reference.stocks is not None and self.settings.first_year and self.year >= self.base_year:
                add_stocks(draft, reference.stocks, self.settings.stock_source)
        demands = add_stockpiles(demands, draft, cost, self.world, self.day)
        habits = with_habits(links, self.balanced, cost, self.settings.qualifying_share)
        links = habits.links
        quotas, members = add_limits(draft, links, reference.flows if reference else None, self.world, self.day)
        quotas = pd.concat([quotas, pd.DataFrame(habits.quotas)], ignore_index=True)
        members = pd.concat([members, pd.DataFrame(habits.members)], ignore_index=True)
        quotas, members = add_offtakes(quotas, members, draft, links, self.world, self.day)
        whole = Network(
            year=self.year,
            label=self.world.title,
            nodes=draft.node_table(links, demands, self.world),
            activities=draft.activity_table(),
            recipes=draft.recipe_table(),
            links=links,
            demands=demands,
            quotas=quotas,
            quota_members=members,
            contents=contents.content_table(self.world, {n.commodity for n in draft.nodes.values()}, draft.held),
            observed_prices=observed.prices(self.world, self.year, self.reference_place, self.anchored),
            observed_production=observed.production(self.balanced),
            price_floors=dated(price_floors(self.world, draft), self.day),
            notes=tuple(dict.fromkeys(draft.notes)),
        )
        return within_reach(whole)
