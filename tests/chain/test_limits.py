"""Limits on trade: quotas as tonnes or shares, one for all or one for each; licences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from ytterby.chain.draft import Draft
from ytterby.chain.limits import add_limits
from ytterby.chain.trade import link_table
from ytterby.market import Outcome
from ytterby.studies.solve import Base
from ytterby.world import Scenario, World
from ytterby.world.errors import InputError

DAY = "2024-07-01"
LINKS = pd.DataFrame(
    {
        "link": [
            "dy-oxide|listed:china>japan",
            "dy-oxide|free:china>japan",
            "dy-oxide|listed:china>usa",
            "ndpr-metal|listed:china>japan",
            "ndfeb-sh|mixed:china>japan",
            "dy-oxide|free:malaysia>japan",
        ]
    }
).assign(
    from_node=lambda t: t["link"].str.replace(r":(\w+)>(\w+)$", r"|\1", regex=True),
    to_node=lambda t: t["link"].str.replace(r":(\w+)>(\w+)$", r"|\2", regex=True),
)
FLOWS = pd.DataFrame(
    [("dy-oxide", "listed", "china", "japan", 90.0), ("dy-oxide", "free", "china", "japan", 10.0),
     ("dy-oxide", "listed", "china", "usa", 20.0), ("ndpr-metal", "listed", "china", "japan", 300.0),
     ("ndfeb-sh", "mixed", "china", "japan", 5000.0), ("dy-oxide", "free", "malaysia", "japan", 7.0)],
    columns=["commodity", "origin_tag", "from_place", "to_place", "t"],
)  # fmt: skip


def limited(world: World, flows: pd.DataFrame | None = FLOWS, **row: Any) -> dict[str, tuple[float, set[str]]]:
    """Quotas that one row of trade_limits makes: limit and links of each."""
    full = {
        "limit": "test", "from_place": "china", "to_place": "any", "commodity_class": "all", "separate": False,
        "holder": "holders", "instrument": "quota", "source": "assumption", "confidence": "D", "note": "a test", **row,
    }  # fmt: skip
    change = {"table": "trade_limits", "append": full, "because": "one row, to see what it does"}
    changed = Scenario.parse({"title": "One limit", "changes": [change]}).apply(world)
    quotas, members = add_limits(Draft(), LINKS, flows, changed, DAY)
    held = members.groupby("quota")["member"].agg(set).to_dict()
    assert (members["weight"] == 1.0).all()
    assert (members["kind"] == "link").all()
    return {str(q): (float(t), held.get(q, set())) for q, t in zip(quotas["quota"], quotas["limit_t"], strict=True)}


def test_a_limit_in_tonnes_holds_over_all_its_links_together(shipped: World) -> None:
    found = limited(shipped, limit_t=50.0, commodity_class="oxide|metal")
    assert found == {"limit:test": (50.0, {x for x in LINKS["link"] if ":china" in x and "ndfeb" not in x})}


def test_a_share_is_a_share_of_the_usual_flow_counted_once(shipped: World) -> None:
    """What a pair of places moved counts whatever its origin: 60 % of 90 + 10 + 20 + 300 t."""
    ((limit, links),) = limited(shipped, share_of_reference=0.6, commodity_class="oxide|metal").values()
    assert limit == pytest.approx(0.6 * 420.0)
    assert len(links) == 4


def test_a_separate_share_holds_for_each_product_and_buyer(shipped: World) -> None:
    found = limited(shipped, share_of_reference=0.5, separate=True)
    assert {q: limit for q, (limit, _) in found.items()} == {
        "limit:test:dy-oxide:japan": 50.0,
        "limit:test:dy-oxide:usa": 10.0,
        "limit:test:ndfeb-sh:japan": 2500.0,
        "limit:test:ndpr-metal:japan": 150.0,
    }
    assert found["limit:test:dy-oxide:japan"][1] == {"dy-oxide|listed:china>japan", "dy-oxide|free:china>japan"}


def test_a_limit_can_name_its_buyer_and_its_products(shipped: World) -> None:
    ((limit, links),) = limited(shipped, share_of_reference=0.0, to_place="usa", commodities="dy-oxide").values()
    assert (limit, links) == (0.0, {"dy-oxide|listed:china>usa"})


def test_a_limit_does_not_hold_outside_its_days(shipped: World) -> None:
    import datetime

    assert limited(shipped, limit_t=1.0, valid_from=datetime.date(2025, 1, 1)) == {}


def test_a_share_needs_a_case_to_be_a_share_of(shipped: World) -> None:
    with pytest.raises(InputError, match="a share of"):
        limited(shipped, flows=None, share_of_reference=0.5)


TRADE = pd.DataFrame(
    [
        ("dy-oxide", "listed", "china", "japan", "licence", 0.6, 73.0, True),
        ("dy-oxide", "listed", "china", "usa", "denied in principle", 0.0, 0.0, True),
        ("ndpr-oxide", "listed", "china", "japan", "allowed", 1.0, 0.0, True),
        ("ndpr-oxide", "listed", "china", "usa", "allowed", 1.0, 0.0, False),
        ("tb-oxide", "listed", "china", "japan", "licence", 0.6, 73.0, True),
    ],
    columns=["commodity", "tag", "from_place", "to_place", "decision", "granted_of_decided", "lead_days", "lawful"],
).assign(
    from_node=lambda t: t["commodity"] + "|" + t["tag"] + "|" + t["from_place"],
    to_node=lambda t: t["commodity"] + "|" + t["tag"] + "|" + t["to_place"],
    usd_per_t=100.0, days=30.0, form="oxide", reason="", rule_reason="",
)  # fmt: skip


def links_of(flows: pd.DataFrame | None) -> pd.DataFrame:
    return link_table(TRADE, pd.Series(dtype=float), flows, {"oxide": "assumption"}).set_index("link")


def test_a_licence_lets_the_granted_share_of_the_usual_flow_pass() -> None:
    """60 % of what is decided are granted; answers come evenly over a fifth of a year, so that nine tenths of a year's
    applications are decided in it: 90 t x 0.6 x 0.9; another origin has its own."""
    links = links_of(FLOWS)
    assert links.at["dy-oxide|listed:china>japan", "capacity_t"] == pytest.approx(48.6)
    assert links.at["dy-oxide|listed:china>japan", "holder"] == "licence holders in japan"
    assert links.at["tb-oxide|listed:china>japan", "capacity_t"] == 0.0, "what was never bought has no licence"


def test_what_is_refused_or_has_no_lawful_way_is_no_link() -> None:
    assert set(links_of(FLOWS).index) == {
        "dy-oxide|listed:china>japan", "ndpr-oxide|listed:china>japan", "tb-oxide|listed:china>japan",
    }  # fmt: skip
    assert links_of(FLOWS).at["ndpr-oxide|listed:china>japan", "capacity_t"] == float("inf")


def test_before_a_base_case_licences_do_not_bind() -> None:
    assert (links_of(None)["capacity_t"] == float("inf")).all()


def test_licences_are_asked_for_what_the_announcement_lists(solved_scenario: Callable[[str], Outcome]) -> None:
    """Announcement 18 of 2025: Sm, Gd, Tb, Dy, Lu, Sc, Y from China; neodymium and praseodymium move freely."""
    licensed = links_with_flows(solved_scenario("licences-april-2025"))
    licensed = licensed[licensed["decision"] == "licence"]
    assert {"dy-oxide", "tb-oxide", "y-oxide", "gd-oxide", "ndfeb-uh-eh"} <= set(licensed["commodity"])
    assert {"ndpr-oxide", "ndpr-metal", "la-oxide", "ndfeb-n"}.isdisjoint(licensed["commodity"])
    assert set(licensed["from_place"]) == {"china"}


def test_what_is_allowed_is_not_capped(solved_scenario: Callable[[str], Outcome]) -> None:
    links = solved_scenario("licences-april-2025").network.links
    assert (links.loc[links["decision"] == "allowed", "capacity_t"] == float("inf")).all()


def test_licences_in_force_hold_each_flow_to_its_granted_share(
    base: Base, solved_scenario: Callable[[str], Outcome]
) -> None:
    """1 July 2025: of the requests of 216 days 55 % granted (5 November), of those decided within the wait of 63 days
    evenly, of a year's requests all but half a wait's; of what the base year moved."""
    granted = 0.55 * 216.0 / (216.0 - 31.5) * (1.0 - 31.5 / 365.0)
    licensed = links_with_flows(solved_scenario("licences-april-2025"))
    licensed = licensed[licensed["decision"] == "licence"]
    assert base.reference.flows is not None
    usual = base.reference.flows.groupby(["commodity", "from_place", "to_place"])["t"].sum()
    passed = licensed.groupby(["commodity", "from_place", "to_place"])["flow_t"].sum()
    allowed = granted * usual.reindex(passed.index).fillna(0.0)
    kg = 1e-3
    assert (passed <= allowed + kg).all()
    assert (abs(passed - allowed)[allowed > 100.0] < kg).any(), "some licence binds"
    assert passed[~passed.index.isin(usual.index)].max() == pytest.approx(0.0), "what was not bought has no licence"


def links_with_flows(outcome: Outcome) -> pd.DataFrame:
    """Links of an outcome with what they join and what passes."""
    flows = outcome.flows[["link", "commodity", "from_place", "to_place", "flow_t"]]
    return outcome.network.links.merge(flows, on="link")
