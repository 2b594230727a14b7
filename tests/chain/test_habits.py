"""What was traded before goes on at no extra cost; a new pair of maker and buyer pays to be qualified."""

from __future__ import annotations

import pytest

from ytterby.chain.habits import KIND, NEW
from ytterby.studies.solve import Base


def test_a_new_pair_costs_more_than_a_usual_one_on_the_same_way(base: Base) -> None:
    links = base.assembly.network(base.reference).links.set_index("link")
    new = links[links.index.str.startswith(NEW)]
    usual = links.reindex(new.index.str.removeprefix(NEW)).dropna(subset=["from_node"])
    assert len(usual) > 0
    extra = new["cost_usd_per_t"].to_numpy() - links["cost_usd_per_t"].reindex(new.index.str.removeprefix(NEW))
    assert (extra.dropna() > 0).all()


def test_trade_by_pair_stays_within_what_the_balanced_year_can_bear(base: Base) -> None:
    flows = base.outcome.flows
    usual = flows[~flows["link"].str.startswith(NEW) & flows["commodity"].str.startswith("ndfeb")]
    sent = usual.groupby(["from_place", "to_place"])["flow_t"].sum()
    seen = base.assembly.balanced.flows
    high = seen[seen["kind"] == KIND].groupby(["place", "destination"])["high"].sum()
    assert (sent[sent > 0] <= high.reindex(sent[sent > 0].index) * (1 + 1e-9)).all()


def test_buyers_in_the_usa_buy_chinese_magnets_in_the_base_year_as_customs_saw(base: Base) -> None:
    flows = base.outcome.flows
    sold = flows[
        flows["commodity"].str.startswith("ndfeb") & flows["from_place"].eq("china") & flows["to_place"].eq("usa")
    ]
    assert sold["flow_t"].sum() == pytest.approx(7446, rel=0.15)  # Chinese customs 2024, as held in trade_flows
