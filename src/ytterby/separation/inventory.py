"""Reagent inventory of a route and a circuit: acid gross, net and purchased, base, precipitant, salts,
power, waste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ytterby.separation.circuit import CircuitFlows
from ytterby.separation.feeds import Feed
from ytterby.separation.parameters import CircuitParameters
from ytterby.separation.routes import CrackingRoute
from ytterby.separation.stoichiometry import (
    ACID_EQUIVALENTS,
    BASE_EQUIVALENTS,
    CHARGE,
    MOLAR_MASS,
    PRECIPITANT_MOLES,
    SALT_OF_BASE,
)
from ytterby.world.elements import oxide_molar_mass_per_atom
from ytterby.world.errors import UnknownNameError

Per = Literal["feed", "separated", "ndpr"]

EXTRACTION = "solvent extraction"
"""Step of a route whose power is not spent where a circuit has no cut."""


@dataclass(frozen=True)
class AcidUse:
    """Hydrochloric acid as 100 % HCl, t per t REO fed."""

    dissolution: float
    """Bringing the rare earths into the chloride liquor, by stoichiometry."""
    gangue: float
    """Pre-leach and other acid of the route."""
    extraction: float
    """Scrubbing and stripping: 3 mol per mol of freshly saponified organic."""
    excess: float
    """Charged over and above, and used again as scrub and leach acid."""
    made: float
    """Made on site from the plant's own brine."""

    @property
    def net(self) -> float:
        """Used up: leaves as chloride."""
        return self.dissolution + self.gangue + self.extraction

    @property
    def gross(self) -> float:
        """Charged, with the excess that goes round."""
        return self.net + self.excess

    @property
    def purchased(self) -> float:
        """Bought: net less what the plant makes."""
        return max(self.net - self.made, 0.0)


@dataclass(frozen=True)
class Inventory:
    """What one t REO of a feed takes and leaves; amounts per t REO fed unless :meth:`per` says otherwise."""

    feed: str
    route: str
    circuit: str
    hcl: AcidUse
    base: str
    base_gross: float
    """Saponification, t of 100 % base."""
    base_purchased: float
    reagents: Mapping[str, float]
    """t bought of each reagent, HCl and base included."""
    power_kwh: float
    heat_gj: float
    water_m3: float
    salts: Mapping[str, float]
    """t of each salt in the waste water."""
    wastes: Mapping[str, float]
    """Other wastes in the unit of the route's table."""
    dissolved: float
    """t REO that reach solvent extraction."""
    products: Mapping[str, float]
    """t REO of each product."""
    product_elements: Mapping[str, Mapping[str, float]]
    """Product -> element -> t REO."""
    protons_kmol: float
    """H+ of all mineral acids bought or made, kmol."""
    carbon_kg: float
    """Cradle-to-gate greenhouse gases of what is bought, kg CO2e."""

    @property
    def separated(self) -> float:
        """t REO in products other than unseparated intermediates."""
        return sum(v for k, v in self.products.items() if k.endswith("-oxide"))

    @property
    def ndpr(self) -> float:
        """t of neodymium and praseodymium oxide in separated products."""
        return sum(
            v
            for p, elements in self.product_elements.items()
            if p.endswith("-oxide")
            for e, v in elements.items()
            if e in ("Nd", "Pr")
        )

    def per(self, basis: Per) -> float:
        """t of the basis per t REO fed: divide an amount by it. NaN where the basis is not made."""
        amount = {"feed": 1.0, "separated": self.separated, "ndpr": self.ndpr}
        if basis not in amount:
            raise UnknownNameError("basis", basis, amount)
        return amount[basis] or float("nan")


