"""The balanced year: tidy tables of flows and residuals, and questions to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ytterby.balance.evidence import BAND
from ytterby.balance.expectations import residual
from ytterby.balance.unknowns import Form, value
from ytterby.world.elements import LANTHANIDES_AND_Y

if TYPE_CHECKING:
    from ytterby.balance.least_squares import Estimate
    from ytterby.balance.reconcile import Problem

STAGE = {
    "mine": "mine", "unrecorded": "mine", "feed": "mine", "concentrate-build": "mine", "concentrate-draw": "mine",
    "separated": "separation", "separation-loss": "separation", "oxide-trade": "separation", "surplus": "separation",
    "recycled": "separation", "metal": "metal", "metal-trade": "metal", "magnet-feed": "magnet", "magnets": "magnet",
    "magnet-trade": "magnet", "swarf-lost": "magnet", "magnet-use": "use", "use": "use",
}  # fmt: skip
"""Stage of the chain at which each kind of flow stands."""

NOTES = (
    "not identified: oxide trade by element and pair (customs seldom go below the 4-digit heading): assumed shares",
    "not identified: use of oxides by end use outside magnets; by element and place it is what supply leaves",
    "not identified: use and stocks of Sm, Eu, Gd, Ho to Lu and Y apart; no world figure by element was found",
    "not identified: La and Ce used and unsold apart; one Chinese account of 2020 and two shares of total use decide",
    "not identified: magnet grades; Dy and Tb by place follow one mean composition within its spread",
    "not identified: undeclared mining in China; no figure sees it, the balance leaves what it leaves",
    "ore vectors, recoveries and yields are held at their points: the bands leave them out",
    "the USGS figure for China is the mining quota: the two are not independent",
)
"""Said under every balance."""


WHOLE = {
    **dict.fromkeys(("mine", "unrecorded", "feed", "concentrate-build", "concentrate-draw"), "concentrate"),
    **dict.fromkeys(("magnets", "magnet-trade", "magnet-use"), "ndfeb"),
    "swarf-lost": "scrap",
}
"""Commodities that are not told apart by element; ndfeb stands for all grades of the commodities table together."""


def commodity(kind: str, element: str, singly: bool = True) -> str:
    """Name of the commodity of a flow, as in the commodities table; ``singly``: is the oxide split from its group?"""
    if kind in WHOLE:
        return WHOLE[kind]
    form = "metal" if kind in ("metal-trade", "magnet-feed") else "oxide"
    if element in ("Nd", "Pr"):
        return f"ndpr-{form}"
    if kind == "surplus" and element in ("La", "Ce"):
        return "lace-carbonate"
    if form == "oxide" and not singly:
        return "seg-heavy"
    return f"{element.lower()}-{form}"


@dataclass(frozen=True)
class BalancedYear:
    """One year in which everything that goes in comes out. All oxides in t REO, magnets in t of finished magnet."""

    year: int
    flows: pd.DataFrame
    """kind, stage, country, place, destination, ore, commodity, element, t, low, high (90 % band), prior, adjustment,
    status: 'observed' (a figure of its own), 'inferred', 'weak' (band wider than half of the value),
    'unrecorded' (mined, but in no national statistic), 'zero'."""
    residuals: pd.DataFrame
    """observation, series, area, destination, item, year, publisher, unit, observed, fitted, adjustment, sigma, weight,
    standardised, status ('used', 'carried' from a neighbouring year, 'left out', 'older vintage', 'context'), reason,
    source, confidence."""
    summary: Mapping[str, float]
    """chi_square, figures, expectations, unknowns, balances, worst_balance (relative), rounds."""
    totals: pd.DataFrame
    """total, t, low, high."""
    notes: tuple[str, ...] = NOTES
    """What the figures cannot tell apart."""

    def by(self, *columns: str, **where: str) -> pd.Series:
        """Sum of flows by columns, for rows where columns have these values.

        >>> balanced.by("country", stage="mine", kind="mine")  # doctest: +SKIP
        """
        rows = self.flows
        for column, wanted in where.items():
            rows = rows[rows[column] == wanted]
        if not columns:
            return pd.Series({"t": float(rows["t"].sum())})
        return rows.groupby(list(columns), sort=True)["t"].sum()

    def _sum(self, kinds: tuple[str, ...], **where: str | None) -> float:
        rows = self.flows[self.flows["kind"].isin(kinds)]
        for column, wanted in where.items():
            if wanted is not None:
                rows = rows[rows[column] == wanted]
        return float(rows["t"].sum())

    def mined(self, country: str | None = None, ore: str | None = None, *, unrecorded: bool = True) -> float:
        """Mined, t REO; country as ISO3 (or "other"); with what no national statistic records unless told not to."""
        kinds = ("mine", "unrecorded") if unrecorded else ("mine",)
        return self._sum(kinds, country=country, ore=ore)

    def feed(self, place: str | None = None, country: str | None = None, ore: str | None = None) -> float:
        """Concentrate that comes to the separators of a place, t REO."""
        return self._sum(("feed",), destination=place, country=country, ore=ore)

    def separated(self, place: str | None = None, commodity: str | None = None) -> float:
        """Output of the separators of a place, t REO; commodities la-oxide ... y-oxide, ndpr-oxide, seg-heavy,

        and lace-carbonate: the part of La and Ce that is left unsold (it is inside la-oxide and ce-oxide as well).
        """
        if commodity == "lace-carbonate":
            return self._sum(("surplus",), place=place, commodity=commodity)
        return self._sum(("separated",), place=place, commodity=commodity)

    def recycled(self, place: str | None = None, commodity: str | None = None) -> float:
        """Oxides won from magnet swarf and scrap, t REO."""
        return self._sum(("recycled",), place=place, commodity=commodity)

    def surplus(self, place: str | None = None, commodity: str | None = None) -> float:
        """Oxides unsold, stocked or discarded, t REO."""
        return self._sum(("surplus",), place=place, commodity=commodity)

    def metal(self, place: str | None = None, element: str | None = None) -> float:
        """Oxide reduced to metal for magnets, t REO fed (times the metal-yield parameter it is REO of metal)."""
        return self._sum(("metal",), place=place, element=element)

    def magnets(self, place: str | None = None) -> float:
        """Finished NdFeB magnets made, t."""
        return self._sum(("magnets",), place=place)

    def magnet_feed(self, place: str | None = None, element: str | None = None) -> float:
        """Rare earths that enter magnet making, t REO equivalent, process scrap included."""
        return self._sum(("magnet-feed",), place=place, element=element)

    def use(self, place: str | None = None, commodity: str | None = None) -> float:
        """Used: oxides outside magnets in t REO by commodity, or "ndfeb" for finished magnets in t."""
        if commodity == "ndfeb":
            return self._sum(("magnet-use",), place=place)
        return self._sum(("use",), place=place, commodity=commodity)

    def trade(self, kind: str) -> pd.DataFrame:
        """Flows between places of one kind: feed, oxide-trade, metal-trade or magnet-trade."""
        rows = self.flows[self.flows["kind"] == kind]
        return rows[["country", "place", "destination", "ore", "commodity", "element", "t", "low", "high", "status"]]


def tabulate(
    problem: Problem, estimate: Estimate, scales: NDArray[np.float64], dropped: frozenset[str]
) -> BalancedYear:
    """Turn a solved problem into tables."""
    from ytterby.balance.reconcile import problem_totals

    flows = _flows(problem, estimate)
    residuals = _residuals(problem, estimate, dropped)
    used = residuals[residuals["status"].isin(["used", "carried"])]
    worst = max(_relative(form, estimate.x) for _, form in problem.exact)
    pulls = [value(residual(e), estimate.x) / e.sigma(s) for e, s in zip(problem.expected, scales, strict=True)]
    summary = {
        "chi_square": float((used["standardised"] ** 2).sum()),
        "figures": float(len(used)),
        "chi_square_of_expectations": float(sum(p * p for p in pulls)),
        "expectations": float(len(pulls)),
        "unknowns": float(len(problem.u.keys)),
        "balances": float(len(problem.exact)),
        "worst_balance": worst,
        "rounds": float(estimate.rounds),
    }
    totals = []
    for name, form in problem_totals(problem).items():
        t, half = value(form, estimate.x), BAND * _form_error(form, estimate)
        totals.append((name, t, max(t - half, 0.0), t + half))
    return BalancedYear(
        problem.year, flows, residuals, summary, pd.DataFrame(totals, columns=["total", "t", "low", "high"])
    )


def _relative(form: Form, x: NDArray[np.float64]) -> float:
    size = float(sum(abs(c * x[i]) for i, c in form.items()))
    return abs(value(form, x)) / max(size, 1.0)


def _form_error(form: Form, estimate: Estimate) -> float:
    vector = np.zeros(len(estimate.x))
    for i, c in form.items():
        vector[i] = c
    variance = float(vector @ estimate.covariance @ vector)
    return math.sqrt(max(variance, 0.0))


def _flows(problem: Problem, estimate: Estimate) -> pd.DataFrame:
    frame = problem.u.frame()
    x, error = estimate.x, estimate.standard_error
    separators = problem.structure.separators
    frame["stage"] = frame["kind"].map(STAGE)
    mines = frame["stage"] == "mine"
    frame["country"] = frame["origin"].where(mines, "")
    frame["place"] = [problem.structure.zone(o) if m else o for o, m in zip(frame["origin"], mines, strict=True)]
    frame["commodity"] = [
        commodity(k, e, e in separators.get(o, LANTHANIDES_AND_Y) or k in ("use", "metal", "recycled"))
        for k, o, e in zip(frame["kind"], frame["origin"], frame["element"], strict=True)
    ]
    frame["t"] = x
    frame["low"] = np.maximum(x - BAND * error, 0.0)
    frame["high"] = x + BAND * error
    frame["prior"] = _priors(problem, x)
    frame["adjustment"] = frame["t"] - frame["prior"]
    alone = {next(iter(m.form)) for m in problem.measures if m is not None and m.per is None and len(m.form) == 1}
    wide = BAND * error > 0.5 * np.maximum(x, 1e-9)
    status = np.where(wide, "weak", "inferred")
    status = np.where(frame.index.isin(alone), "observed", status)
    status = np.where(estimate.at_zero, "zero", status)
    frame["status"] = np.where(frame["kind"].eq("unrecorded"), "unrecorded", status)
    columns = ["kind", "stage", "country", "place", "destination", "ore", "commodity", "element", "t", "low", "high"]
    return frame[[*columns, "prior", "adjustment", "status"]]


def _priors(problem: Problem, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What was expected of each flow: the newest figure times the ore's share for mines, else share times base."""
    prior = np.full(len(x), np.nan)
    for e in problem.expected:
        if len(e.flow) == 1:
            prior[next(iter(e.flow))] = e.share * value(e.base, x)
    newest: dict[str, float] = {}
    for seen in sorted(problem.evidence, key=lambda s: (s.publisher == "USGS", s.publisher)):
        if seen.series == "mine-production":
            newest[seen.area] = seen.target
    shares = {(r.origin, r.item): r.share for r in problem.structure.kind("mine")}
    for i, (kind, origin, _, ore, _) in enumerate(problem.u.keys):
        if kind == "mine" and origin in newest:
            prior[i] = newest[origin] * shares[(origin, ore)]
    return prior


