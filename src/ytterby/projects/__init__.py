"""From ore in the ground to money, or not: resources, cash flows, what a sum buys, and whether a claim can
be true."""

from ytterby.projects.appraisal import Appraisal, appraise
from ytterby.projects.breakeven import breakeven_multiple, breakeven_price, price_floor_payment
from ytterby.projects.cashflow import flows
from ytterby.projects.check import Checked, Claim, Finding, check_claim, read_claim
from ytterby.projects.discovery import Discovery, GradeTonnage, discover, grade_tonnage
from ytterby.projects.finance import Timing, annuity, irr, irr_many, npv, payback
from ytterby.projects.fund import Funding, expected_value_usd, fund, stage_table
from ytterby.projects.mine import Mine
from ytterby.projects.montecarlo import Simulation, simulate, tornado
from ytterby.projects.plan import TEMPLATE, plan_from, read_plan
from ytterby.projects.recompute import Recomputed, counts, left_out, partly_printed, recompute
from ytterby.projects.register import basket_usd_per_kg, observed_deck, overruns, reprice, studies
from ytterby.projects.resources import Headline, contained_band, headline, ore_shares, world_magnet_oxides
from ytterby.projects.screen import Screening, screen, share_above

__all__ = [
    "TEMPLATE",
    "Appraisal",
    "Checked",
    "Claim",
    "Discovery",
    "Finding",
    "Funding",
    "GradeTonnage",
    "Headline",
    "Mine",
    "Recomputed",
    "Screening",
    "Simulation",
    "Timing",
    "annuity",
    "appraise",
    "basket_usd_per_kg",
    "breakeven_multiple",
    "breakeven_price",
    "check_claim",
    "contained_band",
    "counts",
    "discover",
    "expected_value_usd",
    "flows",
    "fund",
    "grade_tonnage",
    "headline",
    "irr",
    "irr_many",
    "left_out",
    "npv",
    "observed_deck",
    "ore_shares",
    "overruns",
    "partly_printed",
    "payback",
    "plan_from",
    "price_floor_payment",
    "read_claim",
    "read_plan",
    "recompute",
    "reprice",
    "screen",
    "share_above",
    "simulate",
    "stage_table",
    "studies",
    "tornado",
    "world_magnet_oxides",
]
