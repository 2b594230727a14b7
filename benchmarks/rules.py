"""Times of the rules room: a million-line bill of materials, a million shipments, and the same trace by peers.

    python benchmarks/rules.py [lines]

Peers are timed in the same run on the same data, at a size that they finish: networkx (a walk over the graph in
topological order), the sparse solve that bw2calc calls for one demand (scipy's spsolve on the technosphere), and, where
they are installed, bw2calc itself and OpenFisca-core on one value rule. Each part prints wall and processor seconds:
on a machine that others use the second is the one to compare. Peak memory is of this process so far.
"""

import datetime
import gc
import importlib.util
import resource
import sys
import time

import networkx as nx
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import spsolve

from ytterby.rules import Rules
from ytterby.rules.bom import bom_of_frame, check, trace
from ytterby.rules.evaluate import evaluate
from ytterby.rules.value import price_deck, value_limits
from ytterby.world import World
from ytterby.world.errors import InputError

ON = datetime.date(2026, 11, 24)
ELEMENTS = ("Nd", "Pr", "Sm", "Gd", "Tb", "Dy", "Y")


def million_lines(n: int, seed: int = 0) -> pd.DataFrame:
    """A random bill of materials of ten levels; every part but those of the first level stands in one
    parent."""
    rng = np.random.default_rng(seed)
    level = np.sort(rng.integers(1, 11, n))
    level[:10] = np.arange(1, 11)
    level.sort()
    start = np.searchsorted(level, np.arange(1, 12))
    parent = np.full(n, -1)
    for k in range(2, 11):
        rows = np.arange(start[k - 1], start[k])
        parent[rows] = rng.integers(start[k - 2], start[k - 1], len(rows))
    leaf = ~np.isin(np.arange(n), parent)
    magnet = leaf & (rng.random(n) < 0.1)
    lines = pd.DataFrame(
        {
            "parent": np.where(parent >= 0, parent.astype(str), ""),
            "part": np.arange(n).astype(str),
            "quantity": rng.integers(1, 4, n),
            "form": np.where(magnet, "magnet", np.where(leaf, "other", "assembly")),
            "base": np.where(magnet, "NdFeB", ""),
            "origin": rng.choice(["CHN", "JPN", "DEU", ""], n),
            "listed_origin": rng.choice(["CHN", "JPN", ""], n),
            "technology": rng.choice(["CHN", "JPN"], n),
            "value": rng.random(n) * 10 + 0.1,
        }
    )
    for element in ELEMENTS:
        lines[f"{element}_kg"] = np.where(magnet, rng.random(n) * 0.01, 0.0)
    return lines


def timed(label: str, work):
    started, used = time.perf_counter(), time.process_time()
    result = work()
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    print(f"{label:<66}{seconds:8.3f} s wall {processor:8.3f} s processor", flush=True)
    return result, processor


def peak(aim: str = "") -> None:
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB {aim}", flush=True)


def main(n: int = 1_000_000) -> None:
    world = World.load()
    rules = Rules(world, ON)
    deck = price_deck(world, "china", 2025)
    bill(n, rules, deck)
    gc.collect()
    ship = shipments(rules, n)
    _, table_s = timed(f"{n:,} shipments, {len(rules.regimes)} regimes", lambda: rules.table(ship))
    print(f"  {n / table_s:,.0f} shipments/s (aim: {n:,} in 30 s)")
    peak()
    chain(n, rules, deck)
    peers(min(n, 100_000), deck, value_limits(rules.regimes), rules)


