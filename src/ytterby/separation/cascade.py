"""Counter-current exchange extraction of two components (Xu Guangxian), and its classical limits.

Letters: A the more, B the less extractable component, ``f_A + f_B = 1`` mole of feed; ``beta = D_A / D_B``;
``S`` moles of rare earth carried by the organic, ``W`` moles of scrub (reflux) per mole of feed; mixing
ratios
``E = organic flow / aqueous flow`` of rare earth in the extraction and the scrub section.

The cascade is formally a distillation column with constant molar overflow (organic = vapour, aqueous =
liquid,
beta = relative volatility, W = reflux, S = boil-up), so Fenske, Kremser and McCabe-Thiele hold as they stand.

Reference: Xu Guangxian (ed.), Rare Earths, 2nd ed., Metallurgical Industry Press, Beijing 1995, chapter on
cascade
theory; the equations were derived again for this package, and the organic-feed optimum with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from typing import Literal

from ytterby.world.errors import Fault, InputError

FeedPhase = Literal["aqueous", "organic"]

KEY_RECOVERY = 0.99
"""Share of the wanted group that each outlet must hold, where a purity alone would let a minor product
slip away."""


@dataclass(frozen=True)
class TwoComponentDesign:
    """A two-component cascade by the optimum equations; flows in mol RE per mol RE fed."""

    product_share: float
    """Moles that leave with the organic product, f_A'."""
    raffinate_share: float
    """Moles that leave with the raffinate, f_B'."""
    enrichment_organic: float
    """a: [A/B] in the organic product over [A/B] in the feed."""
    enrichment_raffinate: float
    """b: [B/A] in the raffinate over [B/A] in the feed."""
    control: Literal["extraction", "scrub"]
    """The section whose optimum ratio fixes the flows."""
    extraction_ratio: float
    """E_M, organic over aqueous in the extraction section."""
    scrub_ratio: float
    """E_M', organic over aqueous in the scrub section."""
    extraction_amount: float
    """S."""
    scrub_amount: float
    """W."""
    extraction_stages: float
    """n, theoretical, a real number."""
    scrub_stages: float
    """m, theoretical, a real number."""


@dataclass(frozen=True)
class CutTargets:
    """What a cut must reach, as mole fractions of the wanted groups."""

    raffinate_purity: float
    organic_purity: float

    @classmethod
    def of(cls, heavy: float, purity: float, recovery: float = KEY_RECOVERY) -> CutTargets:
        """Targets for a feed with mole fraction ``heavy`` of the extracted group: purity and recovery
        both."""
        light = 1 - heavy
        return cls(
            1 - min(1 - purity, (1 - recovery) * heavy / light),
            1 - min(1 - purity, (1 - recovery) * light / heavy),
        )

    def product_share(self, heavy: float) -> float:
        """Moles of organic product per mol of feed that both purities allow; ``heavy``: the feed's extracted group."""
        return (heavy - (1 - self.raffinate_purity)) / (self.organic_purity + self.raffinate_purity - 1)


def check_beta(beta: float, where: str = "beta") -> None:
    """Raise InputError unless a separation factor exceeds one."""
    if not (isfinite(beta) and beta > 1):
        raise InputError(
            "no separation",
            [Fault(where, f"{beta:g}", "a separation factor above 1 (more over less extractable)")],
        )


def check_purities(feed_a: float, purity_a: float, purity_b: float, where: str = "cut") -> None:
    """Raise InputError with every purity that the feed makes impossible, and what would be possible."""
    faults = []
    if not 0 < feed_a < 1:
        faults.append(Fault(f"{where}: feed_a", f"{feed_a:g}", "a mole fraction between 0 and 1"))
    else:
        if not feed_a < purity_a < 1:
            faults.append(Fault(f"{where}: purity_a", f"{purity_a:g}", f"above the feed's {feed_a:g} and below 1"))
        if not 1 - feed_a < purity_b < 1:
            faults.append(Fault(f"{where}: purity_b", f"{purity_b:g}", f"above the feed's {1 - feed_a:g} and below 1"))
    if faults:
        raise InputError("impossible purity", faults)


