"""A deposit appraised at computed costs on the prices inside and outside of one solved market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp, isnan

import pandas as pd
from scipy.stats import norm

from ytterby import projects
from ytterby.market import Outcome
from ytterby.projects import Appraisal, Contract, Mine, inside_place, outside_place
from ytterby.projects.costcurve import cost_curve, position
from ytterby.projects.options import price_volatility
from ytterby.projects.outline import Outline, cost_lines, plan_at
from ytterby.routes import Router
from ytterby.separation import Separation
from ytterby.studies.appraise.decks import MarketDeck, market_decks
from ytterby.studies.appraise.outline import Known, known
from ytterby.world import World
from ytterby.world.choices import choice
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Band, Freight, PriceDeck, ProcessCost

INSIDE, OUTSIDE = "inside", "outside"
OXIDE_FORM = "oxide"
LIGHT = "ndpr-oxide"


@dataclass(frozen=True)
class Side:
    """The plan sold on one side: what the rooms gave, and what it comes to."""

    side: str
    """inside or outside."""
    deck: PriceDeck
    freight: Freight
    mine: Mine
    bands: Mapping[str, Band]
    appraisal: Appraisal
    breakeven_ndpr_usd_per_kg: float
    cheaper_share: float
    """Share of the register's NdPr output that breaks even at a lower price on the same deck."""


@dataclass(frozen=True)
class Appraised:
    """A deposit on both sides."""

    deposit: str
    outline: Outline
    process: ProcessCost
    sides: Mapping[str, Side]
    """By inside and outside; a side without a lawful way is missing."""
    not_sold: Mapping[str, str]
    """Sides without a lawful way, with the reason."""
    remarks: tuple[str, ...]
    sources: tuple[str, ...]
    hub: str
    costs: pd.DataFrame
    """item, usd_per_kg (TREO in concentrate), source: on the side that pays more."""

    @property
    def better(self) -> Side:
        """The side on which the plan is worth more."""
        return max(self.sides.values(), key=lambda s: s.appraisal.npv_usd)


