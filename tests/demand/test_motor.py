"""Cost of a magnet price per vehicle: the worked numbers of the published amounts."""

import pytest

from ytterby import demand
from ytterby.world.errors import InputError
from ytterby.world.load import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


def test_ten_dollars_on_ndpr_cost_seven_and_a_half_on_a_car(world: World) -> None:
    cost = demand.motor_cost(world, {"ndpr-oxide": 10.0}, magnet_kg=2.0, net_yield=0.9)
    assert cost.usd_per_vehicle == pytest.approx(7.5, abs=0.15)


def test_heavy_oxides_of_may_2025_cost_tens_of_dollars(world: World) -> None:
    # Dy 230 -> 850 and Tb 900 -> 3,000 USD/kg on the IEA's mean content: +30 and +21 USD.
    cost = demand.motor_cost(world, {"dy-oxide": 620.0, "tb-oxide": 2100.0}, net_yield=0.9)
    assert cost.dy_usd == pytest.approx(30, abs=1)
    assert cost.tb_usd == pytest.approx(21, abs=1)


def test_a_tripled_magnet_price_is_about_half_a_per_cent_of_a_car(world: World) -> None:
    # 2 kg at 49.2 USD/kg (Chinese export value 2024) tripled: 197 USD on 40,000.
    cost = demand.motor_cost(world, {}, magnet_kg=2.0, premium_usd_per_kg=2 * 49.2)
    assert cost.share_of_car == pytest.approx(0.005, abs=0.0005)


def test_switching_thresholds_lie_in_the_derived_range(world: World) -> None:
    # Motors without magnets pay at 50 to 150 USD per kg of magnet above the base price.
    motors = [s for kg in (2.0, 4.0) for s in demand.substitutes(world, kg) if s.saved_share == 1]
    assert len(motors) == 6
    for other in motors:
        assert 45 <= other.switch_usd_per_kg_magnet <= 155


def test_at_the_prices_of_2025_other_magnets_pay_and_motors_without_do_not(world: World) -> None:
    # Dy 230 -> 850 and Tb 900 -> 3,000 USD/kg: half the heavy elements pays, a motor of 200-300 USD does not.
    table = demand.motor_types(world, {"dy-oxide": 620.0, "tb-oxide": 2100.0}).set_index("motor")
    today = table.loc["Magnet motor of today", "extra_usd"]
    assert table.loc["Magnet with grain-boundary diffusion", "extra_usd"] < today
    assert (table.loc[table["magnet_kg"] == 0, "extra_usd"] > today).all()
    assert (demand.motor_types(world).set_index("motor").loc["Magnet motor of today"].iloc[4:] == 0).all()


def test_every_kilogram_of_an_element_is_in_some_use(world: World) -> None:
    total = demand.elements(world, 2024).groupby("element")["t"].sum()
    places = sum(
        demand.elements(world, 2024, p).groupby("element")["t"].sum().reindex(total.index).fillna(0.0)
        for p in set(demand.annual_goods(world, 2024)["place"])
    )
    assert places.to_numpy() == pytest.approx(total.to_numpy())


def test_unknown_oxide_and_negative_amounts_are_all_reported(world: World) -> None:
    with pytest.raises(InputError) as caught:
        demand.motor_cost(world, {"la-oxide": 1.0}, magnet_kg=-1.0, net_yield=0.0)
    assert len(caught.value.faults) == 3
