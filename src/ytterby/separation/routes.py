"""Cracking and leaching: how a mineral is opened, what reaches the liquor, what it takes besides the
circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ytterby.separation.feeds import Feed
from ytterby.world import World
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Band


@dataclass(frozen=True)
class RouteItem:
    """One reagent, utility or waste of a route, per t REO fed."""

    step: str
    item: str
    kind: str
    amount: Band
    unit: str
    source: str
    confidence: str


@dataclass(frozen=True)
class CrackingRoute:
    """How a concentrate is opened."""

    name: str
    title: str
    minerals: tuple[str, ...]
    hcl_mol_per_mol_re: float
    """mol HCl per mol RE that is brought into the chloride liquor."""
    recovery: Band
    """Share of every element but cerium that reaches the liquor."""
    cerium_recovery: Band
    items: tuple[RouteItem, ...]
    impurities: str
    radioactivity: str
    source: str
    confidence: str
    stands_in: bool = True
    """Whether it is taken for a mineral that a plant's own route does not open."""

    def opens(self, mineral: str) -> bool:
        """Whether the main mineral of an ore is one of the route's."""
        main = mineral.partition(",")[0].strip()
        return any(m == main or m in main for m in self.minerals)

    def amount(self, item: str) -> float:
        """Sum over the steps of one item, per t REO fed."""
        return sum(i.amount.point for i in self.items if i.item == item)

    def recoveries(self, elements: tuple[str, ...]) -> Mapping[str, float]:
        """Share of each element that reaches the liquor."""
        return {e: self.cerium_recovery.point if e == "Ce" else self.recovery.point for e in elements}

    def leach(self, feed: Feed) -> tuple[Feed, float, float]:
        """Liquor as a feed of its own, t REO dissolved per t REO fed, and mol RE dissolved per g REO fed."""
        share = self.recoveries(tuple(feed.shares))
        kept = {e: s * share[e] for e, s in feed.shares.items()}
        total = sum(kept.values())
        if total <= 0:
            raise InputError(
                "nothing is leached",
                [Fault(f"route {self.name}", "recoveries of zero", "a recovery above 0")],
            )
        liquor = Feed(feed.name, {e: s / total for e, s in kept.items() if s > 0}, feed.mineral)
        return liquor, total, total / liquor.reo_g_per_mol


def read_routes(world: World) -> Mapping[str, CrackingRoute]:
    """All routes of the separation stage, in the table's order."""
    table = world.table("cracking_routes")
    items = world.table("route_reagents")
    found = {}
    for r in table[table["stage"] == "separation"].to_dict("records"):
        own = items[items["route"] == r["route"]]
        found[str(r["route"])] = CrackingRoute(
            name=str(r["route"]),
            title=str(r["name"]),
            minerals=tuple(m.strip() for m in str(r["minerals"]).split(";")),
            hcl_mol_per_mol_re=float(r["hcl_mol_per_mol_re"]),
            recovery=Band(float(r["recovery"]), float(r["recovery_low"]), float(r["recovery_high"]), str(r["source"])),
            cerium_recovery=Band(float(r["ce_recovery"]), float(r["ce_low"]), float(r["ce_high"]), str(r["source"])),
            items=tuple(
                RouteItem(
                    str(i["step"]),
                    str(i["item"]),
                    str(i["kind"]),
                    Band(
                        float(i["amount"]),
                        float(i["low"]) if i["low"] == i["low"] else float(i["amount"]),
                        float(i["high"]) if i["high"] == i["high"] else float(i["amount"]),
                        str(i["source"]),
                    ),
                    str(i["unit"]),
                    str(i["source"]),
                    str(i["confidence"]),
                )
                for i in own.to_dict("records")
            ),
            impurities=str(r["impurities"]),
            radioactivity=str(r["radioactivity"]),
            source=str(r["source"]),
            confidence=str(r["confidence"]),
            stands_in=bool(r["stands_in"]),
        )
    return found


def choose_route(
    routes: Mapping[str, CrackingRoute], preferred: str, mineral: str, concentrate: bool = True
) -> CrackingRoute:
    """The preferred route where it opens the mineral or the mineral is open, otherwise the first that stands in.

    A chemical concentrate (``concentrate`` False: what another plant left) only has to be dissolved. Raises
    UnknownNameError for an unknown route, InputError where no route opens the mineral.
    """
    if preferred not in routes:
        raise UnknownNameError("cracking route", preferred, routes)
    if not concentrate:
        return routes["chemical-concentrate"]
    if not mineral or routes[preferred].opens(mineral):
        return routes[preferred]
    for route in routes.values():
        if route.stands_in and route.opens(mineral):
            return route
    raise InputError(
        "no route opens this mineral",
        [
            Fault(
                mineral or "mineral",
                "no row of cracking_routes lists it",
                "a mineral named in cracking_routes.minerals",
            )
        ],
    )
