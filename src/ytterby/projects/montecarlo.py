"""Many draws of one plan at once, and what drives its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.projects.cashflow import flows
from ytterby.projects.finance import irr_many, npv
from ytterby.projects.mine import Mine
from ytterby.world.errors import Fault, InputError, UnknownNameError
from ytterby.world.terms import Band

Array = npt.NDArray[np.float64]

VARIED = (
    "ore_t_per_y", "grade", "recovery", "opex_usd_per_kg_treo", "capex_usd", "freight_usd_per_kg",
    "byproduct_usd_per_y",
    "sustaining_usd_per_y", "closure_usd", "discount",
)  # fmt: skip
"""Fields of a plan that may be a band; prices are named ``price:<product>``, all of them together ``prices``."""

ALL_PRICES = "prices"
"""A multiple of every price: prices of one deck move together."""


@dataclass(frozen=True)
class Simulation:
    """Draws of one plan."""

    npv_usd: Array
    """Shape (n,)."""
    irr: Array
    """Shape (n,); NaN where none."""
    inputs: pd.DataFrame
    """The draws, one column an input."""
    seed: int

    def quantile(self, q: float) -> float:
        """Quantile of the net present value, USD."""
        return float(np.quantile(self.npv_usd, q))

    @property
    def chance_positive(self) -> float:
        """Share of draws with a net present value above zero."""
        return float((self.npv_usd > 0).mean())

    @property
    def chance_negative_option(self) -> float:
        """Share of draws that an owner who may walk away would not build."""
        return 1.0 - self.chance_positive

    @property
    def value_with_option_usd(self) -> float:
        """Mean of max(NPV, 0): the plan when one may abandon it before the capital is spent, all being known
        then."""
        return float(np.maximum(0.0, self.npv_usd).mean())

    def drivers(self) -> pd.DataFrame:
        """Rank correlation of each input with the net present value: columns input, rank_correlation."""
        ranks = self.inputs.rank()
        target = pd.Series(self.npv_usd).rank()
        rows = [(name, float(ranks[name].corr(target))) for name in ranks if ranks[name].nunique() > 1]
        out = pd.DataFrame(rows, columns=["input", "rank_correlation"])
        return out.sort_values("rank_correlation", key=lambda s: s.abs(), ascending=False, ignore_index=True)


def draw(band: Band, uniforms: Array) -> Array:
    """Triangular draws from low, point and high; shape of ``uniforms`` (0 to 1)."""
    low, mode, high = band.low, band.point, band.high
    if not low <= mode <= high:
        raise InputError("band out of order", [Fault("band", f"{low}, {mode}, {high}", "low <= point <= high")])
    if high == low:
        return np.full_like(uniforms, mode)
    cut = (mode - low) / (high - low)
    left = low + np.sqrt(uniforms * (high - low) * (mode - low))
    right = high - np.sqrt((1 - uniforms) * (high - low) * (high - mode))
    return np.asarray(np.where(uniforms < cut, left, right), dtype=float)


def simulate(mine: Mine, bands: Mapping[str, Band], n: int = 10_000, seed: int = 1) -> Simulation:
    """Draw the named inputs from triangles and value every draw; same seed, same numbers.

    ``bands`` keys: those of ``VARIED``, ``price:<product>`` or ``prices`` (a multiple of all). Raises UnknownNameError
    for another key.
    """
    known = (*VARIED, ALL_PRICES, *(f"price:{p}" for p in mine.prices_usd_per_kg))
    for name in bands:
        if name not in known:
            raise UnknownNameError("input of a plan", name, known, "bands")
    varied, drawn = _drawn(mine, bands, n, seed)
    net = flows(varied)["net"]
    rate = np.broadcast_to(np.asarray(varied.discount, dtype=float), (n,))
    return Simulation(npv(rate, net, mine.timing), irr_many(net), pd.DataFrame(drawn), seed)


def drawn_plan(mine: Mine, bands: Mapping[str, Band], n: int = 10_000, seed: int = 1) -> Mine:
    """Return the plan with its draws in it: the same as :func:`simulate` values with the same seed."""
    return _drawn(mine, bands, n, seed)[0]


def _drawn(mine: Mine, bands: Mapping[str, Band], n: int, seed: int) -> tuple[Mine, dict[str, Array]]:
    rng = np.random.default_rng(seed)
    drawn = {name: draw(bands[name], rng.random(n)) for name in sorted(bands)}
    varied = with_values(mine, drawn)
    if not drawn:
        varied = replace(mine, capex_usd=np.full(n, float(np.asarray(mine.capex_usd))))
    return varied, drawn


def tornado(mine: Mine, bands: Mapping[str, Band]) -> pd.DataFrame:
    """Net present value with one input at a time at its low and high end.

    Columns: input, low, high, npv_low, npv_high (USD), swing; largest swing first.
    """
    rows = []
    for name, band in bands.items():
        values = []
        for end in (band.low, band.high):
            changed = with_values(mine, {name: np.array([end])})
            net = flows(changed)["net"][0]
            values.append(float(npv(float(np.asarray(changed.discount).item()), net, mine.timing)))
        rows.append((name, band.low, band.high, values[0], values[1], abs(values[1] - values[0])))
    out = pd.DataFrame(rows, columns=["input", "low", "high", "npv_low", "npv_high", "swing"])
    return out.sort_values("swing", ascending=False, ignore_index=True)


def with_values(mine: Mine, values: Mapping[str, Array]) -> Mine:
    """Return the plan with inputs replaced by arrays; keys as in :func:`simulate`."""
    prices = {k.removeprefix("price:"): v for k, v in values.items() if k.startswith("price:")}
    fields = {k: v for k, v in values.items() if not k.startswith("price:") and k != ALL_PRICES}
    deck = {**mine.prices_usd_per_kg, **prices}
    if ALL_PRICES in values:
        deck = {k: v * values[ALL_PRICES] for k, v in deck.items()}
    return replace(mine, **fields, prices_usd_per_kg=deck)  # type: ignore[arg-type]
