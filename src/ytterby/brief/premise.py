"""Is the reported fact itself sourced? Decided from the reported_facts table alone, before any number is computed."""

from __future__ import annotations

import pandas as pd

from ytterby.brief.claims import Claim
from ytterby.world.errors import Fault, InputError
from ytterby.world.terms import Premise

TRUSTED = ("primary", "official statistics", "press")
"""Kinds of source that can establish a fact; portals that copy one another cannot."""


def premise_of(claim: Claim, facts: pd.DataFrame) -> tuple[Premise, str, tuple[str, ...]]:
    """Return the premise, the sentence that says why, and the sources; ``facts`` is the reported_facts table.

    Contradicted if a primary source or official statistic contradicts it; else established if a primary source,
    official statistic or named press report supports each of its facts; else unverified. Raises InputError where a
    fact is not in the table.
    """
    rows = facts[facts["fact"].isin(claim.facts)]
    missing = sorted(set(claim.facts) - set(facts["fact"]))
    if missing or not claim.facts:
        found = f"no such fact {', '.join(missing)}" if missing else "no fact at all"
        raise InputError(
            "a claim must rest on reported facts",
            [Fault(f"claim {claim.id}, facts", found, f"some of {', '.join(sorted(facts['fact'].unique())[:12])}")],
        )
    sources = tuple(dict.fromkeys(rows["source"]))
    against = rows[(rows["stance"] == "contradicts") & rows["kind"].isin(("primary", "official statistics"))]
    if len(against):
        return Premise.CONTRADICTED, str(against["finding"].iloc[0]), sources
    for fact in claim.facts:
        support = rows[(rows["fact"] == fact) & (rows["stance"] == "supports") & rows["kind"].isin(TRUSTED)]
        if support.empty:
            said = rows[(rows["fact"] == fact) & (rows["stance"] == "supports")]
            finding = said["finding"].iloc[0] if len(said) else "No source for it is in this world."
            return Premise.UNVERIFIED, str(finding), sources
    supports = rows[(rows["stance"] == "supports") & rows["kind"].isin(TRUSTED)]
    best = int(supports["kind"].map(TRUSTED.index).argmin())
    return Premise.ESTABLISHED, str(supports["finding"].iloc[best]), sources
