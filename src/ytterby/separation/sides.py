"""The sides of a comparison of acid: a plant each, one with causes taken from the other, both drawn together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ytterby.separation.circuit import Circuit, run_circuit
from ytterby.separation.factors import Basis
from ytterby.separation.feeds import Feed
from ytterby.separation.inventory import Inventory, take_inventory
from ytterby.separation.parameters import CircuitParameters
from ytterby.separation.process import Separation
from ytterby.separation.routes import CrackingRoute, RouteItem
from ytterby.world.terms import Band

SAMPLED = ("reflux-margin", "link-share", "acid-excess", "chlor-alkali-availability")


@dataclass(frozen=True)
class Side:
    """One plant of a comparison: what goes in, how it is opened, how it is split."""

    feed: Feed
    route: CrackingRoute
    circuit: Circuit

    @property
    def label(self) -> str:
        """Ore and circuit."""
        return f"{self.feed.name}, {self.circuit.name}"


def acid_of(
    side: Side, separation: Separation, parameters: CircuitParameters, betas: Mapping[str, NDArray[np.float64]]
) -> Inventory:
    """Inventory of a side at given parameters and separation factors by extractant."""
    liquor, _, _ = side.route.leach(side.feed)
    flows = run_circuit(
        side.circuit,
        liquor,
        separation.chemistry(side.circuit),
        betas,
        margin=parameters["reflux-margin"],
        link_share=parameters["link-share"],
    )
    return take_inventory(side.feed, side.route, flows, parameters)


def side_of(s: Separation, ore: str, circuit: str) -> Side:
    """An ore in a circuit, opened by the circuit's own route."""
    tree = s.circuit(circuit)
    return Side(s.feed(ore), s.route(tree.route, ore), tree)


def betas_of(s: Separation, side: Side, basis: Basis) -> Mapping[str, NDArray[np.float64]]:
    """Neighbouring separation factors of a side, by extractant."""
    return s.betas(side.circuit, basis)


def hybrid(a: Side, b: Side, of_a: frozenset[str]) -> Side:
    """Side b with the named causes taken from a."""

    def pick(cause: str) -> Side:
        return a if cause in of_a else b

    chemistry, losses, cerium = pick("route").route, pick("recovery").route, pick("cerium").route
    own = losses.recovery
    rejected = cerium.cerium_recovery.point / cerium.recovery.point
    route = replace(
        chemistry,
        recovery=losses.recovery,
        cerium_recovery=Band(
            min(own.point * rejected, 1.0), min(own.low * rejected, 1.0), min(own.high * rejected, 1.0)
        ),
    )
    circuit = replace(pick("slate").circuit, purity=pick("purity").circuit.purity)
    linked = pick("linkage").circuit.linked
    return Side(pick("feed").feed, route, circuit if circuit.linked == linked else circuit.link(linked))


def draw_sides(s: Separation, sides: tuple[Side, ...], n: int, seed: int) -> list[tuple[Inventory, ...]]:
    """Inventories of all sides for each of ``n`` Latin-hypercube samples; what sides share is drawn once."""
    extractants = sorted({e for side in sides for e in side.circuit.extractants})
    widths = {e: len(s.factors(e).order) - 1 for e in extractants}
    routes = {side.route.name: side.route for side in sides}
    items = {name: [i for i in r.items if i.kind == "reagent"] for name, r in routes.items()}
    columns = sum(widths.values()) + len(SAMPLED) + sum(2 + len(v) for v in items.values())
    uniform = qmc.LatinHypercube(columns, rng=np.random.default_rng(seed)).random(n)
    out = []
    for row in uniform:
        draw = iter(row.tolist())
        betas = {e: s.factors(e).sampled(np.array([next(draw) for _ in range(widths[e])])) for e in extractants}
        parameters = s.parameters.having({p: within(s.parameters.band(p), next(draw)) for p in SAMPLED})
        changed = {}
        for name, route in routes.items():
            rest, cerium = within(route.recovery, next(draw)), within(route.cerium_recovery, next(draw))
            reagents = {(i.step, i.item): within(i.amount, next(draw)) for i in items[name]}
            changed[name] = replace(
                route,
                recovery=replace(route.recovery, point=rest),
                cerium_recovery=replace(route.cerium_recovery, point=cerium),
                items=tuple(_amount(i, reagents.get((i.step, i.item))) for i in route.items),
            )
        out.append(
            tuple(
                acid_of(
                    replace(side, route=changed[side.route.name]),
                    s,
                    parameters,
                    betas,
                )
                for side in sides
            )
        )
    return out


def _amount(item: RouteItem, value: float | None) -> RouteItem:
    return item if value is None else replace(item, amount=replace(item.amount, point=value))


def within(band: Band, uniform: float) -> float:
    """Value at one uniform draw: linear from low to point over the first half, from point to high over the
    second."""
    if uniform < 0.5:
        return band.low + (band.point - band.low) * 2 * uniform
    return band.point + (band.high - band.point) * (2 * uniform - 1)
