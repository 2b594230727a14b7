"""From ore in the ground to money, or not: resources, cash flows, what a sum buys, and whether a claim can
be true."""

from ytterby.projects.appraisal import Appraisal, appraise
from ytterby.projects.breakeven import breakeven_multiple, breakeven_price, price_floor_payment
from ytterby.projects.cashflow import flows
from ytterby.projects.check import check_claim
from ytterby.projects.claim import Claim, claim_from, read_claims
from ytterby.projects.claim_text import read_sentence
from ytterby.projects.contracts import Contract, own_contract, published_contract, published_contracts
from ytterby.projects.costcurve import cost_curve, position
from ytterby.projects.discovery import Discovery, GradeTonnage, discover, grade_tonnage
from ytterby.projects.finance import Timing, annuity, irr, irr_many, npv, payback, sign_changes_many
from ytterby.projects.fund import Funding, expected_value_usd, fund, stage_table
from ytterby.projects.mine import Mine
from ytterby.projects.montecarlo import Simulation, drawn_plan, simulate, tornado
from ytterby.projects.options import Options, price_volatility, waiting_value
from ytterby.projects.options import values as option_values
from ytterby.projects.outline import Outline, cost_lines, plan_at
from ytterby.projects.plan import TEMPLATE, plan_from, read_plan, write_template
from ytterby.projects.recompute import Recomputed, completeness, counts, left_out, partly_printed, recompute
from ytterby.projects.register import basket_usd_per_kg, observed_deck, overruns, reprice, studies
from ytterby.projects.resources import Headline, contained_band, headline, ore_shares, world_magnet_oxides
from ytterby.projects.screen import AboveCutoff, Screening, above_cutoff, screen, share_above
from ytterby.projects.settings import inside_place, outside_place
from ytterby.projects.verdict import Checked, Finding, limits_of

__all__ = [
    "TEMPLATE",
    "AboveCutoff",
    "Appraisal",
    "Checked",
    "Claim",
    "Contract",
    "Discovery",
    "Finding",
    "Funding",
    "GradeTonnage",
    "Headline",
    "Mine",
    "Options",
    "Outline",
    "Recomputed",
    "Screening",
    "Simulation",
    "Timing",
    "above_cutoff",
    "annuity",
    "appraise",
    "basket_usd_per_kg",
    "breakeven_multiple",
    "breakeven_price",
    "check_claim",
    "claim_from",
    "completeness",
    "contained_band",
    "cost_curve",
    "cost_lines",
    "counts",
    "discover",
    "drawn_plan",
    "expected_value_usd",
    "flows",
    "fund",
    "grade_tonnage",
    "headline",
    "inside_place",
    "irr",
    "irr_many",
    "left_out",
    "limits_of",
    "npv",
    "observed_deck",
    "option_values",
    "ore_shares",
    "outside_place",
    "overruns",
    "own_contract",
    "partly_printed",
    "payback",
    "plan_at",
    "plan_from",
    "position",
    "price_floor_payment",
    "price_volatility",
    "published_contract",
    "published_contracts",
    "read_claims",
    "read_plan",
    "read_sentence",
    "recompute",
    "reprice",
    "screen",
    "share_above",
    "sign_changes_many",
    "simulate",
    "stage_table",
    "studies",
    "tornado",
    "waiting_value",
    "world_magnet_oxides",
    "write_template",
]
