"""Who needs how much more acid, and why: two plants compared, with a band and the causes of the ratio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import exp, factorial, log

import numpy as np

from ytterby.separation.inventory import Inventory, Per
from ytterby.separation.process import Separation
from ytterby.separation.sides import Side, acid_of, betas_of, draw_sides, hybrid, side_of
from ytterby.world import World
from ytterby.world.terms import Band, Verdict

CAUSES = ("feed", "route", "cerium", "recovery", "slate", "purity", "linkage")
"""What can make the acid differ: the ore's elements, how it is opened, cerium left behind, other losses, which cuts are
made, how pure the products are, and whether the cuts are linked."""
BASES: tuple[Per, ...] = ("feed", "separated", "ndpr")
INVENTORIES_NEEDED = 2
"""Sourced plant inventories a side that a test against plants takes."""
PERCENTILES = (5.0, 95.0)


@dataclass(frozen=True)
class SideResult:
    """Acid of one side, t of 100 % HCl per t REO fed, with bands of 5 to 95 % of the samples."""

    ore: str
    circuit: str
    route: str
    inventory: Inventory
    net: Band
    gross: Band
    purchased: Band
    at_textbook: float
    """Net acid at the separation factors that textbooks print."""
    protons: Band
    """H+ of all mineral acids, kmol per t REO fed."""
    per: Mapping[str, Band]
    """Net acid per t of the basis: ``feed``, ``separated``, ``ndpr``."""


@dataclass(frozen=True)
class Comparison:
    """The acid of one side over that of the other."""

    a: SideResult
    b: SideResult
    ratios: Mapping[str, Band]
    """``net``, ``gross``, ``purchased``, ``protons``, ``base`` per t REO fed, ``net per separated``, ``net
    per ndpr``."""
    causes: Mapping[str, float]
    """Factor by which each cause multiplies the net acid of side b on the way to side a; their product is
    the ratio."""
    price_ratio: Band | None
    """Price of HCl at a over b, at the same time where both are quoted; None where countries are not
    named."""
    price_basis: str
    cost_ratio: float | None
    """HCl bill of a over b, net acid at each country's price."""
    verdict: Verdict
    because: str
    samples: int
    seed: int


def compare(
    world: World,
    ore_a: str,
    circuit_a: str,
    ore_b: str,
    circuit_b: str,
    n: int = 256,
    seed: int = 0,
    *,
    countries: tuple[str, str] | None = None,
    separation: Separation | None = None,
) -> Comparison:
    """Compare the hydrochloric acid of two plants.

    ``ore_*``: keys of ores; ``circuit_*``: circuit files, each with its own route. ``n`` Latin-hypercube
    samples of
    separation factors, recoveries, route reagents and circuit parameters give the bands; what both sides
    share
    (separation factors of one extractant, the design margin) is drawn once for both. ``countries``: ISO3
    codes for
    the price of acid. Raises UnknownNameError for an unknown ore or circuit.
    """
    s = separation or Separation(world)
    sides = tuple(side_of(s, o, c) for o, c in ((ore_a, circuit_a), (ore_b, circuit_b)))
    base = [acid_of(side, s, s.parameters, betas_of(s, side, s.basis)) for side in sides]
    book = [acid_of(side, s, s.parameters, betas_of(s, side, "textbook")).hcl.net for side in sides]
    drawn = draw_sides(s, sides, n, seed)
    results = tuple(
        _result(side, inventory, [d[i] for d in drawn], textbook)
        for i, (side, inventory, textbook) in enumerate(zip(sides, base, book, strict=True))
    )
    a, b = results
    causes = shapley_causes(s, sides[0], sides[1])
    price, basis, cost = _prices(s, base, countries)
    plants = [_plant_inventories(world, o, c) for o, c in ((ore_a, circuit_a), (ore_b, circuit_b))]
    ratios = _ratios(base, drawn)
    verdict, because = _verdict(ratios["net"], plants, (ore_a, ore_b))
    return Comparison(a, b, ratios, causes, price, basis, cost, verdict, because, n, seed)


def shapley_causes(separation: Separation, a: Side, b: Side) -> Mapping[str, float]:
    """Factors by which each cause multiplies the net acid from side b to side a; exact, order-free.

    The Shapley value of the logarithm over all orders in which the seven causes can be switched from b to a:
    no cause
    is favoured by coming first, and the factors multiply to the ratio.
    Source: L.S. Shapley, Contributions to the Theory of Games II, Princeton 1953, 307.
    """
    values: dict[frozenset[str], float] = {}
    for size in range(len(CAUSES) + 1):
        for chosen in combinations(CAUSES, size):
            mixed = hybrid(a, b, frozenset(chosen))
            betas = betas_of(separation, mixed, separation.basis)
            values[frozenset(chosen)] = log(acid_of(mixed, separation, separation.parameters, betas).hcl.net)
    count = len(CAUSES)
    shares = {}
    for cause in CAUSES:
        total = 0.0
        for others, value in values.items():
            if cause not in others:
                weight = factorial(len(others)) * factorial(count - len(others) - 1) / factorial(count)
                total += weight * (values[others | {cause}] - value)
        shares[cause] = exp(total)
    return shares


