"""What a sum is worth on the way to oxide: stages paid, and the value of going on with and without support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ytterby import projects
from ytterby.projects import Contract, Funding
from ytterby.studies.appraise.case import INSIDE, LIGHT, OUTSIDE, Appraiser


@dataclass(frozen=True)
class Valued:
    """A sum, a deposit, and the value of going on."""

    funding: Funding
    deposit: str
    table: pd.DataFrame
    """support, side, npv_at_build_musd, expected_musd (today, the owner free to walk away), expected_forced_musd."""


def value_of_sum(
    appraiser: Appraiser,
    deposit: str,
    sum_musd: float,
    *,
    done: str = "",
    contract: Contract | None = None,
    offtake_usd_per_kg: float = 0.0,
    grant_musd: float = 0.0,
) -> Valued:
    """Set a sum against the stages of a deposit and value going on with and without support.

    ``contract``: a contract for difference; ``offtake_usd_per_kg``: a buyer's fixed price for it
    over the life; ``grant_musd``: paid with the capital. Expected value: the stages before building as they fall,
    each only if reached, then the project as appraised at computed costs. Raises as ``projects.fund`` and
    ``Appraiser.appraise`` do.
    """
    plain = appraiser.appraise(deposit)
    light = plain.process.yields.get(LIGHT, 0.0) * plain.outline.treo_t_per_y
    funding = projects.fund(appraiser.world, sum_musd, done=done, ndpr_t_per_y=max(light, 1.0))
    cases: dict[str, dict[str, Any]] = {"none": {}}
    if contract is not None:
        cases[contract.name] = {"contract": contract}
    if offtake_usd_per_kg > 0:
        cases[f"offtake at {offtake_usd_per_kg:g} USD/kg NdPr"] = {"fixed_usd_per_kg": {LIGHT: offtake_usd_per_kg}}
    if grant_musd > 0:
        cases[f"grant of {grant_musd:g} M USD"] = {"grant_usd": grant_musd * 1e6}
    rows = []
    for support, terms in cases.items():
        found = appraiser.appraise(deposit, **terms)
        for side in (INSIDE, OUTSIDE):
            if side in found.sides:
                value = found.sides[side].appraisal.npv_usd
                free = projects.expected_value_usd(funding, value)
                forced = projects.expected_value_usd(funding, value, abandon=False)
                rows.append((support, side, value / 1e6, free / 1e6, forced / 1e6))
    names = ["support", "side", "npv_at_build_musd", "expected_musd", "expected_forced_musd"]
    return Valued(funding, deposit, pd.DataFrame(rows, columns=names))