def bill(n: int, rules: Rules, deck) -> None:
    """A bill of ten levels, traced for all elements and origins and decided under all regimes."""
    lines = million_lines(n)
    bom, read_s = timed(f"bill of materials, {n:,} lines: build and check", lambda: bom_of_frame(lines))
    print(f"  levels {bom.levels.max() + 1}, parts {bom.size:,}")
    limits = value_limits(rules.regimes)
    timed("  trace: all elements and origins", lambda: trace(bom, deck, limits, rules.items))
    found, check_s = timed(
        "  trace and decide every listable part, all regimes",
        lambda: check(rules, bom, deck, ship_from="DEU", ship_to="USA", everything=True),
    )
    print(f"  parts decided {len(found.parts):,}; build + check {read_s + check_s:.1f} s (aim 15 s)")
    peak("(aim 3 GB)")


def chain(n: int, rules: Rules, deck) -> None:
    """A bill as deep as it is long, and the same closed to a circle."""
    names = np.arange(n).astype(str)
    lines = pd.DataFrame({"parent": np.r_[[""], names[:-1]], "part": names, "quantity": 1, "form": "other"})
    lines["Dy_kg"] = np.r_[np.zeros(n - 1), 1.0]
    limits = value_limits(rules.regimes)
    timed(
        f"{n:,} parts one inside another: build and trace",
        lambda: trace(bom_of_frame(lines), deck, limits, rules.items),
    )
    closed = lines.assign(parent=np.r_[[names[-1]], names[:-1]])

    def refuse() -> str:
        try:
            bom_of_frame(closed)
        except InputError as error:
            return str(error)
        raise AssertionError("a circle was not found")

    timed("  the same as a circle: refused with its path", refuse)


def shipments(rules: Rules, n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    countries = ["CHN", "JPN", "DEU", "USA", "MYS", "KAZ", "KOR", "VNM"]
    return pd.DataFrame(
        {
            "commodity": rng.choice(sorted(rules.commodities), n),
            "origin_country": rng.choice(countries, n),
            "technology_country": rng.choice(["CHN", "JPN", ""], n),
            "ship_from": rng.choice(countries, n),
            "ship_to": rng.choice(countries, n),
            "end_user": rng.choice(["unlisted", "MP Materials", ""], n),
            "user_kind": rng.choice(["civil", "military", "us-dod"], n),
            "end_use": "civil",
            "value_share": rng.random(n) * 0.002,
        }
    )


def peers(n: int, deck, limits, rules: Rules) -> None:
    lines = million_lines(n, seed=2)
    bom = bom_of_frame(lines)
    columns = [f"{e}_kg" for e in ELEMENTS]
    print(f"peers, {n:,} lines, {len(columns)} columns of content")
    found, ours = timed(
        "  ytterby trace (elements x origins, values, gaps)", lambda: trace(bom, deck, limits, rules.items)
    )
    own = bom.parts[columns].to_numpy(dtype=float)

    def by_networkx():
        graph = nx.DiGraph()
        graph.add_nodes_from(range(bom.size))
        coo = bom.quantity.tocoo()
        graph.add_weighted_edges_from(zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True))
        totals = own.copy()
        for node in reversed(list(nx.topological_sort(graph))):
            for child, data in graph[node].items():
                totals[node] += data["weight"] * totals[child]
        return totals

    walked, theirs = timed("  networkx, walk in topological order", by_networkx)
    mine = np.stack([found.held(e) for e in ELEMENTS], axis=1)
    print(f"    {theirs / ours:.1f} x ours; largest difference {np.abs(walked - mine).max():.1e} kg")
    technosphere = (sparse.eye_array(bom.size) - bom.quantity.T).tocsc()
    demand = np.zeros(bom.size)
    demand[0] = 1.0
    scaled, theirs = timed(
        "  bw2calc's solve (scipy spsolve), ONE demanded part", lambda: spsolve(technosphere, demand)
    )
    gap = np.abs(scaled @ own - mine[0]).max()
    print(f"    {theirs / ours:.2f} x ours, for one part of {bom.size:,}; difference {gap:.1e} kg")
    if importlib.util.find_spec("bw2calc") is None:
        print("  bw2calc is not installed: only its solve was timed")
    else:
        _, theirs = timed("  bw2calc LCA.lci(), ONE demanded part", lambda: by_bw2calc(bom))
        print(f"    {theirs / ours:.1f} x ours")
    one_rule(1_000_000, rules)