def optimum(
    beta: float, feed_a: float, purity_a: float, purity_b: float, feed: FeedPhase = "aqueous"
) -> TwoComponentDesign:
    r"""Flows and stages of a two-component cascade by Xu's optimum equations.

    .. math::
        f_A' = \frac{f_A - (1-p_B)}{p_A + p_B - 1},\quad
        a = \frac{p_A/(1-p_A)}{f_A/f_B},\quad b = \frac{p_B/(1-p_B)}{f_B/f_A}

        S = \frac{E_M f_B'}{1-E_M},\quad W = S - f_A' \text{ (aqueous) or } S + f_B' \text{ (organic feed)}

        n = \frac{\ln b}{\ln \beta E_M},\quad m + 1 = \frac{\ln a}{\ln (\beta/E_M')}

    The section that needs the larger S at its own optimum (:math:`E_M = 1/\sqrt\beta` or
    :math:`E_M' = \sqrt\beta`) controls: extraction where :math:`f_B' \ge \sqrt\beta/(1+\sqrt\beta)`
    (aqueous) or :math:`\ge 1/(1+\sqrt\beta)` (organic feed).

    ``feed_a``: mole fraction of A; ``purity_a``, ``purity_b``: mole fractions in organic product and
    raffinate.
    Valid for two components and constant beta. Raises InputError for beta <= 1 or impossible purities.
    Reference: Xu (1995), see the module.

    >>> d = optimum(1.5, 0.75, 0.999, 0.995)
    >>> round(d.extraction_amount, 4), round(d.scrub_amount, 4), d.control
    (4.0844, 3.3349, 'scrub')
    >>> round(d.extraction_stages, 2), round(d.scrub_stages, 2)
    (18.48, 27.65)
    """
    check_beta(beta)
    check_purities(feed_a, purity_a, purity_b)
    feed_b = 1 - feed_a
    product = (feed_a - (1 - purity_b)) / (purity_a + purity_b - 1)
    raffinate = 1 - product
    enrich_a = purity_a / (1 - purity_a) * feed_b / feed_a
    enrich_b = purity_b / (1 - purity_b) * feed_a / feed_b
    root = sqrt(beta)
    threshold = root / (1 + root) if feed == "aqueous" else 1 / (1 + root)
    control: Literal["extraction", "scrub"]
    if raffinate >= threshold:
        control = "extraction"
        amount = raffinate / (root - 1)
    else:
        control = "scrub"
        amount = product * root / (root - 1) if feed == "aqueous" else (1 - root * raffinate) / (root - 1)
    if feed == "aqueous":
        scrub = amount - product
        ratio, ratio_scrub = amount / (scrub + 1), amount / scrub
    else:
        scrub = amount + raffinate
        ratio, ratio_scrub = amount / scrub, (amount + 1) / scrub
    return TwoComponentDesign(
        product_share=product,
        raffinate_share=raffinate,
        enrichment_organic=enrich_a,
        enrichment_raffinate=enrich_b,
        control=control,
        extraction_ratio=ratio,
        scrub_ratio=ratio_scrub,
        extraction_amount=amount,
        scrub_amount=scrub,
        extraction_stages=log(enrich_b) / log(beta * ratio),
        scrub_stages=log(enrich_a) / log(beta / ratio_scrub) - 1,
    )


def minimum_extraction(beta: float, feed_a: float, feed: FeedPhase = "aqueous") -> tuple[float, float]:
    r"""Least S and W for two pure products, mol per mol feed.

    .. math::
        S_{min} = \tfrac{1}{\beta-1} + f_A,\; W_{min} = \tfrac{1}{\beta-1} \text{ (aqueous)};\quad
        S_{min} = \tfrac{1}{\beta-1},\; W_{min} = \tfrac{1}{\beta-1} + f_B \text{ (organic feed)}

    Reference: Xu (1995); equal to Underwood's minimum reflux for a binary.

    >>> minimum_extraction(1.5, 0.75)
    (2.75, 2.0)
    """
    check_beta(beta)
    base = 1 / (beta - 1)
    return (base + feed_a, base) if feed == "aqueous" else (base, base + 1 - feed_a)


