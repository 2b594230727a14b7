"""The certificate holds for right answers and catches planted errors, without solver or builder."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ytterby.market import Outcome, verify
from ytterby.market.certificate import TOLERANCES, certify
from ytterby.world.errors import CertificateError, InputError


def test_every_residual_is_within_its_tolerance(outcome: Outcome) -> None:
    for name, limit in TOLERANCES.items():
        assert getattr(outcome.certificate, name) <= limit, name


def _edited(outcome: Outcome, table: str, column: str, edit) -> dict[str, pd.DataFrame]:  # type: ignore[no-untyped-def]
    tables = outcome.tables()
    frame = tables[table].copy()
    frame[column] = edit(frame)
    return {**tables, table: frame}


def _busiest(frame: pd.DataFrame, column: str) -> int:
    return int(frame[column].to_numpy(float).argmax())


def swap_two_prices(outcome: Outcome) -> dict[str, pd.DataFrame]:
    def edit(frame: pd.DataFrame) -> np.ndarray:
        price = frame["price_usd_per_t"].to_numpy(float).copy()
        busy = np.argsort(-(frame["made_t"] + frame["inflow_t"]).to_numpy(float))[:40]
        i, j = busy[np.argmax(price[busy])], busy[np.argmin(price[busy])]
        price[[i, j]] = price[[j, i]]
        return price

    return _edited(outcome, "balances", "price_usd_per_t", edit)


def break_a_flow(outcome: Outcome) -> dict[str, pd.DataFrame]:
    i = _busiest(outcome.flows, "flow_t")
    return _edited(outcome, "flows", "flow_t", lambda f: f["flow_t"] * np.where(np.arange(len(f)) == i, 0.999, 1.0))


def overrun_a_capacity(outcome: Outcome) -> dict[str, pd.DataFrame]:
    mines = outcome.production["level_t"].where(outcome.production["kind"] == "mine", 0.0)
    i = int(mines.to_numpy(float).argmax())
    return _edited(
        outcome,
        "activities",
        "capacity_t",
        lambda f: f["capacity_t"].where(np.arange(len(f)) != i, 0.9 * f["capacity_t"]),
    )


def make_an_element_from_nothing(outcome: Outcome) -> dict[str, pd.DataFrame]:
    return _edited(
        outcome, "contents", "t_per_t", lambda f: f["t_per_t"] * np.where(f["commodity"] == "dy-oxide", 1.2, 1.0)
    )


def claim_another_price(outcome: Outcome) -> dict[str, pd.DataFrame]:
    i = _busiest(outcome.prices, "traded_t")
    return _edited(outcome, "prices", "point", lambda f: f["point"] * np.where(np.arange(len(f)) == i, 1.01, 1.0))


def run_an_activity_at_a_loss(outcome: Outcome) -> dict[str, pd.DataFrame]:
    i = _busiest(outcome.production, "level_t")
    return _edited(
        outcome,
        "activities",
        "cost_usd_per_t",
        lambda f: f["cost_usd_per_t"] + np.where(np.arange(len(f)) == i, 500.0, 0.0),
    )


def flatter_a_demand_curve(outcome: Outcome) -> dict[str, pd.DataFrame]:
    return _edited(outcome, "pieces", "usd_per_t", lambda f: f["usd_per_t"] * np.where(f["piece"] == 0, 1.5, 1.0))


def lose_a_number(outcome: Outcome) -> dict[str, pd.DataFrame]:
    return _edited(outcome, "flows", "flow_t", lambda f: f["flow_t"].where(np.arange(len(f)) != 3))


PLANTED = {
    swap_two_prices: ("dual", "complementarity"),
    break_a_flow: ("primal",),
    overrun_a_capacity: ("primal",),
    make_an_element_from_nothing: ("mass_balance",),
    claim_another_price: ("tables",),
    run_an_activity_at_a_loss: ("complementarity", "tables"),
    flatter_a_demand_curve: ("tables",),
    lose_a_number: ("primal",),
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda f: f.__name__)
def test_a_planted_error_is_caught_where_it_is(outcome: Outcome, plant) -> None:  # type: ignore[no-untyped-def]
    certificate = certify(plant(outcome))
    assert not certificate.holds
    failed = " ".join(certificate.failures())
    assert any(name in failed for name in PLANTED[plant]), failed
    with pytest.raises(CertificateError, match="not shown"):
        certificate.demand()


def test_an_answer_without_a_row_is_no_answer(outcome: Outcome) -> None:
    tables = outcome.tables()
    with pytest.raises(CertificateError, match="flow_t"):
        certify({**tables, "flows": tables["flows"].iloc[1:]})


def test_what_reads_answers_loads_no_solver() -> None:
    code = (
        "import sys; from ytterby.market import verify, compare, Outcome;"
        "print([m for m in ('linopy', 'highspy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_run_is_verified_from_its_tables_and_loads_unchanged(outcome: Outcome, tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = outcome.save(tmp_path / "run")
    assert verify(folder) == outcome.certificate
    again = Outcome.load(folder)
    for name, table in outcome.tables().items():
        pd.testing.assert_frame_equal(again.tables()[name], table, check_dtype=False, check_index_type=False)
    path = folder / "flows.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError):
        verify(folder)