def _residuals(problem: Problem, estimate: Estimate, dropped: frozenset[str]) -> pd.DataFrame:
    rows = []
    for seen, meant in zip(problem.evidence, problem.measures, strict=True):
        assert meant is not None
        fitted = value(meant.form, estimate.x)
        if meant.per is not None:
            below = value(meant.per, estimate.x)
            fitted = fitted / below if below else float("nan")
        status = "carried" if seen.year != problem.year else "used"
        status = "left out" if seen.observation in dropped else status
        rows.append(
            (
                seen.observation, seen.series, seen.area, seen.destination, seen.item, seen.year, seen.publisher,
                seen.unit, seen.target, fitted, fitted - seen.target, seen.sigma, seen.sigma**-2,
                (fitted - seen.target) / seen.sigma, status, "", seen.source, seen.confidence,
            )
        )  # fmt: skip
    nan = float("nan")
    for kept in problem.aside:
        status = "older vintage" if kept.reason.startswith("older vintage") else "context"
        rows.append(
            (
                kept.observation, kept.series, "", "", "", kept.year, "", kept.unit, kept.value, nan, nan, nan, 0.0,
                nan, status, kept.reason, kept.source, "",
            )
        )  # fmt: skip
    names = [
        "observation", "series", "area", "destination", "item", "year", "publisher", "unit", "observed", "fitted",
        "adjustment", "sigma", "weight", "standardised", "status", "reason", "source", "confidence",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names).sort_values("observation", ignore_index=True)
