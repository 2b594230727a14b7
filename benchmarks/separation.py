"""Separation: speed on one core, scaling with stages, designs against simulation.

Run with ``python benchmarks/separation.py``; set OMP_NUM_THREADS=1 for one core. Against other programs:
``benchmarks/separation_peers.py``; worked cases: ``benchmarks/separation_cases.py``. Times are of this process alone
(CPU seconds), so that neighbours on the machine do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ytterby.separation import Separation, compare, design
from ytterby.separation.cut_design import CutDesign, design_cut
from ytterby.separation.steady import Cascade, solve_cascade
from ytterby.separation.underwood import least_extraction
from ytterby.world import World
from ytterby.world.errors import YtterbyError

P507 = np.cumprod([1, 6.83, 2.03, 1.55, 10.6, 2.36, 1.46, 5.8, 2.8, 1.9, 1.5, 1.4, 3.4, 3.1, 1.8])
MIX = np.array([0.25, 0.45, 0.05, 0.17, 0.02, 0.005, 0.01, 0.003, 0.005, 0.002, 0.02, 0.004, 0.001, 0.005, 0.001])
LETTERS = "abcdefghijklmno"


def cascade(stages: int, margin: float = 1.1) -> Cascade:
    """Fifteen elements, cut between the second and the third, feed in the middle."""
    feed = MIX / MIX.sum()
    amount = margin * 0.62
    half = stages // 2
    return Cascade.of_sections(P507, feed, (half, stages - half), (amount, amount - float(feed[2:].sum())))


def timed(run: Callable[[], np.ndarray], repeats: int = 5) -> tuple[float, np.ndarray]:
    """Least CPU seconds, and the answer."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        answer = run()
        best = min(best, time.process_time() - start)
    return best, answer


def scaling() -> None:
    print("steady state, 15 elements: stages, cold ms, warm ms (S changed by 1 %)")
    sizes, cold_ms = (10, 30, 100, 300, 600, 1000), []
    for stages in sizes:
        c, near = cascade(stages), cascade(stages, 1.111)
        cold, x = timed(lambda c=c: solve_cascade(c).aqueous_fractions)
        warm, _ = timed(lambda near=near, x=x: solve_cascade(near, guess=x).aqueous_fractions)
        cold_ms.append(1e3 * cold)
        print(f"{stages:8d}{1e3 * cold:10.1f}{1e3 * warm:10.1f}")
    slope = np.polyfit(np.log(sizes), np.log(cold_ms), 1)[0]
    print(f"cold time grows as stages to the power {slope:.2f} from {sizes[0]} to {sizes[-1]}")


def robustness(number: int = 1000) -> None:
    """Random cascades of 2 to 11 elements, 3 to 160 stages, any S and draw, feed of either phase, below and above the
    minimum."""
    rng = np.random.default_rng(11)
    tried, failed, worst = 0, 0, 0.0
    while tried < number:
        count = int(rng.integers(2, 12))
        alpha, feed = np.cumprod([1.0, *rng.uniform(1.2, 6, count - 1)]), rng.dirichlet(np.ones(count))
        sharp = float(feed[int(rng.integers(1, count)) :].sum())
        product = sharp if rng.random() < 0.7 else float(rng.uniform(0.05, 0.95))
        phase = "organic" if rng.random() < 0.5 else "aqueous"
        amount = float(rng.uniform(0.1, 5))
        scrub = amount - product + (phase == "organic")
        if scrub <= 0:
            continue
        tried += 1
        stages = int(rng.integers(2, 80)), int(rng.integers(1, 80))
        try:
            state = solve_cascade(Cascade.of_sections(alpha, feed, stages, (amount, scrub), phase))
            worst = max(worst, state.residual)
        except YtterbyError:
            failed += 1
    print(f"\n{number} random cascades: {failed} not solved; largest imbalance of a stage {worst:.0e} of the feed")


def random_cut(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int, float, float]:
    """Alphas, feed, boundary, purity and margin: 2 to 15 elements, neighbouring factors 1.3 to 5."""
    count = int(rng.integers(2, 16))
    alpha = np.cumprod([1.0, *rng.uniform(1.3, 5.0, count - 1)])
    feed = rng.dirichlet(np.ones(count))
    boundary = int(rng.integers(1, count))
    purity = float(rng.choice([0.99, 0.995, 0.999, 0.9999]))
    return alpha, feed, boundary, purity, float(rng.uniform(1.1, 1.6))


