"""The fit itself: bounded least squares from seeded starts (scipy), and what the observations cannot tell.

Each parameter is its share of its band, 0 at the low and 1 at the high end. What is made small is the sum over
observations of ``2 (sqrt(1 + r^2) - 1)`` (soft L1), r the logarithm of answer over observation, over the observation's
tolerance: a gross miss that no parameter explains pulls in proportion to its size, not to its square.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import norm, qmc

Array = NDArray[np.float64]
Model = Callable[[Array], Array]
"""Shares of the bands (P,) -> natural logarithm of each answer (N,); NaN where there is none."""
Progress = Callable[[float, str], None]

NO_ANSWER = 3.0
"""Log error of an observation that the model has no answer for: twenty times off."""
FLAT = 0.1
"""An observation that moves by less than this part of its tolerance over a whole band does not feel the parameter."""
AT_BOUND = 0.02
STEP, WIDE_STEP = 0.02, 0.1
"""Steps of slopes, in shares of a band: while searching, and for the curvature at the end."""
COVER = 0.90
ALIKE = 0.9
"""Correlation of two estimates from which they are called indistinguishable."""
SINGULAR = 1e-9
STARTS, TRIES = 6, 10


@dataclass(frozen=True)
class Estimate:
    """Where the fit ended; all in shares of the band, in the order of the parameters."""

    share: Array
    """Fitted share (P,); the prior's where not identified."""
    low: Array
    """Low end of the 90 % interval (P,), not below 0; NaN where not identified."""
    high: Array
    identified: tuple[bool, ...]
    reason: tuple[str, ...]
    """Why a parameter is not identified; blank where it is."""
    tried: Array
    """Where the search had a parameter before it was given up (P,); NaN where it never was free."""
    loss_prior: float
    loss: float
    loss_within: float
    """Least loss found anywhere inside the bands, with what is not identified moved too."""
    loss_ends: Array
    """Loss where one parameter alone stands at share 0 and at share 1 of its band, the rest at the priors (P, 2)."""
    answers: int
    """How many observations it was fitted to."""
    evaluations: int


def loss_of(residual: Array) -> float:
    """Sum of ``2 (sqrt(1 + r^2) - 1)`` over residuals in tolerances."""
    return float(np.sum(2.0 * (np.sqrt(1.0 + residual**2) - 1.0)))


def estimate(
    model: Model,
    prior: Array,
    observed: Array,
    tolerance: Array,
    names: Sequence[str],
    *,
    seed: int = 1,
    starts: int = STARTS,
    progress: Progress | None = None,
) -> Estimate:
    """Fit the shares of P bands to N observations (natural logarithms), and give up what they cannot tell.

    ``prior`` (P,) is where each parameter stands without data; ``tolerance`` (N,) the half-width of what counts as met,
    in logarithms. A parameter is given up, goes back to its prior, and the rest is fitted again where no observation
    feels it, where it ends at an end of its band, or where its 90 % interval is as wide as its band (curvature that is
    singular or weak). Everything found so in one fit is given up at once: what is left never leans on it. The same
    arguments give the same answer.
    """
    search = _Search(model, prior, observed, tolerance, starts, progress)
    reason = [""] * len(prior)
    tried = np.full(len(prior), np.nan)
    for j, name in enumerate(names):
        search.said = f"does {name} matter"
        reach = max(
            float(np.max(np.abs(search.residual(search.moved(j, end)) - search.at_prior))) for end in (0.0, 1.0)
        )
        if reach < FLAT:
            reason[j] = f"flat: over its whole band no observation moves by {FLAT:g} of its tolerance"
    share, spread = prior.copy(), np.full(len(prior), np.nan)
    first = True
    while free := [j for j, why in enumerate(reason) if not why]:
        search.said = f"fitting {len(free)} parameters"
        if len(free) >= len(observed):
            for j in free:
                reason[j] = f"too few observations: {len(observed)} for {len(free)} parameters"
            break
        share = search.best(free, seed if first else None, share)
        first = False
        spread, found = search.judged(free, share, names)
        for j, why in found.items():
            reason[j], tried[j] = why, share[j]
        if not found:
            break
        share = np.where([bool(why) for why in reason], prior, share)
    known = np.array([not why for why in reason], dtype=bool)
    share = np.where(known, share, prior)
    return Estimate(
        share=share,
        low=np.where(known, np.clip(share - spread, 0.0, 1.0), np.nan),
        high=np.where(known, np.clip(share + spread, 0.0, 1.0), np.nan),
        identified=tuple(bool(k) for k in known),
        reason=tuple(reason),
        tried=tried,
        loss_prior=loss_of(search.at_prior),
        loss=loss_of(search.residual(share)),
        loss_within=min(loss_of(residual) for residual in search.seen.values()),
        loss_ends=np.array(
            [[loss_of(search.residual(search.moved(j, e))) for e in (0.0, 1.0)] for j in range(len(prior))]
        ),
        answers=len(observed),
        evaluations=len(search.seen),
    )


