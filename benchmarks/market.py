"""Times of the market, beside its peers measured in the same run, all through the same HiGHS on one thread.

    python benchmarks/market.py [--samples 20] [--only year|family|pypsa|growth] [--network shipped|made-up]

*year*: one year built and solved, by part, in this process and with start-up in a fresh one; limit 2 s.
*family*: a sample of an ensemble against building (linopy) and solving that network anew; costs, bounds and limits
varied (at least 10 times faster), and recipes too (at least 3 times), with the largest difference of objective and of
traded prices from a cold solve (1e-7).
*pypsa*: the same against the equivalent PyPSA network (buses, multi-port links, generators; quotas as added
constraints), rebuilt and optimised for each sample; PyPSA solves one linear programme, with the pieces handed to it.
About two thirds of its time goes into sub-networks of buses, which a network of links alone does not need.
*growth*: time and memory with the number of sites x1, x2, x4, x8, each in a fresh process.
Seconds are of the processor, so that what else runs on the machine does not count; wall time stands beside.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "market"))

import numpy as np
from worlds import chain

from ytterby.chain.network import Network
from ytterby.market import Family, Sample, equilibrium
from ytterby.market.arrays import MONEY, Arrays, exported, written
from ytterby.market.demand_curve import DemandCurves
from ytterby.market.gifts import gifts
from ytterby.market.inputs import checked
from ytterby.market.refine import Refined, first_cut, refined
from ytterby.market.session import Session
from ytterby.market.simplex import optimum

YEAR_LIMIT_S, PLAIN_RATIO, RECIPE_RATIO, SAME = 2.0, 10.0, 3.0, 1e-7


def timed(work: Callable[[], object], repeat: int = 3) -> tuple[float, float]:
    """Return processor and wall time of a piece of work, s: the least of a few runs."""
    spent, passed = [], []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        spent.append(time.process_time() - cpu)
        passed.append(time.perf_counter() - wall)
    return min(spent), min(passed)


def real() -> Network:
    """The shipped world's base year."""
    from ytterby.studies.solve import base_case
    from ytterby.world import World

    base = base_case(World.load())
    return base.assembly.network(base.reference)


def rebuilt(label: str) -> float:
    """Processor time in which the chain builds the network of the shipped year from tables that are read already, s."""
    if label != "shipped year":
        return 0.0
    from ytterby.studies.solve import base_case
    from ytterby.world import World

    base = base_case(World.load())
    return timed(lambda: base.assembly.network(base.reference))[0]


def anew(network: Network) -> Refined:
    """Build and solve as a modeller would who rebuilds: check, linopy, export, solve from nothing; no report."""
    network = checked(network)
    curves = DemandCurves.of(network.demands)
    arrays = exported(network, first_cut(curves))
    gift = gifts(network, arrays)
    position = {key: i for i, key in enumerate(network.nodes["node"])}
    buyers = np.fromiter((position[n] for n in network.demands["node"]), np.int64)
    return refined(arrays, curves, buyers, gift, Session())


def varied(network: Network, seed: int, share: float, recipes: bool) -> tuple[Sample, Network]:
    """One sample by shared factors (a few sources of uncertainty, each moving many rows), and its whole network.

    State-set minima and minimum limits stay; capacities of what has a minimum only grow, so that a plan exists.
    """
    rng = np.random.default_rng(seed)

    def factor(groups: int, rows: int) -> np.ndarray:
        return np.exp(share * rng.standard_normal(groups))[np.arange(rows) % groups]

    a, links, d, quotas = network.activities, network.links, network.demands, network.quotas
    cost = a["cost_usd_per_t"].to_numpy() * factor(12, len(a))
    tied = (quotas["sense"] == "min").any()
    room = factor(30, len(a))
    capacity = a["capacity_t"].to_numpy() * (np.maximum(room, 1.0) if tied else room)
    capacity = np.maximum(capacity, a["minimum_t"].to_numpy())
    freight = links["cost_usd_per_t"].to_numpy() * factor(1, len(links))
    wanted = d["reference_t"].to_numpy() * factor(22, len(d))
    most = factor(25, len(quotas))
    most = np.maximum(most, 1.0) if tied else most
    limit = quotas["limit_t"].to_numpy() * np.where(quotas["sense"] == "max", most, 1.0)
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
        quotas=quotas.assign(limit_t=limit),
        recipes=network.recipes.assign(coefficient=rho),
    )
    return sample, whole


