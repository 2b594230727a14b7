"""Published studies re-computed from their own printed inputs."""

from dataclasses import replace

import pandas as pd
import pytest

from ytterby import projects
from ytterby.projects.printed import Convention, printed_plan, under
from ytterby.world.load import World

WORLD = World.load()
RESULTS = projects.recompute(WORLD)


def row(study: str) -> dict[str, object]:
    table = projects.studies(WORLD)
    return {str(k): v for k, v in table[table["study"] == study].iloc[0].to_dict().items()}


def test_two_thirds_of_the_values_before_tax_lie_within_fifteen_per_cent() -> None:
    before = [r for r in RESULTS if r.basis == "pre-tax"]
    assert len(before) >= 15
    assert sum(r.npv_met for r in before) / len(before) >= 2 / 3


def test_complete_studies_are_counted_beside_all() -> None:
    table = projects.completeness(WORLD, RESULTS).set_index(["basis", "studies"])
    for basis in ("pre-tax", "post-tax"):
        own = [r for r in RESULTS if r.basis == basis]
        assert table.loc[(basis, "all"), "npv_of"] == len(own)
        assert table.loc[(basis, "complete"), "npv_of"] == sum(not r.unprinted for r in own)
    assert not any("the rate of tax" in r.unprinted for r in RESULTS if r.basis == "pre-tax")


def test_whether_a_study_is_complete_is_blind_to_its_published_value() -> None:
    study = "bear-lodge-pfs-2014"
    printed = printed_plan(WORLD, row(study))
    blind = printed_plan(WORLD, {**row(study), "npv_musd": 1.0, "npv_pretax_musd": 1.0, "irr_pretax_pct": 1.0})
    assert not isinstance(printed, str)
    assert not isinstance(blind, str)
    assert printed.unprinted == blind.unprinted == ("building years",)


def test_every_miss_has_a_reason_and_no_hit_has_one() -> None:
    for result in RESULTS:
        met = result.npv_met and result.irr_met is not False
        assert (result.reason == "") == met, result.study


def test_nothing_is_taken_from_the_published_value() -> None:
    study = "kipawa-fs-2013"
    printed = printed_plan(WORLD, row(study))
    blind = {**row(study), "npv_musd": 1.0, "npv_pretax_musd": 1.0, "irr_pretax_pct": 1.0, "payback_y": 1.0}
    assert repr(printed_plan(WORLD, blind)) == repr(printed)


def test_studies_that_do_not_print_enough_say_what_is_missing() -> None:
    missing = projects.left_out(WORLD).set_index("study")["missing"]
    assert missing["nolans-fs-update-2021"] == "not printed: discount rate"
    assert "after year 5 of 18" in missing["songwe-hill-dfs-2022"]
    assert not set(missing.index) & {r.study for r in RESULTS}
    studies = projects.studies(WORLD).dropna(subset=["npv_musd"])
    assert set(studies["study"]) == set(missing.index) | {r.study for r in RESULTS}


def test_margins_of_the_first_years_only_are_not_counted() -> None:
    partly = projects.partly_printed(WORLD)
    assert {r.study for r in partly} == {"songwe-hill-dfs-2022", "white-mesa-mill-phase-2-bfs-2026"}


def test_a_mean_over_the_life_is_not_ramped_and_a_mean_at_full_output_is() -> None:
    average, full = printed_plan(WORLD, row("kipawa-fs-2013")), printed_plan(WORLD, row("nolans-project-update-2022"))
    assert not isinstance(average, str)
    assert not isinstance(full, str)
    assert average.ramp == ()
    assert full.ramp == (0.5, 0.8)


def test_closed_form_of_a_flat_margin() -> None:
    plan = printed_plan(WORLD, row("kipawa-fs-2013"))
    assert not isinstance(plan, str)
    rate, life = plan.discount, len(plan.margins)
    expected = plan.margins[0] * projects.annuity(rate, life) / (1 + rate) - plan.capital * 0.5 * (1 + 1 / (1 + rate))
    assert projects.appraise(plan.mine("pre-tax")).npv_usd / 1e6 == pytest.approx(expected)


