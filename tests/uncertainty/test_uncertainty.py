"""Sampling, running and analysing: laws of the distributions, order, resumption."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby import uncertainty
from ytterby.uncertainty.sample import name_of, quantiles
from ytterby.world import World, banded_fields
from ytterby.world.errors import InputError


def bands(*rows: tuple[str, float, float, float, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [("t", key, "x", point, low, high, shape, "row") for key, low, point, high, shape in rows],
        columns=["table", "key", "field", "point", "low", "high", "distribution", "basis"],
    )


BANDS = bands(
    ("a", 0, 2, 10, "triangular"),
    ("b", 1, 1, 1, "triangular"),
    ("c", 50, 100, 150, "lognormal"),
    ("d", -3, 0, 5, "uniform"),
    ("e", -20, -10, -8, "lognormal"),
)


def double(row: pd.Series) -> dict[str, float]:
    return {"twice": 2 * float(row["t/a/x"]), "shift": float(row["t/c/x"]) + 1}


def fail_at_five(row: pd.Series) -> dict[str, float]:
    if row.name == 5:
        raise RuntimeError("five")
    return double(row)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    one, two, other = (uncertainty.draw(BANDS, 16, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one["t/a/x"].equals(other["t/a/x"])
    assert (one["t/b/x"] == 1).all()


@pytest.mark.parametrize("method", ["sobol", "latin-hypercube"])
def test_draws_have_the_stated_percentiles(method: str) -> None:
    draws = uncertainty.draw(BANDS, 4096, 3, method)
    assert np.percentile(draws["t/c/x"], [5, 50, 95]) == pytest.approx([50, 100, 150], rel=0.01)
    assert np.percentile(draws["t/e/x"], [5, 50, 95]) == pytest.approx([-20, -10, -8], rel=0.01)
    assert draws["t/a/x"].mean() == pytest.approx((0 + 2 + 10) / 3, rel=0.01)  # mean of a triangular distribution
    assert draws["t/d/x"].mean() == pytest.approx(1, abs=0.02)
    assert draws["t/a/x"].between(0, 10).all()
    assert draws["t/d/x"].between(-3, 5).all()


@settings(max_examples=60)
@given(
    st.floats(0.1, 100),
    st.floats(0.05, 1),
    st.floats(1, 20),
    st.sampled_from(["triangular", "uniform", "lognormal"]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_higher_quantile_is_never_lower(
    point: float, down: float, up: float, shape: str, first: float, second: float
) -> None:
    row = bands(("a", point * down, point, point * up, shape))
    low, high = sorted((first, second))
    values = quantiles(row, np.array([[low], [high]]))
    assert values[0, 0] <= values[1, 0] * (1 + 1e-12)


def test_bands_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="t/a/x"):
        uncertainty.draw(bands(("a", 3, 2, 10, "triangular")), 4, 1)
    with pytest.raises(InputError, match="sobol"):
        uncertainty.draw(BANDS, 4, 1, "sobl")


def test_a_sample_becomes_a_world_whose_shares_still_add_up() -> None:
    world = World.load()
    tables = [name for name in world.table_names if world.schema(name).sums] or ["commodity_elements"]
    banded = banded_fields(world, tables)
    draws = uncertainty.draw(banded, 2, 5)
    sampled = uncertainty.apply(world, draws.iloc[1])
    assert sampled.hash != world.hash
    for name in tables:
        for rule in world.schema(name).sums:
            frame = sampled.table(name)
            full = frame.groupby(list(rule.group))[rule.field].apply(lambda s: s.notna().all())
            sums = frame.groupby(list(rule.group))[rule.field].sum()[full]
            if not rule.most:
                assert np.allclose(sums, rule.total)
    with pytest.raises(InputError):
        uncertainty.apply(world, {name_of("commodities", "dy-oxide", "unit"): 1.0})
    with pytest.raises(InputError, match="dy-oxide"):
        uncertainty.apply(world, {name_of("commodity_elements", "dy-oxid|Dy", "t_per_t"): 1.0})


def test_points_give_the_world_itself() -> None:
    world = World.load()
    banded = banded_fields(world, ["commodity_elements"])
    points = {name_of(r.table, r.key, r.field): r.point for r in banded.itertuples()}
    sampled = uncertainty.apply(world, points)
    pd.testing.assert_frame_equal(sampled.table("commodity_elements"), world.table("commodity_elements"))


def test_results_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    draws = uncertainty.draw(BANDS, 8, 1)
    told: list[float] = []
    alone = uncertainty.run(double, draws, workers=1, progress=lambda share, _: told.append(share))
    pooled = uncertainty.run(double, draws, workers=2, folder=tmp_path / "ensemble")
    pd.testing.assert_frame_equal(alone, pooled)
    assert told[-1] == 1
    assert alone["twice"].tolist() == (2 * draws["t/a/x"]).tolist()


def test_an_interrupted_ensemble_goes_on_where_it_stopped(tmp_path: Path) -> None:
    draws = uncertainty.draw(BANDS, 8, 1)
    with pytest.raises(RuntimeError, match="five"):
        uncertainty.run(fail_at_five, draws, workers=1, folder=tmp_path, label="q")
    assert len(list((tmp_path / "samples").iterdir())) == 5
    seen: list[float] = []
    whole = uncertainty.run(double, draws, workers=1, folder=tmp_path, label="q", progress=lambda s, _: seen.append(s))
    assert seen[0] == 5 / 8
    pd.testing.assert_frame_equal(whole, uncertainty.run(double, draws, workers=1))
    with pytest.raises(InputError, match="another question"):
        uncertainty.run(double, draws, workers=1, folder=tmp_path, label="other")


SLOW = """
import time, sys, pathlib
import pandas as pd
from ytterby import uncertainty

def slow(row):
    time.sleep(0.2)
    return {"y": float(row["x"])}

if __name__ == "__main__":
    draws = pd.DataFrame({"x": range(200)}, dtype=float)
    uncertainty.run(slow, draws, workers=2, folder=pathlib.Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_stops_the_pool_and_keeps_what_is_finished(tmp_path: Path) -> None:
    script, folder = tmp_path / "slow.py", tmp_path / "ensemble"
    script.write_text(SLOW)
    restore = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen([sys.executable, str(script), str(folder)], stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 40
        while len(list(folder.glob("samples/*.json"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        signal.signal(signal.SIGINT, restore)
    assert process.returncode != 0
    assert b"KeyboardInterrupt" in said
    finished = list(folder.glob("samples/*"))
    assert 2 <= len(finished) < 200
    assert all(json.loads(path.read_text())["y"] == int(path.stem) for path in finished)


def test_an_error_in_a_worker_is_raised(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="five"):
        uncertainty.run(fail_at_five, uncertainty.draw(BANDS, 8, 1), workers=2)


def test_drivers_find_what_moves_the_answer() -> None:
    draws = uncertainty.draw(BANDS, 256, 1)
    answers = pd.DataFrame({"up": draws["t/a/x"] ** 3, "down": -draws["t/c/x"], "still": 1.0})
    found = uncertainty.drivers(draws, answers, top=1).set_index("answer")
    assert found.loc["up", "input"] == "t/a/x"
    assert found.loc["up", "correlation"] == pytest.approx(1)
    assert found.loc["down", "correlation"] == pytest.approx(-1)
    assert "still" not in found.index


def test_bands_leave_blanks_out_and_count_them() -> None:
    table = uncertainty.bands(pd.DataFrame({"x": [1.0, 2.0, 3.0, np.nan]})).iloc[0]
    assert (table["p50"], table["samples"], table["missing"]) == (2, 3, 1)
