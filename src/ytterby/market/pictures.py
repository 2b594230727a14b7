"""An outcome in pictures: an element through the chain, and who supplies a product at what cost."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ytterby.chain.supply import CONCENTRATE, KG_PER_T
from ytterby.market.outcome import Outcome
from ytterby.market.report import known
from ytterby.pictures import Picture, sankey_picture, step_picture
from ytterby.world.terms import Stage

STAGES = ("mine", "separation", "magnet", "use")
STAGE_TITLES = {"mine": "Mined", "separation": "Separated", "magnet": "Magnets made", "use": "Used"}
SMALL_T = 1.0
"""Flows below this are not drawn, t of oxide."""


def chain_flows(outcome: Outcome, element: str = "NdPr") -> pd.DataFrame:
    """Flows of an element between stages and places, t of oxide.

    Columns: from_stage, from_place, to_stage, to_place, value; ``element`` as in the network's contents (Nd and Pr
    together). Raises UnknownNameError with near matches.
    """
    content = outcome.network.contents
    element = known("element", element, content["element"])
    held = content[content["element"] == element].set_index("commodity")["t_per_t"]
    made = outcome.made.assign(oxide=lambda t: t["made_t"] * t["commodity"].map(held).fillna(0.0))
    moved = outcome.flows.assign(oxide=lambda t: t["flow_t"] * t["commodity"].map(held).fillna(0.0))
    generic = moved["commodity"].str.split(":").str[0]
    rows: list[pd.DataFrame] = []

    def stage(source: str, target: str, output: pd.Series, trade: pd.DataFrame) -> None:
        sent = trade.groupby(["from_place", "to_place"], as_index=False)[["oxide"]].sum()
        for place, total in output.to_dict().items():
            away = sent[(sent["from_place"] == place) & (sent["oxide"] > SMALL_T)]
            stays = float(total) - float(away["oxide"].sum())
            parts = [
                (source, str(place), target, str(to), float(t))
                for to, t in zip(away["to_place"], away["oxide"], strict=True)
            ]
            if stays > SMALL_T:
                parts.append((source, str(place), target, str(place), stays))
            if parts:
                rows.append(pd.DataFrame(parts, columns=["from_stage", "from_place", "to_stage", "to_place", "value"]))

    positive = made[made["oxide"] > 0]
    stem = element.lower()
    mined = positive[positive["kind"] == "mine"].groupby("place")["oxide"].sum()
    stage("mine", "separation", mined, moved[generic == "concentrate"])
    split = positive[positive["kind"].isin(("separation", "unrecorded")) & (positive["commodity"] == f"{stem}-oxide")]
    upstream = moved[generic.isin((f"{stem}-oxide", f"{stem}-metal"))]
    stage("separation", "magnet", split.groupby("place")["oxide"].sum(), upstream)
    magnets = positive[positive["commodity"].str.startswith("ndfeb") & positive["kind"].str.contains("magnet")]
    stage("magnet", "use", magnets.groupby("place")["oxide"].sum(), moved[generic.str.startswith("ndfeb")])
    return pd.concat(rows, ignore_index=True)


def chain_picture(outcome: Outcome, names: Mapping[str, str], element: str = "NdPr") -> Picture:
    """An element from mine to use; ``names`` maps places to what is written."""
    return sankey_picture(
        chain_flows(outcome, element),
        stages=STAGES,
        stage_titles=STAGE_TITLES,
        names=names,
        name="chain",
        title=f"{element} from mine to use, {outcome.meta['year']}, {outcome.meta['label']}",
        unit="t of oxide",
        source_line="Solved year of this model; flows under a tonne are left out.",
        alternative=f"Flow diagram: {element} from mines over separators and magnet makers to use.",
    )


def cost_curve(outcome: Outcome, product: str) -> pd.DataFrame:
    """Who supplies a product, cheapest first: supplier, place, t, usd_per_kg, cumulative_t.

    ``usd_per_kg``: running cost and feed per kg of the product, less what else is made of it at its price. Concentrate
    counts at what mining and moving it cost, so that the rent of an ore shows; other feed at its price. Raises
    UnknownNameError with near matches.
    """
    product = known("product", product, outcome.network.nodes["commodity"])
    commodity = outcome.network.nodes.set_index("node")["commodity"]
    price = outcome.balances.set_index("node")["price_usd_per_t"]
    price.update(_mined_cost(outcome))
    recipes = outcome.network.recipes
    worth = recipes["coefficient"] * recipes["node"].map(price)
    own = recipes["node"].map(commodity).eq(product) & recipes["coefficient"].gt(0)
    rest = worth[~own].groupby(recipes["activity"]).sum()
    t = recipes[own].groupby("activity")["coefficient"].sum()
    table = outcome.production.set_index("activity").loc[t.index]
    table = table[table["level_t"].gt(0) & table["kind"].ne("accept")]
    made = table["level_t"] * t[table.index]
    cost = table["level_t"] * (table["cost_usd_per_t"] - rest.reindex(table.index).fillna(0.0))
    supplier = table["site"].where(table["site"].ne(""), table["kind"])
    lines = pd.DataFrame({"supplier": supplier, "place": table["place"], "t": made, "usd": cost})
    curve = lines.groupby(["supplier", "place"], as_index=False)[["t", "usd"]].sum()
    curve = curve[curve["t"] > SMALL_T].assign(usd_per_kg=lambda c: c["usd"] / c["t"] / KG_PER_T)
    curve = curve.sort_values(["usd_per_kg", "supplier"], ignore_index=True).drop(columns="usd")
    return curve.assign(cumulative_t=curve["t"].cumsum())


def _mined_cost(outcome: Outcome) -> pd.Series:
    """What mining and moving concentrate cost where it is used, USD/t, by node: means over what arrives."""
    nodes = outcome.network.nodes
    at = nodes.loc[nodes["commodity"].str.startswith(f"{CONCENTRATE}:"), "node"]
    level = outcome.production.set_index("activity")
    recipes = outcome.network.recipes[outcome.network.recipes["node"].isin(at)]
    recipes = recipes[recipes["activity"].map(level["kind"]).eq(Stage.MINE.value)]
    dug = recipes["coefficient"] * recipes["activity"].map(level["level_t"])
    own = dug.groupby(recipes["node"]).sum().reindex(at, fill_value=0.0)
    usd = (recipes["activity"].map(level["level_t"]) * recipes["activity"].map(level["cost_usd_per_t"])).groupby(
        recipes["node"]
    ).sum().reindex(at, fill_value=0.0)  # fmt: skip
    flows = outcome.flows[outcome.flows["to_node"].isin(at) & outcome.flows["flow_t"].gt(0)]
    moving = flows["flow_t"] * (flows["cost_usd_per_t"] + flows["duty_usd_per_t"])
    total = own + flows.groupby("to_node")["flow_t"].sum().reindex(at, fill_value=0.0)
    cost = pd.Series(0.0, index=pd.Index(at))
    for _ in range(len(STAGES)):
        carried = flows["flow_t"] * flows["from_node"].map(cost) + moving
        cost = (usd + carried.groupby(flows["to_node"]).sum().reindex(at, fill_value=0.0)) / total.clip(lower=1e-9)
    return cost


def cost_curve_picture(outcome: Outcome, product: str, names: Mapping[str, str]) -> Picture:
    """The cost curve of a product, with its price at every place where it is sold."""
    curve = cost_curve(outcome, product)
    steps = curve.assign(place=curve["place"].map(lambda p: names.get(str(p), str(p))))
    product = known("product", product, outcome.network.nodes["commodity"])
    sold = outcome.prices[(outcome.prices["commodity"] == product) & outcome.prices["point"].notna()]
    mean = float((sold["point"] * sold["traded_t"]).sum() / sold["traded_t"].sum()) if len(sold) else None
    return step_picture(
        steps,
        name="cost-curve",
        title=f"Who supplies {product}, at what cost, {outcome.meta['year']}, {outcome.meta['label']}",
        width="t",
        height="usd_per_kg",
        label="supplier",
        series="place",
        x_title="t a year",
        unit="USD/kg, net of what else is made",
        line=mean,
        line_words="mean price",
        source_line="Solved year of this model: running cost and ore, less the worth of what else is made.",
        alternative=f"Steps: suppliers of {product} from the cheapest to the dearest.",
    )
