"""The balanced base year: what must hold whatever the figures say, and the known traps of 2024."""

from __future__ import annotations

import pandas as pd
import pytest

from ytterby.balance import BalancedYear, leave_one_out, reconcile
from ytterby.world.elements import LANTHANIDES_AND_Y
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World


def total(balanced: BalancedYear, kind: str, **where: str) -> float:
    rows = balanced.flows[balanced.flows["kind"] == kind]
    for column, wanted in where.items():
        rows = rows[rows[column] == wanted]
    return float(rows["t"].sum())


def test_every_exact_balance_closes(balanced):
    assert balanced.summary["worst_balance"] <= 1e-9


def test_no_flow_is_negative_and_bands_hold_the_value(balanced):
    flows = balanced.flows
    assert (flows["t"] >= 0).all()
    assert ((flows["low"] <= flows["t"]) & (flows["t"] <= flows["high"])).all()


def test_oxides_of_each_element_are_conserved_in_the_world(balanced):
    # From the flows table alone: separated + recycled = metal + used + unsold, trade cancels.
    for element in LANTHANIDES_AND_Y:
        made = total(balanced, "separated", element=element) + total(balanced, "recycled", element=element)
        gone = sum(total(balanced, kind, element=element) for kind in ("metal", "use", "surplus"))
        assert gone == pytest.approx(made, rel=1e-9), element


def test_each_element_that_is_fed_to_a_separator_is_separated_or_lost(balanced, world):
    shares = world.table("ore_elements").pivot_table(index="ore", columns="element", values="share_pct").fillna(0.0)
    shares = shares.div(shares.sum(axis=1), axis=0)
    fed = balanced.flows[balanced.flows["kind"] == "feed"]
    for element in LANTHANIDES_AND_Y:
        coming = float((fed["t"] * fed["ore"].map(shares[element])).sum())
        going = total(balanced, "separated", element=element) + total(balanced, "separation-loss", element=element)
        assert going == pytest.approx(coming, rel=1e-9), element


def test_magnets_made_are_magnets_used(balanced):
    assert balanced.use(commodity="ndfeb") == pytest.approx(balanced.magnets(), rel=1e-9)


def test_every_figure_about_the_year_is_in_the_residuals(balanced, world):
    seen = set(balanced.residuals["observation"])
    observations, trade = world.table("observations"), world.table("trade_flows")
    missing = set(observations.loc[observations["year"] == 2024, "observation"]) - seen
    missing |= set(trade.loc[trade["year"] == 2024, "flow"]) - seen
    assert not missing
    quotas = world.table("chinese_quotas")
    assert sum(name.startswith("chinese-quota-2024") for name in seen) == 2 * int((quotas["year"] == 2024).sum())


def test_what_is_not_used_says_why(balanced):
    unused = balanced.residuals[~balanced.residuals["status"].isin(["used", "carried"])]
    assert unused["reason"].ne("").all()


def test_older_vintages_are_spread_not_targets(balanced):
    rows = balanced.residuals.set_index("observation")
    new, old = rows.loc["mine-production-aus-treo-2024-usgs-2026"], rows.loc["mine-production-aus-treo-2024-usgs-2025"]
    assert old["status"] == "older vintage"
    assert new["sigma"] >= abs(new["observed"] - old["observed"]) / 2


def test_myanmar_lands_between_the_survey_and_the_gross_weight_of_customs(balanced):
    # USGS MCS 2026: 27,000 t REO; Chinese customs: 44,366 t gross.
    assert 27_000 < balanced.mined("MMR") < 44_366


def test_laos_which_no_survey_lists_is_an_unrecorded_origin(balanced):
    assert balanced.mined("LAO", unrecorded=False) == 0
    assert 5_000 < balanced.mined("LAO") < 10_748  # customs, t gross


def test_monazite_beyond_the_surveys_is_an_unrecorded_origin(balanced):
    # China imported 48,380 t gross of monazite, 24-29 kt REO; USGS lists about 5-7 kt REO where it came from.
    rows = balanced.flows[(balanced.flows["kind"] == "unrecorded") & (balanced.flows["ore"] == "monazite-sand")]
    assert rows["t"].sum() > 10_000
    assert set(rows["status"]) == {"unrecorded"}


def test_the_separation_quota_counts_ore_mined_at_home_only(balanced):
    rows = balanced.residuals.set_index("observation")
    assert abs(rows.loc["chinese-quota-2024-year-separation-quota", "standardised"]) < 2
    assert balanced.separated("china") > 300_000  # against a separation quota of 254,000 t


