"""The supply side of the shipped world: laws that its tables obey, published figures that they meet."""

from __future__ import annotations

import pandas as pd
import pytest

from ytterby.world.elements import LANTHANIDES_AND_Y, oxide_per_element
from ytterby.world.load import World

TABLES = (
    "places",
    "countries",
    "commodities",
    "commodity_elements",
    "ores",
    "ore_elements",
    "sites",
    "capacities",
    "site_costs",
    "prices",
    "taxes",
    "fx",
    "deflators",
)


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


def capacities_on(world: World, date: str) -> pd.DataFrame:
    """Latest capacity row of each site and class up to a date, with the site's country and stage."""
    rows = world.table("capacities")
    rows = rows[rows["valid_from"] <= pd.Timestamp(date)].sort_values("valid_from")
    latest = rows.groupby(["site", "commodity_class"], as_index=False).last()
    return latest.merge(world.table("sites")[["site", "country", "stage", "status"]], on="site")


def tax_on(world: World, country: str, commodity_class: str, tax: str, date: str) -> float | None:
    rows = world.table("taxes")
    day = pd.Timestamp(date)
    hit = rows[
        (rows["country"] == country)
        & (rows["commodity_class"] == commodity_class)
        & (rows["tax"] == tax)
        & (rows["valid_from"] <= day)
        & (rows["valid_to"].isna() | (rows["valid_to"] >= day))
    ]
    assert len(hit) <= 1
    return None if hit.empty else float(hit["rate_pct"].iloc[0])


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_and_assumptions_have_reasons(world: World, name: str) -> None:
    rows = world.table(name)
    assert set(rows["source"]) <= set(world.table("sources")["source"])
    assert (rows.loc[rows["confidence"].isin(["C", "D"]), "note"].str.len() > 10).all()
    assert (rows.loc[rows["source"] == "assumption", "confidence"] == "D").all()


@pytest.mark.parametrize("name", TABLES)
def test_references_lead_to_rows(world: World, name: str) -> None:
    rows = world.table(name)
    for key in world.schema(name).foreign_keys:
        target = world.table(key.table)
        for field, reference in zip(key.fields, key.reference_fields, strict=True):
            assert set(rows[field]) - {""} <= set(target[reference]), (name, field)


@pytest.mark.parametrize("name", TABLES)
def test_points_lie_inside_their_bands(world: World, name: str) -> None:
    rows = world.table(name)
    point = {
        "commodity_elements": "t_per_t",
        "ore_elements": "share_pct",
        "capacities": "capacity_t",
        "site_costs": "usd_per_kg",
        "prices": "point",
    }.get(name)
    if point is None:
        return
    assert (rows["low"] <= rows[point] + 1e-9).all()
    assert (rows["high"] >= rows[point] - 1e-9).all()


def test_every_ore_has_all_fifteen_elements_and_none_is_zero(world: World) -> None:
    rows = world.table("ore_elements")
    counts = rows.groupby("ore")["element"].agg(set)
    assert set(counts.index) == set(world.table("ores")["ore"])
    assert all(elements == set(LANTHANIDES_AND_Y) for elements in counts)
    assert (rows["share_pct"] > 0).all()
    assert rows.groupby("ore")["share_pct"].sum().to_numpy() == pytest.approx(100, abs=0.01)


def test_originals_are_kept_where_published(world: World) -> None:
    """Bayan Obo as in USGS Minerals Yearbook 2022, table 2: Nd2O3 18.5 %, CeO2 50 %, sum printed 99.6."""
    rows = world.table("ore_elements").set_index(["ore", "element"])
    assert rows.loc[("bayan-obo", "Nd"), "published_pct"] == 18.5
    assert rows.loc[("bayan-obo", "Ce"), "published_pct"] == 50
    assert pd.isna(rows.loc[("bayan-obo", "Y"), "published_pct"])
    assert rows.loc[("clay-longnan", "Y"), "published_pct"] == 64.9


def test_kazakh_ores_are_envelopes_that_say_so(world: World) -> None:
    rows = world.table("ore_elements")
    kazakh = rows[rows["ore"].str.startswith("kz-") & rows["published_pct"].isna()]
    assert set(kazakh["confidence"]) == {"D"}
    assert kazakh["note"].str.contains("no vector is published for any Kazakh deposit").all()
    assert (kazakh["high"] / kazakh["low"]).median() > 3


def test_only_the_yttrium_share_of_kazakh_ore_is_published(world: World) -> None:
    """59.8 kt Y beside 935.4 kt lanthanides (metal): 6.0 % by element, 6.5 % as oxide."""
    rows = world.table("ore_elements")
    known = rows[rows["ore"].str.startswith("kz-") & rows["published_pct"].notna()]
    assert list(known["element"]) == ["Y"]
    assert known["published_pct"].iloc[0] == pytest.approx(6.5, abs=0.1)


