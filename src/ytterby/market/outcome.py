"""An outcome: the tidy tables of one solved network, with its certificate; saved as a run, loaded again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ytterby.chain.network import Network
from ytterby.market.certificate import Certificate
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.market.why import Why

TABLES = ("prices", "production", "flows", "consumption", "rents", "welfare", "balances", "pieces", "limits")
"""Tables of an outcome, beside those of its network."""

NETWORK_TABLES = (
    "nodes", "activities", "recipes", "links", "demands", "quotas", "quota_members", "contents", "observed_prices",
    "observed_production",
)  # fmt: skip
"""Tables of the network that is kept with the outcome, so that it can be checked from the run alone."""


@dataclass(frozen=True)
class Outcome:
    """One equilibrium. Quantities in t per period, money in USD of base year 2024."""

    prices: pd.DataFrame
    """node, commodity, place, origin_tag, stage, unit, tax, incoterm, low, point, high (USD/kg net of VAT; blank where
    nothing trades), open_low, open_high (no end on that side), wide, traded_t, paid, held_t. Two prices: ``point`` is
    the marginal one, what one tonne more costs; ``paid`` is what buyers paid by volume, holders of licences and limits
    at cost (``market.paid``); ``held_t`` came under such a permit."""
    production: pd.DataFrame
    """activity, kind, site, country, place, stage, capacity_t, minimum_t, cost_usd_per_t, holder, status, level_t,
    output_t (all commodities made), cost_usd, basic."""
    flows: pd.DataFrame
    """link, commodity, from_place, to_place, origin_tag, from_node, to_node, flow_t, capacity_t, cost_usd_per_t,
    duty_usd_per_t, cost_usd, duty_usd, decision, basic."""
    consumption: pd.DataFrame
    """demand, node, good, place, segment, reference_t, bought_t, price_usd_per_t, paid_usd, worth_usd, surplus_usd."""
    rents: pd.DataFrame
    """kind (capacity, minimum, allowance, quota), key, holder, place, instrument, quantity_t, rent_usd_per_t,
    rent_usd, source."""
    welfare: pd.DataFrame
    """account (gain, total, memo), item, usd: the gains add up to welfare; duties are revenue there, not cost."""
    balances: pd.DataFrame
    """node, made_t, used_t, inflow_t, outflow_t, bought_t, surplus_t, price_usd_per_t (dual, also of idle nodes),
    basic."""
    pieces: pd.DataFrame
    """demand, piece, width_t, usd_per_t, bought_t, basic: the linear pieces of each demand curve."""
    limits: pd.DataFrame
    """quota, sense, limit_t, holder, instrument, used_t, rent_usd_per_t, basic."""
    certificate: Certificate
    network: Network
    """What was solved, checked and sorted."""
    meta: Mapping[str, Any]
    """year, label, tolerance, rounds, sizes, versions, notes."""

    @property
    def total_welfare_usd(self) -> float:
        """Consumer surplus, rents and tax revenue together, USD."""
        return float(self.welfare.loc[self.welfare["item"] == "welfare", "usd"].iloc[0])

    @property
    def made(self) -> pd.DataFrame:
        """Output by activity and commodity: activity, kind, stage, country, place, commodity, origin_tag, made_t
        (negative: used)."""
        columns = ["activity", "kind", "stage", "country", "place", "level_t"]
        table = self.network.recipes.merge(self.production[columns], on="activity")
        table = table.merge(self.network.nodes[["node", "commodity", "origin_tag"]], on="node")
        table["made_t"] = table["coefficient"] * table["level_t"]
        return table[["activity", "kind", "stage", "country", "place", "commodity", "origin_tag", "made_t"]]

    def price(self, product: str, place: str, origin_tag: str | None = None) -> float | None:
        """Point price, USD/kg: the one node's, or the mean over origin tags weighted by what passes; None where
        nothing trades.

        Raises UnknownNameError for a product or place that the network does not have.
        """
        from ytterby.market.report import price_rows

        rows = price_rows(self, product, place, origin_tag)
        weight = rows["traded_t"]
        return float((rows["point"] * weight).sum() / weight.sum()) if len(rows) else None

    def two_prices(self) -> pd.DataFrame:
        """What is paid and what one tonne more costs, side by side: product, place, tax, incoterm, paid, marginal
        (USD/kg), ratio (marginal over paid), agree (within a thousandth), held_share (of what trades, under permits
        that earn a rent), traded_t; by product and place, over origin tags."""
        from ytterby.market.report import two_prices

        return two_prices(self)

    def why(self, what: str, *, product: str, place: str, origin_tag: str | None = None) -> Why:
        """Explain a number; ``what`` is "price": which activities, links and limits set it, each with cost and
        source."""
        from ytterby.market.why import why

        return why(self, what, product=product, place=place, origin_tag=origin_tag)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name: the outcome's own and its network's."""
        return {
            **{name: getattr(self.network, name) for name in NETWORK_TABLES},
            **{name: getattr(self, name) for name in TABLES},
        }

    def save(self, folder: str | Path) -> Path:
        """Write the outcome as a run folder; it is renamed into place when complete."""
        from ytterby import runs

        manifest = {"kind": "outcome", **self.meta, "certificate": asdict(self.certificate)}
        return Path(runs.write(folder, self.tables(), manifest))

    @classmethod
    def load(cls, folder: str | Path) -> Outcome:
        """Read an outcome from a run folder; its certificate is computed afresh.

        Raises InputError for a run of another kind: a path of years or months has many outcomes.
        """
        from ytterby import runs
        from ytterby.market.certificate import certify

        run = runs.read(folder)
        kind = run.manifest.get("kind")
        if kind != "outcome":
            found = Fault(str(folder), f"a run of kind {kind}", "an outcome, as `ytterby solve --out` writes it")
            raise InputError("not the outcome of one year", [found])
        tables = dict(run.tables)
        certificate = certify(tables)
        if "paid" not in tables["prices"]:
            tables["prices"] = tables["prices"].assign(paid=float("nan"), held_t=0.0)
        meta = {k: v for k, v in run.manifest.items() if k not in ("kind", "certificate")}
        names = {f.name for f in fields(Network)} & set(NETWORK_TABLES)
        network = Network(
            year=int(meta["year"]),
            label=str(meta["label"]),
            notes=tuple(meta.get("notes", ())),
            **{n: tables[n] for n in names},
        )
        return cls(certificate=certificate, network=network, meta=meta, **{n: tables[n] for n in TABLES})
