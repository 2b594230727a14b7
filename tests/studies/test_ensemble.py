"""Bands of counterfactuals: common samples, determinism, the centre as solved, bands that widen with their causes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ytterby.chain.network import Network
from ytterby.market.family import Family, Sample
from ytterby.studies import base_case
from ytterby.studies.ensemble import BASE, Ensemble, metrics_of
from ytterby.studies.ensemble.drivers import Drivers, drivers, freight
from ytterby.studies.ensemble.run import prepared
from ytterby.studies.ensemble.sampling import MARK, Sampler
from ytterby.uncertainty import run
from ytterby.world import Scenario, World
from ytterby.world.errors import InputError, UnknownNameError

NOTHING = Scenario.parse(
    {
        "title": "A remark is reworded",
        "changes": [
            {
                "table": "model_settings",
                "where": {"setting": "rules-day"},
                "set": {"note": "the middle of the year stands for it"},
                "because": "A change that no number answers to",
            }
        ],
    },
    name="nothing",
)


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


@pytest.fixture(scope="module")
def sampler(world: World) -> Sampler:
    return prepared(world, (NOTHING, "quota-2010"))


@pytest.fixture(scope="module")
def answers(sampler: Sampler) -> pd.DataFrame:
    return run(sampler, sampler.drivers.shares(2, seed=3), workers=2)


def test_measures_of_an_outcome_add_up_to_its_welfare(world: World) -> None:
    outcome = base_case(world).outcome
    found = metrics_of(outcome)
    assert found["welfare_usd"] == pytest.approx(outcome.total_welfare_usd, rel=1e-9)
    assert found["china_welfare_usd"] + found["outside_welfare_usd"] == pytest.approx(found["welfare_usd"])
    rents = sum(v for k, v in found.items() if k.startswith("rent|"))
    assert rents + found["consumer_surplus_usd"] + found["tax_usd"] == pytest.approx(found["welfare_usd"], rel=1e-9)
    for product, place in (("ndpr-oxide", "china"), ("ndfeb-sh", "europe")):
        assert found[f"price|{place}|{product}"] == pytest.approx(outcome.price(product, place))
    assert all(0.0 <= v <= 1.0 for k, v in found.items() if k.startswith("reliance|"))


def test_a_sample_at_the_points_is_the_base_as_solved(
    world: World, sampler: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drivers, "values", lambda self, shares: self.points)
    monkeypatch.setattr("ytterby.studies.ensemble.sampling.freight", lambda low, point, high, share: point)
    found = sampler(pd.Series({"freight": 0.5}))
    solved = metrics_of(base_case(world).outcome)
    for name in (
        "outside_welfare_usd",
        "china_exports_t",
        "reliance|usa|NdPr",
        "price|usa|ndpr-oxide",
        "use|europe|ev-traction",
    ):
        assert found[f"{BASE}{MARK}{name}"] == pytest.approx(solved[name], rel=2e-3)


def test_an_unchanged_case_has_no_band(answers: pd.DataFrame) -> None:
    own = answers.filter(regex=f"^{BASE}{MARK}")
    other = answers.filter(regex=f"^nothing{MARK}")
    assert own.shape == other.shape
    assert own.shape[1] > 500
    # The last bit of a sum may hang on where its array lies in memory.
    np.testing.assert_allclose(own.to_numpy(), other.to_numpy(), rtol=1e-14)


def test_answers_depend_on_neither_order_nor_workers(sampler: Sampler, answers: pd.DataFrame) -> None:
    shares = sampler.drivers.shares(2, seed=3)
    for number in (1, 0):
        alone = pd.Series(sampler(shares.iloc[number]))
        pd.testing.assert_series_equal(
            alone, answers.iloc[number].reindex(alone.index), check_names=False, check_exact=True
        )


def test_bands_are_paired_sample_by_sample(answers: pd.DataFrame) -> None:
    wide = answers.copy()
    wide.columns = pd.MultiIndex.from_tuples([tuple(c.split(MARK)) for c in wide.columns], names=["case", "metric"])
    found = Ensemble(wide, pd.DataFrame(), pd.DataFrame(columns=["sample", "case"]), ())
    name = "china_exports_t"
    difference = wide[("quota-2010", name)] - wide[(BASE, name)]
    band = found.band(name, "quota-2010", versus=BASE)
    assert band.low == pytest.approx(np.percentile(difference, 5))
    assert band.high == pytest.approx(np.percentile(difference, 95))
    assert band.high < 0.0
    assert found.band(name, "quota-2010", versus=BASE, how="ratio").point < 1.0
    assert found.band(name, BASE).point == pytest.approx(wide[(BASE, name)].median())
    assert set(found.metrics.columns) == {"sample", "case", "metric", "value"}
    with pytest.raises(UnknownNameError):
        found.band("china_export_t", BASE)
    with pytest.raises(UnknownNameError):
        found.band(name, "quota-2011")


def test_another_year_is_refused(world: World) -> None:
    with pytest.raises(InputError):
        Ensemble.run(world, (), year=2010)


def test_only_numbers_with_a_band_are_drawn_and_stay_within_its_ends(world: World) -> None:
    found = drivers(world, 2024)
    values = np.array([found.values(row) for _, row in found.shares(16, seed=5).iterrows()])
    hard = found.cells["distribution"].to_numpy() != "lognormal"
    assert (values[:, hard] >= found.cells["low"].to_numpy()[hard] - 1e-9).all()
    assert (values[:, hard] <= found.cells["high"].to_numpy()[hard] + 1e-9).all()
    assert (values.std(axis=0) > 0).all()


def test_freight_without_a_band_is_its_point() -> None:
    nan = np.array([np.nan])
    assert freight(nan, np.array([120.0]), nan, 0.9) == pytest.approx([120.0])


def one_mine(cost: float) -> Network:
    """One mine, one buyer, one place: the price is the mine's cost."""
    text = dict.fromkeys(
        ("site", "country", "holder", "status", "cost_source", "capacity_source", "source", "segment"), ""
    )
    rows: dict[str, dict[str, object]] = {
        "nodes": {"node": "a", "commodity": "x-oxide", "origin_tag": "", "unit": "t", "free_disposal": True},
        "activities": {
            "activity": "mine", "kind": "mine", "cost_usd_per_t": cost, "capacity_t": np.inf, "minimum_t": 0.0,
        },
        "recipes": {"activity": "mine", "node": "a", "coefficient": 1.0},
        "demands": {
            "demand": "d", "node": "a", "good": "g", "use": "u", "reference_t": 100.0, "reference_usd_per_t": cost,
            "elasticity": -0.5, "choke_usd_per_t": 50 * cost, "floor_share": 0.0,
        },
        "contents": {"commodity": "x-oxide", "element": "X", "t_per_t": 1.0},
    }  # fmt: skip
    columns = {name: text | {"place": "p", "stage": "mine"} | row for name, row in rows.items()}
    empty = {
        "links": ["link", "from_node", "to_node", "cost_usd_per_t", "duty_usd_per_t", "capacity_t", "decision"],
        "quotas": ["quota", "limit_t", "sense", "holder", "instrument", "source"],
        "quota_members": ["quota", "kind", "member", "weight"],
        "observed_prices": ["commodity", "place", "tax", "incoterm", "low", "point", "high", "status", "source"],
        "observed_production": ["stage", "country", "commodity", "observed_t", "low_t", "high_t", "status", "source"],
    }
    tables = {name: pd.DataFrame([row]) for name, row in columns.items()}
    return Network(year=2024, label="one mine", **tables, **{n: pd.DataFrame(columns=c) for n, c in empty.items()})


@pytest.mark.parametrize("distribution", ["triangular", "uniform", "lognormal"])
def test_a_wider_band_never_narrows_the_answers(distribution: str) -> None:
    family = Family(one_mine(100.0))
    widths = []
    for wider in (1.0, 1.5, 2.0, 3.0):
        cells = pd.DataFrame(
            {
                "table": ["site_costs"], "key": ["mine"], "field": ["usd_per_t"], "point": [100.0],
                "low": [100.0 - 10 * wider], "high": [100.0 + 20 * wider], "distribution": [distribution],
                "basis": ["row"], "driver": ["mine"],
            }
        )  # fmt: skip
        found = Drivers(cells)
        bought = []
        for _, shares in found.shares(16, seed=1).iterrows():
            solved = family.solve(Sample(activity_cost_usd_per_t=found.values(shares)))
            bought.append(float(solved.bought_t[0]))
        low, high = np.percentile(bought, (5, 95))
        widths.append(high - low)
    assert widths == sorted(widths)
