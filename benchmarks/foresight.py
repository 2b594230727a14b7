"""What foresight is worth: the years to a last one solved at once, against the decisions of builders without it.

    python benchmarks/foresight.py [--last 2036] [--every 3] [--unbounded]

All plans are valued in the same years with the same buyers: discounted welfare where nothing more is begun, where what
the myopic path begins is begun (each decision in the nearest solved year), and of the plan that is best. Seconds are of
the processor.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pandas as pd

from ytterby.studies.path import path
from ytterby.studies.path.building import Pipeline
from ytterby.studies.path.foresight import Horizon, as_built, begun, settled, valued, welfare
from ytterby.studies.path.run import Ground
from ytterby.world import World


def main() -> None:
    """Print welfare, capacity begun and seconds of both."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--last", type=int, default=2036)
    asked.add_argument("--every", type=int, default=3)
    asked.add_argument("--unbounded", action="store_true")
    args = asked.parse_args()
    world = World.load()
    ground = Ground.of(world, None, args.last)
    pipeline = Pipeline.of(ground.world, ground.standing, "foresight", not args.unbounded)
    horizon = Horizon.of(ground, pipeline, args.every)
    start = time.process_time()
    found = settled(ground, pipeline, horizon, lambda _done, _remark: None)
    foreseen = time.process_time() - start
    start = time.process_time()
    myopic = path(world, last=args.last, bounded=not args.unbounded)
    year_by_year = time.process_time() - start
    proof = found.whole.certificate
    print(
        f"{len(horizon.years)} years at once: {found.whole.meta['columns']:,} columns, {found.rounds} rounds, "
        f"{foreseen:.1f} s; the last round moved prices by {found.change:.2%}; certificate: primal {proof.primal:.0e}, "
        f"dual {proof.dual:.0e}, complementarity {proof.complementarity:.0e}, gap {proof.gap:.0e}"
    )
    print(f"year by year, myopic: {year_by_year:.1f} s")
    best = welfare(found.whole)
    nothing = welfare(valued(found, horizon, {}))
    decided = welfare(valued(found, horizon, as_built(myopic.plants, horizon)))
    print(f"discounted welfare, G USD: nothing begun {nothing / 1e9:,.3f}; myopic {decided / 1e9:,.3f}; "
          f"foresight {best / 1e9:,.3f}")  # fmt: skip
    print(f"what building is worth, M USD: myopic {(decided - nothing) / 1e6:,.0f}; "
          f"foresight {(best - nothing) / 1e6:,.0f}")  # fmt: skip
    by_stage = {
        "myopic, t begun": myopic.plants[myopic.plants["why"] == "pays at its full cost"],
        "foresight, t begun": pd.DataFrame(begun(found.whole, horizon)),
    }
    print(pd.DataFrame({k: t.groupby("stage")["capacity_t"].sum() for k, t in by_stage.items()}).round().to_string())


if __name__ == "__main__":
    main()
