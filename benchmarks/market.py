"""Times of the market, beside its peer measured in the same run: build and solve anew, through the same HiGHS.

    python benchmarks/market.py [--samples 20]

Prints: one year built and solved (by part); a family of samples against building and solving each anew, with costs,
bounds and limits varied, and with recipes varied too; growth with the number of sites.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "market"))

import numpy as np
from worlds import chain

from ytterby.chain.network import Network
from ytterby.market import Family, Sample, equilibrium
from ytterby.market.arrays import exported
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.gifts import gifts, nudged
from ytterby.market.inputs import checked
from ytterby.market.refine import first_cut, refined
from ytterby.market.simplex import exact, optimum


def timed(work: Callable[[], object], repeat: int = 3) -> float:
    """Return the least wall time of a few runs, s."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def anew(network: Network) -> float:
    """Solve as a modeller would who rebuilds: check, linopy, export, refine from nothing; no report."""
    network = checked(network)
    curves = DemandCurves.of(network.demands)
    arrays = exported(network, first_cut(curves))
    gift = gifts(network, arrays)
    position = {key: i for i, key in enumerate(network.nodes["node"])}
    buyers = np.fromiter((position[n] for n in network.demands["node"]), np.int64)
    found = refined(
        arrays,
        curves,
        buyers,
        solve=lambda a, basis: optimum(nudged(a, gift), basis),
        confirm=lambda a, vertex: exact(a, optimum(a, vertex.basis)),
    )
    return found.vertex.objective


def varied(network: Network, seed: int, share: float, recipes: bool) -> tuple[Sample, Network]:
    """One sample by shared factors (a few sources of uncertainty, each moving many rows), and its whole network."""
    rng = np.random.default_rng(seed)

    def factor(groups: int, rows: int) -> np.ndarray:
        return np.exp(share * rng.standard_normal(groups))[np.arange(rows) % groups]

    a, links, d = network.activities, network.links, network.demands
    cost = a["cost_usd_per_t"].to_numpy() * factor(12, len(a))
    capacity = a["capacity_t"].to_numpy() * factor(30, len(a))
    freight = links["cost_usd_per_t"].to_numpy() * factor(1, len(links))
    wanted = d["reference_t"].to_numpy() * factor(22, len(d))
    limit = network.quotas["limit_t"].to_numpy() * factor(25, len(network.quotas))
    rho = network.recipes["coefficient"].to_numpy()
    if recipes:
        rho = np.where(rho < 0, rho * (1 + 0.02 * rng.random()), rho)
    sample = Sample(
        activity_cost_usd_per_t=cost,
        activity_capacity_t=capacity,
        link_cost_usd_per_t=freight,
        reference_t=wanted,
        limit_t=limit,
        coefficient=rho if recipes else None,
    )
    whole = replace(
        network,
        activities=a.assign(cost_usd_per_t=cost, capacity_t=capacity),
        links=links.assign(cost_usd_per_t=freight),
        demands=d.assign(reference_t=wanted),
        quotas=network.quotas.assign(limit_t=limit),
        recipes=network.recipes.assign(coefficient=rho),
    )
    return sample, whole


def main() -> None:
    """Print the table of times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10)
    samples = parser.parse_args().samples

    network = chain()
    out = equilibrium(network, intervals="none")
    print(f"one year: {out.meta['columns']:,} columns, {out.meta['rows']:,} rows, {out.meta['rounds']} rounds")
    for intervals in ("none", "sold", "all"):
        spent = timed(lambda kind=intervals: equilibrium(network, intervals=kind))  # type: ignore[misc]
        print(f"  build, solve, tie-break, certificate; intervals {intervals:5}: {spent:6.2f} s")
    whole = timed(lambda: anew(network))
    print(f"  build and solve alone:                                {whole:6.2f} s")

    family = Family(network)
    for recipes in (False, True):
        for share in (0.02, 0.10):
            pairs = [varied(family.network, s, share, recipes) for s in range(samples)]
            start = time.perf_counter()
            for sample, _ in pairs:
                family.solve(sample)
            fast = (time.perf_counter() - start) / samples
            start = time.perf_counter()
            for _, net in pairs:
                anew(net)
            slow = (time.perf_counter() - start) / samples
            what = "recipes too" if recipes else "costs, bounds, limits"
            ratio = f"{slow / fast:.1f} x"
            print(f"family, {what:21} by {share:4.0%}: {fast:.3f} s a sample, anew {slow:.3f} s: {ratio}")

    print("growth with sites:")
    for times in (1, 2, 4):
        net = chain(ores=30 * times, separators=25 * times)
        start = time.perf_counter()
        out = equilibrium(net, intervals="none")
        spent = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  x{times}: {out.meta['columns']:>7,} columns {spent:6.2f} s, peak {memory:,.0f} MB")


if __name__ == "__main__":
    main()
