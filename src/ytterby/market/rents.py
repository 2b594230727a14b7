"""Who earns what scarcity makes: duals of capacities, minima, link allowances and quotas, with their holders."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.chain.network import HELD, STOCK, Network
from ytterby.market.arrays import MONEY, Arrays
from ytterby.market.simplex import Vertex

COLUMNS = [
    "kind",
    "key",
    "holder",
    "place",
    "instrument",
    "quantity_t",
    "rent_usd_per_t",
    "rent_usd",
    "source",
]


def rents(network: Network, arrays: Arrays, vertex: Vertex) -> pd.DataFrame:
    """Every bound that earns or costs something, largest first.

    Kinds: capacity, minimum (negative: output that a state sets and the market would not), allowance (of a link:
    licence or transit), quota (negative for a minimum). A capacity of instrument ``stock of users`` is a step of their
    stock: by how much the price has risen above what that step was worth to keep.
    """
    activities, links, quotas = network.activities, network.links, network.quotas
    worth = -MONEY * vertex.reduced_cost
    gain, x = worth[arrays.activities], vertex.x[arrays.activities]
    scarce = (gain > 0) & np.isfinite(activities["capacity_t"].to_numpy(float)) & (x > 0)
    forced = (gain < 0) & (activities["minimum_t"].to_numpy(float) > 0)
    toll, flow = worth[arrays.links], vertex.x[arrays.links]
    allowed = (toll > 0) & np.isfinite(links["capacity_t"].to_numpy(float)) & (flow > 0)
    parts = [
        _rows(
            activities[scarce],
            "capacity",
            "activity",
            activities["kind"][scarce].map({STOCK: HELD}).fillna(""),
            x[scarce],
            gain[scarce],
            "capacity_source",
        ),
        _rows(
            activities[forced],
            "minimum",
            "activity",
            "minimum output",
            x[forced],
            gain[forced],
            "capacity_source",
        ),
        _rows(
            links[allowed],
            "allowance",
            "link",
            links["decision"][allowed],
            flow[allowed],
            toll[allowed],
            "source",
        ),
    ]
    if len(quotas) and len(vertex.price) > arrays.n_nodes:
        dual = -MONEY * vertex.price[arrays.n_nodes :]
        bound = np.abs(dual) > 0
        limit = quotas["limit_t"].to_numpy(float)
        parts.append(
            _rows(
                quotas[bound],
                "quota",
                "quota",
                quotas["instrument"][bound],
                limit[bound],
                dual[bound],
                "source",
            )
        )
    table = (
        pd.concat([p for p in parts if len(p)], ignore_index=True)
        if any(len(p) for p in parts)
        else pd.DataFrame(columns=COLUMNS)
    )
    table = table[np.abs(table["rent_usd_per_t"].astype(float)) > 1e-6]
    size = -table["rent_usd"].astype(float).abs()
    return table.iloc[np.lexsort((table["key"], table["kind"], size))].reset_index(drop=True)


def _rows(
    table: pd.DataFrame,
    kind: str,
    key: str,
    instrument: str | pd.Series,
    quantity: np.ndarray,
    rent: np.ndarray,
    source: str,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": kind,
            "key": table[key].to_numpy(object),
            "holder": table["holder"].to_numpy(object),
            "place": table["place"].to_numpy(object) if "place" in table else "",
            "instrument": instrument if isinstance(instrument, str) else instrument.to_numpy(object),
            "quantity_t": quantity,
            "rent_usd_per_t": rent,
            "rent_usd": quantity * rent,
            "source": table[source].to_numpy(object),
        },
        columns=COLUMNS,
    )
