"""What moved between two years, oxide by oxide: how much was mined and how much named use asks for."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ytterby.chain.assemble import Assembly
from ytterby.chain.contents import content_table, ore_contents
from ytterby.chain.supply import CONCENTRATE
from ytterby.world import World

DUG = ("mine", "unrecorded")


def supply_and_use(case: Assembly) -> pd.DataFrame:
    """Return t of oxide mined and asked for by named use, by element (index; Nd and Pr together): mined, used."""
    ores = ore_contents(case.world).set_index("ore")
    dug = pd.DataFrame([a for a in case.draft.activities if a["kind"] in DUG])
    makes = {str(r["activity"]): str(r["node"]) for r in case.draft.recipes if float(r["coefficient"]) > 0}
    dug["commodity"] = dug["activity"].map(makes).str.split("|").str[0]
    dug = dug[dug["commodity"].str.startswith(f"{CONCENTRATE}:")]
    dug["ore"] = dug["commodity"].str.split(":").str[1]
    mined = dug.groupby("ore")["capacity_t"].sum()
    supply = (ores["share"] * mined.reindex(ores.index).fillna(0.0)).groupby(ores["element"].to_numpy()).sum()
    demand = case.demand_rows.groupby("commodity")["t"].sum()
    held = content_table(case.world, {str(c) for c in demand.index})
    used = (held["t_per_t"] * held["commodity"].map(demand)).groupby(held["element"]).sum()
    return pd.DataFrame({"mined": supply, "used": used}).fillna(0.0)


@dataclass(frozen=True)
class Moves:
    """Supply and named use of a year beside those of a year of comparison."""

    world: World
    now: pd.DataFrame
    then: pd.DataFrame
    before: int | None
    """The year of comparison; None where it is the year itself."""

    @classmethod
    def between(cls, case: Assembly, before: Assembly) -> Moves:
        """Compare two assembled years."""
        return cls(
            case.world, supply_and_use(case), supply_and_use(before), None if case.year == before.year else before.year
        )

    def explained(self, product: str, gap_t: float | None) -> str:
        """Say what the answer for ``product`` was given: change of supply and named use, and the gap kept (t)."""
        held = content_table(self.world, {product})
        element = str(held["element"].iloc[0]) if len(held) == 1 else ""
        if element not in self.now.index or element not in self.then.index or not self.then["mined"][element]:
            return ""
        said = "the base year itself"
        if self.before is not None:
            moved = {what: _change(self.now, self.then, element, what) for what in ("mined", "used")}
            said = f"mined {moved['mined']}, named use {moved['used']} on {self.before}"
        if gap_t is None:
            return f"{said}; no gap is closed for it: its price follows from the cost of its step"
        share = abs(gap_t) / float(self.then["mined"][element])
        return f"{said}; gap of {gap_t:,.0f} t, {share:.0%} of what was mined"


def _change(now: pd.DataFrame, then: pd.DataFrame, element: str, what: str) -> str:
    base = float(then[what][element])
    return f"{float(now[what][element]) / base - 1.0:+.0%}" if base else "unknown"
