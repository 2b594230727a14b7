"""What buyers pay by volume and what one tonne more costs: two numbers where permits may not be sold on."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from worlds import Draft

from ytterby.chain.network import STOCK, Network
from ytterby.cli import app
from ytterby.market import Outcome, compare, equilibrium, verify
from ytterby.market.certificate import certify
from ytterby.market.report import as_contract


def _licensed(allowance_t: float = 75.0, stock_t: float = 0.0) -> Network:
    """Abroad at 6,000 USD/t and 500 freight under a licence, at home at 150,000: of 100 t that must be had."""
    draft = Draft()
    abroad, home = draft.node("oxide", "abroad"), draft.node("oxide", "home")
    draft.activity("mine abroad", {abroad: 1.0}, 6000.0)
    draft.activity("mine home", {home: 1.0}, 150e3)
    draft.link(abroad, home, 500.0, capacity=allowance_t, holder="licence holders at home", decision="licence")
    if stock_t:
        draft.activity("stock", {home: 1.0}, 7000.0, capacity=stock_t, kind=STOCK)
    draft.demand(home, 100.0, 10e3, 0.0, choke=200e3)
    return draft.network()


def _pair(out: Outcome, place: str = "home") -> tuple[float, float]:
    row = out.two_prices().set_index("place").loc[place]
    return float(row["paid"]), float(row["marginal"])


def test_licence_holders_pay_cost_and_one_tonne_more_costs_what_the_dearest_costs() -> None:
    out = equilibrium(_licensed())
    assert _pair(out) == pytest.approx((0.75 * 6.5 + 0.25 * 150.0, 150.0), rel=1e-9)
    row = out.two_prices().set_index("place").loc["home"]
    assert row["held_share"] == pytest.approx(0.75)
    assert not row["agree"]
    assert (row["tax"], row["incoterm"]) == ("net", "market")


def test_they_are_one_where_no_permit_binds() -> None:
    out = equilibrium(_licensed(allowance_t=1000.0))
    assert _pair(out) == pytest.approx((6.5, 6.5), rel=1e-9)
    assert out.two_prices()["agree"].all()


@pytest.mark.parametrize(("holder", "paid"), [("buyers at home", 6.0), ("the state abroad", 50.0)])
def test_a_limit_saves_money_to_the_one_who_holds_it(holder: str, paid: float) -> None:
    draft = Draft()
    abroad, home = draft.node("oxide", "abroad"), draft.node("oxide", "home")
    draft.activity("mine", {abroad: 1.0}, 5000.0)
    way = draft.link(abroad, home, 1000.0)
    draft.demand(home, 100.0, 10e3, 0.0, choke=50e3)
    draft.quota("limit", 40.0, {("link", way): 1.0})
    network = draft.network()
    out = equilibrium(replace(network, quotas=network.quotas.assign(holder=holder)))
    assert _pair(out) == pytest.approx((paid, 50.0), rel=1e-9)


def test_stock_that_is_drawn_was_bought_before() -> None:
    out = equilibrium(_licensed(stock_t=15.0))
    assert _pair(out) == pytest.approx(((75.0 * 6.5 + 10.0 * 150.0) / 85.0, 150.0), rel=1e-9)


def test_what_is_handed_on_under_another_tag_keeps_what_it_cost() -> None:
    draft = Draft()
    abroad, home = draft.node("oxide", "abroad", "x"), draft.node("oxide", "home", "x")
    free, any_ = draft.node("oxide", "home", "y"), draft.node("oxide", "home", "any")
    draft.activity("mine abroad", {abroad: 1.0}, 6000.0)
    draft.activity("mine home", {free: 1.0}, 150e3)
    draft.link(abroad, home, 500.0, capacity=75.0, holder="licence holders", decision="licence")
    draft.activity("take x", {home: -1.0, any_: 1.0}, 0.0, kind="accept")
    draft.activity("take y", {free: -1.0, any_: 1.0}, 0.0, kind="accept")
    draft.demand(any_, 100.0, 10e3, 0.0, choke=200e3)
    out = equilibrium(draft.network())
    prices = out.prices.set_index("node")
    assert prices.at[any_, "paid"] == pytest.approx(0.75 * 6.5 + 0.25 * 150.0, rel=1e-9)
    assert prices.at[home, "paid"] == pytest.approx(6.5, rel=1e-9)
    assert prices.at[any_, "held_t"] == pytest.approx(75.0)
    assert _pair(out) == pytest.approx((prices.at[any_, "paid"], 150.0), rel=1e-9)


def test_nobody_pays_more_than_the_price_and_nothing_is_paid_where_nothing_trades(outcome: Outcome) -> None:
    traded = outcome.prices[outcome.prices["point"].notna() & outcome.prices["paid"].notna()]
    assert (traded["paid"] <= traded["point"] + 1e-9 * traded["point"].abs()).all()
    idle = outcome.prices[outcome.prices["point"].isna()]
    assert idle["paid"].isna().all()


def test_the_certificate_checks_what_was_paid() -> None:
    out = equilibrium(_licensed())
    assert certify(out.tables()).holds
    changed = out.tables() | {"prices": out.prices.assign(paid=out.prices["paid"] * 1.001)}
    assert certify(changed).failures()


def test_both_are_told_in_the_contract_the_comparison_and_the_command(
    tmp_path: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    free, held = equilibrium(_licensed(1000.0)), equilibrium(_licensed())
    told = {r["place"]: r for r in as_contract(held)["two_prices"]}
    assert told["home"]["paid"] == pytest.approx(42.375)
    table = compare(free, held).two_prices()
    assert table[["paid_before", "marginal_before", "paid_after", "marginal_after"]].to_numpy().tolist() == [
        pytest.approx([6.5, 6.5, 42.375, 150.0])
    ]
    folders = [str(o.save(f"{tmp_path}/{name}")) for name, o in (("a", free), ("b", held))]
    assert verify(folders[1]).holds
    with pytest.raises(SystemExit) as done:
        app(["compare", *folders, "--json"])
    assert done.value.code == 0
    paid = json.loads(capsys.readouterr().out)["paid"]
    after = {r["place"]: r["after"] for r in paid}
    assert after["home"] == pytest.approx(42.375)


def test_a_run_without_what_was_paid_still_loads(tmp_path: pytest.TempPathFactory) -> None:
    out = equilibrium(_licensed())
    old = replace(out, prices=out.prices.drop(columns=["paid", "held_t"]))
    again = Outcome.load(old.save(f"{tmp_path}/old"))
    assert again.certificate.holds
    assert np.isnan(again.prices["paid"]).all()
    assert isinstance(again.two_prices(), pd.DataFrame)