class Appraiser:
    """Appraises deposits of one world against one solved market; the rooms are set up once."""

    def __init__(self, world: World, outcome: Outcome) -> None:
        self.world = world
        self.outcome = outcome
        self.circuit = choice(world, "project-circuit")

    @cached_property
    def decks(self) -> dict[str, MarketDeck]:
        """Prices inside and outside."""
        inside, outside = market_decks(self.world, self.outcome)
        return {INSIDE: inside, OUTSIDE: outside}

    @cached_property
    def separation(self) -> Separation:
        """Costs of splitting."""
        return Separation(self.world)

    @cached_property
    def router(self) -> Router:
        """Ways on the day that stands for the year."""
        day = choice(self.world, "rules-day")
        return Router(self.world, on=f"{self.outcome.meta['year']}-{day}")

    @cached_property
    def markets(self) -> dict[str, str]:
        """The hub that each side sells at."""
        hubs = self.world.table("place_hubs").set_index("place")["hub"]
        places = {INSIDE: inside_place(self.world), OUTSIDE: outside_place(self.world)}
        return {side: str(hubs[place]) for side, place in places.items()}

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """Cost curve of the register on each deck."""
        return {side: cost_curve(self.world, deck.deck) for side, deck in self.decks.items()}

    @cached_property
    def volatility(self) -> float:
        """Standard deviation of the yearly logarithm of price of the commodity that the settings name."""
        return price_volatility(
            self.world, choice(self.world, "project-volatility-commodity"), inside_place(self.world)
        )

    @cached_property
    def price_spread(self) -> Band:
        """Multiple of all prices in draws: the 5th and 95th percentile of one year's move."""
        move = float(norm.ppf(0.95)) * self.volatility
        return Band(1.0, exp(-move), exp(move), "yearly volatility of price")

    @cached_property
    def _freights(self) -> dict[tuple[str, str], Freight]:
        return {}

    def freight(self, hub: str, side: str) -> Freight:
        """Return the cheapest lawful way for separated oxide from a hub to a side's market."""
        key = (hub, side)
        if key not in self._freights:
            self._freights[key] = self.router.cheapest(hub, self.markets[side], OXIDE_FORM)
        return self._freights[key]

    def appraise(
        self,
        deposit: str,
        *,
        ore: str | None = None,
        contract: Contract | None = None,
        fixed_usd_per_kg: Mapping[str, float] | None = None,
        grant_usd: float = 0.0,
    ) -> Appraised:
        """Appraise one deposit on both sides.

        ``contract``: a contract for difference; ``fixed_usd_per_kg``: offtake prices that stand in for the market's
        over the life. The ore is split in the deposit's country by the circuit of the settings,
        lanthanum and cerium left together.
        Raises UnknownNameError; InputError where the deposit cannot be sized or no side can be reached lawfully.
        """
        facts: Known = known(self.world, deposit, ore)
        process = self.separation.cost(facts.ore, self.circuit, None, facts.country)
        sides: dict[str, Side] = {}
        closed: dict[str, str] = {}
        for side, priced in self.decks.items():
            freight = self.freight(facts.hub, side)
            if not freight.lawful:
                closed[side] = "; ".join(freight.reasons) or "no lawful way"
                continue
            fixed = dict(fixed_usd_per_kg or {})
            deck = replace(priced.deck, usd_per_kg={**priced.deck.usd_per_kg, **fixed})
            moving = {p: b for p, b in priced.bands.items() if p not in fixed}
            mine, bands = plan_at(facts.outline, process, freight, deck, moving, self.price_spread, grant_usd)
            mine = contract.on(mine, self._benchmark(contract)) if contract else mine
            result = projects.appraise(mine)
            need = projects.breakeven_price(mine, LIGHT) if LIGHT in mine.products else float("nan")
            rank = position(self.curves[side], need)
            sides[side] = Side(side, deck, freight, mine, bands, result, need, rank)
        if not sides:
            raise InputError("no way to a market", [Fault(s, why, "a lawful way") for s, why in closed.items()])
        best = max(sides.values(), key=lambda s: s.appraisal.npv_usd)
        said = (self._support(contract, best.mine),) if contract else ()
        support = (contract.source,) if contract else ()
        costs = pd.DataFrame(cost_lines(facts.outline, process, best.freight), columns=["item", "usd_per_kg", "source"])
        sources = dict.fromkeys(
            [*facts.sources, *support, *costs["source"], *(leg.source for leg in best.freight.legs)]
        )
        return Appraised(
            deposit=deposit,
            outline=facts.outline,
            process=process,
            sides=sides,
            not_sold=closed,
            remarks=(*facts.remarks, *said, *process.notes, *self._sides(sides), *self._borrowed()),
            sources=tuple(s for s in sources if s),
            hub=facts.hub,
            costs=costs,
        )

    def _benchmark(self, contract: Contract) -> float | None:
        """The price that a contract's difference is taken to, USD/kg; None: the price received.

        Raises InputError where the commodity does not trade at the place.
        """
        if not contract.benchmark_place:
            return None
        price = self.outcome.price(contract.commodity, contract.benchmark_place)
        if price is None:
            fault = Fault(contract.name, f"no price of {contract.commodity} in {contract.benchmark_place}", "one")
            raise InputError("contract without a benchmark", [fault])
        return price

    def _support(self, contract: Contract, mine: Mine) -> str:
        """Say what a contract is, and the price that it is measured by."""
        if contract.commodity not in mine.products:
            return f"{contract.sentence}; pays nothing: the plan makes none"
        at = self._benchmark(contract)
        return contract.sentence + ("" if at is None else f"; that price: {at:,.0f} USD/kg")

    def _sides(self, sides: Mapping[str, Side]) -> list[str]:
        """Say where each side sells, what the way costs, and whose prices it gets."""
        said = [
            f"{name}: sold at {self.markets[name]}, {side.freight.usd_per_t:,.0f} USD/t and "
            f"{side.freight.days:.0f} days from {side.freight.origin}"
            for name, side in sides.items()
        ]
        spread = f"in draws all move by {100 * self.volatility:.0f} % a year"
        return [*said, f"prices: {self.decks[INSIDE].deck.origin}; {spread}"]

    def _borrowed(self) -> tuple[str, ...]:
        names = self.decks[OUTSIDE].taken_from_inside
        return ("not traded outside, priced as inside: " + ", ".join(names),) if names else ()

    def all(self) -> pd.DataFrame:
        """Appraise every deposit of the world.

        Columns: deposit, country, treo_t_per_y, life_y, capex_musd, unit_cost_usd_per_kg, basket_inside and
        basket_outside (USD/kg TREO), npv_inside_musd, npv_outside_musd, irr_outside_pct, breakeven_ndpr_usd_per_kg
        (on the better side), why_not.
        """
        rows = []
        for row in self.world.table("deposits").to_dict("records"):
            entry: dict[str, object] = {"deposit": row["deposit"], "country": row["country"]}
            try:
                found = self.appraise(str(row["deposit"]))
            except InputError as error:
                rows.append({**entry, "why_not": f"{error.title}: {error.faults[0].found}"})
                continue
            best = found.better
            entry |= {
                "treo_t_per_y": found.outline.treo_t_per_y,
                "life_y": found.outline.life_y,
                "capex_musd": found.outline.capital_usd.point / 1e6,
                "unit_cost_usd_per_kg": best.appraisal.unit_cost_usd_per_kg,
                "breakeven_ndpr_usd_per_kg": best.breakeven_ndpr_usd_per_kg,
                "why_not": "",
            }
            for side in (INSIDE, OUTSIDE):
                own = found.sides.get(side)
                result = own.appraisal if own else None
                entry[f"basket_{side}"] = result.basket_usd_per_kg if result else float("nan")
                entry[f"npv_{side}_musd"] = result.npv_usd / 1e6 if result else float("nan")
                rate = result.irr if result else float("nan")
                entry[f"irr_{side}_pct"] = float("nan") if isnan(rate) else 100.0 * rate
            rows.append(entry)
        return pd.DataFrame(rows)
