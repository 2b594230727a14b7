"""Bounds that a designed circuit has to keep, with the reason of each; a broken one is a finding, not a
number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from ytterby.separation.design import CircuitDesign, CutDesign
from ytterby.world import World

Severity = Literal["error", "warning"]

DAYS_RUN, HOURS = 330, 24
OA_LOW, OA_HIGH = 0.1, 10.0
LOADING_HIGH = 0.9
"""Share of the extractant's stoichiometric capacity above which it gels."""
STAGES_HIGH = 200
HOLDUP_DAYS_HIGH = 60.0
EXTRACTANT_PER_RE = 6.0
"""mol of extractant (three dimers) that hold one mol of rare earth."""
SAPONIFIED_HIGH = 0.5
"""Share of the extractant that can be saponified before the organic emulsifies."""
MIN_REFLUX_MARGIN = 1.02


@dataclass(frozen=True)
class Finding:
    """One bound: kept or broken, with what was found and why it matters."""

    cut: str
    check: str
    found: float
    low: float
    high: float
    kept: bool
    severity: Severity
    reason: str


def check_design(design: CircuitDesign, world: World, throughput_t: float = 1000.0) -> list[Finding]:
    """All bounds of a circuit at a throughput in t REO a year, broken ones first.

    Organic-to-aqueous ratio from loading and feed concentration, loading against the extractant's
    capacity, reflux
    over the minimum, stages, hold-up in days of feed, and mixer volume.
    """
    row = _extractant(world, design.circuit.extractant)
    loading, molarity = float(row["loading_g_reo_per_l"]), float(row["concentration_mol_per_l"])
    concentration = design.parameters["feed-concentration"]
    minutes = design.parameters["mixer-minutes"] * (1 + design.parameters["settler-ratio"])
    reo = design.feed.reo_g_per_mol
    found: list[Finding] = []
    for r in design.flows.cuts:
        d = design.cuts.get(r.cut.id)
        if d is not None:
            found += _cut_findings(
                d, loading, molarity, concentration=concentration, reo=reo, minutes=minutes
            )
    volume = mixer_table(design, world, throughput_t)["mixer_m3"].sum()
    found.append(
        Finding("all", "mixer volume", float(volume), 0.0, 5000.0, bool(volume <= 5000), "warning",
                "m3 at the throughput asked for: beyond it no plant of the kind is known")
    )  # fmt: skip
    return sorted(found, key=lambda f: (f.kept, f.severity, f.cut))


def _extractant(world: World, name: str) -> dict[str, Any]:
    rows = world.table("extractants").to_dict("records")
    return next({str(k): v for k, v in r.items()} for r in rows if r["extractant"] == name)


def _cut_findings(
    d: CutDesign, loading: float, molarity: float, *, concentration: float, reo: float, minutes: float
) -> list[Finding]:
    organic, aqueous = d.extraction_amount * reo / loading, (d.scrub_amount + 1) * reo / concentration
    ratio = organic / aqueous
    loaded = loading / reo * EXTRACTANT_PER_RE / molarity
    days = d.holdup * minutes / 60 / HOURS
    margin = d.extraction_amount / d.least_extraction
    stages = d.extraction_stages + d.scrub_stages

    def finding(
        check: str, value: float, window: tuple[float, float], severity: Severity, reason: str
    ) -> Finding:
        low, high = window
        return Finding(d.id, check, value, low, high, bool(low <= value <= high), severity, reason)

    return [
        finding("organic to aqueous", ratio, (OA_LOW, OA_HIGH), "error",
                "volume ratio in the extraction section: beyond it mixers cannot hold the dispersion"),
        finding("loading", loaded, (0.0, LOADING_HIGH), "error",
                "share of the extractant's capacity: near one the organic gels"),
        finding("reflux over minimum", margin, (MIN_REFLUX_MARGIN, 3.0), "warning",
                "at or below one no number of stages makes the split; far above it acid is wasted"),
        finding("stages", float(stages), (2.0, float(STAGES_HIGH)), "warning",
                "theoretical stages in one cascade: longer ones are not known to be run"),
        finding("hold-up", days, (0.0, HOLDUP_DAYS_HIGH), "warning",
                "days of this cut's feed locked up in mixers and settlers: working capital, start-up"),
    ]  # fmt: skip


def mixer_table(design: CircuitDesign, world: World, throughput_t: float) -> pd.DataFrame:
    """Mixer and settler volumes of each cut, m3, at a throughput in t REO fed a year.

    Volume = (organic + aqueous flow) x residence time x real stages; organic flow from S and the extractant's
    loading, aqueous flow from W + 1 and the feed concentration.
    """
    row = _extractant(world, design.circuit.extractant)
    p = design.parameters
    kg_per_min = throughput_t * 1000 / (DAYS_RUN * HOURS * 60)
    rows = []
    for entry in design.stage_table().to_dict("records"):
        feed = kg_per_min * float(entry["feed_mol"])
        organic = feed * float(entry["S"]) / float(row["loading_g_reo_per_l"])
        aqueous = feed * (float(entry["W"]) + 1) / p["feed-concentration"]
        mixer = (organic + aqueous) * p["mixer-minutes"] * float(entry["real_stages"])
        rows.append({"cut": entry["cut"], "mixer_m3": mixer, "settler_m3": mixer * p["settler-ratio"]})
    return pd.DataFrame(rows, columns=["cut", "mixer_m3", "settler_m3"])