def year(networks: dict[str, Network]) -> None:
    """Print the time of one year, in this process and in a fresh one."""
    for label, network in networks.items():
        out = equilibrium(network, intervals="none")
        print(f"{label}: {out.meta['columns']:,} columns, {out.meta['rows']:,} rows, {out.meta['rounds']} rounds")
        for intervals in ("none", "sold", "all"):
            cpu, wall = timed(lambda net=network, kind=intervals: equilibrium(net, intervals=kind))  # type: ignore[misc]
            print(f"  build, solve, tie-break, certificate; intervals {intervals:4}: {cpu:6.3f} s (wall {wall:.3f})")
        cpu, wall = timed(lambda net=network, start=out: equilibrium(net, intervals="none", start=start))  # type: ignore[misc]
        print(f"  the same, from a similar outcome:                     {cpu:6.3f} s (wall {wall:.3f})")
        cpu, wall = timed(lambda net=network: anew(net))  # type: ignore[misc]
        print(f"  through linopy, without report:                       {cpu:6.3f} s (wall {wall:.3f})")
    code = (
        "from ytterby.studies.solve import base_case; from ytterby.world import World; "
        "from ytterby.market import equilibrium; import time; "
        "base = base_case(World.load()); t = time.perf_counter(); "
        "equilibrium(base.assembly.network(base.reference)); print(time.perf_counter() - t)"
    )
    start = time.perf_counter()
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    print(f"shipped year, fresh process: {time.perf_counter() - start:.2f} s wall with start-up, reading the world,")
    print(
        f"  closing the base year (two solves more); network and solve alone {float(told):.2f} s of {YEAR_LIMIT_S:g} s"
    )