class _Search:
    """The model's residuals, each point computed once."""

    def __init__(
        self, model: Model, prior: Array, observed: Array, tolerance: Array, starts: int, tell: Progress | None
    ) -> None:
        self.model, self.prior, self.observed, self.tolerance = model, prior, observed, tolerance
        self.starts, self.tell = starts, tell or (lambda _done, _remark: None)
        self.seen: dict[bytes, Array] = {}
        self.said = "prior"
        self.most = 3 * len(prior) + starts + TRIES * (1 + len(prior))
        self.at_prior = self.residual(prior)

    def residual(self, share: Array) -> Array:
        """Log error over tolerance (N,)."""
        key = np.asarray(share, dtype=float).tobytes()
        if key not in self.seen:
            self.tell(min(len(self.seen) / self.most, 0.99), f"{self.said}, solve {len(self.seen) + 1}")
            error = self.model(share) - self.observed
            self.seen[key] = np.where(np.isfinite(error), error, NO_ANSWER) / self.tolerance
        return self.seen[key]

    def moved(self, j: int, to: float, at: Array | None = None) -> Array:
        """The prior (or another point) with one parameter elsewhere."""
        point = np.array(self.prior if at is None else at, dtype=float)
        point[j] = to
        return point

    def slopes(self, free: list[int], share: Array, step: float, both: bool) -> Array:
        """Change of each residual per share of the band (N, F); one-sided, or over both sides where the band allows."""
        columns = []
        for j in free:
            up = min(share[j] + step, 1.0)
            down = max(share[j] - step, 0.0) if both or up - share[j] < step / 2 else share[j]
            if not both and down < share[j]:
                up = share[j]
            over = self.residual(self.moved(j, up, share)) - self.residual(self.moved(j, down, share))
            columns.append(over / (up - down))
        return np.stack(columns, axis=1)

    def best(self, free: list[int], seed: int | None, last: Array) -> Array:
        """Least loss over the free parameters: from the best of the prior, the last point, and seeded starts."""
        starts = [self.prior, last]
        if seed is not None:
            for draw in qmc.LatinHypercube(d=len(free), seed=seed).random(self.starts):
                point = self.prior.copy()
                point[free] = draw
                starts.append(point)
        start = min(starts, key=lambda point: loss_of(self.residual(point)))

        def full(part: Array) -> Array:
            point = self.prior.copy()
            point[free] = part
            return point

        def slopes(part: Array) -> Array:
            return self.slopes(free, full(part), STEP, both=False)

        def residual(part: Array) -> Array:
            return self.residual(full(part))

        found = least_squares(
            residual,
            np.clip(start[free], 1e-3, 1.0 - 1e-3),
            jac=slopes,
            bounds=(0.0, 1.0),
            loss="soft_l1",
            method="trf",
            xtol=1e-4,
            ftol=1e-6,
            max_nfev=TRIES,
        )
        end = full(found.x)
        return end if loss_of(self.residual(end)) <= loss_of(self.residual(start)) else start

    def judged(self, free: list[int], share: Array, names: Sequence[str]) -> tuple[Array, dict[int, str]]:
        """Half-width of each 90 % interval (P,), and why some parameters are not identified."""
        self.said = "curvature at the fit"
        spread, found = np.full(len(share), np.nan), {}
        residual = self.residual(share)
        weight = 1.0 / np.sqrt(1.0 + residual**2)
        slope = self.slopes(free, share, WIDE_STEP, both=True) * np.sqrt(weight)[:, None]
        left_over = max(1.0, loss_of(residual) / (len(residual) - len(free)))
        value, vector = np.linalg.eigh(slope.T @ slope / left_over)
        covariance = (vector / np.maximum(value, SINGULAR * max(float(value.max()), SINGULAR))) @ vector.T
        error = np.sqrt(np.diag(covariance))
        alike = covariance / np.outer(error, error)
        reach = float(norm.ppf(0.5 + COVER / 2.0))
        for i, j in enumerate(free):
            spread[j] = reach * error[i]
            if share[j] < AT_BOUND or share[j] > 1.0 - AT_BOUND:
                found[j] = "at its bound: the fit ends at an end of its band"
            elif 2.0 * spread[j] >= 1.0:
                others = [names[k] for i2, k in enumerate(free) if i2 != i and abs(alike[i, i2]) > ALIKE]
                told = f"; not to be told apart from {' and '.join(others)}" if others else ""
                found[j] = f"weak curvature: its {COVER:.0%} interval is as wide as its band{told}"
        return spread, found
