"""What a study prints of its plan, and the rules that fill what it does not print."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from math import isnan

import numpy as np
import numpy.typing as npt
import pandas as pd

from ytterby.projects.finance import Timing
from ytterby.projects.mine import Mine
from ytterby.projects.settings import number, ramp_levels, setting
from ytterby.world.choices import choice
from ytterby.world.load import World

PLAN_INPUTS = ("build_y", "ramp_y", "sustaining_musd", "working_capital_musd", "closure_musd", "tax_pct")
"""Columns of table ``study_plans`` that a convention can stand in for."""
FULL, AVERAGE, PHASE = "full output", "life average", "phase"
BEFORE_ROYALTY = "revenue less cost"
"""A margin of this kind has not paid a royalty yet; EBITDA and operating cash flow have."""
NET_CASH, NET_CASH_TAXED = "net cash before tax", "net cash after tax"
"""Margins from a printed undiscounted cash flow: later capital and closure are paid in them, in the second tax too."""


@dataclass(frozen=True)
class Convention:
    """One convention that studies differ in."""

    name: str
    what: str
    value: float
    printed_by: str
    """Column of table ``study_plans`` that prints this input; blank: no study at hand does."""


@dataclass(frozen=True)
class Printed:
    """A study's plan as printed, gaps filled by rule; money in M USD of the study year."""

    study: str
    capital: float
    margins: tuple[float, ...]
    """Yearly margin over the life, before ramp, the royalty paid."""
    margin_basis: str
    margin_of: str
    """What the study calls its margin."""
    build_y: int
    ramp: tuple[float, ...]
    rundown_y: int
    sustaining: float
    expansion: tuple[float, ...]
    """Capital of later stages by year of output."""
    working_capital: float
    closure: float
    tax: float
    """Fraction."""
    taxed: bool
    """Whether the margin has paid its tax: no value before tax can be computed of it."""
    depreciation_y: int
    depletion: tuple[float, ...]
    """Share of each year's margin that is deducted for the ore used up."""
    depletion_limit: float
    minimum_tax: float
    discount: float
    timing: Timing
    cash: float
    """Undiscounted cash flow as printed; NaN where it is not."""
    cash_basis: str
    assumed: tuple[str, ...]
    """What a rule filled, in words; never taken from the published value."""
    unprinted: tuple[str, ...]
    """Inputs of :func:`complete_inputs` that the study does not print."""
    given: frozenset[str]
    """Columns of table ``study_plans`` that the study fills, the schedule and the tax rate among them."""

    def mine(self, basis: str) -> Mine:
        """Return the plan as a mine that sells its margin: one unit of margin is one kg at 1 USD."""
        top, taxed = max(self.margins), basis == "post-tax" and not self.taxed
        path = [m / top for m in self.margins]
        for k in range(self.rundown_y):
            path[-1 - k] *= self.ramp[min(k, len(self.ramp) - 1)] if self.ramp else 1.0
        return Mine(
            name=self.study,
            ore_t_per_y=top * 1000.0,
            grade=1.0,
            recovery=1.0,
            products={"margin": 1.0},
            prices_usd_per_kg={"margin": 1.0},
            opex_usd_per_kg_treo=0.0,
            capex_usd=self.capital * 1e6,
            life_y=len(path),
            build_shares=(1.0 / self.build_y,) * self.build_y,
            ramp=self.ramp,
            grade_profile=tuple(path),
            sustaining_usd_per_y=self.sustaining * 1e6 / len(path),
            expansion_usd=tuple(amount * 1e6 for amount in self.expansion),
            closure_usd=self.closure * 1e6,
            tax=self.tax if taxed else 0.0,
            minimum_tax=self.minimum_tax if taxed else 0.0,
            depletion=self.depletion,
            depletion_limit=self.depletion_limit,
            depreciation_y=self.depreciation_y,
            working_capital_usd=self.working_capital * 1e6,
            discount=self.discount,
            timing=self.timing,
        )


def conventions(world: World) -> list[Convention]:
    """Return the conventions that studies differ in, as the world lists them."""
    rows = world.table("study_conventions").to_dict("records")
    return [Convention(str(r["name"]), str(r["what"]), float(r["value"]), str(r["printed_by"] or "")) for r in rows]


