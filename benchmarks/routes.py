"""Routes: three-criteria queries, the market's matrix, growth with the legs, side by side with peers.

    python benchmarks/routes.py

Prints processor and wall seconds of this run only, on one core. rustworkx and scgraph answer a cheapest way over the
same arcs; searoute and scgraph answer a sea distance over their own networks; none answers three criteria, policies
or the reason why there is no way. searoute and scgraph come with the extra ``bench``; what is not installed is left
out and said.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import rustworkx as rx

from ytterby.routes import Router
from ytterby.routes.cases import Case
from ytterby.routes.pareto import Bounds, Graph, ParetoWay, pareto_ways
from ytterby.routes.shortest import Pairs, shortest_trees
from ytterby.world.load import World

DAY = "2025-12-25"
FORMS = ["carbonate", "oxide", "alloy", "magnet", "scrap"]
QUERIES, LIMIT_S = 1000, 5.0
PORTS = ["shanghai", "rotterdam", "houston", "santos", "los-angeles", "singapore", "fremantle", "durban", "mumbai"]


def timed(label: str, run: Callable[[], Any], per: int = 1) -> tuple[Any, float]:
    """Run once; print and return processor seconds."""
    wall, used = time.perf_counter(), time.process_time()
    answer = run()
    used, wall = time.process_time() - used, time.perf_counter() - wall
    each = f"  {1000 * used / per:9.3f} ms each" if per > 1 else ""
    print(f"  {label:66s} {used:8.3f} s  ({wall:.3f} s wall){each}")
    return answer, used


def questions(world: World, router: Router) -> None:
    """A thousand three-criteria questions drawn over sites, market zones and forms; then the market's matrix."""
    sites, places = world.table("site_hubs")["site"].tolist(), world.table("places")["place"].tolist()
    rng = np.random.default_rng(1)
    asked = [(rng.choice(sites), rng.choice(places), rng.choice(FORMS)) for _ in range(QUERIES)]
    print(f"{len(world.table('legs'))} legs, {router.network.states} states, {len(router.network.tail)} arcs")
    shown, used = timed(
        f"{QUERIES:,} questions, cost, days and risk, epsilon 3 %",
        lambda: sum(len(router.ways(*question)) for question in asked),
        QUERIES,
    )
    print(f"    {shown / QUERIES:.1f} ways on average; {used:.2f} s against {LIMIT_S:g} s allowed")
    ends = [*places, "houston", "rotterdam"]
    label = f"matrix, 100 origins x {len(ends)} destinations x {len(FORMS)} forms, cheapest lawful"
    timed(label, lambda: router.matrix(sites[:100], ends, FORMS), 100 * len(ends) * len(FORMS))


def one_criterion(router: Router, case: Case) -> None:
    """Cheapest ways from twenty hubs to all others, against rustworkx and scgraph over the same arcs."""
    network, weight = router.network, router.generalised(case)
    use = np.flatnonzero(case.costs.open)
    arcs = [(int(network.tail[a]), int(network.head[a]), float(weight[a])) for a in use]
    hubs = [h for h, name in enumerate(network.hub_index) if network.hubs.at[name, "port"]][:20]
    starts = [network.start[h] for h in hubs]
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(network.states))
    graph.add_edges_from(arcs)
    ours, mine = timed("ytterby: 20 trees", lambda: shortest_trees(network, weight, case.costs.open, hubs).distance, 20)
    theirs, used = timed(
        "rustworkx: the same 20", lambda: [rx.dijkstra_shortest_path_lengths(graph, s, float) for s in starts], 20
    )
    apart = max(
        abs(ours[i, s] - lengths[s])
        for i, lengths in enumerate(theirs)
        for s in range(network.states)
        if s != starts[i] and np.isfinite(ours[i, s])
    )
    print(f"    largest difference {apart:.1e} USD/t; rustworkx takes {used / mine:.2f} of our time")
    try:
        from scgraph.graph import Graph as TheirGraph
    except ImportError:
        print("  scgraph is not installed: left out")
        return
    nodes: list[dict[int, float]] = [{} for _ in range(network.states)]
    for u, v, w in arcs:
        nodes[u][v] = min(w, nodes[u].get(v, float("inf")))
    arrivals = network.arrivals[network.hub_index["houston"]]
    asked = [(row, int(arrivals[ours[row, arrivals].argmin()])) for row in range(5)]
    told, used = timed(
        "scgraph: 5 single ways over the same arcs",
        lambda: [TheirGraph.dijkstra_makowski(nodes, starts[row], end)["length"] for row, end in asked],
        5,
    )
    apart = max(abs(ours[row, end] - length) for (row, end), length in zip(asked, told, strict=True))
    print(f"    largest difference {apart:.1e} USD/t")


