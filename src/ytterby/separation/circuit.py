"""Circuits computed for a feed: each cut's extraction amount, what leaves it, and what linking saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ytterby.separation.cascade import CutTargets
from ytterby.separation.circuit_file import LACE, UNFINISHED, Circuit, Cut, parse_circuit, read_circuit
from ytterby.separation.factors import Factors
from ytterby.separation.feeds import Feed
from ytterby.separation.underwood import least_extraction, root_between
from ytterby.world.errors import Fault, InputError, UnknownNameError

__all__ = [
    "LACE",
    "UNFINISHED",
    "Circuit",
    "CircuitFlows",
    "Cut",
    "CutResult",
    "parse_circuit",
    "read_circuit",
    "run_circuit",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CutResult:
    """Flows of one cut, mol RE per mol RE fed to the whole circuit."""

    cut: Cut
    feed: float
    product: float
    """Moles to the organic product."""
    least_extraction: float
    """S_min."""
    extraction: float
    """S."""
    fresh: float
    """Organic that has to be saponified afresh, S less what the link brings."""
    beta: float
    """Separation factor of the two elements that meet at the cut; NaN where one side is empty."""
    keys: tuple[str, str] | None
    """The elements that meet; None where one side is empty and nothing has to be done."""
    extractant: str = ""
    """Extractant of the cut."""
    middle: float = 0.0
    """Moles to the middle outlet of a cascade of three outlets."""

    @property
    def scrub(self) -> float:
        """W, aqueous feed."""
        return self.extraction - self.product


@dataclass(frozen=True)
class CircuitFlows:
    """A circuit computed for one feed, per mol RE that enters solvent extraction."""

    circuit: Circuit
    cuts: tuple[CutResult, ...]
    outlets: Mapping[str, Mapping[str, float]]
    """Product -> element -> mol."""
    notes: tuple[str, ...] = field(default=())

    @property
    def extraction(self) -> float:
        """Sum of S over the cuts."""
        return sum(c.extraction for c in self.cuts)

    @property
    def fresh(self) -> float:
        """Sum of freshly saponified organic: what costs acid and base."""
        return sum(c.fresh for c in self.cuts)


@dataclass(frozen=True)
class _Split:
    """One split of one stream; arrays in the order of the cut's extractant."""

    raffinate: Array
    extract: Array
    least: float
    beta: float = float("nan")
    keys: tuple[str, str] | None = None


def run_circuit(
    circuit: Circuit,
    feed: Feed,
    factors: Factors | Mapping[str, Factors],
    betas: Array | Mapping[str, Array] | None = None,
    *,
    margin: float = 1.25,
    link_share: float = 0.8,
) -> CircuitFlows:
    """Split a feed through a circuit with sharp cuts at ``margin`` times the least extraction amount.

    ``factors``: those of the circuit's extractant, or by extractant where cuts have their own; ``betas``: neighbouring
    factors in the extractant's order, likewise, default the measured medians. A link saves ``link_share`` times the
    smaller extraction amount of the two cuts it joins: every mole of organic that is saponified has to be stripped in
    the end, so base and acid fall together. A cascade of three outlets carries one organic past both of its splits: the
    larger amount of the two is enough for both. Raises InputError that names the cut where a factor is missing or not
    above one, UnknownNameError for an extractant without factors.
    """
    if margin <= 1 or not 0 <= link_share <= 1:
        found = f"{margin:g}, {link_share:g}"
        wanted = "a margin above 1 and a share from 0 to 1"
        raise InputError("circuit parameters", [Fault("margin, link_share", found, wanted)])
    book = {circuit.extractant: factors} if isinstance(factors, Factors) else factors
    numbers = {circuit.extractant: betas} if isinstance(betas, np.ndarray) else (betas or {})
    for name in {cut.extractant or circuit.extractant for cut in circuit.cuts} - set(book):
        raise UnknownNameError("extractant with factors", name, book)
    streams: dict[str, Mapping[str, float]] = {"feed": feed.moles}
    found_cuts: list[tuple[Cut, str, float, list[_Split]]] = []
    for cut in circuit.cuts:
        chemistry = book[cut.extractant or circuit.extractant]
        beta = numbers.get(chemistry.extractant)
        beta = chemistry.betas() if beta is None else beta
        splits = [
            _split(cut.id, between, _vector(streams[outlet], chemistry.order), chemistry, beta, circuit.purity)
            for between, outlet in zip((cut.split, cut.upper_split or cut.split), cut.feeds, strict=False)
        ]
        between_both = [] if len(splits) == 1 else [splits[0].extract + splits[1].raffinate]
        outs = [splits[0].raffinate, *between_both, splits[-1].extract]
        for outlet, moles in zip(cut.outlets, outs, strict=True):
            streams[outlet] = {e: float(n) for e, n in zip(chemistry.order, moles, strict=True) if n > 0}
        entering = sum(sum(streams[outlet].values()) for outlet in cut.feeds)
        found_cuts.append((cut, chemistry.extractant, entering, splits))
    amounts = {cut.id: margin * max(s.least for s in splits) for cut, _, _, splits in found_cuts}
    results = []
    for cut, extractant, entering, splits in found_cuts:
        saved = link_share * min(amounts[cut.id], amounts[cut.organic_from]) if cut.organic_from else 0.0
        ruling = max(splits, key=lambda s: s.least)
        results.append(
            CutResult(
                cut, entering, sum(streams[f"{cut.id}.extract"].values()), ruling.least, amounts[cut.id],
                amounts[cut.id] - saved, ruling.beta, ruling.keys, extractant,
                sum(streams.get(f"{cut.id}.middle", {}).values()),
            )
        )  # fmt: skip
    products = {p: streams[o] for p, o in circuit.products.items()}
    return CircuitFlows(circuit, tuple(results), products)