def complete_inputs(world: World) -> dict[str, str]:
    """Return what a complete study prints beside capital, life, rate and margins: column of study_plans to words."""
    items = [item.split("=") for item in choice(world, "project-complete-inputs").split("|")]
    return {item[0]: item[1] for item in items}


def printed_plan(world: World, row: dict[str, object]) -> Printed | str:
    """Return a study's plan, or say what it does not print.

    Rules for gaps, the same for all: capital in equal parts over the building years of the settings; a mean
    over the life is spread evenly, a mean that leaves out ramp-up is ramped as the settings say; no sustaining
    capital, working capital or closure where none is printed; the country's tax rate where none is printed,
    straight-line depreciation over the country's years. A margin that is revenue less operating cost pays a royalty on
    revenue, as printed, else the country's; one that is EBITDA or operating cash flow has paid it; where no revenue is
    printed none is charged. Depletion and a minimum tax only where printed. A margin that is net cash (a printed
    undiscounted cash flow and the initial capital, over the life) has paid royalty, later capital and closure.
    """
    study, margins = str(row["study"]), world.table("study_margins")
    mine = margins[margins["study"] == study].sort_values("first_year")
    plans = world.table("study_plans").set_index("study")
    plan = plans.loc[study].to_dict() if study in plans.index else {}

    def own(name: str, otherwise: float) -> float:
        value = number(plan.get(name))
        return otherwise if isnan(value) else value

    life, capital = number(row["life_y"]), own("capital_musd", number(row["capex_musd"]))
    discount = number(row["discount_pct"]) / 100.0
    missing = [n for n, v in (("capital", capital), ("life", life), ("discount rate", discount)) if isnan(v)]
    years = int(mine["last_year"].max()) if len(mine) else 0
    covered = int((mine["last_year"] - mine["first_year"] + 1).sum())
    if not len(mine):
        missing.append("margin (or output, price and unit cost)")
    elif not isnan(life) and covered < round(life):
        missing.append(f"margin after year {years} of {life:g}")
    if missing:
        return "not printed: " + ", ".join(missing)
    path, revenue = _by_year(mine, "margin_musd_per_y"), _by_year(mine, "revenue_musd_per_y")
    basis = str(mine["basis"].iloc[0])
    levels = ramp_levels(world)
    ramp_y = int(own("ramp_y", len(levels) if basis == FULL else 0))
    fiscal = world.table("fiscal_terms").set_index("country")
    named = str(row["country"]) in fiscal.index
    country = fiscal.loc[str(row["country"])].to_dict() if named else None
    tax = own("tax_pct", number(row["tax_pct"]))
    assumed, kind = [], str(mine["margin_of"].iloc[0])
    net, taxed = kind in (NET_CASH, NET_CASH_TAXED), kind == NET_CASH_TAXED
    if net:
        assumed.append("margin of the printed undiscounted cash flow, in equal years")
    if kind == BEFORE_ROYALTY:
        royalty, said = _royalty(number(row["royalty_pct"]), country, revenue)
        path = path - royalty
        assumed += said
    if isnan(number(plan.get("build_y"))):
        assumed.append(f"capital over {setting(world, 'project-build-years'):g} years")
    if ramp_y:
        assumed.append(f"ramp {', '.join(f'{v:g}' for v in levels[:ramp_y])}")
    tax, written_off, said = _tax(tax, country, years)
    assumed += [] if taxed else said
    none = [
        label
        for name, label in (
            ("sustaining_musd", "sustaining"),
            ("working_capital_musd", "working capital"),
            ("closure_musd", "closure"),
        )
        if isnan(number(plan.get(name)))
    ]
    if none and not net:
        assumed.append("no " + ", ".join(none))
    given = {name for name in PLAN_INPUTS if not isnan(number(plan.get(name)))}
    if net:
        given |= {"sustaining_musd", "closure_musd", *(("tax_pct",) if taxed else ())}
    if basis == PHASE and len(mine) > 1:
        given.add("ramp_y")  # the schedule itself is printed
    if not isnan(number(row["tax_pct"])):
        given.add("tax_pct")
    return Printed(
        study=study,
        capital=capital,
        margins=tuple(float(v) for v in path),
        margin_basis=basis,
        margin_of=kind,
        build_y=int(own("build_y", setting(world, "project-build-years"))),
        ramp=levels[:ramp_y],
        rundown_y=int(own("rundown_y", 0)),
        sustaining=own("sustaining_musd", 0.0),
        expansion=_expansion(own("expansion_musd", 0.0), own("expansion_y", 1.0)),
        working_capital=own("working_capital_musd", 0.0),
        closure=own("closure_musd", 0.0),
        tax=tax / 100.0,
        taxed=taxed,
        depreciation_y=written_off,
        depletion=tuple(float(d) for d in own("depletion_pct", 0.0) / 100.0 * np.nan_to_num(revenue / path)),
        depletion_limit=own("depletion_limit_pct", 100.0) / 100.0,
        minimum_tax=own("minimum_tax_pct", 0.0) / 100.0,
        discount=discount,
        timing=Timing(choice(world, "project-timing")),
        cash=own("cash_musd", float("nan")),
        cash_basis=str(plan.get("cash_basis") or ""),
        assumed=tuple(assumed),
        unprinted=tuple(words for column, words in complete_inputs(world).items() if column not in given),
        given=frozenset(given),
    )


