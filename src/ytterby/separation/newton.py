"""Newton's method on the banded balances of a cascade: pseudo-transient steps, from short cascades to long ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

if TYPE_CHECKING:
    from ytterby.separation.steady import Cascade, Stream

Array = NDArray[np.float64]

COARSE = 7
"""Stages a segment keeps at least, when a long cascade is first solved short."""
MOST_ITERATIONS = 300
LEAST_FRACTION = 1e-60


def sharp_guess(cascade: Cascade) -> Array:
    r"""Aqueous fractions if :math:`\ln \sum_j \alpha_j x_j` ran straight between the ends and the feeds.

    The ends are those of the sharp split that the flows allow. With the sums given, every element's balances are a
    tridiagonal system of its own: one solve for all. Shape (stages, elements).
    """
    alpha, organic, aqueous = cascade.alpha, cascade.organic, cascade.aqueous
    stages, count = cascade.stages, len(alpha)
    fed = cascade.inflow.sum(axis=0)
    product = np.zeros(count)
    left = float(organic[-1])
    for k in np.argsort(-alpha):
        product[k] = min(float(fed[k]), left)
        left -= product[k]
    rest = np.maximum(fed - product, LEAST_FRACTION)
    loaded = np.maximum(product, LEAST_FRACTION)
    places = sorted({s.stage - 1 for s in cascade.feeds})
    at = [-1, *places, stages]
    sums = [rest @ alpha / rest.sum(), *[fed @ alpha / fed.sum()] * len(places), loaded.sum() / (loaded / alpha).sum()]
    share = alpha / np.exp(np.interp(np.arange(stages), at, np.log(sums)))[:, None]
    passed_o, passed_a = organic - cascade.drawn("organic"), aqueous - cascade.drawn("aqueous")
    diagonal = (organic[:, None] * share + aqueous[:, None]).T
    below, above = np.zeros((count, stages)), np.zeros((count, stages))
    below[:, :-1] = -(passed_o[:-1, None] * share[:-1]).T
    above[:, :-1] = -passed_a[1:]
    solved = lapack.dgtsv(below.ravel()[:-1], diagonal.ravel(), above.ravel()[:-1], cascade.inflow.T.ravel())[3]
    x = np.maximum(solved.reshape(count, stages).T, LEAST_FRACTION)
    return np.asarray(x / x.sum(axis=1, keepdims=True))


def multilevel(cascade: Cascade, shrink: float, limit: float) -> tuple[Array, int, float]:
    """Solve ever longer cascades, each from the one ``shrink`` times shorter.

    Returns aqueous fractions (stages, elements), iterations, largest imbalance.
    """
    marks = sorted({s.stage for s in (*cascade.feeds, *cascade.draws)})
    ends = marks if marks[-1] == cascade.stages else [*marks, cascade.stages]
    lengths = [e - s for s, e in zip([0, *ends[:-1]], ends, strict=True)]
    levels = [lengths]
    while max(levels[-1]) > 2 * COARSE:
        levels.append([max(int(n / shrink), min(n, COARSE)) for n in levels[-1]])
    levels.reverse()
    total = cascade.inflow.sum(axis=0)
    x = np.tile(np.maximum(total / total.sum(), LEAST_FRACTION), (sum(levels[0]), 1))
    iterations, residual = 0, float("inf")
    for number, sizes in enumerate(levels):
        if number:
            x = _stretch(x, levels[number - 1], sizes)
        x, taken, residual = newton(_resized(cascade, lengths, sizes), x, 1.0 if number == 0 else 1e3, limit)
        iterations += taken
    return x, iterations, residual


def _resized(cascade: Cascade, lengths: list[int], sizes: list[int]) -> Cascade:
    if lengths == sizes:
        return cascade
    place = dict(zip(np.cumsum(lengths).tolist(), np.cumsum(sizes).tolist(), strict=True))

    def moved(streams: tuple[Stream, ...]) -> tuple[Stream, ...]:
        return tuple(replace(s, stage=place[s.stage]) for s in streams)

    return replace(cascade, stages=sum(sizes), feeds=moved(cascade.feeds), draws=moved(cascade.draws))


def _stretch(x: Array, old: list[int], new: list[int]) -> Array:
    """Lengthen each segment by repeating the stage where its profile is flattest: fronts keep their width."""
    parts, start = [], 0
    for before, after in zip(old, new, strict=True):
        block = x[start : start + before]
        start += before
        repeats = np.ones(before, dtype=int)
        flattest = int(np.argmin(np.abs(np.diff(block, axis=0)).max(axis=1))) if before > 2 else before - 1
        repeats[flattest] += after - before
        parts.append(np.repeat(block, repeats, axis=0))
    return np.vstack(parts)


@dataclass(frozen=True)
class Flows:
    """A cascade's flows from the organic exit on: in this order the balances have the narrower lower band."""

    organic: Array
    aqueous: Array
    organic_passed: Array
    aqueous_passed: Array
    inflow: Array

    @classmethod
    def of(cls, c: Cascade) -> Flows:
        """Flows of a cascade."""
        return cls(
            c.organic[::-1],
            c.aqueous[::-1],
            (c.organic - c.drawn("organic"))[::-1],
            (c.aqueous - c.drawn("aqueous"))[::-1],
            c.inflow[::-1],
        )

    def imbalance(self, alpha: Array, x: Array) -> tuple[Array, Array, Array]:
        """Inflow less outflow of each element at each stage, with sum(alpha x) and y."""
        sigma = x @ alpha
        y = alpha * x / sigma[:, None]
        r = self.inflow - self.organic[:, None] * y - self.aqueous[:, None] * x
        r[:-1] += self.organic_passed[1:, None] * y[1:]
        r[1:] += self.aqueous_passed[:-1, None] * x[:-1]
        return r, sigma, y


