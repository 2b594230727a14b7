"""An episode replayed: nothing moves without a cause, licences pass as granted, stocks are kept in the books."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from ytterby.chain.trade import LICENSED
from ytterby.rules.practice import LicencePractice
from ytterby.studies.episode import months, replay, score
from ytterby.studies.episode.holds import freed, months_freed
from ytterby.studies.episode.months import Episode, states
from ytterby.studies.episode.permits import Permits
from ytterby.studies.episode.reasons import reasons
from ytterby.studies.path import PathOutcome
from ytterby.studies.periods import Period
from ytterby.studies.solve import Base, base_case
from ytterby.world import Scenario, World
from ytterby.world.errors import InputError, UnknownNameError

EPISODE = "licences-2025"


def cut(world: World, first: datetime.date, last: datetime.date) -> World:
    """The world with an episode of fewer months."""
    change = {
        "table": "episodes", "where": {"episode": EPISODE}, "because": "a few months are enough to test",
        "set": {"first": first, "last": last},
    }  # fmt: skip
    return Scenario.parse({"title": "A few months", "changes": [change]}).apply(world)


@pytest.fixture(scope="module")
def short(shipped: World) -> World:
    """The months around the announcement."""
    return cut(shipped, datetime.date(2025, 3, 1), datetime.date(2025, 5, 31))


@pytest.fixture(scope="module")
def replayed(short: World) -> PathOutcome:
    return replay(short, EPISODE)


def magnets_sent(found: PathOutcome) -> pd.Series:
    flows = found.flows
    own = flows["commodity"].str.startswith("ndfeb") & flows["from_place"].eq("china")
    return flows[own].groupby("period")["flow_t"].sum()


def test_where_no_rule_changes_the_base_year_goes_on_month_by_month(shipped: World, base: Base) -> None:
    middle = cut(shipped, datetime.date(base.assembly.year, 6, 1), datetime.date(base.assembly.year, 7, 31))
    found = replay(middle, EPISODE, without=["licences"])
    flows = base.outcome.flows
    own = flows["commodity"].str.startswith("ndfeb") & flows["from_place"].eq("china")
    monthly = float(flows.loc[own, "flow_t"].sum()) / 12
    assert magnets_sent(found).to_numpy() == pytest.approx(np.full(2, monthly), rel=1e-3)
    known = base.outcome.prices.set_index("node")["point"]
    for node in ("ndpr-oxide|listed|china", "dy-oxide|listed|china"):
        path = found.prices[found.prices["node"] == node]["point"].to_numpy()
        assert path == pytest.approx(np.full(2, known[node]), rel=1e-3)


def test_exports_of_magnets_fall_when_licences_are_asked_for(replayed: PathOutcome) -> None:
    sent = magnets_sent(replayed)
    assert sent["2025-05"] < 0.7 * sent["2025-03"]


def test_the_price_outside_parts_from_the_price_inside(replayed: PathOutcome) -> None:
    prices = replayed.prices[replayed.prices["commodity"] == "dy-oxide"]
    mean = prices.groupby(["place", "period"])["point"].mean()
    ratio = mean["europe"] / mean["china"]
    assert ratio["2025-05"] > 2 * ratio["2025-03"]


def test_users_never_hold_less_than_nothing_and_draw_when_supply_is_short(replayed: PathOutcome) -> None:
    held = replayed.consumption[replayed.consumption["demand"].str.startswith("hold|")]
    assert (held["bought_t"] >= -1e-6).all()
    magnets = held[held["demand"].str.contains("ndfeb-sh|any|europe", regex=False)].set_index("period")["bought_t"]
    assert magnets["2025-05"] < magnets["2025-03"]


def test_every_month_carries_its_own_proof(replayed: PathOutcome) -> None:
    assert (replayed.certificates.drop(columns="period") <= 1e-6).all().all()


def test_users_are_worse_off_without_stocks(replayed: PathOutcome, short: World) -> None:
    def bought(found: PathOutcome) -> float:
        own = found.consumption["demand"].str.contains("ndfeb") & ~found.consumption["demand"].str.startswith("hold|")
        return float(found.consumption.loc[own & found.consumption["period"].eq("2025-05"), "bought_t"].sum())

    assert bought(replay(short, EPISODE, without=["stocks"])) < bought(replayed)


def way_of(lead_days: float, granted_of_decided: float) -> pd.Series:
    return pd.Series({"lead_days": lead_days, "granted_of_decided": granted_of_decided})


def permit_months(
    lead_days: float, granted: list[float], first: str = "2025-04", clearance: float = 0.0
) -> list[float]:
    """Months of usual trade that pass in each month from the first, with the granted shares as seen in them."""
    permits = Permits(pd.Series(dtype=float), [datetime.date(2025, 4, 1)], "2025-01", clearance)
    found = []
    for period, share in zip(pd.period_range(first, periods=len(granted), freq="M"), granted, strict=True):
        month = Period(str(period), period.start_time.date(), period.end_time.date())
        found.append(permits._months_passed("a link", month, way_of(lead_days, share)))
    return found


def test_all_that_is_asked_for_passes_in_the_end_but_what_is_refused_and_what_still_waits() -> None:
    passed = permit_months(60.8333, [0.6] * 24)
    total_months = 24.0
    assert sum(passed) == pytest.approx(0.6 * (total_months - 1.0), rel=0.01)
    assert passed[-1] == pytest.approx(0.6, rel=0.03)
    assert passed[0] < passed[1] < passed[2]


def test_a_later_lower_report_lowers_what_is_granted_and_takes_nothing_back() -> None:
    passed = permit_months(60.0, [0.6, 0.6, 0.6, 0.1, 0.1])
    assert min(passed) > 0
    assert passed[-1] == pytest.approx(0.1, rel=0.05)
    assert passed[:3] == permit_months(60.0, [0.6, 0.6, 0.6])


def test_goods_leave_some_days_after_their_licence() -> None:
    at_once, later = permit_months(60.0, [0.6] * 12), permit_months(60.0, [0.6] * 12, clearance=14.0)
    assert later[0] < at_once[0]
    assert sum(at_once) - sum(later) == pytest.approx(0.6 * 14.0 / (365.0 / 12.0), rel=0.01)


def test_by_the_day_of_a_report_its_share_of_what_was_asked_for_has_passed(shipped: World) -> None:
    """25 % by 4 June, 60 % by 30 June 2025 of the requests since 4 April (CLEPA), whatever is told of later."""
    start, wait = datetime.date(2025, 4, 4), 63.0
    practice = LicencePractice(shipped)
    permits = Permits(
        pd.Series(dtype=float), [start], "2025-01",
        since={"a link": start}, until={"a link": start - datetime.timedelta(days=1)},
    )  # fmt: skip
    passed = 0.0
    for day, share in ((datetime.date(2025, 6, 4), 0.25), (datetime.date(2025, 6, 30), 0.6)):
        said = practice.on("cn-18-2025", day, wait)
        passed += permits._granted("a link", day, way_of(said.lead_days, said.granted_of_decided))
        assert passed == pytest.approx(share * ((day - start).days + 1) / (365.0 / 12.0))


HOLD = pd.Series({"valid_from": pd.Timestamp(2025, 4, 4), "valid_to": pd.NaT, "days": 60.0})


def month_of(label: str) -> Period:
    period = pd.Period(label, "M")
    return Period(label, period.start_time.date(), period.end_time.date())


def test_goods_held_for_inspection_come_free_and_then_flow_as_before() -> None:
    assert months_freed(HOLD, month_of("2025-03")) == np.inf
    april, may, june = (months_freed(HOLD, month_of(f"2025-0{m}")) for m in (4, 5, 6))
    assert 0 < april < may < june < 1.01
    lost = 3.0 - april - may - june
    assert lost == pytest.approx(30.0 / (365.0 / 12.0), rel=0.02), "half of the longest inspection"
    assert months_freed(HOLD, month_of("2025-07")) == np.inf
    over = pd.Series({**HOLD, "valid_to": pd.Timestamp(2025, 4, 30)})
    assert months_freed(over, month_of("2025-05")) == np.inf


def test_only_legal_goods_named_are_held(shipped: World) -> None:
    network = base_case(shipped).assembly.network(base_case(shipped).reference)
    flows = base_case(shipped).reference.flows
    assert flows is not None
    usual = flows.groupby(["commodity", "origin_tag", "from_place", "to_place"])["t"].sum()
    held = network.links[np.isfinite(freed(shipped.table("customs_holds"), network, usual, month_of("2025-05")))]
    assert held["from_node"].str.startswith("ndfeb").all()
    assert held["from_node"].str.endswith("|china").all()
    assert not held["decision"].isin(LICENSED).any()
    assert len(held)


def test_without_a_wait_the_granted_share_passes_at_once() -> None:
    assert permit_months(0.0, [0.5])[0] == pytest.approx(0.5, rel=0.02)


def test_months_between_two_changes_share_a_legal_state(shipped: World) -> None:
    months = Episode.of(shipped, EPISODE).months
    found = states(months, [datetime.date(2025, 4, 4)])
    assert len(set(found.values())) == 2
    assert found["2025-03"] == found["2024-10"] != found["2025-04"]


def test_a_replay_is_scored_on_what_came_after_its_announcement(replayed: PathOutcome, short: World) -> None:
    found = score(short, replayed)
    table = found.table.set_index("series")
    may = table.loc["export-ndfeb-china-any-2025-05"]
    assert may["observed"] == 1238
    assert may["no_change"] == pytest.approx(math.log(58152 / 12 / 1238), rel=1e-3)
    assert may["last_seen"] == pytest.approx(math.log(2628 / 1238))
    assert bool(may["direction"])
    rows = short.table("episode_series").set_index("series")
    assert (rows.loc[table.index, "role"] == "test").all()
    assert (rows.loc[table.index, "last"] <= pd.Timestamp(2025, 5, 31)).all()


def test_each_figure_that_is_missed_has_its_line_and_no_other(replayed: PathOutcome, short: World) -> None:
    scored = score(short, replayed)
    table = scored.table
    off = table["twofold"].eq(False) | table["direction"].eq(False) | table["beats"].eq(False)
    told = reasons(short, replayed, scored)
    assert [line.split(":")[0] for line in told] == list(table.loc[off, "series"])
    assert 0 < len(told) < len(table)
    export = next(line for line in told if line.startswith("export-ndfeb"))
    assert "under licence" in export
    assert "It began" in export


def test_an_unknown_episode_is_told_with_the_near_ones(shipped: World) -> None:
    with pytest.raises(UnknownNameError, match="licences-2025"):
        replay(shipped, "licenses-2025")


def test_what_is_licensed_from_the_first_day_has_been_asked_for_long_before() -> None:
    """The wait is over: each month passes the granted share."""
    permits = Permits(pd.Series(dtype=float), [], "2026-10")
    month = Period("2026-10", datetime.date(2026, 10, 1), datetime.date(2026, 10, 31))
    assert permits._months_passed("a link", month, way_of(63.0, 0.55)) == pytest.approx(0.55, rel=0.03)


def test_a_scenario_begins_in_its_month_and_not_before(shipped: World) -> None:
    found = months(shipped, "decoupling-full", first="2024-06", last="2024-07", begins="2024-07")
    sent = magnets_sent(found)
    assert sent["2024-06"] > 1000
    assert sent.get("2024-07", 0.0) == pytest.approx(0.0, abs=1e-3)
    assert found.meta["begins"] == "2024-07"


@pytest.mark.parametrize(
    ("first", "last", "begins", "told"),
    [("2026-13", "soon", None, "soon"), ("2026-11", "2026-10", None, "2026-11 or later"),
     ("2026-10", "2026-11", "2027-01", "2027-01")],
)  # fmt: skip
def test_months_that_make_no_sense_are_told(
    shipped: World, first: str, last: str, begins: str | None, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        months(shipped, None, first=first, last=last, begins=begins)
