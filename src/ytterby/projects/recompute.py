"""Published studies re-computed from their own printed inputs on one engine, before and after tax apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan

import numpy as np
import pandas as pd

from ytterby.projects.bands import Move, open_conventions, span
from ytterby.projects.cashflow import flows
from ytterby.projects.finance import irr, npv
from ytterby.projects.printed import (
    NET_CASH,
    NET_CASH_TAXED,
    Convention,
    Printed,
    complete_inputs,
    conventions,
    printed_plan,
    under,
)
from ytterby.projects.register import studies
from ytterby.projects.settings import number, ramp_levels
from ytterby.world.load import World

NPV_TOLERANCE = 0.15
"""A value counts as met within this share of the published one."""
IRR_TOLERANCE = 3.0
"""A rate of return counts as met within these percentage points."""
CASH_TOLERANCE = 0.05
"""Undiscounted cash counts as the same within this share."""
BASES = ("pre-tax", "post-tax")


@dataclass(frozen=True)
class Recomputed:
    """A study's value from its own printed inputs, beside what it printed."""

    study: str
    basis: str
    """pre-tax or post-tax, as printed."""
    npv_musd: float
    published_npv_musd: float
    irr_pct: float
    published_irr_pct: float
    npv_low_musd: float
    npv_high_musd: float
    """Ends of the band of what is not printed: every such input at its worst, and at its best, all together."""
    irr_low_pct: float
    irr_high_pct: float
    moves: tuple[Move, ...]
    """What each input that is not printed moves alone, the largest first."""
    closest: str
    """The convention that brings the rate of return (or the value, where no rate is printed) closest."""
    tried: Mapping[str, tuple[float, float]]
    """Value and rate of return under each convention that applies."""
    margin_basis: str
    margin_of: str
    """What the study calls its margin."""
    cash_musd: float
    """Undiscounted cash flow as computed, on the basis for which the study prints one."""
    published_cash_musd: float
    """The same as printed; NaN where it is not."""
    assumed: tuple[str, ...]
    """Inputs that the study does not print and that were filled by rule, never from the NPV."""
    unprinted: tuple[str, ...]
    """What the rule of complete inputs asks for and the study does not print, on this basis; empty: complete."""

    @property
    def npv_error(self) -> float:
        """Computed over published NPV, less one."""
        return self.npv_musd / self.published_npv_musd - 1.0

    @property
    def npv_met(self) -> bool:
        """Whether the value lies within the tolerance."""
        return abs(self.npv_error) <= NPV_TOLERANCE

    @property
    def irr_met(self) -> bool | None:
        """Whether the rate of return lies within the tolerance; None where none is printed."""
        if isnan(self.published_irr_pct):
            return None
        return abs(self.irr_pct - self.published_irr_pct) <= IRR_TOLERANCE

    @property
    def npv_inside(self) -> bool:
        """Whether the published value lies in the band of what is not printed."""
        return self.npv_low_musd <= self.published_npv_musd <= self.npv_high_musd

    @property
    def irr_inside(self) -> bool | None:
        """Whether the published rate lies in the band of what is not printed; None where none is printed."""
        if isnan(self.published_irr_pct):
            return None
        return self.irr_low_pct <= self.published_irr_pct <= self.irr_high_pct

    @property
    def reason(self) -> str:
        """Why a value or rate is missed; blank where both are met."""
        if self.npv_met and self.irr_met is not False:
            return ""
        inside = self.npv_inside and self.irr_inside is not False
        text = "inside" if inside else "outside"
        text += " the band of what is not printed; closest: " + self.closest
        largest = [
            f"{m.name} {100 * (m.npv_low_musd / self.npv_musd - 1):+.0f} to "
            f"{100 * (m.npv_high_musd / self.npv_musd - 1):+.0f} % of the value"
            for m in self.moves[:3]
        ]
        if largest and self.npv_musd > 0:
            text += "; not printed: " + ", ".join(largest)
        if not isnan(self.published_cash_musd):
            ratio = self.cash_musd / self.published_cash_musd
            where = "in when the cash falls" if abs(ratio - 1) <= CASH_TOLERANCE else "in costs that are not printed"
            text += f"; undiscounted cash is {ratio:.2f} of the printed: the difference lies {where}"
        return text


def recompute(world: World) -> list[Recomputed]:
    """Re-compute every study with complete printed inputs, once for each basis that it prints a value for.

    Nothing is taken from the published value or rate of return. Beside the value stand the ends that it reaches
    when one convention that the study leaves open is changed: they say whether a difference can be one of
    convention.
    """
    return _studies(world, complete=True)


def partly_printed(world: World) -> list[Recomputed]:
    """Re-compute studies that print the margin of their first years only, the last margin held to the end.

    Shown beside the complete ones, never counted with them.
    """
    return _studies(world, complete=False)


def left_out(world: World) -> pd.DataFrame:
    """Return the studies with a printed value that are not complete: study, published_npv_musd, missing."""
    rows = []
    for row in studies(world).to_dict("records"):
        if isnan(number(row["npv_musd"])) or not str(row["deposit"] or row["country"]):
            continue
        plan = printed_plan(world, {str(k): v for k, v in row.items()})
        if isinstance(plan, str):
            rows.append((str(row["study"]), float(row["npv_musd"]), plan))
    return pd.DataFrame(rows, columns=["study", "published_npv_musd", "missing"])


