"""Claims against what is in the ground: mass, reserve over the life, oxide in the product, and the words used."""

from __future__ import annotations

from ytterby.projects.claim import Claim
from ytterby.projects.verdict import Finding, Limits, Remark

OXIDE_NAMES = ("oxide", "TREO", "treo", "reo")


def contained(claim: Claim) -> float | None:
    """TREO in product: product x share, or the product itself when it is called oxide; t/y."""
    if claim.product_t_per_y is None:
        return None
    if claim.treo_share_pct is not None:
        return claim.product_t_per_y * claim.treo_share_pct / 100.0
    return claim.product_t_per_y if (claim.product_form or "oxide") in OXIDE_NAMES else None


def mass(claim: Claim, limits: Limits) -> list[Remark] | None:
    """TREO in product is at most ore x grade x recovery."""
    if claim.ore_t_per_y is None or claim.grade_pct is None:
        return None
    fed = claim.ore_t_per_y * claim.grade_pct / 100.0
    product, recovery = contained(claim), claim.recovery_pct
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


def reserve(claim: Claim, limits: Limits) -> list[Remark] | None:
    """What is in the ground covers the plan, over its life or, where none was told, over the shortest plausible one."""
    held, what = claim.reserve_t, "reserve"
    if held is None and claim.resource_mt is not None and claim.resource_grade_pct is not None:
        held, what = claim.resource_mt * 1e6 * claim.resource_grade_pct / 100.0, "resource"
    yearly = contained(claim) or claim.ndpr_t_per_y
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


def share(claim: Claim, limits: Limits) -> list[Remark] | None:
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


def words(claim: Claim, _: Limits) -> list[Remark] | None:
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
