"""Contracts of the world: floors on what is made, offtakes as shares of output, public purchases on their days."""

from __future__ import annotations

import pytest

from ytterby.chain.contracts import price_floors
from ytterby.market import equilibrium
from ytterby.studies.assembling import assembly_of
from ytterby.studies.solve import Base
from ytterby.world import Scenario, World
from ytterby.world.errors import InputError

DAY = "2026-07-01"


def rules_on(day: str) -> dict[str, object]:
    return {
        "table": "model_settings", "where": {"setting": "rules-on"}, "set": {"choice": day}, "because": "a later day",
    }  # fmt: skip


@pytest.fixture(scope="module")
def later(base: Base):  # type: ignore[no-untyped-def]
    """The base year under the contracts of a later day, with a state that buys to keep."""
    change = Scenario.parse(
        {
            "title": "Contracts of a later day",
            "changes": [
                rules_on(DAY),
                {
                    "table": "market_contracts",
                    "append": {
                        "contract": "a-reserve", "kind": "stockpile", "commodity": "ndpr-oxide", "place": "usa",
                        "usd_per_kg": 80.0, "t_per_year": 300.0, "holder": "a state", "source": "assumption",
                        "confidence": "D", "valid_from": "2026-01-01",
                    },
                    "because": "a state buys to keep",
                },
            ],
        }
    )  # fmt: skip
    case = assembly_of(base, change)
    return equilibrium(case.network(base.reference), intervals="none", start=base.outcome)


def test_nothing_holds_before_its_day(base: Base) -> None:
    assert base.outcome.network.price_floors.empty
    assert not base.outcome.network.quotas["quota"].str.startswith("offtake:").any()
    assert "support" not in base.outcome.meta


def test_an_offtake_sends_its_share_to_its_place(later, shipped: World) -> None:  # type: ignore[no-untyped-def]
    contract = shipped.table("market_contracts").set_index("contract").loc["jare-lynas-ndpr"]
    made = later.made
    own = made[(made["place"] == "malaysia") & (made["commodity"] == "ndpr-oxide") & (made["made_t"] > 0)]
    flows = later.flows[(later.flows["commodity"] == "ndpr-oxide") & (later.flows["from_place"] == "malaysia")]
    sent = flows.loc[flows["to_place"] == contract["place"], "flow_t"].sum()
    assert own["made_t"].sum() > 0
    assert sent >= float(contract["share"]) * own["made_t"].sum() * (1 - 1e-6)


def test_a_floor_pays_what_the_benchmark_lacks(later) -> None:  # type: ignore[no-untyped-def]
    paid = {row["contract"]: row for row in later.meta["support"]}
    row = paid["us-dow-mp-price-protection"]
    assert row["benchmark_usd_per_kg"] == pytest.approx(later.price("ndpr-oxide", "china"), rel=1e-9)
    assert row["paid_usd_per_kg"] == pytest.approx(110.0 - row["benchmark_usd_per_kg"], rel=1e-9)
    assert later.certificate.holds


def test_a_state_buys_to_keep_below_its_price(later) -> None:  # type: ignore[no-untyped-def]
    bought = later.consumption.set_index("demand").loc["stockpile|a-reserve"]
    assert bought["price_usd_per_t"] < 80_000.0
    assert bought["bought_t"] == pytest.approx(300.0)


def test_contracts_that_lack_something_are_told_all_at_once(base: Base, shipped: World) -> None:
    rows = [
        {"contract": "a", "kind": "offtake", "commodity": "ndpr-oxide", "site": "mp-separation"},
        {"contract": "b", "kind": "stockpile", "commodity": "ndpr-oxide", "place": "usa", "usd_per_kg": 80.0},
    ]
    tail = {"holder": "a state", "source": "assumption", "confidence": "D", "note": "made up to be faulty"}
    change = {"table": "market_contracts", "append": [r | tail for r in rows], "because": "contracts with gaps"}
    world = Scenario.parse({"title": "Contracts with gaps", "changes": [change]}).apply(shipped)
    with pytest.raises(InputError) as told:
        price_floors(world, base.assembly.draft)
    assert all(part in str(told.value) for part in ("a, place", "a, share", "b, t_per_year"))
