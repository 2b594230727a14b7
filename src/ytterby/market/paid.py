"""Two prices of one product at one place: what one tonne more costs, and what buyers paid for what they got.

Permits are held by buyers who may not sell them on: a licence belongs to the buyers at the end of its link, a limit to
the one whom its row names. A holder pays what the goods cost where they come from, freight and duty, and keeps the
rent; everybody else pays the price. So with flows f, the rents r of permits that buyers hold, and what is made there m,

    marginal  lambda
    paid      (sum_l (lambda - r_l) f_l + lambda m) / (sum_l f_l + m)

and the two are one where no permit earns a rent. Both stand at the place's market: freight and duty paid, net of VAT.
Stock that users draw was bought before, and counts in neither.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.chain.network import ACCEPT, STOCK

Array = npt.NDArray[np.float64]

BUYERS = "buyers"
"""Holders of a limit whose name begins so are the buyers at the end of the link."""
AGREE = 1e-3
"""Relative difference below which the two prices are one."""


def paid_prices(
    tables: Mapping[str, pd.DataFrame], level_t: Array, flow_t: Array, usd_per_t: Array, rent_usd_per_t: Array
) -> tuple[Array, Array]:
    """Return what was paid at every node, USD/t, and the t that came under a permit which earns its buyer a rent.

    ``level_t`` (A,), ``flow_t`` (L,), ``usd_per_t`` (N,) and ``rent_usd_per_t`` of the quotas (Q,) are in the order of
    ``tables``, the network's by name. NaN where nothing was bought.
    """
    nodes, links, activities, recipes = tables["nodes"], tables["links"], tables["activities"], tables["recipes"]
    node, activity = pd.Index(nodes["node"]), pd.Index(activities["activity"])
    start, end = node.get_indexer(links["from_node"]), node.get_indexer(links["to_node"])
    kept, all_rents = _link_rents(tables, rent_usd_per_t)
    toll = links["cost_usd_per_t"].to_numpy(float) + links["duty_usd_per_t"].to_numpy(float)
    allowance = np.maximum(usd_per_t[end] - usd_per_t[start] - toll - all_rents, 0.0)
    own = np.where(np.isfinite(links["capacity_t"].to_numpy(float)), allowance, 0.0) + kept
    at, by = node.get_indexer(recipes["node"]), activity.get_indexer(recipes["activity"])
    moved = recipes["coefficient"].to_numpy(float) * level_t[by]
    kind = activities["kind"].to_numpy(object)[by]
    count = len(node)
    here = np.where((moved > 0) & (kind != ACCEPT) & (kind != STOCK), moved, 0.0)
    t = np.bincount(at, here, count) + np.bincount(end, flow_t, count)
    saved = np.bincount(end, flow_t * own, count)
    held = np.bincount(end, np.where(own > AGREE * np.abs(usd_per_t[end]), flow_t, 0.0), count)
    paid = usd_per_t - np.divide(saved, t, out=np.zeros(count), where=t > 0)
    share = np.divide(held, t, out=np.zeros(count), where=t > 0)
    handed = _handed_on(tables, at, by, moved, kind)
    if len(handed):
        known = t[handed["of"]] > 0
        handed = handed[known]
        of, to, amount = (handed[c].to_numpy() for c in ("of", "to", "t"))
        more = np.bincount(to, amount, count)
        spent = np.bincount(to, amount * (usd_per_t[of] - paid[of]), count)
        mixed = np.bincount(to, amount * share[of], count)
        both = t + more
        paid = usd_per_t - np.divide(saved + spent, both, out=np.zeros(count), where=both > 0)
        held, t = held + mixed, both
    return np.where(t > 0, paid, np.nan).astype(float), held.astype(float)


def _link_rents(tables: Mapping[str, pd.DataFrame], rent_usd_per_t: Array) -> tuple[Array, Array]:
    """Rents per t of flow of the limits on each link (L,): those that buyers hold, and all."""
    members = tables["quota_members"][tables["quota_members"]["kind"] == "link"]
    quota = pd.Index(tables["quotas"]["quota"]).get_indexer(members["quota"])
    link = pd.Index(tables["links"]["link"]).get_indexer(members["member"])
    charge = members["weight"].to_numpy(float) * rent_usd_per_t[quota]
    theirs = tables["quotas"]["holder"].astype(str).str.startswith(BUYERS).to_numpy(bool)[quota]
    theirs &= tables["quotas"]["sense"].eq("max").to_numpy(bool)[quota]
    count = len(tables["links"])
    own = np.bincount(link, np.where(theirs, charge, 0.0), count).astype(float)
    return own, np.bincount(link, charge, count).astype(float)


def _handed_on(
    tables: Mapping[str, pd.DataFrame], at: np.ndarray, by: np.ndarray, moved: Array, kind: np.ndarray
) -> pd.DataFrame:
    """What is handed on under another tag: rows of, to (nodes), t."""
    table = pd.DataFrame({"by": by, "at": at, "t": moved})[kind == ACCEPT]
    given, got = table[table["t"] < 0], table[table["t"] > 0]
    both = given.merge(got, on="by", suffixes=("_of", "_to"))
    both = both[tables["nodes"]["commodity"].to_numpy(object)[both["at_of"]] ==
                tables["nodes"]["commodity"].to_numpy(object)[both["at_to"]]]  # fmt: skip
    return pd.DataFrame({"of": both["at_of"], "to": both["at_to"], "t": both["t_to"]})
