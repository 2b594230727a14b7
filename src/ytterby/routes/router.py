"""The router: names in, ways out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.routes.asking import Asked, share
from ytterby.routes.cases import Case, CaseBook, Closures
from ytterby.routes.matrix import MATRIX_COLUMNS, matrix_of_form
from ytterby.routes.network import Floats, RouteNetwork
from ytterby.routes.pareto import Bounds, Graph, ParetoWay, pareto_ways
from ytterby.routes.shortest import Inward, Pairs, arcs_back, nearest_states, shortest_trees, through
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World
from ytterby.world.terms import Freight

CRITERIA = ("cost", "days", "risk", "carbon")


@dataclass(frozen=True)
class Goal:
    """What a search to one destination needs: the graph, bounds, and the best way in each criterion."""

    graph: Graph
    weights: Floats
    """Shape (arcs, criteria)."""
    bounds: Bounds
    trees: tuple[Inward, ...]
    """One for each criterion."""

    def best_from(self, network: RouteNetwork, start: int) -> list[ParetoWay]:
        """Return the best way from a state in each criterion; none where the goal is out of reach."""
        if not self.bounds.reachable[start]:
            return []
        ways = [tree.arcs_from(start, network.head) for tree in self.trees]
        return [ParetoWay(tuple(self.weights[arcs].sum(axis=0).tolist()), tuple(arcs)) for arcs in ways]


class Router(CaseBook):
    """Answers about ways through the transport network of one world on one date.

    Ways are lawful unless said otherwise: closed legs, refused transits and, for Class 7 material, carriages
    that do not take it are left out before the search. ``usd_per_t`` is freight, transfers, surcharges and
    permits, per tonne of gross product; interest on the goods under way is not in it (the matrix gives it in
    a column of its own).
    """

    def __init__(self, world: World, on: datetime.date | str) -> None:
        super().__init__(world, on)
        self._pairs: dict[int, Pairs] = {}
        self._graphs: dict[tuple[int, tuple[str, ...]], Graph] = {}
        self._goals: dict[tuple[int, tuple[str, ...], str], Goal] = {}

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
        apart are kept. A way that comes back to a hub (from an airport to a port and back, to change planes more
        cheaply) is left out where there are others. ``class7`` says what cannot be told from the form (None: the
        form's own activity). With no way left the list holds one Freight with ``lawful`` False, its reasons naming
        the closures and the smallest cut.
        """
        asked = Asked()
        asked.each(criterion, criteria or [""])
        asked.of(lambda: share(epsilon, "epsilon"), epsilon)
        a, b, shut = self.understood(origin, destination, form, avoid, closed, asked)
        case = self.case(a, b, form, shut, class7)
        network = case.network
        start, ends = network.start[network.hub_index[a]], network.arrivals[network.hub_index[b]]
        goal = self._goal(case, tuple(criteria), b)
        best = goal.best_from(network, start)
        found = pareto_ways(goal.graph, start, ends.tolist(), epsilon=epsilon, bounds=goal.bounds, known=best)
        found = [way for way in found if not _returns(network, way)] or found
        if not found:
            return [self.no_way(case, a, b, cut=True)]
        keep = spread([w.criteria for w in found], most)
        ways = [self.freight(case, found[i].arcs, a, b, (origin, destination)) for i in keep]
        return sorted(ways, key=lambda w: w.usd_per_t)

    def freight_from(
        self, origin: str, form: str, *, avoid: Iterable[str] = (), closed: Iterable[str] = ()
    ) -> dict[str, Freight]:
        """Return the cheapest lawful way to every hub by generalised cost, inventory interest included.

        Hubs that cannot be reached are left out. Policies that depend on the destination are applied per
        destination country.
        """
        a = self.resolve(origin, "origin")
        shut = self.closures(avoid, closed)
        groups: dict[int, tuple[Case, list[str]]] = {}
        for hub in self.network.hubs.index:
            case = self.case(a, hub, form, shut, None)
            groups.setdefault(id(case), (case, []))[1].append(hub)
        answer: dict[str, Freight] = {}
        for case, hubs in groups.values():
            for (_, hub), arcs in self._cheapest(case, [a], hubs).items():
                answer[hub] = self.freight(case, arcs, a, hub, (origin, hub))
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
        """Return the cheapest lawful way by generalised cost; with none, ``lawful`` is False."""
        a, b, shut = self.understood(origin, destination, form, avoid, closed)
        case = self.case(a, b, form, shut, None)
        found = self._cheapest(case, [a], [b])
        return self.freight(case, found[(a, b)], a, b, (origin, destination)) if found else self.no_way(case, a, b)

    def cheapest_through(
        self,
        origin: str,
        destination: str,
        form: str,
        via: str,
        *,
        avoid: Iterable[str] = (),
        closed: Iterable[str] = (),
    ) -> Freight:
        """Return the cheapest lawful way by generalised cost that uses a leg, or passes through a hub.

        Raises InputError for a name that is neither, and where no lawful way uses it.
        """
        asked = Asked()
        through_what = asked.of(lambda: self.leg_or_hub(via), via)
        a, b, shut = self.understood(origin, destination, form, avoid, closed, asked)
        case = self.case(a, b, form, shut, None)
        network = case.network
        if through_what in self.facts.alone:
            uses = [through_what in c.legs for c in network.carriages]
        else:
            hub = network.hub_index[through_what]
            uses = [c.destination == hub for c in network.carriages]
        ridden = np.array([*uses, False])[network.carriage]
        doubled = np.flatnonzero(case.costs.open)
        weight = self.generalised(case)
        arcs = through(network, weight, doubled, ridden, network.hub_index[a], network.hub_index[b])
        if arcs is None:
            raise InputError("no lawful way goes there", [Fault("via", repr(via), "a leg or hub on some way")])
        return self.freight(case, arcs, a, b, (origin, destination))

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
        interest_usd_per_t (value x rate x days / 365), days, days_low, days_high, risk, kg_co2e_per_t,
        lawful, countries (tuple of ISO3 crossed), legs (tuple), reason (empty where lawful). Chosen by
        usd_per_t plus interest.
        """
        starts = [self.resolve(o, f"origins[{i}]") for i, o in enumerate(origins)]
        ends = [self.resolve(d, f"destinations[{i}]") for i, d in enumerate(destinations)]
        shut = self.closures(avoid, closed)
        parts = [
            matrix_of_form(self, list(origins), starts, list(destinations), ends, form, shut)
            for form in dict.fromkeys(forms)
        ]
        if not parts:
            return pd.DataFrame(columns=MATRIX_COLUMNS)
        return pd.concat(parts, ignore_index=True)

    def _goal(self, case: Case, criteria: tuple[str, ...], goal: str) -> Goal:
        """Return the graph of a case for some criteria, and what is known of the way to a goal; both are kept."""
        costs, network = case.costs, case.network
        columns = {"cost": costs.usd[0], "days": costs.mean_days, "risk": costs.log_pass, "carbon": costs.kg_co2e}
        weights = np.stack([columns[c] for c in criteria], axis=1)
        key = (id(costs), criteria)
        states, tail, head = network.states, network.tail, network.head
        if key not in self._graphs:
            self._graphs[key] = Graph.from_arcs(states, tail, head, weights, np.flatnonzero(costs.open))
        if (*key, goal) not in self._goals:
            ends = network.arrivals[network.hub_index[goal]]
            if id(network) not in self._pairs:  # as many as there are sets of approvals; the cases keep them alive
                self._pairs[id(network)] = Pairs.of(states, tail, head)
            pairs = self._pairs[id(network)]
            trees = tuple(pairs.shortest_to(ends, column, costs.open) for column in weights.T)
            bounds = Bounds.of(np.stack([tree.least for tree in trees], axis=1))
            self._goals[(*key, goal)] = Goal(self._graphs[key], weights, bounds, trees)
        return self._goals[(*key, goal)]

    def understood(
        self,
        origin: str,
        destination: str,
        form: str,
        avoid: Iterable[str] = (),
        closed: Iterable[str] = (),
        asked: Asked | None = None,
    ) -> tuple[str, str, Closures]:
        """Return the hubs and closures that a question means; raises every mistake at once.

        ``asked`` holds mistakes that were found before.
        """
        asked = asked or Asked()
        a = asked.of(lambda: self.resolve(origin, "origin"), "")
        b = asked.of(lambda: self.resolve(destination, "destination"), "")
        asked.of(lambda: self.form(form).form, "")
        shut = asked.of(lambda: self.closures(avoid, closed), Closures())
        asked.settle()
        return a, b, shut

    def _cheapest(self, case: Case, origins: Sequence[str], ends: Sequence[str]) -> dict[tuple[str, str], list[int]]:
        index = case.network.hub_index
        trees = shortest_trees(case.network, self.generalised(case), case.costs.open, [index[o] for o in origins])
        states, least = nearest_states(case.network, trees, [index[e] for e in ends])
        ways: dict[tuple[str, str], list[int]] = {
            (o, e): [] for i, o in enumerate(origins) for j, e in enumerate(ends) if np.isfinite(least[i, j])
        }
        for i, j, arc in zip(*(x.tolist() for x in arcs_back(trees, states, least)), strict=True):
            ways[(origins[i], ends[j])].insert(0, arc)
        return ways


def _returns(network: RouteNetwork, way: ParetoWay) -> bool:
    """Does a way come to a hub where it has been?"""
    rides = [int(network.carriage[arc]) for arc in way.arcs if network.carriage[arc] >= 0]
    hubs = [network.carriages[ride].destination for ride in rides]
    hubs += [network.carriages[ride].origin for ride in rides[:1]]
    return len(set(hubs)) < len(hubs)


def criterion(name: str) -> str:
    """Return the name of a criterion; raises UnknownNameError."""
    if name not in CRITERIA:
        raise UnknownNameError("criterion", name, CRITERIA, "criteria")
    return name


def spread(vectors: Sequence[Sequence[float]], most: int) -> list[int]:
    """Pick at most ``most`` vectors: the least in each column, then the farthest from those picked."""
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
