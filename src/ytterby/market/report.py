"""An outcome for people and programs: the JSON contract, tables beside what was observed, and printing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ytterby.world.errors import UnknownNameError

if TYPE_CHECKING:
    from ytterby.chain.network import Network
    from ytterby.market.certificate import Certificate
    from ytterby.market.outcome import Outcome

CERTIFICATE = ("primal", "dual", "complementarity", "gap", "mass_balance")
"""Residuals that the contract names."""


def price_rows(outcome: Outcome, product: str, place: str, origin_tag: str | None = None) -> pd.DataFrame:
    """Return the rows of ``outcome.prices`` of a product at a place that trade, by origin tag.

    ``product`` may be written as a person would ("Dy oxide"); ``place`` in any case. Raises UnknownNameError.
    """
    prices = outcome.prices
    product = known("product", product, prices["commodity"])
    place = known("place", place, prices["place"])
    rows = prices[(prices["commodity"] == product) & (prices["place"] == place) & prices["point"].notna()]
    return rows if origin_tag is None else rows[rows["origin_tag"] == origin_tag]


def known(kind: str, name: str, names: pd.Series) -> str:
    """Return the key that a name means: exact, or the same but for case, spaces and hyphens."""
    found = {str(n): str(n) for n in names}
    loose = {_loose(n): n for n in found}
    if name in found:
        return name
    if _loose(name) in loose:
        return loose[_loose(name)]
    raise UnknownNameError(kind, name, found)


def prices_by_place(outcome: Outcome) -> pd.DataFrame:
    """One row a product and place, over origin tags: product, place, tax, incoterm, low, point, high, wide, traded_t.

    The point is the mean by what passes; low and high are the outermost ends.
    """
    table = outcome.prices[outcome.prices["point"].notna()].copy()
    table["value"] = table["point"] * table["traded_t"]
    keys = ["commodity", "place", "tax", "incoterm"]
    rows = table.groupby(keys, sort=True).agg(
        low=("low", "min"),
        value=("value", "sum"),
        high=("high", "max"),
        wide=("wide", "any"),
        traded_t=("traded_t", "sum"),
    )
    rows["point"] = rows["value"] / rows["traded_t"]
    rows = rows.reset_index().rename(columns={"commodity": "product"})
    return rows[["product", "place", "tax", "incoterm", "low", "point", "high", "wide", "traded_t"]]


def prices_beside_observed(outcome: Outcome, network: Network | None = None) -> pd.DataFrame:
    """Every price asked for or observed: product, place, tax, incoterm, low, point, high, observed, status.

    Model prices are net of value-added tax. Where a price was observed, its own tax and incoterm are shown; a model
    price without an observation has status "" and no observed.
    """
    seen = (network or outcome.network).observed_prices
    model = prices_by_place(outcome)
    seen = seen.rename(columns={"commodity": "product", "point": "observed"})
    seen = seen[["product", "place", "tax", "incoterm", "observed", "status"]]
    joined = model.merge(seen, on=["product", "place"], how="outer", suffixes=("", "_seen"))
    for column in ("tax", "incoterm"):
        joined[column] = joined[f"{column}_seen"].fillna(joined[column])
    joined["status"] = joined["status"].fillna("")
    joined = joined.sort_values(["product", "place", "tax", "incoterm"], kind="stable").reset_index(drop=True)
    return joined[["product", "place", "tax", "incoterm", "low", "point", "high", "observed", "status"]]


def production_beside_observed(outcome: Outcome, network: Network | None = None) -> pd.DataFrame:
    """Output by stage and country, t: stage, country, commodity ("" for all), modelled, observed, low, high, status."""
    made = outcome.made
    made = made[(made["made_t"] > 0) & ~made["kind"].isin(NOT_OUTPUT)]
    seen = (network or outcome.network).observed_production.copy()
    seen["commodity"] = seen["commodity"].fillna("").replace("all", "")
    total = made.groupby(["stage", "country"])["made_t"].sum()
    single = made.groupby(["stage", "country", "commodity"])["made_t"].sum()
    rows = []
    for row in seen.to_dict("records"):
        key = (row["stage"], row["country"])
        modelled = total.get(key, 0.0) if not row["commodity"] else single.get((*key, row["commodity"]), 0.0)
        bounds = (row["observed_t"], row["low_t"], row["high_t"])
        rows.append((*key, row["commodity"], float(modelled), *bounds, row["status"]))
    told = {(r[0], r[1]) for r in rows}
    for stage, country, modelled in total.reset_index().itertuples(index=False):
        if (stage, country) not in told:
            rows.append((stage, country, "", float(modelled), np.nan, np.nan, np.nan, ""))
    columns = ["stage", "country", "commodity", "modelled", "observed", "low", "high", "status"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["stage", "country", "commodity"], kind="stable").reset_index(drop=True)


NOT_OUTPUT = frozenset({"accept", "disposal", "stock"})
"""Kinds of activity that relabel, dump or keep what others made."""


def as_contract(outcome: Outcome, network: Network | None = None) -> dict[str, Any]:
    """Return what ``ytterby solve --json`` prints."""
    return {
        "year": outcome.meta["year"],
        "label": outcome.meta["label"],
        "certificate": certificate_numbers(outcome.certificate),
        "prices": _records(prices_beside_observed(outcome, network)),
        "production": _records(
            production_beside_observed(outcome, network)[
                ["stage", "country", "commodity", "modelled", "observed", "status"]
            ]
        ),
        "welfare": _records(outcome.welfare),
        "rents": _records(outcome.rents.head(50)),
        "notes": list(outcome.meta["notes"]),
    }


def certificate_numbers(certificate: Certificate) -> dict[str, float]:
    """Return the residuals that the contract names, and the gap to the true demand curves."""
    return {name: getattr(certificate, name) for name in (*CERTIFICATE, "curve_gap")}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(k): (None if isinstance(v, float) and not np.isfinite(v) else v) for k, v in row.items()}
        for row in table.to_dict("records")
    ]


def _loose(name: str) -> str:
    return "".join(ch for ch in name.lower() if ch.isalnum() or ch == ":")
