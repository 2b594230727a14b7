"""Many origins, destinations and forms at once, for the market."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ytterby.routes.cases import Case, CaseBook, Closures
from ytterby.routes.shortest import arcs_back, nearest_states, shortest_trees

MATRIX_COLUMNS = [
    "origin", "destination", "form", "usd_per_t", "low", "high", "interest_usd_per_t", "days", "days_low",
    "days_high", "risk", "kg_co2e_per_t", "lawful", "countries", "legs", "reason",
]  # fmt: skip


def matrix_of_form(
    book: CaseBook,
    origins: list[str],
    starts: list[str],
    destinations: list[str],
    ends: list[str],
    form: str,
    shut: Closures,
) -> pd.DataFrame:
    """Return the cheapest lawful ways for one form; names as asked and as hubs (starts, ends)."""
    shape = (len(starts), len(ends))
    sums = {name: np.zeros(shape) for name in ("usd", "low", "high", "days", "days_low", "days_high", "log", "co2")}
    lawful = np.zeros(shape, dtype=bool)
    countries: list[list[dict[str, None]]] = [[{} for _ in ends] for _ in starts]
    legs: list[list[list[str]]] = [[[] for _ in ends] for _ in starts]
    groups: dict[int, tuple[Case, list[tuple[int, int]]]] = {}
    for i, a in enumerate(starts):
        for j, b in enumerate(ends):
            case = book.case(a, b, form, shut, None)
            groups.setdefault(id(case), (case, []))[1].append((i, j))
    reasons = np.full(shape, "", dtype=object)
    for case, pairs in groups.values():
        rows, columns = sorted({i for i, _ in pairs}), sorted({j for _, j in pairs})
        asked = np.zeros((len(rows), len(columns)), dtype=bool)
        for i, j in pairs:
            asked[rows.index(i), columns.index(j)] = True
        trees = shortest_trees(
            case.network,
            book.generalised(case),
            case.costs.open,
            [book.network.hub_index[starts[i]] for i in rows],
        )
        states, least = nearest_states(case.network, trees, [book.network.hub_index[ends[j]] for j in columns])
        least = np.where(asked, least, np.inf)
        r, c, arcs = arcs_back(trees, states, least)
        gr, gc = np.array(rows)[r], np.array(columns)[c]
        costs = case.costs
        for name, value in (
            ("usd", costs.usd[0]),
            ("low", costs.usd[1]),
            ("high", costs.usd[2]),
            ("days", costs.mean_days),
            ("days_low", costs.days[0]),
            ("days_high", costs.days[1]),
            ("log", costs.log_pass),
            ("co2", costs.kg_co2e),
        ):
            np.add.at(sums[name], (gr, gc), value[arcs])
        rides = case.network.carriage[arcs]
        for i, j, ride in zip(gr.tolist()[::-1], gc.tolist()[::-1], rides.tolist()[::-1], strict=True):
            if ride >= 0:
                carriage = book.network.carriages[ride]
                countries[i][j].update(dict.fromkeys(carriage.countries))
                legs[i][j].extend(carriage.legs)
        for i, j in pairs:
            lawful[i, j] = bool(np.isfinite(least[rows.index(i), columns.index(j)]))
            if not lawful[i, j]:
                reasons[i, j] = " | ".join(book.no_way(case, starts[i], ends[j]).reasons)
    for value in sums.values():
        value[~lawful] = np.nan
    interest = book.form(form).usd_per_t * book.interest_rate * sums["days"] / 365.0
    flat = {
        "origin": np.repeat(np.array(origins, dtype=object), len(ends)),
        "destination": np.tile(np.array(destinations, dtype=object), len(starts)),
        "form": form,
        "usd_per_t": sums["usd"].ravel(),
        "low": sums["low"].ravel(),
        "high": sums["high"].ravel(),
        "interest_usd_per_t": interest.ravel(),
        "days": sums["days"].ravel(),
        "days_low": sums["days_low"].ravel(),
        "days_high": sums["days_high"].ravel(),
        "risk": np.where(lawful, 1 - np.exp(-sums["log"]), 1.0).ravel(),
        "kg_co2e_per_t": sums["co2"].ravel(),
        "lawful": lawful.ravel(),
        "countries": [tuple(c) for row in countries for c in row],
        "legs": [tuple(x) for row in legs for x in row],
        "reason": reasons.ravel(),
    }
    return pd.DataFrame(flat, columns=MATRIX_COLUMNS)
