"""From ore in the ground to money, or not: resources, cash flows, what a sum buys, and whether a claim can
be true."""

from ytterby.projects.cashflow import (
    Appraisal,
    Mine,
    appraise,
    breakeven_multiple,
    breakeven_price,
    flows,
    price_floor_payment,
)
from ytterby.projects.check import Checked, Claim, Finding, check_claim, read_claim
from ytterby.projects.finance import Timing, annuity, irr, irr_many, npv, payback
from ytterby.projects.fund import Funding, expected_value_usd, fund, stage_table
from ytterby.projects.montecarlo import Simulation, simulate, tornado
from ytterby.projects.plan import TEMPLATE, plan_from, read_plan
from ytterby.projects.register import (
    Recomputed,
    basket_usd_per_kg,
    observed_deck,
    overruns,
    recompute,
    reprice,
    studies,
)
from ytterby.projects.resources import Headline, contained_band, headline, ore_shares, world_magnet_oxides

__all__ = [
    "TEMPLATE",
    "Appraisal",
    "Checked",
    "Claim",
    "Finding",
    "Funding",
    "Headline",
    "Mine",
    "Recomputed",
    "Simulation",
    "Timing",
    "annuity",
    "appraise",
    "basket_usd_per_kg",
    "breakeven_multiple",
    "breakeven_price",
    "check_claim",
    "contained_band",
    "expected_value_usd",
    "flows",
    "fund",
    "headline",
    "irr",
    "irr_many",
    "npv",
    "observed_deck",
    "ore_shares",
    "overruns",
    "payback",
    "plan_from",
    "price_floor_payment",
    "read_claim",
    "read_plan",
    "recompute",
    "reprice",
    "simulate",
    "stage_table",
    "studies",
    "tornado",
    "world_magnet_oxides",
]