def fenske_stages(beta: float, enrichment_organic: float, enrichment_raffinate: float) -> float:
    r"""Fewest stages, at total reflux: :math:`N_{min} = \ln(ab)/\ln\beta`.

    Reference: M.R. Fenske, Ind. Eng. Chem. 24 (1932) 482.

    >>> round(fenske_stages(1.5, 333.0, 597.0), 2)
    30.09
    """
    check_beta(beta)
    return log(enrichment_organic * enrichment_raffinate) / log(beta)


def gilliland_stages(fewest_stages: float, extraction_amount: float, least_extraction_amount: float) -> float:
    r"""Stages at a given S by Molokanov's form of Gilliland's correlation.

    .. math::
        X = \frac{S - S_{min}}{S},\quad
        \frac{N - N_{min}}{N + 1} = 1 - \exp\left(\frac{1+54.4X}{11+117.2X}\,\frac{X-1}{\sqrt X}\right)

    (:math:`X = (R-R_{min})/(R+1)` of distillation, since boil-up is ``(R + 1) D``.) An estimate, some 10 %.
    Infinite at or below the minimum. Reference: Y.K. Molokanov et al., Int. Chem. Eng. 12 (1972) 209.

    >>> round(gilliland_stages(30.09, 4.0844, 2.75), 0)
    48.0
    """
    if extraction_amount <= least_extraction_amount:
        return float("inf")
    x = (extraction_amount - least_extraction_amount) / extraction_amount
    y = 1 - exp((1 + 54.4 * x) / (11 + 117.2 * x) * (x - 1) / sqrt(x))
    return (fewest_stages + y) / (1 - y)


def kremser_unextracted(extraction_factor: float, stages: float) -> float:
    r"""Share of a dilute trace that stays in the aqueous phase after n stages.

    .. math:: \phi = \frac{E - 1}{E^{n+1} - 1}

    ``extraction_factor``: E = D x organic/aqueous flow, constant. For impurity tails and stripping; wrong
    for the
    main components of a loaded exchange cascade. Reference: A. Kremser, Natl. Petr. News 22 (1930) 42.

    >>> round(kremser_unextracted(2.0, 3), 4)
    0.0667
    """
    if abs(extraction_factor - 1) < 1e-9:
        return 1 / (stages + 1)
    return float((extraction_factor - 1) / (extraction_factor ** (stages + 1) - 1))


def mccabe_thiele_stages(
    beta: float,
    feed_a: float,
    purity_a: float,
    purity_b: float,
    extraction_amount: float,
    *,
    limit: int = 100_000,
) -> tuple[int, int]:
    r"""Whole stages (extraction, scrub) of an aqueous-feed binary cascade, stepped off between the
    operating lines.

    .. math::
        y = \frac{\beta x}{1+(\beta-1)x},\quad
        S y_{j} = (W+1) x_{j+1} - f_B' (1-p_B),\quad S y_{j} = W x_{j+1} + f_A' p_A

    Raises InputError where S lies below the minimum (a pinch: no number of stages is enough).
    Reference: W.L. McCabe, E.W. Thiele, Ind. Eng. Chem. 17 (1925) 605.

    >>> mccabe_thiele_stages(2.8, 0.8, 0.999, 0.999, 1.9896)
    (10, 10)
    """
    check_beta(beta)
    check_purities(feed_a, purity_a, purity_b)
    product = (feed_a - (1 - purity_b)) / (purity_a + purity_b - 1)
    scrub = extraction_amount - product
    x = 1 - purity_b
    extraction = total = 0
    changed = False
    while total < limit:
        total += 1
        y = beta * x / (1 + (beta - 1) * x)
        if y >= purity_a:
            return extraction, total - extraction
        lower = (extraction_amount * y + (1 - product) * (1 - purity_b)) / (scrub + 1)
        upper = (extraction_amount * y - product * purity_a) / scrub if scrub > 0 else lower
        if not changed:
            extraction = total
            changed = upper >= lower
        following = upper if changed else lower
        if following - x < 1e-13:
            break
        x = following
    least = minimum_extraction(beta, feed_a)[0]
    raise InputError(
        "no number of stages reaches these purities",
        [Fault("extraction_amount", f"{extraction_amount:g}", f"more than about {least:.4g} mol per mol feed")],
    )
