"""Two outcomes side by side: what changed, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ytterby.market.outcome import Outcome
from ytterby.market.paid import AGREE
from ytterby.market.report import NOT_OUTPUT, prices_by_place
from ytterby.market.why import CAUSES, Margin


@dataclass(frozen=True)
class Comparison:
    """Differences b - a, tidy: one number a row, columns before, after, change, relative."""

    label_a: str
    label_b: str
    prices: pd.DataFrame
    """product, place, before, after (USD/kg; blank where nothing trades), change, relative."""
    causes: pd.DataFrame
    """product, place, change (USD/kg), and its parts by cause: process, freight, duty, scarcity; of products that
    final buyers buy."""
    production: pd.DataFrame
    """stage, country, before, after (t), change, relative."""
    consumption: pd.DataFrame
    """good, place, before, after (t), change, relative."""
    rents: pd.DataFrame
    """holder, kind, before, after (USD), change, relative."""
    welfare: pd.DataFrame
    """account, item, before, after (USD), change, relative."""
    costs: pd.DataFrame
    """stage, change (USD), from_quantity, from_unit_cost: resource cost, split exactly (Bennet 1920)."""
    paid: pd.DataFrame
    """product, place, before, after (USD/kg), change, relative: what buyers paid by volume; ``prices`` are what one
    tonne more costs."""

    def headline(self, most: int = 12) -> pd.DataFrame:
        """The largest changes in one table: what, where, unit, before, after, change, relative."""
        parts = [
            self.prices.assign(what="price of " + self.prices["product"], where=self.prices["place"], unit="USD/kg"),
            self.production.assign(
                what="output: " + self.production["stage"], where=self.production["country"], unit="t"
            ),
            self.consumption.assign(
                what="use of " + self.consumption["good"], where=self.consumption["place"], unit="t"
            ),
        ]
        columns = ["what", "where", "unit", "before", "after", "change", "relative"]
        picked = [
            p.reindex(p["relative"].abs().sort_values(ascending=False, kind="stable").index)[columns].head(most // 3)
            for p in parts
        ]
        welfare = self.welfare[self.welfare["account"] != "memo"]
        money = welfare.assign(what=welfare["item"], where="all", unit="USD")[columns]
        return pd.concat([*picked, money], ignore_index=True)

    def two_prices(self) -> pd.DataFrame:
        """Where what one tonne more costs and what was paid by volume are not one in either outcome: product, place,
        paid_before, marginal_before, paid_after, marginal_after (USD/kg)."""
        keys = ["product", "place"]
        both = self.paid.merge(self.prices, on=keys, suffixes=("_paid", "_marginal"))
        table = both[keys].assign(
            paid_before=both["before_paid"], marginal_before=both["before_marginal"],
            paid_after=both["after_paid"], marginal_after=both["after_marginal"],
        )  # fmt: skip
        apart = [
            (table[f"marginal_{t}"] - table[f"paid_{t}"]).abs() > AGREE * table[f"marginal_{t}"].abs()
            for t in ("before", "after")
        ]
        return table[apart[0] | apart[1]].reset_index(drop=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        names = ("prices", "causes", "production", "consumption", "rents", "welfare", "costs", "paid")
        return {name: getattr(self, name) for name in names}


def compare(a: Outcome, b: Outcome) -> Comparison:
    """Compare two outcomes; differences are b - a. Rows that did not change are kept, with change 0."""
    return Comparison(
        label_a=str(a.meta["label"]),
        label_b=str(b.meta["label"]),
        prices=_joined(prices_by_place(a), prices_by_place(b), ["product", "place"], "point", fill=np.nan),
        causes=_causes(a, b),
        production=_joined(_output(a), _output(b), ["stage", "country"], "made_t"),
        consumption=_joined(a.consumption, b.consumption, ["good", "place"], "bought_t"),
        rents=_joined(a.rents, b.rents, ["holder", "kind"], "rent_usd"),
        welfare=_welfare(a, b),
        costs=_costs(a, b),
        paid=_joined(prices_by_place(a), prices_by_place(b), ["product", "place"], "paid", fill=np.nan),
    )


def _joined(a: pd.DataFrame, b: pd.DataFrame, keys: list[str], value: str, fill: float = 0.0) -> pd.DataFrame:
    before, after = (t.groupby(keys)[value].sum(min_count=1).astype(float) for t in (a, b))
    table = pd.DataFrame({"before": before, "after": after}).fillna(fill)
    table["change"] = table["after"] - table["before"]
    base = table["before"].abs()
    table["relative"] = (table["change"] / base.where(base > 0)).astype(float)
    return table.sort_index().reset_index()


def _output(outcome: Outcome) -> pd.DataFrame:
    made = outcome.made
    return made[(made["made_t"] > 0) & ~made["kind"].isin(NOT_OUTPUT)]


def _welfare(a: Outcome, b: Outcome) -> pd.DataFrame:
    table = _joined(a.welfare, b.welfare, ["account", "item"], "usd")
    order = {item: i for i, item in enumerate(a.welfare["item"])}
    return table.sort_values("item", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)


def _causes(a: Outcome, b: Outcome) -> pd.DataFrame:
    parts = []
    for outcome in (a, b):
        sold = outcome.prices[
            outcome.prices["node"].isin(outcome.network.demands["node"]) & outcome.prices["point"].notna()
        ]
        causes = Margin(outcome).by_cause(sold["node"].tolist()).reset_index(drop=True)
        weight = sold["traded_t"].to_numpy(float)
        table = causes.mul(weight, axis=0).assign(
            product=sold["commodity"].to_numpy(object), place=sold["place"].to_numpy(object), weight=weight
        )
        total = table.groupby(["product", "place"]).sum()
        parts.append(total[list(CAUSES)].div(total["weight"], axis=0))
    both = parts[1].sub(parts[0]).dropna()
    both.insert(0, "change", both.sum(axis=1))
    return both.reset_index()


def _costs(a: Outcome, b: Outcome) -> pd.DataFrame:
    rows = []
    for table, key, quantity, stage in (
        ("production", "activity", "level_t", None),
        ("flows", "link", "flow_t", "transport"),
    ):
        frames = [getattr(o, table).set_index(key) for o in (a, b)]
        keys = frames[0].index.union(frames[1].index)
        q = [f[quantity].reindex(keys).fillna(0.0) for f in frames]
        k = [f["cost_usd_per_t"].reindex(keys) for f in frames]
        k = [k[0].fillna(k[1]), k[1].fillna(k[0])]
        label = (
            frames[0]["stage"].reindex(keys).fillna(frames[1].get("stage"))
            if stage is None
            else pd.Series(stage, index=keys)
        )
        rows.append(
            pd.DataFrame(
                {
                    "stage": label,
                    "from_quantity": (q[1] - q[0]) * (k[0] + k[1]) / 2.0,
                    "from_unit_cost": (k[1] - k[0]) * (q[0] + q[1]) / 2.0,
                }
            )
        )
    total = pd.concat(rows).groupby("stage").sum().reset_index()
    total.insert(1, "change", total["from_quantity"] + total["from_unit_cost"])
    return total
