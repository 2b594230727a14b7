"""Which order of cuts is cheapest: dynamic programming over the tree of cuts between neighbouring product groups.

With sharp products every stream is a run of neighbouring groups, so a tree is a choice of one cut for each run, and the
cheapest tree of a run is its cheapest cut plus the cheapest trees of the runs that it makes (Bellman). A cut makes two
runs, or three where a cascade of three outlets pays. For g groups there are g (g - 1) / 2 runs. With linked cuts each
run keeps the best tree of each of its first cuts, since what a link saves depends on both cuts that it joins: exact
still. Cerium that is oxidised costs the same at every place and makes every later cut smaller, so it is tried first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ytterby.separation.circuit_file import Circuit, Cut
from ytterby.separation.cut_costs import NOTHING, CutCost, Cutting, Weights
from ytterby.separation.factors import Basis, Factors
from ytterby.separation.feeds import Feed, moles_vector
from ytterby.world.errors import Fault, InputError

__all__ = ["SynthesisResult", "Weights", "synthesise"]

Run = tuple[int, int]


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
    three_outlets: int = 0
    """Cascades of three outlets in the tree."""


@dataclass(frozen=True)
class _Plan:
    """One way to cut a run, with the best of all that follows; ``ends``: last group of each part but the last."""

    cost: float
    extraction: float
    ends: tuple[int, ...] = ()
    own: CutCost = NOTHING
    parts: tuple[_Plan, ...] = ()
    linked: int | None = None
    """The part whose first cut takes this cut's organic."""


def synthesise(
    feed: Feed,
    groups: Sequence[Sequence[str]],
    factors: Factors,
    weights: Weights | None = None,
    *,
    basis: Basis = "measured",
    name: str = "synthesised",
    three_outlets: bool = True,
    link_share: float | None = None,
) -> SynthesisResult:
    """Cheapest sequence of cuts of a feed into product groups.

    ``groups``: elements of each product, groups of neighbours in the extractant's order, least extractable first; all
    elements of the feed must stand in one. ``link_share``: share of the smaller amount that a link saves; None: cuts
    stand alone. Raises InputError for groups that are not runs of the order, or where a factor is missing.
    """
    w = weights or Weights()
    plain = _search(feed, groups, factors, w, (basis, three_outlets, link_share))
    found, removed, scale, price = plain, False, 1.0, plain[0].cost
    cerium = feed.moles.get("Ce", 0.0)
    if w.cerium_oxidation is not None and 0 < cerium < 1:
        rest = Feed.of_moles(feed.name, {e: n for e, n in feed.moles.items() if e != "Ce"}, feed.mineral)
        kept = [g for g in ([e for e in group if e != "Ce"] for group in groups) if g]
        other = _search(rest, kept, factors, w, (basis, three_outlets, link_share))
        oxidised = other[0].cost * (1 - cerium) + w.cerium_oxidation * cerium
        if oxidised < price:
            found, removed, scale, price, groups = other, True, 1 - cerium, oxidised, kept
    plan, compared = found
    cuts, outlets = _tree(plan, groups, linked=link_share is not None)
    title = f"Cheapest sequence for {feed.name}" + (", cerium oxidised beforehand" if removed else "")
    circuit = Circuit(name, title, tuple(cuts), outlets, "chemical-concentrate", factors.extractant)
    three = sum(c.upper_split is not None for c in cuts)
    return SynthesisResult(circuit, price, plan.extraction * scale, removed, compared, three)


