"""Is a published claim about a project possible? Mass, money and words, each with the reason.

Limits of plausibility are rows of table ``claim_limits``; a flag is not a verdict on the deposit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cache
from math import isnan

from ytterby.projects.claim import Claim
from ytterby.projects.settings import number
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.load import World

OXIDE_NAMES = ("oxide", "TREO", "treo", "reo")


@dataclass(frozen=True)
class Limit:
    """Ends of one quantity; NaN: no end."""

    name: str
    unit: str
    low: float
    high: float
    impossible_below: float
    impossible_above: float

    def finding(self, value: float) -> Finding:
        """How bad a value is."""
        if value < self.impossible_below or value > self.impossible_above:
            return Finding.IMPOSSIBLE
        return Finding.IMPLAUSIBLE if value < self.low or value > self.high else Finding.CONSISTENT

    @property
    def span(self) -> str:
        """The plausible ends in words."""
        if isnan(self.low) or isnan(self.high):
            return f"up to {self.high:g}" if isnan(self.low) else f"from {self.low:g}"
        return f"{self.low:g}-{self.high:g}"


Limits = Mapping[str, Limit]


def limits_of(world: World) -> Limits:
    """Return the limits of table ``claim_limits``."""
    rows = world.table("claim_limits").to_dict("records")
    ends = ("low", "high", "impossible_below", "impossible_above")
    return {str(r["quantity"]): Limit(str(r["name"]), str(r["unit"]), *(number(r[k]) for k in ends)) for r in rows}


@cache
def _shipped() -> Limits:
    return limits_of(World.load())


class Finding(IntEnum):
    """How bad it is; a claim is as bad as its worst finding."""

    CONSISTENT = 0
    IMPLAUSIBLE = 1
    IMPOSSIBLE = 2

    @property
    def label(self) -> str:
        """The word that is shown."""
        return {0: "consistent", 1: "implausible", 2: "impossible"}[self.value]


@dataclass(frozen=True)
class Remark:
    """One thing that was found."""

    rule: str
    finding: Finding
    why: str


@dataclass(frozen=True)
class Checked:
    """A claim with everything that was found."""

    claim: Claim
    remarks: tuple[Remark, ...]
    tested: tuple[str, ...]
    """Rules for which the claim said enough."""

    @property
    def verdict(self) -> Finding:
        """The worst finding."""
        return max((r.finding for r in self.remarks), default=Finding.CONSISTENT)

    @property
    def sentence(self) -> str:
        """Verdict with the reasons."""
        name = f"{self.claim.name}: " if self.claim.name else ""
        if not self.tested:
            return f"{name}cannot tell: the claim gives nothing to compare"
        if not self.remarks:
            return f"{name}consistent on {', '.join(self.tested)}"
        return f"{name}{self.verdict.label}: " + "; ".join(r.why for r in self.remarks)


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
    for rule in (_mass, _reserve, _share, _capital, _returns, _monotone, _words, _margin):
        found = rule(claim, limits or _shipped())
        if found is not None:
            tested.append(rule.__name__.strip("_"))
            remarks.extend(found)
    return Checked(claim, tuple(remarks), tuple(tested))


def _contained(claim: Claim) -> float | None:
    """TREO in product: product x share, or the product itself when it is called oxide; t/y."""
    if claim.product_t_per_y is None:
        return None
    if claim.treo_share_pct is not None:
        return claim.product_t_per_y * claim.treo_share_pct / 100.0
    return claim.product_t_per_y if (claim.product_form or "oxide") in OXIDE_NAMES else None


def _mass(claim: Claim, limits: Limits) -> list[Remark] | None:
    """TREO in product is at most ore x grade x recovery."""
    if claim.ore_t_per_y is None or claim.grade_pct is None:
        return None
    fed = claim.ore_t_per_y * claim.grade_pct / 100.0
    product, recovery = _contained(claim), claim.recovery_pct
    out = []
    slack = limits["mass-slack"]
    if limits["grade-pct"].finding(claim.grade_pct) is Finding.IMPOSSIBLE:
        out.append(Remark("mass", Finding.IMPOSSIBLE, f"a grade of {claim.grade_pct:g} % is richer than any mineral"))
    if recovery is not None and recovery > 100:
        out.append(Remark("mass", Finding.IMPOSSIBLE, f"a recovery of {recovery:g} % makes matter"))
    ndpr = claim.ndpr_t_per_y
    if ndpr is not None and ndpr > min(fed, product or fed) * slack.impossible_above:
        held = f"{product:,.0f} t/y of oxide" if product and product < fed else f"{fed:,.0f} t/y fed"
        out.append(Remark("mass", Finding.IMPOSSIBLE, f"{ndpr:,.0f} t/y NdPr in {held}"))
    if product is None:
        return out
    if product > fed * slack.impossible_above:
        hint = " (it can only be concentrate)" if product > 2 * fed else ""
        why = f"{product:,.0f} t/y of oxide from {fed:,.0f} t/y fed: {product / fed:,.1f} times too much{hint}"
        out.append(Remark("mass", Finding.IMPOSSIBLE, why))
    elif recovery is not None and recovery <= 100 and product > fed * recovery / 100 * slack.high:
        yielded = fed * recovery / 100
        why = f"{product:,.0f} t/y of oxide against {yielded:,.0f} t/y at a recovery of {recovery:g} %"
        out.append(Remark("mass", Finding.IMPLAUSIBLE, why))
    return out


def _reserve(claim: Claim, limits: Limits) -> list[Remark] | None:
    """What is in the ground covers the plan, over its life or, where none was told, over the shortest plausible one."""
    held, what = claim.reserve_t, "reserve"
    if held is None and claim.resource_mt is not None and claim.resource_grade_pct is not None:
        held, what = claim.resource_mt * 1e6 * claim.resource_grade_pct / 100.0, "resource"
    yearly = _contained(claim) or claim.ndpr_t_per_y
    if held is None:
        return None
    oxide, share = _over_life(claim, yearly)
    slack = limits["mass-slack"].impossible_above
    recoverable = held * (claim.recovery_pct or 100.0) / 100.0
    if oxide is not None and oxide > held * slack:
        hint = " (is it concentrate?)" if share is None else ""
        why = f"{oxide:,.0f} t of oxide over the life from a {what} of {held:,.0f} t{hint}"
        return [Remark("reserve", Finding.IMPOSSIBLE, why)]
    if oxide is not None and oxide > recoverable * slack:
        why = f"{oxide:,.0f} t of oxide over the life, but the {what} yields {recoverable:,.0f} t: "
        return [Remark("reserve", Finding.IMPLAUSIBLE, why + "the plan mines outside it")]
    if oxide is None and not yearly:
        return None
    limit = limits["life-y"]
    if oxide is None and yearly and (years := recoverable / yearly) < limit.low:
        bad = Finding.IMPOSSIBLE if years < limit.impossible_below else Finding.IMPLAUSIBLE
        why = f"a {what} of {held:,.0f} t of oxide lasts {years:.1g} years at {yearly:,.0f} t/y (studies: {limit.span})"
        return [Remark("reserve", bad, why)]
    return []


def _over_life(claim: Claim, yearly: float | None) -> tuple[float | None, float | None]:
    """Oxide over the plan's life, t, and the oxide share told of it; None where not told or not known as oxide."""
    share = claim.treo_share_pct
    if claim.product_life_t is None:
        return (yearly * claim.life_y if yearly and claim.life_y else None), share
    if share is None and (claim.product_form or "oxide") not in OXIDE_NAMES:
        return None, None
    return claim.product_life_t * (1.0 if share is None else share / 100.0), share