def take_inventory(
    feed: Feed,
    route: CrackingRoute,
    flows: CircuitFlows,
    parameters: CircuitParameters,
    carbon: Mapping[str, float] | None = None,
) -> Inventory:
    """Stoichiometry of dissolution, extraction and precipitation, with the route's own reagents.

    ``flows``: the circuit computed for the liquor that :meth:`CrackingRoute.leach` gives. ``carbon``: kg
    CO2e per kg
    of reagent, kWh (``power``), GJ (``heat``) and m3 (``water``). In a chlor-alkali loop the chloride of
    the waste
    brine comes back as equal moles of acid and base, as much of it as saponification takes.
    """
    _, dissolved, moles = route.leach(feed)
    circuit = flows.circuit
    kmol = 1000 * moles
    """kmol RE in the liquor per t REO fed."""
    dissolution = route.hcl_mol_per_mol_re * kmol * MOLAR_MASS["hcl"] / 1000
    extraction_kmol = CHARGE * kmol * flows.fresh
    extraction = extraction_kmol * MOLAR_MASS["hcl"] / 1000
    gangue = route.amount("hcl")
    base_gross = extraction_kmol / BASE_EQUIVALENTS[circuit.base] * MOLAR_MASS[circuit.base] / 1000
    loop_kmol = (
        extraction_kmol * parameters["chlor-alkali-availability"]
        if circuit.chlor_alkali and circuit.base == "naoh"
        else 0.0
    )
    made = loop_kmol * MOLAR_MASS["hcl"] / 1000
    acid = AcidUse(dissolution, gangue, extraction, parameters["acid-excess"] * (dissolution + extraction), made)
    base_purchased = base_gross - loop_kmol * MOLAR_MASS["naoh"] / 1000
    keep = parameters["yield"]
    elements = {
        p: {e: keep * kmol * n * oxide_molar_mass_per_atom(e) / 1000 for e, n in out.items()}
        for p, out in flows.outlets.items()
        if out
    }
    products = {p: sum(v.values()) for p, v in elements.items()}
    precipitated = kmol * sum(sum(out.values()) for out in flows.outlets.values())
    bought: dict[str, float] = {"hcl": acid.purchased, circuit.base: base_purchased}
    for item in route.items:
        if item.kind == "reagent" and item.item != "hcl":
            bought[item.item] = bought.get(item.item, 0.0) + item.amount.point
    if circuit.precipitant:
        moles_each = PRECIPITANT_MOLES[circuit.precipitant]
        precipitant = precipitated * moles_each * MOLAR_MASS[circuit.precipitant] / 1000
        bought[circuit.precipitant] = bought.get(circuit.precipitant, 0.0) + precipitant
    runs = [i for i in route.items if i.item == "power" and (circuit.cuts or i.step != EXTRACTION)]
    power = sum(i.amount.point for i in runs) + made * parameters["chlor-alkali-power"]
    heat, water = route.amount("heat"), route.amount("water")
    chloride = acid.net / MOLAR_MASS["hcl"] * 1000
    salt = SALT_OF_BASE[circuit.base]
    per_salt = BASE_EQUIVALENTS[circuit.base]
    salt_kmol = max(chloride - loop_kmol, 0.0)
    factor = carbon or {}
    protons = sum(
        ACID_EQUIVALENTS[a] * t * 1000 / MOLAR_MASS[a]
        for a, t in {**bought, "hcl": acid.purchased + acid.made}.items()
        if a in ACID_EQUIVALENTS
    )
    return Inventory(
        feed=feed.name,
        route=route.name,
        circuit=circuit.name,
        hcl=acid,
        base=circuit.base,
        base_gross=base_gross,
        base_purchased=base_purchased,
        reagents={k: v for k, v in bought.items() if v > 0},
        power_kwh=power,
        heat_gj=heat,
        water_m3=water,
        salts={salt: salt_kmol / per_salt * MOLAR_MASS[salt] / 1000},
        wastes={i.item: i.amount.point for i in route.items if i.kind == "waste"},
        dissolved=dissolved,
        products=products,
        product_elements=elements,
        protons_kmol=protons,
        carbon_kg=sum(1000 * t * factor.get(k, 0.0) for k, t in bought.items())
        + power * factor.get("power", 0.0)
        + heat * factor.get("heat", 0.0)
        + water * factor.get("water", 0.0),
    )
