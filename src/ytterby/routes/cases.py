"""Cases: what a shipment's form, ends and policies make of the network of one date."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ytterby.routes.asking import Asked
from ytterby.routes.explain import LegFacts, freight_of, no_way
from ytterby.routes.forms import HazardClass, hazard_class, hazards_at_mines, product_form
from ytterby.routes.names import coordinates, read_names
from ytterby.routes.network import Floats, RouteNetwork, read_network
from ytterby.routes.permits import Unfolded, asked_again, unfold
from ytterby.routes.policy import Charges, Policy, charges, concerning, read_policies, zones_of_countries
from ytterby.routes.pricing import ArcCosts, carriage_arrays, price_arcs
from ytterby.routes.tariffs import rows_of
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Freight, ProductForm


@dataclass(frozen=True)
class Closures:
    """What the caller shuts beside the world's own closures."""

    countries: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    """Legs, hubs and passages."""


@dataclass(frozen=True)
class Case:
    """One shipment's network: the form, what policies do to it, the price of every arc."""

    form: ProductForm
    hazard: HazardClass
    charge: Charges
    network: RouteNetwork
    """What is searched: the network, unfolded by the approvals that are asked for once; its carriages are the same."""
    costs: ArcCosts
    """Of the arcs of ``network``."""
    caller: dict[int, tuple[str, ...]]
    """Carriages that the caller shuts, with the reason."""