def _share(claim: Claim, limits: Limits) -> list[Remark] | None:
    """TREO share of the product fits its name."""
    key = f"treo-in-{claim.product_form}-pct"
    if claim.treo_share_pct is None or key not in limits:
        return None
    limit = limits[key]
    bad = limit.finding(claim.treo_share_pct)
    if bad is Finding.CONSISTENT:
        return []
    why = f"{claim.treo_share_pct:g} % TREO is not a {claim.product_form} ({limit.span} %)"
    return [Remark("share", bad, why)]


def _capital(claim: Claim, limits: Limits) -> list[Remark] | None:
    """Capital per yearly output and per yearly feed lies where studies lie."""
    if claim.capex_m is None:
        return None
    product = _contained(claim)
    out, tested = [], False
    for amount, unit, key in (
        (product * 1000.0 if product else None, "kg TREO a year", "capex-per-kg-treo"),
        (claim.ore_t_per_y, "t of ore a year", "capex-per-t-ore"),
    ):
        if not amount:
            continue
        tested = True
        limit, intensity = limits[key], claim.capex_m * 1e6 / amount
        bad = limit.finding(intensity)
        if bad is not Finding.CONSISTENT:
            slip = " (million for thousand million?)" if intensity < limit.low / 3 else ""
            why = f"capital of {intensity:,.2f} USD per {unit}; studies lie at {limit.span}{slip}"
            out.append(Remark("capital", bad, why))
    return out if tested else None


