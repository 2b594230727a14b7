"""Approvals for the whole shipment: the searches charge them once, held against every path of small networks."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.routes.small_networks import networks

from ytterby.routes import Router
from ytterby.routes.network import RouteNetwork
from ytterby.routes.pareto import Graph, pareto_ways, undominated
from ytterby.routes.permits import asked_again, unfold
from ytterby.routes.policy import Charges, Policy, log_pass_of
from ytterby.routes.pricing import ArcCosts

PAYLOAD = 20.0


def _approval(name: str, usd: int, days: int, refusal: float) -> Policy:
    return Policy(
        policy=name, country="AAA", role="transit", forms=frozenset({"*"}), origins=("*",), destinations=("*",),
        hub="", modes=frozenset({"*"}), class7_only=False, refused=False, kind="licence", days=(days, days),
        refusal_probability=refusal, usd_per_teu=(usd * PAYLOAD,) * 3, a_shipment=True, holder="AAA", text="",
        premise="established",
    )  # fmt: skip


@st.composite
def charged_networks(draw):
    """(network of arrays, approvals, which arcs charge which): every arc is a carriage."""
    network = draw(networks())
    count = draw(st.integers(1, 3))
    approvals = [
        _approval(f"a{i}", draw(st.integers(0, 6)), draw(st.integers(0, 6)), draw(st.sampled_from([0.0, 0.1, 0.5])))
        for i in range(count)
    ]
    met = [draw(st.sets(st.integers(0, count - 1))) for _ in network[1]]
    return network, approvals, met


def _unfolded(network, approvals, met):
    """Graph of the unfolded network with the costs of one shipment, as the router builds it."""
    states, tail, head, weights = network
    arcs = len(tail)
    plain = RouteNetwork(
        on=datetime.date(2025, 1, 1), hubs=pd.DataFrame(), hub_index={}, carriages=(), blocked={},
        state_hub=np.arange(states), state_kind=("",) * states, tail=tail, head=head, carriage=np.arange(arcs),
        transfer=(None,) * arcs, start={i: i for i in range(states)},
        arrivals={i: np.array([i]) for i in range(states)},
    )  # fmt: skip
    charged = {arc: tuple(approvals[i] for i in sorted(found)) for arc, found in enumerate(met) if found}
    none = np.zeros(arcs)
    charge = Charges(none.astype(bool), np.zeros((3, arcs)), np.zeros((2, arcs)), none, {}, {}, {}, charged)
    usd, days, risk = weights.T.copy()
    for arc, policies in charged.items():
        for policy in policies:
            usd[arc] += policy.usd_per_teu[0] / PAYLOAD
            days[arc] += policy.days[0]
            risk[arc] += log_pass_of(policy)
    entry = ArcCosts(np.tile(usd, (3, 1)), np.tile(days, (2, 1)), risk, none, np.ones(arcs, dtype=bool), none)
    unfolded = unfold(plain, charge)
    return unfolded.network, unfolded.costs(entry, PAYLOAD)


def _every_path(network, approvals, met, end):
    """Criteria of every simple path from state 0, each approval met on it counted once."""
    _, tail, head, weights = network
    found = []

    def walk(state, seen, total, paid):
        if state == end:
            extra = [[p.usd_per_teu[0] / PAYLOAD, p.days[0], log_pass_of(p)] for p in (approvals[i] for i in paid)]
            found.append(total + np.sum([[0.0, 0.0, 0.0], *extra], axis=0))
            return
        for arc in np.flatnonzero(tail == state).tolist():
            if int(head[arc]) not in seen:
                walk(int(head[arc]), seen | {int(head[arc])}, total + weights[arc], paid | met[arc])

    walk(0, frozenset({0}), np.zeros(3), frozenset())
    return np.array(found).reshape(-1, 3)


@settings(max_examples=200, deadline=None)
@given(charged_networks(), st.sampled_from([0.0, 0.2]))
def test_the_set_is_that_of_paths_that_pay_each_approval_once(drawn, epsilon):
    network, approvals, met = drawn
    end = network[0] - 1
    deep, costs = _unfolded(network, approvals, met)
    weights = np.stack([costs.usd[0], costs.mean_days, costs.log_pass], axis=1)
    graph = Graph.from_arcs(deep.states, deep.tail, deep.head, weights, np.arange(len(deep.tail)))
    ways = pareto_ways(graph, 0, deep.arrivals[end].tolist(), epsilon=epsilon)
    found = np.array([way.criteria for way in ways]).reshape(-1, 3)
    every = _every_path(network, approvals, met, end)
    for vector in every:
        assert np.any(np.all(found <= vector * (1 + epsilon) + 1e-6, axis=1))
    for vector in found:
        assert np.any(np.all(np.abs(every - vector) < 1e-6, axis=1)), "each way is a path at its true cost"
    if epsilon == 0:
        best = every[undominated(np.round(every, 6))] if len(every) else every
        assert len(found) == len(best)


def _with_a_second_entry(world):
    """The shipped world with an approval that Kazakh oxides need in Turkey, at a price that shows."""
    policies = world.table("transit_policies").copy()
    row = policies[policies["policy"] == "class7-quota-geo"].copy()
    row = row.assign(policy="test-approval", country="TUR", hazard="any", usd_per_teu_add=4000.0)
    return world.with_tables({"transit_policies": pd.concat([policies, row], ignore_index=True)})


def test_a_way_that_enters_twice_costs_the_approval_once_in_every_search(world):
    """By rail to Mersin and again by the Bosporus: two entries into Turkey, one approval in every search."""
    dear, free = Router(_with_a_second_entry(world), "2025-12-25"), Router(world, "2025-12-25")
    shut = [leg for leg, c in free.facts.alone.items() if c.mode in {"air", "road"}]
    question = {
        "avoid": ["CN", "RU", "IR"],
        "closed": [*shut, "constanta-mersin-sea", "poti", "batumi", "izmit-derince"],
    }
    ends = "karaganda", "constanta", "oxide"
    way, bare = dear.cheapest(*ends, **question), free.cheapest(*ends, **question)
    legs = ["alat-mersin-rail", "mersin-piraeus-sea", "constanta-piraeus-sea"]
    assert [leg.leg for leg in way.legs[-3:]] == [leg.leg for leg in bare.legs[-3:]] == legs
    assert any("asked for once: test-approval" in reason for reason in way.reasons)
    once = bare.usd_per_t + 4000.0 / dear.form("oxide").payload_t_per_teu
    assert way.usd_per_t == pytest.approx(once)
    assert dear.matrix([ends[0]], [ends[1]], [ends[2]], **question)["usd_per_t"][0] == pytest.approx(once)
    assert dear.ways(*ends, **question, criteria=["cost"], epsilon=0)[0].usd_per_t == pytest.approx(once)
    assert dear.cheapest_through(*ends, "mersin", **question).usd_per_t == pytest.approx(once)


def test_what_is_met_again_is_named(world):
    router = Router(world, "2025-12-25")
    case = router.case("karaganda", "houston", "monazite", router.closures((), ()), None)
    twice = [ride for ride, met in case.charge.approvals.items() if met[0].policy == "class7-quota-geo"][:2]
    assert asked_again(case.charge, [*twice, -1]) == ("class7-quota-geo",)
    assert asked_again(case.charge, twice[:1]) == ()


def test_shipments_without_such_an_approval_search_the_network_itself(router):
    case = router.case("karaganda", "houston", "oxide", router.closures((), ()), None)
    assert case.network is router.network
