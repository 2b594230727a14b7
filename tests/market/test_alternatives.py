"""How different a plan can be at a little more cost: small worlds with an answer on paper, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import Draft, chain

from ytterby.chain.network import Network
from ytterby.market import Outcome, equilibrium
from ytterby.market.alternatives import alternatives
from ytterby.world.errors import InputError, UnknownNameError


def _two_mines() -> Network:
    """Two countries can each serve 100 t of inelastic demand, at 1,000 and at 1,100 USD/t."""
    draft = Draft()
    node = draft.node("oxide", "here")
    draft.activity("cheap", {node: 1.0}, 1000.0, capacity=150.0, country="AAA")
    draft.activity("dear", {node: 1.0}, 1100.0, capacity=150.0, country="BBB")
    draft.demand(node, 100.0, 5000.0, 0.0)
    return draft.network()


def test_a_dearer_supplier_can_take_what_the_extra_cost_pays_for() -> None:
    """Each t moved costs 100 USD more, so 1 % of 100,000 USD moves 10 t, 5 % moves 50 t."""
    found = alternatives(equilibrium(_two_mines()), budgets=(0.01, 0.05))
    table = found.ranges.set_index(["group", "budget"])
    assert found.cost_usd == pytest.approx(100e3)
    for budget, moved in ((0.01, 10.0), (0.05, 50.0)):
        assert table.loc[("BBB", budget), "most_t"] == pytest.approx(moved, rel=1e-6)
        assert table.loc[("AAA", budget), "least_t"] == pytest.approx(100.0 - moved, rel=1e-6)
    far = found.difference[found.difference["plan"] == "most different"].set_index("budget")
    assert far.loc[0.05, "moved"] == pytest.approx(0.5, rel=1e-6)
    assert far.loc[0.05, "extra_cost"] == pytest.approx(0.05, rel=1e-6)


def test_buyers_who_may_adapt_leave_more_room() -> None:
    """Going without 1 t loses its worth, 100,000 USD at most; with the use held, output cannot fall."""
    outcome = equilibrium(_two_mines())
    held = alternatives(outcome, budgets=(0.05,), plans=0).ranges
    free = alternatives(outcome, budgets=(0.05,), plans=0, same_use=False).ranges
    assert (free["least_t"] <= held["least_t"] + 1e-9).all()
    assert (free["most_t"] >= held["most_t"] - 1e-9).all()


def test_a_larger_budget_never_narrows_a_range_and_no_plan_exceeds_it() -> None:
    outcome = equilibrium(chain(3, places=12, ores=4, separators=4, wide_links=False), intervals="none")
    found = alternatives(outcome, budgets=(0.01, 0.03), by="place", stages=["separation", "metal"], plans=2)
    ranges = found.ranges.pivot(index=["stage", "group"], columns="budget", values=["least_t", "most_t"])
    slack = 1e-6 * ranges.to_numpy().max()
    assert (ranges[("least_t", 0.03)] <= ranges[("least_t", 0.01)] + slack).all()
    assert (ranges[("most_t", 0.03)] >= ranges[("most_t", 0.01)] - slack).all()
    assert (found.difference["extra_cost"] <= found.difference["budget"] * (1 + 1e-6)).all()
    both = found.plans.merge(found.ranges, on=["stage", "group", "budget"])
    assert ((both["t"] >= both["least_t"] - slack) & (both["t"] <= both["most_t"] + slack)).all()
    total = found.difference.groupby(["budget", "plan"])["moved"].sum().unstack()
    assert (total["most different"] >= total.drop(columns="most different").max(axis=1) - 1e-9).all()


def test_a_saved_outcome_has_the_same_alternatives(tmp_path_factory: pytest.TempPathFactory) -> None:
    outcome = equilibrium(chain(4, places=12, ores=4, separators=4, wide_links=False), intervals="none")
    again = Outcome.load(outcome.save(tmp_path_factory.mktemp("run") / "a"))
    a, b = (alternatives(o, budgets=(0.02,), stages=["metal"], by="place", plans=1) for o in (outcome, again))
    assert np.allclose(a.ranges["most_t"], b.ranges["most_t"], rtol=1e-9)
    assert a.difference.equals(b.difference)


def test_bad_questions_are_told() -> None:
    outcome = equilibrium(_two_mines())
    with pytest.raises(InputError, match="budget"):
        alternatives(outcome, budgets=(0.0, -1.0))
    with pytest.raises(UnknownNameError, match="country"):
        alternatives(outcome, by="contry")
    with pytest.raises(UnknownNameError, match="mine"):
        alternatives(outcome, stages=["mines"])
