"""``ytterby world balance``."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from ytterby.cli.balance import balance

app = typer.Typer()
app.command()(balance)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("balance")
    result = CliRunner().invoke(app, ["2024", "--json", "--out", str(folder)])
    return result, folder


def test_json_has_flows_residuals_and_summary(printed):
    result, _ = printed
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert {"year", "summary", "totals", "flows", "residuals", "notes"} <= set(data)
    assert data["year"] == 2024


def test_tables_are_written_whole(printed):
    _, folder = printed
    assert sorted(p.name for p in folder.iterdir()) == ["balanced.csv", "residuals.csv"]
    assert len(pd.read_csv(folder / "balanced.csv")) > 500


def test_people_see_unrecorded_origins_and_adjustments():
    result = CliRunner().invoke(app, ["2024"], env={"COLUMNS": "160"})
    assert result.exit_code == 0
    for words in ("unrecorded", "adjustment", "not identified", "exact balances"):
        assert words in result.stdout


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    result = CliRunner().invoke(app, ["2024", "--quiet", "--out", str(blocked / "inside")])
    assert result.exit_code != 0
    assert "cannot write" in str(result.exception)