def _returns(claim: Claim, limits: Limits) -> list[Remark] | None:
    """IRR and NPV over capital lie where studies lie."""
    if claim.irr_pct is None and (claim.npv_m is None or not claim.capex_m):
        return None
    out = []
    if claim.irr_pct is not None:
        limit = limits["irr-pct"]
        bad = limit.finding(claim.irr_pct)
        if bad is Finding.IMPOSSIBLE:
            out.append(Remark("returns", bad, f"an IRR of {claim.irr_pct:,g} % is a shifted column"))
        elif bad is Finding.IMPLAUSIBLE:
            out.append(Remark("returns", bad, f"an IRR of {claim.irr_pct:g} % (plausible: {limit.span} %)"))
    if claim.npv_m is not None and claim.capex_m:
        ratio = claim.npv_m / claim.capex_m
        bad = limits["npv-over-capex"].finding(ratio)
        if bad is not Finding.CONSISTENT:
            out.append(Remark("returns", bad, f"NPV of {ratio:,.0f} times the capital (studies: 0.5-6)"))
        if claim.irr_pct is not None and claim.irr_pct > 60 and ratio < 0.2:
            why = f"an IRR of {claim.irr_pct:g} % with an NPV of {ratio:.2f} times the capital"
            out.append(Remark("returns", Finding.IMPLAUSIBLE, why))
    return out


def _monotone(claim: Claim, _: Limits) -> list[Remark] | None:
    """NPV rises with price, grade and recovery, falls with cost and capital."""
    if not claim.sensitivities:
        return None
    rising = {
        "price": 1,
        "grade": 1,
        "recovery": 1,
        "opex": -1,
        "capex": -1,
        "royalty": -1,
        "tax": -1,
        "discount": -1,
    }
    out = []
    for driver, (low, base, high) in claim.sensitivities.items():
        if driver not in rising:
            raise UnknownNameError("sensitivity", driver, rising, "sensitivities")
        sign = rising[driver]
        if sign * (base - low) < 0 or sign * (high - base) < 0:
            way = "rises" if sign > 0 else "falls"
            why = (
                f"NPV {low:,g} / {base:,g} / {high:,g} at low / base / high {driver}: "
                f"a sound one {way} with it (labels swapped?)"
            )
            out.append(Remark("monotone", Finding.IMPOSSIBLE, why))
    return out


def _words(claim: Claim, _: Limits) -> list[Remark] | None:
    """A resource, and still more a forecast, is not a reserve."""
    if claim.called is None or claim.resource_class is None:
        return None
    order = {
        "forecast": 0,
        "prognostic": 0,
        "none": 0,
        "inferred": 1,
        "resource": 1,
        "indicated": 1,
        "measured": 1,
        "reserve": 2,
    }
    said, is_ = (
        next((v for k, v in order.items() if k in text.lower()), 1) for text in (claim.called, claim.resource_class)
    )
    if said > is_:
        why = f"called a {claim.called}, but it is {claim.resource_class}: nothing of it is shown to pay"
        return [Remark("words", Finding.IMPLAUSIBLE, why)]
    return []


def _margin(claim: Claim, _: Limits) -> list[Remark] | None:
    """A positive value needs a price above cost."""
    if claim.opex_usd_per_kg is None or claim.price_usd_per_kg is None or claim.npv_m is None:
        return None
    if claim.npv_m > 0 and claim.price_usd_per_kg <= claim.opex_usd_per_kg:
        why = f"NPV above zero at a price of {claim.price_usd_per_kg:g} and a cost of {claim.opex_usd_per_kg:g} USD/kg"
        return [Remark("margin", Finding.IMPOSSIBLE, why)]
    return []
