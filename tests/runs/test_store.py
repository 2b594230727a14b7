"""A run is a folder, complete or not there, and says whether it was changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ytterby import runs
from ytterby.cli.console import guarded
from ytterby.cli.runs import app
from ytterby.world import World
from ytterby.world.errors import InputError, UnknownNameError


def tables() -> dict[str, pd.DataFrame]:
    return {
        "prices": pd.DataFrame(
            {"product": ["Nd", "Dy, pure"], "usd_per_kg": [0.1 + 0.2, np.nan], "sold": [True, False]}
        ),
        "flows": pd.DataFrame({"link": ["a"], "t": [3], "day": pd.to_datetime(["2024-01-05"])}),
        "empty": pd.DataFrame({"link": pd.Series([], dtype=str), "t": pd.Series([], dtype=float)}),
    }


def test_what_is_written_is_read(tmp_path: Path) -> None:
    runs.write(tmp_path / "one", tables(), {"seed": 7, "created_by": "test"})
    run = runs.read(tmp_path / "one")
    assert run.manifest["seed"] == 7
    assert list(run.tables) == ["empty", "flows", "prices"]
    prices = run.table("prices")
    assert prices["usd_per_kg"][0] == 0.1 + 0.2
    assert np.isnan(prices["usd_per_kg"][1])
    assert prices["product"].tolist() == ["Nd", "Dy, pure"]
    assert run.table("flows")["day"][0] == pd.Timestamp("2024-01-05")
    assert list(run.table("empty").columns) == ["link", "t"]
    with pytest.raises(UnknownNameError, match="prices"):
        run.table("price")


def test_the_same_run_is_the_same_bytes(tmp_path: Path) -> None:
    manifest = runs.describe(World.load(), seed=1, created_by="test")
    for name in ("a", "b"):
        runs.write(tmp_path / name, tables(), manifest)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert {"ytterby", "python", "pandas"} <= set(manifest["versions"])
    assert len(manifest["world"]["hash"]) == 64


def test_a_changed_run_is_refused(tmp_path: Path) -> None:
    runs.write(tmp_path / "one", tables(), {})
    runs.write(tmp_path / "two", {"prices": tables()["prices"].assign(usd_per_kg=1.0)}, {})
    (tmp_path / "one" / "prices.parquet").write_bytes((tmp_path / "two" / "prices.parquet").read_bytes())
    (tmp_path / "one" / "flows.parquet").unlink()
    with pytest.raises(InputError) as error:
        runs.read(tmp_path / "one")
    assert len(error.value.faults) == 2
    (tmp_path / "one" / "empty.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError) as error:
        runs.read(tmp_path / "one")
    assert len(error.value.faults) == 3


def test_an_older_run_is_replaced_and_anything_else_left_alone(tmp_path: Path) -> None:
    runs.write(tmp_path / "one", tables(), {"seed": 1})
    runs.write(tmp_path / "one", tables(), {"seed": 2})
    assert runs.read(tmp_path / "one").manifest["seed"] == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="not a run"):
        runs.write(tmp_path / "other", tables(), {})
    assert (tmp_path / "other" / "letter.txt").read_text() == "dear"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_a_failed_write_leaves_the_old_run(tmp_path: Path) -> None:
    runs.write(tmp_path / "one", tables(), {"seed": 1})
    with pytest.raises(AttributeError):
        runs.write(tmp_path / "one", {"bad": "not a table"}, {})  # type: ignore[dict-item]
    assert runs.read(tmp_path / "one").manifest["seed"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_sql_over_several_runs_says_which_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        runs.write(tmp_path / name, tables(), {})
    both = {name: tmp_path / name for name in ("a", "b")}
    found = runs.query(both, "SELECT run, count(*) AS n FROM prices GROUP BY run ORDER BY run")
    assert found.to_dict("list") == {"run": ["a", "b"], "n": [2, 2]}
    with pytest.raises(InputError, match="prices"):
        runs.query(both, "SELECT * FROM price")
    with pytest.raises(InputError, match="not a run"):
        runs.query({"c": tmp_path / "c"}, "SELECT 1")


def test_commands_list_show_and_query(tmp_path: Path, monkeypatch, capsys) -> None:
    runs.write(tmp_path / "a", tables(), {"scenario": {"title": "Baseline"}})

    def call(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["runs", *map(str, arguments)])
        return guarded(app)

    assert call("list", tmp_path, "--json") == 0
    assert [row["run"] for row in json.loads(capsys.readouterr().out)] == ["a"]
    assert call("show", tmp_path / "a", "prices", "--json") == 0
    assert json.loads(capsys.readouterr().out)[1]["usd_per_kg"] is None
    assert call("sql", "SELECT sum(t) AS t FROM flows", "--run", tmp_path / "a", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"t": 3}]
    assert call("show", tmp_path / "a") == 0
    assert call("show", tmp_path / "b") == 2
