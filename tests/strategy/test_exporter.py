"""The exporter's best tax: Johnson's formula in a small world, its certificate, and the shipped world's ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.market.worlds import Draft

from ytterby.chain.network import Network
from ytterby.chain.origin import LISTED
from ytterby.strategy.exporter import Optimality, best_export
from ytterby.strategy.instrument import Market, gains_by_place
from ytterby.studies.solve import base_case
from ytterby.world import World
from ytterby.world.errors import CertificateError, InputError, UnknownNameError

COST = 100.0
ELASTICITY = -2.0


def monopoly(rival_usd_per_t: float = 1e9) -> Network:
    """A place that makes a good at constant cost, and buyers elsewhere whose demand has one elasticity; a rival there
    sells at its own cost."""
    draft = Draft()
    ore = draft.node("ore", "home", stage="mine", disposal=False)
    good = draft.node("oxide", "home", LISTED, stage="separation", disposal=False)
    away = draft.node("oxide", "away", LISTED, stage="separation", disposal=False)
    draft.content("ore", {"x": 1.0})
    draft.content("oxide", {"x": 1.0})
    draft.activity("mine", {ore: 1.0}, 0.0, place="home")
    draft.activity("split", {ore: -1.0, good: 1.0}, COST, kind="separation", place="home", stage="separation")
    draft.activity("rival", {away: 1.0}, rival_usd_per_t, place="away", stage="separation")
    draft.link(good, away, 0.0)
    draft.demand(away, 100.0, COST, ELASTICITY, choke=50.0 * COST)
    return draft.network()


def test_the_best_tax_is_one_over_elasticity_less_one() -> None:
    """Constant cost, constant elasticity e: the price abroad is cost * e / (e + 1), the tax its difference to cost
    (the optimum tariff formula; Johnson 1951)."""
    found = best_export(Market.of(monopoly(), ["oxide"], "tax"))
    assert found.place == "home"
    assert found.level == pytest.approx(1.0 / (-ELASTICITY - 1.0), abs=0.01)
    price = COST * ELASTICITY / (ELASTICITY + 1.0)
    assert found.prices.set_index("place").at["away", "after"] * 1000 == pytest.approx(price, rel=0.01)
    assert found.gain_usd == pytest.approx((price - COST) * 100.0 * (price / COST) ** ELASTICITY, rel=1e-3)
    assert found.certificate.holds


def test_the_best_quota_lets_go_what_the_best_tax_does() -> None:
    tax = best_export(Market.of(monopoly(), ["oxide"], "tax"))
    quota = best_export(Market.of(monopoly(), ["oxide"], "quota"))
    assert quota.level == pytest.approx(2.0**ELASTICITY, abs=0.01)
    assert quota.gain_usd == pytest.approx(tax.gain_usd, rel=1e-3)


def test_a_rival_caps_the_tax() -> None:
    found = best_export(Market.of(monopoly(rival_usd_per_t=1.3 * COST), ["oxide"], "tax"))
    assert found.level == pytest.approx(0.3, abs=2e-3)


def test_an_end_of_the_range_is_told() -> None:
    found = best_export(Market.of(monopoly(), ["oxide"], "tax"), most=0.4)
    assert found.level == pytest.approx(0.4)
    assert any("end of what was tried" in note for note in found.notes)
    with pytest.raises(InputError, match="at most 1"):
        best_export(Market.of(monopoly(), ["oxide"], "quota"), most=2.0)


def test_what_is_no_optimum_is_not_shown() -> None:
    good = Optimality(0.01, -5.0, -5.0, 0.0, 0.1, 1.0)
    assert good.holds
    for wrong in (replace(good, above_usd=5.0), replace(good, curve_usd=5.0), replace(good, worst_residual=2.0)):
        with pytest.raises(CertificateError):
            wrong.demand()


def test_gains_by_place_add_up_to_welfare(shipped: World) -> None:
    outcome = base_case(shipped).outcome
    welfare = outcome.welfare.set_index(["account", "item"])["usd"]["total", "welfare"]
    assert float(gains_by_place(outcome).to_numpy().sum()) == pytest.approx(float(welfare), rel=1e-3)


def test_a_small_tax_in_the_shipped_world_is_paid_by_others(shipped: World) -> None:
    market = Market.of(base_case(shipped).outcome.network, ["dy-metal"], "tax")
    free, taxed = market.row(0.0), market.row(0.05)
    assert market.place == "china"
    assert taxed["outside_usd"] < free["outside_usd"]
    assert taxed["world_usd"] <= free["world_usd"] * (1 + 1e-9)
    assert taxed["residual"] <= 1.0
    with pytest.raises(UnknownNameError):
        Market.of(market.network, ["unobtainium"], "tax")
