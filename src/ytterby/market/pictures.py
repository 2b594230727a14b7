"""An outcome in pictures: an element through the chain, and who supplies a product at what cost."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ytterby.market.compare import Comparison
from ytterby.market.curves import CHAIN, cost_curves, element_flows
from ytterby.market.outcome import Outcome
from ytterby.market.report import known
from ytterby.pictures import Picture, bar_picture, sankey_picture, step_picture

STAGES = CHAIN
SHOWN = 20
"""Changes in a picture of two runs."""
STAGE_TITLES = {"mine": "Mined", "separation": "Separated", "magnet": "Magnets made", "use": "Used"}


def chain_flows(outcome: Outcome, element: str = "NdPr") -> pd.DataFrame:
    """Flows of an element between stages and places of an outcome, as :func:`element_flows` has them."""
    return element_flows(outcome.made, outcome.flows, outcome.network.contents, element)


def chain_picture(outcome: Outcome, names: Mapping[str, str], element: str = "NdPr") -> Picture:
    """An element from mine to use; ``names`` maps places to what is written."""
    return flows_picture(chain_flows(outcome, element), names, element, _when(outcome))


def flows_picture(flows: pd.DataFrame, names: Mapping[str, str], element: str, when: str) -> Picture:
    """Draw flows of an element as :func:`element_flows` gives them; ``when``: year and case."""
    return sankey_picture(
        flows,
        stages=STAGES,
        stage_titles=STAGE_TITLES,
        names=names,
        name="chain",
        title=f"{element} from mine to use, {when}",
        unit="t of oxide",
        source_line="Solved period of this model; flows under a tonne are left out.",
        alternative=f"Flow diagram: {element} from mines over separators and magnet makers to use.",
    )


def cost_curve(outcome: Outcome, product: str) -> pd.DataFrame:
    """Who supplies a product, cheapest first: supplier, place, t, usd_per_kg, cumulative_t.

    Raises UnknownNameError with near matches.
    """
    return cost_curves(outcome, product).drop(columns="product")


def cost_curve_picture(outcome: Outcome, product: str, names: Mapping[str, str]) -> Picture:
    """The cost curve of a product, with its price at every place where it is sold."""
    product = known("product", product, outcome.network.nodes["commodity"])
    return curve_picture(cost_curve(outcome, product), outcome.prices, product, names, _when(outcome))


def curve_picture(
    curve: pd.DataFrame, prices: pd.DataFrame, product: str, names: Mapping[str, str], when: str
) -> Picture:
    """Draw a cost curve and the mean price; ``prices``: commodity, point, traded_t; ``when``: year and case."""
    sold = prices[(prices["commodity"] == product) & prices["point"].notna()]
    mean = float((sold["point"] * sold["traded_t"]).sum() / sold["traded_t"].sum()) if len(sold) else None
    return step_picture(
        curve.assign(place=curve["place"].map(lambda p: names.get(str(p), str(p)))),
        name="cost-curve",
        title=f"Who supplies {product}, at what cost, {when}",
        width="t",
        height="usd_per_kg",
        label="supplier",
        series="place",
        x_title="t",
        unit="USD/kg, net of what else is made",
        line=mean,
        line_words="mean price",
        source_line="Solved period of this model: running cost and ore, less the worth of what else is made.",
        alternative=f"Steps: suppliers of {product} from the cheapest to the dearest.",
    )


def comparison_picture(comparison: Comparison) -> Picture:
    """What changed most from one outcome to another, of prices, output and use, in per cent."""
    table = comparison.headline(3 * SHOWN)
    table = table[table["relative"].notna()]
    largest = table["relative"].abs().sort_values(ascending=False, kind="stable").index[:SHOWN]
    table = table.loc[sorted(largest)]
    table = table.assign(said=table["what"] + ", " + table["where"].astype(str), per_cent=table["relative"] * 100.0)
    return bar_picture(
        table.assign(series="change"),
        name="comparison",
        title=f"{comparison.label_a} -> {comparison.label_b}: what changed most",
        category="said",
        value="per_cent",
        series="series",
        unit="change, %",
        label_format=",.0f",
        source_line=f"Two solved years of this model; the {len(table)} largest changes.",
        alternative="Bars: change of prices, output and use from the first run to the second, per cent.",
    )


def _when(outcome: Outcome) -> str:
    return f"{outcome.meta['year']}, {outcome.meta['label']}"
