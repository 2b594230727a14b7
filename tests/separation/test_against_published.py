"""The model beside published reagent use, cost and capital; nothing in it is tuned to a plant."""

from __future__ import annotations

import pandas as pd
import pytest

from ytterby.separation import Separation
from ytterby.separation.capital import capital, capital_of_stages, overruns
from ytterby.separation.plants import WITHIN, against_plants, score
from ytterby.separation.plausibility import check_design
from ytterby.separation.published import against_costs, reagent_usd_per_t, site_table

AVALON = "avalon-geismar"


@pytest.fixture(scope="module")
def plants(separation: Separation) -> pd.DataFrame:
    return against_plants(separation)


@pytest.fixture(scope="module")
def costs(separation: Separation) -> pd.DataFrame:
    return against_costs(separation)


def avalon_feed(separation: Separation) -> str:
    rows = separation.world.table("separation_costs")
    return str(rows.loc[rows["plant"] == AVALON, "feed"].iloc[0])


def test_three_of_four_plants_are_met_within_a_factor_of_one_and_a_half(plants):
    scored = plants[plants["modelled"].notna()]
    met = scored.groupby("plant")["within"].all()
    assert len(met) >= 4
    assert met.mean() >= 0.75
    told = score(plants)
    assert told.figures == len(scored)
    assert told.plant_hits <= told.plant_figures <= told.figures
    assert f"{told.hits} of {told.figures}" in str(told)


def test_a_figure_that_built_the_route_tests_nothing(plants):
    unscored = plants[plants["modelled"].isna()]
    assert not unscored.empty
    assert unscored["ratio"].isna().all()
    assert unscored["within"].isna().all()
    assert (plants["remark"].str.len() > 0).all()
    assert (plants["source"].str.len() > 0).all()


def test_the_band_of_the_factors_holds_the_point(plants):
    scored = plants[plants["modelled"].notna()]
    assert (scored["modelled_low"] <= scored["modelled"] + 1e-9).all()
    assert (scored["modelled"] <= scored["modelled_high"] + 1e-9).all()


def test_oxalic_acid_sets_the_acid_of_dissolution_free(separation, plants):
    """Bear Lodge: 3 HCl take up one rare earth, and 1.5 oxalic acid give them back, so fresh acid is the gangue's."""
    inventory = separation.inventory("bear-lodge", "mixed-oxide", "bear-lodge-hcl-oxalate")
    fresh = plants[plants["reagent"] == "hcl-fresh"]
    assert len(fresh) == 2
    assert fresh["modelled"].to_list() == pytest.approx([inventory.hcl.gangue] * 2)
    assert fresh["ratio"].between(1 / WITHIN, WITHIN).all()


def test_reagents_of_the_one_study_that_prints_them(separation, costs):
    """Avalon 2013: hydrochloric acid and sodium hydroxide are the two largest; cost within the study's own class."""
    row = costs[(costs["plant"] == AVALON) & (costs["item"] == "reagents")].iloc[0]
    assert 1 / WITHIN < row["ratio"] < WITHIN
    cost = separation.cost(avalon_feed(separation), "geismar", "chemical-concentrate", "USA")
    largest = sorted(cost.lines, key=lambda line: -line.usd_per_t)
    bought = [line.item for line in largest if "labour" not in line.item]
    assert set(bought[:2]) == {"hcl", "naoh"}
    assert reagent_usd_per_t(cost) < cost.usd_per_t


def test_published_costs_stand_beside_the_computed_with_what_they_count(costs):
    assert {AVALON, "lynas-fy2024", "molycorp-phoenix-target"} <= set(costs["plant"])
    assert (costs["modelled_low"] <= costs["modelled"]).all()
    assert (costs["modelled"] <= costs["modelled_high"]).all()
    assert (costs["note"].str.len() > 0).all()


def test_every_separator_shows_both(separation):
    table = site_table(separation)
    assert set(table["site"]) == set(separation.site_processes.index)
    assert (table["low"] <= table["usd_per_t"]).all()
    assert table.loc[table["site"].isin(["lynas-kuantan", "mp-separation"]), "published"].str.len().gt(0).all()


def test_capital_of_the_reference_comes_out_at_its_own_price(separation):
    design = separation.design(avalon_feed(separation), "geismar", simulate=False)
    known = capital_of_stages(design, separation, 10_000)
    assert known.stages == known.reference_stages
    assert known.extraction_usd.low < known.extraction_usd.point < known.extraction_usd.high
    assert known.plant_usd.point > known.extraction_usd.point
    twice = capital_of_stages(design, separation, 20_000)
    assert twice.extraction_usd.point / known.extraction_usd.point == pytest.approx(2**0.6)


def test_budgets_grew_as_published(world):
    """Kalgoorlie: 500 to 800 million AUD; only budgets of one scope, money and capacity are compared."""
    band = overruns(world.table("plant_capital"))
    assert band.low <= 1.6 <= band.high
    assert capital(world, 5000).overrun == band
    alone = world.table("plant_capital").drop_duplicates("scope")
    assert overruns(alone).point != overruns(alone).point


def test_acidity_falls_along_the_series_and_says_where_a_load_is_held(separation, world):
    """Cuts between heavier elements run in stronger acid; beyond erbium P507 holds its load past the strip."""
    design = separation.design("clay-longnan", "cn-full-naphthenic", simulate=False)
    found = {f.cut: f for f in check_design(design, world) if f.check == "acidity"}
    assert set(found) == set(design.cuts)
    series = [found[cut].found for cut in ("la-ce", "lace-ndpr", "sm-eugd", "tb-dy", "tm-yb")]
    assert series == sorted(series, reverse=True)
    assert found["la-ce"].kept
    assert not found["tm-yb"].kept
    assert found["y-rest"].kept
    assert found["y-rest"].low > 3
