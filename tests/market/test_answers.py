"""Intervals, explanations, comparison, report, clashes and families."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from worlds import Draft

from ytterby.chain.network import Network
from ytterby.market import Family, Outcome, Sample, compare, equilibrium
from ytterby.market.outcome import TABLES
from ytterby.market.report import as_contract, production_beside_observed
from ytterby.world.errors import InputError, SolveError, UnknownNameError


def _knife_edge() -> Network:
    """Capacity meets an inelastic demand exactly: any price from cost to choke clears the market."""
    draft = Draft()
    node, idle = draft.node("oxide", "here"), draft.node("oxide", "nowhere")
    draft.activity("mine", {node: 1.0}, 4000.0, capacity=100.0)
    draft.demand(node, 100.0, 5000.0, 0.0, choke=60e3)
    draft.demand(idle, 10.0, 5000.0, -0.5)
    return draft.network()


def test_a_price_that_the_optimum_leaves_open_is_an_interval_and_says_so() -> None:
    out = equilibrium(_knife_edge())
    row = out.prices.set_index("node").loc["oxide|here"]
    assert (row["low"], row["point"], row["high"]) == pytest.approx((4.0, 4.0, 60.0), rel=1e-9)
    assert row["wide"]


def test_what_does_not_trade_has_no_price() -> None:
    out = equilibrium(_knife_edge())
    row = out.prices.set_index("node").loc["oxide|nowhere"]
    assert np.isnan([row["low"], row["point"], row["high"]]).all()
    assert out.price("oxide", "nowhere") is None


def test_points_lie_within_their_intervals(outcome: Outcome) -> None:
    asked = outcome.prices.dropna(subset=["low", "high"])
    assert len(asked) > 300
    slack = 1e-9 * asked["point"].abs()
    assert ((asked["low"] <= asked["point"] + slack) & (asked["point"] <= asked["high"] + slack)).all()


def test_intervals_are_the_two_one_sided_derivatives() -> None:
    """Checked by brute force: a little more, and a little less, of each product at the same place."""
    draft = Draft()
    ore, light, heavy = (
        draft.node("ore", "here", disposal=False),
        draft.node("light", "here"),
        draft.node("heavy", "here"),
    )
    draft.activity("mine", {ore: 1.0}, 1000.0, capacity=100.0)
    draft.activity("separate", {ore: -1.0, light: 0.9, heavy: 0.1}, 0.0)
    draft.demand(light, 90.0, 1000.0, 0.0, choke=3000.0)
    draft.demand(heavy, 10.0, 9000.0, 0.0, choke=40e3)
    base = draft.network()
    out = equilibrium(base, intervals="all")

    def objective(node: str, gift: float) -> float:
        draft.rows["activities"], kept = list(draft.rows["activities"]), draft.rows["activities"]
        draft.rows["recipes"], recipes = list(draft.rows["recipes"]), draft.rows["recipes"]
        if gift > 0:
            draft.activity("gift", {node: 1.0}, 0.0, capacity=gift, minimum=gift)
        else:
            draft.activity("theft", {node: -1.0}, 0.0, capacity=-gift, minimum=-gift)
        welfare = equilibrium(draft.network(), intervals="none").welfare.set_index("item")["usd"]
        draft.rows["activities"], draft.rows["recipes"] = kept, recipes
        return float(welfare["worth of what is bought"] - welfare["resource cost: production"])

    middle = out.welfare.set_index("item")["usd"]
    value = float(middle["worth of what is bought"] - middle["resource cost: production"])
    for node in (light, heavy):
        row = out.prices.set_index("node").loc[node]
        step = 1e-3
        assert (objective(node, step) - value) / step / 1000 == pytest.approx(row["low"], abs=1e-4)
        assert (value - objective(node, -step)) / step / 1000 == pytest.approx(row["high"], abs=1e-4)


def test_the_parts_of_a_price_add_up_to_it(outcome: Outcome) -> None:
    for product, place in (("dy oxide", "p03"), ("ndfeb-sh-use", "P17"), ("ndpr-metal", "p01")):
        why = outcome.why("price", product=product, place=place)
        assert why.marginal["usd_per_kg"].sum() == pytest.approx(why.price_usd_per_kg, rel=1e-6)
        assert why.by_cause().sum() == pytest.approx(why.price_usd_per_kg, rel=1e-6)
        ladder = why.ladder
        parts = ladder[["cost", "duty", "rent", "inputs", "coproducts"]].sum(axis=1)
        assert np.allclose(parts, ladder["price_usd_per_kg"], rtol=1e-6, atol=1e-9)
        assert set(why.binding["key"]) or ladder["rent"].abs().max() < 1e-9
        assert "USD/kg" in why.sentence


def test_unknown_names_suggest_the_nearest(outcome: Outcome) -> None:
    with pytest.raises(UnknownNameError, match="dy-oxide"):
        outcome.why("price", product="dyy-oxide", place="p03")
    with pytest.raises(UnknownNameError):
        outcome.why("quantity", product="dy-oxide", place="p03")
    with pytest.raises(InputError, match="does not trade"):
        equilibrium(_knife_edge()).why("price", product="oxide", place="nowhere")


def test_a_comparison_splits_what_changed_exactly(outcome: Outcome, lesser: Outcome) -> None:
    change = compare(outcome, lesser)
    both = change.prices.merge(change.causes, on=["product", "place"], suffixes=("", "_sum"))
    assert np.allclose(both["change"], both["change_sum"], atol=1e-6)
    assert np.allclose(both[["process", "freight", "duty", "scarcity"]].sum(axis=1), both["change_sum"])
    cost = [o.production["cost_usd"].sum() + o.flows["cost_usd"].sum() for o in (outcome, lesser)]
    assert change.costs["change"].sum() == pytest.approx(cost[1] - cost[0], rel=1e-6)
    welfare = change.welfare.set_index("item")["change"]
    assert welfare["welfare"] == pytest.approx(lesser.total_welfare_usd - outcome.total_welfare_usd)
    assert len(change.headline()) > 10
    assert compare(outcome, outcome).prices["change"].abs().max() == 0.0


def test_welfare_items_add_up_to_worth_less_resource_cost(outcome: Outcome) -> None:
    money = outcome.welfare.set_index("item")["usd"]
    worth = money["worth of what is bought"] - money["resource cost: production"] - money["resource cost: transport"]
    assert money["welfare"] == pytest.approx(worth, rel=1e-10)


def test_the_contract_is_json_and_has_its_keys(outcome: Outcome) -> None:
    seen = outcome.network.observed_prices.copy()
    seen.loc[0] = ["ndpr-oxide", "p01", "net", "FOB", 50.0, 55.0, 60.0, "tested", "s"]
    made = outcome.network.observed_production.copy()
    made.loc[0] = ["mine", "AAA", "", 3e5, 2.8e5, 3.2e5, "by construction", "s"]
    network = replace(outcome.network, observed_prices=seen, observed_production=made)
    contract = json.loads(json.dumps(as_contract(outcome, network), allow_nan=False))
    assert set(contract["certificate"]) >= {"primal", "dual", "complementarity", "gap", "mass_balance"}
    assert set(contract["prices"][0]) == {
        "product",
        "place",
        "tax",
        "incoterm",
        "low",
        "point",
        "high",
        "observed",
        "status",
    }
    assert {"stage", "country", "modelled", "observed", "status"} <= set(contract["production"][0])
    row = next(r for r in contract["prices"] if r["product"] == "ndpr-oxide" and r["place"] == "p01")
    assert (row["observed"], row["status"], row["incoterm"]) == (55.0, "tested", "FOB")
    mined = production_beside_observed(outcome, network).set_index(["stage", "country"]).loc[("mine", "AAA")]
    assert mined["modelled"] == pytest.approx(outcome.production.query("kind == 'mine'")["level_t"].sum())


def test_a_surplus_without_an_outlet_is_named() -> None:
    draft = Draft()
    node = draft.node("cerium", "here", disposal=False)
    draft.activity("state mine", {node: 1.0}, 100.0, capacity=50.0, minimum=20.0)
    draft.demand(node, 5.0, 1000.0, 0.0)
    with pytest.raises(SolveError) as caught:
        equilibrium(draft.network())
    assert "cerium at here" in str(caught.value)
    assert "state mine" in str(caught.value)
    assert "15 t have no outlet" in str(caught.value)


def test_a_quota_that_capacity_cannot_meet_is_named() -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("mine", {node: 1.0}, 100.0, capacity=50.0)
    draft.demand(node, 50.0, 1000.0, -0.5)
    draft.quota("state plan", 80.0, {("activity", "mine"): 1.0}, sense="min")
    with pytest.raises(SolveError) as caught:
        equilibrium(draft.network())
    assert "state plan" in str(caught.value)
    assert "30 t cannot be met" in str(caught.value)
    assert "mine (site site-mine): can make at most 50 t" in str(caught.value)


def test_money_for_nothing_is_named() -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("mine", {node: 1.0}, 100.0, capacity=50.0)
    draft.activity("subsidised", {node: 0.5}, -100.0)
    draft.demand(node, 50.0, 1000.0, -0.5)
    with pytest.raises(SolveError, match="subsidised"):
        equilibrium(draft.network())


def test_a_broken_network_reports_every_fault() -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("mine", {node: 1.0, "oxide|nowhere": 1.0}, float("nan"), capacity=10.0, minimum=20.0)
    draft.demand(node, 50.0, 1000.0, 0.5)
    with pytest.raises(InputError) as caught:
        equilibrium(draft.network())
    assert len(caught.value.faults) == 4


@pytest.fixture(scope="module")
def family(network: Network) -> Family:
    return Family(network)


def _sample(family: Family, seed: int, recipes: bool = False) -> Sample:
    rng = np.random.default_rng(seed)
    net = family.network

    def varied(values, share: float):  # type: ignore[no-untyped-def]
        return values.to_numpy(float) * np.exp(share * rng.standard_normal(len(values)))

    used = np.where(net.recipes["coefficient"] < 0, np.exp(0.02 * rng.random(len(net.recipes))), 1.0)
    return Sample(
        activity_cost_usd_per_t=varied(net.activities["cost_usd_per_t"], 0.1),
        activity_capacity_t=varied(net.activities["capacity_t"], 0.1),
        link_cost_usd_per_t=varied(net.links["cost_usd_per_t"], 0.1),
        reference_t=varied(net.demands["reference_t"], 0.05),
        limit_t=varied(net.quotas["limit_t"], 0.1),
        coefficient=net.recipes["coefficient"].to_numpy() * used if recipes else None,
    )


@pytest.mark.parametrize("recipes", [False, True])
def test_a_sample_equals_a_cold_solve(family: Family, recipes: bool) -> None:
    sample = _sample(family, 1, recipes)
    warm, cold = family.solve(sample), family.solve(sample, cold=True)
    assert warm.welfare_usd == pytest.approx(cold.welfare_usd, rel=1e-9)
    both = np.isfinite(warm.price_usd_per_t) & np.isfinite(cold.price_usd_per_t)
    assert both.sum() > 900
    assert (
        np.max(
            np.abs(warm.price_usd_per_t - cold.price_usd_per_t)[both]
            / np.maximum(np.abs(cold.price_usd_per_t[both]), 1.0)
        )
        < 1e-7
    )


def test_samples_give_the_same_bytes_in_any_order(family: Family) -> None:
    samples = [_sample(family, s) for s in range(3)]
    forward = list(family.run(samples, plan=True))
    backward = list(family.run(samples[::-1], plan=True))[::-1]
    for a, b in zip(forward, backward, strict=True):
        assert a.welfare_usd == b.welfare_usd
        for name in ("price_usd_per_t", "bought_t", "level_t", "flow_t"):
            assert getattr(a, name).tobytes() == getattr(b, name).tobytes(), name


def test_a_sample_equals_the_network_with_those_numbers(family: Family) -> None:
    sample = _sample(family, 4)
    net = family.network
    changed = replace(
        net,
        activities=net.activities.assign(
            cost_usd_per_t=sample.activity_cost_usd_per_t, capacity_t=sample.activity_capacity_t
        ),
        links=net.links.assign(cost_usd_per_t=sample.link_cost_usd_per_t),
        demands=net.demands.assign(reference_t=sample.reference_t),
        quotas=net.quotas.assign(limit_t=sample.limit_t),
    )
    whole = equilibrium(changed, intervals="none")
    solved = family.solve(sample)
    cold = whole.prices["point"].to_numpy(float) * 1000.0
    both = np.isfinite(solved.price_usd_per_t) & np.isfinite(cold)
    assert both.sum() > 900
    assert np.max(np.abs(solved.price_usd_per_t - cold)[both] / np.maximum(np.abs(cold[both]), 1.0)) < 1e-7
    objective = whole.welfare.set_index("item")["usd"]["welfare"] - whole.flows["duty_usd"].sum()
    assert solved.welfare_usd == pytest.approx(objective, rel=1e-9)


def test_a_sample_with_a_minimum_above_its_capacity_is_refused(family: Family) -> None:
    minimum = np.full(len(family.network.activities), 1e9)
    with pytest.raises(InputError, match="capacity"):
        family.solve(Sample(activity_minimum_t=np.minimum(minimum, 1e9), activity_capacity_t=minimum * 0.0))


def test_a_level_far_above_all_that_is_asked_for_is_no_bound() -> None:
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("leach", {node: 1e-4}, 0.5)
    draft.demand(node, 100.0, 5000.0, -0.5)
    out = equilibrium(draft.network(), intervals="none")
    assert out.production["level_t"].iloc[0] == pytest.approx(1e6, rel=1e-9)
    assert out.prices["point"].iloc[0] == pytest.approx(5.0, rel=1e-9)


def test_a_start_from_a_similar_outcome_finds_the_same_answer(
    network: Network, outcome: Outcome, lesser: Outcome
) -> None:
    fewer = lesser.network.activities["activity"] != "mine 03"
    changed = replace(
        lesser.network,
        activities=lesser.network.activities[fewer],
        recipes=lesser.network.recipes[lesser.network.recipes["activity"] != "mine 03"],
    )
    cold = equilibrium(changed, intervals="none")
    warm = equilibrium(changed, intervals="none", start=outcome)
    for name in TABLES:
        assert getattr(warm, name).to_csv(index=False) == getattr(cold, name).to_csv(index=False), name