def _band(point: float, values: Iterable[float], basis: str = "5 to 95 % of the samples") -> Band:
    data = np.array([v for v in values if np.isfinite(v)])
    if not len(data):
        return Band(point, float("nan"), float("nan"), "not made")
    low, high = (float(v) for v in np.percentile(data, PERCENTILES))
    return Band(point, min(low, point), max(high, point), basis)


def _result(side: Side, base: Inventory, drawn: list[Inventory], textbook: float) -> SideResult:
    return SideResult(
        ore=side.feed.name,
        circuit=side.circuit.name,
        route=side.route.name,
        inventory=base,
        net=_band(base.hcl.net, (d.hcl.net for d in drawn)),
        gross=_band(base.hcl.gross, (d.hcl.gross for d in drawn)),
        purchased=_band(base.hcl.purchased, (d.hcl.purchased for d in drawn)),
        at_textbook=textbook,
        protons=_band(base.protons_kmol, (d.protons_kmol for d in drawn)),
        per={p: _band(base.hcl.net / base.per(p), (d.hcl.net / d.per(p) for d in drawn)) for p in BASES},
    )


def _ratios(base: list[Inventory], drawn: list[tuple[Inventory, ...]]) -> Mapping[str, Band]:
    def measures(i: Inventory) -> dict[str, float]:
        return {
            "net": i.hcl.net,
            "gross": i.hcl.gross,
            "purchased": i.hcl.purchased,
            "protons": i.protons_kmol,
            "base": i.hcl.extraction,
            "net per separated": i.hcl.net / i.per("separated"),
            "net per ndpr": i.hcl.net / i.per("ndpr"),
        }

    points = [measures(i) for i in base]
    sampled = [(measures(a), measures(b)) for a, b in drawn]
    return {k: _band(points[0][k] / points[1][k], (a[k] / b[k] for a, b in sampled if b[k])) for k in points[0]}


def _prices(
    s: Separation, base: list[Inventory], countries: tuple[str, str] | None
) -> tuple[Band | None, str, float | None]:
    if countries is None:
        return None, "", None
    quoted = s.prices.same_time("hcl", *countries)
    own = tuple(s.prices.quotation("hcl", c) for c in countries)
    a, b = own
    ratio = Band(a.price.point / b.price.point, a.price.low / b.price.high, a.price.high / b.price.low, "year's prices")
    basis = f"{a.period} over {b.period}"
    if quoted:
        same = quoted[0].price.point / quoted[1].price.point
        ratio = replace(ratio, low=min(ratio.low, same), high=max(ratio.high, same))
        basis += f"; quoted together in {quoted[0].period} and {quoted[1].period}: {same:.2g}"
    bills = [i.hcl.net * q.price.point for i, q in zip(base, own, strict=True)]
    return ratio, basis, bills[0] / bills[1]


def _plant_inventories(world: World, ore: str, circuit: str) -> int:
    """Sourced plants' records of hydrochloric acid per t REO for this ore and circuit."""
    rows = world.table("plant_inventories")
    fits = rows[
        (rows["ore"] == ore)
        & (rows["circuit"] == circuit)
        & rows["published_plant"].fillna(False).astype(bool)
        & (rows["reagent"] == "hcl")
        & (rows["unit"] == "t/t REO")
    ]
    return len(fits)


def _verdict(ratio: Band, plants: list[int], ores: tuple[str, str]) -> tuple[Verdict, str]:
    span = f"{ratio.point:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
    short = [o for o, k in zip(ores, plants, strict=True) if k < INVENTORIES_NEEDED]
    if short:
        return Verdict.UNTESTABLE, (
            f"cannot be tested against plants: {' and '.join(short)} lack {INVENTORIES_NEEDED} sourced "
            f"plant inventories of hydrochloric acid; the model's ratio is {span}"
        )
    if ratio.low > 1:
        return Verdict.HOLDS, f"ratio {span}: more in every sample of the band"
    if ratio.high < 1:
        return Verdict.FAILS, f"ratio {span}: less in every sample of the band"
    return Verdict.IN_PART, f"ratio {span}: the band includes one"
