"""Is a published claim about a project possible? Mass, money and words, each with the reason.

Limits of plausibility are read off the shipped studies and their known errors; a flag is not a verdict on
the deposit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum

from ytterby.world.errors import Fault, InputError, UnknownNameError

CAPEX_PER_KG_TREO = (3.0, 600.0)
"""USD of capital per kg of yearly TREO: Kangankunde 4.8 (concentrate) to Wicheeda 269; beyond is not seen."""
CAPEX_PER_T_ORE = (5.0, 3000.0)
"""USD of capital per t of yearly plant feed: heap stacks 60, Strange Lake 1,700."""
IRR_PCT = (0.0, 100.0)
"""Highest credible: 78 % was published at a reserve-backed project, 101 and 180 % at ones that could not
hold."""
IRR_IMPOSSIBLE_PCT = 250.0
NPV_OVER_CAPEX = (0.0, 20.0)
"""Median of the studies 1.8, middle half 1.2 to 2.5; Kangankunde's concentrate 14."""
OXIDE_SHARE = {"concentrate": (0.03, 0.70), "carbonate": (0.40, 0.65)}
"""TREO content of product forms: concentrates 3-70 %, mixed carbonates 40-65 %."""


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
class Claim:
    """What was published; everything that was not said is None. Money in M USD or any one currency
    throughout."""

    name: str = ""
    ore_t_per_y: float | None = None
    grade_pct: float | None = None
    """TREO in plant feed, wt %."""
    recovery_pct: float | None = None
    product_t_per_y: float | None = None
    product_form: str | None = None
    """What the product was called: oxide, concentrate, carbonate; TREO means oxide."""
    treo_share_pct: float | None = None
    """TREO in the product, wt %, where printed."""
    ndpr_t_per_y: float | None = None
    life_y: float | None = None
    product_life_t: float | None = None
    """Product over the life, t, of the same form."""
    reserve_t: float | None = None
    """Contained TREO in the reserve, t."""
    resource_mt: float | None = None
    resource_grade_pct: float | None = None
    resource_class: str | None = None
    called: str | None = None
    """What the announcement calls the tonnage: reserve, resource, forecast."""
    capex_m: float | None = None
    npv_m: float | None = None
    irr_pct: float | None = None
    opex_usd_per_kg: float | None = None
    price_usd_per_kg: float | None = None
    sensitivities: Mapping[str, tuple[float, float, float]] | None = None
    """Driver (price, opex, capex, grade, recovery) -> NPV at its low, base and high value."""


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