def test_oxides_hold_what_their_formula_says(world: World) -> None:
    rows = world.table("commodity_elements").set_index(["commodity", "element"])
    for element in LANTHANIDES_AND_Y:
        got = rows.loc[(f"{element.lower()}-oxide", element), "t_per_t"]
        assert got == pytest.approx(1 / oxide_per_element(element), rel=1e-6)


def test_oxide_mixtures_add_up_to_one_tonne_of_oxide(world: World) -> None:
    rows = world.table("commodity_elements")
    for commodity in ("ndpr-oxide", "lace-carbonate", "scrap"):
        part = rows[rows["commodity"] == commodity]
        oxide = sum(t * oxide_per_element(e) for e, t in zip(part["element"], part["t_per_t"], strict=True))
        assert oxide == pytest.approx(1, abs=1e-6)


def test_sintered_magnets_hold_29_to_33_per_cent_rare_earth(world: World) -> None:
    """29-32.5 wt % rare earth in sintered NdFeB (Courage Magnet; tolerance one point for high-Dy grades)."""
    rows = world.table("commodity_elements")
    total = rows.groupby("commodity")["t_per_t"].sum()
    for grade in ("ndfeb-n", "ndfeb-m-h", "ndfeb-sh", "ndfeb-uh-eh"):
        assert 0.29 <= total[grade] <= 0.335
    heavy = rows[rows["element"].isin(["Dy", "Tb"])].groupby("commodity")["t_per_t"].sum()
    assert heavy["ndfeb-n"] < heavy["ndfeb-m-h"] < heavy["ndfeb-sh"] < heavy["ndfeb-uh-eh"]


def test_ore_dependent_commodities_have_no_composition_of_their_own(world: World) -> None:
    commodities = world.table("commodities")
    own = set(world.table("commodity_elements")["commodity"])
    dependent = set(commodities.loc[commodities["ore_dependent"].astype(bool), "commodity"])
    assert dependent == {"concentrate", "seg-heavy"}
    assert own == set(commodities["commodity"]) - dependent


def test_all_stages_and_the_producers_of_2023_to_2025_are_there(world: World) -> None:
    sites = world.table("sites")
    assert set(sites["stage"]) == {"mine", "separation", "metal", "magnet"}
    mines = set(sites.loc[sites["stage"] == "mine", "country"])
    asia = {"CHN", "MMR", "LAO", "THA", "VNM", "IND", "MYS", "KAZ", "RUS"}
    assert asia | {"USA", "AUS", "NGA", "MDG", "BRA", "BDI"} <= mines


def test_mines_name_an_ore_and_separators_name_ores_that_exist(world: World) -> None:
    sites = world.table("sites")
    ores = set(world.table("ores")["ore"])
    assert (sites.loc[sites["stage"] == "mine", "ore"] != "").all()
    assert (sites.loc[sites["stage"] != "mine", "ore"] == "").all()
    feeds = {f.strip() for text in sites["feeds"] if text for f in text.split(";")}
    assert feeds <= ores | {"scrap"}


def test_every_operating_site_has_a_cost_and_a_capacity(world: World) -> None:
    sites = world.table("sites")
    operating = set(sites.loc[sites["status"] == "operating", "site"])
    assert operating <= set(world.table("site_costs")["site"])
    assert operating <= set(world.table("capacities")["site"])


def test_chinese_separation_takes_the_feed_of_2024_and_its_low_end_is_the_quota(world: World) -> None:
    """Feed of some 345-385 kt against a separation quota of 254 kt (MIIT notices of 2024)."""
    rows = capacities_on(world, "2024-12-31")
    china = rows[(rows["country"] == "CHN") & (rows["commodity_class"] == "separation-feed")]
    assert 345_000 <= china["capacity_t"].sum() <= 385_000
    assert china["low"].sum() == pytest.approx(254_000, rel=0.001)


def test_chinese_mines_add_up_to_the_quota_of_2024(world: World) -> None:
    """270,000 t REO: 250,850 light and 19,150 ion-adsorption."""
    rows = capacities_on(world, "2024-12-31")
    china = rows[(rows["country"] == "CHN") & (rows["commodity_class"] == "concentrate")]
    assert china["capacity_t"].sum() == pytest.approx(270_000, rel=0.002)


def test_bayan_obo_concentrate_of_2024_is_its_quota(world: World) -> None:
    """377,300 t of concentrate at 50 % REO (Baogang) and a light quota of 188,650 t agree."""
    rows = capacities_on(world, "2024-12-31").set_index("site")
    assert rows.loc["bayan-obo-mine", "capacity_t"] == pytest.approx(377_300 * 0.5, rel=0.001)


def test_mount_weld_capacity_fits_what_lynas_made_of_it(world: World) -> None:
    """FY25: 6,558 t NdPr oxide; all of it comes from Mount Weld ore."""
    shares = world.table("ore_elements").set_index(["ore", "element"])["share_pct"]
    ndpr = (shares[("mount-weld", "Nd")] + shares[("mount-weld", "Pr")]) / 100
    rows = capacities_on(world, "2025-06-30").set_index(["site", "commodity_class"])
    assert rows.loc[("mount-weld-mine", "concentrate"), "capacity_t"] * ndpr > 6_558


