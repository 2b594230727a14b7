"""Taxes on trade: value-added tax that is not refunded on export, export taxes and import duties, as dated rows."""

from __future__ import annotations

import pandas as pd

from ytterby.chain.settings import dated
from ytterby.chain.trade import Places
from ytterby.world import World

VAT, REFUND, EXPORT, IMPORT, APPLIED = (
    "vat",
    "vat-export-refund",
    "export-tax",
    "import-duty",
    "import-duty-applied",
)
ADDITIONAL = ("import-duty-additional", "import-duty-emergency")
ANY = "any"
PERCENT = 100.0


def duties(trade: pd.DataFrame, value_usd_per_t: pd.Series, world: World, day: str, places: Places) -> pd.Series:
    """Return the taxes on each row of the trade table, USD/t.

    Leaving: value-added tax less its refund, and export tax. Entering: the duty applied (or the general one), and
    additional duties on goods of one origin. Rates are shares of value, which is the least cost of the thing at the
    place it leaves, at observed oxide prices and before tax. A row for a commodity goes before a row for its class.
    """
    taxes = dated(world.table("taxes"), day)
    taxes = taxes[taxes["rate_pct"].notna()]
    kinds = world.table("commodities").set_index("commodity")["kind"]
    generic = trade["commodity"].str.split(":").str[0]
    leaves, enters = trade["from_place"].map(places.country), trade["to_place"].map(places.country)
    keys = pd.DataFrame({"commodity": generic, "kind": generic.map(kinds), "leaves": leaves, "enters": enters})
    distinct = keys.drop_duplicates()
    table = {
        (str(r["country"]), str(r["commodity_class"]), str(r["tax"]), str(r["origin"])): float(r["rate_pct"]) / PERCENT
        for r in taxes.to_dict("records")
    }

    def rate(country: str, commodity: str, kind: str, tax: str, origin: str = ANY) -> float | None:
        own = table.get((country, commodity, tax, origin))
        return own if own is not None else table.get((country, kind, tax, origin))

    def total(commodity: str, kind: str, a: str, b: str) -> float:
        kept = max((rate(a, commodity, kind, VAT) or 0.0) - (rate(a, commodity, kind, REFUND) or 0.0), 0.0)
        out = rate(a, commodity, kind, EXPORT) or 0.0
        applied = rate(b, commodity, kind, APPLIED)
        duty = applied if applied is not None else (rate(b, commodity, kind, IMPORT) or 0.0)
        extra = sum(rate(b, commodity, kind, tax, a) or 0.0 for tax in ADDITIONAL)
        return kept + out + duty + extra

    rates = [total(str(c), str(k), str(a), str(b)) for c, k, a, b in distinct.itertuples(index=False)]
    share = keys.merge(distinct.assign(rate=rates), how="left")["rate"].to_numpy()
    value = value_usd_per_t.reindex(trade["from_node"]).fillna(0.0).to_numpy()
    return pd.Series(share * value, index=trade.index)
