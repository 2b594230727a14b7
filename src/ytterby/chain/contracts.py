"""Contracts that bind output, trade or price: floors paid as differences, offtakes, public purchases.

Rows of table ``market_contracts``. A *price floor* pays a producer what a benchmark price lacks to its floor, and may
take a share of what the benchmark exceeds another price by; an *offtake* sends a share of a producer's output to a
place; a *stockpile* is bought for by a state up to a price.
"""

from __future__ import annotations

import pandas as pd

from ytterby.chain.draft import Draft
from ytterby.chain.origin import FREE
from ytterby.chain.settings import dated
from ytterby.chain.supply import KG_PER_T
from ytterby.world import World
from ytterby.world.difference import PRICE_FLOOR
from ytterby.world.errors import Fault, InputError

OFFTAKE, STOCKPILE = "offtake", "stockpile"
PUBLIC = "public stockpile"
"""Good, segment and use of what a state buys to keep."""
NEEDS = {
    PRICE_FLOOR: ("site", "benchmark_place", "usd_per_kg"),
    OFFTAKE: ("site", "place", "share"),
    STOCKPILE: ("place", "usd_per_kg", "t_per_year"),
}
"""What a row of each kind must state."""
FLOOR_COLUMNS = [
    "contract", "activity", "commodity", "benchmark_place", "t_per_t", "floor_usd_per_kg", "upside_share",
    "upside_above_usd_per_kg", "upside_cap_usd_per_year", "limit_t", "holder", "valid_from", "valid_to",
]  # fmt: skip


def price_floors(world: World, draft: Draft) -> pd.DataFrame:
    """Return the floors of every date: one row for each activity that makes what a contract covers.

    ``t_per_t``: t of the commodity per t of the activity's level; ``limit_t``: t a year that are covered, blank without
    limit; the other columns are those of table ``market_contracts``.
    """
    rows = []
    for row in _of(world, PRICE_FLOOR).to_dict("records"):
        for key, t in _made(draft, str(row["site"]), str(row["commodity"])).items():
            rows.append({**row, "activity": key, "t_per_t": t, "limit_t": row["t_per_year"]})
    return pd.DataFrame(rows, columns=FLOOR_COLUMNS)


def add_offtakes(
    quotas: pd.DataFrame, members: pd.DataFrame, draft: Draft, links: pd.DataFrame, world: World, day: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add, for every offtake of the day, that what goes to its place is at least its share of what its site makes."""
    for row in dated(_of(world, OFFTAKE), day).to_dict("records"):
        made = _made(draft, str(row["site"]), str(row["commodity"]))
        at = {a["place"] for a in draft.activities if a["activity"] in made}
        way = links[links["from_node"].str.startswith(f"{row['commodity']}|")]
        start, end = (way[c].str.rsplit("|", n=1).str[-1] for c in ("from_node", "to_node"))
        way = way[start.isin(at) & (end == row["place"])]
        if not made or way.empty:
            continue
        key = f"{OFFTAKE}:{row['contract']}"
        quotas = pd.concat([quotas, pd.DataFrame([{
            "quota": key, "limit_t": 0.0, "sense": "min", "holder": row["holder"], "instrument": OFFTAKE,
            "source": row["source"],
        }])], ignore_index=True)  # fmt: skip
        counted = [("link", str(m), 1.0) for m in way["link"]]
        counted += [("activity", a, -float(row["share"]) * t) for a, t in made.items()]
        added = pd.DataFrame(counted, columns=["kind", "member", "weight"]).assign(quota=key)
        members = pd.concat([members, added], ignore_index=True)
    return quotas, members


def add_stockpiles(demands: pd.DataFrame, draft: Draft, cost: pd.Series, world: World, day: str) -> pd.DataFrame:
    """Add what states buy to keep: up to ``t_per_year`` on a day of the contract (else nothing), at no more than
    ``usd_per_kg``, free of the claiming jurisdiction's origin.
    """
    rows = []
    bought = public_purchases(world, day)
    for row in _of(world, STOCKPILE).to_dict("records"):
        key = f"{STOCKPILE}|{row['contract']}"
        node = draft.node(str(row["commodity"]), FREE, str(row["place"]))
        ceiling = float(row["usd_per_kg"]) * KG_PER_T
        usual = float(cost.get(node, ceiling))
        rows.append(
            {
                "demand": key, "node": node, "good": PUBLIC, "place": row["place"], "segment": PUBLIC,
                "use": PUBLIC, "commodity": row["commodity"], "reference_t": bought[key],
                "reference_usd_per_t": min(usual, ceiling), "elasticity": 0.0, "choke_usd_per_t": ceiling,
                "saturation_usd_per_t": 0.5 * min(usual, ceiling), "floor_share": 0.0, "status": "by construction",
                "source": row["source"],
            }
        )  # fmt: skip
    return pd.concat([demands, pd.DataFrame(rows)], ignore_index=True) if rows else demands


def public_purchases(world: World, day: str) -> dict[str, float]:
    """t a year that states want to buy on a day, by key of the demand."""
    table = _of(world, STOCKPILE)
    held = dated(table, day)["contract"]
    t = table["t_per_year"].where(table["contract"].isin(held), 0.0)
    return {f"{STOCKPILE}|{c}": float(x) for c, x in zip(table["contract"], t, strict=True)}


def _of(world: World, kind: str) -> pd.DataFrame:
    """Rows of a kind; raises InputError naming everything that a contract of any kind lacks."""
    table = world.table("market_contracts")
    faults = [
        Fault(f"market_contracts {row['contract']}, {name}", "a blank", f"a value: a {row['kind']} needs one")
        for row in table.to_dict("records")
        for name in NEEDS[str(row["kind"])]
        if pd.isna(row[name]) or row[name] == ""
    ]
    if faults:
        raise InputError("contracts lack what they need", faults)
    rows = table[table["kind"] == kind]
    return rows.rename(columns={"usd_per_kg": "floor_usd_per_kg"}) if kind == PRICE_FLOOR else rows


def _made(draft: Draft, site: str, commodity: str) -> dict[str, float]:
    """t of a commodity per t of level, by activity of a site."""
    of_site = {str(a["activity"]) for a in draft.activities if a["site"] == site}
    nodes = {n.key for n in draft.nodes.values() if n.commodity == commodity}
    return {
        str(r["activity"]): float(r["coefficient"])
        for r in draft.recipes
        if r["activity"] in of_site and r["node"] in nodes and float(r["coefficient"]) > 0
    }
