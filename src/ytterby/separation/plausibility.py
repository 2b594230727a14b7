"""Bounds that a designed circuit has to keep, with the reason of each; a broken one is a finding, not a
number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10
from typing import Any, Literal

import numpy as np
import pandas as pd

from ytterby.separation.design import CircuitDesign, CutDesign
from ytterby.separation.factors import Basis, Factors
from ytterby.separation.parameters import CircuitParameters
from ytterby.separation.stoichiometry import CHARGE
from ytterby.world import World

Severity = Literal["error", "warning"]

DAYS_RUN, HOURS = 330, 24
EXTRACTANT_PER_RE = 6.0
"""mol of extractant (three dimers) that hold one mol of rare earth."""
FAR = 10.0
"""How far outside its window a volume ratio may lie before it is an error and no warning."""
LEAST_MARGIN = 1.02
"""Reflux over minimum below which stages run away."""
EQUIVALENTS = 3.0
"""Protons, and dimers, that one rare earth takes the place of: the slope of log D against pH and free dimer."""


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

    Acidity at the feed stage; organic-to-aqueous ratios of the extraction and the scrub section from loading, feed
    concentration and acid strength; loading against the extractant's capacity; reflux over the minimum; stages; hold-up
    in days of feed; mixer volume. The bounds are rows of ``circuit_parameters``, the acidity's are the extractant's.
    """
    p = design.parameters
    found: list[Finding] = []
    for r in design.flows.cuts:
        if r.cut.id not in design.cuts:
            continue
        d, factors = design.cuts[r.cut.id], design.chemistry(r.cut)
        row = _extractant(world, factors.extractant)
        found += _cut_findings(d, row, p, design.feed.reo_g_per_mol)
        acidity = equilibrium_ph(d, factors, row, p["feed-concentration"] / design.feed.reo_g_per_mol, design.basis)
        if acidity is not None:
            low, high = float(row["ph_low"]), float(row["ph_high"])
            reason = (
                "equilibrium pH at the feed stage, outside what distribution was measured in: "
                "below, the organic holds its load past the strip; above, hydroxides and soaps"
            )
            found.append(Finding(d.id, "acidity", acidity, low, high, low <= acidity <= high, "warning", reason))
    volume = float(mixer_table(design, world, throughput_t)["mixer_m3"].sum())
    most = p["bound-mixer-volume"]
    reason = "m3 at the throughput asked for: beyond it no plant of the kind is known"
    found.append(Finding("all", "mixer volume", volume, 0.0, most, volume <= most, "warning", reason))
    return sorted(found, key=lambda f: (f.kept, f.severity, f.cut))


def _extractant(world: World, name: str) -> dict[str, Any]:
    rows = world.table("extractants").to_dict("records")
    return next({str(k): v for k, v in r.items()} for r in rows if r["extractant"] == name)


def equilibrium_ph(
    d: CutDesign, factors: Factors, extractant: Mapping[str, Any], aqueous: float, basis: Basis = "measured"
) -> float | None:
    r"""pH at the feed stage of a cut; None where no distribution ratio anchors the extractant.

    .. math:: \lg D_i = \lg D_0 + \lg\frac{\alpha_i}{\alpha_0} + 3 (pH - pH_0) + 3 \lg\frac{[H_2A_2]}{[H_2A_2]_0}

    where the load and the liquor give :math:`\sum D_i x_i`: their ratio in mol RE/L. ``aqueous``: mol RE/L of the feed
    liquor, thinned by the scrub that joins it. Cation exchange by three dimers, as for the anchor's source.
    """
    anchor = extractant["anchor"]
    if not isinstance(anchor, str) or not anchor:
        return None
    alphas = factors.alphas(factors.betas(basis))
    own = np.array([alphas[factors.position[e]] for e in d.elements]) / alphas[factors.position[anchor]]
    loading = float(extractant["loading_mol_per_l"])
    ratio = loading * (d.scrub_amount + 1) / aqueous
    free = float(extractant["concentration_mol_per_l"]) / 2 - EQUIVALENTS * loading
    if free <= 0:
        return None
    wanted = log10(ratio / float(own @ d.feed)) - float(extractant["anchor_log_d"])
    return (
        float(extractant["anchor_ph"])
        + wanted / EQUIVALENTS
        - log10(free / float(extractant["anchor_dimer_mol_per_l"]))
    )


