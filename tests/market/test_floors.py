"""Price floors as contracts for difference: payment and price agree, and a transfer is no saving of cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from worlds import Draft

from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium
from ytterby.market.floors import payment

FLOOR, DEAR, CHEAP = 110.0, 90_000.0, 20_000.0


def network(
    floor: float = FLOOR, *, limit: float = np.nan, share: float = 0.0, cap: float = np.nan, dear: float = DEAR
) -> Network:
    """A dear maker who holds a floor, and cheap ones who do not, at one place."""
    draft = Draft()
    node = draft.node("ndpr-oxide", "here", stage="separation")
    draft.content("ndpr-oxide", {"NdPr": 1.0})
    draft.activity("dear", {node: 0.5}, 0.5 * dear, 2_000.0, place="here")
    draft.activity("cheap", {node: 1.0}, CHEAP, 9_000.0, place="here")
    draft.demand(node, 9_500.0, 50_000.0, -0.5)
    floors = pd.DataFrame(
        [("support", "dear", "ndpr-oxide", "here", 0.5, floor, share, floor, cap, limit, "a state", pd.NaT, pd.NaT)],
        columns=[
            "contract", "activity", "commodity", "benchmark_place", "t_per_t", "floor_usd_per_kg", "upside_share",
            "upside_above_usd_per_kg", "upside_cap_usd_per_year", "limit_t", "holder", "valid_from", "valid_to",
        ],
    )  # fmt: skip
    return replace(draft.network(), price_floors=floors)


def made(found: Outcome, activity: str) -> float:
    return float(found.production.set_index("activity")["level_t"][activity])


def price(found: Outcome) -> float:
    return float(found.price("ndpr-oxide", "here") or np.nan)


def test_a_floor_keeps_a_dear_maker_at_work_and_lowers_the_price_for_others() -> None:
    with_floor = equilibrium(network())
    without = equilibrium(replace(network(), price_floors=pd.DataFrame()))
    assert made(without, "dear") == pytest.approx(0.0, abs=1e-6)
    assert made(with_floor, "dear") == pytest.approx(2_000.0)
    assert price(with_floor) < price(without)
    assert with_floor.certificate.holds


def test_what_is_paid_is_what_the_price_lacks_to_the_floor() -> None:
    found = equilibrium(network())
    paid = found.meta["support"][0]
    assert paid["paid_usd_per_kg"] == pytest.approx(FLOOR - price(found), rel=1e-9)
    assert paid["t"] == pytest.approx(1_000.0)
    assert paid["usd"] == pytest.approx(1e6 * (FLOOR - price(found)), rel=1e-9)


def test_support_is_a_transfer_and_welfare_is_what_it_is_worth_less_what_it_costs() -> None:
    found = equilibrium(network())
    gains = found.welfare[found.welfare["account"] == "gain"].set_index("item")["usd"]
    memo = found.welfare[found.welfare["account"] == "memo"].set_index("item")["usd"]
    assert gains["support paid by price floors"] == pytest.approx(-found.meta["support"][0]["usd"], rel=1e-9)
    assert memo["resource cost: production"] == pytest.approx(
        2_000.0 * 0.5 * DEAR + made(found, "cheap") * CHEAP, rel=1e-9
    )
    worth = memo["worth of what is bought"] - memo["resource cost: production"]
    assert found.total_welfare_usd == pytest.approx(worth, rel=1e-9)
    without = equilibrium(replace(network(), price_floors=pd.DataFrame()))
    assert found.total_welfare_usd < without.total_welfare_usd


def test_a_floor_below_the_price_pays_nothing_and_changes_nothing() -> None:
    found = equilibrium(network(floor=10.0))
    without = equilibrium(replace(network(floor=10.0), price_floors=pd.DataFrame()))
    assert found.meta["support"][0]["usd"] == 0.0
    assert price(found) == pytest.approx(price(without), rel=1e-9)


def test_a_share_of_the_upside_is_taken_from_the_producer() -> None:
    found = equilibrium(network(floor=30.0, share=0.3, dear=25_000.0))
    paid = found.meta["support"][0]
    assert price(found) > 30.0
    assert paid["paid_usd_per_kg"] == pytest.approx(-0.3 * (price(found) - 30.0), rel=1e-9)


def test_a_tonnage_that_is_made_anyway_gives_income_and_no_incentive() -> None:
    found = equilibrium(network(limit=500.0, dear=25_000.0))
    assert made(found, "dear") == pytest.approx(2_000.0)
    assert found.meta["support"][0]["t"] == pytest.approx(500.0)
    assert float(found.network.activities["support_usd_per_t"].abs().sum()) == 0.0


@pytest.mark.parametrize(("at", "paid"), [(49.0, 61.0), (110.0, 0.0), (120.0, -3.0)])
def test_payment_by_price(at: float, paid: float) -> None:
    floors = network(share=0.3).price_floors
    assert payment(floors, {("", "ndpr-oxide", "here"): at})[0] == pytest.approx(paid)
    assert payment(floors, {})[0] == 0.0


def test_a_share_with_a_yearly_limit_takes_no_more_and_moves_no_output_past_it() -> None:
    """Above its limit the share takes the same sum whatever is made: the next kg is the maker's own."""
    limit = 1e6
    free = equilibrium(network(floor=30.0, share=0.3, dear=25_000.0))
    capped = equilibrium(network(floor=30.0, share=0.3, cap=limit, dear=25_000.0))
    assert free.meta["support"][0]["usd"] < -limit
    paid = capped.meta["support"][0]
    assert paid["usd"] == pytest.approx(-limit)
    assert paid["paid_usd_per_kg"] == pytest.approx(-limit / paid["t"] / 1000.0)
    assert float(capped.network.activities["support_usd_per_t"].abs().sum()) == 0.0


def test_a_share_below_its_yearly_limit_is_the_share() -> None:
    free = equilibrium(network(floor=30.0, share=0.3, dear=25_000.0)).meta["support"][0]
    wide = equilibrium(network(floor=30.0, share=0.3, cap=-2.0 * free["usd"], dear=25_000.0)).meta["support"][0]
    assert wide["usd"] == pytest.approx(free["usd"], rel=1e-9)