def _search(
    feed: Feed,
    groups: Sequence[Sequence[str]],
    factors: Factors,
    w: Weights,
    options: tuple[Basis, bool, float | None],
) -> tuple[_Plan, int]:
    basis, three, share = options
    runs = _check(feed, groups, factors)
    cutting = Cutting(moles_vector(feed, factors.order), factors, factors.betas(basis), w)
    plans: dict[Run, list[_Plan]] = {(k, k): [_Plan(0.0, 0.0)] for k in range(len(runs))}
    compared = 0
    for length in range(2, len(runs) + 1):
        for first in range(len(runs) - length + 1):
            last = first + length - 1
            found: list[_Plan] = []
            for k in range(first, last):
                own = cutting.sharp(runs[first][0], runs[k + 1][0], runs[last][1])
                found.append(_join(own, (k,), (first, last), plans, (w.per_extraction, share)))
            cheapest = min(p.cost for p in found)
            for k in range(first, last - 1) if three else ():
                for m in range(k + 1, last):
                    compared += 1
                    rest = sum(_best(plans[r]).cost for r in ((first, k), (k + 1, m), (m + 1, last)))
                    if share is None and rest >= cheapest:
                        continue
                    both = cutting.three(runs[first][0], runs[k + 1][0], runs[m + 1][0], runs[last][1])
                    if both is not None:
                        found.append(_join(both, (k, m), (first, last), plans, (w.per_extraction, share)))
            compared += last - first
            plans[first, last] = found if share is not None else [_best(found)]
    return _best(plans[0, len(runs) - 1]), compared


def _best(plans: Sequence[_Plan]) -> _Plan:
    return min(plans, key=lambda p: p.cost)


def _join(
    own: CutCost, ends: tuple[int, ...], run: Run, plans: dict[Run, list[_Plan]], link: tuple[float, float | None]
) -> _Plan:
    """A cut with the best plans of its parts; at most one of them takes over its organic.

    The second cascade of a cut with three outlets takes over the organic of the first.
    """
    price, share = link
    starts = (run[0], *(e + 1 for e in ends))
    runs = list(zip(starts, (*ends, run[1]), strict=True))
    parts = [_best(plans[r]) for r in runs]
    cost, linked = own.cost + sum(p.cost for p in parts), None
    if share is not None:
        if len(ends) > 1:
            cost -= price * share * min(own.first, own.last)
        gain = 0.0
        for place, r in enumerate(runs):
            for candidate in plans[r]:
                saved = price * share * min(own.last, candidate.own.first) - (candidate.cost - _best(plans[r]).cost)
                if saved > gain + 1e-15:
                    gain, linked, choice = saved, place, candidate
        if linked is not None:
            parts[linked] = choice
            cost -= gain
    return _Plan(cost, own.extraction + sum(p.extraction for p in parts), ends, own, tuple(parts), linked)


def _tree(plan: _Plan, groups: Sequence[Sequence[str]], *, linked: bool) -> tuple[list[Cut], dict[str, str]]:
    cuts: list[Cut] = []
    outlets: dict[str, str] = {}

    def build(step: _Plan, run: Run, source: str, organic: str) -> None:  # organic: cut that it comes from
        first, last = run
        if not step.ends:
            outlets["-".join(groups[first])] = source
            return
        edges = [(groups[e][-1], groups[e + 1][0]) for e in step.ends]
        name = "-".join([edges[0][0], *(e[1] for e in edges)]).lower()
        if len(edges) == 1:
            cuts.append(Cut(name, source, edges[0], organic))
        else:
            before = f"{name}-apart"
            cuts.append(Cut(before, source, (edges[0][0], edges[1][1]), organic))
            feeds = f"{before}.raffinate", f"{before}.extract"
            cuts.append(Cut(name, feeds[0], edges[0], before if linked else "", "", feeds[1], edges[1]))
        starts = (first, *(e + 1 for e in step.ends))
        parts = zip(cuts[-1].outlets, zip(starts, (*step.ends, last), strict=True), step.parts, strict=True)
        for place, (outlet, part, following) in enumerate(parts):
            build(following, part, outlet, name if place == step.linked else "")

    build(plan, (0, len(groups) - 1), "feed", "")
    return cuts, outlets


def _check(feed: Feed, groups: Sequence[Sequence[str]], factors: Factors) -> list[Run]:
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
    if not groups:
        faults.append(Fault("groups", "none", "at least one product"))
    if faults:
        raise InputError("products cannot be made from this feed", faults)
    return runs
