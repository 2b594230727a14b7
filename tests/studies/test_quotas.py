"""The episode of export quotas: its market is whole at the start, and each part does what it is there for."""

from __future__ import annotations

import numpy as np
import pytest

from ytterby.chain.oxides import QUOTA, OxideMarket
from ytterby.market import equilibrium
from ytterby.studies.episode import parts_of, replay, score
from ytterby.studies.episode.misses import Explained, explained
from ytterby.studies.episode.months import Episode
from ytterby.studies.path.record import PathOutcome
from ytterby.studies.periods import periods_between
from ytterby.world import World
from ytterby.world.errors import InputError, UnknownNameError

EPISODE = "quotas-2010"
AFTER = "2010-H2"


@pytest.fixture(scope="module")
def found(shipped: World) -> PathOutcome:
    return replay(shipped, EPISODE)


@pytest.fixture(scope="module")
def told(shipped: World, found: PathOutcome) -> Explained:
    return explained(shipped, found, score(shipped, found))


def test_half_years_have_labels_and_cover_their_days(shipped: World) -> None:
    episode = Episode.of(shipped, EPISODE)
    assert [m.label for m in episode.months[:3]] == ["2009-H1", "2009-H2", "2010-H1"]
    assert episode.months[3].first.isoformat() == "2010-07-01"
    assert episode.months[3].last.isoformat() == "2010-12-31"
    quarters = periods_between(episode.months[0].first, episode.months[0].last, 3)
    assert [q.label for q in quarters] == ["2009-Q1", "2009-Q2"]


def test_use_of_the_first_year_is_what_is_made_in_it(shipped: World) -> None:
    market = OxideMarket.of(shipped, EPISODE)
    assert np.allclose(market.vectors.sum(axis=1), 1.0)
    used = market.demands().groupby("commodity")["reference_t"].sum()
    made = market.made(market.first).sum()
    assert np.allclose(used[made.index], made)
    network = market.network("2009", market.first, 1.0, market.demands(), market.usual_prices()["inside"].to_dict())
    prices = equilibrium(network, intervals="none").prices
    inside = prices[prices["place"] == market.home].set_index("commodity")["point"] * 1000.0
    assert np.allclose(inside, market.usual_prices()["inside"][inside.index], rtol=0.01)


def test_every_period_is_certified_and_the_tax_is_on_the_price_found(found: PathOutcome) -> None:
    assert len(found.certificates) == 10
    assert found.certificates["mass_balance"].max() < 1e-6
    assert found.meta["tax_misfit"] < 0.05


def test_the_premium_is_the_same_on_every_oxide_and_near_the_one_that_was_paid(found: PathOutcome) -> None:
    """Up to 15 USD/kg was paid for a licence in August 2010 (Japan Metal Bulletin)."""
    legal = found.flows[found.flows["permitted"] & (found.flows["period"] == AFTER)]
    premium = legal["sold_usd_per_kg"] - legal["landed_usd_per_kg"]
    assert premium.max() - premium.min() < 0.05 * premium.mean()
    assert 7.5 < premium.mean() < 30.0


def test_the_quota_binds_when_it_is_cut_and_no_longer_in_2011(told: Explained) -> None:
    """56 % of the quota of 2011 was used, 52 % of that of 2012."""
    use = told.quota_use.set_index("period")
    assert use.loc[AFTER, "used"] == pytest.approx(1.0)
    for year in ("2011", "2012"):
        rows = use[use.index.str.startswith(year)]
        assert 0.3 < rows["licensed_t"].sum() / rows["quota_t"].sum() < 0.9
    assert use.loc["2011-H2", "premium"] == pytest.approx(0.0, abs=1e-3)


def test_cheap_oxides_rise_most(found: PathOutcome) -> None:
    prices = found.prices[found.prices["place"] == "japan"].pivot(index="period", columns="commodity", values="point")
    rise = prices.loc[AFTER] / prices.loc["2010-H1"]
    assert rise["ce-oxide"] > rise["nd-oxide"] > rise["dy-oxide"] > 1.0


def test_without_the_quota_there_is_no_premium_and_without_leakage_a_dearer_one(shipped: World) -> None:
    free = replay(shipped, EPISODE, without=["quota"])
    legal = free.flows[free.flows["permitted"]]
    assert (legal["sold_usd_per_kg"] - legal["landed_usd_per_kg"]).abs().max() < 0.01 * legal["sold_usd_per_kg"].max()
    tight = replay(shipped, EPISODE, without=["leakage"])
    assert not tight.flows[tight.flows["from_place"] == "china"]["permitted"].eq(False).any()