def newton(
    cascade: Cascade, guess: Array, step: float, limit: float, most: int = MOST_ITERATIONS
) -> tuple[Array, int, float]:
    """Iterate from ``guess`` with a first time step ``step``, in residence times, until no balance is off by ``limit``.

    Returns aqueous fractions (stages, elements), iterations, largest imbalance.
    """
    alpha, flows = cascade.alpha, Flows.of(cascade)
    x = np.ascontiguousarray(guess[::-1])
    holdup = flows.organic + flows.aqueous
    r, sigma, y = flows.imbalance(alpha, x)
    residual = float(np.abs(r).max())
    for iteration in range(most):
        if residual <= limit:
            return x[::-1], iteration, residual
        change = banded_step(flows, alpha, (sigma, y), holdup / step, -r)
        if change is None:
            step /= 4
            continue
        moved = x + change
        new = np.maximum(np.where(moved > 0.1 * x, moved, 0.1 * x), LEAST_FRACTION)
        new /= new.sum(axis=1, keepdims=True)
        largest = float(np.abs(new - x).max())
        x = new
        r, sigma, y = flows.imbalance(alpha, x)
        residual = float(np.abs(r).max())
        if largest < 0.1:
            step = min(step * 9, 1e15)
        elif largest < 0.3:
            step *= 3
        elif largest > 0.6:
            step = max(step / 2, 1e-3)
    return x[::-1], most, residual


def banded_step(flows: Flows, alpha: Array, state: tuple[Array, Array], storage: Array, right: Array) -> Array | None:
    """Solve ``(dr/dx - storage) dx = right`` for all stages at once; None where the system is singular.

    Rows and columns run stage by stage from the organic exit; the balance of a stage sees all elements of
    itself and
    of the stage below (through y) and its own element of the stage above (through x): lower band
    ``elements``,
    upper band ``2 elements - 1``.
    """
    sigma, y = state
    stages, elements = y.shape
    lower, upper = elements, 2 * elements - 1
    steep = alpha / sigma[:, None]
    cross = y[:, :, None] * steep[:, None, :]
    band = np.zeros((stages, elements, 2 * lower + upper + 1))
    top = lower + upper
    organic, passed = flows.organic[:, None], flows.organic_passed[1:, None]
    np.multiply(cross, organic[:, :, None], out=_diagonal_view(band, top))
    band[:, :, top] -= organic * steep + (flows.aqueous + storage)[:, None]
    np.multiply(cross[1:], -passed[:, :, None], out=_diagonal_view(band[1:], top - elements))
    band[1:, :, top - elements] += passed * steep[1:]
    band[:-1, :, top + elements] = flows.aqueous_passed[:-1, None]
    matrix = band.reshape(stages * elements, -1).T
    _, _, solved, info = lapack.dgbsv(lower, upper, matrix, right.ravel(), overwrite_ab=1)
    return None if info != 0 or not isfinite(float(solved.sum())) else np.asarray(solved.reshape(stages, elements))


def _diagonal_view(band: Array, top: int) -> Array:
    """View of LAPACK's band storage as square blocks; shape (stages, rows, columns).

    ``band``: (stages, columns, diagonals), contiguous; an entry of a block lies on diagonal ``top + row - column``.
    """
    stages, columns, _ = band.shape
    along, across, down = band.strides
    return np.ndarray(
        (stages, columns, columns), band.dtype, band, offset=top * down, strides=(along, down, across - down)
    )
