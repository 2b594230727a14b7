"""What a path leaves behind: tidy tables by period, saved as one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ytterby import runs
from ytterby.chain.supply import KG_PER_T
from ytterby.chain.trade import LICENSED
from ytterby.market import Outcome
from ytterby.market.curves import cost_curves, made_by_place
from ytterby.world.errors import Fault, InputError

KIND = "path"
LATER = ("made", "curves", "contents")
"""Tables that older runs do not have."""
SUPPORT = ["contract", "holder", "commodity", "benchmark_usd_per_kg", "paid_usd_per_kg", "t", "usd"]


@dataclass(frozen=True)
class PathOutcome:
    """Period after period. Quantities in t per period, money in USD of the world's base year."""

    prices: pd.DataFrame
    """period, node, commodity, place, origin_tag, point (USD/kg net of VAT: what one tonne more costs), traded_t, paid
    (USD/kg: by volume, holders of licences at cost)."""
    production: pd.DataFrame
    """period, activity, kind, site, country, place, stage, capacity_t, level_t."""
    flows: pd.DataFrame
    """period, commodity, from_place, to_place, origin_tag, flow_t, permitted (by a licence that can be used up),
    landed_usd_per_kg (price where it comes from, freight and duty), sold_usd_per_kg (price where it arrives)."""
    consumption: pd.DataFrame
    """period, demand, good, place, segment, reference_t, bought_t, price_usd_per_t."""
    support: pd.DataFrame
    """period, contract, holder, commodity, benchmark_usd_per_kg, paid_usd_per_kg, t, usd: what price floors pay."""
    plants: pd.DataFrame
    """site (blank: no site named), stage, place, capacity_t, decided, ready, chance, why."""
    certificates: pd.DataFrame
    """period, primal, dual, complementarity, gap, mass_balance, curve_gap, tables: each period's own proof."""
    meta: Mapping[str, Any]
    made: pd.DataFrame = field(default_factory=pd.DataFrame)
    """period, kind, place, commodity, made_t."""
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    """period, product, supplier, place, t, usd_per_kg, cumulative_t: who supplies it, cheapest first."""
    contents: pd.DataFrame = field(default_factory=pd.DataFrame)
    """period, commodity, element, t_per_t."""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "meta"}

    @classmethod
    def load(cls, folder: str | Path) -> PathOutcome:
        """Read a path from a run folder; raises InputError for a run of another kind."""
        run = runs.read(folder)
        kind = run.manifest.get("kind")
        if kind != KIND:
            found = Fault(
                str(folder), f"a run of kind {kind}", "a path, as `ytterby path`, `months` or `backtest` write it"
            )
            raise InputError("not a path of years or months", [found])
        later = {n for n in LATER if n not in run.tables}
        names = {f.name for f in fields(cls)} - {"meta"} - later
        return cls(meta=run.manifest, **{n: run.table(n) for n in sorted(names)})

    def save(self, folder: str | Path) -> Path:
        """Write the path as a run folder; it is renamed into place when complete."""
        return Path(runs.write(folder, self.tables(), {"kind": KIND, **self.meta}))


def _flows(solved: Outcome) -> pd.DataFrame:
    """Flows between places with what they cost landed and what they are worth there."""
    flows = solved.flows[solved.flows["flow_t"].gt(0)]
    price = solved.balances.set_index("node")["price_usd_per_t"]
    table = pd.DataFrame(
        {
            **{c: flows[c] for c in ("commodity", "from_place", "to_place", "origin_tag", "flow_t")},
            "permitted": flows["decision"].isin(LICENSED) & np.isfinite(flows["capacity_t"]),
            "landed": flows["from_node"].map(price) + flows["cost_usd_per_t"] + flows["duty_usd_per_t"],
            "sold": flows["to_node"].map(price),
        }
    )
    for column in ("landed", "sold"):
        table[column] = table[column] * table["flow_t"]
    keys = ["commodity", "from_place", "to_place", "origin_tag", "permitted"]
    table = table.groupby(keys, as_index=False)[["flow_t", "landed", "sold"]].sum()
    for column in ("landed", "sold"):
        table[f"{column}_usd_per_kg"] = table.pop(column) / table["flow_t"] / KG_PER_T
    return table


@dataclass
class Recorder:
    """Collects what every period leaves."""

    kept: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def add(self, period: int | str, solved: Outcome) -> None:
        """Take down one period."""
        prices = solved.prices[solved.prices["point"].notna()]
        production = solved.production[solved.production["level_t"].gt(0) | solved.production["kind"].eq("mine")]
        tables = {
            "prices": prices[["node", "commodity", "place", "origin_tag", "point", "traded_t", "paid"]],
            "production": production[
                ["activity", "kind", "site", "country", "place", "stage", "capacity_t", "level_t"]
            ],
            "flows": _flows(solved),
            "consumption": solved.consumption[
                ["demand", "good", "place", "segment", "reference_t", "bought_t", "price_usd_per_t"]
            ],
        }
        tables["made"] = made_by_place(solved)
        tables["curves"] = cost_curves(solved)
        tables["contents"] = solved.network.contents
        proof = {k: v for k, v in asdict(solved.certificate).items() if k != "worst"}
        tables["certificates"] = pd.DataFrame([proof])
        tables["support"] = pd.DataFrame(solved.meta.get("support", []), columns=SUPPORT)
        for name, table in tables.items():
            copy = table.copy()
            copy.insert(0, "period", period)
            self.kept.setdefault(name, []).append(copy)

    def outcome(self, meta: Mapping[str, Any], begun: list[dict[str, object]]) -> PathOutcome:
        """Return everything as one, with the plants that were ``begun``."""
        columns = ["site", "stage", "place", "capacity_t", "decided", "ready", "chance", "why"]
        plants = pd.DataFrame(begun, columns=columns)
        plants = plants.sort_values(["decided", "ready", "stage", "site", "place"], ignore_index=True)
        tables = {name: pd.concat(parts, ignore_index=True) for name, parts in self.kept.items()}
        return PathOutcome(plants=plants, meta=dict(meta), **tables)
