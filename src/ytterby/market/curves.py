"""An outcome as flows of an element through the chain, and as the cost curve of every product: tables to be drawn."""

from __future__ import annotations

import pandas as pd

from ytterby.chain.supply import CONCENTRATE, KG_PER_T
from ytterby.market.outcome import Outcome
from ytterby.market.report import known
from ytterby.world.terms import Stage

CHAIN = ("mine", "separation", "magnet", "use")
SMALL_T = 1.0
"""Flows and suppliers below this are not drawn, t."""
ACCEPT = "accept"
MADE = ["kind", "place", "commodity"]


def made_by_place(outcome: Outcome) -> pd.DataFrame:
    """Output without makers' names: kind, place, commodity, made_t (what is made only)."""
    made = outcome.made[outcome.made["made_t"] > 0]
    return made.groupby(MADE, as_index=False)[["made_t"]].sum()


def element_flows(made: pd.DataFrame, moved: pd.DataFrame, contents: pd.DataFrame, element: str) -> pd.DataFrame:
    """Flows of an element between stages and places, t of oxide: from_stage, from_place, to_stage, to_place, value.

    ``made``: kind, place, commodity, made_t; ``moved``: commodity, from_place, to_place, flow_t; ``contents``:
    commodity, element, t_per_t, Nd and Pr together. Raises UnknownNameError with near matches.
    """
    element = known("element", element, contents["element"])
    held = contents[contents["element"] == element].set_index("commodity")["t_per_t"]
    made = made.assign(oxide=lambda t: t["made_t"] * t["commodity"].map(held).fillna(0.0))
    moved = moved.assign(oxide=lambda t: t["flow_t"] * t["commodity"].map(held).fillna(0.0))
    generic = moved["commodity"].str.split(":").str[0]
    rows: list[tuple[str, str, str, str, float]] = []

    def stage(source: str, target: str, output: pd.Series, trade: pd.DataFrame) -> None:
        sent = trade.groupby(["from_place", "to_place"], as_index=False)[["oxide"]].sum()
        for place, total in output.to_dict().items():
            away = sent[(sent["from_place"] == place) & (sent["oxide"] > SMALL_T)]
            stays = float(total) - float(away["oxide"].sum())
            rows.extend(
                (source, str(place), target, str(to), float(t))
                for to, t in zip(away["to_place"], away["oxide"], strict=True)
            )
            if stays > SMALL_T:
                rows.append((source, str(place), target, str(place), stays))

    positive = made[made["oxide"] > 0]
    stem = element.lower()
    mined = positive[positive["kind"] == Stage.MINE.value].groupby("place")["oxide"].sum()
    stage("mine", "separation", mined, moved[generic == CONCENTRATE])
    split = positive[positive["kind"].isin(("separation", "unrecorded")) & (positive["commodity"] == f"{stem}-oxide")]
    upstream = moved[generic.isin((f"{stem}-oxide", f"{stem}-metal"))]
    stage("separation", "magnet", split.groupby("place")["oxide"].sum(), upstream)
    magnets = positive[positive["commodity"].str.startswith("ndfeb") & positive["kind"].str.contains("magnet")]
    stage("magnet", "use", magnets.groupby("place")["oxide"].sum(), moved[generic.str.startswith("ndfeb")])
    return pd.DataFrame(rows, columns=["from_stage", "from_place", "to_stage", "to_place", "value"])


def cost_curves(outcome: Outcome, product: str | None = None) -> pd.DataFrame:
    """Who supplies each product, cheapest first: product, supplier, place, t, usd_per_kg, cumulative_t.

    ``usd_per_kg``: running cost and feed per kg of the product, less what else is made of it at its price. Concentrate
    counts at what mining and moving it cost, so that the rent of an ore shows; other feed at its price. With a
    ``product``, its curve alone; raises UnknownNameError with near matches.
    """
    commodity = outcome.network.nodes.set_index("node")["commodity"]
    price = outcome.balances.set_index("node")["price_usd_per_t"]
    price.update(_mined_cost(outcome))
    recipes = outcome.network.recipes
    table = recipes.assign(
        product=recipes["node"].map(commodity), worth=recipes["coefficient"] * recipes["node"].map(price)
    )
    total = table.groupby("activity")["worth"].sum()
    own = table[table["coefficient"].gt(0)]
    if product is not None:
        own = own[own["product"] == known("product", product, outcome.network.nodes["commodity"])]
    own = own.groupby(["activity", "product"], as_index=False)[["coefficient", "worth"]].sum()
    makers = outcome.production[["activity", "kind", "site", "place", "level_t", "cost_usd_per_t"]]
    rows = own.merge(makers, on="activity")
    rows = rows[rows["level_t"].gt(0) & rows["kind"].ne(ACCEPT)]
    rest = rows["activity"].map(total) - rows["worth"]
    lines = pd.DataFrame(
        {
            "product": rows["product"],
            "supplier": rows["site"].where(rows["site"].ne(""), rows["kind"]),
            "place": rows["place"],
            "t": rows["level_t"] * rows["coefficient"],
            "usd": rows["level_t"] * (rows["cost_usd_per_t"] - rest),
        }
    )
    curve = lines.groupby(["product", "supplier", "place"], as_index=False)[["t", "usd"]].sum()
    curve = curve[curve["t"] > SMALL_T].assign(usd_per_kg=lambda c: c["usd"] / c["t"] / KG_PER_T)
    curve = curve.sort_values(["product", "usd_per_kg", "supplier"], ignore_index=True).drop(columns="usd")
    return curve.assign(cumulative_t=curve.groupby("product")["t"].cumsum())


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
    for _ in range(len(CHAIN)):
        carried = flows["flow_t"] * flows["from_node"].map(cost) + moving
        cost = (usd + carried.groupby(flows["to_node"]).sum().reindex(at, fill_value=0.0)) / total.clip(lower=1e-9)
    return cost
