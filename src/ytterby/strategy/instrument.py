"""One market under an instrument of its dominant exporter, a tax or a quota, and who gains what in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium
from ytterby.market.certificate import TOLERANCES
from ytterby.market.report import known
from ytterby.studies.ensemble import metrics_of
from ytterby.studies.ensemble.measure import Measure

Instrument = Literal["tax", "quota"]
"""``tax``: a share of the price at which a product leaves when none is levied; ``quota``: the share of what then leaves
that is let go, product by product."""

ROUNDING = 1e-6
"""Share of national welfare's range on the curve that counts as nothing gained."""
PRECISION = 1e-10
"""Share of national welfare itself below which a difference is the solver's own."""


@dataclass
class Market:
    """One market with an instrument of its exporter; every level is solved once, from the free market's basis."""

    network: Network
    products: tuple[str, ...]
    instrument: Instrument
    free: Outcome
    place: str
    """Place of the dominant exporter."""
    solved: dict[float, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network, products: Sequence[str], instrument: Instrument) -> Market:
        """Solve the market without the instrument; raises UnknownNameError for a product that does not leave."""
        free = equilibrium(network, intervals="none")
        place = Measure(free.network).dominant
        leaving = free.flows[free.flows["from_place"].eq(place) & free.flows["to_place"].ne(place)]
        sold = leaving["commodity"].str.split(":").str[0]
        names = tuple(known("product leaving " + place, p, sold) for p in dict.fromkeys(products))
        return cls(free.network, names, instrument, free, place, {})

    @property
    def leaving(self) -> pd.Series:
        """Which links carry the products out of the exporter's place, in the order of the network's links."""
        flows = self.free.flows
        named = flows["commodity"].str.split(":").str[0].isin(self.products)
        out = named & flows["from_place"].eq(self.place) & flows["to_place"].ne(self.place)
        return pd.Series(out.to_numpy(bool), index=self.network.links.index)

    def under(self, level: float) -> Network:
        """The network with the instrument at a level."""
        out, links = self.leaving, self.network.links
        if self.instrument == "tax":
            price = links["from_node"].map(self.free.balances.set_index("node")["price_usd_per_t"])
            duty = links["duty_usd_per_t"] + (level * price.clip(lower=0.0)).where(out, 0.0)
            return replace(self.network, links=links.assign(duty_usd_per_t=duty))
        names = self.free.flows["commodity"].str.split(":").str[0].to_numpy(object)
        flow = self.free.flows["flow_t"].to_numpy(float)
        quotas, members = [], []
        for product in self.products:
            own = out.to_numpy(bool) & (names == product)
            key = f"export:{product}"
            quotas.append((key, level * float(flow[own].sum()), "max", f"exporters of {product}", "export quota", ""))
            members += [(key, "link", str(m), 1.0) for m in links["link"][own]]
        more = pd.DataFrame(quotas, columns=["quota", "limit_t", "sense", "holder", "instrument", "source"])
        held = pd.DataFrame(members, columns=["quota", "kind", "member", "weight"])
        return replace(
            self.network,
            quotas=pd.concat([self.network.quotas, more], ignore_index=True),
            quota_members=pd.concat([self.network.quota_members, held], ignore_index=True),
        )

    def at(self, level: float) -> Outcome:
        """The certified market at a level of the instrument."""
        key = round(float(level), 9)
        if key not in self.solved:
            self.solved[key] = equilibrium(self.under(key), intervals="none", start=self.free)
        return self.solved[key]

    def national_usd(self, level: float) -> float:
        """Welfare of the exporter's country, USD a year."""
        return float(gains_by_place(self.at(level)).loc[self.place].to_numpy(float).sum())

    @property
    def none(self) -> float:
        """Level at which the instrument does nothing."""
        return 0.0 if self.instrument == "tax" else 1.0

    @property
    def rounding_usd(self) -> float:
        """What counts as nothing gained, USD a year."""
        found = [self.national_usd(level) for level in self.solved]
        return max(ROUNDING * (max(found) - min(found)), PRECISION * max(abs(usd) for usd in found))

    def row(self, level: float) -> dict[str, float]:
        """One point of the curve."""
        outcome = self.at(level)
        gains = gains_by_place(outcome)
        own = pd.Series(gains.loc[self.place], dtype=float)
        world = float(gains.to_numpy(float).sum())
        proof = outcome.certificate
        national = float(np.sum(own.to_numpy(float)))
        return {
            "level": level, "national_usd": national, **{str(k): float(v) for k, v in own.items()},
            "outside_usd": world - national, "world_usd": world,
            "exported_t": float(outcome.flows["flow_t"].to_numpy(float)[self.leaving.to_numpy(bool)].sum()),
            "residual": max(float(getattr(proof, name)) / limit for name, limit in TOLERANCES.items()),
        }  # fmt: skip


def gains_by_place(outcome: Outcome) -> pd.DataFrame:
    """Welfare by place (rows) and kind: surplus_usd, rents_usd, taxes_usd; the whole adds up to the market's welfare.

    Places, permits and taxes belong as :mod:`ytterby.studies.ensemble.measure` says: a tax on what leaves the dominant
    place is its own, others are the destination's; a seller's permit is the seller's.
    """
    found = metrics_of(outcome)
    dominant = Measure(outcome.network).dominant
    places = sorted(set(outcome.network.nodes["place"]))
    gains = {kind: dict.fromkeys(places, 0.0) for kind in ("surplus", "rent", "tax")}
    for key, usd in found.items():
        kind, *rest = key.split("|")
        if kind in ("surplus", "rent"):
            gains[kind][rest[0]] += usd
    flows = outcome.flows
    taxed = flows["to_place"].where(flows["from_place"] != dominant, dominant)
    for place, usd in flows["duty_usd"].groupby(taxed).sum().items():
        gains["tax"][str(place)] += float(usd)
    return pd.DataFrame(
        {"surplus_usd": gains["surplus"], "rents_usd": gains["rent"], "taxes_usd": gains["tax"]}, index=places
    )