def test_world_mine_capacity_covers_what_was_mined_in_2024(world: World) -> None:
    """USGS 380 kt (MCS 2026), Argus about 420 kt without scrap."""
    rows = capacities_on(world, "2024-12-31")
    mines = rows[(rows["commodity_class"] == "concentrate") & (rows["status"] != "planned")]
    available = (mines["capacity_t"] * mines["available_share"]).sum()
    assert 380_000 <= available <= 450_000


def test_reference_price_of_didymium_meets_an_independent_quote(world: World) -> None:
    """Reference from FOB means (Argus in USGS); Argus' own ex-works mean of 2024 is 392 CNY/kg with VAT."""
    prices = world.table("prices")
    reference = prices[
        (prices["series"] == "annual reference")
        & (prices["commodity"] == "ndpr-oxide")
        & (prices["place"] == "china")
        & (prices["period"] == "2024")
    ]["point"].iloc[0]
    rate = world.table("fx").set_index(["currency", "year"]).loc[("CNY", 2024), "usd_per_unit"]
    assert reference == pytest.approx(392 / 1.13 * rate, rel=0.03)


@pytest.mark.parametrize(("commodity", "cny_with_vat"), [("dy-oxide", 1837), ("tb-oxide", 5789)])
def test_reference_prices_of_heavies_meet_an_independent_quote(
    world: World, commodity: str, cny_with_vat: float
) -> None:
    """Argus ex-works means of 2024, with VAT."""
    prices = world.table("prices")
    hit = prices[
        (prices["series"] == "annual reference")
        & (prices["commodity"] == commodity)
        & (prices["place"] == "china")
        & (prices["period"] == "2024")
    ]["point"].iloc[0]
    rate = world.table("fx").set_index(["currency", "year"]).loc[("CNY", 2024), "usd_per_unit"]
    assert hit == pytest.approx(cny_with_vat / 1.13 * rate, rel=0.03)


def test_reference_prices_exist_for_every_oxide_and_year_once(world: World) -> None:
    prices = world.table("prices")
    china = prices[(prices["series"] == "annual reference") & (prices["place"] == "china")]
    assert set(china["tax"]) == {"excl VAT"}
    assert not china.duplicated(["commodity", "period"]).any()
    wanted = ("la", "ce", "ndpr", "pr", "nd", "sm", "eu", "gd", "tb", "dy", "ho", "er", "yb", "lu", "y")
    for year in ("2023", "2024", "2025"):
        have = set(china.loc[china["period"] == year, "commodity"])
        assert {f"{e}-oxide" for e in wanted} | {"ndpr-metal", "dy-metal", "tb-metal", "ndfeb-n"} <= have


def test_bases_are_not_mixed(world: World) -> None:
    """Chinese FOB prices of oxides and metals carry VAT that is not refunded; magnets' is refunded."""
    prices = world.table("prices")
    fob = prices[(prices["incoterm"] == "FOB") & (prices["place"] == "china")]
    magnets = fob["commodity"].str.startswith("ndfeb")
    assert set(fob.loc[~magnets, "tax"]) == {"unrefunded VAT inside"}
    assert set(fob.loc[magnets, "tax"]) == {"excl VAT"}
    old = fob["period"] < "2015"
    assert fob.loc[old, "usd_per_kg_excl_vat"].isna().all()


def test_exchange_rates_meet_the_central_banks(world: World) -> None:
    """ECB annual means: 1.0824 (2024), 1.0813 (2023) USD per EUR, taken at other hours of the day."""
    rates = world.table("fx").set_index(["currency", "year"])["usd_per_unit"]
    assert rates[("EUR", 2024)] == pytest.approx(1.0824, rel=0.002)
    assert rates[("EUR", 2023)] == pytest.approx(1.0813, rel=0.002)


def test_consumer_prices_meet_the_published_index(world: World) -> None:
    """CPI-U annual means: 229.594 (2012), 313.689 (2024), US Bureau of Labor Statistics."""
    rows = world.table("deflators").set_index(["country", "series", "year"])["index"]
    assert rows[("USA", "cpi", 2012)] == pytest.approx(229.594 / 313.689, rel=1e-4)
    assert rows[("USA", "cpi", 2024)] == 1


def test_taxes_follow_their_dates(world: World) -> None:
    assert tax_on(world, "CHN", "oxide", "vat", "2024-06-01") == 13
    assert tax_on(world, "CHN", "oxide", "vat-export-refund", "2024-06-01") == 0
    assert tax_on(world, "CHN", "dy-oxide", "export-tax", "2011-07-01") == 25
    assert tax_on(world, "CHN", "dy-oxide", "export-tax", "2015-05-01") is None
    assert tax_on(world, "CHN", "oxide", "export-tax", "2016-01-01") == 0
    assert tax_on(world, "USA", "magnet", "import-duty-additional", "2025-12-31") is None
    assert tax_on(world, "USA", "magnet", "import-duty-additional", "2026-01-01") == 25