def _vector(stream: Mapping[str, float], order: tuple[str, ...]) -> Array:
    return np.array([stream.get(e, 0.0) for e in order])


def _places(where: str, split: tuple[str, str], factors: Factors) -> tuple[int, int]:
    """Positions of the two elements of a split in the extractant's order."""
    low, high = split
    for e in split:
        if e not in factors.position:
            raise InputError("circuit", [Fault(f"cut {where}, split", repr(e), ", ".join(factors.order))])
    if factors.position[high] <= factors.position[low]:
        wanted = f"the order of {factors.extractant}: the less extractable first"
        raise InputError("circuit", [Fault(f"cut {where}, split", f"{low} | {high}", wanted)])
    return factors.position[low], factors.position[high]


def _split(
    where: str, between: tuple[str, str], entering: Array, factors: Factors, beta: Array, purity: float | None
) -> _Split:
    """One split of one stream: both sides, and the least extraction amount in the stream's own unit."""
    low, high = _places(where, between, factors)
    index = np.arange(len(entering))
    raffinate = np.where(index <= low, entering, 0.0)
    extract = np.where(index >= high, entering, 0.0)
    shared = entering - raffinate - extract
    present = np.flatnonzero(entering > 0)
    below, above = present[present <= low], present[present >= high]
    if not len(below) or not len(above):
        return _Split(raffinate + (0.0 if len(above) else shared), extract + (shared if len(above) else 0.0), 0.0)
    first = int(present[0])
    steps = beta[first : int(present[-1])]
    _check_steps(where, steps, first, factors)
    alpha = np.concatenate([[1.0], np.cumprod(steps)])[present - first]
    total = float(entering.sum())
    z = entering[present] / total
    lower_key, upper_key = int(np.searchsorted(present, below[-1])), int(np.searchsorted(present, above[0]))
    keys = (factors.order[int(below[-1])], factors.order[int(above[0])])
    factor = float(np.prod(beta[int(below[-1]) : int(above[0])]))
    if upper_key > lower_key + 1:
        spread = least_extraction(alpha, z, lower_key, upper_key, where=f"cut {where}")
        up = np.zeros_like(entering)
        up[present] = total * spread.organic_product
        return _Split(entering - up, up, total * spread.extraction_amount, factor, keys)
    theta = root_between(alpha, z, lower_key)
    taken = np.where(np.arange(len(z)) > lower_key, z, 0.0)
    if purity is not None:
        share = float(taken.sum())
        goal = CutTargets.of(share, purity)
        made = (share - (1 - goal.raffinate_purity)) / (goal.organic_purity + goal.raffinate_purity - 1)
        # Impurities are the elements that meet at the cut; of a trace no more than half can be one.
        taken[lower_key] += min(made * (1 - goal.organic_purity), 0.5 * z[lower_key])
        taken[lower_key + 1] -= min((1 - made) * (1 - goal.raffinate_purity), 0.5 * z[lower_key + 1])
    least = total * float(np.sum(alpha * taken / (alpha - theta)))
    return _Split(raffinate, extract, least, factor, keys)


def _check_steps(where: str, steps: Array, first: int, factors: Factors) -> None:
    bad = np.flatnonzero(np.isnan(steps) | (steps <= 1))
    if not len(bad):
        return
    at = first + int(bad[0])
    value = float(steps[bad[0]])
    found = "no separation factor" if np.isnan(value) else f"a separation factor of {value:.3g}"
    pair = f"cut {where}, {factors.order[at + 1]} over {factors.order[at]}"
    raise InputError(
        "cut cannot be made", [Fault(pair, found, "a factor above 1: another extractant or a measurement")]
    )