@pytest.mark.parametrize("what", ["build_y", "timing_shift", "sustaining_share", "working_capital_share"])
def test_conventions_that_delay_or_cost_lower_the_value(what: str) -> None:
    plan = printed_plan(WORLD, row("kipawa-fs-2013"))
    assert not isinstance(plan, str)
    value = {"build_y": 3, "timing_shift": 1, "sustaining_share": 0.02, "working_capital_share": 0.25}[what]
    changed = under(plan, Convention("x", what, value, ""), (0.5, 0.8))
    low, base = (projects.appraise(p.mine("pre-tax")).npv_usd for p in (changed, plan))
    assert low < base


def test_front_loading_keeps_the_sum_of_margins() -> None:
    plan = printed_plan(WORLD, row("kipawa-fs-2013"))
    assert not isinstance(plan, str)
    changed = under(plan, Convention("x", "front_loading", 0.25, ""), ())
    assert sum(changed.margins) == pytest.approx(sum(plan.margins))
    assert changed.margins[0] > plan.margins[0] > changed.margins[-1]


def test_counts_are_of_the_printed_case_first() -> None:
    table = projects.counts(RESULTS)
    assert isinstance(table, pd.DataFrame)
    for basis, group in table.groupby("basis"):
        own = [r for r in RESULTS if r.basis == basis]
        assert group["convention"].iloc[0] == "as computed"
        assert group["npv_met"].iloc[0] == sum(r.npv_met for r in own)
        assert group["irr_of"].iloc[0] == sum(r.irr_met is not None for r in own)


def test_taxed_studies_are_worth_less() -> None:
    plan = printed_plan(WORLD, row("nechalacho-fs-2013"))
    assert not isinstance(plan, str)
    before, after = (projects.appraise(plan.mine(b)).npv_usd for b in ("pre-tax", "post-tax"))
    assert after < before
    assert projects.appraise(replace(plan, tax=0.0).mine("post-tax")).npv_usd == pytest.approx(before)


def test_a_royalty_is_charged_on_revenue_where_the_margin_has_not_paid_one() -> None:
    fiscal = WORLD.table("fiscal_terms").set_index("country")["royalty_pct"]
    margins = WORLD.table("study_margins").set_index("study")
    for study, printed_pct in (("ngualla-bfs-2017", None), ("bear-lodge-pfs-2014", 2.0), ("nolans-dfs-2019", 0.0)):
        plan = printed_plan(WORLD, row(study))
        assert not isinstance(plan, str)
        first = margins.loc[[study]].iloc[0]
        pct = float(fiscal[str(row(study)["country"])]) if printed_pct is None else printed_pct
        revenue = 0.0 if first["margin_of"] == "EBITDA" else first["revenue_musd_per_y"]
        assert plan.margins[0] == pytest.approx(first["margin_musd_per_y"] - pct / 100.0 * revenue)
        assert any("royalty" in said for said in plan.assumed) == (printed_pct is None)


def test_a_royalty_of_two_per_cent_brings_a_printed_sum_of_cash() -> None:
    # Search Minerals, Foxtrot PEA, 1 May 2012: undiscounted cash flow before tax of 1,100 M C$
    foxtrot = next(r for r in RESULTS if r.study == "foxtrot-pea-2012")
    assert foxtrot.cash_musd == pytest.approx(foxtrot.published_cash_musd, rel=0.01)


def test_without_a_printed_revenue_no_royalty_is_charged() -> None:
    table = WORLD.table("study_margins")
    table = table.assign(revenue_musd_per_y=float("nan"))
    plan = printed_plan(WORLD.with_tables({"study_margins": table}), row("ngualla-bfs-2017"))
    assert not isinstance(plan, str)
    assert plan.margins[0] == 145
    assert "no royalty" in plan.assumed


