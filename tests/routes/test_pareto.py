"""The multi-criteria search against brute force, and against a library where there is one criterion."""

import numpy as np
import pytest
import rustworkx as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.routes.small_networks import every_path_vector, networks

from ytterby.routes.pareto import Bounds, Graph, ParetoWay, pareto_ways, undominated
from ytterby.routes.shortest import Pairs


def _graph(network):
    states, tail, head, weights = network
    return Graph.from_arcs(states, tail, head, weights, np.arange(len(tail)))


@settings(max_examples=300, deadline=None)
@given(networks())
def test_with_epsilon_zero_the_set_equals_brute_force(network):
    states, tail, head, weights = network
    every = every_path_vector(states, tail, head, weights, states - 1)
    exact = {tuple(v) for v in every[undominated(every)]} if len(every) else set()
    found = {w.criteria for w in pareto_ways(_graph(network), 0, [states - 1])}
    assert found == exact


@settings(max_examples=300, deadline=None)
@given(networks())
def test_an_epsilon_set_covers_every_path_within_epsilon(network):
    states, tail, head, weights = network
    every = every_path_vector(states, tail, head, weights, states - 1)
    found = np.array([w.criteria for w in pareto_ways(_graph(network), 0, [states - 1], epsilon=0.3)]).reshape(-1, 3)
    for vector in every:
        assert np.any(np.all(found <= vector * 1.3 + 1e-9, axis=1))


@settings(max_examples=300, deadline=None)
@given(networks(), st.sampled_from([0.0, 0.05, 0.3]))
def test_bounds_and_ways_known_beforehand_change_no_guarantee(network, epsilon):
    """The search as the router runs it: bounds and the best way in each criterion from three trees."""
    states, tail, head, weights = network
    end = np.array([states - 1])
    trees = [Pairs.of(states, tail, head).shortest_to(end, weights[:, k]) for k in range(3)]
    bounds = Bounds.of(np.stack([tree.least for tree in trees], axis=1))
    known = []
    if bounds.reachable[0]:
        for arcs in (tree.arcs_from(0, head) for tree in trees):
            known.append(ParetoWay(tuple(weights[arcs].sum(axis=0).tolist()), tuple(arcs)))
    ways = pareto_ways(_graph(network), 0, [states - 1], epsilon=epsilon, bounds=bounds, known=known)
    every = every_path_vector(states, tail, head, weights, states - 1)
    for way in ways:
        assert tuple(weights[list(way.arcs)].sum(axis=0)) == pytest.approx(way.criteria)
        assert [int(head[a]) for a in way.arcs[:-1]] == [int(tail[a]) for a in way.arcs[1:]]
    found = np.array([way.criteria for way in ways]).reshape(-1, 3)
    for vector in every:
        assert np.any(np.all(found <= vector * (1 + epsilon) + 1e-9, axis=1))
    if epsilon == 0:
        exact = {tuple(v) for v in every[undominated(every)]} if len(every) else set()
        assert {way.criteria for way in ways} == exact


@settings(max_examples=200, deadline=None)
@given(networks())
def test_a_tree_to_the_goal_equals_rustworkx(network):
    states, tail, head, weights = network
    tree = Pairs.of(states, tail, head).shortest_to(np.array([states - 1]), weights[:, 0])
    backwards = rx.PyDiGraph()
    backwards.add_nodes_from(range(states))
    backwards.add_edges_from([(int(h), int(t), float(w)) for t, h, w in zip(tail, head, weights[:, 0], strict=True)])
    lengths = rx.dijkstra_shortest_path_lengths(backwards, states - 1, float)
    for state in range(states - 1):
        if state in set(lengths):
            assert tree.least[state] == pytest.approx(lengths[state], abs=1e-6)
            assert weights[tree.arcs_from(state, head), 0].sum() == pytest.approx(lengths[state])
        else:
            assert np.isinf(tree.least[state])


@settings(max_examples=100, deadline=None)
@given(networks())
def test_one_criterion_equals_rustworkx(network):
    states, tail, head, weights = network
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(states))
    graph.add_edges_from([(int(t), int(h), float(w)) for t, h, w in zip(tail, head, weights[:, 0], strict=True)])
    lengths = rx.dijkstra_shortest_path_lengths(graph, 0, float, goal=states - 1)
    one = Graph.from_arcs(states, tail, head, weights[:, :1], np.arange(len(tail)))
    found = pareto_ways(one, 0, [states - 1])
    assert [w.criteria[0] for w in found] == ([lengths[states - 1]] if states - 1 in lengths else [])


@settings(max_examples=100, deadline=None)
@given(networks())
def test_closing_an_arc_never_improves_the_set(network):
    states, tail, head, weights = network
    before = np.array([w.criteria for w in pareto_ways(_graph(network), 0, [states - 1])]).reshape(-1, 3)
    left = Graph.from_arcs(states, tail, head, weights, np.arange(1, len(tail)))
    for way in pareto_ways(left, 0, [states - 1]):
        assert np.any(np.all(before <= np.array(way.criteria), axis=1))