def misses(d: CutDesign) -> float:
    """Largest impurity of a fresh simulation over what the target allows, less one; up to zero is a hit."""
    light, heavy = replace(d, simulated=solve_cascade(d.cascade)).purities
    return max((1 - light) / (1 - d.targets.raffinate_purity), (1 - heavy) / (1 - d.targets.organic_purity)) - 1


def designs_against_simulation(number: int = 200) -> None:
    """Random feeds and cuts: does a fresh simulation confirm the design, and could a stage be left out?"""
    rng = np.random.default_rng(20)
    missed: dict[str, list[float]] = {"designed": [], "shortcut": []}
    spare, ratio, refused = 0, [], 0
    for _ in range(number):
        alpha, feed, boundary, purity, margin = random_cut(rng)
        least = least_extraction(alpha, feed, boundary - 1).extraction_amount
        asked = {"elements": tuple(LETTERS[: len(feed)]), "purity": purity, "margin": margin}
        try:
            built = design_cut(alpha, feed, boundary, least, **asked)
        except YtterbyError:
            refused += 1
            continue
        short = design_cut(alpha, feed, boundary, least, **asked, simulate=False)
        missed["designed"].append(misses(built))
        missed["shortcut"].append(misses(short))
        n, m = built.extraction_stages, built.scrub_stages
        ratio.append((short.extraction_stages + short.scrub_stages) / (n + m))
        fewer = [(n - 1, m), (n, m - 1)]
        smaller = [replace(built, extraction_stages=a, scrub_stages=b) for a, b in fewer if min(a, b) > 0]
        spare += any(misses(d) <= 1e-9 for d in smaller)
    print(
        f"\n{number} random feeds and cuts, 2 to 15 elements, 2N to 4N, S 1.1 to 1.6 times the least; {refused} refused"
    )
    for name, values in missed.items():
        over = np.array([v for v in values if v > 1e-6])
        size = f"; impurity over target by {np.median(over):.0%} median, {over.max():.0%} at most" if len(over) else ""
        print(f"{name}: {len(over)} of {len(values)} miss ({len(over) / len(values):.1%}){size}")
    low, mid, high = np.quantile(ratio, [0.05, 0.5, 0.95])
    print(f"designs with a stage to spare: {spare}; shortcut stages over designed: {mid:.2f} ({low:.2f} to {high:.2f})")


def circuits() -> None:
    world = World.load()
    separation = Separation(world)
    ores = list(world.table("ores")["ore"])
    print()
    for circuit, what in (("cn-p507", "3"), ("cn-full", "13")):
        start = time.process_time()
        for k in range(1000):
            separation.design(ores[k % len(ores)], circuit, simulate=False)
        print(f"1,000 shortcut designs of a {what}-cut circuit: {time.process_time() - start:.2f} s")
    for circuit, what, number in (("cn-p507", "3", 1000), ("cn-full", "13", 200)):
        for hold in ("cuts", "products"):
            start = time.process_time()
            for k in range(number):
                name = ores[k % len(ores)]
                tree = separation.circuit(circuit)
                design(
                    separation.feed(name), tree, separation.route(tree.route, name),
                    separation.factors(tree.extractant), separation.parameters, hold=hold,
                )  # fmt: skip
            spent = 1000 / number * (time.process_time() - start)
            print(f"1,000 designs of a {what}-cut circuit, fewest stages, simulated, purity of {hold}: {spent:.1f} s")
    built = [separation.design(ore, "cn-full") for ore in ores]
    least = min(float(d.simulate().products()["purity"].min()) for d in built)
    open_balance = max(d.simulate().imbalance for d in built)
    print(f"{len(built)} ores in the 13-cut circuit: least purity of a product {least:.5f}, balance {open_balance:.0e}")
    sites = list(separation.site_processes.index)
    start = time.process_time()
    for site in sites:
        for ore in ores:
            separation.process(site, ore)
    print(f"{len(sites)} sites x {len(ores)} ores priced: {time.process_time() - start:.2f} s")
    start = time.process_time()
    compare(world, "mountain-pass", "us-chlor-alkali", "bayan-obo", "cn-p507", 512, 0, separation=separation)
    print(f"comparison with 512 samples and Shapley causes: {time.process_time() - start:.2f} s")


def report() -> None:
    """Print scaling, misses and speed of designs."""
    scaling()
    robustness()
    designs_against_simulation()
    circuits()


if __name__ == "__main__":
    report()