def by_bw2calc(bom):
    import bw2calc
    import bw_processing

    coo = bom.quantity.tocoo()
    size = bom.size
    indices = np.empty(size + coo.nnz, dtype=bw_processing.INDICES_DTYPE)
    indices["row"] = np.concatenate([np.arange(size), coo.col]) + 1
    indices["col"] = np.concatenate([np.arange(size), coo.row]) + 1
    package = bw_processing.create_datapackage()
    package.add_persistent_vector(
        matrix="technosphere_matrix",
        data_array=np.concatenate([np.ones(size), coo.data]),
        indices_array=indices,
        flip_array=np.concatenate([np.zeros(size, dtype=bool), np.ones(coo.nnz, dtype=bool)]),
    )
    package.add_persistent_vector(
        matrix="biosphere_matrix", data_array=np.ones(1), indices_array=np.array([(1, 1)], dtype=indices.dtype)
    )
    lca = bw2calc.LCA({1: 1.0}, data_objs=[package])
    lca.lci()
    return lca.supply_array


def one_rule(n: int, rules: Rules) -> None:
    """The content limb alone, on value shares and two countries: OpenFisca's vectors and ours."""
    ship = shipments(rules, n).assign(form="magnet", base="NdFeB", elements="Nd;Dy").drop(columns="commodity")
    one = rules.at(switches={"cn70": "revived"})
    limb = one.regimes["cn-61-2025"]
    one.regimes = {limb.regime: limb.model_copy(update={"clauses": limb.clauses[:1]})}
    print(f"one rule, {n:,} shipments")
    _, whole = timed("  ytterby, from the table: three-valued, reasons, gaps, branches", lambda: one.table(ship))
    facts = one.facts(ship)
    _, ours = timed(
        "  ytterby, the clause alone on facts that are ready, three-valued", lambda: evaluate(facts, one.asking())
    )
    if importlib.util.find_spec("openfisca_core") is None:
        print("  OpenFisca-core is not installed: not timed")
        return
    from openfisca_core import entities, simulations, taxbenefitsystems
    from openfisca_core.periods import DateUnit
    from openfisca_core.variables import Variable

    entity = entities.Entity("shipment", "shipments", "", "")

    def variable(name, kind, formula=None):
        fields = {"value_type": kind, "entity": entity, "definition_period": DateUnit.MONTH, "label": name}
        return type(name, (Variable,), fields | ({"formula": formula} if formula else {}))

    def formula(shipment, period):
        abroad = (shipment("from_listing", period) == 0) & (shipment("to_listing", period) == 0)
        return abroad & (shipment("made_there", period) == 0) & (shipment("share", period) >= 0.001)

    system = taxbenefitsystems.TaxBenefitSystem([entity])
    for name, kind in (("from_listing", int), ("to_listing", int), ("made_there", int), ("share", float)):
        system.add_variable(variable(name, kind))
    system.add_variable(variable("licence", bool, formula))

    def by_openfisca():
        case = simulations.SimulationBuilder().build_default_simulation(system, count=n)
        case.set_input("from_listing", "2026-11", (ship["ship_from"] == "CHN").to_numpy(dtype=int))
        case.set_input("to_listing", "2026-11", (ship["ship_to"] == "CHN").to_numpy(dtype=int))
        case.set_input("made_there", "2026-11", (ship["origin_country"] == "CHN").to_numpy(dtype=int))
        case.set_input("share", "2026-11", ship["value_share"].to_numpy())
        return case.calculate("licence", "2026-11")

    _, theirs = timed("  OpenFisca-core, the same test on numbers, two-valued", by_openfisca)
    print(f"    {theirs / ours:.2f} x our clause alone, {theirs / whole:.2f} x ours from the table")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
