"""An outcome for people and programs: the JSON contract, tables beside what was observed, and printing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ytterby.chain.origin import ANY
from ytterby.market.paid import AGREE
from ytterby.world.errors import UnknownNameError
from ytterby.world.terms import Stage

if TYPE_CHECKING:
    from ytterby.chain.network import Network
    from ytterby.market.certificate import Certificate
    from ytterby.market.outcome import Outcome

CERTIFICATE = ("primal", "dual", "complementarity", "gap", "mass_balance")
"""Residuals that the contract names."""


def price_rows(outcome: Outcome, product: str, place: str, origin_tag: str | None = None) -> pd.DataFrame:
    """Return the rows of ``outcome.prices`` of a product at a place that trade, by origin tag.

    What buyers draw who do not ask for origin passes a tagged node first, and is left out unless it is asked for.
    ``product`` may be written as a person would ("Dy oxide"); ``place`` in any case. Raises UnknownNameError.
    """
    prices = outcome.prices
    product = known("product", product, prices["commodity"])
    place = known("place", place, prices["place"])
    rows = prices[(prices["commodity"] == product) & (prices["place"] == place) & prices["point"].notna()]
    return rows[_tagged(rows)] if origin_tag is None else rows[rows["origin_tag"] == origin_tag]


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
    """One row a product and place, over origin tags: product, place, tax, incoterm, low, point (the marginal price),
    high, wide, traded_t, paid (by volume), held_t (t under permits that earn a rent).

    The point is the mean by what passes; low and high are the outermost ends, blank where some tag's interval was not
    computed. What buyers draw who do not ask for origin passes a tagged node first and is not counted again.
    """
    table = outcome.prices[outcome.prices["point"].notna()]
    table = table[_tagged(table)].copy()
    table["value"] = table["point"] * table["traded_t"]
    table["spent"] = table["paid"].fillna(table["point"]) * table["traded_t"]
    keys = ["commodity", "place", "tax", "incoterm"]
    rows = table.groupby(keys, sort=True).agg(
        low=("low", lambda low: low.min(skipna=False)),
        value=("value", "sum"),
        high=("high", lambda high: high.max(skipna=False)),
        wide=("wide", "any"),
        traded_t=("traded_t", "sum"),
        spent=("spent", "sum"),
        held_t=("held_t", "sum"),
    )
    rows["point"], rows["paid"] = rows["value"] / rows["traded_t"], rows["spent"] / rows["traded_t"]
    rows = rows.reset_index().rename(columns={"commodity": "product"})
    return rows[["product", "place", "tax", "incoterm", "low", "point", "high", "wide", "traded_t", "paid", "held_t"]]


def two_prices(outcome: Outcome) -> pd.DataFrame:
    """One row a product and place: what is paid by volume, and the marginal price (columns: ``Outcome.two_prices``)."""
    rows = prices_by_place(outcome).rename(columns={"point": "marginal"})
    rows["ratio"] = rows["marginal"] / rows["paid"].where(rows["paid"] != 0)
    rows["agree"] = (rows["marginal"] - rows["paid"]).abs() <= AGREE * rows["marginal"].abs()
    rows["held_share"] = (rows["held_t"] / rows["traded_t"]).clip(upper=1.0)
    return rows[["product", "place", "tax", "incoterm", "paid", "marginal", "ratio", "agree", "held_share", "traded_t"]]


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
    """Output beside what was observed, t: stage, country, commodity, modelled, observed, low, high, status.

    ``country`` is the country of mines and, below them, the place: statistics know no more. Ores, feeds and grades are
    added up to the commodity that was observed. Status is "" where nothing was.
    """
    made = outcome.made
    made = made[(made["made_t"] > TINY_T) & ~made["kind"].isin(NOT_OUTPUT)]
    seen = (network or outcome.network).observed_production
    keys = ["stage", "country", "commodity"]
    named = seen.groupby("stage")["commodity"].agg(lambda c: sorted(set(c))).to_dict()
    is_mine = (made["stage"] == Stage.MINE.value) & (made["country"] != "")
    table = pd.DataFrame(
        {
            "stage": made["stage"],
            "country": made["country"].where(is_mine, made["place"]),
            "commodity": [
                _observed_name(c, named.get(s, [])) for s, c in zip(made["stage"], made["commodity"], strict=True)
            ],
            "modelled": made["made_t"],
        }
    )
    total = table.groupby(keys, as_index=False)["modelled"].sum()
    joined = seen.rename(columns={"observed_t": "observed", "low_t": "low", "high_t": "high"}).merge(
        total, on=keys, how="outer"
    )
    joined["modelled"] = joined["modelled"].fillna(0.0)
    joined["status"] = joined["status"].fillna("")
    joined = joined.sort_values(keys, kind="stable").reset_index(drop=True)
    return joined[[*keys, "modelled", "observed", "low", "high", "status"]]


def _observed_name(commodity: str, names: list[str]) -> str:
    """Return the observed commodity that an ore, feed or grade is part of ("": all), or the commodity but its feed."""
    for name in names:
        if name and (commodity == name or commodity.startswith((f"{name}:", f"{name}-"))):
            return name
    return "" if "" in names else commodity.split(":", maxsplit=1)[0]


TINY_T = 1e-6
"""Less output than this is none: levels are that precise."""

NOT_OUTPUT = frozenset({"accept", "disposal", "stock"})
"""Kinds of activity that relabel, dump or keep what others made."""


def as_contract(outcome: Outcome, network: Network | None = None) -> dict[str, Any]:
    """Return what ``ytterby solve --json`` prints."""
    return {
        "year": outcome.meta["year"],
        "label": outcome.meta["label"],
        "certificate": certificate_numbers(outcome.certificate),
        "prices": _records(prices_beside_observed(outcome, network)),
        "two_prices": _records(two_prices(outcome)),
        "production": _records(
            production_beside_observed(outcome, network)[
                ["stage", "country", "commodity", "modelled", "observed", "status"]
            ]
        ),
        "welfare": _records(outcome.welfare),
        "rents": _records(outcome.rents.head(50)),
        "support": list(outcome.meta.get("support", [])),
        "notes": list(outcome.meta["notes"]),
    }


def certificate_numbers(certificate: Certificate) -> dict[str, float]:
    """Return the residuals that the contract names, and the gap to the true demand curves."""
    return {name: getattr(certificate, name) for name in (*CERTIFICATE, "curve_gap")}


def _tagged(prices: pd.DataFrame) -> pd.Series:
    """Rows of a tag, and of ``any`` where nothing tagged trades at the place."""
    tagged = prices["origin_tag"] != ANY
    others = tagged.groupby([prices["commodity"], prices["place"]]).transform("any")
    return tagged | ~others.astype(bool)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(k): (None if isinstance(v, float) and not np.isfinite(v) else v) for k, v in row.items()}
        for row in table.to_dict("records")
    ]


def _loose(name: str) -> str:
    return "".join(ch for ch in name.lower() if ch.isalnum() or ch == ":")