def test_demand_gross_of_scrap_closes_with_mined_plus_recycled(balanced):
    # IEA data set May 2025: 90.9 kt of Nd, Pr, Dy and Tb in 2024, which closes gross of scrap only.
    row = balanced.residuals.set_index("observation").loc["magnet-element-use-world-magnet-elements-2024-iea-2025"]
    assert row["fitted"] == pytest.approx(90_922, rel=0.10)


def test_a_surplus_of_lanthanum_and_cerium_is_explicit(balanced):
    # SMM forum: more than 50,000 t a year unsold in China already in 2020.
    assert balanced.separated("china", "lace-carbonate") > 50_000


def test_recoveries_stay_near_their_band(balanced, world):
    bands = world.table("balance_parameters").query("parameter == 'recovery'").set_index("scope")
    for place in ("china", "usa", "malaysia"):
        out, lost = balanced.separated(place), total(balanced, "separation-loss", place=place)
        assert bands.at[place, "low"] <= out / (out + lost) <= bands.at[place, "high"]


@pytest.mark.parametrize("year", [2023, 2025])
def test_neighbouring_years_balance_with_what_exists(world, year):
    other = reconcile(world, year)
    assert other.summary["worst_balance"] <= 1e-9
    assert (other.residuals["status"] == "carried").any()
    rows = other.residuals[(other.residuals["status"] == "used") & (other.residuals["series"] == "mine-production")]
    assert len(rows) > 5


@pytest.mark.parametrize(
    "figure",
    [
        "mine-content-mmr-magnet-elements-2024-iea-2025",
        "separated-production-mys-ndpr-2024-lynas-2024",
        "mine-production-aus-treo-2024-usgs-2026",
    ],
)
def test_doubling_a_figures_weight_moves_its_residual_toward_zero(world, balanced, figure):
    before = balanced.residuals.set_index("observation").loc[figure, "adjustment"]
    heavier = reconcile(world, 2024, weights={figure: 2.0})
    after = heavier.residuals.set_index("observation").loc[figure, "adjustment"]
    assert abs(after) < abs(before)
    assert after * before > 0


def test_leaving_a_publisher_out_marks_its_figures_and_moves_the_answer(world, balanced):
    other = reconcile(world, 2024, without=("IEA",))
    rows = other.residuals[other.residuals["publisher"] == "IEA"]
    assert set(rows["status"]) == {"left out"}
    assert other.mined("MMR") < balanced.mined("MMR")


def test_an_unknown_publisher_is_an_error_with_near_matches(world):
    with pytest.raises(UnknownNameError, match="USGS"):
        reconcile(world, 2024, without=("USG",))


def test_sensitivity_lists_every_publisher_and_total(world):
    table = leave_one_out(world, 2024)
    assert {"USGS", "IEA", "Comtrade", "Lynas"} <= set(table["publisher"])
    assert table["change_share"].abs().is_monotonic_decreasing
    assert table.groupby("publisher")["total"].nunique().nunique() == 1


def test_the_same_world_gives_the_same_table(world, balanced):
    again = reconcile(World.load(), 2024)
    pd.testing.assert_frame_equal(again.flows, balanced.flows, check_exact=True)


def test_a_year_without_figures_is_an_error_that_says_which_years_there_are(world):
    with pytest.raises(InputError, match="mine-production"):
        reconcile(world, 1995)


def test_an_ore_without_element_vector_is_an_error_with_near_matches(world):
    table = world.table("balance_structure")
    table.loc[table["item"] == "bayan-obo", "item"] = "bayan-oba"
    with pytest.raises(UnknownNameError, match="bayan-obo"):
        reconcile(world.with_tables({"balance_structure": table}), 2024)


def test_a_changed_world_changes_the_balance(world, balanced):
    table = world.table("observations")
    row = table["observation"] == "mine-production-usa-treo-2024-usgs-2026"
    table.loc[row, "value"] = 30_000.0
    other = reconcile(world.with_tables({"observations": table}), 2024)
    assert other.mined("USA") < balanced.mined("USA") - 1_000


def test_questions_add_up(balanced):
    by_country = balanced.by("country", kind="mine")
    assert by_country.sum() == pytest.approx(balanced.mined(unrecorded=False))
    commodities = set(balanced.flows.loc[balanced.flows["kind"] == "separated", "commodity"])
    assert sum(balanced.separated(commodity=c) for c in commodities) == pytest.approx(balanced.separated())
    assert {"ndpr-oxide", "dy-oxide", "la-oxide", "seg-heavy"} <= commodities
    trade = balanced.trade("magnet-trade")
    assert float(trade.loc[(trade["place"] == "china"), "t"].sum()) > 40_000
