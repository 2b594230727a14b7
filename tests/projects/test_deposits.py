"""Headlines and staged money: what a number means, what a sum buys."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby import projects
from ytterby.projects.fund import BUILDING
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World

WORLD = World.load()


def test_twenty_million_tonnes_are_a_forecast() -> None:
    # Qazinform, 2 Apr 2025: >20 Mt projected to 300 m at a mean of 700 g/t.
    figure = projects.headline(WORLD, "zhana-kazakhstan")
    assert figure.kind == "prognostic"
    assert figure.reserve_t == 0
    assert figure.rock_t == pytest.approx(20e6 / 700e-6, rel=0.001)  # 28.6 Gt
    assert figure.metal_if_ore_t == pytest.approx(14_000)
    assert "20 Mt forecast, none of it a reserve" in figure.sentence


def test_unpublished_vector_is_an_envelope_and_never_zero() -> None:
    figure = projects.headline(WORLD, "zhana-kazakhstan")
    assert len(figure.ores) >= 3
    assert (figure.contained["low"] > 0).all()
    assert (figure.contained["high"] > figure.contained["t_oxide"]).all()


def test_mount_weld_reserve_as_published() -> None:
    # Lynas, Aug 2024: 32.0 Mt at 6.44 % TREO.
    figure = projects.headline(WORLD, "mount-weld")
    assert figure.reserve_t == pytest.approx(32.0e6 * 0.0644)
    assert figure.treo_t == pytest.approx(4_390_000)


@pytest.mark.parametrize("deposit", sorted(WORLD.table("deposits")["deposit"]))
def test_every_deposit_has_a_sentence(deposit: str) -> None:
    figure = projects.headline(WORLD, deposit)
    assert figure.sentence.endswith(".")
    assert not re.search(r"\bnan\b", figure.sentence)


def test_unknown_deposit_suggests() -> None:
    with pytest.raises(UnknownNameError, match="mount-weld"):
        projects.headline(WORLD, "mount-wold")


def test_stage_times_add_up_to_published_lead_times() -> None:
    # S&P Global: 15.7 years mean for 127 mines (6 to 32), 17.9 for those of 2020-23; first separated oxide
    # comes later.
    total = WORLD.table("project_stages")["years"].sum()
    assert 15.7 <= total <= 17.9


def test_110_million_pays_the_paper_not_the_plant() -> None:
    funding = projects.fund(WORLD, 110.0)
    assert funding.paid_through not in BUILDING
    assert funding.share_of_total.point < 0.5
    assert funding.years_to_oxide.low > 10
    assert funding.chance_to_oxide.high < 0.5


@settings(max_examples=25, deadline=None)
@given(a=st.floats(0, 3000), b=st.floats(0, 3000), size=st.floats(100, 20_000))
def test_more_money_never_buys_less_and_a_larger_plant_never_costs_less(a: float, b: float, size: float) -> None:
    low, high = (projects.fund(WORLD, s, ndpr_t_per_y=size, n=200) for s in sorted((a, b)))
    assert (high.stages["covered"] >= low.stages["covered"] - 1e-12).all()
    assert high.share_of_total.point >= low.share_of_total.point - 1e-12
    bigger = projects.fund(WORLD, a, ndpr_t_per_y=size * 1.5, n=200)
    assert bigger.total_musd.point >= projects.fund(WORLD, a, ndpr_t_per_y=size, n=200).total_musd.point


def test_walking_away_is_worth_something() -> None:
    funding = projects.fund(WORLD, 110.0)
    forced = projects.expected_value_usd(funding, -300e6, abandon=False)
    free = projects.expected_value_usd(funding, -300e6, abandon=True)
    assert free > forced
    assert free < 0, "the studies have been paid for"


def test_bad_sums_and_stages() -> None:
    with pytest.raises(InputError, match="at least 0"):
        projects.fund(WORLD, -1)
    with pytest.raises(UnknownNameError, match="feasibility"):
        projects.fund(WORLD, 1, done="feasability")
    with pytest.raises(InputError, match="capacity above 0"):
        projects.fund(WORLD, 1, ndpr_t_per_y=0)


def test_keys_and_sources_exist() -> None:
    sources, ores = set(WORLD.table("sources")["source"]), set(WORLD.table("ores")["ore"])
    for name in (
        "deposits",
        "project_studies",
        "project_stages",
        "resource_classes",
        "capital_claims",
        "fiscal_terms",
        "payabilities",
    ):
        table = WORLD.table(name)
        assert set(table["source"]) <= sources, name
        assert (table.loc[table["confidence"] == "D", "note"] != "").all(), name
    assert {o for cell in WORLD.table("deposits")["ores"] for o in cell.split()} <= ores
    deposits = set(WORLD.table("deposits")["deposit"])
    assert set(WORLD.table("project_studies")["deposit"]) - {""} <= deposits