def _tax(printed_pct: float, country: Mapping[Hashable, object] | None, years: int) -> tuple[float, int, list[str]]:
    """Rate of tax in per cent, years of depreciation, and what a rule filled, in words."""
    written_off = years if country is None else int(number(country["depreciation_y"]))
    said = [f"written off over {written_off} years"]
    if not isnan(printed_pct):
        return printed_pct, written_off, said
    pct = 0.0 if country is None else number(country["tax_pct"])
    return pct, written_off, [f"the country's tax of {pct:g} %", *said]


def _expansion(amount: float, year: float) -> tuple[float, ...]:
    """Capital of a later stage by year of output, M USD; empty where there is none."""
    return (*(0.0,) * (int(year) - 1), amount) if amount else ()


def _by_year(parts: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """A column of a study's margins by year of output; NaN where it is blank."""
    out = np.zeros(int(parts["last_year"].max()))
    for part in parts.to_dict("records"):
        out[int(part["first_year"]) - 1 : int(part["last_year"])] = number(part[column])
    return out


def _royalty(
    printed_pct: float, country: Mapping[Hashable, object] | None, revenue: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Royalty by year, M USD, on a revenue of shape (life,), and what a rule filled, in words."""
    pct = number(country["royalty_pct"]) if isnan(printed_pct) and country is not None else printed_pct
    if isnan(pct) or np.isnan(revenue).any():
        return np.zeros_like(revenue), ["no royalty"]
    return pct / 100.0 * revenue, [f"the country's royalty of {pct:g} %"] if isnan(printed_pct) else []


def under(plan: Printed, convention: Convention, ramp: tuple[float, ...]) -> Printed:
    """Return the plan with one convention changed; ``ramp`` are the levels of a two-year ramp."""
    return _CHANGES[convention.what](plan, convention.value, ramp)


def _front_loaded(plan: Printed, share: float) -> Printed:
    early = max(1, len(plan.margins) // 3)
    less = share * sum(plan.margins[:early]) / max(1e-9, sum(plan.margins[early:]))
    return replace(
        plan,
        margins=tuple(m * ((1 + share) if k < early else (1 - less)) for k, m in enumerate(plan.margins)),
    )


_CHANGES: Mapping[str, Callable[[Printed, float, tuple[float, ...]], Printed]] = {
    "build_y": lambda p, v, _: replace(p, build_y=int(v)),
    "ramp_y": lambda p, v, ramp: replace(p, ramp=ramp[: int(v)]),
    "timing_shift": lambda p, v, _: replace(p, timing=next(t for t in Timing if t.shift == v)),
    "tax_points": lambda p, v, _: replace(p, tax=max(0.0, p.tax + v / 100.0)),
    "depreciation_y": lambda p, v, _: replace(p, depreciation_y=int(v)),
    "sustaining_share": lambda p, v, _: replace(p, sustaining=max(p.sustaining, v * p.capital * len(p.margins))),
    "working_capital_share": lambda p, v, _: replace(p, working_capital=max(p.working_capital, v * p.margins[0])),
    "closure_share": lambda p, v, _: replace(p, closure=max(p.closure, v * p.capital)),
    "front_loading": lambda p, v, _: _front_loaded(p, v),
}