def counts(results: Sequence[Recomputed]) -> pd.DataFrame:
    """Count how many values and rates are met, as computed and with one convention changed for all.

    Columns: basis, convention, npv_met, npv_of, irr_met, irr_of. The first row of each basis is the one that
    counts; the others show what the conventions are worth.
    """
    rows = []
    for basis in BASES:
        group = [r for r in results if r.basis == basis]
        for name in dict.fromkeys(n for r in group for n in r.tried):
            pairs = [(r, *r.tried.get(name, r.tried["as computed"])) for r in group]
            rated = [(r, v) for r, _, v in pairs if not isnan(r.published_irr_pct)]
            value = sum(abs(v / r.published_npv_musd - 1.0) <= NPV_TOLERANCE for r, v, _ in pairs)
            rate = sum(abs(v - r.published_irr_pct) <= IRR_TOLERANCE for r, v in rated)
            rows.append((basis, name, value, len(pairs), rate, len(rated)))
    return pd.DataFrame(rows, columns=["basis", "convention", "npv_met", "npv_of", "irr_met", "irr_of"])


def completeness(world: World, results: Sequence[Recomputed]) -> pd.DataFrame:
    """Count the met values of complete studies, of all, and of those that print each input that the rule asks for.

    The rule (setting project-complete-inputs) looks at what is printed, never at the error. Columns: basis,
    studies, npv_met, npv_of, irr_met, irr_of, npv_inside, irr_inside (published value inside the band of what is
    not printed).
    """
    rows = []
    for basis in BASES:
        own = [r for r in results if r.basis == basis]
        groups = {
            "complete": [r for r in own if not r.unprinted],
            "one input short": [r for r in own if len(r.unprinted) == 1],
            "margin from a printed cash flow": [r for r in own if r.margin_of in (NET_CASH, NET_CASH_TAXED)],
            "all": own,
        }
        for words in complete_inputs(world).values():
            if basis == "post-tax" or words != complete_inputs(world).get("tax_pct"):
                groups[f"that print {words}"] = [r for r in own if words not in r.unprinted]
        for name, group in groups.items():
            rated = [r for r in group if r.irr_met is not None]
            counted = (sum(r.npv_met for r in group), len(group), sum(bool(r.irr_met) for r in rated), len(rated))
            inside = (sum(r.npv_inside for r in group), sum(bool(r.irr_inside) for r in rated))
            rows.append((basis, name, *counted, *inside))
    columns = ["basis", "studies", "npv_met", "npv_of", "irr_met", "irr_of", "npv_inside", "irr_inside"]
    return pd.DataFrame(rows, columns=columns)


def _studies(world: World, complete: bool) -> list[Recomputed]:
    out = []
    ramp = ramp_levels(world)
    listed, untaxed = conventions(world), complete_inputs(world).get("tax_pct", "")
    margins = world.table("study_margins")
    for entry in studies(world).to_dict("records"):
        row = {str(k): v for k, v in entry.items()}
        own = margins[margins["study"] == row["study"]]
        plan = printed_plan(world, row)
        if isinstance(plan, str):
            if complete or not len(own) or not plan.startswith("not printed: margin after year"):
                continue
            held = {**row, "life_y": float(own["last_year"].max())}
            short = printed_plan(world, held)
            if isinstance(short, str):
                continue
            rest = round(number(row["life_y"])) - len(short.margins)
            plan = replace(short, margins=(*short.margins, *[short.margins[-1]] * rest))
        elif not complete:
            continue
        for basis, value, rate in _published(row):
            if plan.taxed and basis == "pre-tax":
                continue
            out.append(_one(plan, basis, value, rate, listed, ramp, untaxed))
    return out


def _published(row: dict[str, object]) -> list[tuple[str, float, float]]:
    """Value and rate of return by basis, as printed."""
    found = []
    for basis, short in zip(BASES, ("pretax", "posttax"), strict=True):
        value, rate = (number(row[f"{k}_{short}_{u}"]) for k, u in (("npv", "musd"), ("irr", "pct")))
        if not isnan(value):
            found.append((basis, value, rate))
    return found


def _one(
    plan: Printed,
    basis: str,
    value: float,
    rate: float,
    listed: list[Convention],
    ramp: tuple[float, ...],
    untaxed: str,
) -> Recomputed:
    def at(changed: Printed) -> tuple[float, float]:
        net = flows(changed.mine(basis))["net"][0]
        return float(npv(changed.discount, net, changed.timing)) / 1e6, 100.0 * irr(net)

    base = at(plan)
    opened = [(c, at(under(plan, c, ramp))) for c in open_conventions(plan, basis, listed)]
    band = span(plan, ramp, opened, base, at)
    tried = {"as computed": base, **{c.name: worth for c, worth in opened}}
    values, rates = (np.array([pair[k] for pair in tried.values()]) for k in (0, 1))
    away = np.abs(values / value - 1.0) if isnan(rate) else np.abs(rates - rate)
    return Recomputed(
        study=plan.study,
        basis=basis,
        npv_musd=base[0],
        published_npv_musd=value,
        irr_pct=base[1],
        published_irr_pct=rate,
        npv_low_musd=band.npv_low_musd,
        npv_high_musd=band.npv_high_musd,
        irr_low_pct=band.irr_low_pct,
        irr_high_pct=band.irr_high_pct,
        moves=band.moves,
        closest=list(tried)[int(np.nanargmin(away))],
        tried=tried,
        margin_basis=plan.margin_basis,
        margin_of=plan.margin_of,
        cash_musd=float("nan") if isnan(plan.cash) else float(flows(plan.mine(plan.cash_basis))["net"].sum()) / 1e6,
        published_cash_musd=plan.cash,
        assumed=plan.assumed,
        unprinted=tuple(w for w in plan.unprinted if basis == "post-tax" or w != untaxed),
    )
