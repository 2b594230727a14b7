"""Projects: the cash-flow engine against a peer on the same flows, and how long draws and whole registers take.

Run with ``python benchmarks/projects.py``; set OMP_NUM_THREADS=1 for one core. Peer: numpy-financial, where it is
installed; without it, the same two functions written as a loop over draws with NumPy's polynomial roots, which is how
numpy-financial finds a rate of return. CPU seconds beside wall seconds: on a busy machine the first counts.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ytterby import projects
from ytterby.studies import base_case
from ytterby.studies.appraise import Appraiser
from ytterby.world import World
from ytterby.world.terms import Band

try:
    import numpy_financial as peer
except ImportError:
    peer = None

DRAWS = 10_000
BANDS = {
    "grade": Band(0.02, 0.015, 0.03),
    "recovery": Band(0.55, 0.45, 0.65),
    "opex_usd_per_kg_treo": Band(9.0, 7.0, 12.0),
    "capex_usd": Band(4e8, 3.5e8, 5.6e8),
    "prices": Band(1.0, 0.55, 1.8),
}
LIMITS = {"draws": 5.0, "world": 10.0}
"""Seconds allowed: ten thousand draws of one project; every project of the world."""


def timed(work: Callable[[], object]) -> tuple[float, float, object]:
    """Wall and CPU seconds of one run, and what it gave."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def roots_irr(flows: np.ndarray) -> float:
    """Rate of return as numpy-financial finds it: the real root of the polynomial that is nearest to zero."""
    if not (flows > 0).any() or not (flows < 0).any():
        return float("nan")
    roots = np.roots(flows[::-1])
    real = roots[np.isreal(roots) & (np.real(roots) > 0)].real
    rates = 1.0 / real - 1.0
    return float(rates[np.abs(rates).argmin()]) if len(rates) else float("nan")


def main() -> None:
    """Print one line a measurement."""
    mine, _ = projects.plan_from(tomllib.loads(projects.TEMPLATE))
    mine = replace(mine, closure_usd=0.0)  # a closure cost adds a second rate of return
    drawn = projects.drawn_plan(mine, BANDS, DRAWS)
    flows = projects.flows(drawn)["net"]
    some = flows[:400]
    name = "numpy-financial" if peer else "polynomial roots, as numpy-financial does"
    rate = float(np.asarray(mine.discount))

    own_s, own_cpu, own = timed(lambda: (projects.npv(rate, flows), projects.irr_many(flows)))
    peer_npv = peer.npv if peer else (lambda r, f: float((f / (1 + r) ** np.arange(len(f))).sum()))
    peer_irr = peer.irr if peer else roots_irr
    peer_s, peer_cpu, other = timed(lambda: [(peer_npv(rate, f), peer_irr(f)) for f in some])
    scale = DRAWS / len(some)
    values = np.array(other)
    single = projects.sign_changes_many(some) == 1
    npv_gap = np.abs(own[0][: len(some)] / values[:, 0] - 1.0).max()
    irr_gap = np.nanmax(np.abs(own[1][: len(some)] - values[:, 1])[single])
    print(f"NPV and IRR of {DRAWS:,} flows of {flows.shape[1]} years:")
    print(f"  ytterby {own_s:.2f} s wall, {own_cpu:.2f} s CPU; {name} {scale * peer_s:.2f} s wall (from {len(some)})")
    print(f"  {scale * peer_cpu / own_cpu:.1f} times faster; largest differences: NPV {npv_gap:.1e} of it,")
    print(f"  IRR {irr_gap:.1e} over the {single.sum()} flows that change sign once")

    wall, cpu, _ = timed(lambda: projects.simulate(mine, BANDS, DRAWS))
    print(f"Monte Carlo, {DRAWS:,} draws with IRR: {wall:.2f} s wall, {cpu:.2f} s CPU of {LIMITS['draws']:.0f}")

    world = World.load()
    wall, cpu, results = timed(lambda: projects.recompute(world))
    print(f"Studies re-computed, {len(results)} values with every convention: {wall:.2f} s wall, {cpu:.2f} s CPU")
    print(projects.counts(results).groupby("basis", sort=False).head(1).to_string(index=False))
    deck = projects.observed_deck(world)
    wall, cpu, table = timed(lambda: projects.reprice(world, deck))
    valued = int((table["why_not"] == "").sum())
    print(f"Studies re-priced to one deck, {valued} of {len(table)}: {wall:.2f} s wall, {cpu:.2f} s CPU")

    outcome = base_case(world).outcome
    wall, cpu, every = timed(lambda: Appraiser(world, outcome).all())
    valued = int((every["why_not"] == "").sum())
    print(
        f"Every deposit of the world on two market decks, {valued} of {len(every)} can be sized: "
        f"{wall:.2f} s wall, {cpu:.2f} s CPU of {LIMITS['world']:.0f} (the market solved before)"
    )


if __name__ == "__main__":
    main()
