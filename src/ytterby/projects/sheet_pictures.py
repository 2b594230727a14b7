"""Pictures of an appraisal: cash by year, value against price, what moves the value, what a kilogram costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ytterby.pictures import Picture, bar_picture, line_picture, range_picture
from ytterby.projects.appraisal import Appraisal
from ytterby.projects.cashflow import flows
from ytterby.projects.finance import npv
from ytterby.projects.mine import Mine

COMPUTED = "Computed by ytterby from the sources listed below."
MOST_BARS = 8
LEAST_SWING = 0.02
"""Inputs that move the value by less than this share of the largest are left out: their bars would be dots."""
BARS = ("drivers", "costs")
"""Pictures with a label beside each bar."""


def cash_picture(cases: Mapping[str, Appraisal]) -> Picture:
    """Cumulative cash by year, undiscounted: how deep it goes and when it is back."""
    frame = pd.concat(
        [
            pd.DataFrame({"year": a.statement["year"], "cash": a.statement["net"].cumsum() / 1e6, "case": name})
            for name, a in cases.items()
        ]
    )
    return line_picture(
        frame, name="cash", title="Cash so far, by year from the first building year", x="year", value="cash",
        series="case", unit="M USD, undiscounted", source_line=COMPUTED,
        alternative="Cumulative net cash flow of the plan by year.",
    )  # fmt: skip


def price_picture(cases: Mapping[str, Mine], product: str) -> Picture:
    """Value of the plan against the price of one product, the others as given."""
    highest = 2.5 * max(float(np.max(np.asarray(m.prices_usd_per_kg[product]))) for m in cases.values())
    rows = []
    for name, mine in cases.items():
        for price in np.linspace(0.0, highest, 26):
            changed = replace(mine, prices_usd_per_kg={**mine.prices_usd_per_kg, product: float(price)})
            value = float(npv(np.asarray(mine.discount, dtype=float), flows(changed)["net"][0], mine.timing))
            rows.append((float(price), value / 1e6, name))
    frame = pd.DataFrame(rows, columns=["price", "value", "case"])
    return line_picture(
        frame, name="price", title=f"Value against the price of {product}, USD/kg", x="price", value="value",
        series="case", unit="NPV, M USD", source_line=COMPUTED,
        alternative=f"Net present value of the plan over the price of {product}.",
    )  # fmt: skip


def driver_picture(tornado: pd.DataFrame, base_usd: float, words: Mapping[str, str]) -> Picture:
    """Value with one input at a time at the ends of its band."""
    top = tornado[tornado["swing"] >= LEAST_SWING * tornado["swing"].max()].head(MOST_BARS)
    ends = top[["npv_low", "npv_high"]] / 1e6
    frame = pd.DataFrame(
        {
            "input": [words.get(str(n), str(n)) for n in top["input"]],
            "base": base_usd / 1e6,
            "low": ends.min(axis=1),
            "high": ends.max(axis=1),
        }
    )
    return range_picture(
        frame, name="drivers", title="What moves the value: one input at a time, from end to end of its band",
        category="input", point="base", low="low", high="high", unit="NPV, M USD", source_line=COMPUTED,
        alternative="Net present value with each input at the low and the high end of its band.",
    )  # fmt: skip


def cost_picture(items: Sequence[tuple[str, float]], unit: str) -> Picture:
    """What a kilogram costs, largest item first, small ones together."""
    ordered = sorted(items, key=lambda item: -item[1])
    shown, rest = ordered[: MOST_BARS - 1], ordered[MOST_BARS - 1 :]
    if rest:
        shown = [*shown, ("all others", sum(v for _, v in rest))]
    named = [(name[:1].upper() + name[1:].replace("-", " "), value) for name, value in shown]
    frame = pd.DataFrame(named, columns=["item", "cost"]).assign(kind="cost")
    return bar_picture(
        frame, name="costs", title="What a kilogram costs", category="item", value="cost", series="kind", unit=unit,
        source_line=COMPUTED, alternative="Operating cost per kilogram by item.", label_format=",.2f",
    )  # fmt: skip