def check_claim(claim: Claim) -> Checked:
    """Run every rule for which the claim says enough.

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
        found = rule(claim)
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
    return claim.product_t_per_y if (claim.product_form or "oxide") in ("oxide", "TREO", "treo", "reo") else None


def _mass(claim: Claim) -> list[Remark] | None:
    """TREO in product is at most ore x grade x recovery."""
    if claim.ore_t_per_y is None or claim.grade_pct is None:
        return None
    fed = claim.ore_t_per_y * claim.grade_pct / 100.0
    product, recovery = _contained(claim), claim.recovery_pct
    out = []
    if claim.grade_pct > 90:
        out.append(Remark("mass", Finding.IMPOSSIBLE, f"a grade of {claim.grade_pct:g} % is richer than any mineral"))
    if recovery is not None and recovery > 100:
        out.append(Remark("mass", Finding.IMPOSSIBLE, f"a recovery of {recovery:g} % makes matter"))
    if product is None:
        return out
    if product > fed * 1.02:
        hint = " (it can only be concentrate)" if product > 2 * fed else ""
        why = f"{product:,.0f} t/y of oxide from {fed:,.0f} t/y fed: {product / fed:,.1f} times too much{hint}"
        out.append(Remark("mass", Finding.IMPOSSIBLE, why))
    elif recovery is not None and recovery <= 100 and product > fed * recovery / 100 * 1.15:
        yielded = fed * recovery / 100
        why = f"{product:,.0f} t/y of oxide against {yielded:,.0f} t/y at a recovery of {recovery:g} %"
        out.append(Remark("mass", Finding.IMPLAUSIBLE, why))
    if claim.ndpr_t_per_y is not None and claim.ndpr_t_per_y > product * 1.02:
        out.append(
            Remark(
                "mass",
                Finding.IMPOSSIBLE,
                f"{claim.ndpr_t_per_y:,.0f} t/y NdPr in {product:,.0f} t/y of oxide",
            )
        )
    return out


def _reserve(claim: Claim) -> list[Remark] | None:
    """The reserve covers the plan."""
    if claim.reserve_t is None:
        return None
    total = claim.product_life_t
    if total is None and claim.product_t_per_y is not None and claim.life_y is not None:
        total = claim.product_t_per_y * claim.life_y
    if total is None:
        return None
    share = claim.treo_share_pct
    if share is None and (claim.product_form or "oxide") not in ("oxide", "TREO", "treo", "reo"):
        return None
    oxide = total if share is None else total * share / 100.0
    recoverable = claim.reserve_t * (claim.recovery_pct or 100.0) / 100.0
    if oxide > claim.reserve_t * 1.02:
        hint = " (is it concentrate?)" if share is None else ""
        why = f"{oxide:,.0f} t of oxide over the life from a reserve of {claim.reserve_t:,.0f} t{hint}"
        return [Remark("reserve", Finding.IMPOSSIBLE, why)]
    if oxide > recoverable * 1.02:
        why = (
            f"{oxide:,.0f} t of oxide over the life, but the reserve yields {recoverable:,.0f} t: "
            "the plan mines outside it"
        )
        return [Remark("reserve", Finding.IMPLAUSIBLE, why)]
    return []


def _share(claim: Claim) -> list[Remark] | None:
    """TREO share of the product fits its name."""
    if claim.treo_share_pct is None or claim.product_form not in OXIDE_SHARE:
        return None
    low, high = OXIDE_SHARE[claim.product_form]
    if claim.treo_share_pct > 100:
        return [Remark("share", Finding.IMPOSSIBLE, f"{claim.treo_share_pct:g} % TREO in a product")]
    if not 100 * low <= claim.treo_share_pct <= 100 * high:
        why = f"{claim.treo_share_pct:g} % TREO is not a {claim.product_form} ({100 * low:g}-{100 * high:g} %)"
        return [Remark("share", Finding.IMPLAUSIBLE, why)]
    return []


def _capital(claim: Claim) -> list[Remark] | None:
    """Capital per yearly output and per yearly feed lies where studies lie."""
    if claim.capex_m is None:
        return None
    product = _contained(claim)
    out, tested = [], False
    for amount, unit, (low, high) in (
        (product * 1000.0 if product else None, "kg TREO a year", CAPEX_PER_KG_TREO),
        (claim.ore_t_per_y, "t of ore a year", CAPEX_PER_T_ORE),
    ):
        if not amount:
            continue
        tested = True
        intensity = claim.capex_m * 1e6 / amount
        if not low <= intensity <= high:
            why = f"capital of {intensity:,.2f} USD per {unit}; studies lie at {low:g}-{high:g}"
            grave = Finding.IMPOSSIBLE if intensity < low / 20 else Finding.IMPLAUSIBLE
            out.append(
                Remark(
                    "capital",
                    grave,
                    why + (" (million for thousand million?)" if intensity < low / 3 else ""),
                )
            )
    return out if tested else None


def _returns(claim: Claim) -> list[Remark] | None:
    """IRR and NPV over capital lie where studies lie."""
    if claim.irr_pct is None and (claim.npv_m is None or not claim.capex_m):
        return None
    out = []
    if claim.irr_pct is not None:
        if claim.irr_pct > IRR_IMPOSSIBLE_PCT:
            out.append(Remark("returns", Finding.IMPOSSIBLE, f"an IRR of {claim.irr_pct:,g} % is a shifted column"))
        elif not IRR_PCT[0] <= claim.irr_pct <= IRR_PCT[1]:
            out.append(Remark("returns", Finding.IMPLAUSIBLE, f"an IRR of {claim.irr_pct:g} % (studies: 9-80 %)"))
    if claim.npv_m is not None and claim.capex_m:
        ratio = claim.npv_m / claim.capex_m
        if ratio > NPV_OVER_CAPEX[1]:
            why = f"NPV of {ratio:,.0f} times the capital (studies: 0.5-6)"
            out.append(Remark("returns", Finding.IMPOSSIBLE if ratio > 30 else Finding.IMPLAUSIBLE, why))
        if claim.irr_pct is not None and claim.irr_pct > 60 and ratio < 0.2:
            why = f"an IRR of {claim.irr_pct:g} % with an NPV of {ratio:.2f} times the capital"
            out.append(Remark("returns", Finding.IMPLAUSIBLE, why))
    return out


def _monotone(claim: Claim) -> list[Remark] | None:
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


def _words(claim: Claim) -> list[Remark] | None:
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


def _margin(claim: Claim) -> list[Remark] | None:
    """A positive value needs a price above cost."""
    if claim.opex_usd_per_kg is None or claim.price_usd_per_kg is None or claim.npv_m is None:
        return None
    if claim.npv_m > 0 and claim.price_usd_per_kg <= claim.opex_usd_per_kg:
        why = f"NPV above zero at a price of {claim.price_usd_per_kg:g} and a cost of {claim.opex_usd_per_kg:g} USD/kg"
        return [Remark("margin", Finding.IMPOSSIBLE, why)]
    return []


_PER_YEAR = r"(?:/y|/yr|a year|per year|pa|p\.a\.)"
_MONEY = r"(?: of)?\s*(?:USD|US\$|A\$|\$)?\s*([\d.,]+)\s*"
_TONNES = r"([\d.,]+)\s*t(?:onnes|ons)?\s*"
_TEXT: Sequence[tuple[str, str, float]] = (
    (rf"([\d.,]+)\s*(?:Mt|million t(?:onnes|ons)?)\s*{_PER_YEAR}", "ore_t_per_y", 1e6),
    (rf"{_TONNES}{_PER_YEAR}\s*(?:of\s*)?(?:ore|feed)", "ore_t_per_y", 1.0),
    (r"(?:at|grade of|grading|@)\s*([\d.,]+)\s*%", "grade_pct", 1.0),
    (r"(?:at|grade of|grading|@)\s*([\d.,]+)\s*(?:ppm|g/t)", "grade_pct", 1e-4),
    (r"recovery(?: of)?\s*([\d.,]+)\s*%", "recovery_pct", 1.0),
    (rf"{_TONNES}{_PER_YEAR}\s*(?:of\s*)?(?:T?REO|(?:rare[- ]earth )?oxides?)", "product_t_per_y", 1.0),
    (rf"capex{_MONEY}(?:M|million)", "capex_m", 1.0),
    (rf"capex{_MONEY}(?:bn|billion)", "capex_m", 1000.0),
    (rf"NPV{_MONEY}(?:M|million)", "npv_m", 1.0),
    (rf"NPV{_MONEY}(?:bn|billion)", "npv_m", 1000.0),
    (r"IRR(?: of)?\s*([\d.,]+)\s*%", "irr_pct", 1.0),
    (r"life(?: of)?\s*([\d.,]+)\s*(?:y|years)", "life_y", 1.0),
)  # fmt: skip


def read_claim(text: str, name: str = "") -> Claim:
    """Read a sentence: tonnages, grade, recovery, capital, NPV, IRR, life, and the words reserve, resource,
    forecast.

    What is not understood is left out, never guessed. Raises InputError where nothing is understood.

    >>> read_claim("0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO").product_t_per_y
    85000.0
    """
    found: dict[str, float] = {}
    for pattern, field_name, factor in _TEXT:
        match = re.search(pattern, text, flags=re.IGNORECASE)
        if match and field_name not in found:
            found[field_name] = float(match.group(1).rstrip(".,").replace(",", "")) * factor
    words = [
        w for w in ("forecast", "projected", "reserve", "inferred", "resource") if re.search(w, text, re.IGNORECASE)
    ]
    called = "reserve" if "reserve" in words else None
    weaker = next((w for w in words if w != "reserve"), None)
    resource_class = {"projected": "forecast"}.get(weaker, weaker) if weaker and called else None
    if not found and resource_class is None:
        raise InputError(
            "nothing in the claim was understood",
            [
                Fault(
                    "text",
                    text[:80],
                    'for example "0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO, capex 290 M, IRR 180 %"',
                )
            ],
        )
    return Claim(name=name, called=called, resource_class=resource_class, **found)  # type: ignore[arg-type]