def growth(router: Router, case: Case) -> None:
    """The same ten questions with every leg doubled and doubled again, each copy up to a tenth dearer or slower."""
    network, costs = router.network, case.costs
    use = np.flatnonzero(costs.open)
    weights = np.stack([costs.usd[0], costs.mean_days, costs.log_pass], axis=1)[use]
    pairs = list(itertools.product(["karaganda", "fremantle"], ["houston", "rotterdam", "tokyo", "mumbai", "durban"]))
    pairs = [(a, b) for a, b in pairs if a in network.hub_index and b in network.hub_index]
    first = 0.0
    for copies in (1, 2, 4, 8):
        noise = np.random.default_rng(7).uniform(1.0, 1.1, (copies, len(use), 3))
        noise[0] = 1.0
        tail, head = np.tile(network.tail[use], copies), np.tile(network.head[use], copies)
        grown = np.concatenate([weights * noise[i] for i in range(copies)])
        graph = Graph.from_arcs(network.states, tail, head, grown, np.arange(len(tail)))
        joined = Pairs.of(network.states, tail, head)

        def ask(head: Any = head, grown: Any = grown, graph: Graph = graph, joined: Pairs = joined) -> int:
            found = 0
            for a, b in pairs:
                ends, start = network.arrivals[network.hub_index[b]], network.start[network.hub_index[a]]
                trees = [joined.shortest_to(ends, column) for column in grown.T]
                bounds = Bounds.of(np.stack([tree.least for tree in trees], axis=1))
                ways = [tree.arcs_from(start, head) for tree in trees]
                known = [ParetoWay(tuple(grown[w].sum(axis=0).tolist()), tuple(w)) for w in ways]
                found += len(pareto_ways(graph, start, ends.tolist(), epsilon=0.03, bounds=bounds, known=known))
            return found

        _, used = timed(f"legs x {copies} ({len(tail):,} arcs): {len(pairs)} questions, all set-up", ask, len(pairs))
        first = first or used
        print(f"    {used / first:.1f} times the time of x 1")


def sea_peers(world: World, router: Router) -> None:
    """Sea distances side by side, and what each tool says with every passage shut."""
    spots = world.table("hubs").set_index("hub")
    legs = sorted(router.facts.ridden.values(), key=lambda c: -c.distance_km)
    alone = {(c.origin, c.destination): c for c in legs if c.mode == "sea"}  # the shortest of a pair stays
    index = router.network.hub_index
    pairs = [
        (a, b) for a, b in itertools.combinations([p for p in PORTS if p in index], 2) if (index[a], index[b]) in alone
    ]
    columns: dict[str, list[float]] = {}
    columns["ytterby"], _ = timed(
        "ytterby: read from its legs", lambda: [alone[(index[a], index[b])].distance_km for a, b in pairs], len(pairs)
    )

    def at(hub: str) -> tuple[float, float]:
        return float(spots.at[hub, "lon"]), float(spots.at[hub, "lat"])

    try:
        import searoute
    except ImportError:
        searoute = None
        print("  searoute is not installed: left out")
    else:
        searoute.searoute(list(at(pairs[0][0])), list(at(pairs[0][1])))
        columns["searoute"], _ = timed(
            "searoute: shortest by sea",
            lambda: [searoute.searoute(list(at(a)), list(at(b)))["properties"]["length"] for a, b in pairs],
            len(pairs),
        )
    try:
        from scgraph.geographs.marnet import marnet_geograph
    except ImportError:
        print("  scgraph is not installed: left out")
    else:

        def their(a: str, b: str) -> float:
            ends = [{"longitude": at(p)[0], "latitude": at(p)[1]} for p in (a, b)]
            return float(marnet_geograph.get_shortest_path(*ends)["length"])

        their(*pairs[0])
        columns["scgraph"], _ = timed("scgraph: shortest by sea", lambda: [their(a, b) for a, b in pairs], len(pairs))
    timed("ytterby: the same pairs, three criteria, lawful, told leg by leg",
          lambda: [router.ways(a, b, "oxide") for a, b in pairs], len(pairs))  # fmt: skip
    print(f"  {'km by sea':32s}" + "".join(f"{name:>10s}" for name in columns))
    for row, (a, b) in enumerate(pairs):
        print(f"  {f'{a} - {b}':32s}" + "".join(f"{columns[name][row]:10,.0f}" for name in columns))
    if searoute is not None:
        shut = ["northwest", "suez", "babalmandab", "panama", "south_africa", "chili"]
        told = searoute.searoute(list(at("shanghai")), list(at("rotterdam")), restrictions=shut, return_passages=True)
        told = told["properties"]
        print(f"  every passage shut, searoute: {told['length']:,.0f} km, passages {told.get('traversed_passages')}")
    closed = router.world.table("passages")["passage"].tolist()
    modes = [leg for leg, c in router.facts.alone.items() if c.mode in {"air", "rail"}]
    answer = router.ways("shanghai", "rotterdam", "oxide", closed=[*closed, *modes])[0]
    print("  every passage shut and no rail or air, ytterby:", "; ".join(answer.reasons)[:150])


def main() -> None:
    """Print all parts."""
    world = World.load()
    router, _ = timed("network of one date", lambda: Router(world, DAY))
    print("Questions")
    questions(world, router)
    case = router.case("karaganda", "houston", "oxide", router.closures((), ()), None)
    print("One criterion, the same arcs")
    one_criterion(router, case)
    print("Growth with the legs, three criteria, epsilon 3 %")
    growth(router, case)
    print("By sea, beside tools that answer distances")
    sea_peers(world, router)


if __name__ == "__main__":
    main()
