"""How a brief was computed and how far it can be trusted: certificate, what was forced and fitted, what is assumed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ytterby import __version__
from ytterby.brief.answer import Table
from ytterby.brief.claims import Brief
from ytterby.brief.context import Context
from ytterby.world.compare import coverage


def method_of(context: Context, brief: Brief) -> tuple[tuple[str, ...], tuple[Table, ...], dict[str, Any]]:
    """Return sentences, tables and the stamp's facts."""
    outcome = context.base.outcome
    proof = outcome.certificate
    covered = coverage(context.world)
    gaps = context.base.reference.gaps
    fitted = gaps[gaps["gap_t"].abs() > 0]
    whole = covered.iloc[-1]
    rows = int(whole["rows"])
    assumed = int(whole["D"])
    residual = max(proof.primal, proof.dual, proof.complementarity)
    sentences = (
        f"The world holds {rows:,} rows; each names its source, and {assumed / rows:.0%} are assumptions, marked D "
        "with their reason. The statistics of the base year do not close; they were reconciled by constrained least "
        f"squares, with every adjustment printed by `ytterby world balance {context.year}`.",
        "The market is one welfare maximum; its certificate, computed from the tables without the solver, holds to "
        f"{residual:.0e} (relative) and the element balance to {proof.mass_balance:.0e}.",
        "Forced by construction: recorded mine output, demand anchored on observed prices. Fitted: "
        f"{len(fitted)} gaps between recorded supply and recorded use, one an oxide. What is left as a test, and how "
        "the model fares in it, is printed by `ytterby score`.",
        *(context.ensemble.notes if context.samples else ("No bands were drawn for the market's numbers.",)),
    )
    table = gaps[["commodity", "gap_t"]].rename(columns={"commodity": "Oxide", "gap_t": "Supply less use, t"})
    notes = pd.DataFrame({"What was assumed on the way": list(outcome.network.notes)})
    meta = {
        "ytterby": __version__,
        "world": context.world.hash,
        "brief": brief.id,
        "year": context.year,
        "on": context.on.isoformat(),
        "samples": context.samples,
        "seed": context.seed,
        "cases": list(context.cases),
        "versions": dict(outcome.meta.get("versions", {})),
    }
    tables = (
        Table(
            "Gaps closed in the base year",
            table,
            "Positive: use or stock that no statistic names. Negative: supply that none records.",
        ),
        Table("Assumptions on the way", notes),
        Table("How well the world is sourced, by table", covered),
    )
    return sentences, tables, meta
