"""Is a published claim about a project possible? Mass, money and words, each with the reason.

Limits of plausibility are rows of table ``claim_limits``; a flag is not a verdict on the deposit.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache

from ytterby.projects.claim import Claim
from ytterby.projects.claim_ground import mass, reserve, share, words
from ytterby.projects.claim_money import capital, margin, monotone, returns
from ytterby.projects.verdict import Checked, Limits, Remark, limits_of
from ytterby.world.errors import Fault, InputError
from ytterby.world.load import World

RULES = (mass, reserve, share, capital, returns, monotone, words, margin)


@cache
def _shipped() -> Limits:
    return limits_of(World.load())


def check_claim(claim: Claim, limits: Limits | None = None) -> Checked:
    """Run every rule for which the claim says enough; ``limits`` default to those of the shipped world.

    Raises InputError for numbers that no announcement can mean (a negative tonnage).
    """
    faults = [
        Fault(f.name, str(value), "a number of at least 0")
        for f in fields(claim)
        if isinstance(value := getattr(claim, f.name), int | float) and f.name not in ("npv_m", "irr_pct") and value < 0
    ]
    if faults:
        raise InputError("claim cannot be read", faults)
    remarks: list[Remark] = []
    tested: list[str] = []
    for rule in RULES:
        found = rule(claim, limits or _shipped())
        if found is not None:
            tested.append(rule.__name__)
            remarks.extend(found)
    return Checked(claim, tuple(remarks), tuple(tested))
