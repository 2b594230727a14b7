"""A way told leg by leg, and why there is none."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.routes.cuts import holders_of_closure
from ytterby.routes.network import Carriage, Floats, RouteNetwork
from ytterby.routes.policy import Charges
from ytterby.routes.pricing import ArcCosts
from ytterby.routes.tariffs import rows_of
from ytterby.world.terms import Confidence, Freight, Leg, ProductForm

NAN = float("nan")


@dataclass(frozen=True)
class LegFacts:
    """Source and confidence of every leg, and its ends as hub keys."""

    source: Mapping[str, str]
    confidence: Mapping[str, str]
    alone: Mapping[str, Carriage]
    """The leg's own carriage, forwards."""
    rate: Mapping[str, str]
    """The freight rate that prices a leg; blank: a price of its own."""
    ridden: Mapping[tuple[str, str], Carriage]
    """The leg's own carriage by leg and the hub that it starts from."""

    @classmethod
    def of(cls, legs: pd.DataFrame, network: RouteNetwork) -> LegFacts:
        """Index the table legs and the network's single-leg carriages."""
        alone: dict[str, Carriage] = {}
        ridden: dict[tuple[str, str], Carriage] = {}
        hubs = [str(hub) for hub in network.hub_index]
        for carriage in network.carriages:
            if len(carriage.legs) == 1:
                alone.setdefault(carriage.legs[0], carriage)
                ridden[(carriage.legs[0], hubs[carriage.origin])] = carriage
        rows = list(rows_of(legs))
        return cls(
            source={r.leg: r.source for r in rows},
            confidence={r.leg: r.confidence for r in rows},
            alone=alone,
            rate={r.leg: r.rate for r in rows},
            ridden=ridden,
        )


def freight_of(
    network: RouteNetwork,
    facts: LegFacts,
    costs: ArcCosts,
    charge: Charges,
    arcs: Sequence[int],
    form: ProductForm,
    ends: tuple[str, str],
    remarks: Sequence[str] = (),
) -> Freight:
    """Add up a way's arcs and tell its legs.

    The band of the cost is the sum of the legs' low (high) ends: legs share unit rates, so they err together.
    ``days`` is the middle of the summed band plus the expected delays of the month; risk is 1 - prod(1 - p).
    """
    at = np.array(arcs, dtype=np.int64)
    usd = costs.usd[:, at].sum(axis=1) if len(at) else np.zeros(3)
    days = costs.days[:, at].sum(axis=1) if len(at) else np.zeros(2)
    legs: list[Leg] = []
    reasons: list[str] = list(remarks)
    changes, change_usd = 0, 0.0
    hubs = tuple(network.hub_index)
    for arc in arcs:
        ride = int(network.carriage[arc])
        if ride < 0:
            if costs.usd[0, arc] > 0:
                changes, change_usd = changes + 1, change_usd + float(costs.usd[0, arc])
            continue
        carriage = network.carriages[ride]
        legs += _legs(carriage, float(costs.usd[0, arc]), costs.days[:, arc], facts, hubs)
        reasons += [r for r in (*charge.charging.get(ride, ()), *carriage.remarks) if r not in reasons]
    if changes:
        reasons.append(f"{changes} changes of mode or ship: {change_usd:.0f} USD/t of the total")
    return Freight(
        origin=ends[0],
        destination=ends[1],
        form=form.form,
        lawful=True,
        usd_per_t=float(usd[0]),
        low_usd_per_t=float(usd[1]),
        high_usd_per_t=float(usd[2]),
        days=float(costs.mean_days[at].sum()) if len(at) else 0.0,
        days_low=float(days[0]),
        days_high=float(days[1]),
        risk=float(1 - math.exp(-float(costs.log_pass[at].sum()))) if len(at) else 0.0,
        kg_co2e_per_t=float(costs.kg_co2e[at].sum()) if len(at) else 0.0,
        legs=tuple(legs),
        reasons=tuple(reasons),
    )