def _far(value: float, window: tuple[float, float]) -> Severity:
    """A ratio outside its window is a warning; ten times outside it is an error."""
    low, high = window
    return "warning" if low / FAR <= value <= high * FAR else "error"


def _cut_findings(d: CutDesign, extractant: dict[str, Any], p: CircuitParameters, reo: float) -> list[Finding]:
    loading, molarity = float(extractant["loading_mol_per_l"]), float(extractant["concentration_mol_per_l"])
    organic = d.extraction_amount / loading
    extraction = organic / ((d.scrub_amount + 1) * reo / p["feed-concentration"])
    scrub = organic / (CHARGE * d.scrub_amount / p["strip-acid"])
    loaded = loading * EXTRACTANT_PER_RE / molarity
    minutes = p["mixer-minutes"] * (1 + p["settler-ratio"])
    margin = d.extraction_amount / d.least_extraction
    ratio = p["bound-oa-low"], p["bound-oa-high"]

    def finding(check: str, value: float, window: tuple[float, float], severity: Severity, reason: str) -> Finding:
        low, high = window
        return Finding(d.id, check, value, low, high, bool(low <= value <= high), severity, reason)

    return [
        finding("organic to aqueous", extraction, ratio, _far(extraction, ratio),
                "volume ratio in the extraction section: beyond it mixers cannot hold the dispersion"),
        finding("organic to scrub acid", scrub, ratio, _far(scrub, ratio),
                "volume ratio in the scrub section at the strip acid's strength: weaker acid or recirculation"),
        finding("loading", loaded, (0.0, p["bound-loading"]), "error",
                "share of the extractant's capacity: near one the organic gels"),
        finding("reflux over minimum", margin, (LEAST_MARGIN, p["bound-reflux-high"]), "warning",
                "at or below one no number of stages makes the split; far above it acid is wasted"),
        finding("stages", float(d.extraction_stages + d.scrub_stages), (2.0, p["bound-stages"]), "warning",
                "theoretical stages in one cascade: longer ones are not known to be run"),
        finding("hold-up", d.holdup * minutes / 60 / HOURS, (0.0, p["bound-holdup-days"]), "warning",
                "days of this cut's feed locked up in mixers and settlers: working capital, start-up"),
    ]  # fmt: skip


def mixer_table(design: CircuitDesign, world: World, throughput_t: float) -> pd.DataFrame:
    """Mixer and settler volumes of each cut, m3, at a throughput in t REO fed a year.

    Volume = (organic + aqueous flow) x residence time x real stages; organic flow from S and the extractant's
    loading, aqueous flow from W + 1 and the feed concentration.
    """
    known = {r.cut.id: _extractant(world, design.chemistry(r.cut).extractant) for r in design.flows.cuts}
    p = design.parameters
    kg_per_min = throughput_t * 1000 / (DAYS_RUN * HOURS * 60)
    rows = []
    for entry in design.stage_table().to_dict("records"):
        feed = kg_per_min * float(entry["feed_mol"])
        loading = float(known[str(entry["cut"])]["loading_mol_per_l"])
        organic = feed / design.feed.reo_g_per_mol * float(entry["S"]) / loading
        aqueous = feed * (float(entry["W"]) + 1) / p["feed-concentration"]
        mixer = (organic + aqueous) * p["mixer-minutes"] * float(entry["real_stages"])
        rows.append({"cut": entry["cut"], "mixer_m3": mixer, "settler_m3": mixer * p["settler-ratio"]})
    return pd.DataFrame(rows, columns=["cut", "mixer_m3", "settler_m3"])
