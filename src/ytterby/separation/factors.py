"""Separation factors as distributions: measured where measured, chained where not, and said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.world import World
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Band, Confidence

Basis = Literal["measured", "textbook", "low", "high"]
"""Which value to take: the measured median (textbook where nothing was measured), the textbook average, or
an end."""

MEASURED = ("measured", "published")
LOWER_BOUND = "single-element"
TEXTBOOK = "textbook"
LEAST_BETA = 1.002
"""A band never reaches below this: at 1 there is no separation and no finite circuit."""


@dataclass(frozen=True)
class PairFactor:
    """Separation factor of two neighbours in the extractant's order."""

    heavier: str
    lighter: str
    band: Band
    """Measured median (or textbook average), with lower quartile and the higher of upper quartile and
    textbook."""
    textbook: float
    """Average used in plant design; NaN where none is known."""
    measurements: int
    sources: tuple[str, ...]
    confidence: Confidence


@dataclass(frozen=True)
class Factors:
    """All neighbouring pairs of one extractant, in its order from least to most extractable."""

    extractant: str
    order: tuple[str, ...]
    pairs: tuple[PairFactor, ...]
    missing: tuple[tuple[str, str], ...] = ()
    """Neighbours without any factor: a cut between them cannot be computed."""

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Place of each element in the order."""
        return {e: i for i, e in enumerate(self.order)}

    def betas(self, basis: Basis = "measured") -> NDArray[np.float64]:
        """Neighbouring factors, NaN where missing; shape (elements - 1,)."""
        known = {(p.heavier, p.lighter): p for p in self.pairs}
        out = np.full(len(self.order) - 1, np.nan)
        for i, (lighter, heavier) in enumerate(pairwise(self.order)):
            if (heavier, lighter) in known:
                p = known[heavier, lighter]
                out[i] = {
                    "measured": p.band.point,
                    "textbook": p.textbook if np.isfinite(p.textbook) else p.band.point,
                    "low": p.band.low,
                    "high": p.band.high,
                }[basis]
        return out

    def sampled(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Betas for uniform draws of shape (..., pairs): log-triangular with the point as median.

        Half of the probability lies below the point, spread evenly in the logarithm down to the low end,
        and half
        above it: the spread of batch measurements is no bell, and the textbook averages sit at its upper
        edge.
        """
        low, point, high = (np.log(self.betas(b)) for b in ("low", "measured", "high"))
        lower = low + (point - low) * 2 * np.minimum(uniforms, 0.5)
        upper = (high - point) * 2 * np.maximum(uniforms - 0.5, 0.0)
        return np.asarray(np.exp(lower + upper))

    def alphas(self, betas: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Extractabilities relative to the first element: chained products of neighbouring factors."""
        b = self.betas() if betas is None else betas
        return np.concatenate([[1.0], np.cumprod(np.where(np.isnan(b), 1.0, b))])

    def between(self, heavier: str, lighter: str) -> tuple[Band, bool]:
        """Factor of any pair, and whether it had to be chained from neighbours.

        Raises InputError where a link of the chain is missing or the order is the other way round.
        """
        for e in (heavier, lighter):
            if e not in self.position:
                raise UnknownNameError("element", e, self.order)
        i, j = self.position[lighter], self.position[heavier]
        if j <= i:
            raise InputError(
                "unordered pair",
                [
                    Fault(
                        f"{heavier}/{lighter}",
                        f"{lighter} is the more extractable on {self.extractant}",
                        "the other order",
                    )
                ],
            )
        values = [self.betas(b)[i:j] for b in ("measured", "low", "high")]
        if any(np.isnan(v).any() for v in values):
            raise InputError(
                "separation factor unknown",
                [
                    Fault(
                        f"{heavier}/{lighter} on {self.extractant}",
                        "no measurement",
                        "a row in separation_factors",
                    )
                ],
            )
        point, low, high = (float(np.prod(v)) for v in values)
        return Band(point, low, high, "chained from neighbours" if j - i > 1 else "measurements"), j - i > 1


def read_factors(world: World, extractant: str) -> Factors:
    """Factors of one extractant from the world's table; raises UnknownNameError with near matches."""
    table = world.table("extractants").set_index("extractant")
    if extractant not in table.index:
        raise UnknownNameError("extractant", extractant, table.index)
    order = tuple(str(table.loc[extractant, "order"]).split())
    rows = world.table("separation_factors")
    rows = rows[rows["extractant"] == extractant]
    pairs, missing = [], []
    for lighter, heavier in pairwise(order):
        pair = _pair(rows, heavier, lighter)
        if pair is None:
            missing.append((heavier, lighter))
        else:
            pairs.append(pair)
    return Factors(extractant, order, tuple(pairs), tuple(missing))


def _pair(rows: pd.DataFrame, heavier: str, lighter: str) -> PairFactor | None:
    own = rows[(rows["heavier"] == heavier) & (rows["lighter"] == lighter)]
    measured = own[own["basis"].isin(MEASURED)]
    bound = own[own["basis"] == LOWER_BOUND]
    book = own[own["basis"] == TEXTBOOK]
    textbook = float(book["beta"].iloc[0]) if len(book) else float("nan")
    if len(measured):
        values = measured["beta"].to_numpy()
        low, point, high = (float(v) for v in np.quantile(values, [0.25, 0.5, 0.75]))
        used = measured
        basis = f"{len(values)} measurements, lower quartile to the higher of upper quartile and textbook average"
        if len(values) == 1:
            low, high = (float(measured[e].fillna(point).iloc[0]) for e in ("low", "high"))
            basis = "one measurement with its own error, up to the textbook average"
    elif len(bound):
        point = low = high = float(bound["beta"].max())
        used = bound
        basis = "single-element isotherms, a lower bound, to the textbook average"
    elif len(book):
        point, low, high = textbook, float(book["low"].iloc[0]), float(book["high"].iloc[0])
        used = book
        basis = "textbook average, unmeasured here"
    else:
        return None
    if np.isfinite(textbook):
        high = max(high, textbook)
    low = max(min(low, point), LEAST_BETA)
    return PairFactor(
        heavier,
        lighter,
        Band(max(point, LEAST_BETA), low, high, basis),
        textbook,
        len(measured),
        tuple(_unique(used["source"])),
        Confidence.ASSUMED if used is book else Confidence.DERIVED,
    )


def _unique(values: Iterable[str]) -> list[str]:
    return sorted(set(values))
