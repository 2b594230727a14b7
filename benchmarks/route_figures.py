"""Routes against published figures: sea, rail and road lengths, door-to-door times, prices.

    python benchmarks/route_figures.py [DATE]

Every published figure that sets no leg is told inside or outside; what sets one is counted, not judged.
"""

from __future__ import annotations

import sys

import pandas as pd

from ytterby.routes import Router
from ytterby.routes.validation import against_lengths, against_observations
from ytterby.world.load import World


def main() -> None:
    world = World.load()
    lengths = against_lengths(world)
    for kinds, limit in ((["sea", "ferry"], 0.03), (["rail", "road"], 0.05)):
        held = lengths[lengths["mode"].isin(kinds)]
        good = (held["error"].abs() <= limit).sum()
        print(f"{' and '.join(kinds)}: {good} of {len(held)} published lengths within {limit:.0%}")
    land = lengths[lengths["mode"].isin(["rail", "road"])]
    print(land.assign(error=land["error"].map("{:+.1%}".format)).drop(columns=["kind"]).to_string(index=False))
    told = against_observations(Router(world, sys.argv[1] if len(sys.argv) > 1 else "2025-12-25"))
    print(told.groupby(["what", "verdict"]).size().to_string())
    shown = told[told["verdict"].isin(["inside", "outside", "no way"])].round(1)
    print(shown.drop(columns=["kind"]).to_string(index=False))
    legs, rates = world.table("legs"), world.table("freight_rates").set_index("rate")
    grade = legs["cost_confidence"].where(legs["rate"] == "", legs["rate"].map(rates["confidence"]))
    counted = pd.DataFrame({"price": grade.value_counts(), "row": legs["confidence"].value_counts()})
    print(counted.fillna(0).astype(int).to_string())


if __name__ == "__main__":
    with pd.option_context("display.width", 250, "display.max_colwidth", 50):
        main()