def family(networks: dict[str, Network], samples: int) -> None:
    """Print a sample's time beside building and solving anew, and how far the two answers are apart."""
    for label, network in networks.items():
        kin = Family(network)
        anew(network), kin.solve()
        build = rebuilt(label)
        for recipes in (False, True):
            for share in (0.02, 0.10):
                pairs = [varied(kin.network, s, share, recipes) for s in range(samples)]
                cpu = time.process_time()
                fast = [kin.solve(sample) for sample, _ in pairs]
                quick = (time.process_time() - cpu) / samples
                few = pairs[: max(3, samples // 4)]
                cpu = time.process_time()
                slow = [anew(net) for _, net in few]
                long = (time.process_time() - cpu) / len(few)
                apart = [_apart(a, b) for a, b in zip(fast, slow, strict=False)]
                limit = RECIPE_RATIO if recipes else PLAIN_RATIO
                what = "recipes too" if recipes else "costs, bounds, limits"
                print(
                    f"{label}, {what:21} by {share:4.0%}: {quick:.4f} s a sample ({1000 * quick:.0f} s for 1,000), "
                    f"linopy and HiGHS anew {long:.3f} s: {long / quick:.1f} x, "
                    f"with the network built anew {build + long:.3f} s: {(build + long) / quick:.1f} x "
                    f"(wanted {limit:.0f}); "
                    f"objective within {max(a for a, _ in apart):.0e}, prices {max(p for _, p in apart):.0e}"
                )


def _apart(solved: object, cold: Refined) -> tuple[float, float]:
    price = MONEY * cold.vertex.price[: cold.arrays.n_nodes]
    ours = solved.price_usd_per_t  # type: ignore[attr-defined]
    both = np.isfinite(ours)
    objective = -MONEY * cold.vertex.objective
    prices = np.abs(ours - price)[both] / np.maximum(np.abs(price[both]), 1.0)
    # The cold programme counts its curves in pieces, each with its exact mean; its objective is that of the curves.
    return abs(solved.welfare_usd / objective - 1.0), float(np.max(prices, initial=0.0))  # type: ignore[attr-defined]


def pypsa(networks: dict[str, Network], samples: int) -> None:
    """Print a sample's time beside the equivalent PyPSA network, rebuilt and optimised."""
    try:
        import pypsa as peer
    except ImportError:
        print("PyPSA is not installed (extra `bench`): left out")
        return
    import logging
    import warnings

    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    for label, network in networks.items():
        kin = Family(network)
        for recipes in (False, True):
            pairs = [varied(kin.network, s, 0.10, recipes) for s in range(samples)]
            cpu = time.process_time()
            for sample, _ in pairs:
                kin.solve(sample)
            quick = (time.process_time() - cpu) / samples
            few = pairs[: max(2, samples // 5)]
            spent, apart = 0.0, 0.0
            for _, drawn in few:
                net = checked(drawn)
                utility = first_cut(DemandCurves.of(net.demands))
                cpu = time.process_time()
                objective = _pypsa(peer, net, written(net, utility))
                spent += time.process_time() - cpu
                ours = MONEY * optimum(written(net, utility)).objective
                apart = max(apart, abs(objective / ours - 1.0))
            ratio = spent / len(few) / quick
            what = "recipes too" if recipes else "costs, bounds, limits"
            print(
                f"{label}, {what:21}: {quick:.4f} s a sample, PyPSA {peer.__version__} {spent / len(few):.3f} s: "
                f"{ratio:.1f} x; its objective within {apart:.0e} of ours for the same pieces"
            )


def _pypsa(peer: object, network: Network, arrays: Arrays) -> float:
    """Build the network in PyPSA, optimise it, and return its objective, USD."""
    n = peer.Network()  # type: ignore[attr-defined]
    n.add("Bus", network.nodes["node"].tolist())
    of: dict[str, list[tuple[str, float]]] = {}
    for activity, node, rho in network.recipes[["activity", "node", "coefficient"]].itertuples(index=False):
        of.setdefault(activity, []).append((node, rho))
    activities = network.activities
    keys = activities["activity"].tolist()
    first = {key: min(of[key], key=lambda entry: entry[1]) for key in keys}
    size = np.array([abs(first[key][1]) for key in keys])
    sign = np.array([np.sign(first[key][1]) for key in keys])
    ports = max(len(entries) for entries in of.values())
    extra: dict[str, list[object]] = {}
    for port in range(1, ports):
        ends = [[e for e in of[key] if e != first[key]][port - 1 : port] for key in keys]
        extra[f"bus{port}"] = [end[0][0] if end else "" for end in ends]
        names = "efficiency" if port == 1 else f"efficiency{port}"
        extra[names] = [end[0][1] / s if end else 0.0 for end, s in zip(ends, size, strict=True)]
    capacity, minimum = activities["capacity_t"].to_numpy(float) * size, activities["minimum_t"].to_numpy(float) * size
    wide = float(np.max(arrays.high[np.isfinite(arrays.high)])) * 1e3
    capacity = np.minimum(capacity, wide)
    cost = activities["cost_usd_per_t"].to_numpy(float) / size
    chain_ = np.array([len(of[key]) > 1 for key in keys])
    made = {name: np.asarray(values, object)[chain_].tolist() for name, values in extra.items()}
    n.add(
        "Link",
        [k for k, c in zip(keys, chain_, strict=True) if c],
        bus0=[first[k][0] for k, c in zip(keys, chain_, strict=True) if c],
        p_nom=capacity[chain_],
        p_min_pu=(minimum / np.maximum(capacity, 1e-9))[chain_],
        marginal_cost=cost[chain_],
        **made,
    )
    n.add(
        "Generator",
        [k for k, c in zip(keys, chain_, strict=True) if not c],
        bus=[first[k][0] for k, c in zip(keys, chain_, strict=True) if not c],
        p_nom=capacity[~chain_],
        p_min_pu=(minimum / np.maximum(capacity, 1e-9))[~chain_],
        marginal_cost=cost[~chain_],
        sign=sign[~chain_],
    )
    links = network.links
    n.add(
        "Link",
        ("way:" + links["link"]).tolist(),
        bus0=links["from_node"].tolist(),
        bus1=links["to_node"].tolist(),
        p_nom=np.minimum(links["capacity_t"].to_numpy(float), wide),
        marginal_cost=(links["cost_usd_per_t"] + links["duty_usd_per_t"]).to_numpy(float),
    )
    pieces = arrays.n_pieces
    n.add(
        "Generator",
        [f"buy:{k}:{s}" for k in network.demands["demand"] for s in range(pieces)],
        bus=np.repeat(network.demands["node"].to_numpy(object), pieces).tolist(),
        p_nom=arrays.high[arrays.pieces],
        marginal_cost=MONEY * arrays.c[arrays.pieces],
        sign=-1.0,
    )
    free = network.nodes["free_disposal"].to_numpy(bool)
    if free.any():
        left = network.nodes["node"][free]
        n.add("Generator", ("left:" + left).tolist(), bus=left.tolist(), p_nom=wide, sign=-1.0)
    place = dict(zip(keys, zip(chain_, size, strict=True), strict=True))

    def quotas(network_: object, _snapshots: object) -> None:
        model = network_.model  # type: ignore[attr-defined]
        link, generator = model.variables["Link-p"], model.variables["Generator-p"]
        for quota in network.quotas.itertuples():
            members = network.quota_members[network.quota_members["quota"] == quota.quota]
            total: object = 0.0
            for part, variable in ((True, link), (False, generator)):
                chosen = [
                    (
                        ("way:" if kind == "link" else "") + member,
                        weight / (1.0 if kind == "link" else place[member][1]),
                    )
                    for kind, member, weight in members[["kind", "member", "weight"]].itertuples(index=False)
                    if (kind == "link" or place[member][0]) == part
                ]
                if chosen:
                    import xarray as xr

                    names = [name for name, _ in chosen]
                    weights = xr.DataArray([w for _, w in chosen], dims="name", coords={"name": names})
                    total = (variable.sel(name=names) * weights).sum() + total
            if not isinstance(total, float):
                bound = total <= quota.limit_t if quota.sense == "max" else total >= quota.limit_t  # type: ignore[operator]
                model.add_constraints(bound, name=f"quota-{quota.Index}")

    n.optimize(
        solver_name="highs",
        io_api="direct",
        progress=False,
        extra_functionality=quotas,
        solver_options={"threads": 1, "solver": "simplex", "output_flag": False},
    )
    return float(n.objective)


def growth() -> None:
    """Print time and peak memory with more sites, each in a fresh process."""
    print("growth with sites (mines and separators; 20 places), each in a fresh process:")
    for times in (1, 2, 4, 8):
        told = subprocess.run(
            [sys.executable, __file__, "--grow", str(times)], capture_output=True, text=True, check=True
        ).stdout
        print("  " + told.strip())


def grow(times: int) -> None:
    """Print one line: a chain with so many times the sites."""
    net = chain(ores=30 * times, separators=25 * times)
    equilibrium(chain(ores=2, separators=2), intervals="none")
    cpu, wall = time.process_time(), time.perf_counter()
    out = equilibrium(net, intervals="none")
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sites = 55 * times
    print(
        f"x{times}: {sites:>4} sites {out.meta['columns']:>8,} columns {cpu:7.2f} s (wall {wall:.2f}), "
        f"peak {memory:,.0f} MB, {out.meta['rounds']} rounds, certificate holds"
    )


def main() -> None:
    """Print the tables of times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--only", choices=["year", "family", "pypsa", "growth"])
    parser.add_argument("--network", choices=["shipped", "made-up"])
    parser.add_argument("--grow", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.grow:
        grow(asked.grow)
        return
    parts = [asked.only] if asked.only else ["year", "family", "pypsa", "growth"]
    made = {"shipped": real, "made-up": chain} if set(parts) - {"growth"} else {}
    networks = {f"{name} year": make() for name, make in made.items() if asked.network in (None, name)}
    if "year" in parts:
        year(networks)
    if "family" in parts:
        family(networks, asked.samples)
    if "pypsa" in parts:
        pypsa(networks, asked.samples)
    if "growth" in parts:
        growth()


if __name__ == "__main__":
    main()
