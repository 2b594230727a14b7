"""Routes: three-criteria queries, the market's matrix, growth with the network, side by side with peers.

    python benchmarks/routes.py

Prints times of this run only. searoute answers sea distances, rustworkx shortest paths; neither answers a
three-criteria or a lawful-transit question. Where searoute is not installed it is left out.
"""

from __future__ import annotations

import time

import numpy as np
import rustworkx as rx

from ytterby.routes import Router
from ytterby.routes.pareto import Graph, pareto_ways
from ytterby.routes.shortest import shortest_trees
from ytterby.world.load import World

FORMS = ["concentrate", "carbonate", "oxide", "alloy", "magnet", "scrap"]


def timed(label: str, run, per: int = 1):
    start = time.perf_counter()
    answer = run()
    took = time.perf_counter() - start
    print(f"{label:64s} {took:8.3f} s" + (f"  {1000 * took / per:8.3f} ms each" if per > 1 else ""))
    return answer, took


def main() -> None:
    world = World.load()
    router, _ = timed("network of one date", lambda: Router(world, "2025-12-25"))
    sites = world.table("site_hubs")["site"].tolist()
    places = world.table("places")["place"].tolist()
    rng = np.random.default_rng(1)
    asked = [(rng.choice(sites), rng.choice(places), rng.choice(FORMS[1:])) for _ in range(1000)]

    def three_criteria() -> int:
        return sum(len(router.ways(o, d, f)) for o, d, f in asked)

    shown, _ = timed("1,000 three-criteria queries, epsilon 3 %", three_criteria, 1000)
    print(f"    {shown / 1000:.1f} ways shown on average")
    timed(
        "matrix, 100 origins x 20 destinations x 6 forms",
        lambda: router.matrix(sites[:100], [*places, "houston", "rotterdam"], FORMS),
    )
    timed(
        "the same again, cases known",
        lambda: router.matrix(sites[:100], [*places, "houston", "rotterdam"], FORMS),
    )

    case = router.case("karaganda", "houston", "oxide", router.closures((), ()), None)
    network, weight = router.network, router.generalised(case)
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(network.states))
    use = np.flatnonzero(case.costs.open)
    graph.add_edges_from([(int(network.tail[a]), int(network.head[a]), float(weight[a])) for a in use])
    start = network.start[network.hub_index["karaganda"]]
    lengths, theirs = timed("rustworkx: one tree", lambda: rx.dijkstra_shortest_path_lengths(graph, start, float))
    trees, ours = timed(
        "ours: one tree",
        lambda: shortest_trees(network, weight, case.costs.open, [network.hub_index["karaganda"]]),
    )
    reach = [s for s in range(network.states) if np.isfinite(trees.distance[0, s]) and s != start]
    worst = max(abs(trees.distance[0, s] - lengths[s]) for s in reach)
    print(f"    largest difference {worst:.2e} USD/t over {len(reach)} states; ours/theirs {ours / theirs:.2f}")

    weights = np.stack([case.costs.usd[0], case.costs.mean_days, case.costs.log_pass], axis=1)
    for copies in (1, 2, 4, 8):
        n = network.states
        noise = np.random.default_rng(copies).uniform(0.9, 1.1, (copies, len(use), 1))
        tails = np.concatenate([network.tail[use]] * copies)
        heads = np.concatenate([network.head[use]] * copies)
        grown = np.concatenate([weights[use] * noise[i] for i in range(copies)])
        built = Graph.from_arcs(n, tails, heads, grown, np.arange(len(tails)))
        ends = network.arrivals[network.hub_index["houston"]].tolist()
        timed(
            f"legs x{copies} ({len(tails)} arcs): one query, no bounds",
            lambda b=built, e=ends: pareto_ways(b, start, e, epsilon=0.03),
        )

    try:
        import searoute
    except ImportError:
        print("searoute is not installed: left out")
        return
    ports = world.table("hubs").set_index("hub")
    pairs = [
        ("shanghai", "rotterdam"),
        ("houston", "santos"),
        ("nagoya", "los-angeles"),
        ("fremantle", "singapore"),
    ]

    def peer() -> None:
        for a, b in pairs:
            searoute.searoute(list(ports.loc[a, ["lon", "lat"]]), list(ports.loc[b, ["lon", "lat"]]))

    peer()
    timed("searoute: 4 port pairs, distance only, warm", peer, 4)
    timed(
        "ours: the same 4 pairs, three criteria, lawful",
        lambda: [router.ways(a, b, "oxide") for a, b in pairs],
        4,
    )
    closed = searoute.searoute(
        [122.06, 30.62], [4.05, 51.95],
        restrictions=["northwest", "suez", "babalmandab", "panama", "south_africa", "chili"],
        return_passages=True,
    )  # fmt: skip
    print(
        "    every passage shut, searoute answers:",
        closed["properties"].get("traversed_passages"),
        "length",
        closed["properties"]["length"],
    )
    shut = router.ways(
        "shanghai",
        "rotterdam",
        "oxide",
        closed=["suez", "panama", "cape", "magellan"],
        avoid=["KZ", "RU", "MNG"],
    )
    print("    ours:", "no lawful way" if not shut[0].lawful else [leg.leg for leg in shut[0].legs])


if __name__ == "__main__":
    main()
