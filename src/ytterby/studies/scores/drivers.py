"""What moved between two years, oxide by oxide: how much was mined and how much named use asks for."""

from __future__ import annotations

import pandas as pd

from ytterby.chain.assemble import Assembly
from ytterby.chain.contents import content_table, ore_contents
from ytterby.chain.supply import CONCENTRATE

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


def explained(product: str, year: Assembly, before: Assembly, gap_t: float | None) -> str:
    """One sentence on what the answer for ``product`` was given: change of supply and named use, and the gap kept."""
    held = content_table(year.world, {product})
    if len(held) != 1:
        return ""
    element = str(held["element"].iloc[0])
    now, then = supply_and_use(year), supply_and_use(before)
    if element not in now.index or element not in then.index or not then["mined"][element]:
        return ""
    moved = {what: _change(now, then, element, what) for what in ("mined", "used")}
    said = f"mined {moved['mined']}, named use {moved['used']} on {before.year}"
    if year.year == before.year:
        said = "the base year itself"
    if gap_t is None:
        return f"{said}; no gap is closed for it: its price follows from the cost of its step"
    share = abs(gap_t) / float(then["mined"][element])
    return f"{said}; gap of {gap_t:,.0f} t, {share:.0%} of what was mined"


def _change(now: pd.DataFrame, then: pd.DataFrame, element: str, what: str) -> str:
    base = float(then[what][element])
    return f"{float(now[what][element]) / base - 1.0:+.0%}" if base else "unknown"
