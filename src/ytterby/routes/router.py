"""The router: names in, ways out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.routes.explain import LegFacts, freight_of, no_way
from ytterby.routes.forms import HazardClass, hazard_class, product_form
from ytterby.routes.names import read_names
from ytterby.routes.network import Floats, RouteNetwork, read_network, rows_of
from ytterby.routes.pareto import Graph, pareto_ways
from ytterby.routes.policy import Charges, Policy, charges, concerning, read_policies, zones_of_countries
from ytterby.routes.pricing import ArcCosts, carriage_arrays, price_arcs
from ytterby.routes.shortest import arcs_back, least_to, nearest_states, shortest_trees
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Freight, ProductForm

CRITERIA = ("cost", "days", "risk", "carbon")


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
    costs: ArcCosts
    caller: dict[int, tuple[str, ...]]
    """Carriages that the caller shuts, with the reason."""


class Router:
    """Answers about ways through the transport network of one world on one date.

    Ways are lawful unless said otherwise: closed legs, refused transits and, for Class 7 material, carriages that do
    not take it are left out before the search. ``usd_per_t`` is freight, transfers, surcharges and permits, per tonne
    of gross product; interest on the goods under way is not in it (the matrix gives it in a column of its own).
    """

    def __init__(self, world: World, on: datetime.date | str) -> None:
        self.world = world
        self.on = as_date(on)
        self.network: RouteNetwork = read_network(world, self.on)
        self.policies: tuple[Policy, ...] = read_policies(world, self.on)
        self.interest_rate = self._parameter("interest-rate")
        self.class7_limit = self._parameter("class7-limit")
        self.facts = LegFacts.of(world.table("legs"), self.network)
        self._zones = zones_of_countries(world)
        self._arrays = carriage_arrays(self.network)
        self._names = read_names(world)
        self._forms = {form: product_form(world, form) for form in world.table("product_forms")["form"]}
        self._charges: dict[tuple[Policy, ...], Charges] = {}
        self._cases: dict[tuple[object, ...], Case] = {}
        self._snaps = dict(zip(*(world.table("site_hubs")[c] for c in ("site", "snap_km")), strict=True))

    # ---- names

    def resolve(self, place: str, argument: str = "place") -> str:
        """Return the hub that a name means (hub, site, market zone, UN/LOCODE, spoken name).

        Raises InputError with near matches, or with every hub of that name.
        """
        return self._names.resolve(place, argument)

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

    # ---- searches

    def ways(
        self,
        origin: str,
        destination: str,
        form: str,
        *,
        avoid: Iterable[str] = (),
        closed: Iterable[str] = (),
        criteria: Sequence[str] = ("cost", "days", "risk"),
        epsilon: float = 0.03,
        most: int = 8,
        class7: bool | None = None,
    ) -> list[Freight]:
        """Return the epsilon-Pareto set of ways, cheapest first, at most ``most`` of them.

        ``avoid`` names countries, ``closed`` names legs, hubs or passages, ``criteria`` any of cost, days, risk and
        carbon. Where the set is larger than ``most``, the best in each criterion and then those that are farthest
        apart are kept. ``class7`` says what cannot be told from the form (None: the form's own activity). With no way
        left the list holds one Freight with ``lawful`` False, its reasons naming the closures.
        """
        known = [c for c in criteria if c not in CRITERIA]
        if known or not criteria:
            raise UnknownNameError("criterion", known[0] if known else "", CRITERIA, "criteria")
        if not 0 <= epsilon < 1:
            raise InputError("epsilon is a share", [Fault("epsilon", repr(epsilon), "0 <= epsilon < 1")])
        a, b = self.resolve(origin, "origin"), self.resolve(destination, "destination")
        case = self._case(a, b, form, self._closures(avoid, closed), class7)
        network, costs = self.network, case.costs
        start, ends = network.start[network.hub_index[a]], network.arrivals[network.hub_index[b]]
        columns = {
            "cost": costs.usd[0],
            "days": costs.mean_days,
            "risk": costs.log_pass,
            "carbon": costs.kg_co2e,
        }
        weights = np.stack([columns[c] for c in criteria], axis=1)
        use = np.flatnonzero(costs.open)
        graph = Graph.from_arcs(network.states, network.tail, network.head, weights, use)
        bound = [self._least_to(ends, weights[:, k], costs.open) for k in range(len(criteria))]
        found = pareto_ways(graph, start, ends.tolist(), epsilon=epsilon, bound=bound)
        if not found:
            return [self._no_way(case, a, b)]
        keep = spread([w.criteria for w in found], most)
        ways = [self._freight(case, found[i].arcs, a, b, (origin, destination)) for i in keep]
        return sorted(ways, key=lambda w: w.usd_per_t)

    def freight_from(
        self, origin: str, form: str, *, avoid: Iterable[str] = (), closed: Iterable[str] = ()
    ) -> dict[str, Freight]:
        """Return the cheapest lawful way to every hub by generalised cost, inventory interest included.

        Hubs that cannot be reached are left out. Policies that depend on the destination are applied per destination
        country.
        """
        a = self.resolve(origin, "origin")
        shut = self._closures(avoid, closed)
        groups: dict[int, tuple[Case, list[str]]] = {}
        for hub in self.network.hubs.index:
            case = self._case(a, hub, form, shut, None)
            groups.setdefault(id(case), (case, []))[1].append(hub)
        answer: dict[str, Freight] = {}
        for case, hubs in groups.values():
            for (_, hub), arcs in self._cheapest(case, [a], hubs).items():
                answer[hub] = self._freight(case, arcs, a, hub, (origin, hub))
        return answer

    def cheapest(
        self,
        origin: str,
        destination: str,
        form: str,
        *,
        avoid: Iterable[str] = (),
        closed: Iterable[str] = (),
    ) -> Freight:
        """Return the cheapest lawful way by generalised cost, or a Freight with ``lawful`` False and its reasons."""
        a, b = self.resolve(origin, "origin"), self.resolve(destination, "destination")
        case = self._case(a, b, form, self._closures(avoid, closed), None)
        found = self._cheapest(case, [a], [b])
        return (
            self._freight(case, found[(a, b)], a, b, (origin, destination))
            if found
            else self._no_way(case, a, b)
        )

    def matrix(
        self,
        origins: Sequence[str],
        destinations: Sequence[str],
        forms: Sequence[str],
        *,
        avoid: Iterable[str] = (),
        closed: Iterable[str] = (),
    ) -> pd.DataFrame:
        """Return the cheapest lawful way of every origin, destination and form as one row.

        Columns: origin, destination, form (as asked), usd_per_t, low, high (USD/t, freight and permits),
        interest_usd_per_t (value x rate x days / 365), days, days_low, days_high, risk, kg_co2e_per_t, lawful,
        countries (tuple of ISO3 crossed), legs (tuple), reason (empty where lawful). Chosen by usd_per_t plus interest.
        """
        starts = [self.resolve(o, f"origins[{i}]") for i, o in enumerate(origins)]
        ends = [self.resolve(d, f"destinations[{i}]") for i, d in enumerate(destinations)]
        shut = self._closures(avoid, closed)
        parts = [
            self._matrix_of_form(list(origins), starts, list(destinations), ends, form, shut)
            for form in dict.fromkeys(forms)
        ]
        if not parts:
            return pd.DataFrame(columns=MATRIX_COLUMNS)
        return pd.concat(parts, ignore_index=True)

    # ---- inner works

    def _matrix_of_form(
        self,
        origins: list[str],
        starts: list[str],
        destinations: list[str],
        ends: list[str],
        form: str,
        shut: Closures,
    ) -> pd.DataFrame:
        shape = (len(starts), len(ends))
        sums = {
            name: np.zeros(shape) for name in ("usd", "low", "high", "days_low", "days_high", "log", "co2")
        }
        lawful = np.zeros(shape, dtype=bool)
        countries: list[list[dict[str, None]]] = [[{} for _ in ends] for _ in starts]
        legs: list[list[list[str]]] = [[[] for _ in ends] for _ in starts]
        groups: dict[int, tuple[Case, list[tuple[int, int]]]] = {}
        for i, a in enumerate(starts):
            for j, b in enumerate(ends):
                case = self._case(a, b, form, shut, None)
                groups.setdefault(id(case), (case, []))[1].append((i, j))
        reasons = np.full(shape, "", dtype=object)
        for case, pairs in groups.values():
            rows, columns = sorted({i for i, _ in pairs}), sorted({j for _, j in pairs})
            asked = np.zeros((len(rows), len(columns)), dtype=bool)
            for i, j in pairs:
                asked[rows.index(i), columns.index(j)] = True
            trees = shortest_trees(
                self.network,
                self._generalised(case),
                case.costs.open,
                [self.network.hub_index[starts[i]] for i in rows],
            )
            states, least = nearest_states(
                self.network, trees, [self.network.hub_index[ends[j]] for j in columns]
            )
            least = np.where(asked, least, np.inf)
            r, c, arcs = arcs_back(trees, states, least)
            gr, gc = np.array(rows)[r], np.array(columns)[c]
            costs = case.costs
            for name, value in (
                ("usd", costs.usd[0]),
                ("low", costs.usd[1]),
                ("high", costs.usd[2]),
                ("days_low", costs.days[0]),
                ("days_high", costs.days[1]),
                ("log", costs.log_pass),
                ("co2", costs.kg_co2e),
            ):
                np.add.at(sums[name], (gr, gc), value[arcs])
            rides = self.network.carriage[arcs]
            for i, j, ride in zip(gr.tolist()[::-1], gc.tolist()[::-1], rides.tolist()[::-1], strict=True):
                if ride >= 0:
                    carriage = self.network.carriages[ride]
                    countries[i][j].update(dict.fromkeys(carriage.countries))
                    legs[i][j].extend(carriage.legs)
            for i, j in pairs:
                lawful[i, j] = bool(np.isfinite(least[rows.index(i), columns.index(j)]))
                if not lawful[i, j]:
                    reasons[i, j] = " | ".join(self._no_way(case, starts[i], ends[j]).reasons)
        for value in sums.values():
            value[~lawful] = np.nan
        days = (sums["days_low"] + sums["days_high"]) / 2
        interest = self.form(form).usd_per_t * self.interest_rate * days / 365.0
        flat = {
            "origin": np.repeat(np.array(origins, dtype=object), len(ends)),
            "destination": np.tile(np.array(destinations, dtype=object), len(starts)),
            "form": form,
            "usd_per_t": sums["usd"].ravel(),
            "low": sums["low"].ravel(),
            "high": sums["high"].ravel(),
            "interest_usd_per_t": interest.ravel(),
            "days": days.ravel(),
            "days_low": sums["days_low"].ravel(),
            "days_high": sums["days_high"].ravel(),
            "risk": np.where(lawful, 1 - np.exp(-sums["log"]), 1.0).ravel(),
            "kg_co2e_per_t": sums["co2"].ravel(),
            "lawful": lawful.ravel(),
            "countries": [tuple(c) for row in countries for c in row],
            "legs": [tuple(x) for row in legs for x in row],
            "reason": reasons.ravel(),
        }
        return pd.DataFrame(flat, columns=MATRIX_COLUMNS)

    def _case(self, origin: str, destination: str, form: str, shut: Closures, class7: bool | None) -> Case:
        product = self.form(form)
        hazard = hazard_class(product.bq_per_g, self.class7_limit)
        if class7 is not None:
            hazard = HazardClass.CLASS_7 if class7 else HazardClass.ORDINARY
        radioactive = hazard is HazardClass.CLASS_7
        countries = self.hub_country(origin), self.hub_country(destination)
        rows = concerning(self.policies, self._zones, *countries, form, radioactive)
        key = (form, hazard, rows, shut)
        if key not in self._cases:
            if rows not in self._charges:
                self._charges[rows] = charges(self.network, rows)
            caller = self._shut_by_caller(shut)
            closed = np.zeros(len(self.network.carriages), dtype=bool)
            closed[list(caller)] = True
            costs = price_arcs(
                self.network, self._arrays, product, self._charges[rows], class7=radioactive, closed=closed
            )
            self._cases[key] = Case(product, hazard, self._charges[rows], costs, caller)
        return self._cases[key]

    def _closures(self, avoid: Iterable[str], closed: Iterable[str]) -> Closures:
        known = {*self.facts.alone, *self.network.hub_index, *self.world.table("passages")["passage"]}
        for name in (closed := tuple(closed)):
            if name not in known:
                raise UnknownNameError("leg, hub or passage", name, known, "closed")
        return Closures(frozenset(self.country(c) for c in avoid), frozenset(closed))

    def _shut_by_caller(self, shut: Closures) -> dict[int, tuple[str, ...]]:
        hubs = self.network.hubs.index
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

    def _generalised(self, case: Case) -> Floats:
        """USD/t: freight plus value x rate x days / 365."""
        weight: Floats = (
            case.costs.usd[0] + case.form.usd_per_t * self.interest_rate * case.costs.mean_days / 365.0
        )
        return weight

    def _cheapest(
        self, case: Case, origins: Sequence[str], ends: Sequence[str]
    ) -> dict[tuple[str, str], list[int]]:
        index = self.network.hub_index
        trees = shortest_trees(
            self.network, self._generalised(case), case.costs.open, [index[o] for o in origins]
        )
        states, least = nearest_states(self.network, trees, [index[e] for e in ends])
        ways: dict[tuple[str, str], list[int]] = {
            (o, e): [] for i, o in enumerate(origins) for j, e in enumerate(ends) if np.isfinite(least[i, j])
        }
        for i, j, arc in zip(*(x.tolist() for x in arcs_back(trees, states, least)), strict=True):
            ways[(origins[i], ends[j])].insert(0, arc)
        return ways

    def _least_to(self, ends: NDArray[np.int64], weight: Floats, open_arcs: NDArray[np.bool_]) -> Floats:
        """Least weight from every state to the nearest of the ends (infinite where none can be reached)."""
        return least_to(self.network, ends, weight, open_arcs)

    def _freight(self, case: Case, arcs: Sequence[int], a: str, b: str, asked: tuple[str, str]) -> Freight:
        remarks = [
            f"{place} meets the network at {hub}, {self._snaps[place]:.0f} km away"
            for place, hub in zip(asked, (a, b), strict=True)
            if self._snaps.get(place, 0) > 0
        ]
        if case.hazard is HazardClass.CANNOT_TELL:
            remarks.append(
                f"radioactivity: {case.hazard.value}; above {self.class7_limit:g} Bq/g liner, feeder and air legs are shut"
            )
        return freight_of(self.network, self.facts, case.costs, case.charge, arcs, case.form, (a, b), remarks)

    def _no_way(self, case: Case, a: str, b: str) -> Freight:
        index = self.network.hub_index
        return no_way(
            self.network,
            self.blockers(case),
            case.costs.open,
            self.network.start[index[a]],
            self.network.arrivals[index[b]].tolist(),
            case.form.form,
            (a, b),
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

    def _parameter(self, name: str) -> float:
        table = self.world.table("route_parameters")
        values = {row.parameter: float(row.value) for row in rows_of(table)}
        if name not in values:
            raise UnknownNameError("route parameter", name, values)
        return values[name]


MATRIX_COLUMNS = [
    "origin", "destination", "form", "usd_per_t", "low", "high", "interest_usd_per_t", "days", "days_low", "days_high",
    "risk", "kg_co2e_per_t", "lawful", "countries", "legs", "reason",
]  # fmt: skip


def as_date(on: datetime.date | str) -> datetime.date:
    """Return a date from a date or an ISO text; raises InputError."""
    if isinstance(on, datetime.date):
        return on
    try:
        return datetime.date.fromisoformat(on)
    except ValueError as error:
        raise InputError("not a date", [Fault("on", repr(on), "YYYY-MM-DD")]) from error


def spread(vectors: Sequence[Sequence[float]], most: int) -> list[int]:
    """Pick at most ``most`` vectors: the least in each column, then, one by one, the one farthest from those picked."""
    if len(vectors) <= most:
        return list(range(len(vectors)))
    points = np.array(vectors, dtype=float)
    reach = np.ptp(points, axis=0)
    scaled = (points - points.min(axis=0)) / np.where(reach > 0, reach, 1.0)
    chosen = list(dict.fromkeys(int(i) for i in points.argmin(axis=0)))[:most]
    while len(chosen) < most:
        gaps = np.min(np.abs(scaled[:, None, :] - scaled[None, chosen, :]).sum(axis=2), axis=1)
        chosen.append(int(gaps.argmax()))
    return chosen
