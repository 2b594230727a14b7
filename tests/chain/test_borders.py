"""Borders: one row of a transit policy reaches every price behind it; a closure makes nobody better off in all."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace

import pytest

from ytterby.market import Outcome, equilibrium
from ytterby.studies.solve import Base, solve
from ytterby.world import Scenario, World

MYANMAR = "concentrate:clay-myanmar|free:myanmar>china"
"""The single way of Burmese clay: nobody else separates it."""


def aim(outcome: Outcome) -> float:
    """What the market maximises, USD: all gains before tax revenue is handed back.

    The law below holds for this. With revenue counted a closure could gain: in a taxed world the second best rules.
    """
    gains = outcome.welfare[outcome.welfare["account"] == "gain"].set_index("item")["usd"]
    return float(gains.sum() - gains["tax revenue"])


@pytest.fixture(scope="session")
def myanmar_closed(shipped: World, base: Base) -> Outcome:
    """The base year with one row more in the transit policies: Myanmar lets no concentrate out."""
    row = {
        "policy": "myanmar-keeps-its-clay", "country": "MMR", "role": "export", "origins": "*", "destinations": "*",
        "forms": "ore|concentrate|ionic-concentrate", "modes": "*", "hazard": "any", "decision": "refused",
        "kind": "legal ban", "valid_from": datetime.date(2024, 1, 1), "active": True, "premise": "unverified",
        "holder": "MMR", "text": "no clay concentrate leaves", "source": "assumption", "confidence": "D",
        "note": "a supposition",
    }  # fmt: skip
    change = {"table": "transit_policies", "append": row, "because": "One row, followed through the whole chain"}
    return solve(shipped, Scenario.parse({"title": "Myanmar closed", "changes": [change]}))


def test_one_row_of_the_transit_policies_changes_prices_through_the_whole_chain(
    base: Base, myanmar_closed: Outcome
) -> None:
    """Clay holds much of the world's dysprosium: its oxide, its metal and a magnet at the far end all get dearer."""
    assert MYANMAR in set(base.outcome.network.links["link"])
    assert MYANMAR not in set(myanmar_closed.network.links["link"])
    flows = base.outcome.flows.set_index("link")["flow_t"]
    assert flows[MYANMAR] > 0
    for product, place in (
        ("dy-oxide", "china"),
        ("dy-metal", "china"),
        ("ndfeb-uh-eh", "china"),
        ("ndfeb-uh-eh", "europe"),
    ):
        before, after = base.outcome.price(product, place), myanmar_closed.price(product, place)
        assert before is not None
        assert after is not None
        assert after > before * 1.05, (product, place)


def test_a_closed_border_opens_no_way_and_cheapens_none(
    base: Base, myanmar_closed: Outcome, solved_scenario: Callable[[str], Outcome]
) -> None:
    open_ = base.outcome.network.links.set_index("link")["cost_usd_per_t"]
    for closed in (myanmar_closed, solved_scenario("russia-closed"), solved_scenario("china-refuses-transit")):
        left = closed.network.links.set_index("link")["cost_usd_per_t"]
        assert set(left.index) <= set(open_.index)
        assert (left >= open_.reindex(left.index) - 1e-9).all()


def test_closing_a_border_never_raises_total_welfare(
    base: Base, myanmar_closed: Outcome, solved_scenario: Callable[[str], Outcome]
) -> None:
    for closed in (myanmar_closed, solved_scenario("russia-closed"), solved_scenario("china-refuses-transit")):
        assert aim(closed) <= aim(base.outcome) * (1 + 1e-9)


@pytest.mark.parametrize("place", ["usa", "africa", "vietnam"])
def test_nothing_leaving_a_place_never_raises_total_welfare(place: str, base: Base) -> None:
    """The network of the base year with every link out of one place taken away; nothing else changes."""
    network = base.outcome.network
    out = network.links["link"].str.contains(rf":{place}>")
    assert out.any()
    members = network.quota_members
    gone = set(network.links.loc[out, "link"])
    held = members[~((members["kind"] == "link") & members["member"].isin(gone))]
    closed = equilibrium(replace(network, links=network.links[~out], quota_members=held), intervals="none")
    assert aim(closed) <= aim(base.outcome) * (1 + 1e-9)


@pytest.mark.parametrize("name", Scenario.names())
def test_every_shipped_scenario_applies_and_assembles(
    name: str, shipped: World, solved_scenario: Callable[[str], Outcome]
) -> None:
    changed = Scenario.load(name).apply(shipped)
    assert (changed.hash == shipped.hash) == (name == "baseline")
    network = solved_scenario(name).network
    assert len(network.demands)
    assert len(network.links)
    assert set(network.links["from_node"]) <= set(network.nodes["node"])
