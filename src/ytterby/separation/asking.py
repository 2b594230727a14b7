"""What a design is asked of: a feed, a tree of cuts, a route and factors, given as such or by name in a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ytterby.separation.circuit import Circuit
from ytterby.separation.factors import Factors
from ytterby.separation.feeds import Feed
from ytterby.separation.routes import CrackingRoute
from ytterby.separation.tree import DISSOLVE, circuit_of_cuts
from ytterby.world import World

if TYPE_CHECKING:
    from ytterby.separation.process import Separation

OWN_FEED = "own-feed"
"""Name of a feed given as shares."""


@cache
def _shipped() -> Separation:
    return known_in(World.load())


def known_in(world: World | None) -> Separation:
    """The separation of a world, by default the shipped one."""
    from ytterby.separation.process import Separation

    return Separation(world) if world is not None else _shipped()


def needed(known: Separation | None) -> Separation:
    """What is known already, or the shipped world's."""
    return known if known is not None else _shipped()


def feed_of(feed: Feed | Mapping[str, float] | str, known: Separation | None) -> Feed:
    """A feed, by name or by shares."""
    if isinstance(feed, Feed):
        return feed
    return needed(known).feed(feed) if isinstance(feed, str) else Feed.of_shares(OWN_FEED, feed)


def tree_of(
    cuts: Circuit | Sequence[str] | str, feed: Feed, known: Separation | None, extractant: str, linked: bool
) -> Circuit:
    """A circuit, by name or by its cuts."""
    if isinstance(cuts, Circuit):
        return cuts
    if isinstance(cuts, str):
        return needed(known).circuit(cuts)
    order = needed(known).factors(extractant).order
    return circuit_of_cuts(cuts, order, tuple(feed.shares), extractant=extractant, linked=linked)


def route_of(known: Separation | None, tree: Circuit, feed: Feed, *, mined: bool) -> CrackingRoute:
    """The route that opens the feed: the ore's own, or dissolution of what is no mineral."""
    if mined:
        return needed(known).route(tree.route, feed.name)
    return needed(known).routes[DISSOLVE if not feed.mineral else tree.route]


def factors_of(
    tree: Circuit, factors: Factors | Mapping[str, Factors] | None, known: Separation | None
) -> Mapping[str, Factors]:
    """Factors of every extractant of a tree."""
    given = {factors.extractant: factors} if isinstance(factors, Factors) else dict(factors or {})
    return {e: given[e] if e in given else needed(known).factors(e) for e in tree.extractants}
