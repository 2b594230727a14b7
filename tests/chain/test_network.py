"""The network of the base year: everything comes from somewhere, nothing appears, origins are kept."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from ytterby.chain.network import Network
from ytterby.chain.origin import ANY, FREE, LISTED, MIXED, magnet_tags
from ytterby.studies.solve import Base


@pytest.fixture(scope="module")
def network(base: Base) -> Network:
    return base.outcome.network


def recipes_of(network: Network) -> pd.DataFrame:
    """Recipes with what their activity and their node are."""
    nodes = network.nodes[["node", "commodity", "place", "origin_tag"]]
    activities = network.activities[["activity", "kind", "country"]]
    return network.recipes.merge(nodes, on="node").merge(activities, on="activity")


def reached(network: Network) -> set[str]:
    """Nodes that can be supplied: from what needs nothing, by recipes whose inputs can all be had, and over links."""
    needs: dict[str, set[str]] = {a: set() for a in network.activities["activity"]}
    gives: dict[str, set[str]] = {a: set() for a in needs}
    for activity, node, amount in network.recipes[["activity", "node", "coefficient"]].itertuples(index=False):
        (gives if amount > 0 else needs)[activity].add(node)
    ways = list(zip(network.links["from_node"], network.links["to_node"], strict=True))
    have: set[str] = set()
    while True:
        before = len(have)
        for activity, inputs in needs.items():
            if inputs <= have:
                have |= gives[activity]
        have |= {to for start, to in ways if start in have}
        if len(have) == before:
            return have


def test_only_mines_and_unrecorded_supply_make_something_of_nothing(network: Network) -> None:
    fed = set(network.recipes.loc[network.recipes["coefficient"] < 0, "activity"])
    sources = network.activities[~network.activities["activity"].isin(fed)]
    assert set(sources["kind"]) <= {"mine", "unrecorded"}
    assert np.isfinite(sources["capacity_t"]).all()


def test_every_buyer_can_be_supplied_from_a_mine_or_unrecorded_supply(network: Network) -> None:
    assert set(network.demands["node"]) - reached(network) == set()


def test_every_node_is_reached_from_a_mine_or_unrecorded_supply(network: Network) -> None:
    lost = {key.split("|")[0] for key in set(network.nodes["node"]) - reached(network)}
    assert lost == set()


def test_what_nothing_reaches_has_no_price(base: Base) -> None:
    prices = base.outcome.prices.set_index("node")
    lost = prices.index.difference(pd.Index(sorted(reached(base.outcome.network))))
    assert prices.loc[lost, "point"].isna().all()
    assert not (prices.loc[lost, "traded_t"] > 1e-5).any()


def test_keys_are_unique_and_every_reference_is_kept(network: Network) -> None:
    for table, key in (
        ("nodes", "node"),
        ("activities", "activity"),
        ("links", "link"),
        ("demands", "demand"),
        ("quotas", "quota"),
    ):
        assert getattr(network, table)[key].is_unique, table
    nodes = set(network.nodes["node"])
    named = [network.recipes["node"], network.links["from_node"], network.links["to_node"], network.demands["node"]]
    assert set().union(*named) == nodes
    members = network.quota_members
    assert set(members.loc[members["kind"] == "link", "member"]) <= set(network.links["link"])
    assert set(members.loc[members["kind"] == "activity", "member"]) <= set(network.activities["activity"])
    assert set(members["quota"]) <= set(network.quotas["quota"])


def test_a_link_joins_the_same_thing_at_two_places(network: Network) -> None:
    nodes = network.nodes.set_index("node")
    start, end = nodes.loc[network.links["from_node"]], nodes.loc[network.links["to_node"]]
    for column in ("commodity", "origin_tag"):
        assert (start[column].to_numpy() == end[column].to_numpy()).all()
    assert (start["place"].to_numpy() != end["place"].to_numpy()).all()
    assert (network.links["cost_usd_per_t"] > 0).all()
    assert (network.links["duty_usd_per_t"] >= 0).all()


def test_no_recipe_makes_more_of_an_element_than_it_uses(network: Network) -> None:
    table = network.contents.pivot_table(index="commodity", columns="element", values="t_per_t", fill_value=0.0)
    recipes = recipes_of(network)
    flow = table.reindex(recipes["commodity"]).fillna(0.0).mul(recipes["coefficient"].to_numpy(), axis=0)
    net = flow.groupby(recipes["activity"].to_numpy()).sum()
    fed = net.index.isin(recipes.loc[recipes["coefficient"] < 0, "activity"])
    gained = net[fed].max(axis=1)
    assert gained[gained > 1e-9].to_dict() == {}


def test_every_site_that_is_bounded_says_who_holds_its_rent(network: Network) -> None:
    bounded = network.activities[np.isfinite(network.activities["capacity_t"])]
    assert (bounded["holder"] != "").all()
    assert (network.quotas["holder"] != "").all()


def origin_of_magnet(tags: dict[str, str], controlled: set[str]) -> str:
    """As documented: listed if its controlled elements are, mixed if only other rare earths are, free if none is."""
    if any(tag == LISTED for c, tag in tags.items() if c in controlled):
        return LISTED
    return MIXED if LISTED in tags.values() else FREE


@pytest.mark.parametrize("others", range(3))
@pytest.mark.parametrize("controlled", range(3))
def test_a_magnet_takes_its_origin_from_its_controlled_parts_first(others: int, controlled: int) -> None:
    inputs = [(f"other-{i}", False) for i in range(others)] + [(f"controlled-{i}", True) for i in range(controlled)]
    ways = magnet_tags(inputs)
    named = {c for c, is_controlled in inputs if is_controlled}
    for tag, tags in ways:
        assert set(tags) == {c for c, _ in inputs}
        assert tag == origin_of_magnet(tags, named)
    mixes = [tuple(sorted(tags.items())) for _, tags in ways]
    assert len(set(mixes)) == len(mixes) == 2 ** (min(others, 1) + min(controlled, 1))


def test_every_magnet_of_the_chain_is_tagged_by_its_parts(base: Base, network: Network) -> None:
    recipes = recipes_of(network)
    makers = recipes[recipes["kind"].isin(("magnet", "new magnet"))]
    assert len(makers)
    for _, rows in makers.groupby("activity"):
        (made,) = rows.loc[rows["coefficient"] > 0, "origin_tag"]
        used = rows[rows["coefficient"] < 0]
        assert made == origin_of_magnet(
            dict(zip(used["commodity"], used["origin_tag"], strict=True)), base.assembly.controlled_metals
        )


def test_oxides_are_listed_where_the_claiming_country_separates_and_keep_their_tag_as_metal(
    base: Base, network: Network
) -> None:
    recipes = recipes_of(network)
    split = recipes[recipes["kind"].isin(("separation", "finishing")) & (recipes["coefficient"] > 0)]
    claimed = split["country"] == base.assembly.claiming_country
    assert (split["origin_tag"] == np.where(claimed, LISTED, FREE)).all()
    metal = recipes[recipes["kind"].isin(("metal", "new metal"))]
    assert (metal.groupby("activity")["origin_tag"].nunique() == 1).all()
    mined = recipes[recipes["kind"] == "mine"]
    assert set(mined["origin_tag"]) == {FREE}


def test_a_buyer_who_does_not_ask_is_served_from_every_origin(network: Network) -> None:
    nodes = network.nodes.set_index("node")
    sold = nodes.loc[network.demands["node"].unique()]
    for (commodity, place), _ in sold[sold["origin_tag"] == ANY].groupby(["commodity", "place"]):
        tags = nodes[(nodes["commodity"] == commodity) & (nodes["place"] == place)]["origin_tag"]
        for tag in set(tags) - {ANY}:
            assert f"accept:{commodity}:{tag}:{place}" in set(network.activities["activity"])


def test_sites_of_one_place_and_stage_share_their_capacity(network: Network) -> None:
    """No magnet or metal activity on standing capacity escapes its place's total."""
    standing = network.activities[network.activities["kind"].isin(("metal", "magnet"))]
    members = network.quota_members[network.quota_members["quota"].str.startswith("capacity:")]
    assert set(standing["activity"]) <= set(members["member"])
    pairs = itertools.product(("metal", "magnet"), standing["place"].unique())
    assert set(network.quotas["quota"]) >= {
        f"capacity:{stage}:{place}"
        for stage, place in pairs
        if ((standing["kind"] == stage) & (standing["place"] == place)).any()
    }
