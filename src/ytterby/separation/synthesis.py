"""Which order of cuts is cheapest: dynamic programming over the tree of cuts between neighbouring product
groups.

With sharp cuts every stream is a run of neighbouring groups, so a tree is a choice of one cut for each
run, and the
cheapest tree of a run is its cheapest cut plus the cheapest trees of the two runs that it makes (Bellman).
For g
groups there are g (g - 1) / 2 runs. Cerium oxidised beforehand can be tried beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.cascade import CutTargets, fenske_stages, gilliland_stages
from ytterby.separation.circuit import Circuit, Cut
from ytterby.separation.factors import Basis, Factors
from ytterby.separation.feeds import Feed, moles_vector
from ytterby.separation.underwood import root_between
from ytterby.world.errors import Fault, InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """What a cut costs: acid and base by its extraction amount, plant by its hold-up."""

    per_extraction: float = 1.0
    """Cost of one mole of freshly saponified organic: base, scrub and strip acid, salt."""
    per_holdup: float = 0.0005
    """Cost of one mole held per mole of feed: share of yearly capital, in the same money."""
    cerium_oxidation: float | None = None
    """Cost of oxidising and removing one mole of cerium beforehand; None: not an option."""
    margin: float = 1.25
    purity: float = 0.999


@dataclass(frozen=True)
class SynthesisResult:
    """The cheapest tree."""

    circuit: Circuit
    cost: float
    """In the money of the weights, per mol of feed."""
    extraction: float
    """Sum of S, mol per mol of feed."""
    cerium_removed: bool
    cuts_compared: int


def synthesise(
    feed: Feed,
    groups: Sequence[Sequence[str]],
    factors: Factors,
    weights: Weights | None = None,
    *,
    basis: Basis = "measured",
    name: str = "synthesised",
) -> SynthesisResult:
    """Cheapest sequence of cuts of a feed into product groups.

    ``groups``: elements of each product, groups of neighbours in the extractant's order, least extractable
    first; all
    elements of the feed must stand in one. Raises InputError for groups that are not runs of the order, or
    where a
    factor is missing. Up to 15 single elements take some tens of milliseconds.
    """
    w = weights or Weights()
    plain = _best(feed, groups, factors, w, basis)
    if w.cerium_oxidation is None or feed.moles.get("Ce", 0.0) <= 0:
        return _result(name, plain, feed, removed=False)
    cerium = feed.moles["Ce"]
    rest = Feed.of_moles(feed.name, {e: n for e, n in feed.moles.items() if e != "Ce"}, feed.mineral)
    kept = [g for g in ([e for e in group if e != "Ce"] for group in groups) if g]
    other = _best(rest, kept, factors, w, basis)
    oxidised = other.cost * (1 - cerium) + w.cerium_oxidation * cerium
    if oxidised < plain.cost:
        scaled = _Tree(other.cuts, oxidised, other.extraction * (1 - cerium), other.outlets, other.compared)
        return _result(name, scaled, feed, removed=True)
    return _result(name, plain, feed, removed=False)


@dataclass(frozen=True)
class _Tree:
    cuts: tuple[Cut, ...]
    cost: float
    extraction: float
    outlets: tuple[tuple[str, str], ...]
    compared: int


def _best(feed: Feed, groups: Sequence[Sequence[str]], factors: Factors, w: Weights, basis: Basis) -> _Tree:
    runs = _check(feed, groups, factors)
    z = moles_vector(feed, factors.order)
    alpha = factors.alphas(factors.betas(basis))
    betas = factors.betas(basis)
    count = len(runs)
    best = np.zeros((count, count))
    amount = np.zeros((count, count))
    choice = np.zeros((count, count), dtype=int)
    compared = 0
    for length in range(2, count + 1):
        for first in range(count - length + 1):
            last = first + length - 1
            best[first, last] = np.inf
            for k in range(first, last):
                compared += 1
                cost, s = _cut_cost(z, (alpha, betas), (runs[first][0], runs[k + 1][0], runs[last][1]), factors, w)
                total = cost + best[first, k] + best[k + 1, last]
                if total < best[first, last]:
                    best[first, last], choice[first, last] = total, k
                    amount[first, last] = s + amount[first, k] + amount[k + 1, last]
    cuts: list[Cut] = []
    outlets: list[tuple[str, str]] = []

    def build(first: int, last: int, source: str) -> None:
        if first == last:
            outlets.append(("-".join(groups[first]), source))
            return
        k = int(choice[first, last])
        low, high = groups[k][-1], groups[k + 1][0]
        identity = f"{low}-{high}".lower()
        cuts.append(Cut(identity, source, (low, high)))
        build(first, k, f"{identity}.raffinate")
        build(k + 1, last, f"{identity}.extract")

    build(0, count - 1, "feed")
    return _Tree(tuple(cuts), float(best[0, -1]), float(amount[0, -1]), tuple(outlets), compared)


def _cut_cost(
    z: Array, alphas: tuple[Array, Array], run: tuple[int, int, int], factors: Factors, w: Weights
) -> tuple[float, float]:
    """Cost and S of cutting a run of the order at a place; ``run``: first, first of the upper part, last."""
    first, boundary, last = run
    alpha, betas = alphas
    inside = z[first : last + 1]
    total = float(inside.sum())
    heavy = float(z[boundary : last + 1].sum())
    if heavy <= 0 or heavy >= total:
        return 0.0, 0.0
    steps = betas[first:last]
    if np.isnan(steps).any() or (steps <= 1).any():
        bad = first + int(np.flatnonzero(np.isnan(steps) | (steps <= 1))[0])
        pair = f"{factors.order[bad + 1]} over {factors.order[bad]}"
        raise InputError("synthesis", [Fault(pair, "no separation factor above 1", "a measurement of this pair")])
    present = first + np.flatnonzero(inside > 0)
    key = int(np.searchsorted(present, boundary)) - 1
    a, x = alpha[present] / alpha[first], z[present] / total
    theta = root_between(a, x, key)
    least = float(np.sum((a * x / (a - theta))[key + 1 :]))
    s = w.margin * least
    share = heavy / total
    goal = CutTargets.of(share, w.purity)
    up = goal.organic_purity / (1 - goal.organic_purity) * (1 - share) / share
    down = goal.raffinate_purity / (1 - goal.raffinate_purity) * share / (1 - share)
    stages = gilliland_stages(fenske_stages(float(a[key + 1] / a[key]), up, down), s, least)
    held = stages * (2 * s + 1)
    return total * (w.per_extraction * s + w.per_holdup * held), total * s


def _check(feed: Feed, groups: Sequence[Sequence[str]], factors: Factors) -> list[tuple[int, int]]:
    faults, runs, expected = [], [], 0
    for group in groups:
        places = [factors.position[e] for e in group if e in factors.position]
        if len(places) != len(group) or not places or places != list(range(places[0], places[-1] + 1)):
            faults.append(Fault(f"group {'-'.join(group)}", "no run of neighbours", " ".join(factors.order)))
            continue
        if places[0] < expected:
            faults.append(Fault(f"group {'-'.join(group)}", "out of order or twice", " ".join(factors.order)))
        expected = places[-1] + 1
        runs.append((places[0], places[-1]))
    listed = {e for g in groups for e in g}
    left = [e for e in feed.moles if e not in listed]
    if left:
        faults.append(Fault("groups", f"without {', '.join(left)}", "every element of the feed in one group"))
    if faults:
        raise InputError("products cannot be made from this feed", faults)
    return runs


def _result(name: str, tree: _Tree, feed: Feed, *, removed: bool) -> SynthesisResult:
    title = f"Cheapest sequence for {feed.name}" + (", cerium oxidised beforehand" if removed else "")
    circuit = Circuit(name, title, tree.cuts, dict(tree.outlets), route="chemical-concentrate")
    return SynthesisResult(circuit, tree.cost, tree.extraction, removed, tree.compared)