def _legs(carriage: Carriage, usd: float, days: Floats, facts: LegFacts, hubs: Sequence[str]) -> list[Leg]:
    """Tell a carriage as its legs; what a joined stretch costs is shared out by distance."""
    told: list[Leg] = []
    here = carriage.origin
    for name in carriage.legs:
        part = facts.alone[name]
        there = part.destination if part.origin == here else part.origin
        share = 1.0 if len(carriage.legs) == 1 else part.distance_km / carriage.distance_km
        told.append(
            Leg(
                leg=name,
                origin=str(hubs[here]),
                destination=str(hubs[there]),
                mode=part.mode,
                distance_km=part.distance_km,
                usd_per_t=usd * share,
                days_low=float(days[0]) * share,
                days_high=float(days[1]) * share,
                countries=part.countries,
                passages=part.passages,
                source=str(facts.source[name]),
                confidence=Confidence(facts.confidence[name]),
            )
        )
        here = there
    return told


def no_way(
    network: RouteNetwork,
    blockers: Mapping[int, Sequence[str]],
    open_arcs: NDArray[np.bool_],
    start: int,
    ends: Sequence[int],
    form: str,
    names: tuple[str, str],
    *,
    cut: bool = False,
) -> Freight:
    """Say that nothing is left, and which closures to lift: those of the way with the fewest shut legs.

    ``blockers`` gives the reasons by carriage. Where lifting all of them would not help, that is said. With ``cut``
    the smallest set of closures that keeps the places apart is told too, by who holds it.
    """
    arcs = _fewest_shut(network, open_arcs, start, {int(e) for e in ends})
    if arcs is None:
        reasons: tuple[str, ...] = (f"the network has no way at all from {names[0]} to {names[1]}",)
    else:
        shut = [int(network.carriage[a]) for a in arcs if not open_arcs[a]]
        told = [f"{'-'.join(network.carriages[r].legs)}: {'; '.join(blockers.get(r, ('shut',)))}" for r in shut]
        held = holders_of_closure(network, blockers, open_arcs, start, ends) if cut else ()
        reasons = (
            "no lawful way is left",
            *((f"the smallest cut that holds it shut: {' + '.join(held)}",) if held else ()),
            f"the fewest legs to open for a way: {len(shut)}",
            *dict.fromkeys(told),
        )
    return Freight(
        origin=names[0],
        destination=names[1],
        form=form,
        lawful=False,
        usd_per_t=NAN,
        low_usd_per_t=NAN,
        high_usd_per_t=NAN,
        days=NAN,
        days_low=NAN,
        days_high=NAN,
        risk=1.0,
        kg_co2e_per_t=NAN,
        reasons=reasons,
    )


def _fewest_shut(network: RouteNetwork, open_arcs: NDArray[np.bool_], start: int, ends: set[int]) -> list[int] | None:
    """Path with the fewest shut arcs, then the fewest arcs."""
    leaving: dict[int, list[tuple[int, int, bool]]] = {}
    for arc, (u, v, free) in enumerate(
        zip(network.tail.tolist(), network.head.tolist(), open_arcs.tolist(), strict=True)
    ):
        leaving.setdefault(u, []).append((arc, v, free))
    best: dict[int, tuple[int, int]] = {start: (0, 0)}
    came: dict[int, tuple[int, int]] = {}
    heap = [((0, 0), start)]
    while heap:
        cost, state = heapq.heappop(heap)
        if cost > best[state]:
            continue
        if state in ends:
            path: list[int] = []
            while state != start:
                state, arc = came[state]
                path.append(arc)
            return path[::-1]
        for arc, head, free in leaving.get(state, ()):
            reached = (cost[0] + (not free), cost[1] + 1)
            if head not in best or reached < best[head]:
                best[head] = reached
                came[head] = (state, arc)
                heapq.heappush(heap, (reached, head))
    return None
