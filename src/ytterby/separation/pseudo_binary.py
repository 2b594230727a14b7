r"""Stages of a multi-component cut by its two keys alone: Hengstebeck's pseudo-binary cascade.

Far from the ends the elements beyond a key run at limiting flows, those of an element that has come to rest at the
feed's side of its own key. With :math:`\alpha` relative to the less extractable key and :math:`\beta` the key's own,

.. math::
    l_i = \frac{d_i}{\alpha_i - 1},\; v_i = l_i + d_i \text{ (beyond the more extractable key, scrub section)};\qquad
    v'_i = \frac{\alpha_i b_i}{\beta - \alpha_i},\; l'_i = v'_i + b_i \text{ (beyond the other, extraction section)}

What is left of the organic and the aqueous flows belongs to the keys, and their stages are stepped off as McCabe and
Thiele do. Needs no simulation and takes microseconds. Reference: R.J. Hengstebeck, Trans. AIChE 42 (1946) 309.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST = 1500
PINCHED = 1e-13
"""Gain of mole fraction in one stage at which the operating lines have met the equilibrium."""


def pseudo_binary_stages(
    alpha: Array,
    feed: Array,
    boundary: int,
    wanted: Array,
    flows: tuple[tuple[float, float], tuple[float, float]],
) -> tuple[int, int] | None:
    """Extraction and scrub stages that bring the keys to their share of both products.

    ``alpha`` ascending, ``feed`` mole fractions, ``wanted`` moles in the organic product, shape (elements,); elements
    from ``boundary`` on are wanted there. ``flows``: organic and aqueous flow in the extraction section, and in the
    scrub section, mol per mol feed. None where the keys have no flow of their own, or are pinched.

    >>> a, z = np.array([1, 2.8]), np.array([0.2, 0.8])
    >>> pseudo_binary_stages(a, z, 1, np.array([0.0008, 0.7998]), ((1.9896, 2.189), (1.9896, 1.189)))
    (10, 10)
    """
    low, high = boundary - 1, boundary
    relative = alpha / alpha[low]
    beta = float(relative[high])
    light, heavy = np.arange(len(feed)) < low, np.arange(len(feed)) > high
    limiting_scrub = wanted[heavy] / (relative[heavy] - 1)
    limiting_organic = relative[light] * feed[light] / (beta - relative[light])
    (organic, aqueous), (organic_scrub, aqueous_scrub) = flows
    organic -= float(limiting_organic.sum())
    aqueous -= float((limiting_organic + feed[light]).sum())
    organic_scrub -= float((limiting_scrub + wanted[heavy]).sum())
    aqueous_scrub -= float(limiting_scrub.sum())
    if min(organic, aqueous, organic_scrub, aqueous_scrub) <= 0:
        return None
    left = feed - wanted
    top, bottom = float(wanted[low] + wanted[high]), float(left[low] + left[high])
    goal, x = float(wanted[high]) / top, float(left[high]) / bottom
    from_bottom = bottom * x
    extraction, changed = 0, False
    for total in range(1, MOST):
        y = beta * x / (1 + (beta - 1) * x)
        if y >= goal:
            return (extraction, total - extraction) if changed else (total, 0)
        lower = (organic * y + from_bottom) / aqueous
        upper = (organic_scrub * y - top * goal) / aqueous_scrub
        if not changed:
            extraction, changed = total, upper >= lower
        following = upper if changed else lower
        if following - x < PINCHED:
            return None
        x = following
    return None