class CaseBook:
    """The network of one world on one date, with the cases asked of it so far."""

    def __init__(self, world: World, on: datetime.date | str) -> None:
        self.world = world
        self.on = as_date(on)
        self.network: RouteNetwork = read_network(world, self.on)
        self.policies: tuple[Policy, ...] = read_policies(world, self.on)
        self.interest_rate = self.parameter("interest-rate")
        self.class7_limit = self.parameter("class7-limit")
        self._mined = hazards_at_mines(world, self.class7_limit)
        self.facts = LegFacts.of(world.table("legs"), self.network)
        self._zones = zones_of_countries(world)
        self._arrays = carriage_arrays(self.network)
        self._names = read_names(world, self.parameter("snap-limit-km"))
        self._forms = {form: product_form(world, form) for form in world.table("product_forms")["form"]}
        self._charges: dict[tuple[Policy, ...], tuple[Charges, Unfolded]] = {}
        self._cases: dict[tuple[object, ...], Case] = {}
        self._costs: dict[tuple[object, ...], ArcCosts] = {}
        """Forms that are packed alike under the same policies cost the same on every arc."""
        self._subjects = {*self.facts.alone, *self.network.hub_index, *world.table("passages")["passage"]}
        self._snaps = dict(zip(*(world.table("site_hubs")[c] for c in ("site", "snap_km")), strict=True))

    def resolve(self, place: str, argument: str = "place") -> str:
        """Return the hub that a text means (hub, site, market zone, UN/LOCODE, spoken name, latitude,longitude).

        Raises InputError with near matches, with every hub of that name, or where no hub is near a point.
        """
        point = coordinates(place)
        if point is not None:
            hub, self._snaps[place] = self._names.snap(point, argument)
            return hub
        hub = self._names.resolve(place, argument)
        if self._snaps.get(place, 0.0) > self._names.snap_limit_km:
            raise InputError(
                "the site is too far from the network",
                [Fault(argument, f"{place}, {self._snaps[place]:.0f} km from {hub}",
                       f"at most {self._names.snap_limit_km:g} km (route parameter snap-limit-km)")],
            )  # fmt: skip
        return hub

    def leg_or_hub(self, name: str, argument: str = "via") -> str:
        """Return the leg or hub that a name means; raises InputError with near matches."""
        return name if name in self.facts.alone else self.resolve(name, argument)

    def country(self, code: str) -> str:
        """Return the ISO3 code of a country given as ISO3, ISO2 or name; raises UnknownNameError."""
        table = self.world.table("countries")
        if code.upper() in set(table["iso3"]):
            return code.upper()
        for row in rows_of(self.network.hubs):
            if len(code) == 2 and row.unlocode.startswith(code.upper()):
                return str(row.country)
        named = table.loc[table["name"].str.lower() == code.lower(), "iso3"]
        if len(named):
            return str(named.iloc[0])
        raise UnknownNameError("country", code, [*table["iso3"], *table["name"]], "avoid")

    def form(self, form: str) -> ProductForm:
        """Return a product form; raises UnknownNameError with near matches."""
        if form not in self._forms:
            raise UnknownNameError("product form", form, self._forms, "form")
        return self._forms[form]

    def hub_country(self, hub: str) -> str:
        """ISO3 code of the country that a hub stands in."""
        return str(self.network.hubs.at[hub, "country"])

    def case(self, origin: str, destination: str, form: str, shut: Closures, class7: bool | None) -> Case:
        """Return the priced network of a shipment; hubs as keys. Cases with equal policies are shared."""
        product = self.form(form)
        hazard = self._mined.get((origin, form), hazard_class(product.bq_per_g, self.class7_limit))
        if class7 is not None:
            hazard = HazardClass.CLASS_7 if class7 else HazardClass.ORDINARY
        radioactive = hazard is HazardClass.CLASS_7
        countries = self.hub_country(origin), self.hub_country(destination)
        rows = concerning(self.policies, self._zones, *countries, form, radioactive)
        key = (form, hazard, rows, shut)
        if key not in self._cases:
            if rows not in self._charges:
                told = charges(self.network, rows)
                self._charges[rows] = told, unfold(self.network, told)
            charge, unfolded = self._charges[rows]
            caller = self._shut_by_caller(shut)
            same = (product.payload_t_per_teu, product.refused_modes, radioactive, rows, shut)
            if same not in self._costs:
                closed = np.zeros(len(self.network.carriages), dtype=bool)
                closed[list(caller)] = True
                once = price_arcs(self.network, self._arrays, product, charge, class7=radioactive, closed=closed)
                self._costs[same] = unfolded.costs(once, product.payload_t_per_teu)
            self._cases[key] = Case(product, hazard, charge, unfolded.network, self._costs[same], caller)
        return self._cases[key]

    def closures(self, avoid: Iterable[str], closed: Iterable[str]) -> Closures:
        """Return the caller's closures, every name checked; raises UnknownNameError."""
        asked = Asked()
        countries = asked.each(self.country, avoid)
        subjects = asked.each(self.subject, closed)
        asked.settle()
        return Closures(frozenset(countries), frozenset(subjects))

    def subject(self, name: str) -> str:
        """Return the name of a leg, hub or passage; raises UnknownNameError."""
        if name not in self._subjects:
            raise UnknownNameError("leg, hub or passage", name, self._subjects, "closed")
        return name

    def _shut_by_caller(self, shut: Closures) -> dict[int, tuple[str, ...]]:
        if not shut.countries and not shut.subjects:
            return {}
        hubs = tuple(self.network.hub_index)
        found: dict[int, tuple[str, ...]] = {}
        for i, carriage in enumerate(self.network.carriages):
            names = {
                *carriage.legs,
                *carriage.passages,
                hubs[carriage.origin],
                hubs[carriage.destination],
                carriage.through,
            }
            why = [f"{c} avoided" for c in carriage.countries if c in shut.countries]
            why += [f"{name} closed by the question" for name in sorted(names & shut.subjects)]
            if why:
                found[i] = tuple(why)
        return found

    def generalised(self, case: Case) -> Floats:
        """USD/t: freight plus value x rate x days / 365."""
        weight: Floats = case.costs.usd[0] + case.form.usd_per_t * self.interest_rate * case.costs.mean_days / 365.0
        return weight

    def freight(self, case: Case, arcs: Sequence[int], a: str, b: str, asked: tuple[str, str]) -> Freight:
        """Tell a way given by its arcs."""
        remarks = [
            f"{place} meets the network at {hub}, {self._snaps[place]:.0f} km away"
            for place, hub in zip(asked, (a, b), strict=True)
            if self._snaps.get(place, 0) > 0
        ]
        if case.hazard is HazardClass.CANNOT_TELL:
            remarks.append(
                f"radioactivity: {case.hazard.value}; "
                f"above {self.class7_limit:g} Bq/g liner, feeder and air legs are shut"
            )
        again = asked_again(case.charge, [int(case.network.carriage[arc]) for arc in arcs])
        if again:
            remarks.append(f"asked for once: {', '.join(again)}")
        return freight_of(case.network, self.facts, case.costs, case.charge, arcs, case.form, (a, b), remarks)

    def no_way(self, case: Case, a: str, b: str, *, cut: bool = False) -> Freight:
        """Say why no way is left; with ``cut``, also the smallest cut and who holds it."""
        index = self.network.hub_index
        network = self.network
        return no_way(
            network,
            self.blockers(case),
            case.costs.open[: len(network.tail)],
            network.start[index[a]],
            network.arrivals[index[b]].tolist(),
            case.form.form,
            (a, b),
            cut=cut,
        )

    def blockers(self, case: Case) -> dict[int, tuple[str, ...]]:
        """Why each shut carriage is shut, by carriage."""
        found: dict[int, tuple[str, ...]] = {}
        for i, carriage in enumerate(self.network.carriages):
            why = (*self.network.blocked.get(i, ()), *case.charge.closing.get(i, ()), *case.caller.get(i, ()))
            if carriage.mode in case.form.refused_modes:
                why = (*why, f"{case.form.form} does not go by {carriage.mode}")
            if case.hazard is HazardClass.CLASS_7 and not carriage.class7:
                why = (*why, f"Class 7 does not go by {carriage.service}")
            if why:
                found[i] = why
        return found

    def parameter(self, name: str) -> float:
        """Return a number of the table route_parameters; raises UnknownNameError."""
        table = self.world.table("route_parameters")
        values = {row.parameter: float(row.value) for row in rows_of(table)}
        if name not in values:
            raise UnknownNameError("route parameter", name, values)
        return values[name]


def as_date(on: datetime.date | str) -> datetime.date:
    """Return a date from a date or an ISO text; raises InputError."""
    if isinstance(on, datetime.date):
        return on
    try:
        return datetime.date.fromisoformat(on)
    except ValueError as error:
        raise InputError("not a date", [Fault("on", repr(on), "YYYY-MM-DD")]) from error
