"""Claims about money: capital per output, returns, sensitivities that run the wrong way, price below cost."""

from __future__ import annotations

from ytterby.projects.claim import Claim
from ytterby.projects.claim_ground import contained
from ytterby.projects.verdict import Finding, Limits, Remark
from ytterby.world.errors import UnknownNameError


def capital(claim: Claim, limits: Limits) -> list[Remark] | None:
    """Capital per yearly output and per yearly feed lies where studies lie."""
    if claim.capex_m is None:
        return None
    product = contained(claim)
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


def returns(claim: Claim, limits: Limits) -> list[Remark] | None:
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
        limit = limits["npv-over-capex"]
        bad = limit.finding(ratio)
        if bad is not Finding.CONSISTENT:
            out.append(Remark("returns", bad, f"NPV of {ratio:,.0f} times the capital (plausible: {limit.span})"))
        if claim.irr_pct is not None and claim.irr_pct > 60 and ratio < 0.2:
            why = f"an IRR of {claim.irr_pct:g} % with an NPV of {ratio:.2f} times the capital"
            out.append(Remark("returns", Finding.IMPLAUSIBLE, why))
    return out


def monotone(claim: Claim, _: Limits) -> list[Remark] | None:
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


def margin(claim: Claim, _: Limits) -> list[Remark] | None:
    """A positive value needs a price above cost."""
    if claim.opex_usd_per_kg is None or claim.price_usd_per_kg is None or claim.npv_m is None:
        return None
    if claim.npv_m > 0 and claim.price_usd_per_kg <= claim.opex_usd_per_kg:
        why = f"NPV above zero at a price of {claim.price_usd_per_kg:g} and a cost of {claim.opex_usd_per_kg:g} USD/kg"
        return [Remark("margin", Finding.IMPOSSIBLE, why)]
    return []