def test_depletion_and_a_minimum_tax_only_where_they_are_printed() -> None:
    # Bear Lodge NI 43-101 of 2014, section 22.4: 35 % or 20 % minimum tax, percentage depletion of 14 %
    own, other = printed_plan(WORLD, row("bear-lodge-pfs-2014")), printed_plan(WORLD, row("nechalacho-fs-2013"))
    assert not isinstance(own, str)
    assert not isinstance(other, str)
    assert (own.minimum_tax, own.depletion_limit) == (0.20, 0.5)
    assert own.depletion[0] * own.margins[0] == pytest.approx(0.14 * 7.732 * 24.60)
    assert not any(other.depletion)
    assert other.minimum_tax == 0
    plain = replace(own, depletion=(), minimum_tax=0.0)
    assert projects.appraise(own.mine("post-tax")).npv_usd > projects.appraise(plain.mine("post-tax")).npv_usd
    assert projects.appraise(own.mine("pre-tax")).npv_usd == projects.appraise(plain.mine("pre-tax")).npv_usd


def test_the_band_holds_the_point_and_widens_with_what_is_not_printed() -> None:
    for result in RESULTS:
        assert result.npv_low_musd <= result.npv_musd <= result.npv_high_musd, result.study
        assert result.irr_low_pct <= result.irr_pct <= result.irr_high_pct, result.study
        for move in result.moves:
            assert result.npv_low_musd - 1e-6 <= move.npv_low_musd
            assert move.npv_high_musd <= result.npv_high_musd + 1e-6


def test_an_input_that_is_printed_is_not_in_the_band() -> None:
    kipawa = next(r for r in RESULTS if r.study == "kipawa-fs-2013")
    ashram = next(r for r in RESULTS if r.study == "ashram-pea-2012")
    assert "building years" not in {m.name for m in kipawa.moves}
    assert "building years" in {m.name for m in ashram.moves}
    assert not {"rate of tax", "years of depreciation"} & {m.name for m in ashram.moves}


def test_a_study_of_which_everything_is_printed_has_a_band_of_conventions_only() -> None:
    plans = WORLD.table("study_plans")
    own = plans["study"] == "kipawa-fs-2013"
    every = {"ramp_y": 0, "sustaining_musd": 30.0, "working_capital_musd": 5.0, "closure_musd": 10.0}
    world = WORLD.with_tables({"study_plans": plans.assign(**{k: plans[k].where(~own, v) for k, v in every.items()})})
    told = next(r for r in projects.recompute(world) if r.study == "kipawa-fs-2013")
    assert told.unprinted == ()
    assert {m.name for m in told.moves} == {"when in its year a flow falls", "margins by year"}
    short = next(r for r in RESULTS if r.study == "kipawa-fs-2013")
    assert told.npv_high_musd - told.npv_low_musd < short.npv_high_musd - short.npv_low_musd


def test_a_margin_from_a_cash_flow_after_tax_is_neither_taxed_again_nor_shown_before_tax() -> None:
    # Namibia Rare Earths, Lofdal PEA, 14 Nov 2014: cumulative cash of 259 M USD after tax, NPV10 148, IRR 42 %
    own = [r for r in RESULTS if r.study == "lofdal-pea-2014"]
    assert [r.basis for r in own] == ["post-tax"]
    plan = printed_plan(WORLD, row("lofdal-pea-2014"))
    assert not isinstance(plan, str)
    assert sum(plan.margins) - plan.capital == pytest.approx(259)
    assert own[0].npv_met
    assert own[0].irr_met


def test_a_revenue_by_twenty_years_brings_the_printed_value_and_rate() -> None:
    # Tasman, Norra Karr PEA, 21 March 2012: 1,464 M USD at 10 % and 49.6 % before tax
    found = next(r for r in RESULTS if r.study == "norra-karr-pea-2012")
    assert found.npv_musd == pytest.approx(1464, rel=0.05)
    assert found.irr_pct == pytest.approx(49.6, abs=3)