def test_the_score_stands_beside_both_forecasts_and_says_what_is_missed(
    shipped: World, found: PathOutcome, told: Explained
) -> None:
    scored = score(shipped, found)
    table = scored.table.set_index("series")
    assert not table["modelled"].isna().any()
    assert table.loc["premium-la-oxide-china-10h2", "twofold"]
    assert set(scored.summary()["measure"]) >= {"all", "price", "licensed-export", "premium", "use"}
    rent = told.uniform_rent.set_index("commodity")
    assert rent.loc["la-oxide", "uniform"] == pytest.approx((6.08 + 15.0) / 6.08)
    assert rent.loc["dy-oxide", "uniform"] < 1.13 < rent.loc["dy-oxide", "seen"]
    assert any(line.startswith("2011-H1") for line in told.misses)


def test_what_was_put_aside_and_when_plants_stood_still_is_felt_and_a_tax_on_given_output_is_not(
    shipped: World, found: PathOutcome
) -> None:
    """Baotou put 5,000 t aside in 2010 (Reuters) and stood still from 19 October 2011."""

    def paid(outcome: PathOutcome, period: str) -> float:
        at = outcome.prices.query("place == 'japan' and commodity == 'nd-oxide'").set_index("period")["point"]
        return float(at[period])

    assert paid(found, "2010-H1") > paid(replay(shipped, EPISODE, without=["stock-building"]), "2010-H1")
    assert paid(found, "2011-H2") > paid(replay(shipped, EPISODE, without=["halt"]), "2011-H2")
    untaxed = replay(shipped, EPISODE, without=["resource-tax"])
    assert paid(found, "2011-H2") == pytest.approx(paid(untaxed, "2011-H2"), rel=1e-3)
    mined = found.production[found.production["kind"].eq("mine") & found.production["place"].eq("china")]
    t = mined[mined["period"].str.startswith("2011")]["level_t"].sum()
    assert t == pytest.approx(96900.0 + 20500.0 - 5000.0, rel=0.001)


def test_peaks_say_how_much_use_would_have_to_be_missing(told: Explained) -> None:
    """A curve of elasticity e bought at k times a price takes k**e of what it took at that price."""
    table = told.peaks.set_index("commodity")
    assert len(table) == 7
    row = table.loc["ce-oxide"]
    left = 1.0 - row["missing_t"] / row["use_t"]
    assert np.log(left) / np.log(row["seen"] / row["modelled"]) == pytest.approx(row["elasticity"])
    assert -0.3 < row["elasticity"] < -0.075
    assert any(line.startswith("Peaks:") and "4 of 4" in line for line in told.misses)


def test_new_mines_outside_come_no_sooner_and_no_faster_than_was_seen(shipped: World, found: PathOutcome) -> None:
    """With both bounds nothing new is made before the episode ends; without the years that a mine takes, no more than
    a share of the world's output a year; without either, as much as pays, which no price outlives."""
    market, episode = OxideMarket.of(shipped, EPISODE), Episode.of(shipped, EPISODE)
    new = {"both": found} | {p: replay(shipped, EPISODE, without=[p]) for p in ("lead", "speed")}
    made = {
        k: f.production[f.production["activity"].str.endswith("|new")].set_index("period")["level_t"]
        for k, f in new.items()
    }
    assert made["both"].sum() == 0.0
    world_t = market.made(market.first).sum().sum()
    for period in episode.months:
        years = max((period.middle - episode.known_on).days / 365.25, 0.0)
        allowed = market.one("entry-speed") * world_t * years * ((period.last - period.first).days + 1) / 365.25
        assert made["lead"].get(period.label, 0.0) <= allowed * (1 + 1e-6) + 1e-6
    assert made["speed"].sum() > made["lead"].sum() > 0.0
    paid = {
        k: f.prices.query("place == 'japan' and period == '2011-H2'").set_index("commodity")["point"]["nd-oxide"]
        for k, f in new.items()
    }
    assert paid["both"] > paid["lead"] > paid["speed"]


def test_buyers_who_adapt_no_faster_than_was_seen_pay_more(shipped: World, found: PathOutcome) -> None:
    slow = replay(shipped, EPISODE, without=["swiftness"])
    paid = [
        f.prices.query("place == 'japan' and period == '2011-H2'").set_index("commodity")["point"]
        for f in (found, slow)
    ]
    assert (paid[1] > paid[0]).all()


def test_parts_and_episodes_that_do_not_exist_are_told(shipped: World) -> None:
    assert "leakage" in parts_of(shipped, EPISODE)
    assert "leakage" not in parts_of(shipped, "licences-2025")
    with pytest.raises(UnknownNameError):
        parts_of(shipped, "quotas-2011")
    with pytest.raises(InputError):
        OxideMarket.of(shipped, "licences-2025")


def test_the_quota_counts_licensed_links_only(shipped: World) -> None:
    market = OxideMarket.of(shipped, EPISODE)
    inside = market.usual_prices()["inside"].to_dict()
    network = market.network("x", market.first, 0.5, market.demands(), inside, quota_t=1000.0)
    counted = network.quota_members[network.quota_members["quota"] == QUOTA]["member"]
    assert counted.str.startswith("legal|").all()
    assert (network.links.loc[network.links["link"].isin(counted), "decision"] == "licence").all()
